module

public import Lemmanet.Exec.RowsMove
public import Lemmanet.Sound.Blocks
public import Lemmanet.Sound.Rows

/-!
# Forms under operators that move or add up entries
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α] {n : Nat} {A : Rows}

/-- A list in front of another one. -/
theorem emits_append (b : List Nat) :
    Emits (fun acc => b ++ acc) b.length (fun t => b.getD t 0) := fun acc => by
  refine ⟨List.length_append, fun t ht => ?_, fun t => ?_⟩
  · simp [List.getD_eq_getElem?_getD, List.getElem?_append_left ht]
  · simp [List.getD_eq_getElem?_getD, List.getElem?_append_right]

/-- The same list, with its entries described otherwise. -/
theorem Emits.congr {f : List Nat → List Nat} {l l' : Nat} {val val' : Nat → Nat} (h : Emits f l val)
    (hl : l = l') (hv : ∀ t, t < l → val t = val' t) : Emits f l' val' := by
  subst hl
  intro acc
  obtain ⟨h1, h2, h3⟩ := h acc
  exact ⟨h1, fun t ht => (h2 t ht).trans (hv t ht), h3⟩

namespace Rows

/-! ## Sums over an axis -/

/-- Each block several times. -/
theorem repeatBlocks_spec (inner d outer : Nat) {xs : List Nat} (h : xs.length = outer * inner) :
    (repeatBlocks inner d outer xs).length = outer * (d * inner) ∧
      ∀ o, o < outer → ∀ t, t < d → ∀ i, i < inner →
        (repeatBlocks inner d outer xs).getD (o * (d * inner) + (t * inner + i)) 0 =
          xs.getD (o * inner + i) 0 := by
  obtain ⟨_, hget⟩ := blocks_spec inner outer h
  have hblock : ∀ o, o < outer → Emits
      (collect (fun _ acc => (blocks inner outer xs).getD o [] ++ acc) d) (d * inner)
      (fun k => ((blocks inner outer xs).getD o []).getD (k % inner) 0) := fun o ho => by
    have hl := (hget o ho).1
    refine emits_collect (val := fun _ i => ((blocks inner outer xs).getD o []).getD i 0)
      fun _ _ => (emits_append _).congr hl fun _ _ => rfl
  obtain ⟨h1, h2, _⟩ := emits_collect hblock []
  refine ⟨by simpa using h1, fun o ho t ht i hi => ?_⟩
  have hk := block_lt ht hi
  refine (h2 _ (block_lt ho hk)).trans ?_
  show ((blocks inner outer xs).getD ((o * (d * inner) + (t * inner + i)) / (d * inner)) []).getD
    ((o * (d * inner) + (t * inner + i)) % (d * inner) % inner) 0 = _
  rw [(div_mod_block hk).1, (div_mod_block hk).2, (div_mod_block hi).2]
  exact (hget o ho).2 i hi

/-- Two parts of an index. -/
theorem exists_parts {a b k : Nat} (hk : k < a * b) : ∃ i j, i < a ∧ j < b ∧ k = i * b + j := by
  have hb : 0 < b := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt hk)
  refine ⟨k / b, k % b, (Nat.div_lt_iff_lt_mul hb).2 hk, Nat.mod_lt k hb, ?_⟩
  rw [Nat.mul_comm]
  exact (Nat.div_add_mod k b).symm

/-- Forms of a sum over an axis. -/
theorem Good.repeatAxis {inner d outer count : Nat} (hA : A.Good n (outer * inner))
    (hc : 0 < count) : (A.repeatAxis inner d outer count).Good n (outer * (d * inner)) ∧
      ∀ o, o < outer → ∀ t, t < d → ∀ i, i < inner → ∀ r,
        ((A.repeatAxis inner d outer count).val (o * (d * inner) + (t * inner + i)) r : α) =
          A.val (o * inner + i) r / (count : α) := by
  obtain ⟨hl, hget⟩ := repeatBlocks_spec inner d outer hA.length
  have hint : ∀ o, o < outer → ∀ t, t < d → ∀ i, i < inner → ∀ r,
      (A.repeatAxis inner d outer count).int (o * (d * inner) + (t * inner + i)) r =
        A.int (o * inner + i) r := fun o ho t ht i hi r => by
    show Int.subNatNat (digit A.bits A.bits ((repeatBlocks inner d outer A.entries).getD _ 0) r)
      A.offset = Int.subNatNat (digit A.bits A.bits (A.entries.getD _ 0) r) A.offset
    rw [hget o ho t ht i hi]
  refine ⟨⟨Nat.mul_pos hA.den hc, hl, fun k hk => ?_⟩, fun o ho t ht i hi r => ?_⟩
  · obtain ⟨o, k', ho, hk', rfl⟩ := exists_parts hk
    obtain ⟨t, i, ht, hi, rfl⟩ := exists_parts hk'
    have hP := hA.packed _ (block_lt ho hi)
    rw [← hget o ho t ht i hi] at hP
    exact hP.congr fun r _ => (hint o ho t ht i hi r).symm
  · rw [val_eq (hint o ho t ht i hi r)]
    show ratio (A.int (o * inner + i) r) (A.den * count) = ratio (A.int (o * inner + i) r) A.den / _
    generalize A.int (o * inner + i) r = z
    have h1 := natCast_pos (α := α) hA.den
    have h2 := natCast_pos (α := α) hc
    unfold ratio
    rw [Semiring.natCast_mul]
    grind

/-- Forms of a tensor whose entries are sums over an axis, divided by a number. -/
theorem Good.eval_repeatAxis {s t : Shape} {inner d outer count : Nat}
    (hA : A.Good n (outer * inner)) (hc : 0 < count) (hs : Shape.size s = outer * (d * inner))
    (ht : Shape.size t = outer * inner) (x : Tensor α s) {y : Tensor α t}
    (hy : ∀ k, k < outer * inner → y.at k =
      sum d (fun j => x.at ((k / inner * d + j) * inner + k % inner)) / (count : α)) (r : Nat) :
    A.eval y r = (A.repeatAxis inner d outer count).eval x r := by
  have hval := (hA.repeatAxis (α := α) (d := d) hc).2
  unfold eval
  rw [hs, ht, sum_blocks, sum_blocks]
  refine sum_congr fun o ho => ?_
  rw [sum_blocks, sum_comm]
  refine sum_congr fun i hi => ?_
  rw [hy _ (block_lt ho hi), (div_mod_block hi).1, (div_mod_block hi).2]
  have h1 : ∀ j, j < d → (A.repeatAxis inner d outer count).val (o * (d * inner) + (j * inner + i)) r *
      x.at (o * (d * inner) + (j * inner + i)) =
      A.val (o * inner + i) r / (count : α) * x.at ((o * d + j) * inner + i) := fun j hj => by
    rw [hval o ho j hj i hi]
    congr 2
    rw [Nat.add_mul, Nat.mul_assoc, Nat.add_assoc]
  rw [sum_congr h1, sum_mul_left]
  have hcp := natCast_pos (α := α) hc
  grind

/-! ## Concatenation -/

/-- Of each block a part. -/
theorem partBlocks_spec {w first count outer : Nat} {xs : List Nat} (h : xs.length = outer * w)
    (hw : first + count ≤ w) : (partBlocks w first count outer xs).length = outer * count ∧
      ∀ o, o < outer → ∀ i, i < count →
        (partBlocks w first count outer xs).getD (o * count + i) 0 =
          xs.getD (o * w + (first + i)) 0 := by
  obtain ⟨_, hget⟩ := blocks_spec w outer h
  have hblock : ∀ o, o < outer → Emits
      (fun acc => (((blocks w outer xs).getD o []).drop first).take count ++ acc) count
      (fun i => xs.getD (o * w + (first + i)) 0) := fun o ho => by
    obtain ⟨hl, hg⟩ := hget o ho
    refine (emits_append _).congr ?_ fun t ht => ?_
    · rw [List.length_take, List.length_drop, hl]; omega
    · rw [List.length_take, List.length_drop, hl] at ht
      rw [getD_take (by omega), getD_drop, hg _ (by omega)]
  obtain ⟨h1, h2, _⟩ := emits_collect (val := fun o i => xs.getD (o * w + (first + i)) 0) hblock []
  refine ⟨by simpa using h1, fun o ho i hi => ?_⟩
  refine (h2 _ (block_lt ho hi)).trans ?_
  show xs.getD ((o * count + i) / count * w + (first + (o * count + i) % count)) 0 = _
  rw [(div_mod_block hi).1, (div_mod_block hi).2]

/-- A part of the forms of blocks. -/
theorem Good.part {w first count outer : Nat} (hA : A.Good n (outer * w)) (hw : first + count ≤ w) :
    (A.part w first count outer).Good n (outer * count) ∧
      ∀ o, o < outer → ∀ i, i < count → ∀ r,
        ((A.part w first count outer).val (o * count + i) r : α) = A.val (o * w + (first + i)) r := by
  obtain ⟨hl, hget⟩ := partBlocks_spec hA.length hw
  have hint : ∀ o, o < outer → ∀ i, i < count → ∀ r,
      (A.part w first count outer).int (o * count + i) r = A.int (o * w + (first + i)) r :=
    fun o ho i hi r => by
      show Int.subNatNat (digit A.bits A.bits ((partBlocks w first count outer A.entries).getD _ 0) r)
        A.offset = Int.subNatNat (digit A.bits A.bits (A.entries.getD _ 0) r) A.offset
      rw [hget o ho i hi]
  refine ⟨⟨hA.den, hl, fun k hk => ?_⟩, fun o ho i hi r => val_eq (hint o ho i hi r)⟩
  obtain ⟨o, i, ho, hi, rfl⟩ := exists_parts hk
  have hP := hA.packed (o * w + (first + i)) (block_lt ho (by omega))
  rw [← hget o ho i hi] at hP
  exact hP.congr fun r _ => (hint o ho i hi r).symm

/-! ## Copies -/

/-- Lists in pieces have the same numbers. -/
theorem getPiece_eq (xs : List Nat) {k : Nat} (hk : k < xs.length) :
    getPiece (pieces xs) k = xs.getD k 0 := by
  have hpad : ∀ (count : Nat) (xs : List Nat) (i j : Nat), i < count → j < 64 →
      ((blocks 64 count xs).getD i []).getD j 0 = xs.getD (i * 64 + j) 0 := by
    intro count
    induction count with
    | zero => intro xs i j hi; omega
    | succ count ih =>
      intro xs i j hi hj
      cases i with
      | zero =>
        rw [Nat.zero_mul, Nat.zero_add]
        exact getD_take hj
      | succ i =>
        show ((blocks 64 count (xs.drop 64)).getD i []).getD j 0 = _
        rw [ih _ i j (by omega) hj, getD_drop, Nat.succ_mul]
        congr 1
        omega
  have h1 : k / 64 < xs.length / 64 + 1 := Nat.lt_succ_of_le (Nat.div_le_div_right (by omega))
  refine (hpad _ xs (k / 64) (k % 64) h1 (Nat.mod_lt k (by omega))).trans ?_
  rw [Nat.mul_comm, Nat.div_add_mod]

variable {size outputs width targets : Nat} {source : Nat → Option Nat}

/-- The numerator of a gathered coefficient. -/
@[expose] def gatherInt (width targets : Nat) (A : Rows) (j r : Nat) : Int :=
  match digit width width targets j with
  | 0 => 0
  | k + 1 => A.int k r

/-- Gathered forms. -/
theorem Good.gather (hA : A.Good n outputs)
    (h : A.gatherOk size outputs width targets source = true) :
    (A.gather n size width targets).Good n size ∧ ∀ j, j < size → ∀ r, r < n →
      (A.gather n size width targets).int j r = gatherInt width targets A j r := by
  simp only [gatherOk, Bool.and_eq_true, allBelow_iff, Nat.blt_eq] at h
  obtain ⟨⟨⟨hb, ho⟩, _⟩, h2⟩ := h
  have hem := emits_collect (n := size) (l := 1)
    (f := fun j acc => (match digit width width targets j with
      | 0 => Nat.mul A.offset (ones A.bits n)
      | k + 1 => getPiece (pieces A.entries) k) :: acc)
    (val := fun j _ => match digit width width targets j with
      | 0 => Nat.mul A.offset (ones A.bits n)
      | k + 1 => getPiece (pieces A.entries) k) (fun j _ => emits_cons _) []
  obtain ⟨hl, hget, _⟩ := hem
  have hp : ∀ j, j < size → Packed A.bits n A.offset
      ((A.gather n size width targets).entries.getD j 0) (gatherInt width targets A j) := by
    intro j hj
    have e := hget j (by omega)
    have e : (A.gather n size width targets).entries.getD j 0 =
        match digit width width targets (j / 1) with
        | 0 => Nat.mul A.offset (ones A.bits n)
        | k + 1 => getPiece (pieces A.entries) k := e
    rw [Nat.div_one] at e
    rw [e]
    have h2 := h2 j hj
    unfold gatherInt
    split
    · refine .of_pack (u := fun _ => A.offset) (mul_ones hb _ _) (fun r _ => (Int.zero_add _).symm)
        (fun r _ => ?_) ho
      show A.offset ≤ 2 * A.offset
      omega
    · next k hk =>
      rw [hk] at h2
      simp only [Bool.and_eq_true, Nat.blt_eq] at h2
      rw [getPiece_eq _ (by rw [hA.length]; exact h2.1)]
      exact hA.packed k h2.1
  exact good_of_packed (A := A.gather n size width targets) hA.den (by simpa using hl) hp

/-- Forms of a tensor of copies, as forms of what they are copies of. -/
theorem Good.eval_gather {s t : Shape} (hA : A.Good n (Shape.size t))
    (h : A.gatherOk (Shape.size s) (Shape.size t) width targets source = true) (x : Tensor α s)
    {r : Nat} (hr : r < n) :
    (sum (Shape.size t) fun k => A.val k r * match source k with
      | none => 0
      | some j => x.at j) = (A.gather n (Shape.size s) width targets).eval x r := by
  have hint := (hA.gather h).2
  simp only [gatherOk, Bool.and_eq_true, allBelow_iff, Nat.blt_eq] at h
  obtain ⟨⟨_, h1⟩, h2⟩ := h
  -- a copy as a sum over all entries of the input
  have hcopy : ∀ k, k < Shape.size t → (A.val k r * match source k with
      | none => 0
      | some j => x.at j) = sum (Shape.size s) fun j =>
        if source k = some j then A.val k r * x.at j else (0 : α) := by
    intro k hk
    cases hsrc : source k with
    | none =>
      rw [sum_eq_zero fun j _ => if_neg (by simp)]
      grind
    | some i =>
      by_cases hi : i < Shape.size s
      · rw [sum_eq_single hi fun j _ hne => if_neg (by simpa using Ne.symm hne), if_pos rfl]
      · rw [sum_eq_zero fun j hj => if_neg (by simp only [Option.some.injEq]; omega)]
        have : x.at i = 0 := by simp [Tensor.at, hi]
        show A.val k r * x.at i = 0
        rw [this]
        grind
  rw [sum_congr hcopy, sum_comm]
  unfold eval
  refine sum_congr fun j hj => ?_
  rw [val_eq (hint j hj r hr)]
  have h2 := h2 j hj
  unfold gatherInt
  split
  · next h0 =>
    rw [sum_eq_zero fun k hk => if_neg fun hsrc => ?_, ratio_zero]
    · grind
    · have := h1 k hk
      rw [hsrc] at this
      simp only [Bool.or_eq_true, Nat.beq_eq, h0, Nat.ble_eq] at this
      rcases this with h | h
      · omega
      · cases h
  · next k hk =>
    rw [hk] at h2
    simp only [Bool.and_eq_true, Nat.blt_eq] at h2
    have hsrc : source k = some j := by
      obtain ⟨_, h3⟩ := h2
      split at h3
      · cases h3
      · next i hi => rw [hi, Nat.eq_of_beq_eq_true h3]
    rw [sum_eq_single h2.1 fun k' hk' hne => if_neg fun hsrc' => ?_, if_pos hsrc]
    · rfl
    · have := h1 k' hk'
      rw [hsrc'] at this
      simp only [Bool.or_eq_true, Nat.beq_eq, hk, Nat.ble_eq] at this
      rcases this with h | h
      · omega
      · omega

end Rows

end Lemmanet
