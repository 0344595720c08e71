module

public import Lemmanet.Sound.Runs.Error

/-!
# Sums along trees

Better bounds for sums whose order is known in part. `b` products and terms are added in any order, and
the results of such blocks along a tree of depth `d`: then each product and term is rounded `b + d` times
only. With `b = 1` this is pairwise summation, where `d` is the logarithm of the number of terms. Where
the results of `m` blocks are added in any order, it is `b + m - 1` times.
-/

public noncomputable section

namespace Lemmanet.Float

variable {F : Format}

/-- `r` is a result of the sum of products and terms, in blocks of at most `b` of them that are summed in
any order and then added along a tree of depth at most `d`. -/
inductive TreeResult (b : Nat) : Nat → List (Datum F × Datum F) → List (Datum F) → Datum F → Prop
  /-- A block, in any order. -/
  | block (h : DotResult products terms r) (hb : products.length + terms.length ≤ b) :
      TreeResult b d products terms r
  /-- The sum of two results. -/
  | add {r q z : Datum F} (h : TreeResult b d products terms r) (h' : TreeResult b d products' terms' q)
      (hz : r.Adds q z) : TreeResult b (d + 1) (products ++ products') (terms ++ terms') z
  /-- A tree that is less deep. -/
  | less (h : TreeResult b d products terms r) : TreeResult b (d + 1) products terms r
  /-- Which products and terms make a block is left open. -/
  | perm {r : Datum F} (h : TreeResult b d products terms r) (hp : products.Perm products')
      (ht : terms.Perm terms') : TreeResult b d products' terms' r

/-- `r` is a result of the sum of products and terms, in `m` blocks of at most `b` of them that are summed
in any order, and whose results are added in any order. -/
inductive BlockedResult (b : Nat) : Nat → List (Datum F × Datum F) → List (Datum F) → Datum F → Prop
  /-- A block, in any order. -/
  | block (h : DotResult products terms r) (hb : products.length + terms.length ≤ b) :
      BlockedResult b 1 products terms r
  /-- The sum of two results. -/
  | add {r q z : Datum F} (h : BlockedResult b m products terms r)
      (h' : BlockedResult b m' products' terms' q) (hz : r.Adds q z) :
      BlockedResult b (m + m') (products ++ products') (terms ++ terms') z
  /-- Which products and terms make a block is left open. -/
  | perm {r : Datum F} (h : BlockedResult b m products terms r) (hp : products.Perm products')
      (ht : terms.Perm terms') : BlockedResult b m products' terms' r

variable {products : List (Datum F × Datum F)} {terms : List (Datum F)} {r : Datum F} {b d m : Nat}

/-- A deeper tree is allowed. -/
theorem TreeResult.mono {d' : Nat} (h : TreeResult b d products terms r) (hd : d ≤ d') :
    TreeResult b d' products terms r := by
  obtain ⟨j, rfl⟩ := Nat.exists_eq_add_of_le hd
  induction j with
  | zero => exact h
  | succ j ih => exact .less (ih (by omega))

/-- `m` blocks are added along a tree of depth at most `m - 1`. -/
theorem BlockedResult.tree (h : BlockedResult b m products terms r) :
    0 < m ∧ TreeResult b (m - 1) products terms r := by
  induction h with
  | block h hb => exact ⟨by decide, .block h hb⟩
  | @add m ps ts m' ps' ts' r q z _ _ hz ih ih' =>
    refine ⟨by omega, ?_⟩
    have h1 := TreeResult.add (ih.2.mono (d' := m + m' - 2) (by omega)) (ih'.2.mono (by omega)) hz
    exact h1.mono (by omega)
  | perm _ hp ht ih => exact ⟨ih.1, .perm ih.2 hp ht⟩

variable [Format.Valid F]

/-- Every evaluation of a sum of finite data along such a tree, if nothing overflows. -/
theorem TreeResult.near (h : TreeResult b d products terms r)
    (hp : ∀ p ∈ products, p.1.isFinite = true ∧ p.2.isFinite = true)
    (ht : ∀ t ∈ terms, t.isFinite = true)
    (hl : (1 + F.roundoff) ^ (b + d) * dotBound products terms ≤ F.largest) :
    DotNear (b + d) products terms r := by
  induction h with
  | @block ps ts r d h hb =>
    refine DotNear.mono (h.near hp ht (Rat.le_trans (Rat.mul_le_mul_of_nonneg_right (F.pow_le_pow ?_)
      (dotBound_nonneg ps ts)) hl)) ?_ <;> omega
  | @add d ps ts ps' ts' r q z _ _ hz ih ih' =>
    exact DotNear.add
      (ih (fun p h => hp p (by simp [h])) (fun t h => ht t (by simp [h]))
        (Rat.le_trans (dotBound_le_left ps ps' ts ts' (by omega)) hl))
      (ih' (fun p h => hp p (by simp [h])) (fun t h => ht t (by simp [h]))
        (Rat.le_trans (dotBound_le_right ps ps' ts ts' (by omega)) hl)) hz
      (fun _ => by omega) (fun _ => by omega) (fun _ _ => by omega) hl
  | @less d ps ts r _ ih =>
    exact (ih hp ht (Rat.le_trans (Rat.mul_le_mul_of_nonneg_right (F.pow_le_pow (by omega))
      (dotBound_nonneg ps ts)) hl)).mono (by omega)
  | perm _ hp' ht' ih =>
    rw [← dotBound_perm hp' ht'] at hl
    exact (ih (fun p h => hp p (hp'.subset h)) (fun t h => ht t (ht'.subset h)) hl).perm hp' ht'

/-- The error of a sum of products and terms along a tree of depth `d` of blocks of length `b`: as
`DotResult.error`, with `b + d` instead of the number of products and terms in the exponent. -/
theorem TreeResult.error {ι κ : Type} {l : List ι} {m : List κ} {w x : ι → Datum F} {c : κ → Datum F}
    {w₀ W x₀ X e : ι → Rat} {c₀ C : κ → Rat} {n : Nat} {γ τ P Q : Rat}
    (h : TreeResult b d (l.map fun i => (w i, x i)) (m.map c) r)
    (hw : ∀ i ∈ l, (w i).isFinite = true ∧
      Differ (w i).toRat (w₀ i) (F.roundoff * (W i + F.leastNormal)))
    (hW : ∀ i ∈ l, -W i ≤ w₀ i ∧ w₀ i ≤ W i)
    (hx : ∀ i ∈ l, (x i).isFinite = true ∧ Differ (x i).toRat (x₀ i) (e i))
    (hX : ∀ i ∈ l, -X i ≤ x₀ i ∧ x₀ i ≤ X i)
    (hc : ∀ k ∈ m, (c k).isFinite = true ∧
      Differ (c k).toRat (c₀ k) (F.roundoff * (C k + F.leastNormal)))
    (hC : ∀ k ∈ m, -C k ≤ c₀ k ∧ c₀ k ≤ C k)
    (hn : l.length + m.length ≤ n) (hγ : (1 + F.roundoff) ^ (b + d + 1) ≤ 1 + γ) (hγ' : γ ≤ 1)
    (hP : 0 ≤ P) (hQ : 0 ≤ Q) (hWP : ∀ i ∈ l, W i ≤ P) (hXQ : ∀ i ∈ l, X i + e i ≤ Q)
    (hCP : ∀ k ∈ m, C k ≤ P)
    (hτ : 8 * n * (P + 1) * (Q + 1) * F.leastNormal ≤ τ)
    (hV : 8 * n * (P + 1) * (Q + 1) ≤ F.largest) :
    r.isFinite = true ∧
      Differ r.toRat (total (fun i => w₀ i * x₀ i) l + total c₀ m)
        (total (fun i => W i * (e i + γ * (X i + e i))) l + γ * total C m + τ) := by
  refine error_of_data (k := b + d) (fun hl => (h.near ?_ ?_ hl).error (Nat.le_refl _)) hw hW hx hX hc hC hn
    hγ hγ' hP hQ hWP hXQ hCP hτ hV
  · simp only [List.mem_map]
    rintro _ ⟨i, hi, rfl⟩
    exact ⟨(hw i hi).1, (hx i hi).1⟩
  · simp only [List.mem_map]
    rintro _ ⟨k, hk, rfl⟩
    exact (hc k hk).1

end Lemmanet.Float
