module

public import Lemmanet.Exec.Interval
public import Lemmanet.Exec.Packed

/-!
# Boxes as four numbers

A box that is read entry by entry, in any order, is joined first: each of its four lists of literals
becomes one number. A digit is then a shift and a remainder, with no list to walk, which is more
than ten times as fast in the kernel. Ends are compared by cross-multiplication in the naturals.
-/

public noncomputable section

namespace Lemmanet

/-- `(p - n) / d ≤ (p' - n') / d'`, for positive denominators, without subtraction. -/
@[expose] def fractionLe (p n d p' n' d' : Nat) : Bool :=
  Nat.ble (Nat.add (Nat.mul p d') (Nat.mul n' d)) (Nat.add (Nat.mul p' d) (Nat.mul n d'))

/-- The data of a box, with each of its lists of literals joined. -/
structure Flat where
  /-- The denominator of all ends. -/
  den : Nat
  /-- The number of bits of a digit. -/
  width : Nat
  /-- The digits that are added, lower ends. -/
  lowPos : Nat
  /-- The digits that are subtracted, lower ends. -/
  lowNeg : Nat
  /-- The digits that are added, upper ends. -/
  highPos : Nat
  /-- The digits that are subtracted, upper ends. -/
  highNeg : Nat

/-- Joins the literals of a box. -/
@[expose] def Box.flat (b : Box s) : Flat :=
  ⟨b.den, b.width, joined (Nat.mul b.width b.line) b.lowPos,
    joined (Nat.mul b.width b.line) b.lowNeg, joined (Nat.mul b.width b.line) b.highPos,
    joined (Nat.mul b.width b.line) b.highNeg⟩

/-- A constant as a box of one point. -/
@[expose] def Const.box (c : Const s) : Box s :=
  ⟨c.den, c.width, c.line, c.pos, c.neg, c.pos, c.neg⟩

/-- What is needed of a box for `Box.flat` to have the same entries: literals with at least one
digit; and a positive denominator, which every use needs as well. -/
@[expose] def Box.regular (b : Box s) : Bool := Nat.blt 0 b.den && Nat.blt 0 b.line

/-- The same for a constant, whose digits must stand side by side. -/
@[expose] def Const.regular (c : Const s) : Bool := Nat.beq c.stride c.width && c.box.regular

namespace Flat

/-- Block `q` of a number of the box: 128 digits. -/
@[expose] def block (f : Flat) (x q : Nat) : Nat :=
  bitsAt x (Nat.mul (Nat.mul f.width 128) q) (Nat.mul f.width 128)

/-- Digit `k` of a number of the box, read from its block. The recursor makes the number of the block
a literal, so that the kernel finds a block that it has cut out before in its cache; without blocks
it would keep a shifted copy of the whole number for each digit. -/
@[expose] def get (f : Flat) (x k : Nat) : Nat :=
  Nat.rec (motive := fun _ => Nat) (digit f.width f.width (f.block x 0) (Nat.mod k 128))
    (fun q _ => digit f.width f.width (f.block x (Nat.succ q)) (Nat.mod k 128)) (Nat.div k 128)

/-- The interval of entry `k`. -/
@[expose] def ival (f : Flat) (k : Nat) : Ival :=
  ⟨Int.subNatNat (f.get f.lowPos k) (f.get f.lowNeg k),
    Int.subNatNat (f.get f.highPos k) (f.get f.highNeg k), f.den⟩

/-- The lower end of entry `i` of `x` is at most that of entry `k` of `y`. -/
@[expose] def lowLe (x : Flat) (i : Nat) (y : Flat) (k : Nat) : Bool :=
  fractionLe (x.get x.lowPos i) (x.get x.lowNeg i) x.den
    (y.get y.lowPos k) (y.get y.lowNeg k) y.den

/-- The upper end of entry `i` of `x` is at most that of entry `k` of `y`. -/
@[expose] def highLe (x : Flat) (i : Nat) (y : Flat) (k : Nat) : Bool :=
  fractionLe (x.get x.highPos i) (x.get x.highNeg i) x.den
    (y.get y.highPos k) (y.get y.highNeg k) y.den

/-- The interval of entry `i` of `x` is contained in that of entry `k` of `y`. -/
@[expose] def within (x : Flat) (i : Nat) (y : Flat) (k : Nat) : Bool :=
  y.lowLe k x i && x.highLe i y k

/-- Entry `k` contains the point `num / den`. -/
@[expose] def holds (f : Flat) (k : Nat) (num : Int) (den : Nat) : Bool :=
  fractionLe (f.get f.lowPos k) (f.get f.lowNeg k) f.den num.toNat (-num).toNat den &&
  fractionLe num.toNat (-num).toNat den (f.get f.highPos k) (f.get f.highNeg k) f.den

end Flat

end Lemmanet
