module

public import Lemmanet.Sound.Affine.Pieces
public import Lemmanet.Sound.Rows.Linear

/-!
# Linear layers and the input

The two ends of a stretch: forms of a linear layer become forms of its argument, exactly, and forms of the
input are bounded on a box.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {n : Nat}

/-- An entry of a constant as a fraction of digits. -/
theorem Const.val_eq {α : Type} [OrderedField α] {s : Shape} (c : Const s) (k : Nat) :
    (c.val k : α) = ratio ((c.posDigit k : Int) - (c.negDigit k : Int)) c.den := by
  rw [val, num, Int.subNatNat_eq_coe]

namespace Rows

variable {inputs outputs : Nat}

/-- The forms of the bias. -/
@[expose] def bias (n : Nat) (b : Const [outputs]) (A : Rows) : Lanes :=
  A.dot n outputs b.posDigit b.negDigit b.den

/-- The check of a step through a linear layer: forms `A` of the result, what is left of the forms and
of their bounds. -/
@[expose] def linearStepOk (n : Nat) (w : Const [inputs, outputs]) (b : Const [outputs]) (A : Rows)
    {Γ : List Shape} (v : Var Γ [inputs]) (T : Terms Γ) (d : Lanes) : Bool :=
  A.linearOk w && A.dotOk outputs b.posDigit b.negDigit b.den &&
    (T.plusArgsOk n (.cons v .nil) (some (A.linear n w), ()) && d.subOk (A.bias n b))

end Rows

namespace Trace.Bounds

variable {s t : Shape} {Γ : List Shape} {tr : Trace s Γ} {X : Post s} {cuts : Cuts Γ}
  {cs : List Cut} {T : Terms Γ} {A : Rows} {d : Lanes}

/-- A linear layer. -/
theorem linear {inputs outputs : Nat} {w : Const [inputs, outputs]} {b : Const [outputs]}
    {v : Var Γ [inputs]} (hok : A.linearStepOk n w b v T d = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil) (some (A.linear n w), ()))
      (d.sub n (A.bias n b))) :
    (tr.bind (.linear w b : Op [[inputs]] [outputs]) (.cons v .nil)).Bounds X n (cs, cuts)
      (some A, T) d := by
  rw [Rows.linearStepOk, Bool.and_eq_true, Bool.and_eq_true] at hok
  refine step (ins := [[inputs]]) (M := (some (A.linear n w), ())) (fun hA => ?_) hok.2 h
  have hsize : ∀ m, Shape.size [m] = m := fun m => by simp [Shape.size]
  rw [hsize] at hA
  refine ⟨⟨?_, trivial⟩, (hA.dot (α := Rat) hok.1.2).1, ?_⟩
  · show (A.linear n w).Good n (Shape.size [inputs])
    rw [hsize]
    exact (hA.linear (α := Rat) hok.1.1).1
  · intro α _ _ env _ r hr _
    have h1 := hA.eval_linear (α := α) hok.1.1 b (v.get env) hr
    have h2 := (hA.dot (α := α) hok.1.2).2 r hr
    have h3 : (A.bias n b).val r = sum outputs fun i => A.val i r * (b.val i : α) := by
      rw [Rows.bias, h2]
      exact sum_congr fun i _ => by rw [b.val_eq]
    show A.eval ((Op.linear w b).denote (v.get env, ())) r ≤
      (A.linear n w).eval (v.get env) r + 0 + _
    rw [h1, h3]
    grind

end Trace.Bounds

/-! ## The input -/

namespace Rows

variable {A : Rows} {s : Shape} {b : Box s}

/-- What the entries contribute across the width of the box. -/
@[expose] def spanNum (size : Nat) (A : Rows) (box : Flat) (r : Nat) : Nat :=
  nsum size fun k => boxWidth box k * (A.int k r).toNat

/-- The forms at the lower ends of a box. -/
@[expose] def lowEnds (n size : Nat) (A : Rows) (box : Flat) : Lanes :=
  A.dot n size (box.get box.lowPos) (box.get box.lowNeg) box.den

/-- What `supOk` checks. -/
theorem supOk_iff {size : Nat} : A.supOk size b = true ↔
    (((b.regular = true ∧ 0 < A.bits) ∧ A.offset < 2 ^ (A.bits - 1)) ∧
      2 * (dotOffset size (b.flat.get b.flat.lowPos) (b.flat.get b.flat.lowNeg) A +
        spanOffset size A b.flat) < 2 ^ A.bits) := by
  simp only [supOk, Bool.and_eq_true, Nat.blt_eq]
  rfl

/-- The forms at the lower ends do not overflow. -/
private theorem dotOk_of_supOk {size : Nat} (h : A.supOk size b = true) :
    A.dotOk size (b.flat.get b.flat.lowPos) (b.flat.get b.flat.lowNeg) b.flat.den = true := by
  obtain ⟨⟨⟨hb, hk⟩, -⟩, hsum⟩ := supOk_iff.1 h
  simp only [dotOk, Bool.and_eq_true, Nat.blt_eq]
  exact ⟨⟨(Box.regular_iff.1 hb).1, hk⟩, Nat.lt_of_le_of_lt (Nat.mul_le_mul_left 2
    (Nat.le_add_right _ (spanOffset size A b.flat))) hsum⟩

/-- The largest values, lane by lane. -/
theorem sup_packed {size : Nat} (hA : A.Good n size) (h : A.supOk size b = true) :
    Packed A.bits n (A.sup n size b.flat).offset (A.sup n size b.flat).num
      (fun r => (A.lowEnds n size b.flat).int r + spanNum size A b.flat r) := by
  obtain ⟨⟨⟨-, hk⟩, ho⟩, hsum⟩ := supOk_iff.1 h
  have hdot := (hA.dot (α := Rat) (dotOk_of_supOk h)).1.packed
  have hspan : spanOffset size A b.flat = nsum size fun k => boxWidth b.flat k * A.offset := by
    show A.offset * addUp size (boxWidth b.flat) = _
    rw [addUp_eq, nsum_mul_right, Nat.mul_comm]
  have hmap := mapEntries_spec (positivePart A.bits n A.offset) A.entries
  have hwide : comb (boxWidth b.flat) (mapEntries (positivePart A.bits n A.offset) A.entries) 0 =
      pack A.bits (spanNum size A b.flat) n := by
    unfold spanNum
    rw [comb_eq, hmap.1, hA.length, pack_nsum]
    refine nsum_congr fun k hk' => ?_
    rw [pack_mul_left, Nat.zero_add, hmap.2 k (by rw [hA.length]; exact hk')]
    have := (hA.packed k hk').positivePart_eq hk ho
    rw [this]
  have hwle : ∀ r, r < n → spanNum size A b.flat r ≤ spanOffset size A b.flat := fun r hr => by
    rw [hspan]
    refine nsum_le_nsum fun k hk' => Nat.mul_le_mul_left _ ?_
    have := (hA.packed k hk').high r hr
    omega
  refine .of_pack (u := fun r => ((A.lowEnds n size b.flat).int r +
      (A.lowEnds n size b.flat).offset).toNat +
      (spanNum size A b.flat r + spanOffset size A b.flat)) ?_ (fun r hr => ?_) (fun r hr => ?_) hsum
  · rw [pack_add, pack_add, ← hwide, ← mul_ones hk]
    show (A.lowEnds n size b.flat).num + _ = _
    conv => lhs; lhs; rw [show (A.lowEnds n size b.flat).num = _ from hdot.eq]
    rfl
  · have h1 := hdot.digit_cast hr
    have h2 : ((A.sup n size b.flat).offset : Int) =
        (A.lowEnds n size b.flat).offset + spanOffset size A b.flat := Int.natCast_add _ _
    have h3 : (((Lanes.int (A.lowEnds n size b.flat) r +
        (A.lowEnds n size b.flat).offset).toNat : Nat) : Int) =
        (A.lowEnds n size b.flat).int r + (A.lowEnds n size b.flat).offset := h1
    rw [h2, Int.natCast_add, Int.natCast_add, h3]
    omega
  · have h1 : _ ≤ 2 * (A.lowEnds n size b.flat).offset := hdot.digit_le hr
    have h2 : (A.sup n size b.flat).offset =
        (A.lowEnds n size b.flat).offset + spanOffset size A b.flat := rfl
    have h3 := hwle r hr
    rw [h2]
    show (Int.toNat ((A.lowEnds n size b.flat).int r + (A.lowEnds n size b.flat).offset)) + _ ≤ _
    have h4 : (Int.toNat ((A.lowEnds n size b.flat).int r + (A.lowEnds n size b.flat).offset)) ≤
      2 * (A.lowEnds n size b.flat).offset := h1
    omega

/-- An entry of a tensor in a box, in one form: the value at the lower end, and at most the width where
the coefficient is positive. -/
private theorem entry_le_sup {α : Type} [OrderedField α] {a : Int} {d e l m w : Nat} {x : α}
    (hd : 0 < d) (he : 0 < e) (hlo : (l : α) - (m : α) ≤ x * (e : α))
    (hhi : x * (e : α) - ((l : α) - (m : α)) ≤ (w : α)) :
    ratio a d * x ≤ ratio a d * ratio ((l : Int) - (m : Int)) e +
      ratio ((w * a.toNat : Nat) : Int) (d * e) := by
  have hdp := natCast_pos (α := α) hd
  have hep := natCast_pos (α := α) he
  have h3 : (a : α) ≤ (a.toNat : α) := by
    have := intCast_le (α := α) (show a ≤ (a.toNat : Int) by omega)
    rwa [Ring.intCast_natCast] at this
  have h4 := OrderedRing.mul_le_mul_of_nonneg_right h3
    (show 0 ≤ x * (e : α) - ((l : α) - (m : α)) by grind)
  have h5 := OrderedRing.mul_le_mul_of_nonneg_left hhi (natCast_nonneg (α := α) a.toNat)
  have h6 : ratio a d * (x - ratio ((l : Int) - (m : Int)) e) ≤
      ratio ((w * a.toNat : Nat) : Int) (d * e) := by
    rw [le_ratio_iff (Nat.mul_pos hd he), Ring.intCast_natCast, Semiring.natCast_mul,
      Semiring.natCast_mul]
    have e1 : (ratio a d : α) * (d : α) = (a : α) := by unfold ratio; grind
    have e2 : (ratio ((l : Int) - (m : Int)) e : α) * (e : α) = (l : α) - (m : α) := by
      unfold ratio
      rw [Ring.intCast_sub, Ring.intCast_natCast, Ring.intCast_natCast]; grind
    have e3 : ratio a d * (x - ratio ((l : Int) - (m : Int)) e) * ((d : α) * (e : α)) =
        (a : α) * (x * (e : α) - ((l : α) - (m : α))) := by
      rw [← e1, ← e2]; grind
    rw [e3]
    grind
  grind

/-- The largest values on a box are no smaller than the values. -/
theorem Good.eval_le_sup {α : Type} [OrderedField α] (hA : A.Good n (Shape.size s))
    (h : A.supOk (Shape.size s) b = true) {x : Tensor α s} (hx : b.Mem x) {r : Nat} (hr : r < n) :
    A.eval x r ≤ (A.sup n (Shape.size s) b.flat).val r := by
  have hb := (supOk_iff.1 h).1.1.1
  have hd := (Box.regular_iff.1 hb).1
  rw [Lanes.val_of_packed (v := A.sup n (Shape.size s) b.flat) (sup_packed hA h) hr, ratio_add]
  have e1 : ratio ((A.lowEnds n (Shape.size s) b.flat).int r) (A.sup n (Shape.size s) b.flat).den =
      (A.lowEnds n (Shape.size s) b.flat).val (α := α) r := rfl
  rw [e1, lowEnds, (hA.dot (α := α) (dotOk_of_supOk h)).2 r hr, spanNum, natCast_nsum_int, ratio_isum,
    ← sum_add]
  refine sum_le_sum fun k hk => ?_
  obtain ⟨hlo, hhi⟩ := Box.flat_bounds hb hx hk
  refine entry_le_sup hA.den hd hlo (Std.le_trans ?_
    (sub_le_natSub (b.flat.get b.flat.highPos k + b.flat.get b.flat.lowNeg k)
      (b.flat.get b.flat.highNeg k + b.flat.get b.flat.lowPos k)))
  rw [Semiring.natCast_add, Semiring.natCast_add]
  show x.at k * (b.den : α) - _ ≤ _
  grind

end Rows

namespace Trace.Bounds

variable {s : Shape} {X : Post s} {cuts : Cuts [s]} {A : Rows} {d : Lanes} {b : Box s}

/-- Forms of the input are bounded by their largest values on a box that contains all inputs. The kernel
compares in digits of `bits` bits. -/
theorem input (bits : Nat) (facts : Trace.input.Facts X (b, ()))
    (hok : (A.supOk (Shape.size s) b && (A.sup n (Shape.size s) b.flat).le n bits d) = true) :
    Trace.input.Bounds X n cuts (some A, ()) d := by
  intro hg hd α _ _ env hr r hn _
  rw [Bool.and_eq_true] at hok
  have h3 := hg.1.eval_le_sup hok.1 (facts α env hr).1 hn
  have hb := (Rows.supOk_iff.1 hok.1).1.1.1
  have h4 := (Lanes.good_of_packed (v := A.sup n (Shape.size s) b.flat)
    (Nat.mul_pos hg.1.den (Box.regular_iff.1 hb).1) (Rows.sup_packed hg.1 hok.1)).1.le (α := α) hd
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
