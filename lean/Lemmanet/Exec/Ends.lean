module

public import Lemmanet.Exec.Flat
public import Lemmanet.Exec.Lanes

/-!
# Boxes compared as a whole

The ends of all entries of a box as four numbers with digits of the same width for every box that takes
part, over one denominator. Whole boxes are then added and compared in a few operations of the kernel,
whatever the number of entries.
-/

public noncomputable section

namespace Lemmanet

/-- Bits of a digit for numbers up to `m`, and one more. -/
@[expose] def flagBits (m : Nat) : Nat := Nat.add (Nat.log2 m) 2

/-- The digits in some literals of a box, in one number and without any others. -/
@[expose] def Box.number (b : Box s) (literals : List Nat) : Nat :=
  Nat.mod (joined (Nat.mul b.width b.line) literals) (Nat.pow 2 (Nat.mul b.width (Shape.size s)))

/-- The digits in some literals of a box, `k` bits each. No literal at all stands for zeros. -/
@[expose] def Box.digits (b : Box s) (k : Nat) (literals : List Nat) : Nat :=
  cond literals.isEmpty 0 (widen b.width k (Shape.size s) (b.number literals))

/-- The ends of several entries, as differences of digits. -/
structure Ends where
  /-- What is added, lower ends. -/
  lowPos : Nat
  /-- What is subtracted, lower ends. -/
  lowNeg : Nat
  /-- What is added, upper ends. -/
  highPos : Nat
  /-- What is subtracted, upper ends. -/
  highNeg : Nat

/-- The ends of a box in digits of `k` bits, each `f` times its numerator. -/
@[expose] def Box.ends (b : Box s) (k f : Nat) : Ends where
  lowPos := Nat.mul f (b.digits k b.lowPos)
  lowNeg := Nat.mul f (b.digits k b.lowNeg)
  highPos := Nat.mul f (b.digits k b.highPos)
  highNeg := Nat.mul f (b.digits k b.highNeg)

/-- Bits of a digit for the sum of an end of `x` and one of `y`, over their common
denominator. -/
@[expose] def pairBits (x : Box s) (y : Box t) : Nat :=
  flagBits (Nat.add (Nat.mul (Lanes.factor x.den y.den) (Nat.pow 2 x.width))
    (Nat.mul (Lanes.factor y.den x.den) (Nat.pow 2 y.width)))

namespace Ends

/-- Sums, entry by entry. -/
@[expose] def add (u v : Ends) : Ends where
  lowPos := Nat.add u.lowPos v.lowPos
  lowNeg := Nat.add u.lowNeg v.lowNeg
  highPos := Nat.add u.highPos v.highPos
  highNeg := Nat.add u.highNeg v.highNeg

/-- Negatives, entry by entry. -/
@[expose] def neg (u : Ends) : Ends := ⟨u.highNeg, u.highPos, u.lowNeg, u.lowPos⟩

/-- A flag for each of `n` entries: whether the lower end of `u` is at most that of `v`. -/
@[expose] def lowLe (k n : Nat) (u v : Ends) : Nat :=
  atMost k n (Nat.add u.lowPos v.lowNeg) (Nat.add v.lowPos u.lowNeg)

/-- A flag for each of `n` entries: whether the upper end of `u` is at most that of `v`. -/
@[expose] def highLe (k n : Nat) (u v : Ends) : Nat :=
  atMost k n (Nat.add u.highPos v.highNeg) (Nat.add v.highPos u.highNeg)

/-- Whether each of the `n` intervals of `u` is contained in that of `v`. -/
@[expose] def within (k n : Nat) (u v : Ends) : Bool :=
  allFlags k n (v.lowLe k n u) && allFlags k n (u.highLe k n v)

end Ends

end Lemmanet
