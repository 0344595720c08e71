module

public import Lemmanet.Spec.Prog

/-!
# Boxes

An axis-parallel box of tensors with rational ends: input sets of properties and bounds on
intermediate values.
-/

public noncomputable section

namespace Lemmanet

/-- A box of tensors of shape `s`: for each entry a lower and an upper end, all over one
denominator. The digits are laid out as in `Const`, with digits side by side. -/
structure Box (s : Shape) where
  /-- The denominator of all ends. -/
  den : Nat
  /-- The number of bits of a digit. -/
  width : Nat
  /-- The number of digits in one literal. -/
  line : Nat
  /-- The literals that are added, lower ends. -/
  lowPos : List Nat
  /-- The literals that are subtracted, lower ends. -/
  lowNeg : List Nat
  /-- The literals that are added, upper ends. -/
  highPos : List Nat
  /-- The literals that are subtracted, upper ends. -/
  highNeg : List Nat

namespace Box

variable {s : Shape}

/-- The lower ends. -/
@[expose] def lo (b : Box s) : Const s := ⟨b.den, b.width, b.width, b.line, b.lowPos, b.lowNeg⟩

/-- The upper ends. -/
@[expose] def hi (b : Box s) : Const s := ⟨b.den, b.width, b.width, b.line, b.highPos, b.highNeg⟩

/-- A tensor lies in a box when each of its entries lies between the two ends. -/
@[expose] def Mem {α : Type} [OrderedField α] (b : Box s) (x : Tensor α s) : Prop :=
  ∀ k, k < Shape.size s → b.lo.val k ≤ x.at k ∧ x.at k ≤ b.hi.val k

end Box

/-- One box for each shape of a context. -/
@[expose] def BoxEnv : List Shape → Type
  | [] => Unit
  | s :: Γ => Box s × BoxEnv Γ

/-- Each tensor lies in its box. -/
@[expose] def BoxEnv.Mem {α : Type} [OrderedField α] :
    {Γ : List Shape} → BoxEnv Γ → Env α Γ → Prop
  | [], _, _ => True
  | _ :: _, (b, bs), (x, xs) => b.Mem x ∧ bs.Mem xs

/-- The box of a variable. -/
@[expose] def Var.box : {Γ : List Shape} → {s : Shape} → Var Γ s → BoxEnv Γ → Box s
  | _, _, .last, bs => bs.1
  | _, _, .before v, bs => v.box bs.2

/-- The boxes of the arguments of an operator. -/
@[expose] def Args.boxes : {Γ ins : List Shape} → Args Γ ins → BoxEnv Γ → BoxEnv ins
  | _, _, .nil, _ => ()
  | _, _, .cons v rest, bs => (v.box bs, rest.boxes bs)

/-- Over every linearly ordered field, the operator maps tensors of the boxes `bs` into the box `b`. -/
@[expose] def Op.Maps (op : Op ins out) (bs : BoxEnv ins) (b : Box out) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α] (xs : Env α ins), bs.Mem xs → b.Mem (op.denote xs)

end Lemmanet
