module

public import Lemmanet.Exec.Elementwise

/-!
# Magnitudes

Bounds on errors, one for each entry of a tensor: rational numbers that are not negative, in literals
like the ends of a box.
-/

public noncomputable section

namespace Lemmanet

/-- A rational number that is not negative for each entry of a tensor of shape `s`, all over one
denominator. The digits are laid out as in `Box`. -/
structure Magnitudes (s : Shape) where
  /-- The denominator. -/
  den : Nat
  /-- The number of bits of a digit. -/
  width : Nat
  /-- The number of digits in one literal. -/
  line : Nat
  /-- The literals. -/
  digits : List Nat

namespace Magnitudes

variable {s : Shape}

/-- The tensors between zero and the magnitudes. -/
@[expose] def box (e : Magnitudes s) : Box s := ⟨e.den, e.width, e.line, [], [], e.digits, []⟩

/-- The magnitudes as a constant tensor. -/
@[expose] def const (e : Magnitudes s) : Const s := ⟨e.den, e.width, e.width, e.line, e.digits, []⟩

/-- Entry `k`. -/
@[expose] def val {α : Type} [OrderedField α] (e : Magnitudes s) (k : Nat) : α := e.const.val k

/-- No error. -/
@[expose] def zero : Magnitudes s := ⟨1, 1, 1, []⟩

/-- The magnitudes in digits of `k` bits, each `f` times its numerator. -/
@[expose] def scaled (e : Magnitudes s) (k f : Nat) : Nat := Nat.mul f (e.box.digits k e.digits)

end Magnitudes

/-- One bound for each shape of a context. -/
@[expose] def MagnitudesEnv : List Shape → Type
  | [] => Unit
  | s :: Γ => Magnitudes s × MagnitudesEnv Γ

/-- The bound of a variable. -/
@[expose] def Var.error : {Γ : List Shape} → {s : Shape} → Var Γ s → MagnitudesEnv Γ → Magnitudes s
  | _, _, .last, es => es.1
  | _, _, .before v, es => v.error es.2

/-- The bounds of the arguments of an operator. -/
@[expose] def Args.errors : {Γ ins : List Shape} → Args Γ ins → MagnitudesEnv Γ → MagnitudesEnv ins
  | _, _, .nil, _ => ()
  | _, _, .cons v rest, es => (v.error es, rest.errors es)

end Lemmanet
