module

public import Lemmanet.Sound.Affine.Linear
public import Lemmanet.Sound.Rows.Move

/-!
# Steps through operators that move or add up entries

Sums over axes, global pools, concatenation, transpose, slice and pad.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {s t u w : Shape} {Γ : List Shape} {n : Nat} {tr : Trace s Γ} {X : Post s} {cuts : Cuts Γ}
  {cs : Limits} {T : Terms Γ} {A : Rows} {d : Lanes}

namespace Rows

/-- The forms of a sum over an axis of `count` entries, `inner` apart, divided by `by`. -/
@[expose] def axis (t : Shape) (inner count divisor : Nat) (A : Rows) : Rows :=
  A.repeatAxis inner count (Nat.div (Shape.size t) inner) divisor

/-- The check of a step through a sum over an axis. -/
@[expose] def axisStepOk (n inner count divisor : Nat) (A : Rows) (t : Shape) (v : Var Γ s)
    (T : Terms Γ) : Bool :=
  Nat.blt 0 divisor && Nat.beq (Nat.mul (Nat.div (Shape.size t) inner) inner) (Shape.size t) &&
    Nat.beq (Nat.mul (Nat.div (Shape.size t) inner) (Nat.mul count inner)) (Shape.size s) &&
    T.plusArgsOk n (.cons v .nil) (some (A.axis t inner count divisor), ())

end Rows

namespace Trace.Bounds

/-- An operator whose output entries are sums over an axis, divided by a number. -/
theorem axis {inner count divisor : Nat} {v : Var Γ t} {op : Op [t] u}
    (hop : ∀ (α : Type) [OrderedField α] [DecidableLE α] (x : Tensor α t) (k : Nat),
      k < Shape.size u → (op.denote (x, ()) : Tensor α u).at k =
        sum count (fun j => x.at ((k / inner * count + j) * inner + k % inner)) / (divisor : α))
    (hok : A.axisStepOk n inner count divisor u v T = true)
    (h : tr.Bounds X n cuts
      (T.plusArgs n (.cons v .nil) (some (A.axis u inner count divisor), ())) d) :
    (tr.bind op (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  simp only [Rows.axisStepOk, Bool.and_eq_true, Nat.beq_eq, Nat.blt_eq] at hok
  obtain ⟨⟨⟨hd, hu⟩, ht⟩, hplus⟩ := hok
  refine exactStep (ins := [t]) (M := (some (A.axis u inner count divisor), ()))
    (fun hA => ?_) hplus h
  have hu : Shape.size u / inner * inner = Shape.size u := hu
  have hA' : A.Good n (Shape.size u / inner * inner) := by rw [hu]; exact hA
  refine ⟨⟨?_, trivial⟩, fun α _ _ env r _ => ?_⟩
  · have := (hA'.repeatAxis (α := Rat) (d := count) hd).1
    have e : Shape.size u / inner * (count * inner) = Shape.size t := ht
    rw [e] at this
    exact this
  · have := hA'.eval_repeatAxis (α := α) hd ht.symm hu.symm (v.get env)
      (y := (op.denote (v.get env, ()) : Tensor α u))
      (fun k hk => hop α (v.get env) k (by rwa [hu] at hk)) r
    show A.eval (op.denote (v.get env, ())) r =
      (A.axis u inner count divisor).eval (v.get env) r + 0
    rw [this]
    show _ = _ + 0
    have e : ∀ a : α, a = a + 0 := by intros; grind
    exact e _

/-- The entries between two steps along an axis. -/
@[expose] def _root_.Lemmanet.Rows.innerSize (t : Shape) (axis : Nat) : Nat := Shape.size (t.drop (axis + 1))

/-- A sum over an axis. -/
theorem reduceSum {k : Nat} {v : Var Γ t}
    (hok : A.axisStepOk n (Rows.innerSize t k) (t.getD k 1) 1 (t.eraseIdx k) v T = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil)
      (some (A.axis (t.eraseIdx k) (Rows.innerSize t k) (t.getD k 1) 1), ())) d) :
    (tr.bind (.reduceSum k : Op [t] (t.eraseIdx k)) (.cons v .nil)).Bounds X n (cs, cuts)
      (some A, T) d := by
  refine axis (fun α _ _ x i hi => ?_) hok h
  rw [Op.denote, Tensor.at_ofFn hi, axisSum, Semiring.natCast_one]
  have e : ∀ a : α, a = a / 1 := by intros; grind
  exact e _

/-- A mean over an axis. -/
theorem reduceMean {k : Nat} {v : Var Γ t}
    (hok : A.axisStepOk n (Rows.innerSize t k) (t.getD k 1) (t.getD k 1) (t.eraseIdx k) v T = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil)
      (some (A.axis (t.eraseIdx k) (Rows.innerSize t k) (t.getD k 1) (t.getD k 1)), ())) d) :
    (tr.bind (.reduceMean k : Op [t] (t.eraseIdx k)) (.cons v .nil)).Bounds X n (cs, cuts)
      (some A, T) d := by
  refine axis (fun α _ _ x i hi => ?_) hok h
  rw [Op.denote, Tensor.at_ofFn hi]
  rfl

/-- A mean of each channel. -/
theorem globalAvgPool {c h w : Nat} {v : Var Γ [c, h, w]}
    (hok : A.axisStepOk n 1 (Nat.mul h w) (Nat.mul h w) [c, 1, 1] v T = true)
    (hrest : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil)
      (some (A.axis [c, 1, 1] 1 (Nat.mul h w) (Nat.mul h w)), ())) d) :
    (tr.bind (.globalAvgPool : Op [[c, h, w]] [c, 1, 1]) (.cons v .nil)).Bounds X n (cs, cuts)
      (some A, T) d := by
  refine axis (fun α _ _ x i hi => ?_) hok hrest
  rw [Op.denote, Tensor.at_ofFn hi]
  congr 1
  refine sum_congr fun j _ => ?_
  rw [Nat.div_one, Nat.mod_one, Nat.mul_one, Nat.add_zero]
  rfl

end Trace.Bounds

/-! ## Concatenation -/

namespace Rows

/-- The check of a step through a concatenation. -/
@[expose] def concatStepOk (n outer a b : Nat) (A : Rows) (s t u : Shape) (x : Var Γ s) (y : Var Γ t)
    (T : Terms Γ) : Bool :=
  Nat.beq (Nat.mul outer (Nat.add a b)) (Shape.size u) && Nat.beq (Nat.mul outer a) (Shape.size s) &&
    Nat.beq (Nat.mul outer b) (Shape.size t) &&
    T.plusArgsOk n (.cons x (.cons y .nil))
      (some (A.part (Nat.add a b) 0 a outer), some (A.part (Nat.add a b) a b outer), ())

end Rows

namespace Trace.Bounds

/-- Two tensors, one after the other along an axis. -/
theorem concat {outer a b : Nat} {x : Var Γ t} {y : Var Γ u}
    (hok : A.concatStepOk n outer a b t u w x y T = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons x (.cons y .nil))
      (some (A.part (Nat.add a b) 0 a outer), some (A.part (Nat.add a b) a b outer), ())) d) :
    (tr.bind (.concat outer a b : Op [t, u] w) (.cons x (.cons y .nil))).Bounds X n (cs, cuts)
      (some A, T) d := by
  simp only [Rows.concatStepOk, Bool.and_eq_true, Nat.beq_eq] at hok
  obtain ⟨⟨⟨hw, ht⟩, hu⟩, hplus⟩ := hok
  have hw : outer * (a + b) = Shape.size w := hw
  have ht : outer * a = Shape.size t := ht
  have hu : outer * b = Shape.size u := hu
  refine exactStep (ins := [t, u]) (M := (some (A.part (Nat.add a b) 0 a outer),
    some (A.part (Nat.add a b) a b outer), ())) (fun hA => ?_) hplus h
  rw [← hw] at hA
  have h1 := fun (α : Type) [OrderedField α] =>
    hA.part (α := α) (first := 0) (count := a) (show 0 + a ≤ a + b by omega)
  have h2 := fun (α : Type) [OrderedField α] =>
    hA.part (α := α) (first := a) (count := b) (show a + b ≤ a + b by omega)
  refine ⟨⟨ht ▸ (h1 Rat).1, hu ▸ (h2 Rat).1, trivial⟩, fun α _ _ env r _ => ?_⟩
  show A.eval ((Op.concat outer a b : Op [t, u] w).denote (x.get env, y.get env, ())) r =
    (A.part (a + b) 0 a outer).eval (x.get env) r +
      ((A.part (a + b) a b outer).eval (y.get env) r + 0)
  unfold Rows.eval
  rw [← hw, ← ht, ← hu, sum_blocks, sum_blocks, sum_blocks,
    show ∀ a b : α, a + (b + 0) = a + b by intros; grind, ← sum_add]
  refine sum_congr fun o ho => ?_
  rw [sum_append]
  have hat : ∀ i, i < a + b →
      ((Op.concat outer a b : Op [t, u] w).denote (x.get env, y.get env, ()) : Tensor α w).at
        (o * (a + b) + i) =
      if i < a then (x.get env).at (o * a + i) else (y.get env).at (o * b + (i - a)) := fun i hi => by
    rw [Op.denote, Tensor.at_ofFn (hw ▸ block_lt ho hi)]
    show (if (o * (a + b) + i) % (a + b) < a then
      (x.get env).at ((o * (a + b) + i) / (a + b) * a + (o * (a + b) + i) % (a + b)) else
      (y.get env).at ((o * (a + b) + i) / (a + b) * b + ((o * (a + b) + i) % (a + b) - a))) = _
    rw [(div_mod_block hi).1, (div_mod_block hi).2]
  congr 1 <;> refine sum_congr fun i hi => ?_
  · rw [hat i (by omega), if_pos hi, (h1 α).2 o ho i hi, Nat.zero_add]
  · rw [hat (a + i) (by omega), if_neg (by omega), (h2 α).2 o ho i hi, Nat.add_sub_cancel_left]

end Trace.Bounds

/-! ## Copies -/

namespace Rows

/-- The check of a step through an operator that copies entries. -/
@[expose] def gatherStepOk (n width targets : Nat) (source : Nat → Option Nat) (A : Rows) (t : Shape)
    (v : Var Γ s) (T : Terms Γ) : Bool :=
  A.gatherOk (Shape.size s) (Shape.size t) width targets source &&
    T.plusArgsOk n (.cons v .nil) (some (A.gather n (Shape.size s) width targets), ())

/-- The forms of the margin, whose entries are `num / den`. -/
@[expose] def margin (n size : Nat) (source : Nat → Option Nat) (num : Int) (den : Nat) (A : Rows) :
    Lanes :=
  A.dot n size (fun k => cond (source k).isNone num.toNat 0)
    (fun k => cond (source k).isNone (-num).toNat 0) den

/-- The check of a step through `pad`. -/
@[expose] def padStepOk (n width targets : Nat) (source : Nat → Option Nat) (num : Int) (den : Nat)
    (A : Rows) (t : Shape) (v : Var Γ s) (T : Terms Γ) (d : Lanes) : Bool :=
  A.gatherOk (Shape.size s) (Shape.size t) width targets source &&
    A.dotOk (Shape.size t) (fun k => cond (source k).isNone num.toNat 0)
      (fun k => cond (source k).isNone (-num).toNat 0) den &&
    (T.plusArgsOk n (.cons v .nil) (some (A.gather n (Shape.size s) width targets), ()) &&
      d.subOk (A.margin n (Shape.size t) source num den))

end Rows

namespace Trace.Bounds

/-- An operator whose output entries are copies of input entries. -/
theorem copies {v : Var Γ t} {op : Op [t] u} (index : Nat → Nat) (width targets : Nat)
    (hop : ∀ (α : Type) [OrderedField α] [DecidableLE α] (x : Tensor α t),
      op.denote (x, ()) = .ofFn fun k => x.at (index k))
    (hok : A.gatherStepOk n width targets (fun k => some (index k)) u v T = true)
    (h : tr.Bounds X n cuts
      (T.plusArgs n (.cons v .nil) (some (A.gather n (Shape.size t) width targets), ())) d) :
    (tr.bind op (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  rw [Rows.gatherStepOk, Bool.and_eq_true] at hok
  refine exactStep (ins := [t]) (M := (some (A.gather n (Shape.size t) width targets), ()))
    (fun hA => ⟨⟨(hA.gather hok.1).1, trivial⟩, fun α _ _ env r hr => ?_⟩) hok.2 h
  have := hA.eval_gather hok.1 (v.get env) hr
  show A.eval (op.denote (v.get env, ())) r =
    (A.gather n (Shape.size t) width targets).eval (v.get env) r + 0
  rw [← this, hop]
  unfold Rows.eval
  rw [show ∀ a : α, a + 0 = a by intros; grind]
  exact sum_congr fun k hk => by rw [Tensor.at_ofFn hk]

/-- A transpose. Digit `j` of `targets`, of `width` bits, is one more than the output entry that input
entry `j` goes to. -/
theorem transpose {perm : List Nat} {v : Var Γ t} (width targets : Nat)
    (hok : A.gatherStepOk n width targets (fun k => some (transposeIndex t perm k))
      (perm.map fun a => t.getD a 1) v T = true)
    (h : tr.Bounds X n cuts
      (T.plusArgs n (.cons v .nil) (some (A.gather n (Shape.size t) width targets), ())) d) :
    (tr.bind (.transpose perm : Op [t] (perm.map fun a => t.getD a 1)) (.cons v .nil)).Bounds X n
      (cs, cuts) (some A, T) d :=
  copies (transposeIndex t perm) width targets (fun _ _ _ _ => rfl) hok h

/-- A slice. Digit `j` of `targets` is zero for entries that are left out. -/
theorem slice {start stride : List Int} {v : Var Γ t} (width targets : Nat)
    (hok : A.gatherStepOk n width targets (fun k => some (sliceIndex t u start stride k)) u v T = true)
    (h : tr.Bounds X n cuts
      (T.plusArgs n (.cons v .nil) (some (A.gather n (Shape.size t) width targets), ())) d) :
    (tr.bind (.slice start stride : Op [t] u) (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d :=
  copies (sliceIndex t u start stride) width targets (fun _ _ _ _ => rfl) hok h

/-- A margin with a constant value. -/
theorem pad {before : List Nat} {num : Int} {den : Nat} {v : Var Γ t} (width targets : Nat)
    (hok : A.padStepOk n width targets (padIndex t u before) num den u v T d = true)
    (h : tr.Bounds X n cuts
      (T.plusArgs n (.cons v .nil) (some (A.gather n (Shape.size t) width targets), ()))
      (d.sub n (A.margin n (Shape.size u) (padIndex t u before) num den))) :
    (tr.bind (.pad before num den : Op [t] u) (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  rw [Rows.padStepOk, Bool.and_eq_true, Bool.and_eq_true] at hok
  obtain ⟨⟨hg, hdot⟩, hplus⟩ := hok
  refine step (ins := [t]) (M := (some (A.gather n (Shape.size t) width targets), ()))
    (c := A.margin n (Shape.size u) (padIndex t u before) num den)
    (fun hA => ⟨⟨(hA.gather hg).1, trivial⟩, (hA.dot (α := Rat) hdot).1,
      fun α _ _ env _ r hr _ => ?_⟩) hplus h
  have h1 := hA.eval_gather hg (v.get env) hr
  have h2 := (hA.dot (α := α) hdot).2 r hr
  show A.eval ((Op.pad before num den : Op [t] u).denote (v.get env, ())) r ≤
    (A.gather n (Shape.size t) width targets).eval (v.get env) r + 0 +
      (A.margin n (Shape.size u) (padIndex t u before) num den).val r
  rw [← h1, Rows.margin, h2, show ∀ a b : α, a + 0 + b = a + b by intros; grind, ← sum_add]
  unfold Rows.eval
  refine sum_le_sum fun k hk => ?_
  rw [Op.denote, Tensor.at_ofFn hk]
  cases padIndex t u before k with
  | none =>
    simp only [Option.isNone_none, cond_true]
    rw [show ((num.toNat : Int) - ((-num).toNat : Int)) = num by omega]
    have e : ∀ a b : α, a * b ≤ a * 0 + a * b := by intros; grind
    exact e _ _
  | some i =>
    simp only [Option.isNone_some, cond_false]
    rw [show ((0 : Nat) : Int) - ((0 : Nat) : Int) = 0 from rfl, ratio_zero]
    have e : ∀ a b : α, a * b ≤ a * b + a * 0 := by intros; grind
    exact e _ _

end Trace.Bounds

end Lemmanet
