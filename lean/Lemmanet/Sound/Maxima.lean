module

public import Lemmanet.Exec.Maxima
public import Lemmanet.Sound.Affine.Pieces
public import Lemmanet.Sound.Shifted

/-!
# Relaxations of maxima are sound
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

/-- The lower end. -/
@[expose] def Reach.lo (e : Reach) : Int := (e.lowPos : Int) - e.lowNeg

/-- The negative of the lower end. -/
@[expose] def Reach.up (e : Reach) : Int := (e.lowNeg : Int) - e.lowPos

/-- The number lies in the interval. -/
@[expose] def Reach.Mem {α : Type} [OrderedField α] (e : Reach) (x : α) : Prop :=
  (e.lowPos : α) - (e.lowNeg : α) ≤ x ∧ x ≤ (e.highPos : α) - (e.highNeg : α)

namespace Maxima

/-! ## The values in one lane -/

section Int

variable (m : Nat) (a : Int) (g : Nat → Int) (e : Nat → Reach)

/-- See `own`. -/
@[expose] def iown (j : Nat) : Int := (e j).up * g j + (((e j).width : Int) - (0 : Nat)) * ((-g j).toNat : Int)

/-- See `need`. -/
@[expose] def ineed (j : Nat) : Int :=
  isum (m + 1) (iown g e) + (e j).lo * a +
    (((e j).width : Int) - (0 : Nat)) * (((a + -g j).toNat : Int) + -((-g j).toNat : Int))

/-- See `one`. -/
@[expose] def ione (j : Nat) : Int := ineed m a g e j + (((apart m e : Nat) : Int) - (0 : Nat)) * (a.toNat : Int)

/-- See `rest`. -/
@[expose] def irest : Int := a + isum (m + 1) fun j => ((-g j).toNat : Int)

/-- See `mean`. -/
@[expose] def imean (j : Nat) : Int :=
  (isum (m + 1) fun i => (e i).up * (g i + ((-g i).toNat : Int))) + (e j).lo * irest m a g +
    ((((e j).width : Int) - (0 : Nat)) * ((irest m a g + -(g j + ((-g j).toNat : Int))).toNat : Int) +
      (((apart m e : Nat) : Int) - (0 : Nat)) * ((irest m a g + -((-g j).toNat : Int)).toNat : Int))

/-- See `cost`. -/
@[expose] def icost : Int :=
  imin (imin (imax (ineed m a g e) m) (ione m a g e) (m + 1)) (imean m a g e) (m + 1)

end Int

/-- The lanes of `cost` hold `icost`. -/
theorem holds_cost {k n m : Nat} (hk : 0 < k) {a : Shifted} {g : Nat → Shifted} {e : Nat → Reach}
    {u : Nat → Int} {v : Nat → Nat → Int} (ha : a.Holds k n u)
    (hg : ∀ j, j ≤ m → (g j).Holds k n (v j)) :
    (cost k n m a g e).Holds k n fun r => icost m (u r) (fun j => v j r) e := by
  have hbelow : ∀ j, j ≤ m → (below k n g j).Holds k n fun r => ((-v j r).toNat : Int) :=
    fun j hj => ((hg j hj).neg hk).positive hk
  have hall : (all k n m g e).Holds k n fun r => isum (m + 1) (iown (fun j => v j r) e) :=
    Shifted.holds_sum hk (f := fun j r => iown (fun j => v j r) e j) fun j hj =>
      ((hg j (by omega)).times hk _ _).plus hk ((hbelow j (by omega)).times hk _ _)
  have hneed : ∀ j, j ≤ m → (need k n m a g e j).Holds k n fun r => ineed m (u r) (fun j => v j r) e j :=
    fun j hj => (hall.plus hk (ha.times hk _ _)).plus hk
      ((((ha.plus hk ((hg j hj).neg hk)).positive hk).plus hk ((hbelow j hj).neg hk)).times hk _ _)
  have hone : ∀ j, j ≤ m → (one k n m a g e j).Holds k n fun r => ione m (u r) (fun j => v j r) e j :=
    fun j hj => (hneed j hj).plus hk ((ha.positive hk).times hk _ _)
  have hrest : (rest k n m a g).Holds k n fun r => irest m (u r) fun j => v j r :=
    ha.plus hk (Shifted.holds_sum hk (f := fun j r => ((-v j r).toNat : Int)) fun j hj =>
      hbelow j (by omega))
  have hlows : (lows k n m g e).Holds k n fun r =>
      isum (m + 1) fun i => (e i).up * (v i r + ((-v i r).toNat : Int)) :=
    Shifted.holds_sum hk (f := fun i r => (e i).up * (v i r + ((-v i r).toNat : Int))) fun j hj =>
      ((hg j (by omega)).plus hk (hbelow j (by omega))).times hk _ _
  have hmean : ∀ j, j ≤ m → (mean k n m a g e j).Holds k n fun r => imean m (u r) (fun j => v j r) e j :=
    fun j hj => (hlows.plus hk (hrest.times hk _ _)).plus hk
      ((((hrest.plus hk (((hg j hj).plus hk (hbelow j hj)).neg hk)).positive hk).times hk _ _).plus hk
        (((hrest.plus hk ((hbelow j hj).neg hk)).positive hk).times hk _ _))
  exact Shifted.holds_smallest hk (f := fun j r => imean m (u r) (fun j => v j r) e j)
    (Shifted.holds_smallest hk (f := fun j r => ione m (u r) (fun j => v j r) e j)
      (Shifted.holds_largest hk (f := fun j r => ineed m (u r) (fun j => v j r) e j) hneed)
      fun j hj => hone j (by omega)) fun j hj => hmean j (by omega)

/-! ## The inequality -/

section Field

variable {α : Type} [OrderedField α]

/-- Sums of integers. -/
theorem cast_isum (m : Nat) (f : Nat → Int) : ((isum m f : Int) : α) = sum m fun j => (f j : α) := by
  induction m with
  | zero => exact Ring.intCast_zero
  | succ m ih => rw [isum, sum, Ring.intCast_add, ih]

/-- A term of a sum of positive numbers. -/
theorem le_sum {m j : Nat} {f : Nat → α} (hj : j < m) (h : ∀ i, i < m → 0 ≤ f i) : f j ≤ sum m f := by
  induction m with
  | zero => exact absurd hj (Nat.not_lt_zero j)
  | succ m ih =>
    rw [sum]
    have h0 := h m (by omega)
    by_cases hm : j = m
    · subst hm
      have : 0 ≤ sum j f := by
        have h' := sum_le_sum (n := j) (f := fun _ => (0 : α)) fun i hi => h i (by omega)
        rwa [sum_zero] at h'
      grind
    · have := ih (by omega) fun i hi => h i (by omega)
      grind

/-- A multiple of a number between zero and `w`. -/
theorem slope (c : Int) {y : α} {w : Nat} (h0 : 0 ≤ y) (hw : y ≤ (w : α)) :
    (c : α) * y ≤ (w : α) * ((c.toNat : Int) : α) := by
  have h1 : (c : α) ≤ ((c.toNat : Int) : α) := intCast_le (by omega)
  have h2 : (0 : α) ≤ ((c.toNat : Int) : α) := by
    have := intCast_le (α := α) (show (0 : Int) ≤ (c.toNat : Int) by omega)
    rwa [Ring.intCast_zero] at this
  have h3 := OrderedRing.mul_le_mul_of_nonneg_right h1 h0
  have h4 := OrderedRing.mul_le_mul_of_nonneg_left hw h2
  grind

variable {m : Nat} {a : Int} {g : Nat → Int} {e : Nat → Reach} {x : Nat → α} {y : α}

/-- Between the ends. -/
private theorem ends (h : (e j).Mem (x j)) :
    0 ≤ x j - ((e j).lo : α) ∧ x j - ((e j).lo : α) ≤ ((e j).width : α) := by
  have hlo : ((e j).lo : α) = ((e j).lowPos : α) - ((e j).lowNeg : α) := by
    rw [Reach.lo, Ring.intCast_sub, Ring.intCast_natCast, Ring.intCast_natCast]
  have hw := sub_le_natSub (α := α) ((e j).highPos + (e j).lowNeg) ((e j).highNeg + (e j).lowPos)
  rw [Semiring.natCast_add, Semiring.natCast_add] at hw
  have hw : ((e j).highPos : α) + ((e j).lowNeg : α) - (((e j).highNeg : α) + ((e j).lowPos : α)) ≤
      ((e j).width : α) := hw
  obtain ⟨h1, h2⟩ := h
  rw [hlo]
  constructor <;> grind

/-- `a * x j` is at most the forms and what they need. -/
theorem le_need (hx : ∀ j, j ≤ m → (e j).Mem (x j)) {j : Nat} (hj : j ≤ m) :
    (a : α) * x j ≤ (sum (m + 1) fun i => (g i : α) * x i) + ((ineed m a g e j : Int) : α) := by
  have hneg : ∀ i, ((e i).up : α) = -((e i).lo : α) := fun i => by
    rw [← Ring.intCast_neg]; congr 1; simp only [Reach.up, Reach.lo]; omega
  have hown : ∀ i, i ≤ m → 0 ≤ ((iown g e i : Int) : α) + (g i : α) * x i := fun i hi => by
    obtain ⟨h1, h2⟩ := ends (hx i hi)
    have := slope (-g i) h1 h2
    simp only [iown, Ring.intCast_add, Ring.intCast_mul, Ring.intCast_sub, Ring.intCast_natCast,
      hneg, Ring.intCast_neg, Semiring.natCast_zero] at this ⊢
    grind
  have hsum := le_sum (m := m + 1) (f := fun i => ((iown g e i : Int) : α) + (g i : α) * x i)
    (show j < m + 1 by omega) fun i hi => hown i (by omega)
  rw [sum_add, ← cast_isum] at hsum
  obtain ⟨h1, h2⟩ := ends (hx j hj)
  have h3 := slope (a + -g j) h1 h2
  simp only [ineed, iown, Ring.intCast_add, Ring.intCast_mul, Ring.intCast_sub,
    Ring.intCast_natCast, hneg, Ring.intCast_neg, Semiring.natCast_zero] at hsum h3 ⊢
  grind

/-- The maximum exceeds no value by more than `apart`. -/
theorem sub_le_apart (hx : ∀ j, j ≤ m → (e j).Mem (x j)) (hy : ∃ i, i ≤ m ∧ y = x i) {j : Nat}
    (hj : j ≤ m) : y - x j ≤ (apart m e : α) := by
  obtain ⟨i, hi, rfl⟩ := hy
  have h1 := le_sum (α := α) (m := m + 1) (f := fun i => ((e i).highPos : α)) (j := i) (by omega)
    fun i _ => natCast_nonneg _
  have h2 := le_sum (α := α) (m := m + 1) (f := fun i => ((e i).lowNeg : α)) (j := j) (by omega)
    fun i _ => natCast_nonneg _
  have e1 : (apart m e : α) = (sum (m + 1) fun i => ((e i).highPos : α)) +
      sum (m + 1) fun i => ((e i).lowNeg : α) := by
    show (((addUp (m + 1) fun j => (e j).highPos) + addUp (m + 1) fun j => (e j).lowNeg : Nat) : α) = _
    rw [Semiring.natCast_add, addUp_eq, addUp_eq, natCast_nsum, natCast_nsum]
  obtain ⟨_, h3⟩ := hx i hi
  obtain ⟨h4, _⟩ := hx j hj
  have h5 := natCast_nonneg (α := α) (e i).highNeg
  have h6 := natCast_nonneg (α := α) (e j).lowPos
  rw [e1]
  grind

/-- The maximum, if one value stands for it. -/
theorem le_one (hx : ∀ j, j ≤ m → (e j).Mem (x j)) (hle : ∀ j, j ≤ m → x j ≤ y)
    (hy : ∃ i, i ≤ m ∧ y = x i) {j : Nat} (hj : j ≤ m) :
    (a : α) * y ≤ (sum (m + 1) fun i => (g i : α) * x i) + ((ione m a g e j : Int) : α) := by
  have h1 := le_need (a := a) (g := g) hx hj
  have h2 := slope a (y := y - x j) (w := apart m e) (by have := hle j hj; grind)
    (sub_le_apart hx hy hj)
  simp only [ione, Ring.intCast_add, Ring.intCast_mul, Ring.intCast_sub, Ring.intCast_natCast,
    Semiring.natCast_zero] at h2 ⊢
  grind

/-- The maximum, if one value stands for what is left of it. -/
theorem le_mean (hx : ∀ j, j ≤ m → (e j).Mem (x j)) (hle : ∀ j, j ≤ m → x j ≤ y)
    (hy : ∃ i, i ≤ m ∧ y = x i) {j : Nat} (hj : j ≤ m) :
    (a : α) * y ≤ (sum (m + 1) fun i => (g i : α) * x i) + ((imean m a g e j : Int) : α) := by
  have hneg : ∀ i, ((e i).up : α) = -((e i).lo : α) := fun i => by
    rw [← Ring.intCast_neg]; congr 1; simp only [Reach.up, Reach.lo]; omega
  -- what each of the others leaves
  have hown : ∀ i, i ≤ m → 0 ≤ (((e i).up * (g i + ((-g i).toNat : Int)) : Int) : α) +
      (g i : α) * x i + (((-g i).toNat : Int) : α) * y := fun i hi => by
    obtain ⟨h1, _⟩ := ends (hx i hi)
    have h2 : (0 : α) ≤ ((g i + ((-g i).toNat : Int) : Int) : α) := by
      have := intCast_le (α := α) (show (0 : Int) ≤ g i + ((-g i).toNat : Int) by omega)
      rwa [Ring.intCast_zero] at this
    have h3 : (0 : α) ≤ (((-g i).toNat : Int) : α) := by
      have := intCast_le (α := α) (show (0 : Int) ≤ ((-g i).toNat : Int) by omega)
      rwa [Ring.intCast_zero] at this
    have h4 := OrderedRing.mul_nonneg h2 h1
    have h5 := OrderedRing.mul_nonneg h3 (show 0 ≤ y - x i by have := hle i hi; grind)
    simp only [Ring.intCast_add, Ring.intCast_mul, hneg] at h4 ⊢
    grind
  have hsum := le_sum (m := m + 1) (f := fun i => (((e i).up * (g i + ((-g i).toNat : Int)) : Int) : α) +
      (g i : α) * x i + (((-g i).toNat : Int) : α) * y)
    (show j < m + 1 by omega) fun i hi => hown i (by omega)
  rw [sum_add, sum_add, sum_mul_right, ← cast_isum, ← cast_isum] at hsum
  obtain ⟨h1, h2⟩ := ends (hx j hj)
  have h3 := slope (irest m a g + -(g j + ((-g j).toNat : Int))) h1 h2
  have h4 := slope (irest m a g + -((-g j).toNat : Int)) (y := y - x j) (w := apart m e)
    (by have := hle j hj; grind) (sub_le_apart hx hy hj)
  have e1 : ((irest m a g : Int) : α) =
      (a : α) + ((isum (m + 1) fun j => ((-g j).toNat : Int) : Int) : α) := by
    rw [irest, Ring.intCast_add]
  simp only [imean, Ring.intCast_add, Ring.intCast_mul, Ring.intCast_sub,
    hneg, Ring.intCast_neg, Ring.intCast_natCast, Semiring.natCast_zero, e1] at hsum h3 h4 ⊢
  grind

/-- The relaxation of a maximum. -/
theorem le_cost (hx : ∀ j, j ≤ m → (e j).Mem (x j)) (hle : ∀ j, j ≤ m → x j ≤ y)
    (hy : ∃ i, i ≤ m ∧ y = x i) :
    (a : α) * y ≤ (sum (m + 1) fun i => (g i : α) * x i) + ((icost m a g e : Int) : α) := by
  rcases imin_cases (imin (imax (ineed m a g e) m) (ione m a g e) (m + 1)) (imean m a g e) (m + 1)
    with h | ⟨j, hj, h⟩
  · rcases imin_cases (imax (ineed m a g e) m) (ione m a g e) (m + 1) with h' | ⟨j, hj, h'⟩
    · rw [icost, h, h']
      obtain ⟨j, hj, rfl⟩ := hy
      have h1 := le_need (a := a) (g := g) hx hj
      have h2 := intCast_le (α := α) (le_imax (f := ineed m a g e) hj)
      grind
    · rw [icost, h, h']
      exact le_one hx hle hy (by omega)
  · rw [icost, h]
    exact le_mean hx hle hy (by omega)

end Field

end Maxima

end Lemmanet
