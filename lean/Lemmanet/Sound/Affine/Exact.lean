module

public import Lemmanet.Sound.Affine.Linear
public import Lemmanet.Sound.Rows.Scale

/-!
# Steps through operators that are linear

Forms of the result of such an operator are forms of its arguments, exactly.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {s t u : Shape} {Γ : List Shape} {n : Nat} {tr : Trace s Γ} {X : Post s} {cuts : Cuts Γ}
  {cs : Limits} {T : Terms Γ} {A : Rows} {d : Lanes}

/-- Forms with given coefficients for each entry. -/
theorem Rows.eval_congr {α : Type} [OrderedField α] {A B : Rows} {x : Tensor α s} {y : Tensor α t}
    {r : Nat} (hs : Shape.size s = Shape.size t)
    (h : ∀ k, k < Shape.size s → A.val k r * x.at k = B.val k r * y.at k) :
    A.eval x r = B.eval y r := by
  unfold Rows.eval
  rw [← hs]
  exact sum_congr h

/-- Equal values are in order. -/
private theorem le_of_eq {α : Type} [OrderedField α] {a b : α} (h : a = b) : a ≤ b :=
  h ▸ Std.le_refl _

namespace Trace.Bounds

/-- Sums. -/
theorem add {v w : Var Γ t} (hok : T.plusArgsOk n (.cons v (.cons w .nil)) (some A, some A, ()) = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v (.cons w .nil)) (some A, some A, ())) d) :
    (tr.bind (.add : Op [t, t] t) (.cons v (.cons w .nil))).Bounds X n (cs, cuts) (some A, T) d := by
  refine exactStep (ins := [t, t]) (M := (some A, some A, ()))
    (fun hA => ⟨⟨hA, hA, trivial⟩, fun α _ _ env r hr => ?_⟩) hok h
  show A.eval (.ofFn fun k => (v.get env).at k + (w.get env).at k : Tensor α t) r =
    A.eval (v.get env) r + (A.eval (w.get env) r + 0)
  unfold Rows.eval
  rw [show ∀ a b : α, a + (b + 0) = a + b by intros; grind, ← sum_add]
  exact sum_congr fun k hk => by rw [Tensor.at_ofFn hk]; grind

/-- Differences. -/
theorem sub {v w : Var Γ t} (hok : (A.negOk &&
      T.plusArgsOk n (.cons v (.cons w .nil)) (some A, some (A.neg n), ())) = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v (.cons w .nil)) (some A, some (A.neg n), ())) d) :
    (tr.bind (.sub : Op [t, t] t) (.cons v (.cons w .nil))).Bounds X n (cs, cuts) (some A, T) d := by
  rw [Bool.and_eq_true] at hok
  refine exactStep (ins := [t, t]) (M := (some A, some (A.neg n), ()))
    (fun hA => ⟨⟨hA, (hA.neg (α := Rat) hok.1).1, trivial⟩, fun α _ _ env r hr => ?_⟩) hok.2 h
  show A.eval (.ofFn fun k => (v.get env).at k - (w.get env).at k : Tensor α t) r =
    A.eval (v.get env) r + ((A.neg n).eval (w.get env) r + 0)
  unfold Rows.eval
  rw [show ∀ a b : α, a + (b + 0) = a + b by intros; grind, ← sum_add]
  exact sum_congr fun k hk => by
    rw [Tensor.at_ofFn hk, (hA.neg (α := α) hok.1).2 k hk r hr]; grind

/-- Negations. -/
theorem neg {v : Var Γ t}
    (hok : (A.negOk && T.plusArgsOk n (.cons v .nil) (some (A.neg n), ())) = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil) (some (A.neg n), ())) d) :
    (tr.bind (.neg : Op [t] t) (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  rw [Bool.and_eq_true] at hok
  refine exactStep (ins := [t]) (M := (some (A.neg n), ()))
    (fun hA => ⟨⟨(hA.neg (α := Rat) hok.1).1, trivial⟩, fun α _ _ env r hr => ?_⟩) hok.2 h
  show A.eval (.ofFn fun k => -(v.get env).at k : Tensor α t) r =
    (A.neg n).eval (v.get env) r + 0
  rw [show ∀ a : α, a + 0 = a by intros; grind]
  exact Rows.eval_congr rfl fun k hk => by
    rw [Tensor.at_ofFn hk, (hA.neg (α := α) hok.1).2 k hk r hr]; grind

/-- Another shape. -/
theorem reshape {v : Var Γ t} {hs : Shape.size t = Shape.size u}
    (hok : T.plusArgsOk n (.cons v .nil) (some A, ()) = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil) (some A, ())) d) :
    (tr.bind (.reshape hs : Op [t] u) (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  refine exactStep (ins := [t]) (M := (some A, ()))
    (fun hA => ⟨⟨hs ▸ hA, trivial⟩, fun α _ _ env r hr => ?_⟩) hok h
  show A.eval (.ofFn (v.get env).at : Tensor α u) r = A.eval (v.get env) r + 0
  rw [show ∀ a : α, a + 0 = a by intros; grind]
  exact Rows.eval_congr hs.symm fun k hk => by rw [Tensor.at_ofFn hk]

/-- A constant. -/
theorem constant {c : Const t}
    (hok : (A.dotOk (Shape.size t) c.posDigit c.negDigit c.den &&
      d.subOk (A.dot n (Shape.size t) c.posDigit c.negDigit c.den)) = true)
    (h : tr.Bounds X n cuts T (d.sub n (A.dot n (Shape.size t) c.posDigit c.negDigit c.den))) :
    (tr.bind (.constant c) .nil).Bounds X n (cs, cuts) (some A, T) d := by
  rw [Bool.and_eq_true] at hok
  refine step (ins := []) (M := ()) (fun hA => ⟨trivial, (hA.dot (α := Rat) hok.1).1,
    fun α _ _ env _ r hr _ => ?_⟩) (by rw [Bool.and_eq_true]; exact ⟨rfl, hok.2⟩) h
  rw [(hA.dot (α := α) hok.1).2 r hr]
  show A.eval (.ofFn c.val : Tensor α t) r ≤ 0 + _
  unfold Rows.eval
  rw [show ∀ a : α, 0 + a = a by intros; grind]
  refine le_of_eq (sum_congr fun k hk => ?_)
  rw [Tensor.at_ofFn hk, c.val_eq]

end Trace.Bounds

/-! ## Scale and shift -/

namespace Rows

/-- The channel of entry `k` of a tensor with `size` entries in `c` channels. -/
@[expose] def channel (size c k : Nat) : Nat := Nat.div k (Nat.div size c)

variable {c size : Nat}

/-- The forms of the scaled tensor, as forms of the tensor. -/
@[expose] def affine (n size : Nat) (scale : Const [c]) (A : Rows) : Rows :=
  A.scale n (fun k => scale.posDigit (channel size c k)) (fun k => scale.negDigit (channel size c k))
    scale.den (Nat.pow 2 scale.width)

/-- The forms of the shift. -/
@[expose] def shift (n size : Nat) (shift : Const [c]) (A : Rows) : Lanes :=
  A.dot n size (fun k => shift.posDigit (channel size c k))
    (fun k => shift.negDigit (channel size c k)) shift.den

/-- The check of a step through scale and shift. -/
@[expose] def affineStepOk (n : Nat) (scale shift : Const [c]) (A : Rows) (v : Var Γ t) (T : Terms Γ)
    (d : Lanes) : Bool :=
  A.scaleOk scale.den (Nat.pow 2 scale.width) &&
    A.dotOk (Shape.size t) (fun k => shift.posDigit (channel (Shape.size t) c k))
      (fun k => shift.negDigit (channel (Shape.size t) c k)) shift.den &&
    (T.plusArgsOk n (.cons v .nil) (some (A.affine n (Shape.size t) scale), ()) &&
      d.subOk (A.shift n (Shape.size t) shift))

end Rows

namespace Trace.Bounds

/-- A scale and a shift for each channel. -/
theorem affine {c : Nat} {scale shift : Const [c]} {v : Var Γ t}
    (hok : A.affineStepOk n scale shift v T d = true)
    (h : tr.Bounds X n cuts
      (T.plusArgs n (.cons v .nil) (some (A.affine n (Shape.size t) scale), ()))
      (d.sub n (A.shift n (Shape.size t) shift))) :
    (tr.bind (.affine scale shift : Op [t] t) (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  rw [Rows.affineStepOk, Bool.and_eq_true, Bool.and_eq_true] at hok
  obtain ⟨⟨hscale, hdot⟩, hok⟩ := hok
  have hdigit : ∀ k, k < Shape.size t →
      scale.posDigit (Rows.channel (Shape.size t) c k) < Nat.pow 2 scale.width ∧
        scale.negDigit (Rows.channel (Shape.size t) c k) < Nat.pow 2 scale.width :=
    fun k _ => ⟨digit_lt .., digit_lt ..⟩
  refine step (ins := [t]) (M := (some (A.affine n (Shape.size t) scale), ()))
    (c := A.shift n (Shape.size t) shift) (fun hA => ⟨⟨(hA.scale (α := Rat) hdigit hscale).1, trivial⟩, (hA.dot (α := Rat) hdot).1,
      fun α _ _ env _ r hr _ => ?_⟩) hok h
  have h1 := (hA.scale (α := α) hdigit hscale).2
  have h2 := (hA.dot (α := α) hdot).2 r hr
  have h3 : (A.shift n (Shape.size t) shift).val r = sum (Shape.size t) fun k => A.val k r *
      (shift.val (k / (Shape.size t / c)) : α) := by
    rw [Rows.shift, h2]
    exact sum_congr fun k _ => by rw [shift.val_eq]; rfl
  rw [h3]
  show A.eval (.ofFn fun k => scale.val (k / (Shape.size t / c)) * (v.get env).at k +
      shift.val (k / (Shape.size t / c)) : Tensor α t) r ≤
    (A.affine n (Shape.size t) scale).eval (v.get env) r + 0 + _
  unfold Rows.eval
  rw [show ∀ a b : α, a + 0 + b = a + b by intros; grind, ← sum_add]
  refine le_of_eq (sum_congr fun k hk => ?_)
  have hsplit : ∀ a b x y : α, a * (b * x + y) = a * b * x + a * y := by intros; grind
  rw [Tensor.at_ofFn hk, Rows.affine, h1 k hk r hr, scale.val_eq]
  exact hsplit ..

end Trace.Bounds

end Lemmanet
