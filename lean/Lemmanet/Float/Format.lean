module

/-!
# Binary floating-point formats

The binary interchange formats of IEEE 754-2019 and the data that their bit patterns stand for.

The finite magnitudes of a format are counted: rank 0 is zero, rank 1 the least positive magnitude, and
so on. The rank of a magnitude is its bit pattern without the sign, so that encoding costs nothing, the
order of ranks is the order of magnitudes, and the neighbors of a number are one rank away. Magnitudes
themselves are natural numbers: multiples of the least positive magnitude, the *unit*.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float

/-- A binary interchange format: a sign bit, `exponentBits` bits of exponent and `precision - 1` bits of
trailing significand. -/
structure Format where
  /-- The number of bits of the significand, with the leading one. -/
  precision : Nat
  /-- The number of bits of the exponent field. -/
  exponentBits : Nat

/-- binary16, half precision. -/
def binary16 : Format := ⟨11, 5⟩

/-- bfloat16: the exponents of binary32 with 8 bits of significand. -/
def bfloat16 : Format := ⟨8, 8⟩

/-- binary32, single precision. -/
def binary32 : Format := ⟨24, 8⟩

/-- binary64, double precision. -/
def binary64 : Format := ⟨53, 11⟩

namespace Format

/-- A format with a significand and an exponent field wide enough that zeros, subnormal and normal
numbers, infinities and both kinds of NaN exist. -/
class Valid (F : Format) : Prop where
  /-- There is a bit that tells quiet from signaling NaN, and significands of both parities. -/
  precision : 3 ≤ F.precision
  /-- There is an exponent of normal numbers between those of subnormal numbers and of infinity. -/
  exponentBits : 2 ≤ F.exponentBits

instance : Valid binary16 := ⟨by decide, by decide⟩
instance : Valid bfloat16 := ⟨by decide, by decide⟩
instance : Valid binary32 := ⟨by decide, by decide⟩
instance : Valid binary64 := ⟨by decide, by decide⟩

variable (F : Format)

/-- What is subtracted from the exponent field of a normal number; also the largest exponent `emax`. -/
def bias : Nat := Nat.sub (Nat.pow 2 (Nat.sub F.exponentBits 1)) 1

/-- The unit, the least positive magnitude, is 2 to the power of minus `scale`. -/
def scale : Nat := Nat.sub (Nat.add F.bias F.precision) 2

/-- The number of ranks in a binade: the weight of the leading bit of a significand. -/
def binade : Nat := Nat.pow 2 (Nat.sub F.precision 1)

/-- The rank after that of the largest finite magnitude: the bit pattern of infinity. -/
def infinityRank : Nat := Nat.mul (Nat.sub (Nat.pow 2 F.exponentBits) 1) F.binade

/-- The weight of the sign bit: the number of bit patterns without a sign. -/
def signWeight : Nat := Nat.mul (Nat.pow 2 F.exponentBits) F.binade

/-- The bit of the trailing significand that tells a quiet NaN from a signaling one. -/
def quietBit : Nat := Nat.pow 2 (Nat.sub F.precision 2)

/-- The significand of the magnitude of rank `r`, as an integer of at most `precision` bits. -/
def significand (r : Nat) : Nat :=
  bif Nat.blt r F.binade then r else Nat.add F.binade (Nat.mod r F.binade)

/-- The exponent of the magnitude of rank `r`: its significand counts multiples of 2 to this power, in
units. -/
def exponent (r : Nat) : Nat := Nat.sub (Nat.div r F.binade) 1

/-- The magnitude of rank `r` in units. Ranks beyond the largest finite one continue the format with
an unbounded exponent. -/
def units (r : Nat) : Nat := Nat.shiftLeft (F.significand r) (F.exponent r)

/-- The distance in units from the magnitude of rank `r` to the next. -/
def spacing (r : Nat) : Nat := Nat.pow 2 (F.exponent r)

/-- How many of the low bits of `q` do not fit into the significand. -/
def excess (q : Nat) : Nat := Nat.sub (Nat.add (Nat.log2 q) 1) F.precision

/-- The rank of the largest magnitude that is at most `q` units. -/
def rank (q : Nat) : Nat :=
  Nat.add (Nat.mul (F.excess q) F.binade) (Nat.shiftRight q (F.excess q))

end Format

/-- A floating-point datum of a format. The sign and the payload of a NaN are not part of it. -/
inductive Datum (F : Format) where
  /-- Not a number. -/
  | nan (signaling : Bool)
  /-- An infinity. -/
  | infinity (negative : Bool)
  /-- A finite number: zeros, subnormal and normal numbers, by the rank of their magnitude. -/
  | finite (negative : Bool) (rank : Nat)
deriving DecidableEq

/-- The classes of IEEE 754-2019, 5.7.2. -/
inductive Class where
  /-- A signaling NaN. -/
  | signalingNaN
  /-- A quiet NaN. -/
  | quietNaN
  /-- Minus infinity. -/
  | negativeInfinity
  /-- A negative number whose significand has its leading bit. -/
  | negativeNormal
  /-- A negative number below the normal ones in magnitude. -/
  | negativeSubnormal
  /-- Minus zero. -/
  | negativeZero
  /-- Plus zero. -/
  | positiveZero
  /-- A positive number below the normal ones. -/
  | positiveSubnormal
  /-- A positive number whose significand has its leading bit. -/
  | positiveNormal
  /-- Plus infinity. -/
  | positiveInfinity
deriving DecidableEq

namespace Datum

variable {F : Format}

/-- The datum of a bit pattern; bits above the sign are ignored. -/
def ofBits (F : Format) (bits : Nat) : Datum F :=
  let magnitude := Nat.mod bits F.signWeight
  let negative := Nat.beq (Nat.mod (Nat.div bits F.signWeight) 2) 1
  bif Nat.blt magnitude F.infinityRank then .finite negative magnitude
  else bif Nat.beq magnitude F.infinityRank then .infinity negative
  else .nan (Nat.blt magnitude (Nat.add F.infinityRank F.quietBit))

/-- The bit pattern of a sign and a magnitude. -/
def signed (F : Format) (negative : Bool) (magnitude : Nat) : Nat :=
  bif negative then Nat.add F.signWeight magnitude else magnitude

/-- The bit pattern of a datum. NaNs are positive; a quiet one has no payload and a signaling one the
payload 1. -/
def toBits : Datum F → Nat
  | .nan signaling => Nat.add F.infinityRank (bif signaling then 1 else F.quietBit)
  | .infinity negative => signed F negative F.infinityRank
  | .finite negative r => signed F negative r

/-- The class of a datum. -/
def «class» : Datum F → Class
  | .nan true => .signalingNaN
  | .nan false => .quietNaN
  | .infinity true => .negativeInfinity
  | .infinity false => .positiveInfinity
  | .finite negative r =>
    bif Nat.beq r 0 then (bif negative then .negativeZero else .positiveZero)
    else bif Nat.blt r F.binade then
      (bif negative then .negativeSubnormal else .positiveSubnormal)
    else (bif negative then .negativeNormal else .positiveNormal)

/-- The sign bit; that of a NaN reads as positive. -/
def isSignMinus : Datum F → Bool
  | .nan _ => false
  | .infinity negative => negative
  | .finite negative _ => negative

/-- Zero, subnormal or normal. -/
def isFinite : Datum F → Bool
  | .finite _ _ => true
  | _ => false

/-- An infinity. -/
def isInfinite : Datum F → Bool
  | .infinity _ => true
  | _ => false

/-- Not a number. -/
def isNaN : Datum F → Bool
  | .nan _ => true
  | _ => false

/-- A signaling NaN. -/
def isSignaling : Datum F → Bool
  | .nan signaling => signaling
  | _ => false

/-- A zero of either sign. -/
def isZero : Datum F → Bool
  | .finite _ r => Nat.beq r 0
  | _ => false

/-- A finite number below the normal ones in magnitude, other than zero. -/
def isSubnormal : Datum F → Bool
  | .finite _ r => Nat.blt 0 r && Nat.blt r F.binade
  | _ => false

/-- A finite number whose significand has its leading bit. -/
def isNormal : Datum F → Bool
  | .finite _ r => Nat.ble F.binade r
  | _ => false

/-- The value of a finite datum in units; zero for the others. -/
def units : Datum F → Int
  | .finite negative r => bif negative then Int.neg (Int.ofNat (F.units r)) else Int.ofNat (F.units r)
  | _ => 0

/-- The value of a finite datum as a rational number; zero for the others. -/
def toRat (x : Datum F) : Rat := (x.units : Rat) / (2 ^ F.scale : Nat)

end Datum

end Lemmanet.Float
