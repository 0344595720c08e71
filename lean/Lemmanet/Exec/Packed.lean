module

public import Lemmanet.Spec.Const

/-!
# Packed arithmetic

Vectors of natural numbers in one literal, as digits side by side. A combination of vectors is then a
combination of numbers, and a convolution is one product: the kernel does all of this with its
big-number arithmetic, a few steps for a whole vector.
-/

public noncomputable section

namespace Lemmanet

/-- The number with the digits `f 0, …, f (n - 1)`, one every `k` bits. -/
@[expose] def pack (k : Nat) (f : Nat → Nat) (n : Nat) : Nat :=
  match n with
  | 0 => 0
  | n + 1 => Nat.add (pack k f n) (Nat.shiftLeft (f n) (Nat.mul k n))

/-- `n` bits of `x`, from bit `i` on. The kernel masks a number faster than it divides one. -/
@[expose] def bitsAt (x i n : Nat) : Nat := Nat.land (Nat.shiftRight x i) (Nat.sub (Nat.pow 2 n) 1)

/-- Joins neighbors in a list of numbers of `bits` bits. -/
@[expose] def joinPairs (bits : Nat) : List Nat → List Nat
  | x :: y :: l => Nat.add x (Nat.shiftLeft y bits) :: joinPairs bits l
  | l => l

/-- Joins a list of numbers of `bits` bits, in at most `t` rounds of `joinPairs`. -/
@[expose] def joinRounds (t bits : Nat) (l : List Nat) : Nat :=
  match t, l with
  | t + 1, _ :: _ :: _ => joinRounds t (Nat.mul bits 2) (joinPairs bits l)
  | _, l => l.headD 0

/-- The lowest `bits` bits of each literal, one after the other, as one number. Each round copies
every literal once: a number that grew by one literal at a time would be copied for each of them. -/
@[expose] def joined (bits : Nat) (l : List Nat) : Nat :=
  joinRounds l.length bits (l.map fun x => Nat.mod x (Nat.pow 2 bits))

/-- The combination `xs j * rows[0] + xs (j + 1) * rows[1] + …`. This and the next three are the inner
loops of the kernel, hence written with the recursor, which it reduces in fewer steps than a match. -/
@[expose] def comb (xs : Nat → Nat) (rows : List Nat) (j : Nat) : Nat :=
  List.rec (motive := fun _ => Nat → Nat) (fun _ => 0)
    (fun row _ rest j => Nat.add (Nat.mul (xs j) row) (rest (Nat.succ j))) rows j

/-- The combination of rows with the digits of `x`, `width` bits each, from the lowest one on. Each step
takes one digit off. -/
@[expose] def combineDigits (width : Nat) (rows : List Nat) (x : Nat) : Nat :=
  List.rec (motive := fun _ => Nat → Nat) (fun _ => 0)
    (fun row _ rest x =>
      Nat.add (Nat.mul (Nat.land x (Nat.sub (Nat.pow 2 width) 1)) row)
        (rest (Nat.shiftRight x width))) rows x

/-- All bits that occur in some row. -/
@[expose] def lorAll (rows : List Nat) : Nat :=
  List.rec 0 (fun row _ rest => Nat.lor row rest) rows

/-- The number of rows. -/
@[expose] def rowCount (rows : List Nat) : Nat :=
  List.rec 0 (fun _ _ rest => Nat.succ rest) rows

/-- The number with `2 ^ t` digits one, each time twice as many. -/
@[expose] def onesDoubled (k t : Nat) : Nat :=
  Nat.rec 1 (fun t x => Nat.add x (Nat.shiftLeft x (Nat.mul k (Nat.pow 2 t)))) t

/-- The number with `n` digits one. -/
@[expose] def ones (k n : Nat) : Nat :=
  Nat.land (onesDoubled k (Nat.succ (Nat.log2 n))) (Nat.sub (Nat.pow 2 (Nat.mul k n)) 1)

/-- The number with the top bit of each of `n` digits. -/
@[expose] def topBits (k n : Nat) : Nat := Nat.shiftLeft (ones k n) (Nat.sub k 1)

/-- A flag in the top bit of each of `n` digits: whether the digit of `l` is at most that of `r`. No
digit may use its top bit; with it set, the difference of two digits keeps it exactly if it is not
negative. -/
@[expose] def atMost (k n l r : Nat) : Nat :=
  Nat.land (Nat.sub (Nat.add r (topBits k n)) l) (topBits k n)

/-- Whether all `n` flags are set. -/
@[expose] def allFlags (k n x : Nat) : Bool := Nat.beq x (topBits k n)

/-- Whether each of the `n` digits of `l` is at most the digit of `r`, if no digit uses its top bit. -/
@[expose] def digitsLe (k n l r : Nat) : Bool := allFlags k n (atMost k n l r)

/-- The number with the lowest `width` bits of each of `n` digits. -/
@[expose] def maskBits (width stride n : Nat) : Nat :=
  Nat.sub (Nat.shiftLeft (ones stride n) width) (ones stride n)

/-- Whether `x` has no bits outside its `n` digits of `width` bits. -/
@[expose] def fits (width stride n x : Nat) : Bool :=
  Nat.beq (Nat.land x (maskBits width stride n)) x

end Lemmanet
