module

public import Lemmanet.Float.Interval

/-!
# Interval arithmetic is sound

Whatever numbers the operands contain, the result contains what the exact operation makes of them.
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

end Datum

end Lemmanet.Float
