module

public import Lemmanet.Float.RootBounds

/-!
# Interval arithmetic

Intervals whose ends are data of a format, infinite ones included, and operations on them that round
outward. No operation on ends meets zero times infinity or infinity minus infinity.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float

/-- All numbers between two data. -/
structure Interval (F : Format) where
  /-- The lower end: a finite number or minus infinity. -/
  lower : Datum F
  /-- The upper end: a finite number or plus infinity. -/
  upper : Datum F

namespace Datum

variable {F : Format}

/-- A negative number or minus infinity, not minus zero. -/
def isBelowZero (x : Datum F) : Bool := x.isSignMinus && !x.isZero

/-- The product of two ends; zero times infinity is zero here. -/
def endProduct (direction : Direction) (x y : Datum F) : Datum F :=
  bif x.isZero || y.isZero then .finite false 0 else (multiplication direction x y).datum

/-- The product of two ends plus a third, with one rounding; zero times infinity is zero here, and a
third end that is infinite is the result. -/
def endFused (direction : Direction) (x y z : Datum F) : Datum F :=
  bif x.isZero || y.isZero || z.isInfinite then z else (fusedMultiplyAdd direction x y z).datum

/-- The smaller of two ends that are lower ones. -/
def lowerOf (x y : Datum F) : Datum F :=
  match x, y with
  | .nan _, y => y
  | x, .nan _ => x
  | .infinity s, y => bif s then .infinity true else y
  | x, .infinity t => bif t then .infinity true else x
  | x, y => bif y.compareQuietLess x then y else x

/-- The larger of two ends that are upper ones. -/
def upperOf (x y : Datum F) : Datum F := (lowerOf x.negate y.negate).negate

end Datum

namespace Interval

variable {F : Format}

/-- The interval contains the number. -/
def Contains (X : Interval F) (v : Rat) : Prop := X.lower.AtMost v ∧ X.upper.AtLeast v

/-- The interval from a datum to itself. -/
def point (x : Datum F) : Interval F := ⟨x, x⟩

/-- All numbers. -/
def whole : Interval F := ⟨.infinity true, .infinity false⟩

/-- `-X` -/
def neg (X : Interval F) : Interval F := ⟨X.upper.negate, X.lower.negate⟩

/-- `X + Y` -/
def add (X Y : Interval F) : Interval F :=
  ⟨(Datum.addition .towardNegative X.lower Y.lower).datum,
    (Datum.addition .towardPositive X.upper Y.upper).datum⟩

/-- `X - Y` -/
def sub (X Y : Interval F) : Interval F :=
  ⟨(Datum.subtraction .towardNegative X.lower Y.upper).datum,
    (Datum.subtraction .towardPositive X.upper Y.lower).datum⟩

/-- The extreme one of what `f` makes of the ends of two intervals. -/
def corners (pick : Datum F → Datum F → Datum F) (f : Datum F → Datum F → Datum F)
    (X Y : Interval F) : Datum F :=
  pick (pick (f X.lower Y.lower) (f X.lower Y.upper)) (pick (f X.upper Y.lower) (f X.upper Y.upper))

/-- `X * Y` -/
def mul (X Y : Interval F) : Interval F :=
  ⟨corners Datum.lowerOf (Datum.endProduct .towardNegative) X Y,
    corners Datum.upperOf (Datum.endProduct .towardPositive) X Y⟩

/-- `X * Y + Z`, with one rounding. -/
def fma (X Y Z : Interval F) : Interval F :=
  ⟨corners Datum.lowerOf (fun x y => Datum.endFused .towardNegative x y Z.lower) X Y,
    corners Datum.upperOf (fun x y => Datum.endFused .towardPositive x y Z.upper) X Y⟩

/-- `X / Y` for an interval `Y` of positive numbers. -/
def divPositive (X Y : Interval F) : Interval F :=
  ⟨(Datum.division .towardNegative X.lower (bif X.lower.isBelowZero then Y.lower else Y.upper)).datum,
    (Datum.division .towardPositive X.upper (bif X.upper.isBelowZero then Y.upper else Y.lower)).datum⟩

/-- `X / Y`; all numbers where `Y` may contain zero. -/
def div (X Y : Interval F) : Interval F :=
  bif !Y.lower.isZero && !Y.lower.isSignMinus then divPositive X Y
  else bif Y.upper.isBelowZero then divPositive X.neg Y.neg
  else whole

/-- The square roots of the numbers of `X` that are not negative. -/
def sqrt (X : Interval F) : Interval F :=
  ⟨bif X.lower.isZero || X.lower.isSignMinus then .finite false 0
    else (Datum.squareRoot .towardNegative X.lower).datum,
    bif X.upper.isZero || X.upper.isSignMinus then .finite false 0
    else (Datum.squareRoot .towardPositive X.upper).datum⟩

end Interval

end Lemmanet.Float
