module

public import Lemmanet.Float.IntervalSound

/-!
# Quotients and square roots of intervals are sound

Division is by an interval of numbers of one sign; by any other interval the result is all numbers.
Square roots are spoken of by their squares.
-/

@[expose] public noncomputable section

open Lean.Grind

namespace Lemmanet.Float.Interval

variable {F : Format} [Format.Valid F] {X Y : Interval F} {x y : Rat}

/-- `a / c ≤ x / y` for positive `c` and `y`, from the products across. -/
private theorem div_le_div {a c x y : Rat} (hc : 0 < c) (hy : 0 < y) (h : a * y ≤ x * c) :
    a / c ≤ x / y := by
  refine Rat.not_lt.1 fun hlt => ?_
  have h1 := OrderedRing.mul_lt_mul_of_pos_right hlt (OrderedRing.mul_pos hc hy)
  have e1 : x / y * (c * y) = x * c := by grind
  have e2 : a / c * (c * y) = a * y := by grind
  grind

omit [Format.Valid F] in
private theorem belowZero_iff {d : Datum F} (hd : d.isFinite = true) :
    d.isBelowZero = true ↔ d.toRat < 0 := by
  unfold Datum.isBelowZero
  rcases Datum.sign_cases hd with ⟨h1, h2⟩ | ⟨h1, h2, h3⟩ | ⟨h1, h2, h3⟩
  · rw [h1, h2]
    simp
  · rw [h1, h2]
    simp [h3]
  · rw [h1, h2]
    simp
    grind

omit [Format.Valid F] in
private theorem isZero_of_ne {d : Datum F} (hd : d.isFinite = true) (h : d.toRat ≠ 0) :
    d.isZero = false := by
  rcases Datum.sign_cases hd with ⟨h1, h2⟩ | ⟨h1, _⟩ | ⟨h1, _⟩
  · exact absurd h2 h
  · exact h1
  · exact h1

omit [Format.Valid F] in
/-- A finite number over plus infinity is zero. -/
private theorem over_infinity (direction : Direction) {d : Datum F} (hd : d.isFinite = true) :
    (Datum.division direction d (.infinity false)).datum.isFinite = true ∧
      (Datum.division direction d (.infinity false)).datum.toRat = 0 := by
  obtain ⟨s, r, rfl⟩ := Datum.finite_of_isFinite hd
  have e : (Datum.division direction (.finite s r : Datum F) (.infinity false)).datum =
      .finite (Bool.xor s false) 0 := rfl
  rw [e]
  refine ⟨rfl, ?_⟩
  rcases Datum.sign_cases (x := (.finite (Bool.xor s false) 0 : Datum F)) rfl with
    ⟨_, h⟩ | ⟨h, _⟩ | ⟨h, _⟩
  · exact h
  · cases h
  · cases h

omit [Format.Valid F] in
/-- An infinity over a positive number. -/
private theorem infinity_over (direction : Direction) (s : Bool) {d : Datum F} (hd : d.isFinite = true)
    (h : 0 < d.toRat) :
    (Datum.division direction (.infinity s) d).datum = .infinity s := by
  rcases Datum.sign_cases hd with ⟨_, h2⟩ | ⟨_, _, h3⟩ | ⟨_, h2, _⟩
  · grind
  · grind
  · obtain ⟨t, r, rfl⟩ := Datum.finite_of_isFinite hd
    have e : t = false := h2
    rw [e]
    cases s <;> rfl

/-- Division by an interval of positive numbers is sound. -/
theorem divPositive_sound (hX : X.Contains x) (hY : Y.Contains y) (hf : Y.lower.isFinite = true)
    (h0 : 0 < Y.lower.toRat) : (divPositive X Y).Contains (x / y) := by
  obtain ⟨hYl, hYu⟩ := hY
  have hc : Y.lower.toRat ≤ y := by
    rcases hYl.cases with h | ⟨_, h⟩
    · rw [h] at hf
      cases hf
    · exact h
  have hy : 0 < y := by grind
  have hz := isZero_of_ne hf (by grind)
  have over {d : Datum F} (fd : d.isFinite = true) (hd : y ≤ d.toRat) : d.isZero = false :=
    isZero_of_ne fd (by grind)
  constructor
  · show (Datum.division .towardNegative X.lower
      (bif X.lower.isBelowZero then Y.lower else Y.upper)).datum.AtMost _
    rcases hX.1.cases with hX | ⟨fX, hX⟩
    · rw [hX]
      have e : (Datum.infinity true : Datum F).isBelowZero = true := rfl
      rw [e, cond_true, infinity_over _ _ hf h0]
      rfl
    · have hxy := OrderedRing.mul_le_mul_of_nonneg_right hX (Rat.le_of_lt hy)
      cases hb : X.lower.isBelowZero
      · have ha : 0 ≤ X.lower.toRat := Rat.not_lt.1 fun h => by
          rw [(belowZero_iff fX).2 h] at hb
          cases hb
        rw [cond_false]
        rcases hYu.cases with hq | ⟨fq, hq⟩
        · rw [hq]
          obtain ⟨h1, h2⟩ := over_infinity .towardNegative fX
          refine Datum.atMost_of_le h1 ?_
          rw [h2]
          have := div_le_div (a := 0) (c := 1) (x := x) (y := y) (by decide) hy (by grind)
          grind
        · refine (Datum.division_down fX fq (over fq hq)).trans ?_
          refine div_le_div (by grind) hy ?_
          have := OrderedRing.mul_le_mul_of_nonneg_left hq (show 0 ≤ x by grind)
          grind
      · have ha := (belowZero_iff fX).1 hb
        rw [cond_true]
        refine (Datum.division_down fX hf hz).trans (div_le_div h0 hy ?_)
        have h1 := OrderedRing.mul_le_mul_of_nonneg_left hc (show 0 ≤ -X.lower.toRat by grind)
        have h2 := OrderedRing.mul_le_mul_of_nonneg_right hX (Rat.le_of_lt h0)
        grind
  · show (Datum.division .towardPositive X.upper
      (bif X.upper.isBelowZero then Y.upper else Y.lower)).datum.AtLeast _
    rcases hX.2.cases with hX | ⟨fX, hX⟩
    · rw [hX]
      have e : (Datum.infinity false : Datum F).isBelowZero = false := rfl
      rw [e, cond_false, infinity_over _ _ hf h0]
      rfl
    · have hxy := OrderedRing.mul_le_mul_of_nonneg_right hX (Rat.le_of_lt hy)
      cases hb : X.upper.isBelowZero
      · have ha : 0 ≤ X.upper.toRat := Rat.not_lt.1 fun h => by
          rw [(belowZero_iff fX).2 h] at hb
          cases hb
        rw [cond_false]
        refine (Datum.division_up fX hf hz).trans (div_le_div hy h0 ?_)
        have h1 := OrderedRing.mul_le_mul_of_nonneg_left hc ha
        have h2 := OrderedRing.mul_le_mul_of_nonneg_right hX (Rat.le_of_lt h0)
        grind
      · have ha := (belowZero_iff fX).1 hb
        rw [cond_true]
        rcases hYu.cases with hq | ⟨fq, hq⟩
        · rw [hq]
          obtain ⟨h1, h2⟩ := over_infinity .towardPositive fX
          refine Datum.atLeast_of_le h1 ?_
          rw [h2]
          have := div_le_div (a := x) (c := y) (x := 0) (y := 1) hy (by decide) (by grind)
          grind
        · refine (Datum.division_up fX fq (over fq hq)).trans ?_
          refine div_le_div hy (by grind) ?_
          have := OrderedRing.mul_le_mul_of_nonneg_left hq (show 0 ≤ -x by grind)
          grind

omit [Format.Valid F] in
private theorem whole_sound (v : Rat) : (whole : Interval F).Contains v := ⟨rfl, rfl⟩

omit [Format.Valid F] in
private theorem toRat_pos {d : Datum F} (hd : d.isFinite = true) (hz : d.isZero = false)
    (hs : d.isSignMinus = false) : 0 < d.toRat := by
  rcases Datum.sign_cases hd with ⟨h, _⟩ | ⟨_, h, _⟩ | ⟨_, _, h⟩
  · rw [hz] at h; cases h
  · rw [hs] at h; cases h
  · exact h

/-- Division is sound. -/
theorem div_sound (hX : X.Contains x) (hY : Y.Contains y) : (div X Y).Contains (x / y) := by
  unfold div
  cases hb : !Y.lower.isZero && !Y.lower.isSignMinus
  · rw [cond_false]
    cases hb : Y.upper.isBelowZero
    · exact whole_sound _
    · rw [cond_true]
      have hn := neg_sound hY
      unfold Datum.isBelowZero at hb
      rw [Bool.and_eq_true, Bool.not_eq_true'] at hb
      rcases hY.2.cases with h | ⟨fY, h⟩
      · rw [h] at hb
        cases hb.1
      · have ha : Y.upper.toRat < 0 := by
          rcases Datum.sign_cases fY with ⟨h, _⟩ | ⟨_, _, h⟩ | ⟨_, h, _⟩
          · rw [hb.2] at h; cases h
          · exact h
          · rw [hb.1] at h; cases h
        have hf : Y.neg.lower.isFinite = true := by
          obtain ⟨s, r, e⟩ := Datum.finite_of_isFinite fY
          show Y.upper.negate.isFinite = true
          rw [e]
          rfl
        have hp : 0 < Y.neg.lower.toRat := by
          show 0 < Y.upper.negate.toRat
          rw [Datum.toRat_negate]
          grind
        have := divPositive_sound (neg_sound hX) hn hf hp
        have e : -x / -y = x / y := by grind
        rwa [e] at this
  · rw [cond_true]
    rw [Bool.and_eq_true, Bool.not_eq_true', Bool.not_eq_true'] at hb
    rcases hY.1.cases with h | ⟨fY, h⟩
    · rw [h] at hb
      cases hb.2
    · exact divPositive_sound hX hY fY (toRat_pos fY hb.1 hb.2)

/-- The lower end of the square root is a number that is not negative and whose square is not above any
number of the interval; the upper end is infinite, or its square is not below any. -/
theorem sqrt_sound (hX : X.Contains x) (h0 : 0 ≤ x) :
    (X.sqrt.lower.isFinite = true ∧ 0 ≤ X.sqrt.lower.toRat ∧
      X.sqrt.lower.toRat * X.sqrt.lower.toRat ≤ x) ∧
    (X.sqrt.upper = .infinity false ∨ X.sqrt.upper.isFinite = true ∧ 0 ≤ X.sqrt.upper.toRat ∧
      x ≤ X.sqrt.upper.toRat * X.sqrt.upper.toRat) := by
  have hz : (Datum.finite false 0 : Datum F).toRat = 0 := by
    rcases Datum.sign_cases (x := (Datum.finite false 0 : Datum F)) rfl with
      ⟨_, h⟩ | ⟨h, _⟩ | ⟨h, _⟩
    · exact h
    · cases h
    · cases h
  unfold sqrt
  constructor
  · cases hb : X.lower.isZero || X.lower.isSignMinus
    · rw [cond_false]
      rw [Bool.or_eq_false_iff] at hb
      rcases hX.1.cases with h | ⟨fX, h⟩
      · rw [h] at hb
        cases hb.2
      · obtain ⟨h1, h2, h3⟩ := Datum.squareRoot_down_le fX (toRat_pos fX hb.1 hb.2)
        exact ⟨h1, h2, Rat.le_trans h3 h⟩
    · rw [cond_true, hz]
      exact ⟨rfl, Rat.le_refl, by grind⟩
  · cases hb : X.upper.isZero || X.upper.isSignMinus
    · rw [cond_false]
      rw [Bool.or_eq_false_iff] at hb
      rcases hX.2.cases with h | ⟨fX, h⟩
      · left
        rw [h]
        rfl
      · rcases Datum.le_squareRoot_up fX (toRat_pos fX hb.1 hb.2) with h1 | ⟨h1, h2, h3⟩
        · exact .inl h1
        · exact .inr ⟨h1, h2, Rat.le_trans h h3⟩
    · rw [cond_true, hz]
      refine .inr ⟨rfl, Rat.le_refl, ?_⟩
      rcases hX.2.cases with h | ⟨fX, h⟩
      · rw [h] at hb
        cases hb
      · have : X.upper.toRat ≤ 0 := by
          rcases Datum.sign_cases fX with ⟨_, h⟩ | ⟨_, _, h⟩ | ⟨h1, h2, _⟩
          · grind
          · grind
          · rw [h1, h2] at hb
            cases hb
        grind

end Lemmanet.Float.Interval
