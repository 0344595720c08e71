module

public import Lemmanet.Sound.Affine.Pieces
public import Lemmanet.Sound.Rows.Linear

/-!
# Steps through linear layers

Forms of a linear layer are forms of its argument and of the bias, exactly.
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
  {cs : Limits} {T : Terms Γ} {A : Rows} {d : Lanes}

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

end Lemmanet
