module

public import Lemmanet.Float.Comparison
public import Lemmanet.Float.Ranks

/-!
# Comparisons are correct

Comparisons of finite data are the comparisons of their values; NaN compares with nothing, and infinities
lie beyond every finite number.
-/

@[expose] public noncomputable section

open Lean.Grind

namespace Lemmanet.Float.Datum

variable {F : Format} {x y : Datum F}

/-- The value of a finite datum in units, by its sign and rank. -/
theorem units_finite (s : Bool) (r : Nat) :
    (finite s r : Datum F).units = if s then -(F.units r : Int) else F.units r := by
  cases s <;> rfl

/-- Signs and ranks of finite data are ordered as their values in units. -/
theorem units_lt_iff (hx : x.isFinite = true) (hy : y.isFinite = true) :
    x.units < y.units ↔ x.order < y.order := by
  have h0 : F.units 0 = 0 := F.units_of_lt (by have := F.binade_pos; omega)
  cases x with
  | finite s r =>
    cases y with
    | finite t q =>
      have e1 : (finite s r : Datum F).order = if s then -(r : Int) else r := by cases s <;> rfl
      have e2 : (finite t q : Datum F).order = if t then -(q : Int) else q := by cases t <;> rfl
      rw [units_finite, units_finite, e1, e2]
      have h1 := F.units_lt_iff (r := r) (s := q)
      have h2 := F.units_lt_iff (r := q) (s := r)
      have h3 := F.units_lt_iff (r := 0) (s := r)
      have h4 := F.units_lt_iff (r := 0) (s := q)
      cases s <;> cases t <;> simp <;> omega
    | _ => simp [isFinite] at hy
  | _ => simp [isFinite] at hx

/-- Values are ordered as their multiples of the unit. -/
theorem toRat_lt_iff : x.toRat < y.toRat ↔ x.units < y.units := by
  have hs : (0 : Rat) < (2 ^ F.scale : Nat) := by
    exact_mod_cast (show 0 < 2 ^ F.scale from Nat.pow_pos (by decide))
  unfold toRat
  generalize ((2 ^ F.scale : Nat) : Rat) = s at *
  have hi : (x.units : Rat) < y.units ↔ x.units < y.units := by exact_mod_cast Iff.rfl
  rw [← hi]
  generalize (x.units : Rat) = a
  generalize (y.units : Rat) = b
  have ea : a / s * s = a := by grind
  have eb : b / s * s = b := by grind
  constructor
  · intro h
    have := OrderedRing.mul_lt_mul_of_pos_right h hs
    grind
  · intro h
    refine Rat.not_le.1 fun hle => ?_
    have := OrderedRing.mul_le_mul_of_nonneg_right hle (Rat.le_of_lt hs)
    grind

/-- Values are ordered as their multiples of the unit. -/
theorem toRat_le_iff : x.toRat ≤ y.toRat ↔ x.units ≤ y.units := by
  have := toRat_lt_iff (x := y) (y := x)
  rw [← Rat.not_lt, this, Int.not_lt]

/-- Data have the same value if their multiples of the unit are the same. -/
theorem toRat_eq_iff : x.toRat = y.toRat ↔ x.units = y.units := by
  have h1 := toRat_le_iff (x := x) (y := y)
  have h2 := toRat_le_iff (x := y) (y := x)
  constructor
  · intro h
    have := h1.1 (by rw [h]; exact Rat.le_refl)
    have := h2.1 (by rw [h]; exact Rat.le_refl)
    omega
  · intro h
    exact Rat.le_antisymm (h1.2 (by omega)) (h2.2 (by omega))

/-- The order of the values of finite data is that of their signs and ranks. -/
theorem toRat_lt_iff_order (hx : x.isFinite = true) (hy : y.isFinite = true) :
    x.toRat < y.toRat ↔ x.order < y.order := by
  rw [toRat_lt_iff, units_lt_iff hx hy]

/-- A finite datum is not NaN. -/
theorem isNaN_of_isFinite (hx : x.isFinite = true) : x.isNaN = false := by
  cases x <;> first | rfl | simp [isFinite] at hx

/-- How data other than NaN compare. -/
theorem relation_eq (hx : x.isNaN = false) (hy : y.isNaN = false) : x.relation y =
    if x.order < y.order then .less else if x.order = y.order then .equal else .greater := by
  unfold relation
  rw [hx, hy]
  simp only [Bool.or_false, cond_false]
  have e : Int.sub y.order x.order = y.order - x.order := rfl
  rw [e]
  split
  · next n h =>
    have h' : y.order - x.order = (n : Int) := h
    cases n with
    | zero =>
      rw [if_neg (by omega), if_pos (by omega)]
      rfl
    | succ n =>
      rw [if_pos (by omega)]
      rfl
  · next n h =>
    have := Int.negSucc_lt_zero n
    rw [if_neg (by omega), if_neg (by omega)]

/-- `compareQuietLess` of data other than NaN. -/
theorem compareQuietLess_iff_order (hx : x.isNaN = false) (hy : y.isNaN = false) :
    x.compareQuietLess y = true ↔ x.order < y.order := by
  rw [compareQuietLess, beq_iff_eq, relation_eq hx hy]
  split
  · next h => simp [h]
  · next h => split <;> simp [h]

/-- `compareQuietEqual` of data other than NaN. -/
theorem compareQuietEqual_iff_order (hx : x.isNaN = false) (hy : y.isNaN = false) :
    x.compareQuietEqual y = true ↔ x.order = y.order := by
  rw [compareQuietEqual, beq_iff_eq, relation_eq hx hy]
  split
  · next h => simp; omega
  · next h => split <;> simp_all

/-- `compareQuietLessEqual` of data other than NaN. -/
theorem compareQuietLessEqual_iff_order (hx : x.isNaN = false) (hy : y.isNaN = false) :
    x.compareQuietLessEqual y = true ↔ x.order ≤ y.order := by
  have h1 := compareQuietLess_iff_order hx hy
  have h2 := compareQuietEqual_iff_order hx hy
  have e : x.compareQuietLessEqual y = (x.compareQuietLess y || x.compareQuietEqual y) := rfl
  rw [e, Bool.or_eq_true, h1, h2]
  omega

/-- `x < y` holds of finite data exactly if it holds of their values. -/
theorem compareQuietLess_iff (hx : x.isFinite = true) (hy : y.isFinite = true) :
    x.compareQuietLess y = true ↔ x.toRat < y.toRat := by
  rw [compareQuietLess_iff_order (isNaN_of_isFinite hx) (isNaN_of_isFinite hy),
    toRat_lt_iff_order hx hy]

/-- `x ≤ y` holds of finite data exactly if it holds of their values. -/
theorem compareQuietLessEqual_iff (hx : x.isFinite = true) (hy : y.isFinite = true) :
    x.compareQuietLessEqual y = true ↔ x.toRat ≤ y.toRat := by
  have h := toRat_lt_iff_order hy hx
  rw [compareQuietLessEqual_iff_order (isNaN_of_isFinite hx) (isNaN_of_isFinite hy), ← Rat.not_lt, h,
    Int.not_lt]

/-- `x = y` holds of finite data exactly if it holds of their values. -/
theorem compareQuietEqual_iff (hx : x.isFinite = true) (hy : y.isFinite = true) :
    x.compareQuietEqual y = true ↔ x.toRat = y.toRat := by
  have h1 := units_lt_iff hx hy
  have h2 := units_lt_iff hy hx
  rw [compareQuietEqual_iff_order (isNaN_of_isFinite hx) (isNaN_of_isFinite hy), toRat_eq_iff]
  omega

/-- `x > y` holds of finite data exactly if it holds of their values. -/
theorem compareQuietGreater_iff (hx : x.isFinite = true) (hy : y.isFinite = true) :
    x.compareQuietGreater y = true ↔ y.toRat < x.toRat := compareQuietLess_iff hy hx

/-- `x ≥ y` holds of finite data exactly if it holds of their values. -/
theorem compareQuietGreaterEqual_iff (hx : x.isFinite = true) (hy : y.isFinite = true) :
    x.compareQuietGreaterEqual y = true ↔ y.toRat ≤ x.toRat := compareQuietLessEqual_iff hy hx

/-- No comparison holds of NaN, but that it is unordered. -/
theorem relation_nan (h : x.isNaN = true ∨ y.isNaN = true) : x.relation y = .unordered := by
  unfold relation
  rcases h with h | h <;> rw [h] <;> simp

/-- Only NaN is unordered. -/
theorem compareQuietUnordered_iff : x.compareQuietUnordered y = true ↔
    x.isNaN = true ∨ y.isNaN = true := by
  rw [compareQuietUnordered, beq_iff_eq]
  constructor
  · intro h
    rw [← Bool.or_eq_true]
    refine Bool.of_not_eq_false fun hf => ?_
    rw [Bool.or_eq_false_iff] at hf
    rw [relation_eq hf.1 hf.2] at h
    split at h
    · cases h
    · split at h <;> cases h
  · exact relation_nan

end Lemmanet.Float.Datum
