module

public import Lemmanet.Exec.Budget.Magnitudes
public import Lemmanet.Float.Format

/-!
# Comparisons of magnitudes

The conditions that budgets are made of, each a few operations of the kernel for a whole tensor. The
relative error of a result is at most `p / q`; whatever flushing and underflow add is at most one unit of
a common denominator.
-/

public noncomputable section

namespace Lemmanet

open Float (Format)

/-- `n` roundings change a number by a factor of at most `1 + p / q`: `(1 + u)ⁿ ≤ 1 + p / q ≤ 2`. -/
@[expose] def gammaCheck (F : Format) (n p q : Nat) : Bool :=
  Nat.blt 0 p && Nat.ble p q &&
  Nat.ble (Nat.mul (Nat.pow (Nat.add (Nat.pow 2 F.precision) 1) n) q)
    (Nat.mul (Nat.pow 2 (Nat.mul F.precision n)) (Nat.add q p))

/-- One unit of the denominator `d` covers what is flushed or lost to underflow in `n` products of
numbers up to `m`, and in their sum: `8 (n + 2) (m + 4)` times the least normal number. -/
@[expose] def tinyCheck (F : Format) (n m d : Nat) : Bool :=
  Nat.ble (Nat.mul (Nat.mul d F.binade) (Nat.mul (Nat.mul 8 (Nat.add n 2)) (Nat.add m 4)))
    (Nat.pow 2 F.scale)

/-- A sum of magnitudes whose `p / q`-fold is at most `e` does not overflow. -/
@[expose] def overflowCheck (F : Format) (p q : Nat) (e : Magnitudes s) : Bool :=
  Nat.ble (Nat.mul (Nat.mul 8 q) e.ceiling) (Nat.mul p (Nat.pow 2 F.bias))

/-- A number that no entry of a box exceeds in magnitude. -/
@[expose] def Box.ceiling (b : Box s) : Nat := Nat.succ (Nat.div (Nat.pow 2 b.width) b.den)

/-- A number that no entry of a constant exceeds in magnitude. -/
@[expose] def Const.ceiling (c : Const s) : Nat := Nat.succ (Nat.div (Nat.pow 2 c.width) c.den)

/-- The common denominator of a box, its errors and their bound. -/
@[expose] def marginDen (x : Box s) (e m : Magnitudes s) : Nat :=
  Nat.lcm (Nat.lcm x.den e.den) m.den

/-- The number of bits of a digit for `marginCheck`. -/
@[expose] def marginBits (d unit p q : Nat) (x : Box s) (e m : Magnitudes s) : Nat :=
  flagBits (Nat.add
    (Nat.add (Nat.mul (Nat.mul p (Nat.div d x.den)) (Nat.pow 2 x.width))
      (Nat.mul (Nat.mul (Nat.add q p) (Nat.div d e.den)) (Nat.pow 2 e.width)))
    (Nat.add (Nat.mul (Nat.mul q (Nat.div d m.den)) (Nat.pow 2 m.width)) (Nat.mul q unit)))

/-- `e + p / q * (X + e) + unit / d ≤ m` in digits of `k` bits, where `X` is the magnitude of the ends. -/
@[expose] def marginEnds (k n d unit p q : Nat) (x : Ends) (e m : Magnitudes s) : Bool :=
  digitsLe k n
    (Nat.add (Nat.add x.highPos (e.scaled k (Nat.mul (Nat.add q p) (Nat.div d e.den))))
      (Nat.mul (Nat.mul q unit) (ones k n)))
    (Nat.add x.highNeg (m.scaled k (Nat.mul q (Nat.div d m.den)))) &&
  digitsLe k n
    (Nat.add (Nat.add x.lowNeg (e.scaled k (Nat.mul (Nat.add q p) (Nat.div d e.den))))
      (Nat.mul (Nat.mul q unit) (ones k n)))
    (Nat.add x.lowPos (m.scaled k (Nat.mul q (Nat.div d m.den))))

/-- For numbers of the box `x` with errors up to `e`: the errors, and `p / q` times the magnitudes of the
numbers with their errors, and `unit` units of `marginDen`, add up to at most `m`. -/
@[expose] def marginCheck (unit p q : Nat) (x : Box s) (e m : Magnitudes s) : Bool :=
  x.regular && e.box.regular && m.box.regular &&
  marginEnds (marginBits (marginDen x e m) unit p q x e m) (Shape.size s) (marginDen x e m) unit p q
    (x.ends (marginBits (marginDen x e m) unit p q x e m) (Nat.mul p (Nat.div (marginDen x e m) x.den)))
    e m

/-- The number of bits of a digit for `shiftCheck`. -/
@[expose] def shiftBits (d p q : Nat) (b : Const s) (c : Magnitudes s) : Nat :=
  flagBits (Nat.add (Nat.mul (Nat.mul p (Nat.div d b.den)) (Nat.mul 2 (Nat.pow 2 b.width)))
    (Nat.add (Nat.mul (Nat.mul q (Nat.div d c.den)) (Nat.pow 2 c.width)) q))

/-- `p / q` times the magnitude of each entry of `b`, and one unit of the common denominator, are at most
`c`. -/
@[expose] def shiftCheck (p q : Nat) (b : Const s) (c : Magnitudes s) : Bool :=
  b.regular && c.box.regular &&
  (fun d k : Nat =>
    digitsLe k (Shape.size s)
      (Nat.add
        (Nat.mul (Nat.mul p (Nat.div d b.den)) (Nat.add (b.box.digits k b.pos) (b.box.digits k b.neg)))
        (Nat.mul q (ones k (Shape.size s))))
      (c.scaled k (Nat.mul q (Nat.div d c.den))))
    (Nat.lcm b.den c.den) (shiftBits (Nat.lcm b.den c.den) p q b c)

/-- The number of bits of a digit for `raised`. -/
@[expose] def raisedBits (e : Magnitudes s) (m : Magnitudes t) : Nat :=
  flagBits (Nat.add (Nat.mul (Lanes.factor e.den m.den) (Nat.add (Nat.pow 2 e.width) 1))
    (Nat.mul (Lanes.factor m.den e.den) (Nat.pow 2 m.width)))

/-- `e` and one unit of the common denominator are at most `m`, entry by entry, and that unit is at least
the least normal number. -/
@[expose] def raised (F : Format) (e : Magnitudes s) (m : Magnitudes t) : Bool :=
  e.box.regular && m.box.regular && Nat.beq (Shape.size s) (Shape.size t) &&
  Nat.ble (Nat.mul (Nat.lcm e.den m.den) F.binade) (Nat.pow 2 F.scale) &&
  (fun k : Nat => digitsLe k (Shape.size s)
    (Nat.add (e.scaled k (Lanes.factor e.den m.den)) (ones k (Shape.size s)))
    (m.scaled k (Lanes.factor m.den e.den))) (raisedBits e m)

end Lemmanet
