module

public import Lemmanet.Sound.Rows

/-!
# Multiples of rows
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

/-- Each number is mapped, with its index. -/
theorem mapIndexed_spec (f : Nat → Nat → Nat) (xs : List Nat) (i : Nat) :
    (mapIndexed f xs i).length = xs.length ∧
      ∀ k, k < xs.length → (mapIndexed f xs i).getD k 0 = f (i + k) (xs.getD k 0) := by
  induction xs generalizing i with
  | nil => exact ⟨rfl, fun k hk => absurd hk (Nat.not_lt_zero k)⟩
  | cons x xs ih =>
    have hcons : mapIndexed f (x :: xs) i = f i x :: mapIndexed f xs (i + 1) := rfl
    rw [hcons]
    refine ⟨by simp [(ih (i + 1)).1], fun k hk => ?_⟩
    cases k with
    | zero => rfl
    | succ k =>
      rw [List.getD_cons_succ, (ih (i + 1)).2 k (by simpa using hk), List.getD_cons_succ]
      congr 1
      omega

namespace Rows

variable {n size : Nat} {A : Rows} {α : Type} [OrderedField α]

/-- Negative forms. -/
theorem Good.neg (hA : A.Good n size) (h : A.negOk = true) :
    (A.neg n).Good n size ∧ ∀ k, k < size → ∀ r, r < n → ((A.neg n).val k r : α) = -A.val k r := by
  simp only [negOk, Bool.and_eq_true, Nat.blt_eq] at h
  obtain ⟨hl, hget⟩ := mapEntries_spec (laneNeg A.bits n A.offset) A.entries
  have hp : ∀ k, k < size → Packed A.bits n A.offset ((A.neg n).entries.getD k 0)
      (fun r => -A.int k r) := fun k hk => by
    have := (hA.packed k hk).neg h.1 h.2
    rw [← hget k (by rw [hA.length]; exact hk)] at this
    exact this
  have hg := good_of_packed (A := A.neg n) hA.den (hl.trans hA.length) hp
  refine ⟨hg.1, fun k hk r hr => ?_⟩
  have hneg : ∀ (a : Int) (d : Nat), (ratio (-a) d : α) = -ratio a d := fun a d => by
    unfold ratio; rw [Ring.intCast_neg]; grind
  rw [val_eq (hg.2 k hk r hr), hneg]
  rfl

/-- Multiples of the coefficients for each entry. -/
theorem Good.scale (hA : A.Good n size) {p q : Nat → Nat} {den bound : Nat}
    (hpq : ∀ k, k < size → p k < bound ∧ q k < bound) (h : A.scaleOk den bound = true) :
    (A.scale n p q den bound).Good n size ∧ ∀ k, k < size → ∀ r, r < n →
      ((A.scale n p q den bound).val k r : α) = A.val k r * ratio ((p k : Int) - q k) den := by
  simp only [scaleOk, Bool.and_eq_true, Nat.blt_eq] at h
  obtain ⟨⟨hden, hbits⟩, ho⟩ := h
  have hspec := mapIndexed_spec (fun k x => Nat.add
    (Nat.add (Nat.mul (p k) x) (Nat.mul (q k) (laneNeg A.bits n A.offset x)))
    (Nat.mul (Nat.sub (scaleOffset bound A) (Nat.mul A.offset (Nat.add (p k) (q k))))
      (ones A.bits n))) A.entries 0
  have hp : ∀ k, k < size → Packed A.bits n (scaleOffset bound A)
      ((A.scale n p q den bound).entries.getD k 0)
      (fun r => A.int k r * ((p k : Int) - q k)) := fun k hk => by
    obtain ⟨hpk, hqk⟩ := hpq k hk
    have hP := hA.packed k hk
    have hsum : A.offset * (p k + q k) ≤ scaleOffset bound A := by
      show _ ≤ 2 * (bound * A.offset)
      have := Nat.mul_le_mul_left A.offset (show p k + q k ≤ 2 * bound by omega)
      rwa [Nat.mul_left_comm, Nat.mul_comm A.offset bound] at this
    refine .of_pack (u := fun r => p k * (A.int k r + A.offset).toNat +
      q k * (-A.int k r + A.offset).toNat +
        (scaleOffset bound A - A.offset * (p k + q k))) ?_ (fun r hr => ?_) (fun r hr => ?_) ho
    · rw [pack_add, pack_add, pack_mul_left, pack_mul_left, ← hP.eq, ← hP.laneNeg_eq hbits,
        ← mul_ones hbits]
      refine (hspec.2 k (by rw [hA.length]; exact hk)).trans ?_
      rw [Nat.zero_add]
      rfl
    · have h1 := hP.digit_cast hr
      have h2 : (((-A.int k r + A.offset).toNat : Nat) : Int) = -A.int k r + A.offset := by
        have := hP.high r hr; omega
      simp only [Int.natCast_add, Int.natCast_mul, h1, h2, Int.ofNat_sub hsum]
      grind
    · have h1 := Nat.mul_le_mul_left (p k) (hP.digit_le hr)
      have h2 : (-A.int k r + A.offset).toNat ≤ 2 * A.offset := by
        have := hP.low r hr; omega
      have h2 := Nat.mul_le_mul_left (q k) h2
      have e : A.offset * (p k + q k) = p k * A.offset + q k * A.offset := by
        rw [Nat.mul_add]; ac_rfl
      rw [Nat.mul_left_comm] at h1 h2
      show _ + _ + _ ≤ 2 * scaleOffset bound A
      omega
  have hg := good_of_packed (A := A.scale n p q den bound) (Nat.mul_pos hA.den hden)
    (hspec.1.trans hA.length) hp
  refine ⟨hg.1, fun k hk r hr => ?_⟩
  rw [val_eq (hg.2 k hk r hr)]
  show ratio _ (A.den * den) = _
  rw [ratio_mul _ _ hA.den hden]
  rfl

end Rows

end Lemmanet
