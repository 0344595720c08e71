module

public import Lemmanet.Spec.Shape

/-!
# Constants

Weights, biases, boxes and images are written as natural-number literals: fixed-width digits, side by
side. An entry is the difference of a digit of `pos` and a digit of `neg`, over one denominator.
There is nothing else to decode, and the kernel computes on such literals directly.
-/

public noncomputable section

namespace Lemmanet

/-- Digit `i` of `x`: `width` bits, taken at bit `stride * i`. -/
@[expose] def digit (width stride x i : Nat) : Nat :=
  Nat.mod (Nat.shiftRight x (Nat.mul stride i)) (Nat.pow 2 width)

/-- A constant tensor with rational entries. The entry with flat index `k` is the difference of the
digits number `k % line` of the literals number `k / line` of `pos` and `neg`, divided by `den`. -/
structure Const (s : Shape) where
  /-- The denominator of all entries. -/
  den : Nat
  /-- The number of bits of a digit. -/
  width : Nat
  /-- The distance in bits between the starts of two digits. -/
  stride : Nat
  /-- The number of digits in one literal. -/
  line : Nat
  /-- The literals that are added. -/
  pos : List Nat
  /-- The literals that are subtracted. -/
  neg : List Nat

namespace Const

variable {s : Shape}

/-- The digit of entry `k` in the literals that are added. -/
@[expose] def posDigit (c : Const s) (k : Nat) : Nat :=
  digit c.width c.stride (c.pos.getD (Nat.div k c.line) 0) (Nat.mod k c.line)

/-- The digit of entry `k` in the literals that are subtracted. -/
@[expose] def negDigit (c : Const s) (k : Nat) : Nat :=
  digit c.width c.stride (c.neg.getD (Nat.div k c.line) 0) (Nat.mod k c.line)

/-- The numerator of entry `k`. -/
@[expose] def num (c : Const s) (k : Nat) : Int :=
  Int.subNatNat (c.posDigit k) (c.negDigit k)

/-- Entry `k` as a scalar. -/
@[expose] def val {α : Type} [OrderedField α] (c : Const s) (k : Nat) : α :=
  ratio (c.num k) c.den

end Const

end Lemmanet
