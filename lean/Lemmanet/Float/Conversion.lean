module

public import Lemmanet.Float.Arithmetic

/-!
# Conversions

Between formats, from and to integers and decimal numbers: IEEE 754-2019, 5.3.1, 5.4 and 5.12.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float

variable {F : Format}

namespace Datum

/-- The datum in another format. -/
def convertFormat (G : Format) (direction : Direction) (x : Datum F) : Result G :=
  match x with
  | .nan signaling => .propagated signaling
  | .infinity negative => .exact (.infinity negative)
  | .finite negative _ =>
    G.roundQuotient direction negative (Int.mul x.units (Nat.pow 2 G.scale)) (Nat.pow 2 F.scale)

/-- The nearest datum to an integer. -/
def convertFromInt (F : Format) (direction : Direction) (z : Int) : Result F :=
  F.roundQuotient direction false (Int.mul z (Nat.pow 2 F.scale)) 1

/-- The integer that a finite datum is rounded to. -/
def convertToInteger (direction : Direction) (x : Datum F) : Option Int :=
  match x with
  | .finite negative r =>
    let n := roundInteger direction negative (F.units r) (Nat.pow 2 F.scale)
    some (bif negative then Int.neg (Int.ofNat n) else Int.ofNat n)
  | _ => none

/-- The datum rounded to an integer; a zero keeps the sign of `x`. Signals inexact where the result
differs from `x`. -/
def roundToIntegralExact (direction : Direction) (x : Datum F) : Result F :=
  match x with
  | .nan signaling => .propagated signaling
  | .infinity negative => .exact (.infinity negative)
  | .finite negative r =>
    let n := Nat.shiftLeft (roundInteger direction negative (F.units r) (Nat.pow 2 F.scale)) F.scale
    ⟨.finite negative (F.rank n), { inexact := !Nat.beq n (F.units r) }⟩

/-- The datum rounded to an integer, without signaling inexact. -/
def roundToIntegral (direction : Direction) (x : Datum F) : Result F :=
  ⟨(x.roundToIntegralExact direction).datum, { invalid := x.isSignaling }⟩

/-- The nearest datum to `±digits * 10 ^ exponent`. -/
def convertFromDecimal (F : Format) (direction : Direction) (negative : Bool) (digits : Nat)
    (exponent : Int) : Result F :=
  let scaled := Nat.shiftLeft digits F.scale
  let num := match exponent with
    | .ofNat n => Nat.mul scaled (Nat.pow 10 n)
    | .negSucc _ => scaled
  let den := match exponent with
    | .ofNat _ => 1
    | .negSucc n => Nat.pow 10 (Nat.add n 1)
  F.roundQuotient direction negative (bif negative then Int.neg num else num) den

/-- The exact value of a finite datum, as `numerator / 10 ^ scale`. -/
def convertToDecimal (x : Datum F) : Option Int :=
  match x with
  | .finite _ _ => some (Int.mul x.units (Nat.pow 5 F.scale))
  | _ => none

end Datum

end Lemmanet.Float
