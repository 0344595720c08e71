module

public import Lemmanet.Sound.Runs.DotSteps
public import Lemmanet.Sound.Runs.Near

/-!
# Sums in any order

The error of a sum of `n` products and terms, by any evaluation: at most `(1 + u) ^ n A - M`, where `M`
is the sum of the magnitudes and `A` exceeds it by what underflow and flushing can do. Every addition of
two partial results that are not empty has fewer factors `1 + u` on both sides than the sum has products
and terms.
-/

public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

variable {F : Format}

/-- The exact sum of products and terms. -/
@[expose] def dotValue (products : List (Datum F × Datum F)) (terms : List (Datum F)) : Rat :=
  total (fun p => p.1.toRat * p.2.toRat) products + total Datum.toRat terms

/-- The sum of the magnitudes of products and terms. -/
@[expose] def dotMagnitude (products : List (Datum F × Datum F)) (terms : List (Datum F)) : Rat :=
  total (fun p => magnitude p.1.toRat * magnitude p.2.toRat) products +
    total (fun t => magnitude t.toRat) terms

/-- The sum of the magnitudes of products and terms, and of what underflow and flushing add to it. -/
@[expose] def dotBound (products : List (Datum F × Datum F)) (terms : List (Datum F)) : Rat :=
  total (fun p => magnitude p.1.toRat * magnitude p.2.toRat +
    F.leastNormal * (magnitude p.1.toRat + magnitude p.2.toRat + 4)) products +
    total (fun t => magnitude t.toRat + 4 * F.leastNormal) terms

section Bounds

variable {products products' : List (Datum F × Datum F)} {terms terms' : List (Datum F)}

/-- The bound is not negative. -/
theorem dotBound_nonneg (products : List (Datum F × Datum F)) (terms : List (Datum F)) :
    0 ≤ dotBound products terms := by
  have hη := F.leastNormal_pos
  have h1 : 0 ≤ total (fun p : Datum F × Datum F => magnitude p.1.toRat * magnitude p.2.toRat +
      F.leastNormal * (magnitude p.1.toRat + magnitude p.2.toRat + 4)) products := by
    refine total_nonneg fun p _ => ?_
    have ha := magnitude_nonneg p.1.toRat
    have hb := magnitude_nonneg p.2.toRat
    have h1 := OrderedRing.mul_nonneg ha hb
    have h2 := OrderedRing.mul_nonneg (Rat.le_of_lt hη)
      (show 0 ≤ magnitude p.1.toRat + magnitude p.2.toRat + 4 by grind)
    grind
  have h2 : 0 ≤ total (fun t : Datum F => magnitude t.toRat + 4 * F.leastNormal) terms := by
    refine total_nonneg fun t _ => ?_
    have ha := magnitude_nonneg t.toRat
    grind
  unfold dotBound
  grind

/-- The bound of two sums. -/
theorem dotBound_append (products products' : List (Datum F × Datum F)) (terms terms') :
    dotBound (products ++ products') (terms ++ terms') =
      dotBound products terms + dotBound products' terms' := by
  simp only [dotBound, total_append]
  grind

/-- The magnitude of two sums. -/
theorem dotMagnitude_append (products products' : List (Datum F × Datum F)) (terms terms') :
    dotMagnitude (products ++ products') (terms ++ terms') =
      dotMagnitude products terms + dotMagnitude products' terms' := by
  simp only [dotMagnitude, total_append]
  grind

/-- The exact value of two sums. -/
theorem dotValue_append (products products' : List (Datum F × Datum F)) (terms terms') :
    dotValue (products ++ products') (terms ++ terms') =
      dotValue products terms + dotValue products' terms' := by
  simp only [dotValue, total_append]
  grind

/-- The bound does not depend on the order. -/
theorem dotBound_perm (hp : products.Perm products') (ht : terms.Perm terms') :
    dotBound products terms = dotBound products' terms' := by
  simp only [dotBound, total_perm hp, total_perm ht]

/-- The first of two sums is no larger than both, with more roundings. -/
theorem dotBound_le_left (products products' : List (Datum F × Datum F)) (terms terms' : List (Datum F))
    {k K : Nat} (h : k ≤ K) : (1 + F.roundoff) ^ k * dotBound products terms ≤
      (1 + F.roundoff) ^ K * dotBound (products ++ products') (terms ++ terms') := by
  have h1 := F.one_le_pow K
  have h2 := OrderedRing.mul_nonneg (dotBound_nonneg products terms)
    (show 0 ≤ (1 + F.roundoff) ^ K - (1 + F.roundoff) ^ k by have := F.pow_le_pow h; grind)
  have h3 := OrderedRing.mul_nonneg (show 0 ≤ (1 + F.roundoff) ^ K by grind)
    (dotBound_nonneg products' terms')
  rw [dotBound_append]
  grind

/-- The second of two sums is no larger than both, with more roundings. -/
theorem dotBound_le_right (products products' : List (Datum F × Datum F)) (terms terms' : List (Datum F))
    {k K : Nat} (h : k ≤ K) : (1 + F.roundoff) ^ k * dotBound products' terms' ≤
      (1 + F.roundoff) ^ K * dotBound (products ++ products') (terms ++ terms') := by
  have e := dotBound_append products products' terms terms'
  have e' := dotBound_append products' products terms' terms
  rw [show dotBound (products ++ products') (terms ++ terms') =
    dotBound (products' ++ products) (terms' ++ terms) by grind]
  exact dotBound_le_left products' products terms' terms h

end Bounds

variable [Format.Valid F] {products : List (Datum F × Datum F)} {terms : List (Datum F)} {r : Datum F}

/-- What an evaluation of a sum of finite data ends with, after at most `k` roundings on the way of each
product or term, if nothing overflows: a zero if there is nothing to add, and else what is near the exact
sum. -/
@[expose] def DotNear (k : Nat) (products : List (Datum F × Datum F)) (terms : List (Datum F))
    (r : Datum F) : Prop :=
  (products = [] ∧ terms = [] ∧ r.Is 0) ∨
    (0 < products.length + terms.length ∧
      r.Near (dotValue products terms) (dotMagnitude products terms)
        ((1 + F.roundoff) ^ k * (dotBound products terms - 3 * F.leastNormal)))

omit [Format.Valid F] in
/-- More roundings. -/
theorem DotNear.mono {k k' : Nat} (h : DotNear k products terms r) (hk : k ≤ k') :
    DotNear k' products terms r := by
  rcases h with h | ⟨hn, h⟩
  · exact .inl h
  · obtain ⟨_, _, _, _, _, hM, hS, _⟩ := h.bounds
    have h1 := nonneg_of_mul (show 0 < (1 + F.roundoff) ^ k by have := F.one_le_pow k; grind)
      (Rat.le_trans hM hS)
    exact .inr ⟨hn, h.mono (Rat.mul_le_mul_of_nonneg_right (F.pow_le_pow hk) h1)⟩

/-- One more product. -/
theorem DotNear.fused {k : Nat} {x y z : Datum F} (h : DotNear k products terms r) (hz : x.Fuses y r z)
    (hx : x.isFinite = true) (hy : y.isFinite = true)
    (hl : (1 + F.roundoff) ^ (k + 1) * dotBound ((x, y) :: products) terms ≤ F.largest) :
    DotNear (k + 1) ((x, y) :: products) terms z := by
  refine .inr ⟨by simp only [List.length_cons]; omega, ?_⟩
  have ha := magnitude_nonneg x.toRat
  have hb := magnitude_nonneg y.toRat
  have ev : dotValue ((x, y) :: products) terms = x.toRat * y.toRat + dotValue products terms := by
    simp only [dotValue, total_cons]; grind
  have em : dotMagnitude ((x, y) :: products) terms =
      magnitude x.toRat * magnitude y.toRat + dotMagnitude products terms := by
    simp only [dotMagnitude, total_cons]; grind
  have eb : dotBound ((x, y) :: products) terms = magnitude x.toRat * magnitude y.toRat +
      F.leastNormal * (magnitude x.toRat + magnitude y.toRat + 4) + dotBound products terms := by
    simp only [dotBound, total_cons]; grind
  rw [ev, em, eb, Rat.pow_succ]
  rw [eb, Rat.pow_succ] at hl
  have hg := F.one_le_pow k
  rcases h with ⟨rfl, rfl, hr⟩ | ⟨_, hr⟩
  · have hnear : r.Near 0 0 0 := ⟨0, hr, ⟨by grind, by grind⟩, by grind, by grind⟩
    obtain ⟨h1, h2⟩ := start_bound F.roundoff_pos F.leastNormal_pos hg ha hb
    simp only [dotValue, dotMagnitude, dotBound, total_nil, Rat.add_zero] at hl ⊢
    simpa only [Rat.add_zero] using (hz.near hx hy hnear (Rat.le_trans h2 hl)).mono h1
  · have h1 := fuse_bound (A := dotBound products terms) F.roundoff_pos F.roundoff_le
      F.leastNormal_pos hg ha hb
    have h2 := fuse_limit F.roundoff_pos F.leastNormal_pos hg ha hb (dotBound_nonneg products terms)
    exact (hz.near hx hy hr (Rat.le_trans h2.1 hl)).mono h1

/-- The sum of two results: one rounding more than both, where neither is empty. -/
theorem DotNear.add {products' : List (Datum F × Datum F)} {terms' : List (Datum F)} {k k' K : Nat}
    {q z : Datum F} (h : DotNear k products terms r) (h' : DotNear k' products' terms' q)
    (hz : r.Adds q z) (hk : 0 < products.length + terms.length → k ≤ K)
    (hk' : 0 < products'.length + terms'.length → k' ≤ K)
    (hK : 0 < products.length + terms.length → 0 < products'.length + terms'.length → k < K ∧ k' < K)
    (hl : (1 + F.roundoff) ^ K * dotBound (products ++ products') (terms ++ terms') ≤ F.largest) :
    DotNear K (products ++ products') (terms ++ terms') z := by
  have hη := F.leastNormal_pos
  have hp := OrderedRing.mul_pos (show 0 < (1 + F.roundoff) ^ K by have := F.one_le_pow K; grind) hη
  rcases h with ⟨rfl, rfl, hr⟩ | ⟨hn, hr⟩
  · rcases h' with ⟨rfl, rfl, hq⟩ | ⟨hn', hq⟩
    · exact .inl ⟨rfl, rfl, hz.is_right hr hq (by have := F.one_le_largest; grind)⟩
    · rcases DotNear.mono (.inr ⟨hn', hq⟩) (hk' hn') with ⟨rfl, rfl, _⟩ | ⟨_, hq⟩
      · simp at hn'
      obtain ⟨v, h1, h2, h3, h4, h5, h6, h7⟩ := hq.bounds
      rw [List.nil_append, List.nil_append] at hl ⊢
      exact .inr ⟨hn', v, hz.is_right hr h1 (by grind), h2, h3, h4⟩
  · rcases h' with ⟨rfl, rfl, hq⟩ | ⟨hn', hq⟩
    · rcases DotNear.mono (.inr ⟨hn, hr⟩) (hk hn) with ⟨rfl, rfl, _⟩ | ⟨_, hr⟩
      · simp at hn
      obtain ⟨v, h1, h2, h3, h4, h5, h6, h7⟩ := hr.bounds
      rw [List.append_nil, List.append_nil] at hl ⊢
      exact .inr ⟨hn, v, hz.is_left h1 hq (by grind), h2, h3, h4⟩
    · obtain ⟨hkK, hkK'⟩ := hK hn hn'
      refine .inr ⟨by simp only [List.length_append]; omega, ?_⟩
      rw [dotValue_append, dotMagnitude_append, dotBound_append]
      rw [dotBound_append] at hl
      have hA := dotBound_nonneg products terms
      have hB := dotBound_nonneg products' terms'
      obtain ⟨_, _, _, _, _, hM, hS, _⟩ := hr.bounds
      obtain ⟨_, _, _, _, _, hM', hS', _⟩ := hq.bounds
      have hg : 0 < (1 + F.roundoff) ^ k := by have := F.one_le_pow k; grind
      have hg' : 0 < (1 + F.roundoff) ^ k' := by have := F.one_le_pow k'; grind
      have h1 := nonneg_of_mul hg (Rat.le_trans hM hS)
      have h2 := nonneg_of_mul hg' (Rat.le_trans hM' hS')
      have hgG := F.pow_le_pow hkK
      have hhG := F.pow_le_pow hkK'
      rw [Nat.succ_eq_add_one, Rat.pow_succ, Rat.mul_comm] at hgG hhG
      have hb := join_bound F.roundoff_le hη (F.one_le_pow K) hgG hhG h1 h2
      have hj := join_limit hη hg hg' (F.pow_le_pow (Nat.le_of_lt hkK))
        (F.pow_le_pow (Nat.le_of_lt hkK')) hA hB
      exact (hr.add hq hz (Rat.le_trans hj.1 hl)).mono hb

omit [Format.Valid F] in
/-- The order does not matter. -/
theorem DotNear.perm {products' : List (Datum F × Datum F)} {terms' : List (Datum F)} {k : Nat}
    (h : DotNear k products terms r) (hp : products.Perm products') (ht : terms.Perm terms') :
    DotNear k products' terms' r := by
  have e1 : dotValue products terms = dotValue products' terms' := by
    simp only [dotValue, total_perm hp, total_perm ht]
  have e2 : dotMagnitude products terms = dotMagnitude products' terms' := by
    simp only [dotMagnitude, total_perm hp, total_perm ht]
  rcases h with ⟨rfl, rfl, hr⟩ | hr
  · exact .inl ⟨hp.symm.eq_nil, ht.symm.eq_nil, hr⟩
  · refine .inr ?_
    rwa [← e1, ← e2, ← dotBound_perm hp ht, ← hp.length_eq, ← ht.length_eq]

omit [Format.Valid F] in
/-- What is near is finite, and how far it is away. -/
theorem DotNear.error {k n : Nat} (h : DotNear k products terms r) (hk : k ≤ n) :
    r.isFinite = true ∧ Differ r.toRat (dotValue products terms)
      ((1 + F.roundoff) ^ n * dotBound products terms - dotMagnitude products terms) := by
  have hη := F.leastNormal_pos
  have h1 := F.one_le_pow n
  have h3 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ (1 + F.roundoff) ^ n - 1 by grind)
  rcases h.mono hk with ⟨rfl, rfl, hr⟩ | ⟨_, hr⟩
  · have h0 : r.toRat = 0 := by rcases hr.2 with h | h <;> grind
    refine ⟨hr.1, ?_⟩
    simp only [dotValue, dotMagnitude, dotBound, total_nil, Differ, h0]
    grind
  · obtain ⟨hf, hd⟩ := hr.error
    refine ⟨hf, ?_⟩
    unfold Differ at *
    grind

/-- Every evaluation of a sum of finite data, if nothing overflows. -/
theorem DotResult.near (h : DotResult products terms r)
    (hp : ∀ p ∈ products, p.1.isFinite = true ∧ p.2.isFinite = true)
    (ht : ∀ t ∈ terms, t.isFinite = true)
    (hl : (1 + F.roundoff) ^ (products.length + terms.length) * dotBound products terms ≤ F.largest) :
    DotNear (products.length + terms.length) products terms r := by
  have hu := F.roundoff_pos
  have hη := F.leastNormal_pos
  induction h with
  | zero negative =>
    have hz : (Datum.finite negative 0 : Datum F).isZero = true := rfl
    exact .inl ⟨rfl, rfl, rfl, .inl (Datum.toRat_of_isZero hz).2⟩
  | term x =>
    refine .inr ⟨by simp, ?_⟩
    have h1 := Datum.near_toRat (ht x (by simp))
    have h2 := magnitude_nonneg x.toRat
    have h3 := OrderedRing.mul_nonneg (Rat.le_of_lt hu)
      (show 0 ≤ magnitude x.toRat + F.leastNormal by grind)
    simp only [dotValue, dotMagnitude, dotBound, total_nil, total_cons, Rat.zero_add, Rat.add_zero,
      List.length_nil, List.length_cons, Nat.zero_add, Rat.pow_succ, Rat.pow_zero, Rat.one_mul]
    exact h1.mono (by grind)
  | @product x y r h =>
    refine .inr ⟨by simp, ?_⟩
    obtain ⟨hx, hy⟩ := hp (x, y) (by simp)
    simp only [dotValue, dotMagnitude, dotBound, total_nil, total_cons, Rat.add_zero,
      List.length_nil, List.length_cons, Nat.zero_add, Nat.add_zero, Rat.pow_succ, Rat.pow_zero,
      Rat.one_mul] at hl ⊢
    obtain ⟨h1, h2⟩ := product_bound hu hη (magnitude_nonneg x.toRat) (magnitude_nonneg y.toRat)
    exact (h.near hx hy (Rat.le_trans h2 hl)).mono h1
  | @fused ps ts x y r z h hz ih =>
    obtain ⟨hx, hy⟩ := hp (x, y) (by simp)
    have el : ((x, y) :: ps).length + ts.length = ps.length + ts.length + 1 := by
      simp only [List.length_cons]; omega
    rw [el] at hl ⊢
    refine DotNear.fused (ih (fun p h => hp p (by simp [h])) ht (Rat.le_trans ?_ hl)) hz hx hy hl
    have e : dotBound ((x, y) :: ps) ts = magnitude x.toRat * magnitude y.toRat +
        F.leastNormal * (magnitude x.toRat + magnitude y.toRat + 4) + dotBound ps ts := by
      simp only [dotBound, total_cons]; grind
    rw [e, Rat.pow_succ]
    exact (fuse_limit hu hη (F.one_le_pow _) (magnitude_nonneg _) (magnitude_nonneg _)
      (dotBound_nonneg ps ts)).2
  | @add ps ts ps' ts' r q z h h' hz ih ih' =>
    have el : (ps ++ ps').length + (ts ++ ts').length =
        (ps.length + ts.length) + (ps'.length + ts'.length) := by
      simp only [List.length_append]; omega
    rw [el] at hl ⊢
    exact DotNear.add
      (ih (fun p h => hp p (by simp [h])) (fun t h => ht t (by simp [h]))
        (Rat.le_trans (dotBound_le_left ps ps' ts ts' (by omega)) hl))
      (ih' (fun p h => hp p (by simp [h])) (fun t h => ht t (by simp [h]))
        (Rat.le_trans (dotBound_le_right ps ps' ts ts' (by omega)) hl)) hz
      (fun _ => by omega) (fun _ => by omega) (fun _ _ => by omega) hl
  | @perm ps ts ps' ts' r h hp' ht' ih =>
    rw [← dotBound_perm hp' ht', ← hp'.length_eq, ← ht'.length_eq] at hl
    have h1 := (ih (fun p h => hp p (hp'.subset h)) (fun t h => ht t (ht'.subset h)) hl).perm hp' ht'
    rwa [hp'.length_eq, ht'.length_eq] at h1

/-- The error of every evaluation of a sum of at most `n` finite products and terms. -/
theorem DotResult.error_data {n : Nat} (h : DotResult products terms r)
    (hp : ∀ p ∈ products, p.1.isFinite = true ∧ p.2.isFinite = true)
    (ht : ∀ t ∈ terms, t.isFinite = true) (hn : products.length + terms.length ≤ n)
    (hl : (1 + F.roundoff) ^ n * dotBound products terms ≤ F.largest) :
    r.isFinite = true ∧ Differ r.toRat (dotValue products terms)
      ((1 + F.roundoff) ^ n * dotBound products terms - dotMagnitude products terms) :=
  (h.near hp ht (Rat.le_trans (Rat.mul_le_mul_of_nonneg_right (F.pow_le_pow hn)
    (dotBound_nonneg products terms)) hl)).error hn

end Lemmanet.Float
