module

public import Lemmanet.Float.Order

/-!
# Special values

What operations deliver where there is no rounding: for NaN, infinities and division by zero; the signs
of zeros; the smaller and the larger of two numbers; the neighbors of a datum.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float.Datum

variable {F : Format} {direction : Direction} {x y z : Datum F}

/-- The sum with NaN is NaN. -/
theorem addition_nan (h : x.isNaN = true ∨ y.isNaN = true) :
    addition direction x y = .propagated (x.isSignaling || y.isSignaling) := by
  cases x <;> cases y <;> first | rfl | simp [isNaN] at h

/-- The product with NaN is NaN. -/
theorem multiplication_nan (h : x.isNaN = true ∨ y.isNaN = true) :
    multiplication direction x y = .propagated (x.isSignaling || y.isSignaling) := by
  cases x <;> cases y <;> first | rfl | simp [isNaN] at h

/-- The quotient with NaN is NaN. -/
theorem division_nan (h : x.isNaN = true ∨ y.isNaN = true) :
    division direction x y = .propagated (x.isSignaling || y.isSignaling) := by
  cases x <;> cases y <;> first | rfl | simp [isNaN] at h

/-- The fused operation with NaN is NaN. -/
theorem fusedMultiplyAdd_nan (h : x.isNaN = true ∨ y.isNaN = true ∨ z.isNaN = true) :
    fusedMultiplyAdd direction x y z =
      .propagated (x.isSignaling || y.isSignaling || z.isSignaling) := by
  have e : (x.isNaN || y.isNaN || z.isNaN) = true := by
    rw [Bool.or_eq_true, Bool.or_eq_true, or_assoc]
    exact h
  unfold fusedMultiplyAdd
  rw [e, cond_true]

/-- An infinity plus a finite number or the same infinity. -/
theorem addition_infinity (s : Bool) (h : y.isFinite = true ∨ y = .infinity s) :
    addition direction (.infinity s) y = .exact (.infinity s) := by
  rcases h with h | rfl
  · cases y <;> first | rfl | simp [isFinite] at h
  · cases s <;> rfl

/-- Infinities of different signs have no sum. -/
theorem addition_opposite (s : Bool) :
    addition direction (.infinity s : Datum F) (.infinity !s) = .invalid := by
  cases s <;> rfl

/-- An infinity times anything but zero and NaN is infinite, with the sign of the product. -/
theorem multiplication_infinity (s : Bool) (hn : y.isNaN = false) (h0 : y.isZero = false) :
    multiplication direction (.infinity s) y = .exact (.infinity (Bool.xor s y.isSignMinus)) := by
  cases y with
  | nan t => cases hn
  | infinity t => rfl
  | finite t r =>
    have e : Nat.beq r 0 = false := h0
    simp only [multiplication, e, cond_false, isSignMinus]

/-- An infinity times zero is not defined. -/
theorem multiplication_infinity_zero (s : Bool) (h0 : y.isZero = true) :
    multiplication direction (.infinity s) y = .invalid := by
  cases y with
  | finite t r =>
    have e : Nat.beq r 0 = true := h0
    simp only [multiplication, e, cond_true]
  | _ => cases h0

/-- A finite number other than zero divided by zero is infinite, and that is signaled. -/
theorem division_zero (hx : x.isFinite = true) (hx0 : x.isZero = false) (h0 : y.isZero = true) :
    division direction x y =
      ⟨.infinity (Bool.xor x.isSignMinus y.isSignMinus), { divideByZero := true }⟩ := by
  cases x with
  | finite s r =>
    cases y with
    | finite t q =>
      have e1 : Nat.beq r 0 = false := hx0
      have e2 : Nat.beq q 0 = true := h0
      simp only [division, e1, e2, cond_true, cond_false, isSignMinus]
    | _ => cases h0
  | _ => cases hx

/-- Zero divided by zero is not defined. -/
theorem division_zero_zero (hx : x.isZero = true) (hy : y.isZero = true) :
    division direction x y = .invalid := by
  cases x with
  | finite s r =>
    cases y with
    | finite t q =>
      have e1 : Nat.beq r 0 = true := hx
      have e2 : Nat.beq q 0 = true := hy
      simp only [division, e1, e2, cond_true]
    | _ => cases hy
  | _ => cases hx

/-- A finite number divided by an infinity is zero, with the sign of the quotient. -/
theorem division_infinity (t : Bool) (hx : x.isFinite = true) :
    division direction x (.infinity t) = .exact (.finite (Bool.xor x.isSignMinus t) 0) := by
  cases x <;> first | rfl | cases hx

/-- The square root of zero is that zero. -/
theorem squareRoot_zero (s : Bool) :
    squareRoot direction (.finite s 0 : Datum F) = .exact (.finite s 0) := rfl

/-- The square root of a negative number or of minus infinity is not defined. -/
theorem squareRoot_negative (hn : x.isNaN = false) (h0 : x.isZero = false)
    (hs : x.isSignMinus = true) : squareRoot direction x = .invalid := by
  cases x with
  | nan s => cases hn
  | infinity s =>
    have e : s = true := hs
    rw [e]
    rfl
  | finite s r =>
    have e1 : Nat.beq r 0 = false := h0
    have e2 : s = true := hs
    simp only [squareRoot, e1, e2, cond_false, cond_true]

/-- The smaller of two finite data is one of the two, and not above either. -/
theorem lesser_le (hx : x.isFinite = true) (hy : y.isFinite = true) :
    (lesser x y = x ∨ lesser x y = y) ∧ (lesser x y).toRat ≤ x.toRat ∧
      (lesser x y).toRat ≤ y.toRat := by
  have hlt := toRat_lt_iff_order hx hy
  have hgt := toRat_lt_iff_order hy hx
  unfold lesser
  rw [relation_eq (isNaN_of_isFinite hx) (isNaN_of_isFinite hy)]
  by_cases h : x.order < y.order
  · rw [if_pos h]
    exact ⟨.inl rfl, Rat.le_refl, Rat.le_of_lt (hlt.2 h)⟩
  · have h' : y.toRat ≤ x.toRat := Rat.not_lt.1 fun hc => h (hlt.1 hc)
    rw [if_neg h]
    by_cases he : x.order = y.order
    · have h'' : x.toRat ≤ y.toRat := Rat.not_lt.1 fun hc => by have := hgt.1 hc; omega
      rw [if_pos he]
      cases hs : x.isSignMinus
      · exact ⟨.inr rfl, h', Rat.le_refl⟩
      · exact ⟨.inl rfl, Rat.le_refl, h''⟩
    · rw [if_neg he]
      exact ⟨.inr rfl, h', Rat.le_refl⟩

/-- The larger of two finite data is one of the two, and not below either. -/
theorem le_larger (hx : x.isFinite = true) (hy : y.isFinite = true) :
    (larger x y = x ∨ larger x y = y) ∧ x.toRat ≤ (larger x y).toRat ∧
      y.toRat ≤ (larger x y).toRat := by
  have hlt := toRat_lt_iff_order hx hy
  have hgt := toRat_lt_iff_order hy hx
  unfold larger
  rw [relation_eq (isNaN_of_isFinite hx) (isNaN_of_isFinite hy)]
  by_cases h : x.order < y.order
  · rw [if_pos h]
    exact ⟨.inr rfl, Rat.le_of_lt (hlt.2 h), Rat.le_refl⟩
  · have h' : y.toRat ≤ x.toRat := Rat.not_lt.1 fun hc => h (hlt.1 hc)
    rw [if_neg h]
    by_cases he : x.order = y.order
    · have h'' : x.toRat ≤ y.toRat := Rat.not_lt.1 fun hc => by have := hgt.1 hc; omega
      rw [if_pos he]
      cases hs : x.isSignMinus
      · exact ⟨.inl rfl, Rat.le_refl, h'⟩
      · exact ⟨.inr rfl, h'', Rat.le_refl⟩
    · rw [if_neg he]
      exact ⟨.inl rfl, Rat.le_refl, h'⟩

/-- `minimum` of finite data is the smaller one. -/
theorem minimum_finite (hx : x.isFinite = true) (hy : y.isFinite = true) :
    minimum x y = .exact (lesser x y) := by
  unfold minimum orNaN
  rw [isNaN_of_isFinite hx, isNaN_of_isFinite hy]
  rfl

/-- `maximum` of finite data is the larger one. -/
theorem maximum_finite (hx : x.isFinite = true) (hy : y.isFinite = true) :
    maximum x y = .exact (larger x y) := by
  unfold maximum orNaN
  rw [isNaN_of_isFinite hx, isNaN_of_isFinite hy]
  rfl

/-- There is a rank between zero and infinity. -/
private theorem one_lt_infinityRank (F : Format) [Format.Valid F] : 1 < F.infinityRank := by
  have hw := Format.Valid.exponentBits (F := F)
  have h1 : 2 ^ 2 ≤ 2 ^ F.exponentBits := Nat.pow_le_pow_right (by decide) hw
  have hb := F.binade_pos
  have e : F.infinityRank = (2 ^ F.exponentBits - 1) * F.binade := rfl
  have h2 : (2 ^ F.exponentBits - 1) * 1 ≤ (2 ^ F.exponentBits - 1) * F.binade :=
    Nat.mul_le_mul_left _ hb
  omega

/-- The order of `above r` is `r`, up to infinity. -/
private theorem above_order {r : Nat} (h : r ≤ F.infinityRank) :
    (above r : Datum F).isNaN = false ∧ (above r : Datum F).order = r := by
  unfold above
  cases hb : Nat.blt r F.infinityRank
  · have hn : ¬ r < F.infinityRank := by
      rw [← Nat.blt_eq, hb]
      decide
    have e : r = F.infinityRank := by omega
    exact ⟨rfl, congrArg Int.ofNat e.symm⟩
  · exact ⟨rfl, rfl⟩

/-- The datum above a finite one comes next in the order, where infinity follows the largest number. -/
theorem nextUp_order [Format.Valid F] (s : Bool) {r : Nat} (hr : r < F.infinityRank) :
    (finite s r : Datum F).nextUp.datum.isNaN = false ∧
      (finite s r : Datum F).nextUp.datum.order = (finite s r : Datum F).order + 1 := by
  have h1 := one_lt_infinityRank F
  cases s
  · exact above_order (r := r + 1) (by omega)
  · cases r with
    | zero => exact above_order (r := 1) (by omega)
    | succ r =>
      refine ⟨rfl, ?_⟩
      have e1 : (finite true (r + 1) : Datum F).nextUp.datum.order = -(r : Int) := rfl
      have e2 : (finite true (r + 1) : Datum F).order = -((r + 1 : Nat) : Int) := rfl
      rw [e1, e2]
      omega

/-- The neighbor above is above, and no datum lies between. -/
theorem nextUp_neighbor [Format.Valid F] (s : Bool) {r : Nat} (hr : r < F.infinityRank) :
    (finite s r : Datum F).compareQuietLess (finite s r : Datum F).nextUp.datum = true ∧
      ∀ y : Datum F, (finite s r : Datum F).compareQuietLess y = true →
        (finite s r : Datum F).nextUp.datum.compareQuietLessEqual y = true := by
  obtain ⟨hn, ho⟩ := nextUp_order (F := F) s hr
  refine ⟨(compareQuietLess_iff_order rfl hn).2 (by omega), fun y h => ?_⟩
  have hy : y.isNaN = false := by
    rw [← Bool.not_eq_true]
    intro hy
    rw [compareQuietLess, relation_nan (.inr hy)] at h
    cases h
  have h := (compareQuietLess_iff_order rfl hy).1 h
  exact (compareQuietLessEqual_iff_order hn hy).2 (by omega)

private theorem negate_order (x : Datum F) : x.negate.order = -x.order := by
  cases x with
  | nan s => rfl
  | infinity s => cases s <;> first | rfl | exact (Int.neg_neg _).symm
  | finite s r => cases s <;> first | rfl | exact (Int.neg_neg _).symm

private theorem negate_isNaN (x : Datum F) : x.negate.isNaN = x.isNaN := by cases x <;> rfl

/-- The neighbor below is below, and no datum lies between. -/
theorem nextDown_neighbor [Format.Valid F] (s : Bool) {r : Nat} (hr : r < F.infinityRank) :
    (finite s r : Datum F).nextDown.datum.compareQuietLess (finite s r) = true ∧
      ∀ y : Datum F, y.compareQuietLess (finite s r : Datum F) = true →
        y.compareQuietLessEqual (finite s r : Datum F).nextDown.datum = true := by
  obtain ⟨hn, ho⟩ := nextUp_order (F := F) (!s) hr
  have e : (finite s r : Datum F).nextDown.datum = (finite (!s) r : Datum F).nextUp.datum.negate := rfl
  have ho' : (finite s r : Datum F).nextDown.datum.order = (finite s r : Datum F).order - 1 := by
    have h2 : (finite (!s) r : Datum F).order = -(finite s r : Datum F).order :=
      negate_order (finite s r)
    rw [e, negate_order, ho, h2]
    omega
  have hn' : (finite s r : Datum F).nextDown.datum.isNaN = false := by rw [e, negate_isNaN, hn]
  refine ⟨(compareQuietLess_iff_order hn' rfl).2 (by omega), fun y h => ?_⟩
  have hy : y.isNaN = false := by
    rw [← Bool.not_eq_true]
    intro hy
    rw [compareQuietLess, relation_nan (.inl hy)] at h
    cases h
  have h := (compareQuietLess_iff_order hy rfl).1 h
  exact (compareQuietLessEqual_iff_order hy hn').2 (by omega)

end Lemmanet.Float.Datum
