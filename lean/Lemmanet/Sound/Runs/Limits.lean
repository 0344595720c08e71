module

public import Lemmanet.Float.Error
public import Lemmanet.Sound.Runs.Total
public import Lemmanet.Spec.Runs

/-!
# The limits of a format

The unit roundoff `u`, the least normal number `η` and the largest number of a format; the error of
rounding to nearest in terms of them; and that what does not exceed the largest number does not overflow.
-/

public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

/-- The magnitude of a rational number. -/
@[expose] def magnitude (x : Rat) : Rat := if 0 ≤ x then x else -x

/-- A magnitude is not negative. -/
theorem magnitude_nonneg (x : Rat) : 0 ≤ magnitude x := by
  unfold magnitude
  split <;> grind

/-- A number lies between its magnitude and its negative. -/
theorem le_magnitude (x : Rat) : -magnitude x ≤ x ∧ x ≤ magnitude x := by
  unfold magnitude
  split <;> grind

/-- A number between `-a` and `a` has at most the magnitude `a`. -/
theorem magnitude_le {x a : Rat} (h : -a ≤ x ∧ x ≤ a) : magnitude x ≤ a := by
  unfold magnitude
  split <;> grind

/-- The product of numbers of magnitudes at most `a` and `b` has at most the magnitude `a * b`. -/
theorem mul_bounds {x y a b : Rat} (hx : -a ≤ x ∧ x ≤ a) (hy : -b ≤ y ∧ y ≤ b) :
    -(a * b) ≤ x * y ∧ x * y ≤ a * b := by
  have h1 : 0 ≤ (a - x) * (b + y) := OrderedRing.mul_nonneg (by grind) (by grind)
  have h2 : 0 ≤ (a + x) * (b - y) := OrderedRing.mul_nonneg (by grind) (by grind)
  have h3 : 0 ≤ (a - x) * (b - y) := OrderedRing.mul_nonneg (by grind) (by grind)
  have h4 : 0 ≤ (a + x) * (b + y) := OrderedRing.mul_nonneg (by grind) (by grind)
  grind

/-- The magnitude of a number that differs from one of magnitude at most `a`. -/
theorem magnitude_le_of_differ {x y a e : Rat} (h : Differ x y e) (hy : -a ≤ y ∧ y ≤ a) :
    magnitude x ≤ a + e := by
  unfold Differ at h
  exact magnitude_le ⟨by grind, by grind⟩

/-- What numbers differ by is not negative. -/
theorem _root_.Lemmanet.Differ.nonneg {x y e : Rat} (h : Differ x y e) : 0 ≤ e := by
  unfold Differ at h
  grind

/-- A bound of magnitudes is not negative. -/
theorem bound_nonneg {x a : Rat} (h : -a ≤ x ∧ x ≤ a) : 0 ≤ a := by grind

/-- Products of numbers that differ. -/
theorem _root_.Lemmanet.Differ.mul {x y v w d e a b : Rat} (hx : Differ x v d) (hy : Differ y w e)
    (hv : -a ≤ v ∧ v ≤ a) (hw : -b ≤ w ∧ w ≤ b) : Differ (x * y) (v * w) (d * (b + e) + a * e) := by
  unfold Differ at *
  have h1 := mul_bounds (x := x - v) (a := d) (y := y) (b := b + e) ⟨by grind, by grind⟩
    ⟨by grind, by grind⟩
  have h2 := mul_bounds (x := v) (y := y - w) (b := e) hv ⟨by grind, by grind⟩
  constructor <;> grind

/-- A bound of a quotient from below. -/
theorem le_div {a c s : Rat} (hs : 0 < s) (h : c * s ≤ a) : c ≤ a / s := by
  refine Rat.not_lt.1 fun hlt => ?_
  have h1 := OrderedRing.mul_lt_mul_of_pos_right hlt hs
  have h2 : a / s * s = a := by grind
  grind

/-- A bound of a quotient from above. -/
theorem div_le {a c s : Rat} (hs : 0 < s) (h : a ≤ c * s) : a / s ≤ c := by
  refine Rat.not_lt.1 fun hlt => ?_
  have h1 := OrderedRing.mul_lt_mul_of_pos_right hlt hs
  have h2 : a / s * s = a := by grind
  grind

namespace Format

/-- The largest finite number. -/
@[expose] def largest (F : Format) : Rat :=
  (F.units (F.infinityRank - 1) : Rat) / (2 ^ F.scale : Nat)

variable (F : Format)

/-- The unit roundoff is positive. -/
theorem roundoff_pos : 0 < F.roundoff := by
  have h : (0 : Rat) < (2 * F.binade : Nat) := by
    have := F.binade_pos
    exact_mod_cast (show 0 < 2 * F.binade by omega)
  unfold roundoff
  rw [Rat.div_def, Rat.one_mul]
  exact Rat.inv_pos.2 h

/-- The least normal number is positive. -/
theorem leastNormal_pos : 0 < F.leastNormal := by
  have h : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
  have h' : (0 : Rat) < (F.binade : Rat) := by exact_mod_cast F.binade_pos
  unfold leastNormal
  rw [Rat.div_def]
  exact OrderedRing.mul_pos h' (Rat.inv_pos.2 h)

/-- Half a unit is the rounding error of the least normal number. -/
theorem unit_eq : F.unit / 2 = F.roundoff * F.leastNormal := by
  have h : (F.binade : Rat) ≠ 0 := by exact_mod_cast (Nat.ne_of_gt F.binade_pos)
  have h' : (((2 ^ F.scale : Nat) : Rat)) ≠ 0 := by exact_mod_cast (Nat.ne_of_gt F.scale_pos)
  unfold unit roundoff leastNormal
  rw [Rat.natCast_mul]
  grind

variable [Valid F]

/-- The unit roundoff is at most one eighth. -/
theorem roundoff_le : F.roundoff ≤ 1 / 8 := by
  have h1 : 2 ^ 2 ≤ F.binade :=
    Nat.pow_le_pow_right (by decide) (by have := Valid.precision (F := F); show 2 ≤ F.precision - 1; omega)
  have h : (8 : Rat) ≤ (2 * F.binade : Nat) := by
    exact_mod_cast (show 8 ≤ 2 * F.binade by omega)
  unfold roundoff
  exact div_le (by grind) (by grind)

/-- The bias is at least one, and the unit that many powers of two below one. -/
theorem scale_eq : 1 ≤ F.bias ∧ F.scale = (F.precision - 1) + (F.bias - 1) := by
  have hp := Valid.precision (F := F)
  have he := Valid.exponentBits (F := F)
  have h : 2 ^ 1 ≤ 2 ^ (F.exponentBits - 1) := Nat.pow_le_pow_right (by decide) (by omega)
  have hb : F.bias = 2 ^ (F.exponentBits - 1) - 1 := rfl
  have hs : F.scale = F.bias + F.precision - 2 := rfl
  omega

/-- The least normal number is a power of two: for binary32, 2⁻¹²⁶. -/
theorem leastNormal_eq : F.leastNormal = 1 / ((2 ^ (F.bias - 1) : Nat) : Rat) := by
  have h1 : ((2 ^ (F.bias - 1) : Nat) : Rat) ≠ 0 := by
    exact_mod_cast (Nat.ne_of_gt (Nat.pow_pos (by decide)))
  have h2 : (F.binade : Rat) ≠ 0 := by exact_mod_cast (Nat.ne_of_gt F.binade_pos)
  have h3 : 2 ^ F.scale = F.binade * 2 ^ (F.bias - 1) := by
    rw [F.scale_eq.2, Nat.pow_add]
    rfl
  unfold leastNormal
  rw [h3, Rat.natCast_mul]
  grind

/-- The least normal number is at most one. -/
theorem leastNormal_le_one : F.leastNormal ≤ 1 := by
  have h : (1 : Rat) ≤ ((2 ^ (F.bias - 1) : Nat) : Rat) := by
    exact_mod_cast (show 1 ≤ 2 ^ (F.bias - 1) from Nat.pow_pos (by decide))
  rw [leastNormal_eq]
  exact div_le (by grind) (by grind)

/-- The power of two with the largest exponent is at most the largest number: for binary32, 2¹²⁷. -/
theorem pow_le_largest : ((2 ^ F.bias : Nat) : Rat) ≤ F.largest := by
  have hp := Valid.precision (F := F)
  have he := Valid.exponentBits (F := F)
  have hb : F.bias = 2 ^ (F.exponentBits - 1) - 1 := rfl
  have hw : 2 ^ F.exponentBits = 2 * 2 ^ (F.exponentBits - 1) := by
    rw [Nat.mul_comm, ← Nat.pow_succ]
    congr 1
    omega
  have hbinade : F.binade = 2 ^ (F.precision - 1) := rfl
  have hpos := F.binade_pos
  obtain ⟨hbias, hs⟩ := F.scale_eq
  obtain ⟨k, hk⟩ : ∃ k, k = 2 * F.bias - 1 := ⟨_, rfl⟩
  have hr : k * F.binade + F.binade ≤ F.infinityRank - 1 := by
    have e : F.infinityRank = (2 ^ F.exponentBits - 1) * F.binade := rfl
    have h : 2 ^ F.exponentBits - 1 = k + 2 := by omega
    rw [e, h, Nat.add_mul]
    omega
  have hu := F.units_le hr
  rw [F.units_compose (by omega) (.inr (Nat.le_refl _)), hbinade, ← Nat.pow_add,
    show F.precision - 1 + k = F.bias + F.scale by omega, Nat.pow_add] at hu
  have h' : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
  have hq : ((2 ^ F.bias : Nat) : Rat) * (2 ^ F.scale : Nat) ≤ (F.units (F.infinityRank - 1) : Rat) := by
    exact_mod_cast hu
  exact le_div h' hq

/-- The largest number is at least one. -/
theorem one_le_largest : 1 ≤ F.largest := by
  have h : (1 : Rat) ≤ ((2 ^ F.bias : Nat) : Rat) := by
    exact_mod_cast (show 1 ≤ 2 ^ F.bias from Nat.pow_pos (by decide))
  exact Rat.le_trans h F.pow_le_largest

variable {F}

/-- Rounding to nearest a number of magnitude at most `a`. -/
theorem round_differ {x a : Rat} (ha : -a ≤ x ∧ x ≤ a) :
    Differ (F.round .tiesToEven x) x (F.roundoff * (a + F.leastNormal)) := by
  have h := F.round_error (direction := .tiesToEven) (.inl rfl) ha.1 ha.2
  have h1 : 0 ≤ F.roundoff * a :=
    OrderedRing.mul_nonneg (Rat.le_of_lt F.roundoff_pos) (by grind)
  have h2 := OrderedRing.mul_pos F.roundoff_pos F.leastNormal_pos
  rw [F.unit_eq] at h
  unfold Differ
  grind

/-- Quotients of magnitude at most the largest number do not overflow: the datum is finite, and its value
is the rounded quotient. -/
theorem roundQuotient_bounded (zeroNegative : Bool) (num : Int) {den : Nat} (hd : 0 < den) {v : Rat}
    (hv : (num : Rat) / ((den * 2 ^ F.scale : Nat) : Rat) = v)
    (h : -F.largest ≤ v ∧ v ≤ F.largest) :
    (F.roundQuotient .tiesToEven zeroNegative num den).datum.isFinite = true ∧
      (F.roundQuotient .tiesToEven zeroNegative num den).datum.toRat = F.round .tiesToEven v := by
  subst hv
  have hs : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
  have hD : (0 : Rat) < (den : Rat) := by exact_mod_cast hd
  have hle : num * 1 ≤ F.units (F.infinityRank - 1) * den ∧
      -(F.units (F.infinityRank - 1) : Int) * den ≤ num * 1 := by
    unfold largest at h
    rw [Rat.natCast_mul] at h
    obtain ⟨h1, h2⟩ := h
    have e1 := OrderedRing.mul_le_mul_of_nonneg_right h1 (Rat.le_of_lt (OrderedRing.mul_pos hD hs))
    have e2 := OrderedRing.mul_le_mul_of_nonneg_right h2 (Rat.le_of_lt (OrderedRing.mul_pos hD hs))
    have e3 : (num : Rat) / ((den : Rat) * ((2 ^ F.scale : Nat) : Rat)) *
        ((den : Rat) * ((2 ^ F.scale : Nat) : Rat)) = num := by grind
    have e4 : (F.units (F.infinityRank - 1) : Rat) / ((2 ^ F.scale : Nat) : Rat) *
        ((den : Rat) * ((2 ^ F.scale : Nat) : Rat)) = F.units (F.infinityRank - 1) * den := by grind
    rw [Rat.neg_mul, e3, e4] at e1
    rw [e3, e4] at e2
    have e5 : -((F.units (F.infinityRank - 1) : Int) * (den : Int)) ≤ num := by
      refine Rat.intCast_le_intCast.1 ?_
      rwa [Rat.intCast_neg, Rat.intCast_mul, Rat.intCast_natCast, Rat.intCast_natCast]
    have e6 : num ≤ (F.units (F.infinityRank - 1) : Int) * (den : Int) := by exact_mod_cast e2
    rw [Int.neg_mul]
    omega
  have ho : (F.roundQuotient .tiesToEven zeroNegative num den).flags.overflow = false := by
    rw [← Bool.not_eq_true, F.roundQuotient_overflow _ _ _ hd]
    have h1 := F.roundUnits_mono .tiesToEven hd (den' := 1) (by decide) hle.1
    have h2 := F.roundUnits_mono .tiesToEven (den := 1) (by decide) hd hle.2
    have e1 := F.roundUnits_exact .tiesToEven false (F.infinityRank - 1)
    have e2 := F.roundUnits_exact .tiesToEven true (F.infinityRank - 1)
    simp only [Bool.false_eq_true, if_false, if_true] at e1 e2
    rw [e1] at h1
    rw [e2] at h2
    have hp : 0 < F.infinityRank := by
      have he := Valid.exponentBits (F := F)
      have hw : 2 ^ 2 ≤ 2 ^ F.exponentBits := Nat.pow_le_pow_right (by decide) he
      exact Nat.mul_pos (show 0 < 2 ^ F.exponentBits - 1 by omega) F.binade_pos
    have h3 := F.units_lt (show F.infinityRank - 1 < F.infinityRank by omega)
    omega
  exact ⟨(F.roundQuotient_finite _ _ hd ho).1, F.roundQuotient_toRat _ _ hd ho⟩

end Format

end Lemmanet.Float
