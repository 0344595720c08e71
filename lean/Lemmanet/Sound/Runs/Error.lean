module

public import Lemmanet.Sound.Runs.Dot

/-!
# What a floating-point sum differs by

The theorems that bounds of runs are made from. `u` is the unit roundoff `F.roundoff`, `η` the least
normal number `F.leastNormal`. A sum of `n` products and terms is computed with a relative error of at
most `γ` for `(1 + u) ^ n ≤ 1 + γ`; one factor `1 + u` more pays for rounding the constants. All that
underflow and flushing to zero can do is in one absolute term `τ`, and that nothing overflows is one
inequality: with `P` and `Q` above all magnitudes of weights and data, and `V = 8 n (P + 1) (Q + 1)`,
these are `V η ≤ τ` and `V ≤ F.largest`.
-/

public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

/-! ## One product and one term, as inequalities of rational numbers -/

section Steps

variable {u η G γ P Q W X e B a b : Rat}

/-- The error of one product of rounded weight and datum. -/
private theorem product_error (hu : 0 < u) (hη : 0 < η) (hη' : η ≤ 1) (hG : 1 ≤ G)
    (hγ : G * (1 + u) ≤ 1 + γ) (hγ' : γ ≤ 1) (hW : 0 ≤ W) (hWP : W ≤ P) (hX : 0 ≤ X) (he : 0 ≤ e)
    (hXQ : X + e ≤ Q) (ha : 0 ≤ a) (hb : 0 ≤ b) (haW : a ≤ W + u * (W + η)) (hbX : b ≤ X + e) :
    G * (a * b + η * (a + b + 4)) - a * b + (u * (W + η) * (X + e) + W * e) ≤
        W * (e + γ * (X + e)) + 8 * (P + 1) * (Q + 1) * η ∧
      G * (a * b + η * (a + b + 4)) ≤ 8 * (P + 1) * (Q + 1) := by
  sorry

/-- The error of one rounded term. -/
private theorem term_error (hu : 0 < u) (hη : 0 < η) (hη' : η ≤ 1) (hG : 1 ≤ G)
    (hγ : G * (1 + u) ≤ 1 + γ) (hγ' : γ ≤ 1) (hB : 0 ≤ B) (hBP : B ≤ P) (hQ : 0 ≤ Q) (ha : 0 ≤ a)
    (haB : a ≤ B + u * (B + η)) :
    G * (a + 4 * η) - a + u * (B + η) ≤ γ * B + 8 * (P + 1) * (Q + 1) * η ∧
      G * (a + 4 * η) ≤ 8 * (P + 1) * (Q + 1) := by
  sorry

/-- The error of one term of a sum. -/
private theorem datum_error (hη : 0 < η) (hη' : η ≤ 1) (hG : 1 ≤ G)
    (hγ : G ≤ 1 + γ) (hγ' : γ ≤ 1) (hX : 0 ≤ X) (he : 0 ≤ e) (hXQ : X + e ≤ Q) (hbX : b ≤ X + e) :
    G * (b + 4 * η) - b + e ≤ e + γ * (X + e) + 8 * (Q + 1) * η ∧
      G * (b + 4 * η) ≤ 8 * (Q + 1) := by
  sorry

end Steps

variable {F : Format} [Format.Valid F] {ι κ : Type}

/-- `(1 + u) ^ n ≤ 1 + num / den`, checked in the natural numbers. -/
theorem Format.roundoff_pow_le {n num den : Nat} (hd : 0 < den)
    (h : (2 * F.binade + 1) ^ n * den ≤ (den + num) * (2 * F.binade) ^ n) :
    (1 + F.roundoff) ^ n ≤ 1 + (num : Rat) / (den : Rat) := by
  exact pending _

/-- A sum of products and terms. Weights `w i` and terms `b k` are numbers next to exact ones `w₀ i` and
`b₀ k` of magnitudes at most `W i` and `B k`; data `x i` differ from exact `x₀ i`, of magnitudes at most
`X i`, by at most `e i`. -/
theorem DotResult.error {l : List ι} {m : List κ} {w x : ι → Datum F} {b : κ → Datum F} {r : Datum F}
    {w₀ W x₀ X e : ι → Rat} {b₀ B : κ → Rat} {n : Nat} {γ τ P Q : Rat}
    (h : DotResult (l.map fun i => (w i, x i)) (m.map b) r)
    (hw : ∀ i ∈ l, (w i).isFinite = true ∧
      Differ (w i).toRat (w₀ i) (F.roundoff * (W i + F.leastNormal)))
    (hW : ∀ i ∈ l, -W i ≤ w₀ i ∧ w₀ i ≤ W i)
    (hx : ∀ i ∈ l, (x i).isFinite = true ∧ Differ (x i).toRat (x₀ i) (e i))
    (hX : ∀ i ∈ l, -X i ≤ x₀ i ∧ x₀ i ≤ X i)
    (hb : ∀ k ∈ m, (b k).isFinite = true ∧
      Differ (b k).toRat (b₀ k) (F.roundoff * (B k + F.leastNormal)))
    (hB : ∀ k ∈ m, -B k ≤ b₀ k ∧ b₀ k ≤ B k)
    (hn : l.length + m.length ≤ n) (hγ : (1 + F.roundoff) ^ (n + 1) ≤ 1 + γ) (hγ' : γ ≤ 1)
    (hP : 0 ≤ P) (hQ : 0 ≤ Q) (hWP : ∀ i ∈ l, W i ≤ P) (hXQ : ∀ i ∈ l, X i + e i ≤ Q)
    (hBP : ∀ k ∈ m, B k ≤ P)
    (hτ : 8 * n * (P + 1) * (Q + 1) * F.leastNormal ≤ τ)
    (hV : 8 * n * (P + 1) * (Q + 1) ≤ F.largest) :
    r.isFinite = true ∧
      Differ r.toRat (total (fun i => w₀ i * x₀ i) l + total b₀ m)
        (total (fun i => W i * (e i + γ * (X i + e i))) l + γ * total B m + τ) := by
  exact pending _

/-- A sum of terms: data `x i` that differ from exact `x₀ i`, of magnitudes at most `X i`, by at most
`e i`. Sums of two (`Datum.Adds.sumResult`) are the case `n = 2`. -/
theorem SumResult.error {l : List ι} {x : ι → Datum F} {r : Datum F} {x₀ X e : ι → Rat} {n : Nat}
    {γ τ Q : Rat} (h : SumResult (l.map x) r)
    (hx : ∀ i ∈ l, (x i).isFinite = true ∧ Differ (x i).toRat (x₀ i) (e i))
    (hX : ∀ i ∈ l, -X i ≤ x₀ i ∧ x₀ i ≤ X i)
    (hn : l.length ≤ n) (hγ : (1 + F.roundoff) ^ n ≤ 1 + γ) (hγ' : γ ≤ 1)
    (hQ : 0 ≤ Q) (hXQ : ∀ i ∈ l, X i + e i ≤ Q)
    (hτ : 8 * n * (Q + 1) * F.leastNormal ≤ τ) (hV : 8 * n * (Q + 1) ≤ F.largest) :
    r.isFinite = true ∧
      Differ r.toRat (total x₀ l) (total (fun i => e i + γ * (X i + e i)) l + τ) := by
  exact pending _

omit [Format.Valid F] in
/-- A single product (`LeakyRelu` where it is negative) is the case of one product without terms. -/
theorem Datum.Multiplies.dotResult {x y z : Datum F} (h : x.Multiplies y z) : DotResult [(x, y)] [] z :=
  .product h

end Lemmanet.Float
