module

public import Lemmanet.Sound.Runs.Dot
public import Lemmanet.Sound.Runs.Steps

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

variable {F : Format} [Format.Valid F] {ι κ : Type}

omit [Format.Valid F] in
/-- `(1 + u) ^ n ≤ 1 + num / den`, checked in the natural numbers. -/
theorem Format.roundoff_pow_le {n num den : Nat} (hd : 0 < den)
    (h : (2 * F.binade + 1) ^ n * den ≤ (den + num) * (2 * F.binade) ^ n) :
    (1 + F.roundoff) ^ n ≤ 1 + (num : Rat) / (den : Rat) := by
  have hw : (0 : Rat) < ((2 * F.binade : Nat) : Rat) := by
    have := F.binade_pos
    exact_mod_cast (show 0 < 2 * F.binade by omega)
  have hd' : (0 : Rat) < (den : Rat) := by exact_mod_cast hd
  have hc : ((2 * F.binade + 1 : Nat) : Rat) ^ n * den ≤ (den + num) * ((2 * F.binade : Nat) : Rat) ^ n := by
    exact_mod_cast h
  have e : 1 + F.roundoff = ((2 * F.binade + 1 : Nat) : Rat) / ((2 * F.binade : Nat) : Rat) := by
    unfold roundoff
    rw [Rat.natCast_add]
    grind
  have hp : ∀ k : Nat, (((2 * F.binade + 1 : Nat) : Rat) / ((2 * F.binade : Nat) : Rat)) ^ k =
      ((2 * F.binade + 1 : Nat) : Rat) ^ k / ((2 * F.binade : Nat) : Rat) ^ k := by
    intro k
    induction k with
    | zero => simp only [Rat.pow_zero]; grind
    | succ k ih => rw [Rat.pow_succ, Rat.pow_succ, Rat.pow_succ, ih]; grind
  rw [e, hp]
  have hwn : (0 : Rat) < ((2 * F.binade : Nat) : Rat) ^ n := Rat.pow_pos hw
  refine div_le hwn ?_
  have hq := le_div hd' hc
  have hr : ((den : Rat) + num) * ((2 * F.binade : Nat) : Rat) ^ n / den =
      (1 + (num : Rat) / den) * ((2 * F.binade : Nat) : Rat) ^ n := by grind
  rwa [← hr]

/-- From an error that counts roundings of data to one that counts those of constants, too: `DotResult.error`
for any `r` with the error of a sum in which each product and term is rounded at most `k` times. -/
theorem error_of_data {l : List ι} {m : List κ} {w x : ι → Datum F} {b : κ → Datum F} {r : Datum F}
    {w₀ W x₀ X e : ι → Rat} {b₀ B : κ → Rat} {k n : Nat} {γ τ P Q : Rat}
    (h : (1 + F.roundoff) ^ k * dotBound (l.map fun i => (w i, x i)) (m.map b) ≤ F.largest →
      r.isFinite = true ∧ Differ r.toRat (dotValue (l.map fun i => (w i, x i)) (m.map b))
        ((1 + F.roundoff) ^ k * dotBound (l.map fun i => (w i, x i)) (m.map b) -
          dotMagnitude (l.map fun i => (w i, x i)) (m.map b)))
    (hw : ∀ i ∈ l, (w i).isFinite = true ∧
      Differ (w i).toRat (w₀ i) (F.roundoff * (W i + F.leastNormal)))
    (hW : ∀ i ∈ l, -W i ≤ w₀ i ∧ w₀ i ≤ W i)
    (hx : ∀ i ∈ l, (x i).isFinite = true ∧ Differ (x i).toRat (x₀ i) (e i))
    (hX : ∀ i ∈ l, -X i ≤ x₀ i ∧ x₀ i ≤ X i)
    (hb : ∀ k ∈ m, (b k).isFinite = true ∧
      Differ (b k).toRat (b₀ k) (F.roundoff * (B k + F.leastNormal)))
    (hB : ∀ k ∈ m, -B k ≤ b₀ k ∧ b₀ k ≤ B k)
    (hn : l.length + m.length ≤ n) (hγ : (1 + F.roundoff) ^ (k + 1) ≤ 1 + γ) (hγ' : γ ≤ 1)
    (hP : 0 ≤ P) (hQ : 0 ≤ Q) (hWP : ∀ i ∈ l, W i ≤ P) (hXQ : ∀ i ∈ l, X i + e i ≤ Q)
    (hBP : ∀ k ∈ m, B k ≤ P)
    (hτ : 8 * n * (P + 1) * (Q + 1) * F.leastNormal ≤ τ)
    (hV : 8 * n * (P + 1) * (Q + 1) ≤ F.largest) :
    r.isFinite = true ∧
      Differ r.toRat (total (fun i => w₀ i * x₀ i) l + total b₀ m)
        (total (fun i => W i * (e i + γ * (X i + e i))) l + γ * total B m + τ) := by
  have hη := F.leastNormal_pos
  have hG := F.one_le_pow k
  rw [Rat.pow_succ] at hγ
  have step (i) (hi : i ∈ l) := product_error (e := e i) F.roundoff_pos hη F.leastNormal_le_one hG hγ hγ'
    (bound_nonneg (hW i hi)) (hWP i hi)
    (Rat.add_nonneg (bound_nonneg (hX i hi)) (hx i hi).2.nonneg)
    (hXQ i hi) (magnitude_nonneg (w i).toRat) (magnitude_nonneg (x i).toRat)
    (magnitude_le_of_differ (hw i hi).2 (hW i hi)) (magnitude_le_of_differ (hx i hi).2 (hX i hi))
  have step' (j) (hj : j ∈ m) := term_error F.roundoff_pos hη F.leastNormal_le_one hG hγ hγ'
    (bound_nonneg (hB j hj)) (hBP j hj) hQ (magnitude_le_of_differ (hb j hj).2 (hB j hj))
  have hlen : ((l.length : Rat) + (m.length : Rat)) ≤ n := by exact_mod_cast hn
  have hPQ := OrderedRing.mul_nonneg (show 0 ≤ P + 1 by grind) (show 0 ≤ Q + 1 by grind)
  have h1 := total_le fun i hi => (step i hi).1
  have h2 := total_le fun i hi => (step i hi).2
  have h3 := total_le fun j hj => (step' j hj).1
  have h4 := total_le fun j hj => (step' j hj).2
  have h5 := total_differ fun i hi => (hw i hi).2.mul (hx i hi).2 (hW i hi) (hX i hi)
  have h6 := total_differ fun j hj => (hb j hj).2
  have h7 := h
  simp only [dotValue, dotMagnitude, dotBound, total_map] at h7
  simp only [total_add, total_sub, total_mul_left, total_const] at h1 h2 h3 h4 h5 h6 h7
  have h8 := OrderedRing.mul_nonneg (show 0 ≤ (n : Rat) - (l.length + m.length) by grind) hPQ
  have h9 := OrderedRing.mul_nonneg h8 (Rat.le_of_lt hη)
  clear step step' hw hx hb hW hX hB hWP hXQ hBP h hγ hγ' hP hQ hPQ hn hG hlen
  generalize (1 + F.roundoff) ^ k = G at *
  obtain ⟨hf, hd⟩ := h7 (by grind)
  refine ⟨hf, ?_⟩
  unfold Differ at *
  constructor <;> grind

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
  refine error_of_data (k := n) (fun hl => h.error_data ?_ ?_ ?_ hl) hw hW hx hX hb hB hn hγ hγ' hP hQ hWP
    hXQ hBP hτ hV
  · simp only [List.mem_map]
    rintro _ ⟨i, hi, rfl⟩
    exact ⟨(hw i hi).1, (hx i hi).1⟩
  · simp only [List.mem_map]
    rintro _ ⟨k, hk, rfl⟩
    exact (hb k hk).1
  · simpa only [List.length_map] using hn

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
  have hη := F.leastNormal_pos
  have hG := F.one_le_pow n
  have step (i) (hi : i ∈ l) := datum_error (e := e i) hη F.leastNormal_le_one hG hγ hγ'
    (Rat.add_nonneg (bound_nonneg (hX i hi)) (hx i hi).2.nonneg) (hXQ i hi)
    (magnitude_le_of_differ (hx i hi).2 (hX i hi))
  have hlen : (l.length : Rat) ≤ n := by exact_mod_cast hn
  have h1 := total_le fun i hi => (step i hi).1
  have h2 := total_le fun i hi => (step i hi).2
  have h3 := total_differ fun i hi => (hx i hi).2
  have h4 := h.error_data (n := n) (by simp)
    (by simp only [List.mem_map]; rintro _ ⟨i, hi, rfl⟩; exact (hx i hi).1)
    (by simpa only [List.length_map, List.length_nil, Nat.zero_add] using hn)
  simp only [dotValue, dotMagnitude, dotBound, total_map, total_nil] at h4
  simp only [total_add, total_sub, total_mul_left, total_const] at h1 h2 h3 h4 ⊢
  have h5 := OrderedRing.mul_nonneg (show 0 ≤ (n : Rat) - l.length by grind) (show 0 ≤ Q + 1 by grind)
  have h6 := OrderedRing.mul_nonneg h5 (Rat.le_of_lt hη)
  clear step hx hX hXQ h hγ hγ' hQ hn hG hlen
  generalize (1 + F.roundoff) ^ n = G at *
  obtain ⟨hf, hd⟩ := h4 (by grind)
  refine ⟨hf, ?_⟩
  unfold Differ at *
  constructor <;> grind

omit [Format.Valid F] in
/-- A single product (`LeakyRelu` where it is negative) is the case of one product without terms. -/
theorem Datum.Multiplies.dotResult {x y z : Datum F} (h : x.Multiplies y z) : DotResult [(x, y)] [] z :=
  .product h

end Lemmanet.Float
