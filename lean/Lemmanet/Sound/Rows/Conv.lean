module

public import Lemmanet.Sound.Rows.Images

/-!
# Forms of a convolution

`Rows.conv` computes the coefficients of forms of a convolution as forms of its input.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

namespace Rows

variable {n : Nat} {A : Rows} {s : ConvShape} {p q : Nat → Nat → Nat → Nat → Nat} {den width : Nat}

/-- The place of pixel `(r, c)` of the input. -/
@[expose] def place (s : ConvShape) (r c : Nat) : Nat :=
  s.row * (r + s.window.padding.1) + (c + s.window.padding.2)

/-- With which weight pixel `k` of the output contributes to a pixel of the input. -/
@[expose] def convWeight (s : ConvShape) (p : Nat → Nat → Nat → Nat → Nat) (group ci r c k : Nat) :
    Nat :=
  s.coefficient 1 p group ci (place s r c) k

/-- What `convOk` says. -/
structure ConvChecked (s : ConvShape) (den width : Nat) (A : Rows) : Prop where
  /-- The denominator of the weight is positive. -/
  den : 0 < den
  /-- Lanes have digits. -/
  bits : 0 < A.bits
  /-- Windows move down. -/
  rows : 0 < s.window.stride.1
  /-- Windows move to the right. -/
  columns : 0 < s.window.stride.2
  /-- The lane that counts does not overflow. -/
  count : s.bound width < 2 ^ A.bits
  /-- No other lane overflows. -/
  offset : 2 * (s.bound width * A.offset) < 2 ^ A.bits

/-- `convOk` checks it. -/
theorem convChecked_of_ok (h : A.convOk s den width = true) : ConvChecked s den width A := by
  simp only [convOk, Bool.and_eq_true, Nat.blt_eq] at h
  obtain ⟨⟨⟨⟨⟨h₁, h₂⟩, h₃⟩, h₄⟩, h₅⟩, h₆⟩ := h
  exact ⟨h₁, h₂, h₃, h₄, h₅, h₆⟩

/-- The coefficients do not depend on the number of bits. -/
theorem coefficient_bits (s : ConvShape) (bits : Nat) (p : Nat → Nat → Nat → Nat → Nat)
    (group ci t k : Nat) : s.coefficient bits p group ci t k = s.coefficient 1 p group ci t k := rfl

/-- A piece of the width of a digit is a digit. -/
theorem bitsAt_eq_digit (width stride x i : Nat) :
    bitsAt x (Nat.mul stride i) width = digit width stride x i := bitsAt_eq ..

/-- A pixel of the input, as a combination of the pixels of the output. -/
theorem pixel_eq (hA : A.Good n (s.groups * s.og * (s.oh * s.ow))) (h : ConvChecked s den width A)
    (hp : ∀ out ci a e, p out ci a e ≤ 2 ^ width) (hq : ∀ out ci a e, q out ci a e ≤ 2 ^ width)
    {group ci r c : Nat} (hg : group < s.groups) (hc : c < s.w) :
    s.pixel (A.bits * (n + 1)) (s.back (A.bits * (n + 1)) p q
        (s.images (A.bits * (n + 1)) (mapEntries (liftPos A.bits n) A.entries))
        (s.images (A.bits * (n + 1)) (mapEntries (liftNeg A.bits n A.offset) A.entries)) group ci) r c =
      nsum (s.groups * s.og * (s.oh * s.ow)) fun k =>
        convWeight s p group ci r c k * liftPos A.bits n (A.entries.getD k 0) +
          convWeight s q group ci r c k * liftNeg A.bits n A.offset (A.entries.getD k 0) := by
  obtain ⟨lx, gx⟩ := mapEntries_spec (liftPos A.bits n) A.entries
  obtain ⟨ly, gy⟩ := mapEntries_spec (liftNeg A.bits n A.offset) A.entries
  have hpacks := ConvShape.packs_back (s := s) (bits := A.bits * (n + 1)) (p := p) (q := q)
    (lx.trans hA.length) (ly.trans hA.length) hg ci
  have hform : ∀ t, s.through (A.bits * (n + 1)) p
        (fun k => (mapEntries (liftPos A.bits n) A.entries).getD k 0) group ci t +
      s.through (A.bits * (n + 1)) q
        (fun k => (mapEntries (liftNeg A.bits n A.offset) A.entries).getD k 0) group ci t =
      nsum (s.groups * s.og * (s.oh * s.ow)) fun k =>
        s.coefficient (A.bits * (n + 1)) p group ci t k * liftPos A.bits n (A.entries.getD k 0) +
          s.coefficient (A.bits * (n + 1)) q group ci t k *
            liftNeg A.bits n A.offset (A.entries.getD k 0) := fun t => by
    rw [nsum_add, ← ConvShape.sum_coefficient _ _ _ hg, ← ConvShape.sum_coefficient _ _ _ hg]
    congr 1 <;> refine nsum_congr fun k hk => ?_
    · rw [gx k (by rw [hA.length]; exact hk)]
    · rw [gy k (by rw [hA.length]; exact hk)]
  have hlt : ∀ t, s.through (A.bits * (n + 1)) p
        (fun k => (mapEntries (liftPos A.bits n) A.entries).getD k 0) group ci t +
      s.through (A.bits * (n + 1)) q
        (fun k => (mapEntries (liftNeg A.bits n A.offset) A.entries).getD k 0) group ci t <
      2 ^ (A.bits * (n + 1)) := fun t => by
    rw [hform]
    exact combine_lt h.bits (fun k hk => hA.packed k hk)
      (ConvShape.sum_coefficient_le h.rows h.columns _ hp hq hg ci t) h.count h.offset
  have hcol : c + s.window.padding.2 < s.row := by have := s.row_spec.2; omega
  show bitsAt (bitsAt _ (A.bits * (n + 1) * (s.row * (r + s.window.padding.1)))
    (A.bits * (n + 1) * s.row)) (Nat.mul (A.bits * (n + 1)) (c + s.window.padding.2))
    (A.bits * (n + 1)) = _
  rw [bitsAt_eq_digit, digit_bitsAt (Nat.le_refl _) _ _ hcol, hpacks.digit_eq hlt, hform]
  rfl

/-- The numerator of a coefficient of the convolution turned round. -/
@[expose] def convInt (s : ConvShape) (p q : Nat → Nat → Nat → Nat → Nat) (A : Rows)
    (group ci r c j : Nat) : Int :=
  isum (s.groups * s.og * (s.oh * s.ow)) fun k =>
    ((convWeight s p group ci r c k : Int) - convWeight s q group ci r c k) * A.int k j

/-- What `conv` computes. -/
theorem Good.conv {α : Type} [OrderedField α] (hA : A.Good n (s.groups * s.og * (s.oh * s.ow)))
    (h : ConvChecked s den width A) (hp : ∀ out ci a e, p out ci a e ≤ 2 ^ width)
    (hq : ∀ out ci a e, q out ci a e ≤ 2 ^ width) :
    (A.conv n s p q den width).Good n (s.groups * (s.cg * (s.h * s.w))) ∧
      ∀ group, group < s.groups → ∀ ci, ci < s.cg → ∀ r, r < s.h → ∀ c, c < s.w → ∀ j, j < n →
        ((A.conv n s p q den width).val
          (group * (s.cg * (s.h * s.w)) + (ci * (s.h * s.w) + (r * s.w + c))) j : α) =
          sum (s.groups * s.og * (s.oh * s.ow)) fun k => A.val k j *
            ratio ((convWeight s p group ci r c k : Int) - convWeight s q group ci r c k) den := by
  let E (group ci r c : Nat) : Nat := settle A.bits n A.offset (s.bound width)
    (s.pixel (A.bits * (n + 1)) (s.back (A.bits * (n + 1)) p q
      (s.images (A.bits * (n + 1)) (mapEntries (liftPos A.bits n) A.entries))
      (s.images (A.bits * (n + 1)) (mapEntries (liftNeg A.bits n A.offset) A.entries))
      group ci) r c)
  have hone : ∀ group ci r, Emits (collect (fun c acc => E group ci r c :: acc) s.w) s.w
      (fun c => E group ci r c) := fun group ci r => by
    have := emits_collect (f := fun c acc => E group ci r c :: acc) (n := s.w) (l := 1)
      (val := fun c _ => E group ci r c) fun c _ => emits_cons _
    rw [Nat.mul_one] at this
    intro acc
    obtain ⟨h1, h2, h3⟩ := this acc
    exact ⟨h1, fun t ht => (h2 t ht).trans (congrArg (E group ci r) (Nat.div_one t)), h3⟩
  obtain ⟨hl, hget, _⟩ := emits_collect (fun group _ => emits_collect (fun ci _ =>
    emits_collect (n := s.h) (fun r _ => hone group ci r)) (n := s.cg)) (n := s.groups) []
  rw [List.length_nil, Nat.add_zero] at hl
  have hentry : ∀ group, group < s.groups → ∀ ci, ci < s.cg → ∀ r, r < s.h → ∀ c, c < s.w →
      (A.conv n s p q den width).entries.getD
        (group * (s.cg * (s.h * s.w)) + (ci * (s.h * s.w) + (r * s.w + c))) 0 = E group ci r c := by
    intro group hg ci hci r hr c hc
    have k1 := block_lt hr hc
    have k2 := block_lt hci k1
    refine (hget _ (block_lt hg k2)).trans ?_
    show E _ _ _ _ = _
    rw [(div_mod_block k2).1, (div_mod_block k2).2, (div_mod_block k1).1, (div_mod_block k1).2,
      (div_mod_block hc).1, (div_mod_block hc).2]
  have hpacked : ∀ group, group < s.groups → ∀ ci, ci < s.cg → ∀ r, r < s.h → ∀ c, c < s.w →
      Packed A.bits n (s.bound width * A.offset) ((A.conv n s p q den width).entries.getD
        (group * (s.cg * (s.h * s.w)) + (ci * (s.h * s.w) + (r * s.w + c))) 0)
        (convInt s p q A group ci r c) := by
    intro group hg ci hci r hr c hc
    rw [hentry group hg ci hci r hr c hc]
    exact settle_packed h.bits (fun k hk => hA.packed k hk)
      (ConvShape.sum_coefficient_le h.rows h.columns 1 hp hq hg ci _) h.offset
      (pixel_eq hA h hp hq hg hc)
  have hsplit : ∀ k, k < s.groups * (s.cg * (s.h * s.w)) → ∃ group ci r c, group < s.groups ∧
      ci < s.cg ∧ r < s.h ∧ c < s.w ∧
        k = group * (s.cg * (s.h * s.w)) + (ci * (s.h * s.w) + (r * s.w + c)) := by
    have hpart : ∀ a b k, k < a * b → ∃ i j, i < a ∧ j < b ∧ k = i * b + j := fun a b k hk => by
      have hb : 0 < b := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt hk)
      refine ⟨k / b, k % b, (Nat.div_lt_iff_lt_mul hb).2 hk, Nat.mod_lt k hb, ?_⟩
      rw [Nat.mul_comm]; exact (Nat.div_add_mod k b).symm
    intro k hk
    obtain ⟨group, k1, hg, hk1, rfl⟩ := hpart _ _ k hk
    obtain ⟨ci, k2, hci, hk2, rfl⟩ := hpart _ _ k1 hk1
    obtain ⟨r, c, hr, hc, rfl⟩ := hpart _ _ k2 hk2
    exact ⟨group, ci, r, c, hg, hci, hr, hc, rfl⟩
  have hden : 0 < (A.conv n s p q den width).den := Nat.mul_pos hA.den h.den
  refine ⟨⟨hden, hl, fun k hk => ?_⟩, ?_⟩
  · obtain ⟨group, ci, r, c, hg, hci, hr, hc, rfl⟩ := hsplit k hk
    exact (hpacked group hg ci hci r hr c hc).read
  · intro group hg ci hci r hr c hc j hj
    have hint : (A.conv n s p q den width).int
        (group * (s.cg * (s.h * s.w)) + (ci * (s.h * s.w) + (r * s.w + c))) j =
        convInt s p q A group ci r c j := (hpacked group hg ci hci r hr c hc).int_eq hj
    rw [val_eq hint, convInt, ratio_isum]
    refine sum_congr fun k _ => ?_
    show ratio _ (A.den * den) = _
    rw [Int.mul_comm, ratio_mul _ _ hA.den h.den]
    rfl

end Rows

end Lemmanet
