module

public import Lemmanet.Exec.RowsConv
public import Lemmanet.Sound.Packed

/-!
# Lists in pieces

Sums over an index that is made of two, and the lists that `blocks` and `collect` make.
-/

public noncomputable section

namespace Lemmanet

/-! ## Sums with few terms -/

section

variable {α : Type} [OrderedField α]

/-- A sum with a single term. -/
theorem sum_single {n i : Nat} (hi : i < n) (x : α) :
    sum n (fun k => if i = k then x else 0) = x := by
  induction n with
  | zero => omega
  | succ n ih =>
    rw [sum]
    by_cases h : i = n
    · subst h
      rw [sum_congr (g := fun _ => 0) fun k hk => if_neg (by omega), sum_zero, if_pos rfl]
      grind
    · rw [ih (by omega), if_neg h]
      grind

/-- A sum with a single term that is not zero. -/
theorem sum_eq_single {m i : Nat} {f : Nat → α} (hi : i < m) (h : ∀ j, j < m → j ≠ i → f j = 0) :
    sum m f = f i := by
  rw [← sum_single hi (f i)]
  refine sum_congr fun k hk => ?_
  by_cases hik : i = k
  · rw [if_pos hik, hik]
  · rw [if_neg hik, h k hk (Ne.symm hik)]

/-- A sum whose terms are all zero. -/
theorem sum_eq_zero {m : Nat} {f : Nat → α} (h : ∀ j, j < m → f j = 0) : sum m f = 0 := by
  rw [sum_congr h, sum_zero]

end

/-! ## Sums over two indices -/

/-- A sum over `n * m` indices, in `n` pieces. -/
theorem nsum_blocks (n m : Nat) (f : Nat → Nat) :
    nsum (n * m) f = nsum n fun i => nsum m fun j => f (i * m + j) := by
  induction n with
  | zero => rw [Nat.zero_mul]; rfl
  | succ n ih => rw [Nat.succ_mul, nsum_append, ih]; rfl

/-- The same for scalars. -/
theorem sum_blocks {α : Type} [OrderedField α] (n m : Nat) (f : Nat → α) :
    sum (n * m) f = sum n fun i => sum m fun j => f (i * m + j) := by
  induction n with
  | zero => rw [Nat.zero_mul]; rfl
  | succ n ih => rw [Nat.succ_mul, sum_append, ih]; rfl

/-- The two parts of an index. -/
theorem div_mod_block {m i j : Nat} (hj : j < m) : (i * m + j) / m = i ∧ (i * m + j) % m = j := by
  rw [Nat.mul_comm]
  exact ⟨by rw [Nat.mul_add_div (by omega), Nat.div_eq_of_lt hj, Nat.add_zero],
    by rw [Nat.mul_add_mod, Nat.mod_eq_of_lt hj]⟩

/-- An index in the last piece. -/
theorem block_lt {n m i j : Nat} (hi : i < n) (hj : j < m) : i * m + j < n * m := by
  have h : (i + 1) * m ≤ n * m := Nat.mul_le_mul_right m hi
  rw [Nat.add_mul] at h
  omega

/-! ## Lists -/

/-- The numbers of a list, packed. -/
theorem packList_eq (d : Nat) (xs : List Nat) :
    packList d xs = pack d (fun t => xs.getD t 0) xs.length := by
  rw [pack_eq_nsum]
  induction xs with
  | nil => rfl
  | cons x xs ih =>
    have hcons : packList d (x :: xs) = x + packList d xs <<< d := rfl
    rw [hcons, ih, List.length_cons, nsum_succ', Nat.shiftLeft_eq, ← nsum_mul_right]
    congr 1
    · simp
    · refine nsum_congr fun t _ => ?_
      rw [List.getD_cons_succ, Nat.mul_succ, Nat.pow_add, Nat.mul_assoc]

/-- The beginning of a list. -/
theorem getD_take {xs : List Nat} {w t : Nat} (ht : t < w) : (xs.take w).getD t 0 = xs.getD t 0 := by
  simp [List.getD_eq_getElem?_getD, ht]

/-- The rest of a list. -/
theorem getD_drop (xs : List Nat) (w t : Nat) : (xs.drop w).getD t 0 = xs.getD (w + t) 0 := by
  simp [List.getD_eq_getElem?_getD, List.getElem?_drop]

/-- The pieces of a list. -/
theorem blocks_spec (w count : Nat) {xs : List Nat} (h : xs.length = count * w) :
    (blocks w count xs).length = count ∧ ∀ i, i < count →
      ((blocks w count xs).getD i []).length = w ∧
        ∀ j, j < w → ((blocks w count xs).getD i []).getD j 0 = xs.getD (i * w + j) 0 := by
  induction count generalizing xs with
  | zero => exact ⟨rfl, fun i hi => absurd hi (Nat.not_lt_zero i)⟩
  | succ count ih =>
    rw [Nat.succ_mul] at h
    obtain ⟨h1, h2⟩ := ih (xs := xs.drop w) (by rw [List.length_drop]; omega)
    refine ⟨by simp [blocks, h1], fun i hi => ?_⟩
    cases i with
    | zero =>
      refine ⟨?_, fun j hj => ?_⟩
      · show (xs.take w).length = w
        rw [List.length_take]; omega
      · rw [Nat.zero_mul, Nat.zero_add]
        exact getD_take hj
    | succ i =>
      obtain ⟨h3, h4⟩ := h2 i (by omega)
      refine ⟨h3, fun j hj => ?_⟩
      show ((blocks w count (xs.drop w)).getD i []).getD j 0 = _
      rw [h4 j hj, getD_drop, Nat.succ_mul]
      congr 1
      omega

/-- A function of each member of a list. -/
theorem getD_map {α : Type} (f : α → Nat) (xs : List α) (d : α) {i : Nat} (hi : i < xs.length) :
    (xs.map f).getD i 0 = f (xs.getD i d) := by
  simp [List.getD_eq_getElem?_getD, List.getElem?_map, List.getElem?_eq_getElem hi]

/-- `f` puts `l` numbers in front of a list: `val 0`, `val 1`, … -/
@[expose] def Emits (f : List Nat → List Nat) (l : Nat) (val : Nat → Nat) : Prop :=
  ∀ acc, (f acc).length = l + acc.length ∧ (∀ t, t < l → (f acc).getD t 0 = val t) ∧
    ∀ t, (f acc).getD (l + t) 0 = acc.getD t 0

/-- One number. -/
theorem emits_cons (x : Nat) : Emits (fun acc => x :: acc) 1 (fun _ => x) := fun acc =>
  ⟨by simp [Nat.add_comm], fun t ht => by rw [show t = 0 by omega]; rfl,
    fun t => by rw [Nat.add_comm]; rfl⟩

/-- One piece after the other. -/
theorem emits_collect {f : Nat → List Nat → List Nat} {n l : Nat} {val : Nat → Nat → Nat}
    (h : ∀ m, m < n → Emits (f m) l (val m)) :
    Emits (collect f n) (n * l) (fun k => val (k / l) (k % l)) := by
  induction n with
  | zero =>
    intro acc
    exact ⟨by simp [collect], fun t ht => absurd ht (by simp), fun t => by simp [collect]⟩
  | succ n ih =>
    intro acc
    obtain ⟨h1, h2, h3⟩ := ih (fun m hm => h m (by omega)) (f n acc)
    obtain ⟨g1, g2, g3⟩ := h n (by omega) acc
    rw [Nat.succ_mul]
    refine ⟨?_, fun t ht => ?_, fun t => ?_⟩
    · show (collect f n (f n acc)).length = _
      rw [h1, g1]; omega
    · show (collect f n (f n acc)).getD t 0 = _
      by_cases hlt : t < n * l
      · exact h2 t hlt
      · obtain ⟨j, rfl⟩ : ∃ j, t = n * l + j := ⟨t - n * l, by omega⟩
        have hj : j < l := by omega
        show _ = val ((n * l + j) / l) ((n * l + j) % l)
        rw [h3, g2 j hj, (div_mod_block hj).1, (div_mod_block hj).2]
    · show (collect f n (f n acc)).getD _ 0 = _
      rw [Nat.add_assoc, h3, g3]

end Lemmanet
