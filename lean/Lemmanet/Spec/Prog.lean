module

public import Lemmanet.Spec.Op

/-!
# Programs

A network is a program in let-form: it binds the results of operators one after the other and returns
a variable. It is typed and well scoped by construction: there are no node numbers to check, no
dangling edges and no separate parameter store.
-/

public noncomputable section

namespace Lemmanet

/-- A variable of shape `s` in a context, counted from what was bound last. -/
inductive Var : List Shape → Shape → Type
  /-- What was bound last. -/
  | last : Var (s :: Γ) s
  /-- A variable that was bound earlier. -/
  | before (v : Var Γ s) : Var (t :: Γ) s

/-- The arguments of an operator: one variable for each input shape. -/
inductive Args (Γ : List Shape) : List Shape → Type
  /-- No argument. -/
  | nil : Args Γ []
  /-- One argument more. -/
  | cons (v : Var Γ s) (rest : Args Γ ins) : Args Γ (s :: ins)

/-- A program that computes a tensor of shape `out` from the variables of a context. -/
inductive Prog : List Shape → Shape → Type
  /-- Return a variable. -/
  | ret (v : Var Γ out) : Prog Γ out
  /-- Bind the result of an operator and go on. -/
  | bind (op : Op ins t) (args : Args Γ ins) (rest : Prog (t :: Γ) out) : Prog Γ out

variable {α : Type} [OrderedField α]

/-- The value of a variable. -/
@[expose] def Var.get : {Γ : List Shape} → {s : Shape} → Var Γ s → Env α Γ → Tensor α s
  | _, _, .last, env => env.1
  | _, _, .before v, env => v.get env.2

/-- The values of the arguments. -/
@[expose] def Args.get : {Γ ins : List Shape} → Args Γ ins → Env α Γ → Env α ins
  | _, _, .nil, _ => ()
  | _, _, .cons v rest, env => (v.get env, rest.get env)

/-- What a program computes. -/
@[expose] def Prog.denote [DecidableLE α] : {Γ : List Shape} → {out : Shape} →
    Prog Γ out → Env α Γ → Tensor α out
  | _, _, .ret v, env => v.get env
  | _, _, .bind op args rest, env => rest.denote (op.denote (args.get env), env)

/-- What a network with one input computes. -/
@[expose] def Prog.run [DecidableLE α] (p : Prog [s] t) (x : Tensor α s) : Tensor α t :=
  p.denote (x, ())

end Lemmanet
