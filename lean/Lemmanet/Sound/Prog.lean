module

public import Lemmanet.Spec.Property

/-!
# Programs, step by step

A bound on a program is put together from bounds on its operators, each of which is a theorem of its
own. `Prog.Sat p bs post` says that the program, on tensors of the boxes `bs`, gives a tensor that
satisfies `post`.
-/

public noncomputable section

namespace Lemmanet

/-- A condition on tensors over every linearly ordered field. -/
abbrev Post (s : Shape) :=
  (α : Type) → [OrderedField α] → [DecidableLE α] → Tensor α s → Prop

/-- On tensors of the boxes, the program's result satisfies `post`. -/
@[expose] def Prog.Sat (p : Prog Γ out) (bs : BoxEnv Γ) (post : Post out) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α] (env : Env α Γ), bs.Mem env → post α (p.denote env)

variable {Γ ins : List Shape} {s t out : Shape}

/-- A variable lies in its box. -/
theorem Var.mem_box {α : Type} [OrderedField α] (v : Var Γ s) {bs : BoxEnv Γ} {env : Env α Γ}
    (h : bs.Mem env) : (v.box bs).Mem (v.get env) := by
  induction v with
  | last => exact h.1
  | before v ih => exact ih h.2

/-- Arguments lie in their boxes. -/
theorem Args.mem_boxes {α : Type} [OrderedField α] (a : Args Γ ins) {bs : BoxEnv Γ} {env : Env α Γ}
    (h : bs.Mem env) : (a.boxes bs).Mem (a.get env) := by
  induction a with
  | nil => trivial
  | cons v rest ih => exact ⟨v.mem_box h, ih⟩

/-- Binding: a bound on the operator, and then the rest with that bound. -/
theorem Prog.Sat.bind {op : Op ins t} {args : Args Γ ins} {rest : Prog (t :: Γ) out}
    {bs : BoxEnv Γ} {post : Post out} (b : Box t) (h : op.Maps (args.boxes bs) b)
    (hr : rest.Sat (b, bs) post) : (Prog.bind op args rest).Sat bs post :=
  fun α _ _ _ he => hr α _ ⟨h α _ (args.mem_boxes he), he⟩

/-- Returning: what holds of every tensor of the box holds of the variable. -/
theorem Prog.Sat.ret {v : Var Γ out} {bs : BoxEnv Γ} {post : Post out}
    (h : ∀ (α : Type) [OrderedField α] [DecidableLE α] (y : Tensor α out),
      (v.box bs).Mem y → post α y) : (Prog.ret v).Sat bs post :=
  fun α _ _ _ he => h α _ (v.mem_box he)

/-- The last operator: what holds of its result on every tensor of its boxes. -/
theorem Prog.Sat.last {op : Op ins out} {args : Args Γ ins} {bs : BoxEnv Γ} {post : Post out}
    (h : ∀ (α : Type) [OrderedField α] [DecidableLE α] (xs : Env α ins),
      (args.boxes bs).Mem xs → post α (op.denote xs)) :
    (Prog.bind op args (.ret .last)).Sat bs post :=
  fun α _ _ _ he => h α _ (args.mem_boxes he)

/-- A smaller condition. -/
theorem Prog.Sat.mono {p : Prog Γ out} {bs : BoxEnv Γ} {post post' : Post out}
    (h : p.Sat bs post) (hi : ∀ (α : Type) [OrderedField α] [DecidableLE α] (y : Tensor α out),
      post α y → post' α y) : p.Sat bs post' :=
  fun α _ _ env he => hi α _ (h α env he)

end Lemmanet
