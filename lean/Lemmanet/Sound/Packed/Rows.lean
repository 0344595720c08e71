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
