module

public import Lemmanet.Float.Directed
public import Lemmanet.Float.Order

/-!
# Operations in the directions deliver bounds

Rounded down, an operation on finite operands delivers a lower bound of the exact result, rounded up an
upper bound, whether it overflows or not. Sums are bounded by sums of bounds, infinite ones included.
-/

@[expose] public noncomputable section

open Lean.Grind

namespace Lemmanet.Float.Datum

variable {F : Format} [Format.Valid F] {x y z : Datum F} {u v w : Rat}

omit [Format.Valid F] in
private theorem scale_ne : (((2 ^ F.scale : Nat) : Rat)) ≠ 0 := by
  exact_mod_cast (Nat.ne_of_gt F.scale_pos)

omit [Format.Valid F] in
private theorem sum_ratio (x y : Datum F) :
    ((Int.add x.units y.units : Int) : Rat) / ((1 * 2 ^ F.scale : Nat) : Rat) = x.toRat + y.toRat := by
  have hs := scale_ne (F := F)
  have e : ((Int.add x.units y.units : Int) : Rat) = (x.units : Rat) + y.units := Rat.intCast_add _ _
  rw [e, Nat.one_mul, toRat, toRat]
  grind

omit [Format.Valid F] in
private theorem product_ratio (x y : Datum F) :
    ((Int.mul x.units y.units : Int) : Rat) / ((2 ^ F.scale * 2 ^ F.scale : Nat) : Rat) =
      x.toRat * y.toRat := by
  have hs := scale_ne (F := F)
  have e : ((Int.mul x.units y.units : Int) : Rat) = (x.units : Rat) * y.units := Rat.intCast_mul _ _
  rw [e, Rat.natCast_mul, toRat, toRat]
  grind

omit [Format.Valid F] in
private theorem fused_ratio (x y z : Datum F) :
    ((Int.add (Int.mul x.units y.units) (Int.mul z.units (Nat.pow 2 F.scale : Nat)) : Int) : Rat) /
      ((2 ^ F.scale * 2 ^ F.scale : Nat) : Rat) = x.toRat * y.toRat + z.toRat := by
  have hs := scale_ne (F := F)
  have e1 : ((Int.mul x.units y.units : Int) : Rat) = (x.units : Rat) * y.units := Rat.intCast_mul _ _
  have e2 : ((Int.mul z.units (Nat.pow 2 F.scale : Nat) : Int) : Rat) =
      (z.units : Rat) * ((2 ^ F.scale : Nat) : Rat) :=
    (Rat.intCast_mul _ _).trans (congrArg _ (Rat.intCast_natCast _))
  have e : ((Int.add (Int.mul x.units y.units) (Int.mul z.units (Nat.pow 2 F.scale : Nat)) : Int) : Rat)
      = (x.units : Rat) * y.units + (z.units : Rat) * ((2 ^ F.scale : Nat) : Rat) :=
    (Rat.intCast_add _ _).trans (by rw [e1, e2])
  rw [e, Rat.natCast_mul, toRat, toRat, toRat]
  grind

omit [Format.Valid F] in
/-- A datum with a finite bound is not NaN, and infinite only on that side. -/
theorem AtMost.cases (h : x.AtMost v) : x = .infinity true ∨ x.isFinite = true ∧ x.toRat ≤ v := by
  cases x with
  | nan s => exact h.elim
  | infinity s => exact .inl (by rw [show s = true from h])
  | finite s r => exact .inr ⟨rfl, h⟩

omit [Format.Valid F] in
/-- The same for upper bounds. -/
theorem AtLeast.cases (h : x.AtLeast v) : x = .infinity false ∨ x.isFinite = true ∧ v ≤ x.toRat := by
  cases x with
  | nan s => exact h.elim
  | infinity s => exact .inl (by rw [show s = false from h])
  | finite s r => exact .inr ⟨rfl, h⟩

omit [Format.Valid F] in
/-- A finite datum bounds what is not below its value. -/
theorem atMost_of_le (hx : x.isFinite = true) (h : x.toRat ≤ v) : x.AtMost v := by
  cases x <;> first | exact h | simp [isFinite] at hx

omit [Format.Valid F] in
/-- A finite datum bounds what is not above its value. -/
theorem atLeast_of_le (hx : x.isFinite = true) (h : v ≤ x.toRat) : x.AtLeast v := by
  cases x <;> first | exact h | simp [isFinite] at hx

omit [Format.Valid F] in
/-- Negation exchanges lower and upper bounds. -/
theorem negate_atMost (h : x.AtLeast v) : x.negate.AtMost (-v) := by
  rcases h.cases with rfl | ⟨hx, h⟩
  · rfl
  · obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
    refine atMost_of_le rfl ?_
    rw [toRat_negate]
    grind

omit [Format.Valid F] in
/-- Negation exchanges lower and upper bounds. -/
theorem negate_atLeast (h : x.AtMost v) : x.negate.AtLeast (-v) := by
  rcases h.cases with rfl | ⟨hx, h⟩
  · rfl
  · obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
    refine atLeast_of_le rfl ?_
    rw [toRat_negate]
    grind

/-- A sum rounded down is a lower bound of every sum of numbers that the operands are lower bounds of. -/
theorem addition_down (hx : x.AtMost u) (hy : y.AtMost v) :
    (addition .towardNegative x y).datum.AtMost (u + v) := by
  rcases hx.cases with rfl | ⟨fx, hx⟩
  · rcases hy.cases with rfl | ⟨fy, hy⟩
    · rfl
    · obtain ⟨t, q, rfl⟩ := finite_of_isFinite fy
      rfl
  · obtain ⟨s, r, rfl⟩ := finite_of_isFinite fx
    rcases hy.cases with rfl | ⟨fy, hy⟩
    · rfl
    · obtain ⟨t, q, rfl⟩ := finite_of_isFinite fy
      refine AtMost.trans (F.roundQuotient_down _ _ (by decide)) ?_
      rw [sum_ratio]
      grind

/-- A sum rounded up is an upper bound of every sum of numbers that the operands are upper bounds of. -/
theorem addition_up (hx : x.AtLeast u) (hy : y.AtLeast v) :
    (addition .towardPositive x y).datum.AtLeast (u + v) := by
  rcases hx.cases with rfl | ⟨fx, hx⟩
  · rcases hy.cases with rfl | ⟨fy, hy⟩
    · rfl
    · obtain ⟨t, q, rfl⟩ := finite_of_isFinite fy
      rfl
  · obtain ⟨s, r, rfl⟩ := finite_of_isFinite fx
    rcases hy.cases with rfl | ⟨fy, hy⟩
    · rfl
    · obtain ⟨t, q, rfl⟩ := finite_of_isFinite fy
      refine AtLeast.trans (F.roundQuotient_up _ _ (by decide)) ?_
      rw [sum_ratio]
      grind

/-- A difference rounded down, of a lower and an upper bound. -/
theorem subtraction_down (hx : x.AtMost u) (hy : y.AtLeast v) :
    (subtraction .towardNegative x y).datum.AtMost (u - v) := by
  rw [Rat.sub_eq_add_neg]
  exact addition_down hx (negate_atMost hy)

/-- A difference rounded up, of an upper and a lower bound. -/
theorem subtraction_up (hx : x.AtLeast u) (hy : y.AtMost v) :
    (subtraction .towardPositive x y).datum.AtLeast (u - v) := by
  rw [Rat.sub_eq_add_neg]
  exact addition_up hx (negate_atLeast hy)

/-- A product of finite data, rounded down, is a lower bound of the exact one. -/
theorem multiplication_down (hx : x.isFinite = true) (hy : y.isFinite = true) :
    (multiplication .towardNegative x y).datum.AtMost (x.toRat * y.toRat) := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  rw [← product_ratio]
  exact F.roundQuotient_down _ _ F.scale_pos

/-- A product of finite data, rounded up, is an upper bound of the exact one. -/
theorem multiplication_up (hx : x.isFinite = true) (hy : y.isFinite = true) :
    (multiplication .towardPositive x y).datum.AtLeast (x.toRat * y.toRat) := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  rw [← product_ratio]
  exact F.roundQuotient_up _ _ F.scale_pos

/-- A product and a sum with one rounding down. -/
theorem fusedMultiplyAdd_down (hx : x.isFinite = true) (hy : y.isFinite = true)
    (hz : z.isFinite = true) :
    (fusedMultiplyAdd .towardNegative x y z).datum.AtMost (x.toRat * y.toRat + z.toRat) := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  obtain ⟨u, p, rfl⟩ := finite_of_isFinite hz
  rw [← fused_ratio]
  exact F.roundQuotient_down _ _ F.scale_pos

/-- A product and a sum with one rounding up. -/
theorem fusedMultiplyAdd_up (hx : x.isFinite = true) (hy : y.isFinite = true)
    (hz : z.isFinite = true) :
    (fusedMultiplyAdd .towardPositive x y z).datum.AtLeast (x.toRat * y.toRat + z.toRat) := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  obtain ⟨u, p, rfl⟩ := finite_of_isFinite hz
  rw [← fused_ratio]
  exact F.roundQuotient_up _ _ F.scale_pos

omit [Format.Valid F] in
/-- What a division of finite data by another one than zero rounds. -/
private theorem quotient_ratio (hx : x.isFinite = true) (hy : y.isFinite = true)
    (h0 : y.isZero = false) : ∃ zeroNegative num den, 0 < den ∧
      (∀ direction, division direction x y = F.roundQuotient direction zeroNegative num den) ∧
      (num : Rat) / ((den * 2 ^ F.scale : Nat) : Rat) = x.toRat / y.toRat := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  have hq : Nat.beq q 0 = false := h0
  have hu : 0 < F.units q := by
    have : q ≠ 0 := fun e => by simp [e] at hq
    have := F.units_lt (Nat.pos_of_ne_zero this)
    omega
  have hu' : ((F.units q : Nat) : Rat) ≠ 0 := by exact_mod_cast (Nat.ne_of_gt hu)
  have hs := scale_ne (F := F)
  have ha : (finite t q : Datum F).units.natAbs = F.units q := by
    cases t
    · exact Int.natAbs_natCast _
    · exact (Int.natAbs_neg _).trans (Int.natAbs_natCast _)
  refine ⟨Bool.xor s t, bif t then Int.neg (Int.mul (finite s r : Datum F).units (Nat.pow 2 F.scale))
    else Int.mul (finite s r : Datum F).units (Nat.pow 2 F.scale), F.units q, hu, fun direction => ?_, ?_⟩
  · simp only [division, hq, cond_false, ha]
  · have hm : ((Int.mul (finite s r : Datum F).units (Nat.pow 2 F.scale : Nat) : Int) : Rat) =
        ((finite s r : Datum F).units : Rat) * ((2 ^ F.scale : Nat) : Rat) :=
      (Rat.intCast_mul _ _).trans (congrArg _ (Rat.intCast_natCast _))
    rw [toRat, toRat, Rat.natCast_mul]
    cases t
    · have hy' : ((finite false q : Datum F).units : Rat) = ((F.units q : Nat) : Rat) :=
        Rat.intCast_natCast _
      rw [cond_false, hm, hy']
      grind
    · have hy' : ((finite true q : Datum F).units : Rat) = -((F.units q : Nat) : Rat) :=
        (Rat.intCast_neg _).trans (congrArg _ (Rat.intCast_natCast _))
      have hn : ((Int.neg (Int.mul (finite s r : Datum F).units (Nat.pow 2 F.scale : Nat)) : Int) : Rat)
          = -(((finite s r : Datum F).units : Rat) * ((2 ^ F.scale : Nat) : Rat)) :=
        (Rat.intCast_neg _).trans (congrArg _ hm)
      rw [cond_true, hn, hy']
      grind

/-- A quotient of finite data, rounded down, is a lower bound of the exact one. -/
theorem division_down (hx : x.isFinite = true) (hy : y.isFinite = true) (h0 : y.isZero = false) :
    (division .towardNegative x y).datum.AtMost (x.toRat / y.toRat) := by
  obtain ⟨s, num, den, hd, he, hr⟩ := quotient_ratio hx hy h0
  rw [he, ← hr]
  exact F.roundQuotient_down _ _ hd

/-- A quotient of finite data, rounded up, is an upper bound of the exact one. -/
theorem division_up (hx : x.isFinite = true) (hy : y.isFinite = true) (h0 : y.isZero = false) :
    (division .towardPositive x y).datum.AtLeast (x.toRat / y.toRat) := by
  obtain ⟨s, num, den, hd, he, hr⟩ := quotient_ratio hx hy h0
  rw [he, ← hr]
  exact F.roundQuotient_up _ _ hd

end Lemmanet.Float.Datum
