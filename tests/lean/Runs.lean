module

public import Lemmanet.Sound.Runs.Blocks
public import Lemmanet.Sound.Runs.Mean

/-!
Sums of floating-point numbers: that their order matters, and the bounds of what it can change, on
instances that satisfy the hypotheses.
-/

public noncomputable section

open Lemmanet Lemmanet.Float Datum

namespace Lemmanet.Test.Runs

/-- A datum of binary32 by its bit pattern. -/
@[expose] def single (bits : Nat) : Datum binary32 := ofBits binary32 bits

/-- 100,000,000. -/
@[expose] def large : Datum binary32 := single 0x4cbebc20

/-- 1. -/
@[expose] def one : Datum binary32 := single 0x3f800000

/-- A sum by its bits. -/
theorem adds {x y z : Datum binary32} (h : (addition .tiesToEven x y).datum = z) : x.Adds y z :=
  ⟨x, y, .inl rfl, .inl rfl, .inl h.symm⟩

/-- The terms of the sum `10⁸ + 1 - 10⁸`. -/
@[expose] def terms : List (Datum binary32) := [large, one, large.negate]

/-- From left to right, the sum is zero. -/
theorem sum_zero : SumResult terms (single 0) :=
  .add (.add (.term large) (.term one) (adds (z := large) (by decide +kernel))) (.term large.negate)
    (adds (by decide +kernel))

/-- With the large numbers first, it is one. -/
theorem sum_one : SumResult terms one :=
  .perm (.add (.add (.term large) (.term large.negate) (adds (z := single 0) (by decide +kernel)))
    (.term one) (adds (by decide +kernel))) (.refl _) (.cons _ (.swap _ _ _))

/-- The two results differ. -/
example : single 0 ≠ one := by decide +kernel

/-- A term that is rounded away by the product, but not where it is fused: `(1 + 2⁻¹²)² - (1 + 2⁻¹¹)`. -/
example : DotResult [(single 0x3f800800, single 0x3f800800)] [single 0xbf801000] (single 0) ∧
    DotResult [(single 0x3f800800, single 0x3f800800)] [single 0xbf801000] (single 0x33800000) :=
  ⟨.add (.product ⟨_, _, .inl rfl, .inl rfl, .inl rfl⟩) (.term (single 0xbf801000))
      (adds (by decide +kernel)),
    .fused (.term (single 0xbf801000)) ⟨_, _, _, .inl rfl, .inl rfl, .inl rfl, .inl (by decide +kernel)⟩⟩

/-- A subnormal number, and the zero that it may be flushed to. -/
example : SumResult [single 1, single 1] (single 2) ∧ SumResult [single 1, single 1] (single 0) :=
  ⟨(adds (by decide +kernel) : (single 1).Adds (single 1) (single 2)).sumResult,
    Adds.sumResult ⟨single 0, single 0, .inr (by decide +kernel), .inr (by decide +kernel),
      .inl (by decide +kernel)⟩⟩

/-- The mean of two ones: the sum is divided, or multiplied by one half. -/
example : MeanResult 2 [one, one] one ∧ MeanResult 2 [one, one] one :=
  ⟨.inl ⟨single 0x40000000, (adds (by decide +kernel)).sumResult,
      .inl ⟨_, _, .inl rfl, .inl rfl, .inl (by decide +kernel)⟩⟩,
    .inl ⟨single 0x40000000, (adds (by decide +kernel)).sumResult,
      .inr ⟨_, _, .inl rfl, .inl rfl, .inl (by decide +kernel)⟩⟩⟩

/-- The constants of binary32. -/
example : ((2 ^ 127 : Nat) : Rat) ≤ binary32.largest ∧
    binary32.leastNormal = 1 / ((2 ^ 126 : Nat) : Rat) ∧ binary32.roundoff = 1 / (2 ^ 24 : Nat) :=
  ⟨binary32.pow_le_largest, binary32.leastNormal_eq, rfl⟩

/-- For 784 products and a bias, `γ` is 4.7e-5. -/
theorem gamma : (1 + binary32.roundoff) ^ 786 ≤ 1 + ((47 : Nat) : Rat) / ((1000000 : Nat) : Rat) :=
  Format.roundoff_pow_le (by decide) (by decide +kernel)

/-- It is not 4.6e-5. -/
example : ¬(2 * binary32.binade + 1) ^ 786 * 1000000 ≤
    (1000000 + 46) * (2 * binary32.binade) ^ 786 := by
  decide +kernel

/-- With weights below 1000 and data below 1,000,000, nothing overflows, and all that underflow can do is
below 2⁻⁸⁰. -/
theorem limits : (8 * (785 : Nat) * (1000 + 1) * (1000000 + 1) : Rat) ≤ binary32.largest ∧
    (8 * (785 : Nat) * (1000 + 1) * (1000000 + 1) * binary32.leastNormal : Rat) ≤
      1 / (2 ^ 80 : Nat) := by
  refine ⟨Rat.le_trans ?_ binary32.pow_le_largest, ?_⟩
  · decide +kernel
  · rw [binary32.leastNormal_eq]
    decide +kernel

/-- A layer of 784 weights below 1000 and a bias on exact data below 1,000,000. -/
theorem layer {w x : Nat → Datum binary32} {b r : Datum binary32} {w₀ x₀ : Nat → Rat} {b₀ : Rat}
    (h : DotResult ((List.range 784).map fun i => (w i, x i)) [b] r)
    (hw : ∀ i ∈ List.range 784, (w i).isFinite = true ∧
      Differ (w i).toRat (w₀ i) (binary32.roundoff * (1000 + binary32.leastNormal)))
    (hW : ∀ i ∈ List.range 784, -1000 ≤ w₀ i ∧ w₀ i ≤ 1000)
    (hx : ∀ i ∈ List.range 784, (x i).isFinite = true ∧ Differ (x i).toRat (x₀ i) 0)
    (hX : ∀ i ∈ List.range 784, -1000000 ≤ x₀ i ∧ x₀ i ≤ 1000000)
    (hb : b.isFinite = true ∧ Differ b.toRat b₀ (binary32.roundoff * (1000 + binary32.leastNormal)))
    (hB : -1000 ≤ b₀ ∧ b₀ ≤ 1000) :
    r.isFinite = true ∧ Differ r.toRat (sum 784 (fun i => w₀ i * x₀ i) + b₀)
      (784 * (1000 * (47 / 1000000 * 1000000)) + 47 / 1000000 * 1000 + 1 / (2 ^ 80 : Nat)) := by
  have h1 := DotResult.error (m := [()]) (b := fun _ => b) (b₀ := fun _ => b₀) (n := 785)
    (W := fun _ => 1000) (X := fun _ => 1000000) (e := fun _ => 0) (B := fun _ => 1000) (P := 1000)
    (Q := 1000000) h hw hW hx hX (fun _ _ => hb) (fun _ _ => hB) (by simp) gamma (by decide +kernel)
    (by decide +kernel) (by decide +kernel) (fun _ _ => Rat.le_refl)
    (fun _ _ => by rw [Rat.add_zero]; exact Rat.le_refl) (fun _ _ => Rat.le_refl) limits.2 limits.1
  refine ⟨h1.1, ?_⟩
  have h2 := h1.2
  simp only [total_const, total_cons, total_nil, List.length_range] at h2
  rw [total_range] at h2
  unfold Differ at *
  grind

/-- Pairwise summation of 1024 terms rounds each of them ten times, and 1.2e-6 is enough. -/
example : (1 + binary32.roundoff) ^ (1 + 10 + 1) ≤ 1 + ((12 : Nat) : Rat) / ((10000000 : Nat) : Rat) :=
  Format.roundoff_pow_le (by decide) (by decide +kernel)

end Lemmanet.Test.Runs
