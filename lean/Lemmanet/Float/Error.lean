module

public import Lemmanet.Float.Exact

/-!
# Errors of rounding

To nearest, a rounding differs from the number by at most `u |x|`, where `u` is half of the spacing at 1,
or by at most half a unit. For multiples of the unit, which sums and differences of numbers of the format
are, it is always at most `u |x|`.
-/

@[expose] public noncomputable section

open Lean.Grind

namespace Lemmanet.Float.Format

variable (F : Format)

/-- The unit roundoff: half of the distance from 1 to the next number. -/
def roundoff : Rat := 1 / (2 * F.binade : Nat)

variable {F} {direction : Direction}

/-- From errors in units to errors of numbers: `e / (den * s) ≤ a / w` where `w * e ≤ a * (den * s)`. -/
private theorem le_of_scaled {δ a w D : Rat} (hw : 0 < w) (hD : 0 < D) (h : w * (δ * D) ≤ a * D) :
    δ ≤ 1 / w * a := by
  refine Rat.not_lt.1 fun hlt => ?_
  have h1 := OrderedRing.mul_lt_mul_of_pos_right hlt hD
  have h2 := OrderedRing.mul_lt_mul_of_pos_left h1 hw
  have h3 : w ≠ 0 := by grind
  have h4 : w * (1 / w * a * D) = a * D := by grind
  grind

/-- A bound of integers, as a bound of rational numbers on both sides. -/
private theorem both_of_natAbs {w : Nat} {z num : Int} {b : Rat} (h : w * z.natAbs ≤ num.natAbs)
    (hb : -b ≤ num) (hb' : num ≤ b) : (w : Rat) * z ≤ b ∧ (w : Rat) * -z ≤ b := by
  have h1 : (w : Int) * z ≤ num.natAbs ∧ (w : Int) * -z ≤ num.natAbs := by
    have h3 : (w : Int) * z.natAbs ≤ num.natAbs := by exact_mod_cast h
    have hw : (0 : Int) ≤ w := by omega
    have h4 := Int.mul_le_mul_of_nonneg_left (show z ≤ z.natAbs by omega) hw
    have h5 := Int.mul_le_mul_of_nonneg_left (show -z ≤ z.natAbs by omega) hw
    omega
  have h2 : ((num.natAbs : Int) : Rat) ≤ b := by
    rcases Int.natAbs_eq num with hs | hs
    · rw [← hs]; exact hb'
    · have e : ((num.natAbs : Int) : Rat) = -(num : Rat) := by
        rw [← Rat.intCast_neg]; congr 1; omega
      rw [e]
      grind
  have h6 : (w : Rat) * z ≤ ((num.natAbs : Int) : Rat) := by exact_mod_cast h1.1
  have h7 : (w : Rat) * -z ≤ ((num.natAbs : Int) : Rat) := by exact_mod_cast h1.2
  exact ⟨Rat.le_trans h6 h2, Rat.le_trans h7 h2⟩

/-- The error of rounding a number of magnitude at most `a` to nearest is at most `u * a`, or at most
half a unit. -/
theorem round_error [Valid F] (hn : direction.IsNearest) {x a : Rat} (ha : -a ≤ x) (ha' : x ≤ a) :
    (F.round direction x - x ≤ F.roundoff * a ∧ x - F.round direction x ≤ F.roundoff * a) ∨
      (F.round direction x - x ≤ F.unit / 2 ∧ x - F.round direction x ≤ F.unit / 2) := by
  have hs : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
  have hw : (0 : Rat) < (2 * F.binade : Nat) := by
    have := F.binade_pos
    exact_mod_cast (show 0 < 2 * F.binade by omega)
  have hd : (0 : Rat) < x.den := by exact_mod_cast Nat.pos_of_ne_zero x.den_nz
  have hx : (x.num : Rat) = x * x.den := by
    have h := Rat.num_divInt_den x
    rw [Rat.divInt_eq_div, Rat.intCast_natCast] at h
    have h0 : (x.den : Rat) ≠ 0 := by grind
    calc (x.num : Rat) = (x.num : Rat) / x.den * x.den := by grind
      _ = x * x.den := by rw [h]
  have h := F.roundUnits_error hn (x.num * (2 ^ F.scale : Nat)) (Nat.pos_of_ne_zero x.den_nz)
  have hD : (0 : Rat) < x.den * (2 ^ F.scale : Nat) := OrderedRing.mul_pos hd hs
  have hnum : ((x.num * (2 ^ F.scale : Nat) : Int) : Rat) = x * (x.den * (2 ^ F.scale : Nat)) := by
    rw [Rat.intCast_mul, Rat.intCast_natCast, hx]
    grind
  have hz : ((F.roundUnits direction (x.num * (2 ^ F.scale : Nat)) x.den * x.den -
      x.num * (2 ^ F.scale : Nat) : Int) : Rat) =
      (F.round direction x - x) * (x.den * (2 ^ F.scale : Nat)) := by
    rw [Rat.intCast_sub, hnum, Rat.intCast_mul, Rat.intCast_natCast, round]
    grind
  generalize F.roundUnits direction (x.num * (2 ^ F.scale : Nat)) x.den * x.den -
    x.num * (2 ^ F.scale : Nat) = z at h hz
  have hm : (x - F.round direction x) * (x.den * (2 ^ F.scale : Nat)) = -(z : Rat) := by
    rw [hz]
    grind
  rcases h with h | h
  · left
    have e1 := OrderedRing.mul_le_mul_of_nonneg_right ha (Rat.le_of_lt hD)
    have e2 := OrderedRing.mul_le_mul_of_nonneg_right ha' (Rat.le_of_lt hD)
    rw [← hnum] at e1 e2
    have hb := both_of_natAbs (b := a * (x.den * (2 ^ F.scale : Nat))) h (by grind) e2
    exact ⟨le_of_scaled hw hD (by rw [← hz]; exact hb.1),
      le_of_scaled hw hD (by rw [hm]; exact hb.2)⟩
  · right
    have h1 : 2 * z ≤ x.den ∧ 2 * -z ≤ x.den := by omega
    have h2 : (2 : Rat) * z ≤ x.den := by exact_mod_cast h1.1
    have h3 : (2 : Rat) * -z ≤ x.den := by exact_mod_cast h1.2
    have hs2 : (0 : Rat) < 2 * (2 ^ F.scale : Nat) := by grind
    have hu : F.unit / 2 = 1 / (2 * (2 ^ F.scale : Nat)) * 1 := by
      unfold unit
      grind
    rw [hu]
    rw [hz] at h2
    rw [← hm] at h3
    exact ⟨le_of_scaled hs2 hd (by grind), le_of_scaled hs2 hd (by grind)⟩

/-- A sum of units: a rounding of a multiple of the unit differs from it by at most `u` times its
magnitude, also in the subnormal range. -/
theorem round_error_whole [Valid F] (hn : direction.IsNearest) (num : Int) {a : Rat}
    (ha : -a ≤ (num : Rat) / (2 ^ F.scale : Nat)) (ha' : (num : Rat) / (2 ^ F.scale : Nat) ≤ a) :
    F.round direction ((num : Rat) / (2 ^ F.scale : Nat)) - (num : Rat) / (2 ^ F.scale : Nat) ≤
        F.roundoff * a ∧
      (num : Rat) / (2 ^ F.scale : Nat) - F.round direction ((num : Rat) / (2 ^ F.scale : Nat)) ≤
        F.roundoff * a := by
  have hs : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
  have hw : (0 : Rat) < (2 * F.binade : Nat) := by
    have := F.binade_pos
    exact_mod_cast (show 0 < 2 * F.binade by omega)
  have h := F.roundUnits_error_whole hn num
  obtain ⟨z, hz⟩ : ∃ z, z = F.roundUnits direction num 1 - num := ⟨_, rfl⟩
  have hr : (F.roundUnits direction num 1 : Rat) = num + z := by
    rw [hz, Rat.intCast_sub]
    grind
  rw [F.round_unit, hr]
  rw [← hz] at h
  unfold roundoff
  generalize ((2 ^ F.scale : Nat) : Rat) = s at *
  generalize 2 * F.binade = w at *
  have e1 := OrderedRing.mul_le_mul_of_nonneg_right ha (Rat.le_of_lt hs)
  have e2 := OrderedRing.mul_le_mul_of_nonneg_right ha' (Rat.le_of_lt hs)
  have e3 : (num : Rat) / s * s = num := by grind
  rw [e3] at e1 e2
  have hb := both_of_natAbs h (b := a * s) (by grind) e2
  constructor
  · refine le_of_scaled hw hs ?_
    have e : ((num : Rat) + z) / s - num / s = z / s := by grind
    have e' : (z : Rat) / s * s = z := by grind
    rw [e, e']
    exact hb.1
  · refine le_of_scaled hw hs ?_
    have e : (num : Rat) / s - (num + z) / s = -z / s := by grind
    have e' : -(z : Rat) / s * s = -z := by grind
    rw [e, e']
    exact hb.2

end Lemmanet.Float.Format
