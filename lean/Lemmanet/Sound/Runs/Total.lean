module

public import Lemmanet.Sound.Sum

/-!
# Sums over lists

The sum of a function over a list of indices, as the sums of floating-point runs need it: in any order,
and with bounds.
-/

public noncomputable section

namespace Lemmanet

/-- The sum of `f i` for `i` in a list. -/
@[expose] def total {ι : Type} (f : ι → Rat) : List ι → Rat
  | [] => 0
  | i :: l => f i + total f l

/-- `a` and `b` differ by at most `e`. -/
@[expose] def Differ (a b e : Rat) : Prop := a - b ≤ e ∧ b - a ≤ e

section Total

variable {ι κ : Type} {f g : ι → Rat} {l l' : List ι}

/-- The empty sum. -/
@[simp] theorem total_nil (f : ι → Rat) : total f [] = 0 := rfl

/-- One more term. -/
@[simp] theorem total_cons (f : ι → Rat) (i : ι) (l : List ι) :
    total f (i :: l) = f i + total f l := rfl

/-- The sum over two lists. -/
theorem total_append (f : ι → Rat) (l l' : List ι) : total f (l ++ l') = total f l + total f l' := by
  induction l with
  | nil => simp [Rat.zero_add]
  | cons i l ih => simp only [List.cons_append, total_cons, ih]; grind

/-- A sum does not depend on the order. -/
theorem total_perm (h : l.Perm l') : total f l = total f l' := by
  induction h with
  | nil => rfl
  | cons i _ ih => simp only [total_cons, ih]
  | swap i j l => simp only [total_cons]; grind
  | trans _ _ ih ih' => exact ih.trans ih'

/-- The sum over the images of a list. -/
theorem total_map (f : ι → Rat) (g : κ → ι) (l : List κ) :
    total f (l.map g) = total (fun k => f (g k)) l := by
  induction l with
  | nil => rfl
  | cons i l ih => simp only [List.map_cons, total_cons, ih]

/-- Sums with equal terms are equal. -/
theorem total_congr (h : ∀ i ∈ l, f i = g i) : total f l = total g l := by
  induction l with
  | nil => rfl
  | cons i l ih =>
    rw [total_cons, total_cons, h i (by simp), ih fun j hj => h j (by simp [hj])]

/-- Sums are monotone in their terms. -/
theorem total_le (h : ∀ i ∈ l, f i ≤ g i) : total f l ≤ total g l := by
  induction l with
  | nil => exact Rat.le_refl
  | cons i l ih =>
    have h1 := h i (by simp)
    have h2 := ih fun j hj => h j (by simp [hj])
    simp only [total_cons]
    grind

/-- A sum of terms that are not negative is not negative. -/
theorem total_nonneg (h : ∀ i ∈ l, 0 ≤ f i) : 0 ≤ total f l := by
  induction l with
  | nil => exact Rat.le_refl
  | cons i l ih =>
    have h1 := h i (by simp)
    have h2 := ih fun j hj => h j (by simp [hj])
    simp only [total_cons]
    grind

/-- Sums add up termwise. -/
theorem total_add (f g : ι → Rat) (l : List ι) :
    total (fun i => f i + g i) l = total f l + total g l := by
  induction l with
  | nil => simp [Rat.zero_add]
  | cons i l ih => simp only [total_cons, ih]; grind

/-- The difference of two sums. -/
theorem total_sub (f g : ι → Rat) (l : List ι) :
    total (fun i => f i - g i) l = total f l - total g l := by
  induction l with
  | nil => simp only [total_nil]; grind
  | cons i l ih => simp only [total_cons, ih]; grind

/-- A common factor on the left. -/
theorem total_mul_left (c : Rat) (f : ι → Rat) (l : List ι) :
    total (fun i => c * f i) l = c * total f l := by
  induction l with
  | nil => simp only [total_nil]; grind
  | cons i l ih => simp only [total_cons, ih]; grind

/-- A sum of equal terms. -/
theorem total_const (c : Rat) (l : List ι) : total (fun _ => c) l = l.length * c := by
  induction l with
  | nil => simp only [total_nil, List.length_nil]; grind
  | cons i l ih => simp only [total_cons, ih, List.length_cons]; grind

/-- The sum over a list of lists. -/
theorem total_flatMap (f : ι → Rat) (g : κ → List ι) (l : List κ) :
    total f (l.flatMap g) = total (fun k => total f (g k)) l := by
  induction l with
  | nil => rfl
  | cons i l ih => simp only [List.flatMap_cons, total_append, total_cons, ih]

/-- The sum over what a list is mapped to where it is mapped to something. -/
theorem total_filterMap (f : ι → Rat) (g : κ → Option ι) (l : List κ) :
    total f (l.filterMap g) = total (fun k => (g k).elim 0 f) l := by
  induction l with
  | nil => rfl
  | cons k l ih =>
    cases h : g k with
    | none => simp [h, ih, Rat.zero_add]
    | some i => simp [h, ih]

/-- The sum over the first natural numbers. -/
theorem total_range (f : Nat → Rat) (n : Nat) : total f (List.range n) = sum n f := by
  induction n with
  | zero => rfl
  | succ n ih =>
    rw [List.range_succ, total_append, ih, total_cons, total_nil, sum]
    grind

/-- Sums differ by at most the sum of what their terms differ by. -/
theorem total_differ {e : ι → Rat} (h : ∀ i ∈ l, Differ (f i) (g i) (e i)) :
    Differ (total f l) (total g l) (total e l) := by
  constructor <;> rw [← total_sub] <;> apply total_le
  · exact fun i hi => (h i hi).1
  · exact fun i hi => (h i hi).2

end Total

end Lemmanet
