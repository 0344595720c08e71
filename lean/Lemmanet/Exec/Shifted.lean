module

public import Lemmanet.Exec.Affine

/-!
# Arithmetic on lanes with signs

A number of lanes together with its offset and a check that no lane overflows: what is computed from
checked numbers is checked itself. Digits have `k` bits, there are `n` lanes.
-/

public noncomputable section

namespace Lemmanet

/-- Lanes with an offset. -/
structure Shifted where
  /-- What is added to each value to make it a digit. -/
  offset : Nat
  /-- The digits. -/
  num : Nat
  /-- No lane overflows here, nor in what this was computed from. -/
  ok : Bool

namespace Shifted

/-- Digits with an offset. -/
@[expose] def make (k offset num : Nat) (ok : Bool) : Shifted :=
  ⟨offset, num, Nat.blt (Nat.mul 2 offset) (Nat.pow 2 (Nat.sub k 1)) && ok⟩

/-- Zero in all lanes. -/
@[expose] def zero (k : Nat) : Shifted := make k 0 0 true

/-- Sums. -/
@[expose] def plus (k : Nat) (x y : Shifted) : Shifted :=
  make k (Nat.add x.offset y.offset) (Nat.add x.num y.num) (x.ok && y.ok)

/-- Multiples by `p - q`. -/
@[expose] def times (k n p q : Nat) (x : Shifted) : Shifted :=
  make k (Nat.mul (Nat.add p q) x.offset)
    (Nat.add (Nat.mul p x.num) (cond (Nat.beq q 0) 0 (Nat.mul q (laneNeg k n x.offset x.num)))) x.ok

/-- Negative values. -/
@[expose] def neg (k n : Nat) (x : Shifted) : Shifted := make k x.offset (laneNeg k n x.offset x.num) x.ok

/-- Positive parts. -/
@[expose] def positive (k n : Nat) (x : Shifted) : Shifted :=
  make k x.offset (Nat.add (positivePart k n x.offset x.num) (Nat.mul x.offset (ones k n))) x.ok

/-- The larger one of two values. -/
@[expose] def larger (k n : Nat) (x y : Shifted) : Shifted :=
  make k (Nat.add x.offset y.offset)
    (laneMax k n (Nat.add x.num (Nat.mul y.offset (ones k n)))
      (Nat.add y.num (Nat.mul x.offset (ones k n)))) (x.ok && y.ok)

/-- The smaller one of two values. -/
@[expose] def smaller (k n : Nat) (x y : Shifted) : Shifted :=
  neg k n (larger k n (neg k n x) (neg k n y))

/-- The sum of `f 0`, …, `f (m - 1)`. -/
@[expose] def sum (k : Nat) (f : Nat → Shifted) : Nat → Shifted
  | 0 => zero k
  | m + 1 => plus k (sum k f m) (f m)

/-- The largest of `f 0`, …, `f m`. -/
@[expose] def largest (k n : Nat) (f : Nat → Shifted) : Nat → Shifted
  | 0 => f 0
  | m + 1 => larger k n (largest k n f m) (f (m + 1))

/-- The smallest of `x`, `f 0`, …, `f (m - 1)`. -/
@[expose] def smallest (k n : Nat) (x : Shifted) (f : Nat → Shifted) : Nat → Shifted
  | 0 => x
  | m + 1 => smaller k n (smallest k n x f m) (f m)

/-- The sum of `f i x` over numbers, where `i` counts on from the given index. -/
@[expose] def total (k : Nat) (f : Nat → Nat → Shifted) (xs : List Nat) (i : Nat) : Shifted :=
  List.rec (motive := fun _ => Nat → Shifted) (fun _ => zero k)
    (fun x _ rest i => plus k (f i x) (rest (Nat.succ i))) xs i

end Shifted

end Lemmanet
