module

public import Lemmanet.Exec.Budget.Magnitudes
public import Lemmanet.Float.Format

/-!
# Comparisons of magnitudes

The conditions that budgets are made of, each a few operations of the kernel for a whole tensor. The
relative error of a result is at most `p / q`; whatever flushing and underflow add is at most one unit of
a common denominator, which `rangeCheck` tests.
-/

public noncomputable section

namespace Lemmanet

open Float (Format)

/-- `n` roundings change a number by a factor of at most `1 + p / q`: `(1 + u)ⁿ ≤ 1 + p / q ≤ 2`. -/
@[expose] def gammaCheck (F : Format) (n p q : Nat) : Bool :=
  Nat.blt 0 p && Nat.ble p q &&
  Nat.ble (Nat.mul (Nat.pow (Nat.add (Nat.mul 2 F.binade) 1) n) q)
    (Nat.mul (Nat.add q p) (Nat.pow (Nat.mul 2 F.binade) n))

/-- `v` least normal numbers are at most one unit of the denominator `d`, and `v` is no larger than the
largest power of two of the format. -/
@[expose] def rangeCheck (F : Format) (v d : Nat) : Bool :=
  Nat.ble (Nat.mul (Nat.mul v d) F.binade) (Nat.pow 2 F.scale) && Nat.ble v (Nat.pow 2 F.bias)

/-- A number that no entry of a box exceeds in magnitude. -/
@[expose] def Box.ceiling (b : Box s) : Nat := Nat.succ (Nat.div (Nat.pow 2 b.width) b.den)

/-- A number that no entry of a constant exceeds in magnitude. -/
@[expose] def Const.ceiling (c : Const s) : Nat := Nat.succ (Nat.div (Nat.pow 2 c.width) c.den)

/-- A number that nothing in the box `x` exceeds in magnitude, nor with an error up to `e`. -/
@[expose] def reach (x : Box s) (e : Magnitudes s) : Nat := Nat.add x.ceiling e.box.ceiling

/-- The common denominator of a box, its errors and their bound. -/
@[expose] def marginDen (x : Box s) (e m : Magnitudes s) : Nat :=
  Nat.lcm (Nat.lcm x.den e.den) m.den

/-- The number of bits of a digit for `marginCheck`. -/
@[expose] def marginBits (d p q : Nat) (x : Box s) (e m : Magnitudes s) : Nat :=
  flagBits (Nat.add
    (Nat.add (Nat.mul (Nat.mul p (Nat.div d x.den)) (Nat.pow 2 x.width))
      (Nat.mul (Nat.mul (Nat.add q p) (Nat.div d e.den)) (Nat.pow 2 e.width)))
    (Nat.mul (Nat.mul q (Nat.div d m.den)) (Nat.pow 2 m.width)))

/-- Whether the ends of `x` and the digits of `e` add up to at most the digits of `m`, for the lower ends
with the opposite sign. -/
@[expose] def marginEnds (k n : Nat) (x : Ends) (e m : Nat) : Bool :=
  digitsLe k n (Nat.add x.highPos e) (Nat.add m x.highNeg) &&
  digitsLe k n (Nat.add x.lowNeg e) (Nat.add m x.lowPos)

/-- `marginCheck`, with digits of `k` bits over the denominator `d`. -/
@[expose] def marginAt (d k p q : Nat) (x : Box s) (e m : Magnitudes s) : Bool :=
  marginEnds k (Shape.size s) (x.ends k (Nat.mul p (Nat.div d x.den)))
    (e.scaled k (Nat.mul (Nat.add q p) (Nat.div d e.den))) (m.scaled k (Nat.mul q (Nat.div d m.den)))

/-- For numbers of the box `x` with errors up to `e`: the errors, and `p / q` times the magnitudes of the
numbers with their errors, add up to at most `m`. -/
@[expose] def marginCheck (p q : Nat) (x : Box s) (e m : Magnitudes s) : Bool :=
  x.regular && e.box.regular && m.box.regular &&
  marginAt (marginDen x e m) (marginBits (marginDen x e m) p q x e m) p q x e m

/-- The number of bits of a digit for `shiftCheck`. -/
@[expose] def shiftBits (d p q : Nat) (b : Const s) (c : Magnitudes s) : Nat :=
  flagBits (Nat.add
    (Nat.add (Nat.mul (Nat.mul p (Nat.div d b.den)) (Nat.mul 2 (Nat.pow 2 b.width))) q)
    (Nat.mul (Nat.mul q (Nat.div d c.den)) (Nat.pow 2 c.width)))

/-- `shiftCheck`, with digits of `k` bits over the denominator `d`. -/
@[expose] def shiftAt (d k p q : Nat) (b : Const s) (c : Magnitudes s) : Bool :=
  digitsLe k (Shape.size s)
    (Nat.add
      (Nat.mul (Nat.mul p (Nat.div d b.den)) (Nat.add (b.box.digits k b.pos) (b.box.digits k b.neg)))
      (Nat.mul q (ones k (Shape.size s))))
    (c.scaled k (Nat.mul q (Nat.div d c.den)))

/-- `p / q` times the magnitude of each entry of `b`, and one unit of the common denominator, are at most
`c`. -/
@[expose] def shiftCheck (p q : Nat) (b : Const s) (c : Magnitudes s) : Bool :=
  b.regular && c.box.regular &&
  shiftAt (Nat.lcm b.den c.den) (shiftBits (Nat.lcm b.den c.den) p q b c) p q b c

/-- The number of bits of a digit for `raised`. -/
@[expose] def raisedBits (e : Magnitudes s) (m : Magnitudes t) : Nat :=
  flagBits (Nat.add
    (Nat.add (Nat.mul (Lanes.factor e.den m.den) (Nat.pow 2 e.width)) 1)
    (Nat.mul (Lanes.factor m.den e.den) (Nat.pow 2 m.width)))

/-- Whether each digit of `e` and one are at most the digit of `m`. -/
@[expose] def raisedAt (k : Nat) (e : Magnitudes s) (m : Magnitudes t) : Bool :=
  digitsLe k (Shape.size s)
    (Nat.add (e.scaled k (Lanes.factor e.den m.den)) (ones k (Shape.size s)))
    (m.scaled k (Lanes.factor m.den e.den))

/-- `e` and `v` least normal numbers are at most `m`, entry by entry: one unit of the common denominator
is at least as much. -/
@[expose] def raised (F : Format) (v : Nat) (e : Magnitudes s) (m : Magnitudes t) : Bool :=
  e.box.regular && m.box.regular && Nat.beq (Shape.size s) (Shape.size t) &&
  rangeCheck F v (Nat.lcm e.den m.den) && raisedAt (raisedBits e m) e m

end Lemmanet
