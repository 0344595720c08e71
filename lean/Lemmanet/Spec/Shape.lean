module

public import Lemmanet.Spec.Scalar

/-!
# Shapes and tensors

A tensor carries its shape in its type, so that a mismatch is a type error. Entries are stored in
row-major order; `Tensor.at` reads by flat index and gives zero outside.
-/

public noncomputable section

namespace Lemmanet

/-- The dimensions of a tensor, outermost first. There is no batch dimension. -/
abbrev Shape := List Nat

/-- The number of entries of a tensor of this shape. -/
@[expose] def Shape.size : Shape → Nat
  | [] => 1
  | d :: s => d * Shape.size s

/-- The coordinates of the entry with flat index `k`. -/
@[expose] def Shape.unravel : Shape → Nat → List Nat
  | [], _ => []
  | d :: s, k => (k / Shape.size s) % d :: Shape.unravel s k

/-- The flat index of the entry with these coordinates. -/
@[expose] def Shape.ravel : Shape → List Nat → Nat
  | _ :: s, i :: is => i * Shape.size s + Shape.ravel s is
  | _, _ => 0

/-- A tensor of shape `s` over `α`, as a function of the row-major flat index. -/
@[expose] def Tensor (α : Type) (s : Shape) : Type := Fin (Shape.size s) → α

namespace Tensor

variable {α : Type} [OrderedField α] {s : Shape}

/-- The entry with flat index `k`; zero when `k` is out of range. -/
@[expose] def «at» (x : Tensor α s) (k : Nat) : α :=
  if h : k < Shape.size s then x ⟨k, h⟩ else 0

/-- The tensor whose entry with flat index `k` is `f k`. -/
@[expose] def ofFn (f : Nat → α) : Tensor α s := fun k => f k.val

/-- The pixel in row `r` and column `c` of channel `ch` of an image that is surrounded by zeros,
`top` rows above and `left` columns to the left. -/
@[expose] def padded {h w : Nat} (x : Tensor α [ch, h, w]) (top left c r q : Nat) : α :=
  if top ≤ r ∧ r < top + h ∧ left ≤ q ∧ q < left + w then
    x.at ((c * h + (r - top)) * w + (q - left))
  else 0

end Tensor

end Lemmanet
