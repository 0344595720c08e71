module

public import Lemmanet.Float.Rounding

/-!
# Arithmetic

The operations of IEEE 754-2019, 5.4.1: exact on units, then rounded once. An operation on NaN delivers
a quiet NaN and signals invalid exactly if an operand is signaling.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float

variable {F : Format}

namespace Result

/-- An exact result without an exception. -/
def exact (x : Datum F) : Result F := ⟨x, {}⟩

/-- A quiet NaN for operands without a usefully definable result. -/
def invalid : Result F := ⟨.nan false, { invalid := true }⟩

/-- A quiet NaN for operands one of which is NaN, and whether one is signaling. -/
def propagated (signaling : Bool) : Result F := ⟨.nan false, { invalid := signaling }⟩

end Result

/-- The sign of an exact sum that is zero: that of both operands where they agree. -/
def Direction.zeroSign (direction : Direction) (x y : Bool) : Bool :=
  bif Bool.xor x y then
    match direction with
    | .towardNegative => true
    | _ => false
  else x

namespace Datum

/-- The negated datum; its own operation, not a subtraction. -/
def negate : Datum F → Datum F
  | .nan signaling => .nan signaling
  | .infinity negative => .infinity (!negative)
  | .finite negative r => .finite (!negative) r

/-- The datum with a positive sign. -/
def abs : Datum F → Datum F
  | .nan signaling => .nan signaling
  | .infinity _ => .infinity false
  | .finite _ r => .finite false r

/-- The first datum with the sign of the second. -/
def copySign : Datum F → Datum F → Datum F
  | .nan signaling, _ => .nan signaling
  | .infinity _, y => .infinity y.isSignMinus
  | .finite _ r, y => .finite y.isSignMinus r

/-- `x + y` -/
def addition (direction : Direction) (x y : Datum F) : Result F :=
  match x, y with
  | .finite s _, .finite t _ =>
    F.roundQuotient direction (direction.zeroSign s t) (Int.add x.units y.units) 1
  | .infinity s, .infinity t => bif Bool.xor s t then .invalid else .exact (.infinity s)
  | .infinity s, .finite _ _ => .exact (.infinity s)
  | .finite _ _, .infinity t => .exact (.infinity t)
  | x, y => .propagated (x.isSignaling || y.isSignaling)

/-- `x - y` -/
def subtraction (direction : Direction) (x y : Datum F) : Result F := addition direction x y.negate

/-- `x * y` -/
def multiplication (direction : Direction) (x y : Datum F) : Result F :=
  match x, y with
  | .finite s _, .finite t _ =>
    F.roundQuotient direction (Bool.xor s t) (Int.mul x.units y.units) (Nat.pow 2 F.scale)
  | .infinity s, .infinity t => .exact (.infinity (Bool.xor s t))
  | .infinity s, .finite t r => bif Nat.beq r 0 then .invalid else .exact (.infinity (Bool.xor s t))
  | .finite s r, .infinity t => bif Nat.beq r 0 then .invalid else .exact (.infinity (Bool.xor s t))
  | x, y => .propagated (x.isSignaling || y.isSignaling)

/-- `x / y` -/
def division (direction : Direction) (x y : Datum F) : Result F :=
  match x, y with
  | .finite s r, .finite t q =>
    bif Nat.beq q 0 then
      (bif Nat.beq r 0 then .invalid else ⟨.infinity (Bool.xor s t), { divideByZero := true }⟩)
    else
      F.roundQuotient direction (Bool.xor s t)
        (bif t then Int.neg (Int.mul x.units (Nat.pow 2 F.scale)) else Int.mul x.units (Nat.pow 2 F.scale))
        y.units.natAbs
  | .infinity _, .infinity _ => .invalid
  | .infinity s, .finite t _ => .exact (.infinity (Bool.xor s t))
  | .finite s _, .infinity t => .exact (.finite (Bool.xor s t) 0)
  | x, y => .propagated (x.isSignaling || y.isSignaling)

/-- `√x`; the square root of minus zero is minus zero. -/
def squareRoot (direction : Direction) (x : Datum F) : Result F :=
  match x with
  | .finite s r =>
    bif Nat.beq r 0 then .exact (.finite s 0)
    else bif s then .invalid
    else
      let square := Nat.mul 4 (Nat.shiftLeft (F.units r) F.scale)
      let twice := sqrt square
      F.roundMagnitude direction false twice (!Nat.beq (Nat.mul twice twice) square)
  | .infinity s => bif s then .invalid else .exact (.infinity false)
  | .nan signaling => .propagated signaling

/-- `x * y + z` with one rounding; zero times infinity plus a quiet NaN signals nothing. -/
def fusedMultiplyAdd (direction : Direction) (x y z : Datum F) : Result F :=
  bif x.isNaN || y.isNaN || z.isNaN then
    .propagated (x.isSignaling || y.isSignaling || z.isSignaling)
  else
    let s := Bool.xor x.isSignMinus y.isSignMinus
    bif x.isInfinite || y.isInfinite then
      (bif x.isZero || y.isZero || (z.isInfinite && Bool.xor s z.isSignMinus) then .invalid
      else .exact (.infinity s))
    else bif z.isInfinite then .exact z
    else
      F.roundQuotient direction (direction.zeroSign s z.isSignMinus)
        (Int.add (Int.mul x.units y.units) (Int.mul z.units (Nat.pow 2 F.scale))) (Nat.pow 2 F.scale)

/-- `x - y * n` for the integer `n` nearest to `x / y`, the even one of two. It is always exact. -/
def remainder (x y : Datum F) : Result F :=
  match x, y with
  | .finite s r, .finite _ q =>
    bif Nat.beq q 0 then .invalid
    else
      let n := roundInteger .tiesToEven false (F.units r) (F.units q)
      let rest := Int.subNatNat (F.units r) (Nat.mul n (F.units q))
      F.roundQuotient .tiesToEven s (bif s then Int.neg rest else rest) 1
  | .infinity _, .finite _ _ => .invalid
  | .infinity _, .infinity _ => .invalid
  | .finite _ _, .infinity _ => .exact x
  | x, y => .propagated (x.isSignaling || y.isSignaling)

end Datum

end Lemmanet.Float
