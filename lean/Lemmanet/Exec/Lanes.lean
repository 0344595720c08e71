module

public import Lemmanet.Exec.Packed

/-!
# Lanes

Many linear inequalities are handled side by side. What belongs to one entry of a tensor is one number
with a digit for each inequality, its lane: the kernel then multiplies by a weight once for all of them.
Digits are natural numbers, and values are not: a lane with value `v` has the digit `v + offset`, where
no value exceeds the offset in absolute value.
-/

public noncomputable section

namespace Lemmanet

/-! ## Numbers with `n` lanes of `k` bits -/

/-- The mask for the upper half of each block of `2 * b` digits of `w` bits, with blocks `2 * b * k`
bits apart. -/
@[expose] def upperHalves (w k n b : Nat) : Nat :=
  Nat.sub
    (Nat.shiftLeft (ones (Nat.mul (Nat.mul b 2) k) (Nat.succ (Nat.div n (Nat.mul b 2))))
      (Nat.mul (Nat.mul b w) 2))
    (Nat.shiftLeft (ones (Nat.mul (Nat.mul b 2) k) (Nat.succ (Nat.div n (Nat.mul b 2))))
      (Nat.mul b w))

/-- Moves the upper half of each block up, so that blocks of `b` digits are `b * k` bits apart. -/
@[expose] def spreadStep (w k n b x : Nat) : Nat :=
  Nat.add (Nat.sub x (Nat.land x (upperHalves w k n b)))
    (Nat.shiftLeft (Nat.land x (upperHalves w k n b)) (Nat.mul b (Nat.sub k w)))

/-- Moves digits of `w` bits in a block of `2 ^ t` digits `k` bits apart: a few operations for each
doubling, not for each digit. -/
@[expose] def spread (w k n t x : Nat) : Nat :=
  Nat.rec (motive := fun _ => Nat → Nat) (fun x => x)
    (fun t rest x => rest (spreadStep w k n (Nat.pow 2 t) x)) t x

/-- The same lanes, with digits of `k` bits in place of `w`. -/
@[expose] def widen (w k n x : Nat) : Nat :=
  cond (Nat.beq w k) x (spread w k n (Nat.succ (Nat.log2 n)) x)

/-- The positive parts of lanes whose digits have the offset `2 ^ (k - 1)`, without an offset. A lane is
kept if its top bit is set, which means that it is not negative. -/
@[expose] def keepPositive (k n x : Nat) : Nat :=
  Nat.land x (Nat.sub (Nat.land x (topBits k n))
    (Nat.shiftRight (Nat.land x (topBits k n)) (Nat.sub k 1)))

/-- The positive parts of lanes with an offset. -/
@[expose] def positivePart (k n offset x : Nat) : Nat :=
  keepPositive k n (Nat.add x (Nat.mul (Nat.sub (Nat.pow 2 (Nat.sub k 1)) offset) (ones k n)))

/-- The larger one of two lanes, neither of which has an offset. -/
@[expose] def laneMax (k n x y : Nat) : Nat :=
  Nat.add x (keepPositive k n (Nat.sub (Nat.add y (topBits k n)) x))

/-- Lane by lane the negative, with the same offset. -/
@[expose] def laneNeg (k n offset x : Nat) : Nat :=
  Nat.sub (Nat.mul (Nat.mul 2 offset) (ones k n)) x

/-! ## Fractions -/

/-- A rational number for each lane. Lane `r` is the digit minus the offset, over the denominator. -/
structure Lanes where
  /-- The denominator of all lanes. -/
  den : Nat
  /-- The number of bits of a digit. -/
  bits : Nat
  /-- What is added to each value to make it a digit. -/
  offset : Nat
  /-- The digits. -/
  num : Nat

namespace Lanes

/-- The numerator of lane `r`. -/
@[expose] def int (v : Lanes) (r : Nat) : Int :=
  Int.subNatNat (digit v.bits v.bits v.num r) v.offset

/-- Lane `r` as a scalar. -/
@[expose] def val {α : Type} [OrderedField α] (v : Lanes) (r : Nat) : α := ratio (v.int r) v.den

/-- The literal has `n` lanes, whose values are no larger than the offset. -/
@[expose] def ok (n : Nat) (v : Lanes) : Bool :=
  Nat.blt 0 v.den && Nat.ble (Nat.pow 2 v.bits) (Nat.succ (Nat.mul 2 v.offset)) &&
    Nat.blt v.num (Nat.pow 2 (Nat.mul v.bits n))

/-- The factor that brings the first of two fractions to their common denominator. -/
@[expose] def factor (d e : Nat) : Nat := Nat.div (Nat.lcm d e) d

/-- The same values in digits of `k` bits. -/
@[expose] def widen (n k : Nat) (v : Lanes) : Lanes :=
  ⟨v.den, k, v.offset, Lemmanet.widen v.bits k n v.num⟩

/-- Digits of `k` bits are wide enough for the values. -/
@[expose] def widenOk (k : Nat) (v : Lanes) : Bool :=
  Nat.ble v.bits k && Nat.blt (Nat.mul 2 v.offset) (Nat.pow 2 k)

/-- The offset of a difference. -/
@[expose] def subOffset (v w : Lanes) : Nat :=
  Nat.add (Nat.mul (factor v.den w.den) v.offset) (Nat.mul (factor w.den v.den) w.offset)

/-- Differences, in digits as wide as those of `w`. -/
@[expose] def sub (n : Nat) (v w : Lanes) : Lanes where
  den := Nat.lcm v.den w.den
  bits := w.bits
  offset := subOffset v w
  num := Nat.add (Nat.mul (factor v.den w.den) (Lemmanet.widen v.bits w.bits n v.num))
    (Nat.mul (factor w.den v.den) (laneNeg w.bits n w.offset w.num))

/-- No digit of the difference overflows. -/
@[expose] def subOk (v w : Lanes) : Bool :=
  Nat.blt 0 w.bits && Nat.ble v.bits w.bits &&
    Nat.blt (Nat.mul 2 (subOffset v w)) (Nat.pow 2 w.bits)

/-- One side of a comparison: `x` is scaled by `f`, and `shift` is added to all of its lanes. -/
@[expose] def side (k n f x shift : Nat) : Nat :=
  Nat.add (Nat.mul f x) (Nat.mul shift (ones k n))

/-- Every lane of `v` is at most that of `w`. Digits have `k` bits. -/
@[expose] def le (n k : Nat) (v w : Lanes) : Bool :=
  Nat.blt 0 k && Nat.ble v.bits k && Nat.ble w.bits k &&
  Nat.blt (Nat.mul 2 (subOffset v w)) (Nat.pow 2 (Nat.sub k 1)) &&
  digitsLe k n
    (side k n (factor v.den w.den) (Lemmanet.widen v.bits k n v.num)
      (Nat.mul (factor w.den v.den) w.offset))
    (side k n (factor w.den v.den) (Lemmanet.widen w.bits k n w.num)
      (Nat.mul (factor v.den w.den) v.offset))

end Lanes

end Lemmanet
