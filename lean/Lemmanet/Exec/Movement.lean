module

public import Lemmanet.Exec.Interval

/-!
# Boxes under operators that move entries

The tests for operators whose output entries are copies of input entries: reshape, transpose, slice,
pad and concat. Two ends are compared by cross-multiplication in the naturals, so that a comparison
is a handful of operations on literals.
-/

public noncomputable section

namespace Lemmanet

/-- `(p - n) / d ≤ (p' - n') / d'`, for positive denominators, without subtraction. -/
@[expose] def fractionLe (p n d p' n' d' : Nat) : Bool :=
  Nat.ble (Nat.add (Nat.mul p d') (Nat.mul n' d)) (Nat.add (Nat.mul p' d) (Nat.mul n d'))

/-- Entry `i` of `a` is at most entry `k` of `b`, for positive denominators. -/
@[expose] def Const.entryLe (a : Const s) (i : Nat) (b : Const t) (k : Nat) : Bool :=
  fractionLe (a.posDigit i) (a.negDigit i) a.den (b.posDigit k) (b.negDigit k) b.den

/-- Entry by entry equality of two lists of literals. -/
@[expose] def sameLiterals : List Nat → List Nat → Bool
  | [], [] => true
  | a :: as, b :: bs => Nat.beq a b && sameLiterals as bs
  | _, _ => false

namespace Box

/-- The interval of entry `i` of `x` is contained in that of entry `k` of `y`, for positive
denominators. -/
@[expose] def entryWithin (x : Box s) (i : Nat) (y : Box t) (k : Nat) : Bool :=
  y.lo.entryLe k x.lo i && x.hi.entryLe i y.hi k

/-- Both denominators are positive. -/
@[expose] def densPos (x : Box s) (y : Box t) : Bool := Nat.blt 0 x.den && Nat.blt 0 y.den

/-- The two boxes are written with the same digits: a few comparisons of literals, whatever the
number of entries. -/
@[expose] def sameData (x : Box s) (y : Box t) : Bool :=
  Nat.beq x.den y.den && Nat.beq x.width y.width && Nat.beq x.line y.line &&
  sameLiterals x.lowPos y.lowPos && sameLiterals x.lowNeg y.lowNeg &&
  sameLiterals x.highPos y.highPos && sameLiterals x.highNeg y.highNeg

end Box

/-- Output entry `k` is a copy of input entry `f k`. -/
@[expose] def gatherCheck (f : Nat → Nat) (x : Box s) (y : Box t) : Bool :=
  x.densPos y && allBelow (Shape.size t) fun k =>
    Nat.blt (f k) (Shape.size s) && x.entryWithin (f k) y k

/-- For `Op.reshape`: the same digits, or else inclusion entry by entry. -/
@[expose] def reshapeCheck (x : Box s) (y : Box t) : Bool :=
  x.sameData y || gatherCheck (fun k => k) x y

/-- For `Op.transpose`. -/
@[expose] def transposeCheck (perm : List Nat) (x : Box s) (y : Box (perm.map fun a => s.getD a 1)) :
    Bool :=
  gatherCheck (transposeIndex s perm) x y

/-- For `Op.slice`. -/
@[expose] def sliceCheck (start step : List Int) (x : Box s) (y : Box t) : Bool :=
  gatherCheck (sliceIndex s t start step) x y

/-- One entry of `padCheck`: a copy of an entry of `x`, or the value of the margin. -/
@[expose] def padEntry (num : Int) (den : Nat) (x : Box s) (y : Box t) (k : Nat) : Option Nat → Bool
  | some i => Nat.blt i (Shape.size s) && x.entryWithin i y k
  | none => (Ival.point num den).within (y.ival k)

/-- For `Op.pad`. -/
@[expose] def padCheck (before : List Nat) (num : Int) (den : Nat) (x : Box s) (y : Box t) : Bool :=
  Nat.blt 0 den && x.densPos y && allBelow (Shape.size t) fun k =>
    padEntry num den x y k (padIndex s t before k)

/-- For `Op.concat`. -/
@[expose] def concatCheck (a b : Nat) (x : Box s) (y : Box t) (z : Box u) : Bool :=
  x.densPos z && y.densPos z && allBelow (Shape.size u) fun k =>
    let o := Nat.div k (Nat.add a b)
    let i := Nat.mod k (Nat.add a b)
    cond (Nat.blt i a)
      (Nat.blt (Nat.add (Nat.mul o a) i) (Shape.size s) &&
        x.entryWithin (Nat.add (Nat.mul o a) i) z k)
      (Nat.blt (Nat.add (Nat.mul o b) (Nat.sub i a)) (Shape.size t) &&
        y.entryWithin (Nat.add (Nat.mul o b) (Nat.sub i a)) z k)

end Lemmanet
