module

public import Lemmanet.Exec.Maxima
public import Lemmanet.Exec.RowsMove

/-!
# Constants of relaxations

What is common to the relaxations of operators whose constants are computed with signed lanes: coefficients
of the result and given coefficients over one denominator, and the sum over all entries.
-/

public noncomputable section

namespace Lemmanet

namespace Bend

variable (n : Nat) (A B : Rows)

/-- The given coefficients, in digits as wide as those of the result. -/
@[expose] def wide : Rows := B.widen n A.bits

/-- The coefficients of an entry of the result, over the common denominator. -/
@[expose] def value (x : Nat) : Shifted :=
  .make A.bits (Nat.mul (Lanes.factor A.den B.den) A.offset) (Nat.mul (Lanes.factor A.den B.den) x) true

/-- Line `i` of the given coefficients, over the common denominator. -/
@[expose] def given (i : Nat) : Shifted :=
  .make A.bits (Nat.mul (Lanes.factor B.den A.den) B.offset)
    (Nat.mul (Lanes.factor B.den A.den) (Rows.getPiece (Rows.pieces (wide n A B).entries) i)) true

/-- The sum of what all entries need. -/
@[expose] def all (term : Nat → Nat → Shifted) : Shifted := .total A.bits term A.entries 0

/-- It as fractions, where `den` is the denominator of boxes. -/
@[expose] def lanes (den : Nat) (term : Nat → Nat → Shifted) : Lanes :=
  ⟨Nat.mul (Nat.lcm A.den B.den) den, A.bits, (all A term).offset, (all A term).num⟩

/-- The literals are in order, and no lane overflows. -/
@[expose] def ok (lines den : Nat) (term : Nat → Nat → Shifted) : Bool :=
  B.ok n lines && B.widenOk A.bits && Nat.blt 0 A.bits && Nat.blt 0 den && (all A term).ok

end Bend

/-! ## Maxima and minima of two tensors -/

namespace Extreme

/-- The intervals of the two values at entry `k`, over one denominator. -/
@[expose] def ends (f g : Flat) (k j : Nat) : Reach :=
  cond (Nat.beq j 0) (f.ends (Lanes.factor f.den g.den) k) (g.ends (Lanes.factor g.den f.den) k)

/-- What a maximum needs at entry `k`. The given coefficients are those of the first argument, then those
of the second one. -/
@[expose] def maxTerm (n size : Nat) (A B : Rows) (f g : Flat) (k x : Nat) : Shifted :=
  Maxima.cost A.bits n 1 (Bend.value A B x) (fun j => Bend.given n A B (Nat.add (Nat.mul j size) k))
    (ends f g k)

/-- What a minimum needs: it is the negative of the maximum of the negative values. -/
@[expose] def minTerm (n size : Nat) (A B : Rows) (f g : Flat) (k x : Nat) : Shifted :=
  Maxima.cost A.bits n 1 (.neg A.bits n (Bend.value A B x))
    (fun j => .neg A.bits n (Bend.given n A B (Nat.add (Nat.mul j size) k)))
    (fun j => (ends f g k j).mirror)

/-- The given coefficients of one of the arguments. -/
@[expose] def side (n size : Nat) (A B : Rows) (j : Nat) : Rows :=
  (Bend.wide n A B).part (Nat.mul 2 size) (Nat.mul j size) size 1

end Extreme

end Lemmanet
