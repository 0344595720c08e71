module

public import Lemmanet.Exec.Ends

/-!
# Interval bounds of a linear layer

The test that a layer `y = x · w + b` maps one box into another. The rows of the weight are literals
with one digit for each output, so that the bounds of all outputs are four combinations of rows, and
they are compared with the given box at once.

With weights `P - N` the lower bound of an output is `P · low - N · high`. All of these are
differences of natural numbers themselves; the test moves what is subtracted to the other side.
-/

public noncomputable section

namespace Lemmanet

/-- The combination of rows with the digits in some literals of a box. No literal at all stands for
zeros: a box of non-negative numbers costs nothing on its negative side. -/
@[expose] def Box.combine (x : Box s) (literals rows : List Nat) : Nat :=
  cond literals.isEmpty 0 (combineDigits x.width rows (x.number literals))

namespace LinearCheck

variable {n m : Nat} (w : Const [n, m]) (b : Const [m]) (x : Box [n]) (y : Box [m])

/-- A common denominator of everything that is compared. -/
@[expose] def commonDen : Nat := Nat.lcm (Nat.lcm (Nat.mul w.den x.den) b.den) y.den

/-- The factor that brings products of weights and inputs to the common denominator. -/
@[expose] def productFactor : Nat := Nat.div (commonDen w b x y) (Nat.mul w.den x.den)

/-- The factor that brings the bias to the common denominator. -/
@[expose] def biasFactor : Nat := Nat.div (commonDen w b x y) b.den

/-- The factor that brings the bounds to the common denominator. -/
@[expose] def boundFactor : Nat := Nat.div (commonDen w b x y) y.den

/-- One side of the comparison: bounds, products and bias, each brought to the common denominator, in
digits as far apart as those of the weight. -/
@[expose] def side (bounds forPos forNeg bias : List Nat) : Nat :=
  Nat.add (Nat.mul (boundFactor w b x y) (y.digits w.stride bounds))
    (Nat.add
      (Nat.mul (productFactor w b x y) (Nat.add (x.combine forPos w.pos) (x.combine forNeg w.neg)))
      (Nat.mul (biasFactor w b x y) (b.box.digits w.stride bias)))

/-- A number that no digit of a side exceeds. -/
@[expose] def sideBound : Nat :=
  Nat.add (Nat.mul (boundFactor w b x y) (Nat.pow 2 y.width))
    (Nat.add
      (Nat.mul (productFactor w b x y)
        (Nat.mul (Nat.mul 2 n) (Nat.mul (Nat.pow 2 x.width) (Nat.pow 2 w.width))))
      (Nat.mul (biasFactor w b x y) (Nat.pow 2 b.width)))

/-- The literals have the form that the comparison needs, and no digit can overflow. -/
@[expose] def wellFormed : Bool :=
  Nat.blt 0 w.den && b.regular && x.regular && y.regular &&
  Nat.blt 0 w.stride && Nat.ble w.width w.stride && Nat.beq w.line m &&
  Nat.blt (sideBound w b x y) (Nat.pow 2 (Nat.sub w.stride 1)) &&
  fits w.width w.stride m (Nat.lor (lorAll w.pos) (lorAll w.neg))

/-- The lower ends of `y` are at most the lower bounds of the outputs. -/
@[expose] def lowOk : Bool :=
  digitsLe w.stride m
    (side w b x y y.lowPos x.lowNeg x.highPos b.neg)
    (side w b x y y.lowNeg x.lowPos x.highNeg b.pos)

/-- The upper bounds of the outputs are at most the upper ends of `y`. -/
@[expose] def highOk : Bool :=
  digitsLe w.stride m
    (side w b x y y.highNeg x.highPos x.lowNeg b.pos)
    (side w b x y y.highPos x.highNeg x.lowPos b.neg)

end LinearCheck

/-- Whether the layer `y = x · w + b` maps the box `x` into the box `y`. -/
@[expose] def linearCheck (w : Const [n, m]) (b : Const [m]) (x : Box [n]) (y : Box [m]) : Bool :=
  LinearCheck.wellFormed w b x y && LinearCheck.lowOk w b x y && LinearCheck.highOk w b x y

end Lemmanet
