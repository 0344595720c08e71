module

public import Lemmanet.Exec.Interval

/-!
# Interval arithmetic encloses

Each operation of `Exec.Interval` contains what the scalar operation gives.
-/

public noncomputable section

namespace Lemmanet

variable {α : Type} [OrderedField α]

open Lean.Grind

/-- Casts of naturals are not negative. -/
theorem natCast_nonneg (n : Nat) : (0 : α) ≤ (n : α) := by
  induction n with
  | zero => rw [Semiring.natCast_zero]; exact Std.le_refl _
  | succ n ih =>
    rw [Semiring.natCast_succ]
    have := OrderedRing.zero_lt_one (R := α)
    grind

/-- Casts of positive naturals are positive. -/
theorem natCast_pos {n : Nat} (h : 0 < n) : (0 : α) < (n : α) := by
  obtain ⟨m, rfl⟩ : ∃ m, n = m + 1 := ⟨n - 1, by omega⟩
  rw [Semiring.natCast_succ]
  have := OrderedRing.zero_lt_one (R := α)
  have := natCast_nonneg (α := α) m
  grind

/-- Casts of integers keep the order. -/
theorem intCast_le {a b : Int} (h : a ≤ b) : (a : α) ≤ (b : α) := by
  obtain ⟨n, hn⟩ := Int.le.dest h
  rw [← hn, Ring.intCast_add, Ring.intCast_natCast]
  have := natCast_nonneg (α := α) n
  grind

/-- Casts of integers keep the strict order. -/
theorem intCast_lt {a b : Int} (h : a < b) : (a : α) < (b : α) := by
  have h1 : (a : α) + 1 ≤ (b : α) := by
    have := intCast_le (α := α) (show a + 1 ≤ b by omega)
    rwa [Ring.intCast_add, Ring.intCast_one] at this
  have := OrderedRing.zero_lt_one (R := α)
  grind

/-- `zle` decides the order. -/
theorem zle_iff {a b : Int} : zle a b = true ↔ a ≤ b := by
  cases a <;> cases b <;> simp [zle] <;> omega

/-- `zmax` is the maximum. -/
theorem zmax_cases (a b : Int) : (a ≤ b ∧ zmax a b = b) ∨ (b ≤ a ∧ zmax a b = a) := by
  unfold zmax
  cases h : zle a b
  · right; have : ¬ a ≤ b := fun h' => by simp [zle_iff.2 h'] at h
    exact ⟨by omega, rfl⟩
  · left; exact ⟨zle_iff.1 h, rfl⟩

/-- `zmin` is the minimum. -/
theorem zmin_cases (a b : Int) : (a ≤ b ∧ zmin a b = a) ∨ (b ≤ a ∧ zmin a b = b) := by
  unfold zmin
  cases h : zle a b
  · right; have : ¬ a ≤ b := fun h' => by simp [zle_iff.2 h'] at h
    exact ⟨by omega, rfl⟩
  · left; exact ⟨zle_iff.1 h, rfl⟩

/-- What `allBelow` checks. -/
theorem allBelow_iff {n : Nat} {p : Nat → Bool} : allBelow n p = true ↔ ∀ k, k < n → p k = true := by
  induction n with
  | zero => simp [allBelow]
  | succ n ih =>
    rw [allBelow, Bool.and_eq_true, ih]
    constructor
    · rintro ⟨h, hs⟩ k hk
      rcases Nat.lt_succ_iff_lt_or_eq.1 hk with h' | rfl
      · exact hs k h'
      · exact h
    · exact fun h => ⟨h n (by omega), fun k hk => h k (by omega)⟩

/-- Comparison with a fraction is comparison with its numerator after multiplication. -/
theorem ratio_le_iff {x : α} {num : Int} {den : Nat} (h : 0 < den) :
    ratio num den ≤ x ↔ (num : α) ≤ x * (den : α) := by
  have hd := natCast_pos (α := α) h
  have he : ratio num den * (den : α) = (num : α) := by
    unfold ratio; grind
  constructor
  · intro hx
    have := OrderedRing.mul_le_mul_of_nonneg_right hx (Std.le_of_lt hd)
    rwa [he] at this
  · intro hx
    rcases Std.le_total (a := ratio num den) (b := x) with h' | h'
    · exact h'
    · refine Std.not_lt.1 ?_
      intro hlt
      have := OrderedRing.mul_lt_mul_of_pos_right hlt hd
      rw [he] at this
      grind

/-- The same from above. -/
theorem le_ratio_iff {x : α} {num : Int} {den : Nat} (h : 0 < den) :
    x ≤ ratio num den ↔ x * (den : α) ≤ (num : α) := by
  have hd := natCast_pos (α := α) h
  have he : ratio num den * (den : α) = (num : α) := by
    unfold ratio; grind
  constructor
  · intro hx
    have := OrderedRing.mul_le_mul_of_nonneg_right hx (Std.le_of_lt hd)
    rwa [he] at this
  · intro hx
    refine Std.not_lt.1 ?_
    intro hlt
    have := OrderedRing.mul_lt_mul_of_pos_right hlt hd
    rw [he] at this
    grind

/-- Reading back an entry of a tensor that was given by a function. -/
theorem Tensor.at_ofFn {s : Shape} {f : Nat → α} {k : Nat}
    (h : k < Shape.size s) : (Tensor.ofFn f : Tensor α s).at k = f k := by
  simp [Tensor.at, Tensor.ofFn, h]

/-- `x` lies in the interval `a`, whose denominator is positive. -/
@[expose] def Ival.Mem (x : α) (a : Ival) : Prop :=
  0 < a.den ∧ (a.lo : α) ≤ x * (a.den : α) ∧ x * (a.den : α) ≤ (a.hi : α)

namespace Ival

/-- An entry of a box lies in the interval of that entry. -/
theorem _root_.Lemmanet.Box.mem_ival {s : Shape} {b : Box s} {x : Tensor α s} (h : b.Mem x)
    (hd : 0 < b.den) {k : Nat} (hk : k < Shape.size s) : Ival.Mem (x.at k) (b.ival k) :=
  ⟨hd, (ratio_le_iff hd).1 (h k hk).1, (le_ratio_iff hd).1 (h k hk).2⟩

/-- A value in an interval within that of a box entry lies between the ends of the box. -/
theorem of_within {s : Shape} {b : Box s} {k : Nat} {a : Ival} {v : α}
    (hw : a.within (b.ival k) = true) (hd : 0 < b.den) (hm : Ival.Mem v a) :
    b.lo.val k ≤ v ∧ v ≤ b.hi.val k := by
  obtain ⟨ha, hl, hh⟩ := hm
  rw [within, Bool.and_eq_true, zle_iff, zle_iff] at hw
  have hl' := intCast_le (α := α) hw.1
  have hh' := intCast_le (α := α) hw.2
  have hap := natCast_pos (α := α) ha
  have hbp := natCast_pos (α := α) hd
  simp only [Box.ival, Ring.intCast_mul, Ring.intCast_natCast] at hl' hh'
  constructor
  · refine (ratio_le_iff hd).2 (Std.not_lt.1 fun hc => ?_)
    have h1 := OrderedRing.mul_lt_mul_of_pos_right hc hap
    have h2 := OrderedRing.mul_le_mul_of_nonneg_right hl (Std.le_of_lt hbp)
    have h3 : v * (b.den : α) * (a.den : α) = v * (a.den : α) * (b.den : α) := by grind
    have h4 : b.lo.den = b.den := rfl
    grind
  · refine (le_ratio_iff hd).2 (Std.not_lt.1 fun hc => ?_)
    have h1 := OrderedRing.mul_lt_mul_of_pos_right hc hap
    have h2 := OrderedRing.mul_le_mul_of_nonneg_right hh (Std.le_of_lt hbp)
    have h3 : v * (b.den : α) * (a.den : α) = v * (a.den : α) * (b.den : α) := by grind
    have h4 : b.hi.den = b.den := rfl
    grind

/-- A fraction lies in its point interval. -/
theorem mem_point {num : Int} {den : Nat} (h : 0 < den) :
    Ival.Mem (ratio num den : α) (point num den) := by
  have hd := natCast_pos (α := α) h
  have he : ratio num den * (den : α) = (num : α) := by unfold ratio; grind
  refine ⟨h, ?_, ?_⟩ <;> simp only [point, he] <;> exact Std.le_refl _

/-- Sums lie in the sum. -/
theorem mem_add {x y : α} {a b : Ival} (hx : Ival.Mem x a) (hy : Ival.Mem y b) :
    Ival.Mem (x + y) (a.add b) := by
  obtain ⟨ha, hl, hh⟩ := hx
  obtain ⟨hb, hl', hh'⟩ := hy
  have hap := Std.le_of_lt (natCast_pos (α := α) ha)
  have hbp := Std.le_of_lt (natCast_pos (α := α) hb)
  refine ⟨Nat.mul_pos ha hb, ?_, ?_⟩ <;>
    simp only [add, Nat.mul_eq, Ring.intCast_add, Ring.intCast_mul, Ring.intCast_natCast,
      Semiring.natCast_mul]
  · have h1 := OrderedRing.mul_le_mul_of_nonneg_right hl hbp
    have h2 := OrderedRing.mul_le_mul_of_nonneg_right hl' hap
    grind
  · have h1 := OrderedRing.mul_le_mul_of_nonneg_right hh hbp
    have h2 := OrderedRing.mul_le_mul_of_nonneg_right hh' hap
    grind

/-- Negations lie in the negation. -/
theorem mem_neg {x : α} {a : Ival} (hx : Ival.Mem x a) : Ival.Mem (-x) a.neg := by
  obtain ⟨ha, hl, hh⟩ := hx
  refine ⟨ha, ?_, ?_⟩ <;> simp only [neg, Ring.intCast_neg] <;> grind

/-- Maxima lie in the maximum. -/
theorem mem_max [DecidableLE α] {x y : α} {a b : Ival} (hx : Ival.Mem x a) (hy : Ival.Mem y b) :
    Ival.Mem (maxOf x y) (a.max b) := by
  obtain ⟨ha, hl, hh⟩ := hx
  obtain ⟨hb, hl', hh'⟩ := hy
  have hap := Std.le_of_lt (natCast_pos (α := α) ha)
  have hbp := Std.le_of_lt (natCast_pos (α := α) hb)
  have h1 := OrderedRing.mul_le_mul_of_nonneg_right hl hbp
  have h2 := OrderedRing.mul_le_mul_of_nonneg_right hl' hap
  have h3 := OrderedRing.mul_le_mul_of_nonneg_right hh hbp
  have h4 := OrderedRing.mul_le_mul_of_nonneg_right hh' hap
  have hab := OrderedRing.mul_nonneg hap hbp
  refine ⟨Nat.mul_pos ha hb, ?_, ?_⟩ <;> simp only [max, Nat.mul_eq, Semiring.natCast_mul]
  · rcases zmax_cases (a.lo * b.den) (b.lo * a.den) with ⟨-, e⟩ | ⟨-, e⟩ <;> rw [e] <;>
      simp only [Ring.intCast_mul, Ring.intCast_natCast] <;> unfold maxOf <;> split
    · grind
    · have := OrderedRing.mul_le_mul_of_nonneg_right (a := y) (b := x) (c := (a.den : α) * b.den)
        (by grind) hab
      grind
    · have := OrderedRing.mul_le_mul_of_nonneg_right (a := x) (b := y) (c := (a.den : α) * b.den)
        (by grind) hab
      grind
    · grind
  · rcases zmax_cases (a.hi * b.den) (b.hi * a.den) with ⟨hle, e⟩ | ⟨hle, e⟩ <;> rw [e] <;>
      have hle := intCast_le (α := α) hle <;>
      simp only [Ring.intCast_mul, Ring.intCast_natCast] at hle ⊢ <;> unfold maxOf <;> split <;> grind

/-- Minima lie in the minimum. -/
theorem mem_min [DecidableLE α] {x y : α} {a b : Ival} (hx : Ival.Mem x a) (hy : Ival.Mem y b) :
    Ival.Mem (minOf x y) (a.min b) := by
  obtain ⟨ha, hl, hh⟩ := hx
  obtain ⟨hb, hl', hh'⟩ := hy
  have hap := Std.le_of_lt (natCast_pos (α := α) ha)
  have hbp := Std.le_of_lt (natCast_pos (α := α) hb)
  have h1 := OrderedRing.mul_le_mul_of_nonneg_right hl hbp
  have h2 := OrderedRing.mul_le_mul_of_nonneg_right hl' hap
  have h3 := OrderedRing.mul_le_mul_of_nonneg_right hh hbp
  have h4 := OrderedRing.mul_le_mul_of_nonneg_right hh' hap
  have hab := OrderedRing.mul_nonneg hap hbp
  refine ⟨Nat.mul_pos ha hb, ?_, ?_⟩ <;> simp only [min, Nat.mul_eq, Semiring.natCast_mul]
  · rcases zmin_cases (a.lo * b.den) (b.lo * a.den) with ⟨hle, e⟩ | ⟨hle, e⟩ <;> rw [e] <;>
      have hle := intCast_le (α := α) hle <;>
      simp only [Ring.intCast_mul, Ring.intCast_natCast] at hle ⊢ <;> unfold minOf <;> split <;> grind
  · rcases zmin_cases (a.hi * b.den) (b.hi * a.den) with ⟨-, e⟩ | ⟨-, e⟩ <;> rw [e] <;>
      simp only [Ring.intCast_mul, Ring.intCast_natCast] <;> unfold minOf <;> split
    · grind
    · have := OrderedRing.mul_le_mul_of_nonneg_right (a := y) (b := x) (c := (a.den : α) * b.den)
        (by grind) hab
      grind
    · have := OrderedRing.mul_le_mul_of_nonneg_right (a := x) (b := y) (c := (a.den : α) * b.den)
        (by grind) hab
      grind
    · grind

/-- Positive parts lie in the positive part. -/
theorem mem_relu [DecidableLE α] {x : α} {a : Ival} (hx : Ival.Mem x a) :
    Ival.Mem (maxOf x 0) a.relu := by
  obtain ⟨ha, hl, hh⟩ := hx
  have hap := natCast_pos (α := α) ha
  refine ⟨ha, ?_, ?_⟩ <;> simp only [relu]
  · rcases zmax_cases a.lo 0 with ⟨-, e⟩ | ⟨-, e⟩ <;> rw [e] <;> unfold maxOf <;> split
    · rw [Ring.intCast_zero]; grind
    · rw [Ring.intCast_zero]
      exact OrderedRing.mul_nonneg (by grind) (Std.le_of_lt hap)
    · have := OrderedRing.mul_le_mul_of_nonneg_right (a := x) (b := 0) (by grind) (Std.le_of_lt hap)
      grind
    · exact hl
  · rcases zmax_cases a.hi 0 with ⟨hle, e⟩ | ⟨hle, e⟩ <;> rw [e] <;>
      have hle := intCast_le (α := α) hle <;> rw [Ring.intCast_zero] at * <;>
      unfold maxOf <;> split <;> grind

/-- Multiples lie in the multiple. -/
theorem mem_scale {x : α} {a : Ival} {num : Int} {den : Nat} (hd : 0 < den) (hx : Ival.Mem x a) :
    Ival.Mem (ratio num den * x) (a.scale num den) := by
  obtain ⟨ha, hl, hh⟩ := hx
  have he : ratio num den * x * ((den : α) * (a.den : α)) = (num : α) * (x * (a.den : α)) := by
    have hdp := natCast_pos (α := α) hd
    unfold ratio; grind
  unfold scale
  cases hz : zle 0 num
  · have hn : num ≤ 0 := by
      have : ¬ 0 ≤ num := fun h => by simp [zle_iff.2 h] at hz
      omega
    have hn := intCast_le (α := α) hn
    rw [Ring.intCast_zero] at hn
    refine ⟨Nat.mul_pos hd ha, ?_, ?_⟩ <;>
      simp only [cond, Nat.mul_eq, Semiring.natCast_mul, Ring.intCast_mul, he]
    · have := OrderedRing.mul_le_mul_of_nonneg_left (c := -(num : α)) hh (by grind)
      grind
    · have := OrderedRing.mul_le_mul_of_nonneg_left (c := -(num : α)) hl (by grind)
      grind
  · have hn := intCast_le (α := α) (zle_iff.1 hz)
    rw [Ring.intCast_zero] at hn
    refine ⟨Nat.mul_pos hd ha, ?_, ?_⟩ <;>
      simp only [cond, Nat.mul_eq, Semiring.natCast_mul, Ring.intCast_mul, he]
    · exact OrderedRing.mul_le_mul_of_nonneg_left hl hn
    · exact OrderedRing.mul_le_mul_of_nonneg_left hh hn

/-- Quotients by a positive natural number lie in the quotient. -/
theorem mem_divNat {x : α} {a : Ival} {n : Nat} (hn : 0 < n) (hx : Ival.Mem x a) :
    Ival.Mem (x / (n : α)) (a.divNat n) := by
  obtain ⟨ha, hl, hh⟩ := hx
  have he : x / (n : α) * ((a.den : α) * (n : α)) = x * (a.den : α) := by
    have hnp := natCast_pos (α := α) hn
    grind
  refine ⟨Nat.mul_pos ha hn, ?_, ?_⟩ <;> simp only [divNat, Nat.mul_eq, Semiring.natCast_mul, he]
  · exact hl
  · exact hh

end Ival

end Lemmanet
