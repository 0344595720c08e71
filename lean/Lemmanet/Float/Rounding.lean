module

public import Lemmanet.Float.Format

/-!
# Rounding

How an exact real number becomes a datum. The number is given by its sign and by twice its magnitude in
units, rounded down to a natural number, with a *sticky* bit that tells whether something was cut off:
that is enough to compare it with every rank and with every midpoint between two ranks.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float

/-- The rounding-direction attributes of IEEE 754-2019, 4.3. -/
inductive Direction where
  /-- To nearest, ties to the neighbor with even significand. -/
  | tiesToEven
  /-- To nearest, ties away from zero. -/
  | tiesToAway
  /-- Up. -/
  | towardPositive
  /-- Down. -/
  | towardNegative
  /-- Truncation. -/
  | towardZero
deriving DecidableEq

/-- Where a magnitude lies between a neighbor below, or itself, and the next neighbor above. -/
inductive Tail where
  /-- It is the neighbor below. -/
  | exact
  /-- Above it, below the midpoint. -/
  | low
  /-- The midpoint. -/
  | half
  /-- Above the midpoint. -/
  | high
deriving DecidableEq

/-- Whether a magnitude is rounded to the neighbor above, given its sign and whether the neighbor below
is odd. -/
def Direction.up (direction : Direction) (negative odd : Bool) (tail : Tail) : Bool :=
  match direction, tail with
  | _, .exact => false
  | .tiesToEven, .low => false
  | .tiesToEven, .half => odd
  | .tiesToEven, .high => true
  | .tiesToAway, .low => false
  | .tiesToAway, _ => true
  | .towardPositive, _ => !negative
  | .towardNegative, _ => negative
  | .towardZero, _ => false

/-- Whether a magnitude that is too large becomes infinite, not the largest finite one. -/
def Direction.overflows (direction : Direction) (negative : Bool) : Bool :=
  match direction with
  | .tiesToEven => true
  | .tiesToAway => true
  | .towardPositive => !negative
  | .towardNegative => negative
  | .towardZero => false

/-- The five exceptions of IEEE 754-2019, 7. -/
structure Flags where
  /-- There is no usefully definable result. -/
  invalid : Bool := false
  /-- An infinite result of finite operands. -/
  divideByZero : Bool := false
  /-- The rounded result, with unbounded exponent, exceeds the largest finite magnitude. -/
  overflow : Bool := false
  /-- The exact result is not zero, lies below the normal numbers, and was rounded. -/
  underflow : Bool := false
  /-- The result differs from the exact one. -/
  inexact : Bool := false
deriving DecidableEq

/-- What an operation delivers: a datum, and the exceptions that it signals. -/
structure Result (F : Format) where
  /-- The datum. -/
  datum : Datum F
  /-- The exceptions. -/
  flags : Flags := {}

/-- Where a number lies within a gap that begins at `2 * low` half units and whose two halves measure
`spacing` half units each; `twice` and `sticky` give the number. -/
def tailOf (low spacing twice : Nat) (sticky : Bool) : Tail :=
  let over := Nat.sub twice (Nat.mul 2 low)
  bif Nat.blt over spacing then (bif Nat.beq over 0 && !sticky then .exact else .low)
  else bif Nat.beq over spacing && !sticky then .half
  else .high

/-- The rank that a number is rounded to, with unbounded exponent, given the rank `r` below it. -/
def roundRank (direction : Direction) (negative : Bool) (r : Nat) (tail : Tail) : Nat :=
  bif direction.up negative (Nat.beq (Nat.mod r 2) 1) tail then Nat.add r 1 else r

namespace Format

variable (F : Format)

/-- Where a number lies between the magnitude of rank `r` and the next. -/
def tail (r twice : Nat) (sticky : Bool) : Tail := tailOf (F.units r) (F.spacing r) twice sticky

/-- The result for an exact number of magnitude `twice / 2` units that is rounded to rank `r`. Tininess
is detected before rounding. -/
def deliver (direction : Direction) (negative : Bool) (r twice : Nat) (inexact : Bool) : Result F :=
  bif Nat.blt r F.infinityRank then
    ⟨.finite negative r,
      { inexact, underflow := inexact && Nat.blt twice (Nat.mul 2 F.binade) }⟩
  else
    ⟨bif direction.overflows negative then .infinity negative
      else .finite negative (Nat.sub F.infinityRank 1), { overflow := true, inexact := true }⟩

/-- `roundMagnitude`, given the rank `r` below the number and where it lies from there. -/
def roundFrom (direction : Direction) (negative : Bool) (r twice : Nat) (tail : Tail) : Result F :=
  F.deliver direction negative (roundRank direction negative r tail) twice (tail != .exact)

/-- Round a number given by its sign and magnitude: `twice / 2` units, and a little more if `sticky`. -/
def roundMagnitude (direction : Direction) (negative : Bool) (twice : Nat) (sticky : Bool) : Result F :=
  let r := F.rank (Nat.div twice 2)
  F.roundFrom direction negative r twice (F.tail r twice sticky)

/-- Round `num / den` units; an exact zero gets the sign `zeroNegative`. -/
def roundQuotient (direction : Direction) (zeroNegative : Bool) (num : Int) (den : Nat) : Result F :=
  let twice := Nat.mul 2 num.natAbs
  let negative := match num with
    | .ofNat n => Nat.beq n 0 && zeroNegative
    | .negSucc _ => true
  F.roundMagnitude direction negative (Nat.div twice den) (!Nat.beq (Nat.mod twice den) 0)

end Format

/-- The integer that the magnitude `num / den` is rounded to. -/
def roundInteger (direction : Direction) (negative : Bool) (num den : Nat) : Nat :=
  let twice := Nat.div (Nat.mul 2 num) den
  let low := Nat.div twice 2
  let tail := tailOf low 1 twice (!Nat.beq (Nat.mod (Nat.mul 2 num) den) 0)
  bif direction.up negative (Nat.beq (Nat.mod low 2) 1) tail then Nat.add low 1 else low

/-- One step of Newton's iteration for the square root of `n` and, while it decreases, the next. -/
def sqrtFrom (n : Nat) : Nat → Nat → Nat
  | 0, x => x
  | fuel + 1, x =>
    let next := Nat.div (Nat.add x (Nat.div n x)) 2
    bif Nat.blt next x then sqrtFrom n fuel next else x

/-- The square root of `n`, rounded down. The iteration starts above the root, by a factor below 2 except
for the smallest `n`. -/
def sqrt (n : Nat) : Nat :=
  let start := Nat.pow 2 (Nat.add (Nat.div (Nat.log2 n) 2) 1)
  sqrtFrom n start start

end Lemmanet.Float
