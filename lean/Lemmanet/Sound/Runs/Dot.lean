module

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

theorem dotBound_append (products products' : List (Datum F × Datum F)) (terms terms') :
    dotBound (products ++ products') (terms ++ terms') =
      dotBound products terms + dotBound products' terms' := by
  simp only [dotBound, total_append]
  grind

theorem dotMagnitude_append (products products' : List (Datum F × Datum F)) (terms terms') :
    dotMagnitude (products ++ products') (terms ++ terms') =
      dotMagnitude products terms + dotMagnitude products' terms' := by
  simp only [dotMagnitude, total_append]
  grind

theorem dotValue_append (products products' : List (Datum F × Datum F)) (terms terms') :
    dotValue (products ++ products') (terms ++ terms') =
      dotValue products terms + dotValue products' terms' := by
  simp only [dotValue, total_append]
  grind

end Bounds

/-! ## The bounds of single steps, as inequalities of rational numbers -/

section Steps

variable {u η a b g h G A B : Rat}

private theorem nonneg_of_mul (hg : 0 < g) (h : 0 ≤ g * A) : 0 ≤ A := Rat.not_lt.1 fun hlt => by
  have := OrderedRing.mul_lt_mul_of_pos_left hlt hg
  grind

/-- A product. -/
private theorem product_bound (hu : 0 < u) (hη : 0 < η) (ha : 0 ≤ a) (hb : 0 ≤ b) :
    (1 + u) * (a * b) + η * (a + b + u) ≤ (1 + u) * (a * b + η * (a + b + 4) - 3 * η) ∧
      a * b ≤ (1 + u) * (a * b + η * (a + b + 4)) := by
  have h0 := OrderedRing.mul_nonneg ha hb
  have h1 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ a + b by grind)
  have h2 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) h0
  have h3 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) h1
  have h4 := OrderedRing.mul_pos hu hη
  grind

/-- A product that is fused with nothing. -/
private theorem start_bound (hu : 0 < u) (hη : 0 < η) (ha : 0 ≤ a) (hb : 0 ≤ b) :
    (1 + u) * (a * b + 0) + η * (a + b + 1 + u) ≤ (1 + u) * (a * b + η * (a + b + 4) - 3 * η) ∧
      a * b + 0 ≤ (1 + u) * (a * b + η * (a + b + 4)) := by
  have h0 := OrderedRing.mul_nonneg ha hb
  have h1 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ a + b by grind)
  have h2 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) h0
  have h3 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) h1
  have h4 := OrderedRing.mul_pos hu hη
  grind

/-- A product that is fused into a partial result. -/
private theorem fuse_bound (hu : 0 < u) (hu' : u ≤ 1 / 8) (hη : 0 < η) (hg : 1 ≤ g) (ha : 0 ≤ a)
    (hb : 0 ≤ b) :
    (1 + u) * (a * b + g * (A - 3 * η)) + η * (a + b + 1 + u) ≤
      g * (1 + u) * (a * b + η * (a + b + 4) + A - 3 * η) := by
  have hab := OrderedRing.mul_nonneg ha hb
  have h1 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ a + b + 4 by grind)
  have h2 : 0 ≤ g * (1 + u) - 1 := by
    have := OrderedRing.mul_nonneg (Rat.le_of_lt hu) (show 0 ≤ g by grind)
    grind
  have h3 := OrderedRing.mul_nonneg hab
    (OrderedRing.mul_nonneg (show 0 ≤ 1 + u by grind) (show 0 ≤ g - 1 by grind))
  have h4 := OrderedRing.mul_nonneg h1 h2
  have h5 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ 1 / 8 - u by grind)
  grind

/-- What is fused and its result are no larger than the bound of the result. -/
private theorem fuse_limit (hu : 0 < u) (hη : 0 < η) (hg : 1 ≤ g) (ha : 0 ≤ a) (hb : 0 ≤ b)
    (hA : 0 ≤ A) :
    a * b + g * (A - 3 * η) ≤ g * (1 + u) * (a * b + η * (a + b + 4) + A) ∧
      g * A ≤ g * (1 + u) * (a * b + η * (a + b + 4) + A) := by
  have hab := OrderedRing.mul_nonneg ha hb
  have h1 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ a + b + 4 by grind)
  have h2 := OrderedRing.mul_nonneg (OrderedRing.mul_nonneg (show 0 ≤ g by grind) (Rat.le_of_lt hu))
    (show 0 ≤ a * b + η * (a + b + 4) + A by grind)
  have h3 := OrderedRing.mul_nonneg (show 0 ≤ g - 1 by grind)
    (show 0 ≤ a * b + η * (a + b + 4) by grind)
  have h4 := OrderedRing.mul_nonneg (show 0 ≤ g by grind) (Rat.le_of_lt hη)
  grind

/-- Two partial results that are not empty. -/
private theorem join_bound (hu' : u ≤ 1 / 8) (hη : 0 < η) (hG : 1 ≤ G) (hgG : (1 + u) * g ≤ G)
    (hhG : (1 + u) * h ≤ G) (hA : 0 ≤ A - 3 * η) (hB : 0 ≤ B - 3 * η) :
    (1 + u) * (g * (A - 3 * η) + h * (B - 3 * η)) + η * (2 + u) ≤ G * (A + B - 3 * η) := by
  have h1 := OrderedRing.mul_nonneg hA (show 0 ≤ G - (1 + u) * g by grind)
  have h2 := OrderedRing.mul_nonneg hB (show 0 ≤ G - (1 + u) * h by grind)
  have h3 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ G - 1 by grind)
  have h4 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ 1 / 8 - u by grind)
  grind

/-- Partial results are no larger than the bound of their sum. -/
private theorem join_limit (hη : 0 < η) (hg : 0 < g) (hh : 0 < h) (hgG : g ≤ G) (hhG : h ≤ G)
    (hA : 0 ≤ A) (hB : 0 ≤ B) :
    g * (A - 3 * η) + h * (B - 3 * η) ≤ G * (A + B) ∧ g * A ≤ G * (A + B) ∧ h * B ≤ G * (A + B) := by
  have h1 := OrderedRing.mul_nonneg hA (show 0 ≤ G - g by grind)
  have h2 := OrderedRing.mul_nonneg hB (show 0 ≤ G - h by grind)
  have h3 := OrderedRing.mul_pos hg hη
  have h4 := OrderedRing.mul_pos hh hη
  have h5 := OrderedRing.mul_nonneg (show 0 ≤ G by grind) hA
  have h6 := OrderedRing.mul_nonneg (show 0 ≤ G by grind) hB
  grind

end Steps

variable [Format.Valid F] {products : List (Datum F × Datum F)} {terms : List (Datum F)} {r : Datum F}

/-- What an evaluation of a sum of finite data ends with, if nothing overflows: a zero if there is
nothing to add, and else what is near the exact sum. -/
@[expose] def DotNear (products : List (Datum F × Datum F)) (terms : List (Datum F)) (r : Datum F) :
    Prop :=
  (products = [] ∧ terms = [] ∧ r.Is 0) ∨
    (0 < products.length + terms.length ∧
      r.Near (dotValue products terms) (dotMagnitude products terms)
        ((1 + F.roundoff) ^ (products.length + terms.length) *
          (dotBound products terms - 3 * F.leastNormal)))

private theorem DotNear.fused {x y z : Datum F} (h : DotNear products terms r) (hz : x.Fuses y r z)
    (hx : x.isFinite = true) (hy : y.isFinite = true)
    (hl : (1 + F.roundoff) ^ (((x, y) :: products).length + terms.length) *
      dotBound ((x, y) :: products) terms ≤ F.largest) :
    DotNear ((x, y) :: products) terms z := by
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
  have el : ((x, y) :: products).length + terms.length = products.length + terms.length + 1 := by
    simp only [List.length_cons]; omega
  rw [ev, em, eb, el, Rat.pow_succ]
  rw [eb, el, Rat.pow_succ] at hl
  rcases h with ⟨rfl, rfl, hr⟩ | ⟨_, hr⟩
  · have hnear : r.Near 0 0 0 := ⟨0, hr, ⟨by grind, by grind⟩, by grind, by grind⟩
    obtain ⟨h1, h2⟩ := start_bound F.roundoff_pos F.leastNormal_pos ha hb
    simp only [dotValue, dotMagnitude, dotBound, total_nil, List.length_nil, Rat.add_zero, Nat.add_zero,
      Rat.pow_zero, Rat.one_mul] at hl ⊢
    simpa only [Rat.add_zero] using (hz.near hx hy hnear (Rat.le_trans h2 hl)).mono h1
  · have hg := F.one_le_pow (products.length + terms.length)
    have h1 := fuse_bound (A := dotBound products terms) F.roundoff_pos F.roundoff_le F.leastNormal_pos
      hg ha hb
    have h2 := fuse_limit F.roundoff_pos F.leastNormal_pos hg ha hb (dotBound_nonneg products terms)
    exact (hz.near hx hy hr (Rat.le_trans h2.1 hl)).mono h1

private theorem DotNear.add {products' : List (Datum F × Datum F)} {terms' : List (Datum F)}
    {q z : Datum F} (h : DotNear products terms r) (h' : DotNear products' terms' q) (hz : r.Adds q z)
    (hl : (1 + F.roundoff) ^ ((products ++ products').length + (terms ++ terms').length) *
      dotBound (products ++ products') (terms ++ terms') ≤ F.largest) :
    DotNear (products ++ products') (terms ++ terms') z := by
  have hη := F.leastNormal_pos
  rcases h with ⟨rfl, rfl, hr⟩ | ⟨hn, hr⟩
  · rcases h' with ⟨rfl, rfl, hq⟩ | ⟨hn', hq⟩
    · exact .inl ⟨rfl, rfl, hz.is_right hr hq (by have := F.one_le_largest; grind)⟩
    · refine .inr ⟨hn', ?_⟩
      obtain ⟨v, h1, h2, h3, h4, h5, h6, h7⟩ := hq.bounds
      have hp := OrderedRing.mul_pos (show 0 < (1 + F.roundoff) ^ (products'.length + terms'.length) by
        have := F.one_le_pow (products'.length + terms'.length); grind) hη
      rw [List.nil_append, List.nil_append] at hl
      exact ⟨v, hz.is_right hr h1 (by grind), h2, h3, h4⟩
  · rcases h' with ⟨rfl, rfl, hq⟩ | ⟨hn', hq⟩
    · rw [List.append_nil, List.append_nil] at hl ⊢
      refine .inr ⟨hn, ?_⟩
      obtain ⟨v, h1, h2, h3, h4, h5, h6, h7⟩ := hr.bounds
      have hp := OrderedRing.mul_pos (show 0 < (1 + F.roundoff) ^ (products.length + terms.length) by
        have := F.one_le_pow (products.length + terms.length); grind) hη
      exact ⟨v, hz.is_left h1 hq (by grind), h2, h3, h4⟩
    · have el : (products ++ products').length + (terms ++ terms').length =
          (products.length + terms.length) + (products'.length + terms'.length) := by
        simp only [List.length_append]; omega
      refine .inr ⟨by omega, ?_⟩
      rw [dotValue_append, dotMagnitude_append, dotBound_append, el]
      rw [dotBound_append, el] at hl
      have hA := dotBound_nonneg products terms
      have hB := dotBound_nonneg products' terms'
      generalize products.length + terms.length = n at *
      generalize products'.length + terms'.length = n' at *
      obtain ⟨_, _, _, _, _, hM, hS, _⟩ := hr.bounds
      obtain ⟨_, _, _, _, _, hM', hS', _⟩ := hq.bounds
      have hg := F.one_le_pow n
      have hg' := F.one_le_pow n'
      have h1 := nonneg_of_mul (show 0 < (1 + F.roundoff) ^ n by grind) (Rat.le_trans hM hS)
      have h2 := nonneg_of_mul (show 0 < (1 + F.roundoff) ^ n' by grind) (Rat.le_trans hM' hS')
      have hgG := F.pow_le_pow (show n + 1 ≤ n + n' by omega)
      have hhG := F.pow_le_pow (show n' + 1 ≤ n + n' by omega)
      rw [Rat.pow_succ, Rat.mul_comm] at hgG hhG
      have hb := join_bound F.roundoff_le hη (F.one_le_pow (n + n')) hgG hhG h1 h2
      have hj := join_limit hη (show 0 < (1 + F.roundoff) ^ n by grind)
        (show 0 < (1 + F.roundoff) ^ n' by grind) (F.pow_le_pow (show n ≤ n + n' by omega))
        (F.pow_le_pow (show n' ≤ n + n' by omega)) hA hB
      exact (hr.add hq hz (Rat.le_trans hj.1 hl)).mono hb

/-- Every evaluation of a sum of finite data, if nothing overflows. -/
theorem DotResult.near (h : DotResult products terms r)
    (hp : ∀ p ∈ products, p.1.isFinite = true ∧ p.2.isFinite = true)
    (ht : ∀ t ∈ terms, t.isFinite = true)
    (hl : (1 + F.roundoff) ^ (products.length + terms.length) * dotBound products terms ≤ F.largest) :
    DotNear products terms r := by
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
    refine DotNear.fused (ih (fun p h => hp p (by simp [h])) ht (Rat.le_trans ?_ hl)) hz hx hy hl
    have e : dotBound ((x, y) :: ps) ts = magnitude x.toRat * magnitude y.toRat +
        F.leastNormal * (magnitude x.toRat + magnitude y.toRat + 4) + dotBound ps ts := by
      simp only [dotBound, total_cons]; grind
    have el : ((x, y) :: ps).length + ts.length = ps.length + ts.length + 1 := by
      simp only [List.length_cons]; omega
    rw [e, el, Rat.pow_succ]
    exact (fuse_limit hu hη (F.one_le_pow _) (magnitude_nonneg _) (magnitude_nonneg _)
      (dotBound_nonneg ps ts)).2
  | @add ps ts ps' ts' r q z h h' hz ih ih' =>
    have hj := join_limit hη
      (show 0 < (1 + F.roundoff) ^ (ps.length + ts.length) by
        have := F.one_le_pow (ps.length + ts.length); grind)
      (show 0 < (1 + F.roundoff) ^ (ps'.length + ts'.length) by
        have := F.one_le_pow (ps'.length + ts'.length); grind)
      (F.pow_le_pow (show _ ≤ (ps ++ ps').length + (ts ++ ts').length by
        simp only [List.length_append]; omega))
      (F.pow_le_pow (show _ ≤ (ps ++ ps').length + (ts ++ ts').length by
        simp only [List.length_append]; omega)) (dotBound_nonneg ps ts) (dotBound_nonneg ps' ts')
    rw [← dotBound_append] at hj
    exact DotNear.add (ih (fun p h => hp p (by simp [h])) (fun t h => ht t (by simp [h]))
      (Rat.le_trans hj.2.1 hl)) (ih' (fun p h => hp p (by simp [h])) (fun t h => ht t (by simp [h]))
      (Rat.le_trans hj.2.2 hl)) hz hl
  | @perm ps ts ps' ts' r h hp' ht' ih =>
    have e1 : dotValue ps ts = dotValue ps' ts' := by
      simp only [dotValue, total_perm hp', total_perm ht']
    have e2 : dotMagnitude ps ts = dotMagnitude ps' ts' := by
      simp only [dotMagnitude, total_perm hp', total_perm ht']
    have e3 : dotBound ps ts = dotBound ps' ts' := by
      simp only [dotBound, total_perm hp', total_perm ht']
    rw [← e3, ← hp'.length_eq, ← ht'.length_eq] at hl
    rcases ih (fun p h => hp p (hp'.subset h)) (fun t h => ht t (ht'.subset h)) hl with
      ⟨rfl, rfl, hr⟩ | hr
    · exact .inl ⟨hp'.symm.eq_nil, ht'.symm.eq_nil, hr⟩
    · refine .inr ?_
      rwa [← e1, ← e2, ← e3, ← hp'.length_eq, ← ht'.length_eq]

/-- The error of every evaluation of a sum of at most `n` finite products and terms. -/
theorem DotResult.error_data {n : Nat} (h : DotResult products terms r)
    (hp : ∀ p ∈ products, p.1.isFinite = true ∧ p.2.isFinite = true)
    (ht : ∀ t ∈ terms, t.isFinite = true) (hn : products.length + terms.length ≤ n)
    (hl : (1 + F.roundoff) ^ n * dotBound products terms ≤ F.largest) :
    r.isFinite = true ∧ Differ r.toRat (dotValue products terms)
      ((1 + F.roundoff) ^ n * dotBound products terms - dotMagnitude products terms) := by
  have hη := F.leastNormal_pos
  have hA := dotBound_nonneg products terms
  have h1 := F.one_le_pow (products.length + terms.length)
  have h2 := OrderedRing.mul_nonneg hA (show 0 ≤ (1 + F.roundoff) ^ n -
    (1 + F.roundoff) ^ (products.length + terms.length) by have := F.pow_le_pow hn; grind)
  have h3 := OrderedRing.mul_nonneg (Rat.le_of_lt hη)
    (show 0 ≤ (1 + F.roundoff) ^ (products.length + terms.length) - 1 by grind)
  rcases h.near hp ht (by grind) with ⟨rfl, rfl, hr⟩ | ⟨_, hr⟩
  · have h0 : r.toRat = 0 := by rcases hr.2 with h | h <;> grind
    refine ⟨hr.1, ?_⟩
    simp only [dotValue, dotMagnitude, dotBound, total_nil, Differ, h0]
    grind
  · obtain ⟨hf, hd⟩ := hr.error
    refine ⟨hf, ?_⟩
    unfold Differ at *
    grind

end Lemmanet.Float
