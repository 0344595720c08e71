module

public import Lemmanet.Float.Interval

/-!
# Ends of intervals

What is proved of products of ends and of the smaller and larger of two ends; infinite ones included.
-/

@[expose] public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

namespace Datum

variable {F : Format} {x y z p q : Datum F} {u v w : Rat}

/-- The value of a finite datum is zero exactly if it is a zero, negative exactly if it has a minus sign
and is none. -/
theorem sign_cases (hx : x.isFinite = true) :
    (x.isZero = true ∧ x.toRat = 0) ∨
      (x.isZero = false ∧ x.isSignMinus = true ∧ x.toRat < 0) ∨
      (x.isZero = false ∧ x.isSignMinus = false ∧ 0 < x.toRat) := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  have h0 : F.units 0 = 0 := F.units_of_lt (by have := F.binade_pos; omega)
  have hz : (finite false 0 : Datum F).toRat = 0 := by
    change ((F.units 0 : Int) : Rat) / _ = 0
    rw [h0]
    grind
  have hu : (finite false 0 : Datum F).units = 0 := by
    change (F.units 0 : Int) = 0
    rw [h0]
    rfl
  have h1 := toRat_lt_iff (x := (finite false 0 : Datum F)) (y := finite s r)
  have h2 := toRat_lt_iff (x := (finite s r : Datum F)) (y := finite false 0)
  rw [hz, hu, units_finite] at h1 h2
  have h3 := F.units_lt_iff (r := 0) (s := r)
  rw [h0] at h3
  rcases Nat.eq_zero_or_pos r with hr | hr
  · left
    subst hr
    refine ⟨rfl, ?_⟩
    rw [← hz]
    refine toRat_eq_iff.2 ?_
    rw [hu, units_finite, h0]
    cases s <;> rfl
  · have hb : (finite s r : Datum F).isZero = false := by
      have e : (finite s r : Datum F).isZero = Nat.beq r 0 := rfl
      rw [e, ← Bool.not_eq_true, Nat.beq_eq]
      omega
    have := h3.2 hr
    right
    cases s
    · exact .inr ⟨hb, rfl, h1.2 (by rw [if_neg (by decide)]; omega)⟩
    · exact .inl ⟨hb, rfl, h2.2 (by rw [if_pos rfl]; omega)⟩

/-- Two ends whose product is a lower bound of `v`: one is zero and `v` is not negative, or both are
finite, or the product is minus infinity. -/
def LowCorner (p q : Datum F) (v : Rat) : Prop :=
  ((p.isZero = true ∨ q.isZero = true) ∧ 0 ≤ v) ∨
  (p.isFinite = true ∧ q.isFinite = true ∧ p.toRat * q.toRat ≤ v) ∨
  (p.isNaN = false ∧ q.isNaN = false ∧ p.isZero = false ∧ q.isZero = false ∧
    (p.isInfinite = true ∨ q.isInfinite = true) ∧ p.isSignMinus = !q.isSignMinus)

/-- Two ends whose product is an upper bound of `v`. -/
def HighCorner (p q : Datum F) (v : Rat) : Prop := LowCorner p.negate q (-v)

private theorem zero_toRat (F : Format) : (finite false 0 : Datum F).toRat = 0 := by
  rcases sign_cases (x := (finite false 0 : Datum F)) rfl with ⟨_, h⟩ | ⟨h, _⟩ | ⟨h, _⟩
  · exact h
  · cases h
  · cases h

/-- An infinite product of ends with different signs. -/
private theorem infinite_product (direction : Direction) (hp : p.isNaN = false) (hq : q.isNaN = false)
    (hpz : p.isZero = false) (hqz : q.isZero = false)
    (hi : p.isInfinite = true ∨ q.isInfinite = true) :
    (multiplication direction p q).datum = .infinity (Bool.xor p.isSignMinus q.isSignMinus) := by
  cases p with
  | nan s => cases hp
  | infinity s =>
    cases q with
    | nan t => cases hq
    | infinity t => rfl
    | finite t r =>
      have e : Nat.beq r 0 = false := hqz
      simp only [multiplication, e, cond_false]
      rfl
  | finite s r =>
    cases q with
    | nan t => cases hq
    | infinity t =>
      have e : Nat.beq r 0 = false := hpz
      simp only [multiplication, e, cond_false]
      rfl
    | finite t q => rcases hi with hi | hi <;> cases hi

/-- The product of such ends, rounded down, is a lower bound. -/
theorem endProduct_down [Format.Valid F] (h : LowCorner p q v) :
    (endProduct .towardNegative p q).AtMost v := by
  have hz : 0 ≤ v → (finite false 0 : Datum F).AtMost v := fun h =>
    atMost_of_le rfl (by rw [zero_toRat]; exact h)
  unfold endProduct
  rcases h with ⟨h, hv⟩ | ⟨hp, hq, hv⟩ | ⟨hp, hq, hpz, hqz, hi, hs⟩
  · have e : (p.isZero || q.isZero) = true := by rw [Bool.or_eq_true]; exact h
    rw [e]
    exact hz hv
  · cases hb : p.isZero || q.isZero
    · exact (multiplication_down hp hq).trans hv
    · rw [Bool.or_eq_true] at hb
      refine hz ?_
      have hp := sign_cases hp
      have hq := sign_cases hq
      have : p.toRat = 0 ∨ q.toRat = 0 := by
        rcases hb with hb | hb <;> simp [hb] at hp hq <;> simp [hp, hq]
      rcases this with h0 | h0 <;> rw [h0] at hv <;> grind
  · rw [hpz, hqz]
    have e := infinite_product .towardNegative hp hq hpz hqz hi
    simp only [Bool.or_false, cond_false]
    rw [e, hs]
    cases q.isSignMinus <;> rfl

private theorem negate_isZero (x : Datum F) : x.negate.isZero = x.isZero := by cases x <;> rfl

private theorem negate_isFinite (x : Datum F) : x.negate.isFinite = x.isFinite := by cases x <;> rfl

private theorem negate_isNaN (x : Datum F) : x.negate.isNaN = x.isNaN := by cases x <;> rfl

private theorem negate_isInfinite (x : Datum F) : x.negate.isInfinite = x.isInfinite := by
  cases x <;> rfl

private theorem negate_isSignMinus (h : x.isNaN = false) : x.negate.isSignMinus = !x.isSignMinus := by
  cases x <;> first | rfl | cases h

/-- The product of such ends, rounded up, is an upper bound. -/
theorem endProduct_up [Format.Valid F] (h : HighCorner p q v) :
    (endProduct .towardPositive p q).AtLeast v := by
  have hz : v ≤ 0 → (finite false 0 : Datum F).AtLeast v := fun h =>
    atLeast_of_le rfl (by rw [zero_toRat]; exact h)
  unfold endProduct
  unfold HighCorner LowCorner at h
  rw [negate_isZero, negate_isFinite, negate_isNaN, negate_isInfinite, toRat_negate] at h
  rcases h with ⟨h, hv⟩ | ⟨hp, hq, hv⟩ | ⟨hp, hq, hpz, hqz, hi, hs⟩
  · have e : (p.isZero || q.isZero) = true := by rw [Bool.or_eq_true]; exact h
    rw [e]
    exact hz (by grind)
  · cases hb : p.isZero || q.isZero
    · exact (multiplication_up hp hq).trans (by grind)
    · rw [Bool.or_eq_true] at hb
      refine hz ?_
      have hp := sign_cases hp
      have hq := sign_cases hq
      have : p.toRat = 0 ∨ q.toRat = 0 := by
        rcases hb with hb | hb <;> simp [hb] at hp hq <;> simp [hp, hq]
      rcases this with h0 | h0 <;> rw [h0] at hv <;> grind
  · rw [hpz, hqz]
    have e := infinite_product .towardPositive hp hq hpz hqz hi
    rw [negate_isSignMinus hp] at hs
    simp only [Bool.or_false, cond_false]
    rw [e]
    generalize p.isSignMinus = s at *
    generalize q.isSignMinus = t at *
    cases s <;> cases t <;> first | rfl | cases hs

/-- An infinite product of ends with different signs, and a finite third operand. -/
private theorem infinite_fused (direction : Direction) (hp : p.isNaN = false) (hq : q.isNaN = false)
    (hpz : p.isZero = false) (hqz : q.isZero = false)
    (hi : p.isInfinite = true ∨ q.isInfinite = true) (hz : z.isFinite = true) :
    (fusedMultiplyAdd direction p q z).datum = .infinity (Bool.xor p.isSignMinus q.isSignMinus) := by
  obtain ⟨t, r, rfl⟩ := finite_of_isFinite hz
  have hi' : (p.isInfinite || q.isInfinite) = true := by rw [Bool.or_eq_true]; exact hi
  have e1 : (finite t r : Datum F).isNaN = false := rfl
  have e2 : (finite t r : Datum F).isInfinite = false := rfl
  simp only [fusedMultiplyAdd, hp, hq, e1, e2, hpz, hqz, hi', Bool.or_false, Bool.false_and, cond_false,
    cond_true]
  rfl

/-- Such a product and a third lower end, rounded once. -/
theorem endFused_down [Format.Valid F] (h : LowCorner p q v) (hz : z.AtMost w) :
    (endFused .towardNegative p q z).AtMost (v + w) := by
  unfold endFused
  rcases hz.cases with rfl | ⟨fz, hw⟩
  · have e : (infinity true : Datum F).isInfinite = true := rfl
    rw [e, Bool.or_true]
    rfl
  have hzi : z.isInfinite = false := by
    obtain ⟨t, r, rfl⟩ := finite_of_isFinite fz
    rfl
  rw [hzi, Bool.or_false]
  rcases h with ⟨h, hv⟩ | ⟨hp, hq, hv⟩ | ⟨hp, hq, hpz, hqz, hi, hs⟩
  · have e : (p.isZero || q.isZero) = true := by rw [Bool.or_eq_true]; exact h
    rw [e]
    exact hz.trans (by grind)
  · cases hb : p.isZero || q.isZero
    · exact (fusedMultiplyAdd_down hp hq fz).trans (by grind)
    · rw [Bool.or_eq_true] at hb
      have hp := sign_cases hp
      have hq := sign_cases hq
      have : p.toRat = 0 ∨ q.toRat = 0 := by
        rcases hb with hb | hb <;> simp [hb] at hp hq <;> simp [hp, hq]
      refine hz.trans ?_
      rcases this with h0 | h0 <;> rw [h0] at hv <;> grind
  · rw [hpz, hqz]
    have e := infinite_fused .towardNegative hp hq hpz hqz hi fz
    simp only [Bool.or_false, cond_false]
    rw [e, hs]
    cases q.isSignMinus <;> rfl

/-- Such a product and a third upper end, rounded once. -/
theorem endFused_up [Format.Valid F] (h : HighCorner p q v) (hz : z.AtLeast w) :
    (endFused .towardPositive p q z).AtLeast (v + w) := by
  unfold endFused
  unfold HighCorner LowCorner at h
  rw [negate_isZero, negate_isFinite, negate_isNaN, negate_isInfinite, toRat_negate] at h
  rcases hz.cases with rfl | ⟨fz, hw⟩
  · have e : (infinity false : Datum F).isInfinite = true := rfl
    rw [e, Bool.or_true]
    rfl
  have hzi : z.isInfinite = false := by
    obtain ⟨t, r, rfl⟩ := finite_of_isFinite fz
    rfl
  rw [hzi, Bool.or_false]
  rcases h with ⟨h, hv⟩ | ⟨hp, hq, hv⟩ | ⟨hp, hq, hpz, hqz, hi, hs⟩
  · have e : (p.isZero || q.isZero) = true := by rw [Bool.or_eq_true]; exact h
    rw [e]
    exact hz.trans (by grind)
  · cases hb : p.isZero || q.isZero
    · exact (fusedMultiplyAdd_up hp hq fz).trans (by grind)
    · rw [Bool.or_eq_true] at hb
      have hp := sign_cases hp
      have hq := sign_cases hq
      have : p.toRat = 0 ∨ q.toRat = 0 := by
        rcases hb with hb | hb <;> simp [hb] at hp hq <;> simp [hp, hq]
      refine hz.trans ?_
      rcases this with h0 | h0 <;> rw [h0] at hv <;> grind
  · rw [hpz, hqz]
    have e := infinite_fused .towardPositive hp hq hpz hqz hi fz
    rw [negate_isSignMinus hp] at hs
    simp only [Bool.or_false, cond_false]
    rw [e]
    generalize p.isSignMinus = s at *
    generalize q.isSignMinus = t at *
    cases s <;> cases t <;> first | rfl | cases hs

/-- The smaller of two ends is a lower bound if one of the two is. -/
theorem lowerOf_atMost (h : x.AtMost v ∨ y.AtMost v) : (lowerOf x y).AtMost v := by
  cases x with
  | nan s => exact h.resolve_left id
  | infinity s =>
    cases y with
    | nan t => exact h.resolve_right id
    | _ =>
      cases s
      · exact h.resolve_left (by intro h; cases h)
      · rfl
  | finite s r =>
    cases y with
    | nan t => exact h.resolve_right id
    | infinity t =>
      cases t
      · exact h.resolve_right (by intro h; cases h)
      · rfl
    | finite t q =>
      have hc := compareQuietLess_iff (x := (finite t q : Datum F)) (y := finite s r) rfl rfl
      show (bif compareQuietLess (finite t q : Datum F) (finite s r) then (finite t q : Datum F)
        else finite s r).AtMost v
      cases hb : compareQuietLess (finite t q : Datum F) (finite s r)
      · rw [hb] at hc
        have hc : ¬ _ := fun hlt => absurd (hc.2 hlt) (by decide)
        rcases h with h | h
        · exact h
        · exact Rat.le_trans (Rat.not_lt.1 hc) h
      · have hc := hc.1 hb
        rcases h with h | h
        · exact Rat.le_trans (Rat.le_of_lt hc) h
        · exact h

/-- The larger of two ends is an upper bound if one of the two is. -/
theorem upperOf_atLeast (h : x.AtLeast v ∨ y.AtLeast v) : (upperOf x y).AtLeast v := by
  have h := negate_atLeast (lowerOf_atMost (h.imp negate_atMost negate_atMost))
  have e : - -v = v := by grind
  rwa [e] at h

end Datum

end Lemmanet.Float
