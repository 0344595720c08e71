module

public import Lemmanet.Sound.Interval

/-!
# Sums

Rules for `sum`, over any linearly ordered field, and for `nsum`, its counterpart in the natural
numbers.
-/

public noncomputable section

namespace Lemmanet

/-- `nsum n f` is `f 0 + f 1 + … + f (n - 1)`. -/
@[expose] def nsum (n : Nat) (f : Nat → Nat) : Nat :=
  match n with
  | 0 => 0
  | n + 1 => nsum n f + f n

section Field

variable {α : Type} [OrderedField α] {n : Nat} {f g : Nat → α}

/-- Sums with equal terms are equal. -/
theorem sum_congr (h : ∀ i, i < n → f i = g i) : sum n f = sum n g := by
  induction n with
  | zero => rfl
  | succ n ih => simp only [sum]; rw [ih fun i hi => h i (by omega), h n (by omega)]

/-- A sum of zeros is zero. -/
theorem sum_zero (n : Nat) : sum n (fun _ => (0 : α)) = 0 := by
  induction n with
  | zero => rfl
  | succ n ih => simp only [sum, ih]; grind

/-- Sums add up termwise. -/
theorem sum_add (n : Nat) (f g : Nat → α) : sum n (fun i => f i + g i) = sum n f + sum n g := by
  induction n with
  | zero => simp only [sum]; grind
  | succ n ih => simp only [sum, ih]; grind

/-- The negative of a sum. -/
theorem sum_neg (n : Nat) (f : Nat → α) : sum n (fun i => -f i) = -sum n f := by
  induction n with
  | zero => simp only [sum]; grind
  | succ n ih => simp only [sum, ih]; grind

/-- The difference of two sums. -/
theorem sum_sub (n : Nat) (f g : Nat → α) : sum n (fun i => f i - g i) = sum n f - sum n g := by
  induction n with
  | zero => simp only [sum]; grind
  | succ n ih => simp only [sum, ih]; grind

/-- A common factor on the left. -/
theorem sum_mul_left (n : Nat) (c : α) (f : Nat → α) : sum n (fun i => c * f i) = c * sum n f := by
  induction n with
  | zero => simp only [sum]; grind
  | succ n ih => simp only [sum, ih]; grind

/-- A common factor on the right. -/
theorem sum_mul_right (n : Nat) (c : α) (f : Nat → α) : sum n (fun i => f i * c) = sum n f * c := by
  induction n with
  | zero => simp only [sum]; grind
  | succ n ih => simp only [sum, ih]; grind

/-- Sums are monotone in their terms. -/
theorem sum_le_sum (h : ∀ i, i < n → f i ≤ g i) : sum n f ≤ sum n g := by
  induction n with
  | zero => simp only [sum]; grind
  | succ n ih =>
    have h₁ := ih fun i hi => h i (by omega)
    have h₂ := h n (by omega)
    simp only [sum]
    grind

/-- The two sums of a double sum can be swapped. -/
theorem sum_comm (n m : Nat) (f : Nat → Nat → α) :
    sum n (fun i => sum m fun j => f i j) = sum m (fun j => sum n fun i => f i j) := by
  induction n with
  | zero => simp only [sum, sum_zero]
  | succ n ih => simp only [sum, ih, sum_add]

/-- A sum, split off at its first term. -/
theorem sum_succ' (n : Nat) (f : Nat → α) : sum (n + 1) f = f 0 + sum n (fun i => f (i + 1)) := by
  induction n with
  | zero => simp only [sum]; grind
  | succ n ih => rw [sum, ih]; simp only [sum]; grind

/-- A sum, split in two. -/
theorem sum_append (m n : Nat) (f : Nat → α) :
    sum (m + n) f = sum m f + sum n (fun i => f (m + i)) := by
  induction n with
  | zero => simp only [sum, Nat.add_zero]; grind
  | succ n ih => rw [← Nat.add_assoc]; simp only [sum, ih]; grind

/-- Casts of natural numbers keep the order. -/
theorem natCast_le {a b : Nat} (h : a ≤ b) : (a : α) ≤ (b : α) := by
  have := intCast_le (α := α) (Int.ofNat_le.2 h)
  rwa [Lean.Grind.Ring.intCast_natCast, Lean.Grind.Ring.intCast_natCast] at this

/-- The cast of a sum of natural numbers. -/
theorem natCast_nsum (n : Nat) (f : Nat → Nat) :
    ((nsum n f : Nat) : α) = sum n (fun i => (f i : α)) := by
  induction n with
  | zero => simp only [sum, nsum]; exact Lean.Grind.Semiring.natCast_zero
  | succ n ih => simp only [sum, nsum, ← ih]; exact Lean.Grind.Semiring.natCast_add _ _

end Field

section Nat

variable {n : Nat} {f g : Nat → Nat}

/-- Sums with equal terms are equal. -/
theorem nsum_congr (h : ∀ i, i < n → f i = g i) : nsum n f = nsum n g := by
  induction n with
  | zero => rfl
  | succ n ih => simp only [nsum]; rw [ih fun i hi => h i (by omega), h n (by omega)]

/-- A sum of zeros is zero. -/
theorem nsum_zero (n : Nat) : nsum n (fun _ => 0) = 0 := by
  induction n with
  | zero => rfl
  | succ n ih => simp only [nsum, ih]

/-- Sums add up termwise. -/
theorem nsum_add (n : Nat) (f g : Nat → Nat) : nsum n (fun i => f i + g i) = nsum n f + nsum n g := by
  induction n with
  | zero => rfl
  | succ n ih => simp only [nsum, ih]; omega

/-- A common factor on the left. -/
theorem nsum_mul_left (n c : Nat) (f : Nat → Nat) : nsum n (fun i => c * f i) = c * nsum n f := by
  induction n with
  | zero => rfl
  | succ n ih => simp only [nsum, ih, Nat.mul_add]

/-- A common factor on the right. -/
theorem nsum_mul_right (n c : Nat) (f : Nat → Nat) : nsum n (fun i => f i * c) = nsum n f * c := by
  induction n with
  | zero => simp only [nsum, Nat.zero_mul]
  | succ n ih => simp only [nsum, ih, Nat.add_mul]

/-- Sums are monotone in their terms. -/
theorem nsum_le_nsum (h : ∀ i, i < n → f i ≤ g i) : nsum n f ≤ nsum n g := by
  induction n with
  | zero => exact Nat.le_refl 0
  | succ n ih => exact Nat.add_le_add (ih fun i hi => h i (by omega)) (h n (by omega))

/-- A sum of equal terms. -/
theorem nsum_const (n c : Nat) : nsum n (fun _ => c) = n * c := by
  induction n with
  | zero => simp only [nsum, Nat.zero_mul]
  | succ n ih => simp only [nsum, ih, Nat.add_mul, Nat.one_mul]

/-- The two sums of a double sum can be swapped. -/
theorem nsum_comm (n m : Nat) (f : Nat → Nat → Nat) :
    nsum n (fun i => nsum m fun j => f i j) = nsum m (fun j => nsum n fun i => f i j) := by
  induction n with
  | zero => simp only [nsum, nsum_zero]
  | succ n ih => simp only [nsum, ih, nsum_add]

/-- A sum, split off at its first term. -/
theorem nsum_succ' (n : Nat) (f : Nat → Nat) : nsum (n + 1) f = f 0 + nsum n (fun i => f (i + 1)) := by
  induction n with
  | zero => simp only [nsum, Nat.zero_add, Nat.add_zero]
  | succ n ih => rw [nsum, ih]; simp only [nsum, Nat.add_assoc]

/-- A sum, split in two. -/
theorem nsum_append (m n : Nat) (f : Nat → Nat) :
    nsum (m + n) f = nsum m f + nsum n (fun i => f (m + i)) := by
  induction n with
  | zero => simp only [nsum, Nat.add_zero]
  | succ n ih => rw [← Nat.add_assoc]; simp only [nsum, ih, Nat.add_assoc]

/-- The sum of a single nonzero term. -/
theorem nsum_single {i : Nat} (hi : i < n) (h : ∀ j, j < n → j ≠ i → f j = 0) : nsum n f = f i := by
  induction n with
  | zero => omega
  | succ n ih =>
    simp only [nsum]
    by_cases hn : n = i
    · subst hn
      rw [nsum_congr (g := fun _ => 0) fun j hj => h j (by omega) (by omega), nsum_zero, Nat.zero_add]
    · rw [ih (by omega) fun j hj => h j (by omega), h n (by omega) hn, Nat.add_zero]

end Nat

end Lemmanet
