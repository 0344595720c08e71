module

public import Lemmanet.Float.Correct

/-!
# Directed rounding is correct

Rounding down gives the largest number of the format that is not above the exact one, rounding up the
least that is not below, truncation the one of the two that is nearer to zero. What operations deliver
are bounds of the exact result, also where they overflow.
-/

@[expose] public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

namespace Format

variable {F : Format} [Valid F] {direction : Direction} {negative : Bool} {num den : Nat}

/-- Where no magnitude is rounded up, the rounded one is not larger. -/
theorem roundedRank_down (h : ∀ odd t, direction.up negative odd t = false) (num : Nat) (hd : 0 < den) :
    F.units (F.roundedRank direction negative num den) * den ≤ num := by
  obtain ⟨r, t, hl, _, _, he⟩ := F.roundedRank_cases direction negative num hd
  rw [he, h, cond_false]
  exact hl

/-- Where every magnitude between two of the format is rounded up, the rounded one is not smaller. -/
theorem roundedRank_up (h : ∀ odd t, t ≠ .exact → direction.up negative odd t = true) (num : Nat)
    (hd : 0 < den) : num ≤ F.units (F.roundedRank direction negative num den) * den := by
  obtain ⟨r, t, _, hu, ht, he⟩ := F.roundedRank_cases direction negative num hd
  rw [he]
  by_cases hx : t = .exact
  · subst hx
    have hn : direction.up negative (Nat.beq (r % 2) 1) .exact = false := by
      cases direction <;> rfl
    rw [hn, cond_false]
    exact Nat.le_of_eq ht
  · rw [h _ _ hx, cond_true, F.units_succ, Nat.add_mul]
    exact Nat.le_of_lt hu

/-- Rounding down, in units. -/
theorem roundUnits_down (num : Int) {den : Nat} (hd : 0 < den) :
    F.roundUnits .towardNegative num den * den ≤ num := by
  unfold roundUnits
  split
  · have := F.roundedRank_up (direction := .towardNegative) (negative := true)
      (fun odd t ht => by cases t <;> first | rfl | exact absurd rfl ht) num.natAbs hd
    rw [Int.neg_mul, ← Int.natCast_mul]
    omega
  · have := F.roundedRank_down (direction := .towardNegative) (negative := false)
      (fun odd t => by cases t <;> rfl) num.natAbs hd
    rw [← Int.natCast_mul]
    omega

/-- Rounding up, in units. -/
theorem roundUnits_up (num : Int) {den : Nat} (hd : 0 < den) :
    num ≤ F.roundUnits .towardPositive num den * den := by
  unfold roundUnits
  split
  · have := F.roundedRank_down (direction := .towardPositive) (negative := true)
      (fun odd t => by cases t <;> rfl) num.natAbs hd
    rw [Int.neg_mul, ← Int.natCast_mul]
    omega
  · have := F.roundedRank_up (direction := .towardPositive) (negative := false)
      (fun odd t ht => by cases t <;> first | rfl | exact absurd rfl ht) num.natAbs hd
    rw [← Int.natCast_mul]
    omega

/-- Truncation, in units. -/
theorem roundUnits_truncate (num : Int) {den : Nat} (hd : 0 < den) :
    (F.roundUnits .towardZero num den).natAbs * den ≤ num.natAbs := by
  have h (s : Bool) := F.roundedRank_down (direction := .towardZero) (negative := s)
    (fun odd t => by cases t <;> rfl) num.natAbs hd
  unfold roundUnits
  split
  · rw [Int.natAbs_neg, Int.natAbs_natCast]
    exact h true
  · rw [Int.natAbs_natCast]
    exact h false

omit [Valid F] in
/-- A bound of integers as a bound of rational numbers. -/
private theorem div_le {a num : Int} {den s : Nat} (hd : 0 < den) (hs : 0 < s)
    (h : a * den ≤ num * s) : (a : Rat) / s ≤ (num : Rat) / den := by
  have hd' : (0 : Rat) < den := by exact_mod_cast hd
  have hs' : (0 : Rat) < s := by exact_mod_cast hs
  have h' : (a : Rat) * den ≤ (num : Rat) * s := by exact_mod_cast h
  generalize (a : Rat) = x at *
  generalize (num : Rat) = y at *
  generalize (den : Rat) = d at *
  generalize (s : Rat) = t at *
  refine Rat.not_lt.1 fun hlt => ?_
  have h1 := OrderedRing.mul_lt_mul_of_pos_right hlt (OrderedRing.mul_pos hd' hs')
  have e1 : y / d * (d * t) = y * t := by grind
  have e2 : x / t * (d * t) = x * d := by grind
  grind

omit [Valid F] in
/-- The same, from the other side. -/
private theorem le_div {a num : Int} {den s : Nat} (hd : 0 < den) (hs : 0 < s)
    (h : num * s ≤ a * den) : (num : Rat) / den ≤ (a : Rat) / s := div_le hs hd h

private theorem num_div_den (x : Rat) : (x.num : Rat) / x.den = x := by
  have h := Rat.num_divInt_den x
  rwa [Rat.divInt_eq_div, Rat.intCast_natCast] at h

/-- Rounding down is not above. -/
theorem round_down_le (x : Rat) : F.round .towardNegative x ≤ x := by
  have hd := Nat.pos_of_ne_zero x.den_nz
  have h := F.roundUnits_down (x.num * (2 ^ F.scale : Nat)) hd
  have := div_le hd F.scale_pos h
  rwa [num_div_den] at this

/-- Rounding up is not below. -/
theorem le_round_up (x : Rat) : x ≤ F.round .towardPositive x := by
  have hd := Nat.pos_of_ne_zero x.den_nz
  have h := F.roundUnits_up (x.num * (2 ^ F.scale : Nat)) hd
  have := le_div hd F.scale_pos h
  rwa [num_div_den] at this

/-- Rounding down gives the largest number of the format that is not above `x`. -/
theorem le_round_down {x y : Rat} (hy : F.Represents y) (h : y ≤ x) :
    y ≤ F.round .towardNegative x := by
  rw [← F.round_exact .towardNegative hy]
  exact F.round_mono _ h

/-- Rounding up gives the least number of the format that is not below `x`. -/
theorem round_up_le {x y : Rat} (hy : F.Represents y) (h : x ≤ y) :
    F.round .towardPositive x ≤ y := by
  rw [← F.round_exact .towardPositive hy]
  exact F.round_mono _ h

/-- Zero is a number of the format. -/
theorem represents_zero (F : Format) : F.Represents 0 := by
  have h : F.units 0 = 0 := F.units_of_lt (by have := F.binade_pos; omega)
  refine ⟨false, 0, ?_⟩
  rw [if_neg (by decide), h]
  grind

omit [Valid F] in
/-- Truncation rounds what is not negative down. -/
theorem round_truncate_of_nonneg {x : Rat} (h : 0 ≤ x) :
    F.round .towardZero x = F.round .towardNegative x := by
  have hn : ¬ (x.num * (2 ^ F.scale : Nat) < 0) := by
    have h1 : 0 ≤ x.num := Rat.num_nonneg.2 h
    have := Int.mul_nonneg h1 (Int.natCast_nonneg (2 ^ F.scale))
    omega
  unfold round roundUnits
  rw [if_neg hn, if_neg hn]
  congr 3
  simp only [roundedRank, roundRank]
  congr 1
  cases F.tail _ _ _ <;> rfl

/-- Truncation rounds what is not positive up. -/
theorem round_truncate_of_nonpos {x : Rat} (h : x ≤ 0) :
    F.round .towardZero x = F.round .towardPositive x := by
  rcases (by grind : x < 0 ∨ x = 0) with h | rfl
  · have hn : x.num * (2 ^ F.scale : Nat) < 0 := by
      have h1 : x.num < 0 := Int.not_le.1 fun hc => by
        have := Rat.num_nonneg.1 hc
        grind
      exact Int.mul_neg_of_neg_of_pos h1 (by exact_mod_cast F.scale_pos)
    unfold round roundUnits
    rw [if_pos hn, if_pos hn]
    congr 4
    simp only [roundedRank, roundRank]
    congr 1
    cases F.tail _ _ _ <;> rfl
  · rw [F.round_exact _ F.represents_zero, F.round_exact _ F.represents_zero]

end Format

namespace Datum

variable {F : Format}

/-- The datum is a lower bound of `v`: a finite one that is not above it, or minus infinity. -/
def AtMost (x : Datum F) (v : Rat) : Prop :=
  match x with
  | .nan _ => False
  | .infinity negative => negative = true
  | .finite _ _ => x.toRat ≤ v

/-- The datum is an upper bound of `v`: a finite one that is not below it, or plus infinity. -/
def AtLeast (x : Datum F) (v : Rat) : Prop :=
  match x with
  | .nan _ => False
  | .infinity negative => negative = false
  | .finite _ _ => v ≤ x.toRat

/-- A lower bound of a number is one of every larger number. -/
theorem AtMost.trans {x : Datum F} {v w : Rat} (h : x.AtMost v) (hv : v ≤ w) : x.AtMost w := by
  cases x with
  | finite s r => exact Rat.le_trans h hv
  | _ => exact h

/-- An upper bound of a number is one of every smaller number. -/
theorem AtLeast.trans {x : Datum F} {v w : Rat} (h : x.AtLeast v) (hv : w ≤ v) : x.AtLeast w := by
  cases x with
  | finite s r => exact Rat.le_trans hv h
  | _ => exact h

end Datum

namespace Format

variable {F : Format} [Valid F]

omit [Valid F] in
/-- The largest finite magnitude and a rank beyond it. -/
private theorem largest_le {r : Nat} (h : Nat.blt r F.infinityRank = false) :
    F.units (Nat.sub F.infinityRank 1) ≤ F.units r := by
  have : ¬ r < F.infinityRank := by
    rw [← Nat.blt_eq, h]
    decide
  exact F.units_le (show F.infinityRank - 1 ≤ r by omega)

omit [Valid F] in
private theorem toRat_positive (r : Nat) :
    (.finite false r : Datum F).toRat = ((F.units r : Int) : Rat) / (2 ^ F.scale : Nat) := rfl

omit [Valid F] in
private theorem toRat_negative (r : Nat) :
    (.finite true r : Datum F).toRat = ((-(F.units r : Int) : Int) : Rat) / (2 ^ F.scale : Nat) := rfl

/-- Rounding a quotient down delivers a lower bound, also where it overflows. -/
theorem roundQuotient_down (zeroNegative : Bool) (num : Int) {den : Nat} (hd : 0 < den) :
    (F.roundQuotient .towardNegative zeroNegative num den).datum.AtMost
      ((num : Rat) / ((den * 2 ^ F.scale : Nat) : Rat)) := by
  obtain ⟨negative, r, twice, inexact, he, hu⟩ :=
    F.roundQuotient_cases .towardNegative zeroNegative num hd
  have h := F.roundUnits_down num hd
  rw [hu] at h
  rw [he]
  have hs := F.scale_pos
  have key (z : Int) (hz : z * den ≤ num) :
      (z : Rat) / (2 ^ F.scale : Nat) ≤ (num : Rat) / ((den * 2 ^ F.scale : Nat) : Rat) := by
    refine div_le (Nat.mul_pos hd hs) hs ?_
    rw [Int.natCast_mul, ← Int.mul_assoc]
    exact Int.mul_le_mul_of_nonneg_right hz (Int.natCast_nonneg _)
  unfold deliver
  cases hb : Nat.blt r F.infinityRank
  · cases negative
    · refine key _ (Int.le_trans (Int.mul_le_mul_of_nonneg_right ?_ (Int.natCast_nonneg _)) h)
      rw [if_neg (by decide)]
      show (F.units (Nat.sub F.infinityRank 1) : Int) ≤ F.units r
      exact_mod_cast largest_le hb
    · rfl
  · cases negative
    · exact key _ h
    · exact key _ h

/-- Rounding a quotient up delivers an upper bound, also where it overflows. -/
theorem roundQuotient_up (zeroNegative : Bool) (num : Int) {den : Nat} (hd : 0 < den) :
    (F.roundQuotient .towardPositive zeroNegative num den).datum.AtLeast
      ((num : Rat) / ((den * 2 ^ F.scale : Nat) : Rat)) := by
  obtain ⟨negative, r, twice, inexact, he, hu⟩ :=
    F.roundQuotient_cases .towardPositive zeroNegative num hd
  have h := F.roundUnits_up num hd
  rw [hu] at h
  rw [he]
  have hs := F.scale_pos
  have key (z : Int) (hz : num ≤ z * den) :
      (num : Rat) / ((den * 2 ^ F.scale : Nat) : Rat) ≤ (z : Rat) / (2 ^ F.scale : Nat) := by
    refine le_div (Nat.mul_pos hd hs) hs ?_
    rw [Int.natCast_mul, ← Int.mul_assoc]
    exact Int.mul_le_mul_of_nonneg_right hz (Int.natCast_nonneg _)
  unfold deliver
  cases hb : Nat.blt r F.infinityRank
  · cases negative
    · rfl
    · refine key _ (Int.le_trans h (Int.mul_le_mul_of_nonneg_right ?_ (Int.natCast_nonneg _)))
      rw [if_pos rfl]
      have := largest_le hb
      show -(F.units r : Int) ≤ -(F.units (Nat.sub F.infinityRank 1) : Int)
      omega
  · cases negative
    · exact key _ h
    · exact key _ h

end Format

end Lemmanet.Float
