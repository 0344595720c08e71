module

public import Lemmanet.Exec.Budget.Rounding
public import Lemmanet.Sound.Budget.Compare
public import Lemmanet.Sound.Runs.Error

/-!
# Limits of numbers, and what the constants of a format are in the checks
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind
open Float (Format)

variable {s t : Shape}

/-! ## Casts of the rational numbers -/

/-- A fraction of natural numbers. -/
theorem ratio_nat (p q : Nat) : (ratio (p : Int) q : Rat) = (p : Rat) / (q : Rat) := rfl

/-- Order of casts. -/
theorem rat_natCast_le {a b : Nat} (h : a ≤ b) : (a : Rat) ≤ (b : Rat) := by exact_mod_cast h

/-! ## Ceilings -/

private theorem ratio_le_ceiling {a : Int} {w d : Nat} (hd : 0 < d) (ha : a ≤ (2 ^ w : Nat)) :
    (ratio a d : Rat) ≤ ((Nat.succ (Nat.div (2 ^ w) d) : Nat) : Rat) := by
  refine (ratio_le_iff (α := Rat) hd).2 ?_
  have h1 : (2 ^ w : Nat) ≤ Nat.succ (2 ^ w / d) * d :=
    Nat.le_of_lt (by rw [Nat.mul_comm]; exact Nat.lt_mul_div_succ _ hd)
  have h2 : a ≤ ((Nat.succ (Nat.div (2 ^ w) d) * d : Nat) : Int) :=
    Int.le_trans ha (Int.ofNat_le.2 h1)
  have h3 := intCast_le (α := Rat) h2
  rw [Ring.intCast_natCast, Semiring.natCast_mul] at h3
  exact h3

/-- No entry of a constant exceeds its ceiling. -/
theorem Const.val_le_ceiling {c : Const s} (hd : 0 < c.den) (k : Nat) :
    -(c.ceiling : Rat) ≤ c.val k ∧ c.val k ≤ (c.ceiling : Rat) := by
  have h1 : c.posDigit k < 2 ^ c.width := digit_lt ..
  have h2 : c.negDigit k < 2 ^ c.width := digit_lt ..
  have h3 : c.num k = c.posDigit k - c.negDigit k := Int.subNatNat_eq_coe
  have h4 := ratio_le_ceiling (a := c.num k) (w := c.width) hd (by omega)
  have h5 := ratio_le_ceiling (a := -c.num k) (w := c.width) hd (by omega)
  have h6 : (ratio (-c.num k) c.den : Rat) = -ratio (c.num k) c.den := by
    unfold ratio; rw [Ring.intCast_neg]; grind
  rw [h6] at h5
  have h4 : c.val k ≤ (c.ceiling : Rat) := h4
  have h5 : -c.val k ≤ (c.ceiling : Rat) := h5
  exact ⟨by grind, h4⟩

/-- Nothing in a box exceeds its ceiling. -/
theorem Box.le_ceiling {b : Box s} (hd : 0 < b.den) {v : Tensor Rat s} (hv : b.Mem v) {k : Nat}
    (hk : k < Shape.size s) : -(b.ceiling : Rat) ≤ v.at k ∧ v.at k ≤ (b.ceiling : Rat) := by
  have h1 := (b.lo.val_le_ceiling hd k).1
  have h2 := (b.hi.val_le_ceiling hd k).2
  have h3 := hv k hk
  have e1 : b.lo.ceiling = b.ceiling := rfl
  have e2 : b.hi.ceiling = b.ceiling := rfl
  rw [e1] at h1
  rw [e2] at h2
  grind

/-- Magnitudes do not exceed their ceiling. -/
theorem Magnitudes.val_le_ceiling {e : Magnitudes s} (hd : 0 < e.den) (k : Nat) :
    (e.val k : Rat) ≤ (e.box.ceiling : Rat) :=
  (e.const.val_le_ceiling hd k).2

/-! ## Constants of a format -/

variable {F : Format} [Format.Valid F]

omit [Format.Valid F] in
/-- Soundness of `gammaCheck`. -/
theorem gammaCheck_sound {n p q : Nat} (h : gammaCheck F n p q = true) :
    0 < p ∧ 0 < q ∧ (1 + F.roundoff) ^ n ≤ 1 + ratio p q ∧ (ratio p q : Rat) ≤ 1 ∧
      (0 : Rat) ≤ ratio p q := by
  simp only [gammaCheck, Bool.and_eq_true, Nat.blt_eq, Nat.ble_eq] at h
  obtain ⟨⟨hp, hpq⟩, h⟩ := h
  have hq : 0 < q := by omega
  refine ⟨hp, hq, Format.roundoff_pow_le hq h, ?_, ?_⟩
  · refine (ratio_le_iff (α := Rat) hq).2 ?_
    have := intCast_le (α := Rat) (Int.ofNat_le.2 hpq)
    rw [Ring.intCast_natCast q] at this
    grind
  · refine (le_ratio_iff (α := Rat) hq).2 ?_
    rw [Ring.intCast_natCast]
    have := natCast_nonneg (α := Rat) p
    grind

/-- Soundness of `rangeCheck`. -/
theorem rangeCheck_sound {v D : Nat} (hD : 0 < D) (h : rangeCheck F v D = true) :
    (v : Rat) * F.leastNormal ≤ ratio 1 D ∧ (v : Rat) ≤ F.largest := by
  simp only [rangeCheck, Bool.and_eq_true, Nat.ble_eq] at h
  obtain ⟨h1, h2⟩ := h
  have hs : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
  constructor
  · have hDp : (0 : Rat) < (D : Rat) := by exact_mod_cast hD
    have h1 : (v : Rat) * (D : Rat) * (F.binade : Rat) ≤ ((2 ^ F.scale : Nat) : Rat) := by
      have h : v * D * F.binade ≤ 2 ^ F.scale := h1
      exact_mod_cast h
    have e1 : (ratio 1 D : Rat) = 1 / (D : Rat) := rfl
    rw [e1]
    refine Float.le_div hDp ?_
    have e2 : (v : Rat) * F.leastNormal * D = v * D * F.binade / (2 ^ F.scale : Nat) := by
      unfold Format.leastNormal; grind
    rw [e2]
    refine Float.div_le hs ?_
    grind
  · exact Rat.le_trans (rat_natCast_le h2) F.pow_le_largest

/-! ## Magnitudes of constants -/

private theorem getD_lorLiterals (xs ys : List Nat) (j : Nat) :
    (lorLiterals xs ys).getD j 0 = xs.getD j 0 ||| ys.getD j 0 := by
  induction xs generalizing ys j with
  | nil => cases ys <;> simp [lorLiterals]
  | cons x xs ih => cases ys with
    | nil => simp [lorLiterals]
    | cons y ys => cases j with
      | zero => rfl
      | succ j => simpa [lorLiterals] using ih ys j

/-- Numbers at least as large as the magnitudes of a constant. -/
theorem Const.abs_val {c : Const s} (hd : 0 < c.den) (k : Nat) :
    -c.abs.val k ≤ (c.val k : Rat) ∧ (c.val k : Rat) ≤ c.abs.val k ∧ (0 : Rat) ≤ c.abs.val k := by
  have hp : c.abs.posDigit k = c.posDigit k ||| c.negDigit k := by
    show digit c.width c.stride ((lorLiterals c.pos c.neg).getD _ 0) _ = _
    rw [getD_lorLiterals, digit_lor]
    rfl
  have hn : c.abs.negDigit k = 0 := by
    show digit _ _ (([] : List Nat).getD _ 0) _ = 0
    simp [digit_eq]
  have h1 : c.posDigit k ≤ c.abs.posDigit k := hp ▸ Nat.left_le_or
  have h2 : c.negDigit k ≤ c.abs.posDigit k := hp ▸ Nat.right_le_or
  have e1 := c.val_mul_den (α := Rat) hd k
  have e2 := c.abs.val_mul_den (α := Rat) hd k
  have e3 : c.abs.den = c.den := rfl
  rw [hn, e3, Semiring.natCast_zero] at e2
  have h3 := natCast_le (α := Rat) h1
  have h4 := natCast_le (α := Rat) h2
  have h5 := natCast_nonneg (α := Rat) (c.posDigit k)
  have h6 := natCast_nonneg (α := Rat) (c.negDigit k)
  have hdp := natCast_pos (α := Rat) hd
  refine ⟨?_, ?_, ?_⟩ <;> refine le_of_mul_le_mul hdp ?_ <;> grind

end Lemmanet
