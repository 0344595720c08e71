module

public import Lemmanet.Exec.Flat

/-!
# Boxes under operators that move entries

The tests for operators whose output entries are copies of input entries: reshape, transpose, slice,
pad and concat. They run through the output axis by axis, so that an entry costs two additions to
find, not a division for each axis.
-/

public noncomputable section

namespace Lemmanet

/-- Entry by entry equality of two lists of literals. -/
@[expose] def sameLiterals : List Nat → List Nat → Bool
  | [], [] => true
  | a :: as, b :: bs => Nat.beq a b && sameLiterals as bs
  | _, _ => false

/-- The two boxes are written with the same digits: a few comparisons of literals, whatever the
number of entries. -/
@[expose] def Box.sameData (x : Box s) (y : Box t) : Bool :=
  Nat.beq x.den y.den && Nat.beq x.width y.width && Nat.beq x.line y.line &&
  sameLiterals x.lowPos y.lowPos && sameLiterals x.lowNeg y.lowNeg &&
  sameLiterals x.highPos y.highPos && sameLiterals x.highNeg y.highNeg

/-- For `Op.reshape`: the same digits, or else inclusion entry by entry. -/
@[expose] def reshapeCheck (x : Box s) (y : Box t) : Bool :=
  x.sameData y ||
    (x.regular && y.regular && allBelow (Shape.size s) fun k => x.flat.within k y.flat k)

/-- What an axis of the output adds to the flat index of the source, for each coordinate; nothing
where there is no source. -/
abbrev Source := Nat → Option Nat

/-- The sum of two contributions; nothing when one of them is missing. -/
@[expose] def addSource : Option Nat → Option Nat → Option Nat
  | some i, some j => some (Nat.add i j)
  | _, _ => none

/-- Tests `p source k` for every entry `k` of a tensor of the given shape, where `source` is the
flat index that the axes' contributions add up to. -/
@[expose] def walk (p : Option Nat → Nat → Bool) : Shape → List Source → Option Nat → Nat → Bool
  | d :: t, f :: fs, i, k =>
    allBelow d fun c => walk p t fs (addSource i (f c)) (Nat.add k (Nat.mul c (Shape.size t)))
  | [], [], i, k => p i k
  | _, _, _, _ => false

/-- Entry `k` of `y` contains its source, an entry of `x`, or else passes the test for entries
without a source. -/
@[expose] def copyEntry (x : Box s) (y : Box t) (margin : Nat → Bool) : Option Nat → Nat → Bool
  | some i, k => Nat.blt i (Shape.size s) && x.flat.within i y.flat k
  | none, k => margin k

/-- Every entry of `y` contains its source, or passes the test for entries without one. -/
@[expose] def copyCheck (sources : List Source) (x : Box s) (y : Box t) (margin : Nat → Bool) :
    Bool :=
  x.regular && y.regular && walk (copyEntry x y margin) t sources (some 0) 0

/-- Input axis `a` is read at coordinate `f a c`, where `c` is the coordinate of the output. -/
@[expose] def axisSources (s : Shape) (f : Nat → Source) : List Source :=
  (List.range s.length).map fun a c => match f a c with
    | some i => some (Nat.mul i (Shape.size (s.drop (a + 1))))
    | none => none

/-- For `Op.slice`. -/
@[expose] def sliceCheck (start step : List Int) (x : Box s) (y : Box t) : Bool :=
  copyCheck (axisSources s fun a c => some (start.getD a 0 + step.getD a 1 * (c : Int)).toNat) x y
    fun _ => false

/-- Coordinate `c` of the output without `before` entries of margin, if it is one of the `d` entries
of the input. -/
@[expose] def padSource (before d : Nat) : Source := fun c =>
  cond (Nat.ble before c && Nat.blt c (Nat.add before d)) (some (Nat.sub c before)) none

/-- For `Op.pad`. -/
@[expose] def padCheck (before : List Nat) (num : Int) (den : Nat) (x : Box s) (y : Box t) : Bool :=
  Nat.blt 0 den && copyCheck (axisSources s fun a => padSource (before.getD a 0) (s.getD a 0)) x y
    fun k => y.flat.holds k num den

/-- For `Op.transpose`. -/
@[expose] def transposeCheck (perm : List Nat) (x : Box s)
    (y : Box (perm.map fun a => s.getD a 1)) : Bool :=
  perm.isPerm (List.range s.length) &&
    copyCheck (perm.map fun a c => some (Nat.mul c (Shape.size (s.drop (a + 1))))) x y
      fun _ => false

/-- For `Op.concat`. -/
@[expose] def concatCheck (outer a b : Nat) (x : Box s) (y : Box t) (z : Box u) : Bool :=
  x.regular && y.regular && z.regular &&
  Nat.ble (Shape.size u) (Nat.mul outer (Nat.add a b)) &&
  Nat.ble (Nat.mul outer a) (Shape.size s) && Nat.ble (Nat.mul outer b) (Shape.size t) &&
  allBelow outer fun o =>
    (allBelow a fun i =>
      x.flat.within (Nat.add (Nat.mul o a) i) z.flat (Nat.add (Nat.mul o (Nat.add a b)) i)) &&
    allBelow b fun i =>
      y.flat.within (Nat.add (Nat.mul o b) i) z.flat
        (Nat.add (Nat.add (Nat.mul o (Nat.add a b)) a) i)

end Lemmanet
