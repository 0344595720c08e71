module

public import Lemmanet.Exec.Affine
public import Lemmanet.Exec.Goal

/-!
# Balls in the `l1` and `l2` norms

A form `a` of the input is, on a ball around a center, at most its value at the center plus the radius
times a norm of `a`: the largest absolute value of a coefficient for `l1`, the root of the sum of squares
for `l2`. Roots are not taken; squares are compared.
-/

public noncomputable section

namespace Lemmanet

/-- The distance of two numbers. -/
@[expose] def gap (u o : Nat) : Nat := Nat.add (Nat.sub u o) (Nat.sub o u)

/-! ## Forms on a ball -/

/-- The distances of the digits of lane `r` from the offset, each times `p`, are at most `m`. -/
@[expose] def noneAbove (bits offset p m r : Nat) (xs : List Nat) : Bool :=
  List.rec true
    (fun x _ rest => Nat.ble (Nat.mul p (gap (digit bits bits x r) offset)) m && rest) xs

/-- The sum of the squares of the distances of the digits of lane `r` from the offset. -/
@[expose] def squares (bits offset r : Nat) (xs : List Nat) : Nat :=
  List.rec 0
    (fun x _ rest => Nat.add (Nat.pow (gap (digit bits bits x r) offset) 2) rest) xs

namespace Rows

/-- The forms at the center of a ball. -/
@[expose] def atCenter (n size : Nat) (A : Rows) (c : Flat) : Lanes :=
  A.dot n size (c.get c.lowPos) (c.get c.lowNeg) c.den

/-- No coefficient of form `r`, times the radius `p / q`, exceeds lane `r` of `t`. -/
@[expose] def l1Row (A : Rows) (p q : Nat) (t : Lanes) (r : Nat) : Bool :=
  zle 0 (t.int r) && noneAbove A.bits A.offset (Nat.mul p t.den)
    (Nat.mul (t.int r).toNat (Nat.mul A.den q)) r A.entries

/-- The sum of the squares of the coefficients of form `r`, times the square of the radius `p / q`, does
not exceed the square of lane `r` of `t`, which is positive. -/
@[expose] def l2Row (A : Rows) (p q : Nat) (t : Lanes) (r : Nat) : Bool :=
  zle 1 (t.int r) &&
    Nat.ble (Nat.mul (squares A.bits A.offset r A.entries) (Nat.pow (Nat.mul p t.den) 2))
      (Nat.pow (Nat.mul (t.int r).toNat (Nat.mul A.den q)) 2)

/-- The bound on form `r` follows from the box. -/
@[expose] def boxRow (n : Nat) (A : Rows) (b : Box s) (cuts : List Cut) (d : Lanes) (r : Nat) : Bool :=
  b.regular && A.supOk (Shape.size s) b.flat cuts &&
    zle ((A.sup n (Shape.size s) b.flat cuts).int r * d.den)
      (d.int r * (A.sup n (Shape.size s) b.flat cuts).den)

/-- The bound on each form follows from the ball, by the test `row` of what it leaves beyond the center,
or from the box. -/
@[expose] def ballOk (row : Lanes → Nat → Bool) (n : Nat) (A : Rows) (c : Const s) (num : Int) (den : Nat)
    (b : Box s) (cuts : List Cut) (d : Lanes) : Bool :=
  c.regular && zle 1 num && Nat.blt 0 den &&
    A.dotOk (Shape.size s) (c.box.flat.get c.box.flat.lowPos) (c.box.flat.get c.box.flat.lowNeg) c.den &&
    d.subOk (A.atCenter n (Shape.size s) c.box.flat) &&
    allBelow n fun r => row (d.sub n (A.atCenter n (Shape.size s) c.box.flat)) r ||
      A.boxRow n b cuts d r

end Rows

/-! ## Inputs -/

/-- The box contains every input near the center, of which no entry differs from the center's by more
than the radius, which is not negative. -/
@[expose] def nearCheckBall (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (b : Box s) : Bool :=
  zle 0 num && nearCheck center num den limits b

/-- The distance of an entry of the point from that of the center, over both denominators. -/
@[expose] def pointGap (center x : Const s) (k : Nat) : Nat :=
  ((x.box.flat.ival k).lo * center.den - (center.box.flat.ival k).lo * x.den).natAbs

/-- The point `x` is near the center in the `l1` norm (see `NearL1`). -/
@[expose] def nearPointL1 (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (x : Const s) : Bool :=
  nearPoint center num den limits x &&
    zle (Nat.mul (addUp (Shape.size s) (pointGap center x)) den)
      (num * (Nat.mul x.den center.den : Nat))

/-- The point `x` is near the center in the `l2` norm (see `NearL2`). -/
@[expose] def nearPointL2 (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (x : Const s) : Bool :=
  nearPoint center num den limits x &&
    zle (Nat.mul (addUp (Shape.size s) fun k => Nat.pow (pointGap center x k) 2) (Nat.mul den den))
      (num * num * (Nat.mul (Nat.mul x.den center.den) (Nat.mul x.den center.den) : Nat))

end Lemmanet
