module

public import Lemmanet.Spec.Prog

/-!
# Writing programs

Programs are written with named variables. `network fun x => step (relu) x fun y => result y` stands
for the program that binds `relu` of its input and returns it: a name that was bound earlier is
counted from the end where it is used.
-/

public noncomputable section

namespace Lemmanet

/-- The context `Δ` is the context `Γ` with more bound in front. -/
class Extends (Γ Δ : List Shape) where
  /-- A variable of the smaller context, counted in the larger one. -/
  weaken : Var Γ s → Var Δ s

/-- Every context extends itself. -/
@[expose, reducible] instance : Extends Γ Γ := ⟨fun v => v⟩

/-- One variable more. -/
@[expose, reducible] instance [Extends Γ Δ] : Extends Γ (t :: Δ) := ⟨fun v => .before (Extends.weaken v)⟩

/-- A network with one input, given its name. -/
@[expose, reducible] def network (body : Var [s] s → Prog [s] out) : Prog [s] out := body .last

/-- Bind a constant to a name and go on. -/
@[expose, reducible] def given (op : Op [] t)
    (rest : Var (t :: Γ) t → Prog (t :: Γ) out) : Prog Γ out :=
  .bind op .nil (rest .last)

/-- Bind the result of an operator with one argument to a name and go on. -/
@[expose, reducible] def step (op : Op [s] t) (x : Var Δ s) [Extends Δ Γ]
    (rest : Var (t :: Γ) t → Prog (t :: Γ) out) : Prog Γ out :=
  .bind op (.cons (Extends.weaken x) .nil) (rest .last)

/-- Bind the result of an operator with two arguments to a name and go on. -/
@[expose, reducible] def join (op : Op [s, s'] t) (x : Var Δ s) (y : Var Δ' s') [Extends Δ Γ]
    [Extends Δ' Γ] (rest : Var (t :: Γ) t → Prog (t :: Γ) out) : Prog Γ out :=
  .bind op (.cons (Extends.weaken x) (.cons (Extends.weaken y) .nil)) (rest .last)

/-- Return the value of a name. -/
@[expose, reducible] def result (v : Var Δ out) [Extends Δ Γ] : Prog Γ out := .ret (Extends.weaken v)

end Lemmanet
