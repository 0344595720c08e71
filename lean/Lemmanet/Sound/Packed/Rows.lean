module

public import Lemmanet.Sound.Packed.Pack

/-!
# Combinations of packed rows

A combination of packed rows is the packed combination of the rows.
-/

public noncomputable section

namespace Lemmanet

variable {k m n : Nat} {f g : Nat → Nat}

/-- A combination, one row at a time. -/
theorem comb_cons (xs : Nat → Nat) (row : Nat) (rows : List Nat) (j : Nat) :
    comb xs (row :: rows) j = xs j * row + comb xs rows (j + 1) := rfl

/-- The value of a combination. -/
theorem comb_eq (xs : Nat → Nat) (rows : List Nat) (j : Nat) :
    comb xs rows j = nsum rows.length (fun t => xs (j + t) * rows.getD t 0) := by
  induction rows generalizing j with
  | nil => rfl
  | cons row rows ih =>
    rw [List.length_cons, nsum_succ', comb_cons, ih]
    simp only [List.getD_cons_zero, List.getD_cons_succ, Nat.add_zero, Nat.add_assoc, Nat.add_comm 1]

/-- Combinations with equal factors are equal. -/
theorem comb_congr {xs ys : Nat → Nat} {rows : List Nat} {j : Nat}
    (h : ∀ t, t < rows.length → xs (j + t) = ys (j + t)) : comb xs rows j = comb ys rows j := by
  rw [comb_eq, comb_eq]
  exact nsum_congr fun t ht => by rw [h t ht]

/-- Without digits nothing is combined. -/
theorem combineDigits_zero (width : Nat) (rows : List Nat) : combineDigits width rows 0 = 0 := by
  induction rows with
  | nil => rfl
  | cons row rows ih =>
    have : combineDigits width (row :: rows) 0 =
        (0 &&& (2 ^ width - 1)) * row + combineDigits width rows (0 >>> width) := rfl
    rw [this, Nat.zero_and, Nat.zero_mul, Nat.zero_shiftRight, ih]

/-- The value of a combination with the digits of a pack. Rows without a digit and digits without a row
contribute nothing. -/
theorem combineDigits_pack {width : Nat} (rows : List Nat) (h : ∀ i, i < n → f i < 2 ^ width) :
    combineDigits width rows (pack width f n) = nsum n (fun j => f j * rows.getD j 0) := by
  induction rows generalizing n f with
  | nil => rw [nsum_congr (g := fun _ => 0) fun _ _ => by simp, nsum_zero]; rfl
  | cons row rows ih =>
    cases n with
    | zero => exact combineDigits_zero width (row :: rows)
    | succ n =>
      have hstep : ∀ x, combineDigits width (row :: rows) x =
          (x &&& (2 ^ width - 1)) * row + combineDigits width rows (x >>> width) := fun _ => rfl
      have hx : pack width f (n + 1) = f 0 + 2 ^ width * pack width (fun i => f (i + 1)) n := by
        rw [Nat.add_comm n, pack_append, pack_succ, pack_zero]
        simp [Nat.add_comm 1]
      have h₀ := h 0 (by omega)
      rw [hstep, hx, Nat.and_two_pow_sub_one_eq_mod, Nat.add_mul_mod_self_left, Nat.mod_eq_of_lt h₀,
        Nat.shiftRight_eq_div_pow, Nat.add_mul_div_left _ _ (Nat.two_pow_pos _),
        Nat.div_eq_of_lt h₀, Nat.zero_add, ih fun i hi => h (i + 1) (by omega), nsum_succ']
      rfl

/-- `rowCount` counts rows. -/
theorem rowCount_eq (rows : List Nat) : rowCount rows = rows.length := by
  induction rows with
  | nil => rfl
  | cons row rows ih => rw [List.length_cons, ← ih]; rfl

/-- A combination of packed rows is the packed combination of the rows. -/
theorem comb_pack {rows : List Nat} {d : Nat → Nat → Nat}
    (h : ∀ t, t < rows.length → rows.getD t 0 = pack k (d t) m) (xs : Nat → Nat) :
    comb xs rows 0 = pack k (fun i => nsum rows.length fun t => xs t * d t i) m := by
  rw [comb_eq, pack_nsum]
  refine nsum_congr fun t ht => ?_
  rw [h t ht, pack_mul_left, Nat.zero_add]

end Lemmanet
