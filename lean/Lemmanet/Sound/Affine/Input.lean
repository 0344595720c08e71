module

public import Lemmanet.Sound.Affine.Cuts

/-!
# Forms of the input

Forms are bounded on a box of inputs, or on the part of it where their cuts hold.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {n size : Nat} {α : Type} [OrderedField α] {s : Shape} {box : Flat} {cuts : List Cut}

namespace Rows

variable {A : Rows}

/-- What the entries contribute across the width of the box. -/
@[expose] def spanNum (size : Nat) (A : Rows) (box : Flat) (r : Nat) : Nat :=
  nsum size fun k => boxWidth box k * (A.int k r).toNat

/-- The forms at the lower ends of a box. -/
@[expose] def lowEnds (n size : Nat) (A : Rows) (box : Flat) : Lanes :=
  A.dot n size (box.get box.lowPos) (box.get box.lowNeg) box.den

/-- What `supOk` checks. -/
structure SupChecked (size : Nat) (A : Rows) (box : Flat) (cuts : List Cut) : Prop where
  /-- The cuts lie in the box. -/
  cuts : cutsOk size box cuts = true
  /-- The denominator of the box is positive. -/
  den : 0 < box.den
  /-- Lanes have digits. -/
  bits : 0 < A.bits
  /-- No coefficient uses the top bit. -/
  top : A.offset < 2 ^ (A.bits - 1)
  /-- No lane overflows. -/
  sum : 2 * (dotOffset size (box.get box.lowPos) (box.get box.lowNeg) A +
    spanOffset size A box) < 2 ^ A.bits

/-- `supOk` checks it. -/
theorem supChecked_of_ok (h : A.supOk size box cuts = true) : SupChecked size A box cuts := by
  simp only [supOk, Bool.and_eq_true, Nat.blt_eq] at h
  obtain ⟨⟨⟨⟨h₁, h₂⟩, h₃⟩, h₄⟩, h₅⟩ := h
  exact ⟨h₁, h₂, h₃, h₄, h₅⟩

/-- The forms at the lower ends do not overflow. -/
private theorem SupChecked.dotOk (h : SupChecked size A box cuts) :
    A.dotOk size (box.get box.lowPos) (box.get box.lowNeg) box.den = true := by
  simp only [Rows.dotOk, Bool.and_eq_true, Nat.blt_eq]
  exact ⟨⟨h.den, h.bits⟩, Nat.lt_of_le_of_lt (Nat.mul_le_mul_left 2
    (Nat.le_add_right _ (spanOffset size A box))) h.sum⟩

/-- The numerator of the largest value of form `r`. -/
@[expose] def supInt (n size : Nat) (A : Rows) (box : Flat) (cuts : List Cut) (r : Nat) : Int :=
  (A.lowEnds n size box).int r +
    ((spanNum size A box r : Int) - (nsum size fun k => cutNum A box cuts k r : Nat))

/-- The largest values, lane by lane. -/
theorem sup_packed (hA : A.Good n size) (h : SupChecked size A box cuts) :
    Packed A.bits n (A.sup n size box cuts).offset (A.sup n size box cuts).num
      (supInt n size A box cuts) := by
  have hk := h.bits
  have hdot := (hA.dot (α := Rat) h.dotOk).1.packed
  have hspan : spanOffset size A box = nsum size fun k => boxWidth box k * A.offset := by
    show A.offset * addUp size (boxWidth box) = _
    rw [addUp_eq, nsum_mul_right, Nat.mul_comm]
  have hmap := mapEntries_spec (positivePart A.bits n A.offset) A.entries
  have hwide : comb (boxWidth box) (mapEntries (positivePart A.bits n A.offset) A.entries) 0 =
      pack A.bits (spanNum size A box) n := by
    unfold spanNum
    rw [comb_eq, hmap.1, hA.length, pack_nsum]
    refine nsum_congr fun k hk' => ?_
    rw [pack_mul_left, Nat.zero_add, hmap.2 k (by rw [hA.length]; exact hk')]
    have := (hA.packed k hk').positivePart_eq hk h.top
    rw [this]
  have hwle : ∀ r, r < n → spanNum size A box r ≤ spanOffset size A box := fun r hr => by
    rw [hspan]
    refine nsum_le_nsum fun k hk' => Nat.mul_le_mul_left _ ?_
    have := (hA.packed k hk').high r hr
    omega
  have hcle : ∀ r, r < n → (nsum size fun k => cutNum A box cuts k r) ≤
      spanOffset size A box := fun r hr => by
    rw [hspan]
    exact nsum_le_nsum fun k hk' => cutNum_le h.cuts ((hA.packed k hk').low r hr)
      ((hA.packed k hk').high r hr)
  have hrest : spanOffset size A box * ones A.bits n -
      cutTerms n A.bits A.offset box cuts A.entries =
      pack A.bits (fun r => spanOffset size A box -
        nsum size fun k => cutNum A box cuts k r) n := by
    rw [mul_ones hk, cutTerms_eq hA hk h.top]
    exact pack_sub fun r hr => by have := hcle r hr; omega
  refine .of_pack (u := fun r => ((A.lowEnds n size box).int r +
      (A.lowEnds n size box).offset).toNat + (spanNum size A box r +
        (spanOffset size A box - nsum size fun k => cutNum A box cuts k r))) ?_
      (fun r hr => ?_) (fun r hr => ?_) h.sum
  · rw [pack_add, pack_add, ← hwide, ← hrest]
    show (A.lowEnds n size box).num + _ = _
    conv => lhs; lhs; rw [show (A.lowEnds n size box).num = _ from hdot.eq]
    rfl
  · have h1 : (((Lanes.int (A.lowEnds n size box) r +
        (A.lowEnds n size box).offset).toNat : Nat) : Int) =
        (A.lowEnds n size box).int r + (A.lowEnds n size box).offset := hdot.digit_cast hr
    have h2 : ((A.sup n size box cuts).offset : Int) =
        (A.lowEnds n size box).offset + spanOffset size A box := Int.natCast_add _ _
    rw [h2, Int.natCast_add, Int.natCast_add, h1, Int.ofNat_sub (hcle r hr), supInt]
    omega
  · have h1 : (Int.toNat ((A.lowEnds n size box).int r + (A.lowEnds n size box).offset)) ≤
      2 * (A.lowEnds n size box).offset := hdot.digit_le hr
    have h2 : (A.sup n size box cuts).offset =
        (A.lowEnds n size box).offset + spanOffset size A box := rfl
    have h3 := hwle r hr
    rw [h2]
    show (Int.toNat ((A.lowEnds n size box).int r + (A.lowEnds n size box).offset)) + _ ≤ _
    omega

/-- An entry of a tensor in a box, in one form: the value at the lower end, and at most the width where
the coefficient is positive, less what the gaps on either side take away. -/
private theorem entry_le_sup {a : Int} {d e u v w : Nat} {l : Int} {x : α} (hd : 0 < d) (he : 0 < e)
    (hu : (u : α) ≤ x * (e : α) - (l : α)) (hv : x * (e : α) - (l : α) + (v : α) ≤ (w : α)) :
    ratio a d * x ≤ ratio a d * ratio l e +
      ratio ((w * a.toNat : Nat) - (u * (-a).toNat + v * a.toNat : Nat) : Int) (d * e) := by
  have hdp := natCast_pos (α := α) hd
  have hep := natCast_pos (α := α) he
  have hsplit : (a : α) = (a.toNat : α) - ((-a).toNat : α) := by
    have h : a = (a.toNat : Int) - ((-a).toNat : Int) := by omega
    conv => lhs; rw [h]
    rw [Ring.intCast_sub, Ring.intCast_natCast, Ring.intCast_natCast]
  have h1 := OrderedRing.mul_le_mul_of_nonneg_left hu (natCast_nonneg (α := α) (-a).toNat)
  have h2 := OrderedRing.mul_le_mul_of_nonneg_left hv (natCast_nonneg (α := α) a.toNat)
  have h3 : ratio a d * (x - ratio l e) ≤
      ratio ((w * a.toNat : Nat) - (u * (-a).toNat + v * a.toNat : Nat) : Int) (d * e) := by
    rw [le_ratio_iff (Nat.mul_pos hd he), Ring.intCast_sub, Ring.intCast_natCast, Ring.intCast_natCast]
    simp only [Semiring.natCast_mul, Semiring.natCast_add]
    have e1 : (ratio a d : α) * (d : α) = (a : α) := by unfold ratio; grind
    have e2 : (ratio l e : α) * (e : α) = (l : α) := by unfold ratio; grind
    have e3 : ratio a d * (x - ratio l e) * ((d : α) * (e : α)) =
        (a : α) * (x * (e : α) - (l : α)) := by
      rw [← e1, ← e2]; grind
    rw [e3, hsplit]
    grind
  grind

/-- The largest values on the part of a box where the cuts hold are no smaller than the values. -/
theorem Good.eval_le_sup (hA : A.Good n (Shape.size s))
    (h : SupChecked (Shape.size s) A box cuts) {x : Tensor α s} (hx : box.Mem x) {r : Nat} (hr : r < n)
    (hc : ∀ c, c ∈ cuts → c.Holds x r) :
    A.eval x r ≤ (A.sup n (Shape.size s) box cuts).val r := by
  have hd := h.den
  rw [Lanes.val_of_packed (v := A.sup n (Shape.size s) box cuts) (sup_packed hA h) hr, supInt,
    ratio_add]
  have e1 : ratio ((A.lowEnds n (Shape.size s) box).int r)
      (A.sup n (Shape.size s) box cuts).den =
      (A.lowEnds n (Shape.size s) box).val (α := α) r := rfl
  rw [e1, lowEnds, (hA.dot (α := α) h.dotOk).2 r hr, spanNum, natCast_nsum_int, natCast_nsum_int,
    ratio_sub, ratio_isum, ratio_isum, ← sum_sub, ← sum_add]
  refine sum_le_sum fun k hk => ?_
  rw [← ratio_sub]
  have hm := hx k hk
  obtain ⟨g1, g2⟩ := gaps_le hd h.cuts hc hm.2.1 hm.2.2
  have hlo : ((box.get box.lowPos k : Int) - (box.get box.lowNeg k : Int)) =
      (box.ival k).lo := Int.subNatNat_eq_coe.symm
  rw [hlo]
  refine entry_le_sup hA.den hd g1 ?_
  have hw : ((box.ival k).hi : α) - ((box.ival k).lo : α) ≤ (boxWidth box k : α) := by
    rw [boxWidth_eq]
    have := intCast_le (α := α) (show (box.ival k).hi - (box.ival k).lo ≤
      (((box.ival k).hi - (box.ival k).lo).toNat : Int) by omega)
    rwa [Ring.intCast_sub, Ring.intCast_natCast] at this
  show x.at k * (box.den : α) - ((box.ival k).lo : α) + _ ≤ _
  grind

end Rows

namespace Trace.Bounds

variable {s : Shape} {X : Post s} {cuts : Cuts [s]} {A : Rows} {d : Lanes} {b : Box s}

/-- Forms of the input are bounded by their largest values on a box that contains all inputs, or on the
part of it where their cuts hold. The kernel compares in digits of `bits` bits. -/
theorem input (bits : Nat) (facts : Trace.input.Facts X (b, ()))
    (hok : (b.regular && A.supOk (Shape.size s) b.flat cuts.1.cuts &&
      (A.sup n (Shape.size s) b.flat cuts.1.cuts).le n bits d) = true) :
    Trace.input.Bounds X n cuts (some A, ()) d := by
  intro hg hd α _ _ env hr r hn hc
  rw [Bool.and_eq_true, Bool.and_eq_true] at hok
  have hsup := Rows.supChecked_of_ok hok.1.2
  have h3 := hg.1.eval_le_sup hsup (Box.mem_flat (facts α env hr).1 hok.1.1) hn hc.1.1
  have h4 := (Lanes.good_of_packed (v := A.sup n (Shape.size s) b.flat cuts.1.cuts)
    (Nat.mul_pos hg.1.den hsup.den) (Rows.sup_packed hg.1 hsup)).1.le (α := α) hd
    hok.2 hn
  show A.eval env.1 r + 0 ≤ _
  grind

/-- No forms are left: the bounds must not be negative. -/
theorem zero {Γ : List Shape} {tr : Trace s Γ} {cuts : Cuts Γ} (bits : Nat)
    (hok : (Lanes.le n bits ⟨1, 1, 0, 0⟩ d) = true) : tr.Bounds X n cuts .none d := by
  intro _ hd α _ _ env _ r hn _
  rw [Terms.eval_none]
  have hz : (⟨1, 1, 0, 0⟩ : Lanes).Good n :=
    (Lanes.good_of_packed (v := ⟨1, 1, 0, 0⟩) (f := fun _ => 0) Nat.one_pos
      (.of_pack (u := fun _ => 0) (by rw [pack_eq_nsum]; simp [nsum_zero]) (fun _ _ => rfl)
        (fun _ _ => Nat.le_refl 0) (by decide))).1
  have h := hz.le (α := α) hd hok hn
  have e : ((⟨1, 1, 0, 0⟩ : Lanes).val r : α) = 0 := by
    have : (⟨1, 1, 0, 0⟩ : Lanes).int r = 0 := by
      show Int.subNatNat (digit 1 1 0 r) 0 = 0
      rw [digit_eq, Nat.zero_div, Nat.zero_mod]
      rfl
    rw [Lanes.val, this, ratio_zero]
  rw [e] at h
  exact h

end Trace.Bounds

end Lemmanet
