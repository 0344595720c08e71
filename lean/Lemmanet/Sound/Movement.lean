module

public import Lemmanet.Exec.Movement
public import Lemmanet.Sound.Elementwise
public import Lemmanet.Sound.Flat

/-!
# Checks of operators that move entries are sound

What an accepted check gives: `Op.Maps` for reshape, transpose, slice, pad and concat.
-/

public noncomputable section

namespace Lemmanet

variable {s t u : Shape}

/-! ## Reshape -/

/-- What `sameLiterals` decides. -/
theorem sameLiterals_eq {xs ys : List Nat} (h : sameLiterals xs ys = true) : xs = ys := by
  induction xs generalizing ys with
  | nil => cases ys <;> simp_all [sameLiterals]
  | cons x xs ih =>
    cases ys with
    | nil => simp [sameLiterals] at h
    | cons y ys =>
      simp only [sameLiterals, Bool.and_eq_true, Nat.beq_eq] at h
      rw [h.1, ih h.2]

/-- Boxes with the same data have the same ends. -/
theorem Box.val_of_sameData {α : Type} [OrderedField α] {x : Box s} {y : Box t}
    (h : x.sameData y = true) (k : Nat) :
    (y.lo.val k : α) = x.lo.val k ∧ (y.hi.val k : α) = x.hi.val k := by
  obtain ⟨d, w, l, lp, ln, hp, hn⟩ := x
  obtain ⟨d', w', l', lp', ln', hp', hn'⟩ := y
  simp only [sameData, Bool.and_eq_true, Nat.beq_eq] at h
  obtain ⟨⟨⟨⟨⟨⟨rfl, rfl⟩, rfl⟩, h1⟩, h2⟩, h3⟩, h4⟩ := h
  obtain rfl := sameLiterals_eq h1
  obtain rfl := sameLiterals_eq h2
  obtain rfl := sameLiterals_eq h3
  obtain rfl := sameLiterals_eq h4
  exact ⟨rfl, rfl⟩

/-- `reshapeCheck` is sound. -/
theorem reshape_maps {h : Shape.size s = Shape.size t} {x : Box s} {y : Box t}
    (hc : reshapeCheck x y = true) : (Op.reshape h).Maps (x, ()) y := by
  intro α _ _ ⟨v, _⟩ ⟨hv, _⟩ k hk
  have hk' : k < Shape.size s := h ▸ hk
  simp only [Op.denote, Tensor.at_ofFn hk]
  simp only [reshapeCheck, Bool.or_eq_true, Bool.and_eq_true, allBelow_iff] at hc
  rcases hc with hc | ⟨⟨hx, hy⟩, hc⟩
  · obtain ⟨h1, h2⟩ := Box.val_of_sameData (α := α) hc k
    rw [h1, h2]
    exact hv k hk'
  · exact Flat.mem_of_within hx hy (hc k hk') (hv k hk')

/-! ## The walk through a tensor -/

/-- The flat index that contributions of the coordinates `cs` add up to. -/
@[expose] def sourceOf : List Source → Option Nat → List Nat → Option Nat
  | f :: fs, i, c :: cs => sourceOf fs (addSource i (f c)) cs
  | _, i, _ => i

/-- There is a coordinate for each axis. -/
theorem Shape.length_unravel (t : Shape) (k : Nat) : (Shape.unravel t k).length = t.length := by
  induction t with
  | nil => rfl
  | cons d t ih => simp [Shape.unravel, ih]

/-- An accepted walk has one source for each axis and tests every entry. -/
theorem walk_apply {p : Option Nat → Nat → Bool} {fs : List Source} {i : Option Nat} {k₀ : Nat}
    (h : walk p t fs i k₀ = true) (k : Nat) (ht : 0 < Shape.size t) :
    fs.length = t.length ∧
      p (sourceOf fs i (Shape.unravel t k)) (k₀ + k % Shape.size t) = true := by
  induction t generalizing fs i k₀ with
  | nil =>
    cases fs with
    | nil => exact ⟨rfl, by simpa [walk, sourceOf, Shape.size, Nat.mod_one] using h⟩
    | cons f fs => simp [walk] at h
  | cons d t ih =>
    cases fs with
    | nil => simp [walk] at h
    | cons f fs =>
      simp only [walk, allBelow_iff, Nat.add_eq, Nat.mul_eq] at h
      have hd : 0 < d := Nat.pos_of_mul_pos_right ht
      have ht' : 0 < Shape.size t := Nat.pos_of_mul_pos_left ht
      obtain ⟨hl, hp⟩ := ih (h _ (Nat.mod_lt (k / Shape.size t) hd)) ht'
      refine ⟨by simp [hl], ?_⟩
      simp only [Shape.unravel, sourceOf, Shape.size]
      rw [Nat.mul_comm d, Nat.mod_mul, Nat.mul_comm (Shape.size t), Nat.add_comm (k % _),
        ← Nat.add_assoc]
      exact hp

/-- `copyCheck` is sound: the box contains every tensor that agrees with its sources, and meets the
test of the margin elsewhere. -/
theorem mem_of_copyCheck {α : Type} [OrderedField α] {sources : List Source} {x : Box s} {y : Box t}
    {margin : Nat → Bool} (h : copyCheck sources x y margin = true) {v : Tensor α s}
    (hv : x.Mem v) {f : Nat → α}
    (hf : ∀ k, k < Shape.size t → sources.length = t.length →
      match sourceOf sources (some 0) (Shape.unravel t k) with
      | some i => f k = v.at i
      | none => margin k = true → y.lo.val k ≤ f k ∧ f k ≤ y.hi.val k) :
    y.Mem (Tensor.ofFn f) := by
  simp only [copyCheck, Bool.and_eq_true] at h
  obtain ⟨⟨hx, hy⟩, hw⟩ := h
  intro k hk
  rw [Tensor.at_ofFn hk]
  obtain ⟨hl, hp⟩ := walk_apply hw k (Nat.zero_lt_of_lt hk)
  rw [Nat.zero_add, Nat.mod_eq_of_lt hk] at hp
  have hf := hf k hk hl
  split at hf
  · next i hi =>
    rw [hi] at hp
    simp only [copyEntry, Bool.and_eq_true] at hp
    rw [hf]
    exact Flat.mem_of_within hx hy hp.2 (hv i (by simpa using hp.1))
  · next hi =>
    rw [hi] at hp
    exact hf hp

/-! ## Slice and pad -/

private theorem sourceOf_none (fs : List Source) (cs : List Nat) : sourceOf fs none cs = none := by
  induction fs generalizing cs with
  | nil => cases cs <;> rfl
  | cons f fs ih => cases cs <;> simp [sourceOf, addSource, ih]

private theorem axisSources_cons (d : Nat) (s : Shape) (f : Nat → Source) :
    axisSources (d :: s) f = (fun c => match f 0 c with
      | some i => some (Nat.mul i (Shape.size s))
      | none => none) :: axisSources s fun a => f (a + 1) := by
  simp only [axisSources, List.length_cons, List.range_succ_eq_map, List.map_cons, List.map_map]
  rfl

private theorem ravel_cons (d : Nat) (s : Shape) (g : Nat → Nat) :
    Shape.ravel (d :: s) ((List.range (s.length + 1)).map g) =
      g 0 * Shape.size s + Shape.ravel s ((List.range s.length).map fun a => g (a + 1)) := by
  simp only [List.range_succ_eq_map, List.map_cons, List.map_map, Shape.ravel]
  rfl

/-- The sources of `axisSources` are those of the coordinates that `f` gives, axis by axis. -/
theorem sourceOf_axisSources (f : Nat → Source) (i₀ : Nat) {cs : List Nat}
    (h : cs.length = s.length) :
    sourceOf (axisSources s f) (some i₀) cs =
      if (List.range s.length).all fun a => (f a (cs.getD a 0)).isSome then
        some (i₀ + Shape.ravel s ((List.range s.length).map fun a => (f a (cs.getD a 0)).getD 0))
      else none := by
  induction s generalizing f i₀ cs with
  | nil => cases cs <;> simp_all [axisSources, sourceOf, Shape.ravel]
  | cons d s ih =>
    cases cs with
    | nil => simp at h
    | cons c cs =>
      rw [axisSources_cons, sourceOf]
      simp only [List.length_cons, List.range_succ_eq_map, List.all_cons, List.all_map,
        List.getD_cons_zero]
      cases hf : f 0 c with
      | none => simp [addSource, sourceOf_none]
      | some i =>
        have h := ih (fun a => f (a + 1)) (i₀ + i * Shape.size s) (cs := cs) (by simpa using h)
        simp only [addSource, Nat.add_eq, Nat.mul_eq, h, Option.isSome_some, Bool.true_and,
          List.map_cons, List.map_map, Shape.ravel, List.getD_cons_zero, hf, Option.getD_some,
          Nat.add_assoc]
        rfl

/-- `sliceCheck` is sound. -/
theorem slice_maps {start step : List Int} {x : Box s} {y : Box t}
    (h : sliceCheck start step x y = true) : (Op.slice start step).Maps (x, ()) y := by
  intro α _ _ ⟨v, _⟩ ⟨hv, _⟩
  simp only [Op.denote]
  refine mem_of_copyCheck h hv fun k _ hl => ?_
  rw [sourceOf_axisSources _ _ (by simpa [axisSources, Shape.length_unravel] using hl.symm)]
  simp [sliceIndex]

private theorem padSource_eq (b d c : Nat) :
    padSource b d c = if b ≤ c ∧ c < b + d then some (c - b) else none := by
  have h : (Nat.ble b c && Nat.blt c (Nat.add b d)) = decide (b ≤ c ∧ c < b + d) := by
    rw [Bool.eq_iff_iff]
    simp
  rw [padSource, h]
  by_cases hc : b ≤ c ∧ c < b + d
  · rw [if_pos hc, decide_eq_true hc]; rfl
  · rw [if_neg hc, decide_eq_false hc]; rfl

private theorem isSome_padSource (b d c : Nat) :
    (padSource b d c).isSome = (decide (b ≤ c) && decide (c < b + d)) := by
  rw [padSource_eq]
  split <;> simp_all

private theorem padSource_getD {b d c : Nat} (h : (padSource b d c).isSome = true) :
    (padSource b d c).getD 0 = c - b := by
  rw [padSource_eq] at h ⊢
  split at h <;> simp_all

/-- `padCheck` is sound. -/
theorem pad_maps {before : List Nat} {num : Int} {den : Nat} {x : Box s} {y : Box t}
    (h : padCheck before num den x y = true) : (Op.pad before num den).Maps (x, ()) y := by
  intro α _ _ ⟨v, _⟩ ⟨hv, _⟩
  simp only [padCheck, Bool.and_eq_true] at h
  have hy : y.regular = true := by
    have := h.2
    simp only [copyCheck, Bool.and_eq_true] at this
    exact this.1.2
  simp only [Op.denote]
  refine mem_of_copyCheck h.2 hv fun k hk hl => ?_
  rw [sourceOf_axisSources _ _ (by simpa [axisSources, Shape.length_unravel] using hl.symm)]
  simp only [padIndex, ← isSome_padSource, Nat.zero_add]
  by_cases hs : ((List.range s.length).all fun a => (padSource (before.getD a 0) (s.getD a 0)
      ((Shape.unravel t k).getD a 0)).isSome) = true
  · rw [if_pos hs, if_pos hs]
    simp only
    congr 2
    refine List.map_congr_left fun a ha => ?_
    exact (padSource_getD (List.all_eq_true.1 hs a ha)).symm
  · rw [if_neg hs, if_neg hs]
    exact Flat.mem_of_holds hy (by simpa using h.1)

/-! ## Transpose -/

private theorem ravel_eq_sum (s : Shape) (g : Nat → Nat) :
    Shape.ravel s ((List.range s.length).map g) =
      ((List.range s.length).map fun a => g a * Shape.size (s.drop (a + 1))).sum := by
  induction s generalizing g with
  | nil => rfl
  | cons d s ih =>
    rw [List.length_cons, ravel_cons, ih]
    simp only [List.range_succ_eq_map, List.map_cons, List.map_map, List.sum_cons]
    rfl

private theorem sourceOf_map (l : List Nat) (hl : l.Nodup) (w : Nat → Nat) (i₀ : Nat)
    {cs : List Nat} (h : cs.length = l.length) :
    sourceOf (l.map fun a c => some (Nat.mul c (w a))) (some i₀) cs =
      some (i₀ + (l.map fun a => cs.getD (l.idxOf a) 0 * w a).sum) := by
  induction l generalizing i₀ cs with
  | nil => cases cs <;> simp_all [sourceOf]
  | cons a l ih =>
    cases cs with
    | nil => simp at h
    | cons c cs =>
      rw [List.nodup_cons] at hl
      have h := ih hl.2 (i₀ + c * w a) (cs := cs) (by simpa using h)
      simp only [List.map_cons, sourceOf, addSource, Nat.add_eq, Nat.mul_eq] at h ⊢
      rw [h, List.sum_cons, Nat.add_assoc]
      congr 4
      · simp
      · refine List.map_congr_left fun b hb => ?_
        have hab : a ≠ b := fun e => hl.1 (e ▸ hb)
        have hab : (a == b) = false := by simpa using hab
        simp [List.idxOf_cons, hab]

/-- `transposeCheck` is sound. -/
theorem transpose_maps {perm : List Nat} {x : Box s} {y : Box (perm.map fun a => s.getD a 1)}
    (h : transposeCheck perm x y = true) : (Op.transpose perm).Maps (x, ()) y := by
  intro α _ _ ⟨v, _⟩ ⟨hv, _⟩
  simp only [transposeCheck, Bool.and_eq_true, List.isPerm_iff] at h
  simp only [Op.denote]
  refine mem_of_copyCheck h.2 hv fun k hk hl => ?_
  rw [sourceOf_map _ (h.1.nodup_iff.2 List.nodup_range) _ _ (by simp [Shape.length_unravel]),
    (h.1.map _).sum_nat]
  simp only [transposeIndex, ravel_eq_sum, Nat.zero_add]

/-! ## Concat -/

/-- `concatCheck` is sound. -/
theorem concat_maps {outer a b : Nat} {x : Box s} {y : Box t} {z : Box u}
    (h : concatCheck outer a b x y z = true) : (Op.concat outer a b).Maps (x, y, ()) z := by
  intro α _ _ ⟨v, w, _⟩ ⟨hv, hw, _⟩ k hk
  simp only [concatCheck, Bool.and_eq_true, allBelow_iff, Nat.add_eq, Nat.mul_eq] at h
  obtain ⟨⟨⟨⟨⟨⟨hx, hy⟩, hz⟩, hu⟩, hs⟩, ht⟩, h⟩ := h
  have hu := Nat.le_of_ble_eq_true hu
  have hs := Nat.le_of_ble_eq_true hs
  have ht := Nat.le_of_ble_eq_true ht
  have hab : 0 < a + b := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt (Nat.lt_of_lt_of_le hk hu))
  have ho : k / (a + b) < outer := (Nat.div_lt_iff_lt_mul hab).2 (Nat.lt_of_lt_of_le hk hu)
  have hi := Nat.mod_lt k hab
  have hk' : k / (a + b) * (a + b) + k % (a + b) = k := Nat.div_add_mod' k (a + b)
  have bound : ∀ n i m : Nat, i < n → outer * n ≤ m → k / (a + b) * n + i < m := by
    intro n i m hin hm
    have := Nat.mul_le_mul_right n ho
    rw [Nat.succ_mul] at this
    omega
  obtain ⟨h1, h2⟩ := h _ ho
  simp only [Op.denote, Tensor.at_ofFn hk]
  split
  · next hia =>
    have := h1 _ hia
    rw [hk'] at this
    exact Flat.mem_of_within hx hz this (hv _ (bound _ _ _ hia hs))
  · next hia =>
    have hib : k % (a + b) - a < b := by omega
    have := h2 _ hib
    rw [Nat.add_assoc, Nat.add_sub_cancel' (by omega), hk'] at this
    exact Flat.mem_of_within hy hz this (hw _ (bound _ _ _ hib ht))

end Lemmanet
