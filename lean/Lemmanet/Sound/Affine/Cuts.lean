module

public import Lemmanet.Sound.Affine.Pieces
public import Lemmanet.Sound.Rows.Scale

/-!
# Cuts of the input

Cuts of an entry make its interval smaller for the forms that they concern. What they take away from the
largest values is computed in lanes.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {k n size : Nat}

/-- What `keepLanes` leaves. -/
theorem keepLanes_eq (hk : 0 < k) (bits : Nat) {u : Nat → Nat} (hu : ∀ r, r < n → u r < 2 ^ k) :
    keepLanes k n bits (pack k u n) = pack k (fun r => if bits.testBit r then u r else 0) n := by
  show pack k u n - dropLanes k n bits (pack k u n) = _
  rw [dropLanes_eq hk bits hu]
  refine pack_sub fun r _ => ?_
  split <;> omega

/-- How far the cuts of entry `k` move the lower end of form `r` up. -/
@[expose] def aboveGap (box : Flat) (k r : Nat) : List Cut → Nat
  | [] => 0
  | c :: cuts => (if c.entry = k ∧ c.above.testBit r = true then gapAbove box k c.num else 0) +
      aboveGap box k r cuts

/-- How far they move the upper end down. -/
@[expose] def belowGap (box : Flat) (k r : Nat) : List Cut → Nat
  | [] => 0
  | c :: cuts => (if c.entry = k ∧ c.below.testBit r = true then gapBelow box k c.num else 0) +
      belowGap box k r cuts

/-- Numbers without a common bit. -/
private theorem testBit_of_land {a b : Nat} (h : a &&& b = 0) {r : Nat} (ha : a.testBit r = true) :
    b.testBit r = false := by
  have := congrArg (Nat.testBit · r) h
  simpa [ha] using this

/-- A form that has a cut of an entry on one side has no other there. -/
private theorem gap_of_apart {c : Cut} {cuts : List Cut} (h : c.apart cuts = true) (box : Flat)
    (r : Nat) : (c.above.testBit r = true → aboveGap box c.entry r cuts = 0) ∧
      (c.below.testBit r = true → belowGap box c.entry r cuts = 0) := by
  induction cuts with
  | nil => exact ⟨fun _ => rfl, fun _ => rfl⟩
  | cons c' cuts ih =>
    simp only [Cut.apart, Bool.and_eq_true, Bool.or_eq_true, Bool.not_eq_true', Nat.beq_eq] at h
    obtain ⟨h1, h2⟩ := h
    have ih := ih h2
    rcases h1 with h1 | ⟨h1, h3⟩
    · have hne : ¬ c'.entry = c.entry := fun he => by
        rw [he, Nat.beq_refl] at h1; cases h1
      simp only [aboveGap, belowGap, hne, false_and, if_false, Nat.zero_add]
      exact ih
    · constructor
      · intro ha
        have := testBit_of_land h1 ha
        simp only [aboveGap, this, Bool.false_eq_true, and_false, if_false, Nat.zero_add]
        exact ih.1 ha
      · intro hb
        have := testBit_of_land h3 hb
        simp only [belowGap, this, Bool.false_eq_true, and_false, if_false, Nat.zero_add]
        exact ih.2 hb

variable {α : Type} [OrderedField α] {s : Shape} {box : Flat} {cuts : List Cut}

/-- The cuts leave room: neither end moves beyond the entry. -/
theorem gaps_le (hd : 0 < box.den) (h : cutsOk size box cuts = true) {x : Tensor α s} {k r : Nat}
    (hc : ∀ c, c ∈ cuts → c.Holds x r)
    (hlo : ((box.ival k).lo : α) ≤ x.at k * (box.den : α))
    (hhi : x.at k * (box.den : α) ≤ ((box.ival k).hi : α)) :
    (aboveGap box k r cuts : α) ≤ x.at k * (box.den : α) - ((box.ival k).lo : α) ∧
      (belowGap box k r cuts : α) ≤ ((box.ival k).hi : α) - x.at k * (box.den : α) := by
  induction cuts with
  | nil =>
    simp only [aboveGap, belowGap, Semiring.natCast_zero]
    constructor <;> grind
  | cons c cuts ih =>
    simp only [cutsOk, Bool.and_eq_true, Nat.blt_eq, Nat.beq_eq, zle_iff] at h
    obtain ⟨⟨⟨⟨⟨_, hden⟩, h1⟩, h2⟩, hapart⟩, hrest⟩ := h
    obtain ⟨i1, i2⟩ := ih hrest fun c' hc' => hc c' (List.mem_cons_of_mem _ hc')
    have hcut := hc c List.mem_cons_self
    have hden : c.den = box.den := hden
    simp only [aboveGap, belowGap]
    constructor
    · split
      · next he =>
        obtain ⟨rfl, hbit⟩ := he
        rw [(gap_of_apart hapart box r).1 hbit, Nat.add_zero]
        have h3 := hcut.1 hbit
        rw [hden, ratio_le_iff hd] at h3
        have h4 : (gapAbove box c.entry c.num : α) =
            (c.num : α) - ((box.ival c.entry).lo : α) := by
          rw [← Ring.intCast_sub, ← Ring.intCast_natCast]
          congr 1
          show ((c.num - (box.ival c.entry).lo).toNat : Int) = _
          omega
        rw [h4]
        grind
      · rw [Nat.zero_add]; exact i1
    · split
      · next he =>
        obtain ⟨rfl, hbit⟩ := he
        rw [(gap_of_apart hapart box r).2 hbit, Nat.add_zero]
        have h3 := hcut.2 hbit
        rw [hden, le_ratio_iff hd] at h3
        have h4 : (gapBelow box c.entry c.num : α) =
            ((box.ival c.entry).hi : α) - (c.num : α) := by
          rw [← Ring.intCast_sub, ← Ring.intCast_natCast]
          congr 1
          show (((box.ival c.entry).hi - c.num).toNat : Int) = _
          omega
        rw [h4]
        grind
      · rw [Nat.zero_add]; exact i2

namespace Rows

variable {A : Rows}

/-- The width of an entry. -/
theorem boxWidth_eq (box : Flat) (k : Nat) :
    boxWidth box k = ((box.ival k).hi - (box.ival k).lo).toNat := by
  show (_ + _) - (_ + _) = Int.toNat (Int.subNatNat _ _ - Int.subNatNat _ _)
  rw [Int.subNatNat_eq_coe, Int.subNatNat_eq_coe]
  omega

/-- The cuts of an entry do not move an end beyond the other one. -/
theorem gaps_le_width {box : Flat} (h : cutsOk size box cuts = true) (k r : Nat) :
    aboveGap box k r cuts ≤ boxWidth box k ∧ belowGap box k r cuts ≤ boxWidth box k := by
  rw [boxWidth_eq]
  induction cuts with
  | nil => exact ⟨Nat.zero_le _, Nat.zero_le _⟩
  | cons c cuts ih =>
    simp only [cutsOk, Bool.and_eq_true, Nat.blt_eq, Nat.beq_eq, zle_iff] at h
    obtain ⟨⟨⟨⟨⟨_, _⟩, h1⟩, h2⟩, hapart⟩, hrest⟩ := h
    have ih := ih hrest
    simp only [aboveGap, belowGap]
    constructor
    · split
      · next he =>
        obtain ⟨rfl, hbit⟩ := he
        rw [(gap_of_apart hapart box r).1 hbit, gapAbove]
        omega
      · omega
    · split
      · next he =>
        obtain ⟨rfl, hbit⟩ := he
        rw [(gap_of_apart hapart box r).2 hbit, gapBelow]
        omega
      · omega

/-- What the cuts of an entry take away, lane by lane. -/
@[expose] def cutNum (A : Rows) (box : Flat) (cuts : List Cut) (k r : Nat) : Nat :=
  aboveGap box k r cuts * (-A.int k r).toNat + belowGap box k r cuts * (A.int k r).toNat

/-- It is not more than the coefficient contributes across the width. -/
theorem cutNum_le {box : Flat} (h : cutsOk size box cuts = true) {o : Nat} {r : Nat}
    (h1 : -(o : Int) ≤ A.int k r) (h2 : A.int k r ≤ o) :
    cutNum A box cuts k r ≤ boxWidth box k * o := by
  obtain ⟨g1, g2⟩ := gaps_le_width h k r
  have h3 := Nat.mul_le_mul_right (-A.int k r).toNat g1
  have h4 := Nat.mul_le_mul_right (A.int k r).toNat g2
  have h5 := Nat.mul_le_mul_left (boxWidth box k)
    (show (-A.int k r).toNat + (A.int k r).toNat ≤ o by omega)
  rw [Nat.mul_add] at h5
  exact Nat.le_trans (Nat.add_le_add h3 h4) h5

/-- The numbers that the cuts of an entry take away. -/
theorem cutTerm_eq (hA : A.Good n size) (hk : 0 < A.bits) (ho : A.offset < 2 ^ (A.bits - 1))
    (box : Flat) (cuts : List Cut) {k : Nat} (hks : k < size) :
    cutTerm n A.bits A.offset box k (A.entries.getD k 0) cuts =
      pack A.bits (cutNum A box cuts k) n := by
  have htwo : 2 ^ A.bits = 2 ^ (A.bits - 1) + 2 ^ (A.bits - 1) := by
    rw [← Nat.mul_two, ← Nat.pow_succ]; congr 1; omega
  have hp := hA.packed k hks
  have hn := hp.neg hk (by omega)
  induction cuts with
  | nil =>
    rw [cutTerm, pack_congr (g := fun _ => 0) fun r _ => by simp [cutNum, aboveGap, belowGap],
      pack_eq_nsum]
    simp only [Nat.zero_mul, nsum_zero]
  | cons c cuts ih =>
    have hcons : cutTerm n A.bits A.offset box k (A.entries.getD k 0) (c :: cuts) =
        cond (Nat.beq c.entry k)
          (gapAbove box k c.num * keepLanes A.bits n c.above
              (positivePart A.bits n A.offset (laneNeg A.bits n A.offset (A.entries.getD k 0))) +
            gapBelow box k c.num * keepLanes A.bits n c.below
              (positivePart A.bits n A.offset (A.entries.getD k 0)) +
            cutTerm n A.bits A.offset box k (A.entries.getD k 0) cuts)
          (cutTerm n A.bits A.offset box k (A.entries.getD k 0) cuts) := rfl
    rw [hcons, ih]
    cases he : Nat.beq c.entry k
    · have hne : ¬ c.entry = k := fun h => by rw [h, Nat.beq_refl] at he; cases he
      rw [cond_false]
      exact pack_congr fun r _ => by
        simp only [cutNum, aboveGap, belowGap, hne, false_and, if_false, Nat.zero_add]
    · have heq := Nat.eq_of_beq_eq_true he
      rw [cond_true, hp.positivePart_eq hk ho, hn.positivePart_eq hk ho,
        keepLanes_eq hk _ fun r hr => by have := hp.low r hr; omega,
        keepLanes_eq hk _ fun r hr => by have := hp.high r hr; omega,
        ← pack_mul_left, ← pack_mul_left, ← pack_add, ← pack_add]
      refine pack_congr fun r _ => ?_
      by_cases ha : c.above.testBit r = true <;> by_cases hb : c.below.testBit r = true <;>
        simp [cutNum, aboveGap, belowGap, heq, ha, hb, Nat.add_mul] <;> omega

/-- The numbers that all cuts take away. -/
theorem cutTerms_eq (hA : A.Good n size) (hk : 0 < A.bits) (ho : A.offset < 2 ^ (A.bits - 1))
    (box : Flat) (cuts : List Cut) : cutTerms n A.bits A.offset box cuts A.entries =
      pack A.bits (fun r => nsum size fun k => cutNum A box cuts k r) n := by
  rw [pack_nsum]
  unfold cutTerms
  cases cuts with
  | nil =>
    rw [nsum_congr (g := fun _ => 0) fun k _ => ?_, nsum_zero]
    · rfl
    · rw [pack_congr (g := fun _ => 0) fun r _ => by simp [cutNum, aboveGap, belowGap], pack_eq_nsum]
      simp only [Nat.zero_mul, nsum_zero]
  | cons c cuts =>
    have hmap := mapIndexed_spec
      (fun k x => cutTerm n A.bits A.offset box k x (c :: cuts)) A.entries 0
    rw [List.isEmpty_cons, cond_false, addAll_eq, hmap.1, hA.length]
    refine nsum_congr fun k hks => ?_
    rw [hmap.2 k (by rw [hA.length]; exact hks), Nat.zero_add]
    exact cutTerm_eq hA hk ho box _ hks

end Rows

end Lemmanet
