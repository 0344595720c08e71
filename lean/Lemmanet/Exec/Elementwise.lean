module

public import Lemmanet.Exec.Ends

/-!
# Checks of entrywise operators

Most checks compute, entry by entry, an interval that contains the operator's result, and test that it
lies within the given box. Those of sums, differences and `relu` compare whole boxes.
-/

public noncomputable section

namespace Lemmanet

/-- Every interval `f k` lies within the interval of entry `k` of the box. -/
@[expose] def Box.contains (b : Box s) (f : Nat → Ival) : Bool :=
  b.regular && allBelow (Shape.size s) fun k => (f k).within (b.flat.ival k)

/-- Check of an entrywise operator with one argument. -/
@[expose] def unaryCheck (f : Ival → Ival) (x y : Box s) : Bool :=
  x.regular && y.contains fun k => f (x.flat.ival k)

/-- Check of an entrywise operator with two arguments. -/
@[expose] def binaryCheck (f : Ival → Ival → Ival) (x y z : Box s) : Bool :=
  x.regular && y.regular && z.contains fun k => f (x.flat.ival k) (y.flat.ival k)

/-- The common denominator of three boxes. -/
@[expose] def commonDen (x y z : Box s) : Nat := Nat.lcm (Nat.lcm x.den y.den) z.den

/-- Bits of a digit for the sum of an end of each of three boxes, over their common denominator `d`. -/
@[expose] def tripleBits (d : Nat) (x y z : Box s) : Nat :=
  flagBits (Nat.add
    (Nat.add (Nat.mul (Nat.div d x.den) (Nat.pow 2 x.width))
      (Nat.mul (Nat.div d y.den) (Nat.pow 2 y.width)))
    (Nat.mul (Nat.div d z.den) (Nat.pow 2 z.width)))

/-- Check of `add`, and of `sub` with the negatives of `y`, which is what `f` is for. -/
@[expose] def sumCheck (f : Ends → Ends) (x y z : Box s) : Bool :=
  x.regular && y.regular && z.regular &&
  Ends.within (tripleBits (commonDen x y z) x y z) (Shape.size s)
    ((x.ends (tripleBits (commonDen x y z) x y z) (Nat.div (commonDen x y z) x.den)).add
      (f (y.ends (tripleBits (commonDen x y z) x y z) (Nat.div (commonDen x y z) y.den))))
    (z.ends (tripleBits (commonDen x y z) x y z) (Nat.div (commonDen x y z) z.den))

/-- Check of `add`. -/
@[expose] def addCheck (x y z : Box s) : Bool := sumCheck (fun v => v) x y z

/-- Check of `sub`. -/
@[expose] def subCheck (x y z : Box s) : Bool := sumCheck Ends.neg x y z

/-- Whether each lower end of `y` is at most that of `x` or not positive, and each upper end at least
that of `x` and not negative. -/
@[expose] def reluEnds (k n : Nat) (x y : Ends) : Bool :=
  allFlags k n (Nat.lor (y.lowLe k n x) (atMost k n y.lowPos y.lowNeg)) &&
  allFlags k n (x.highLe k n y) && digitsLe k n y.highNeg y.highPos

/-- Check of `relu`. -/
@[expose] def reluCheck (x y : Box s) : Bool :=
  x.regular && y.regular && reluEnds (pairBits x y) (Shape.size s)
    (x.ends (pairBits x y) (Lanes.factor x.den y.den))
    (y.ends (pairBits x y) (Lanes.factor y.den x.den))

/-- Check of a constant. -/
@[expose] def constantCheck (c : Const s) (y : Box s) : Bool :=
  c.regular && y.contains fun k => c.box.flat.ival k

/-- Check of `affine`. -/
@[expose] def affineCheck (scale shift : Const [c]) (x y : Box s) : Bool :=
  x.regular && scale.regular && shift.regular && y.contains fun k =>
    let ch := Nat.div k (Nat.div (Shape.size s) c)
    ((x.flat.ival k).scale (scale.box.flat.ival ch).lo scale.den).add (shift.box.flat.ival ch)

namespace Ival

/-- Absolute values. -/
@[expose] def abs (a : Ival) : Ival :=
  ⟨zmax (zmax a.lo (-a.hi)) 0, zmax a.hi (-a.lo), a.den⟩

/-- Leaky rectification with a slope that is not negative: both ends are mapped. -/
@[expose] def leakyRelu (num : Int) (den : Nat) (a : Ival) : Ival :=
  let at' (v : Int) : Int := cond (zle 0 v) (den * v) (num * v)
  ⟨at' a.lo, at' a.hi, Nat.mul den a.den⟩

/-- A lower limit, if there is one. -/
@[expose] def clipLow (lo : Option (Int × Nat)) (a : Ival) : Ival :=
  match lo with
  | none => a
  | some (p, q) => a.max (point p q)

/-- An upper limit, if there is one. -/
@[expose] def clipHigh (hi : Option (Int × Nat)) (a : Ival) : Ival :=
  match hi with
  | none => a
  | some (p, q) => a.min (point p q)

end Ival

/-- A limit that is there has a positive denominator. -/
@[expose] def limitOk (l : Option (Int × Nat)) : Bool :=
  match l with
  | none => true
  | some (_, q) => Nat.blt 0 q

/-- Check of `clip`. -/
@[expose] def clipCheck (lo hi : Option (Int × Nat)) (x y : Box s) : Bool :=
  limitOk lo && limitOk hi && unaryCheck (fun a => (a.clipLow lo).clipHigh hi) x y

/-- Check of `leakyRelu`, for slopes that are not negative. -/
@[expose] def leakyReluCheck (num : Int) (den : Nat) (x y : Box s) : Bool :=
  Nat.blt 0 den && zle 0 num && unaryCheck (·.leakyRelu num den) x y

end Lemmanet
