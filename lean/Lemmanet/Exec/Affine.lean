module

public import Lemmanet.Exec.Flat
public import Lemmanet.Exec.Terms

/-!
# Relaxations

Forms of the result of an operator that is not linear are replaced by forms of its argument that are no
smaller, up to constants. The certificate gives the coefficients of the latter; the constants are
computed here, as small as the box of the argument allows.
-/

public noncomputable section

namespace Lemmanet

/-! ## Forms that are bounded on a part of the inputs only -/

/-- The forms that are bounded only where entry `k` is not negative, as bits. -/
@[expose] def bitsAbove (cuts : List Cut) (k : Nat) : Nat :=
  match cuts with
  | [] => 0
  | c :: cuts =>
    cond (Nat.beq c.entry k && zle 0 c.num) (Nat.lor c.above (bitsAbove cuts k)) (bitsAbove cuts k)

/-- The forms that are bounded only where entry `k` is not positive, as bits. -/
@[expose] def bitsBelow (cuts : List Cut) (k : Nat) : Nat :=
  match cuts with
  | [] => 0
  | c :: cuts =>
    cond (Nat.beq c.entry k && zle c.num 0) (Nat.lor c.below (bitsBelow cuts k)) (bitsBelow cuts k)

/-- Sets lanes to zero: those whose bit is set. Digits have `k` bits and no offset. -/
@[expose] def dropLanes (k n bits x : Nat) : Nat :=
  cond (Nat.beq bits 0) x
    (Nat.sub x (Nat.land x (Nat.mul (widen 1 k n (Nat.mod bits (Nat.pow 2 n)))
      (Nat.sub (Nat.pow 2 k) 1))))

/-! ## Operators of two linear pieces

`f z = z` for `z ≥ 0` and `f z = p / q * z` for `z ≤ 0`. For a coefficient `a` of `f z` and a coefficient
`b` of `z`, the difference `a * f z - b * z` is linear on both sides of zero: it is at most
`(a - b) * up` on the right and at most `(b - p / q * a) * down` on the left, if `z` lies between
`-down` and `up`. -/

namespace TwoPiece

variable (n : Nat) (p : Int) (q : Nat) (A B : Rows) (box : Flat) (cuts : List Cut)

/-- The factor of coefficients of the result. -/
@[expose] def left : Nat := Lanes.factor A.den B.den

/-- The factor of coefficients of the argument. -/
@[expose] def right : Nat := Lanes.factor B.den A.den

/-- What `a - b` cannot exceed. -/
@[expose] def upOffset : Nat := Nat.add (Nat.mul (left A B) A.offset) (Nat.mul (right A B) B.offset)

/-- What `q * b - p * a` cannot exceed. -/
@[expose] def downOffset : Nat :=
  Nat.add (Nat.mul (Nat.mul q (right A B)) B.offset)
    (Nat.mul (Nat.mul p.natAbs (left A B)) A.offset)

/-- The lanes `a - b`, for one entry. -/
@[expose] def upLanes (x y : Nat) : Nat :=
  Nat.add (Nat.mul (left A B) x) (Nat.mul (right A B) (laneNeg A.bits n B.offset y))

/-- The lanes `q * b - p * a`, for one entry. -/
@[expose] def downLanes (x y : Nat) : Nat :=
  Nat.add (Nat.mul (Nat.mul q (right A B)) y)
    (Nat.mul (Nat.mul p.natAbs (left A B)) (cond (zle 0 p) (laneNeg A.bits n A.offset x) x))

/-- The constants of entry `k`, over the common denominator times `q` times that of the box. -/
@[expose] def term (k x y : Nat) : Nat :=
  laneMax A.bits n
    (Nat.mul (Nat.mul q (Nat.sub (box.get box.highPos k) (box.get box.highNeg k)))
      (dropLanes A.bits n (bitsBelow cuts k)
        (positivePart A.bits n (upOffset A B) (upLanes n A B x y))))
    (Nat.mul (Nat.sub (box.get box.lowNeg k) (box.get box.lowPos k))
      (dropLanes A.bits n (bitsAbove cuts k)
        (positivePart A.bits n (downOffset p q A B) (downLanes n p q A B x y))))

/-- What the constants of an entry cannot exceed. -/
@[expose] def termBound : Nat :=
  Nat.mul (Nat.pow 2 box.width)
    (Nat.add (Nat.mul q (upOffset A B)) (downOffset p q A B))

/-- The constants: `f` of a tensor in the box, in the forms `A`, is at most the tensor in the forms `B`,
plus this. -/
@[expose] def constants (size : Nat) : Lanes where
  den := Nat.mul (Nat.mul (Nat.lcm A.den B.den) q) box.den
  bits := A.bits
  offset := Nat.mul size (termBound p q A B box)
  num := Nat.add
    (sumPairs (term n p q A B box cuts) A.entries (B.widen n A.bits).entries 0)
    (Nat.mul (Nat.mul size (termBound p q A B box)) (ones A.bits n))

/-- The literals are in order, and no lane overflows. -/
@[expose] def ok (size : Nat) : Bool :=
  B.ok n size && B.widenOk A.bits && Nat.blt 0 box.den && Nat.blt 0 q && Nat.blt 0 A.bits &&
    Nat.blt (termBound p q A B box) (Nat.pow 2 (Nat.sub A.bits 1)) &&
    Nat.blt (Nat.mul 2 (Nat.mul size (termBound p q A B box))) (Nat.pow 2 A.bits)

end TwoPiece

/-! ## Forms of the input

On a box, a form is largest at the lower ends where a coefficient is negative and at the upper ends where
it is positive. A form that is bounded only where an entry is at least some number has that number as its
lower end. -/

/-- The lanes whose bit is set; all others become zero. -/
@[expose] def keepLanes (k n bits x : Nat) : Nat := Nat.sub x (dropLanes k n bits x)

/-- How far a number over the denominator of a box lies above the lower end of entry `k`. -/
@[expose] def gapAbove (box : Flat) (k : Nat) (num : Int) : Nat := (num - (box.ival k).lo).toNat

/-- How far it lies below the upper end. -/
@[expose] def gapBelow (box : Flat) (k : Nat) (num : Int) : Nat := ((box.ival k).hi - num).toNat

/-- No form occurs in two cuts of the same entry on the same side. -/
@[expose] def Cut.apart (c : Cut) : List Cut → Bool
  | [] => true
  | c' :: cuts =>
    (!Nat.beq c.entry c'.entry ||
      (Nat.beq (Nat.land c.above c'.above) 0 && Nat.beq (Nat.land c.below c'.below) 0)) &&
      c.apart cuts

/-- Each cut of the input lies in the box, over its denominator, and no two of them concern the same form
in the same way. -/
@[expose] def cutsOk (size : Nat) (box : Flat) : List Cut → Bool
  | [] => true
  | c :: cuts =>
    Nat.blt c.entry size && Nat.beq c.den box.den && zle (box.ival c.entry).lo c.num &&
      zle c.num (box.ival c.entry).hi && c.apart cuts && cutsOk size box cuts

/-- What the cuts of entry `k` take away from the largest values, for coefficients `x`. -/
@[expose] def cutTerm (n bits offset : Nat) (box : Flat) (k x : Nat) : List Cut → Nat
  | [] => 0
  | c :: cuts =>
    cond (Nat.beq c.entry k)
      (Nat.add
        (Nat.add
          (Nat.mul (gapAbove box k c.num)
            (keepLanes bits n c.above (positivePart bits n offset (laneNeg bits n offset x))))
          (Nat.mul (gapBelow box k c.num)
            (keepLanes bits n c.below (positivePart bits n offset x))))
        (cutTerm n bits offset box k x cuts))
      (cutTerm n bits offset box k x cuts)

/-- What all cuts take away. -/
@[expose] def cutTerms (n bits offset : Nat) (box : Flat) (cuts : List Cut) (xs : List Nat) : Nat :=
  cond cuts.isEmpty 0
    (addAll (mapIndexed (fun k x => cutTerm n bits offset box k x cuts) xs 0))

namespace Rows

/-- The width of entry `k` of a box. -/
@[expose] def boxWidth (box : Flat) (k : Nat) : Nat :=
  Nat.sub (Nat.add (box.get box.highPos k) (box.get box.lowNeg k))
    (Nat.add (box.get box.highNeg k) (box.get box.lowPos k))

/-- What the coefficients contribute beyond the lower ends of the box. -/
@[expose] def spanOffset (size : Nat) (A : Rows) (box : Flat) : Nat :=
  Nat.mul A.offset (addUp size (boxWidth box))

/-- The largest values of the forms on a box: at the lower ends, and where a coefficient is positive
also across the width. -/
@[expose] def sup (n size : Nat) (A : Rows) (box : Flat) (cuts : List Cut) : Lanes where
  den := Nat.mul A.den box.den
  bits := A.bits
  offset := Nat.add (dotOffset size (box.get box.lowPos) (box.get box.lowNeg) A) (spanOffset size A box)
  num := Nat.add (A.dot n size (box.get box.lowPos) (box.get box.lowNeg) box.den).num
    (Nat.add (comb (boxWidth box) (mapEntries (positivePart A.bits n A.offset) A.entries) 0)
      (Nat.sub (Nat.mul (spanOffset size A box) (ones A.bits n))
        (cutTerms n A.bits A.offset box cuts A.entries)))

/-- The cuts are in order, and no lane of `sup` overflows. -/
@[expose] def supOk (size : Nat) (A : Rows) (box : Flat) (cuts : List Cut) : Bool :=
  cutsOk size box cuts &&
  Nat.blt 0 box.den && Nat.blt 0 A.bits && Nat.blt A.offset (Nat.pow 2 (Nat.sub A.bits 1)) &&
    Nat.blt (Nat.mul 2 (Nat.add
      (dotOffset size (box.get box.lowPos) (box.get box.lowNeg) A)
      (spanOffset size A box))) (Nat.pow 2 A.bits)

end Rows

end Lemmanet
