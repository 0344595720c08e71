module

public import Lemmanet.Spec.Box

/-!
# Interval arithmetic in integers

Intervals with integer ends over a natural denominator, and the tests on them that the kernel
evaluates. Nothing here is rounded; results grow, and are compared in the end with a literal box.
-/

public noncomputable section

namespace Lemmanet

/-- `a ≤ b`, by cases that the kernel reduces in a few steps. -/
@[expose] def zle (a b : Int) : Bool :=
  match a, b with
  | .ofNat m, .ofNat n => Nat.ble m n
  | .ofNat _, .negSucc _ => false
  | .negSucc _, .ofNat _ => true
  | .negSucc m, .negSucc n => Nat.ble n m

/-- The larger of two integers. -/
@[expose] def zmax (a b : Int) : Int := cond (zle a b) b a

/-- The smaller of two integers. -/
@[expose] def zmin (a b : Int) : Int := cond (zle a b) a b

/-- `p 0 && p 1 && … && p (n - 1)`, from the last one down. -/
@[expose] def allBelow (n : Nat) (p : Nat → Bool) : Bool :=
  match n with
  | 0 => true
  | n + 1 => p n && allBelow n p

/-- The interval from `lo / den` to `hi / den`. -/
structure Ival where
  /-- The numerator of the lower end. -/
  lo : Int
  /-- The numerator of the upper end. -/
  hi : Int
  /-- The denominator. -/
  den : Nat

/-- The interval of entry `k` of a box. -/
@[expose] def Box.ival (b : Box s) (k : Nat) : Ival := ⟨b.lo.num k, b.hi.num k, b.den⟩

namespace Ival

/-- The point `num / den`. -/
@[expose] def point (num : Int) (den : Nat) : Ival := ⟨num, num, den⟩

/-- Sums. -/
@[expose] def add (a b : Ival) : Ival :=
  ⟨a.lo * b.den + b.lo * a.den, a.hi * b.den + b.hi * a.den, Nat.mul a.den b.den⟩

/-- Negations. -/
@[expose] def neg (a : Ival) : Ival := ⟨-a.hi, -a.lo, a.den⟩

/-- Larger ones of pairs. -/
@[expose] def max (a b : Ival) : Ival :=
  ⟨zmax (a.lo * b.den) (b.lo * a.den), zmax (a.hi * b.den) (b.hi * a.den), Nat.mul a.den b.den⟩

/-- Smaller ones of pairs. -/
@[expose] def min (a b : Ival) : Ival :=
  ⟨zmin (a.lo * b.den) (b.lo * a.den), zmin (a.hi * b.den) (b.hi * a.den), Nat.mul a.den b.den⟩

/-- Positive parts. -/
@[expose] def relu (a : Ival) : Ival := ⟨zmax a.lo 0, zmax a.hi 0, a.den⟩

/-- Multiples by `num / den`. -/
@[expose] def scale (num : Int) (den : Nat) (a : Ival) : Ival :=
  cond (zle 0 num) ⟨num * a.lo, num * a.hi, Nat.mul den a.den⟩
    ⟨num * a.hi, num * a.lo, Nat.mul den a.den⟩

/-- Quotients by a natural number. -/
@[expose] def divNat (a : Ival) (n : Nat) : Ival := ⟨a.lo, a.hi, Nat.mul a.den n⟩

/-- `a` is contained in `b`. -/
@[expose] def within (a b : Ival) : Bool :=
  zle (b.lo * a.den) (a.lo * b.den) && zle (a.hi * b.den) (b.hi * a.den)

/-- The denominator is positive. -/
@[expose] def pos (a : Ival) : Bool := Nat.blt 0 a.den

end Ival

end Lemmanet
