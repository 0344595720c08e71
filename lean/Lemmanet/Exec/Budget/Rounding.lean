module

public import Lemmanet.Exec.Budget.Compare
public import Lemmanet.Exec.Conv
public import Lemmanet.Exec.Linear
public import Lemmanet.Exec.Pool

/-!
# Budgets of operators that round

Each operator has a majorant: itself, with weights and numbers replaced by their magnitudes. For an
input with values in the box `x` and errors up to `e`, the magnitudes `m` are at least the errors and the
relative error of all roundings; the majorant maps them to a bound on the error of the result. Its
existing check is used for that. What can be flushed or lost to underflow is added at last.
-/

public noncomputable section

namespace Lemmanet

open Float (Format)

/-- The bits that occur in either of two lists of literals, literal by literal. -/
@[expose] def lorLiterals : List Nat → List Nat → List Nat
  | a :: as, b :: bs => Nat.lor a b :: lorLiterals as bs
  | [], bs => bs
  | as, [] => as

/-- Numbers that are at least the magnitudes of the entries; equal to them where one of the two digits of
an entry is zero. -/
@[expose] def Const.abs (c : Const s) : Const s :=
  ⟨c.den, c.width, c.stride, c.line, lorLiterals c.pos c.neg, []⟩

/-- The error of a constant that is rounded to the format is at most `e`. -/
@[expose] def constantBudget (F : Format) (p q : Nat) (c : Const s) (e : Magnitudes s) : Bool :=
  gammaCheck F 1 p q && shiftCheck p q c e &&
  rangeCheck F (Nat.mul 4 (Nat.succ c.ceiling)) (Nat.lcm c.den e.den)

/-- What sums of `n` products of an entry of `w` and a number, with an entry of `b`, need: `m` and `c` are
at least the errors of the numbers and of all roundings. -/
@[expose] def dotBudget (F : Format) (n p q : Nat) (w : Const r) (b : Const s) (x : Box t)
    (ex m : Magnitudes t) (c : Magnitudes s) : Bool :=
  gammaCheck F (Nat.add n 2) p q && marginCheck p q x ex m && shiftCheck p q b c &&
  rangeCheck F
    (Nat.mul (Nat.mul 8 (Nat.succ n))
      (Nat.mul (Nat.succ (Nat.add w.ceiling b.ceiling)) (Nat.succ (reach x ex))))
    (Nat.lcm b.den c.den)

/-- The budget of `linear`. -/
@[expose] def linearBudget (F : Format) (p q : Nat) (w : Const [n, l]) (b : Const [l]) (x : Box [n])
    (ex m : Magnitudes [n]) (c e : Magnitudes [l]) : Bool :=
  dotBudget F n p q w b x ex m c && linearCheck w.abs c.const m.box e.box

/-- The budget of `conv2d`, with digits of `bits` bits in its check. -/
@[expose] def conv2dBudget (F : Format) (bits p q : Nat) (g : Window) (groups : Nat)
    (w : Const [o, cg, kh, kw]) (b : Const [o]) (x : Box [c, h, wd]) (ex m : Magnitudes [c, h, wd])
    (shift : Magnitudes [o]) (e : Magnitudes [o, oh, ow]) : Bool :=
  dotBudget F (Nat.mul cg (Nat.mul kh kw)) p q w b x ex m shift &&
  convCheck bits g groups w.abs shift.const m.box e.box

/-- The budget of `affine`, for blocks of equal length. -/
@[expose] def affineBudget (F : Format) (p q : Nat) (scale shift : Const [c]) (x : Box s)
    (ex m : Magnitudes s) (d : Magnitudes [c]) (e : Magnitudes s) : Bool :=
  Nat.beq (Nat.mul (Nat.div (Shape.size s) c) c) (Shape.size s) &&
  dotBudget F 1 p q scale shift x ex m d && affineCheck scale.abs d.const m.box e.box

/-- The budget of `add` and of `sub`: `mx` and `my` add up to `r`, and `e` is the error. -/
@[expose] def addBudget (F : Format) (p q : Nat) (x y : Box s) (ex ey mx my r e : Magnitudes s) : Bool :=
  gammaCheck F 2 p q && marginCheck p q x ex mx && marginCheck p q y ey my &&
  addCheck mx.box my.box r.box &&
  raised F (Nat.mul 16 (Nat.succ (Nat.add (reach x ex) (reach y ey)))) r e

/-- The budget of `leakyRelu`, for slopes from 0 to 1. -/
@[expose] def leakyReluBudget (F : Format) (p q : Nat) (num : Int) (den : Nat) (x : Box s)
    (ex m e : Magnitudes s) : Bool :=
  Nat.blt 0 den && zle 0 num && zle num den && gammaCheck F 2 p q && marginCheck p q x ex m &&
  raised F (Nat.mul 16 (Nat.succ (reach x ex))) m e

/-- What sums of up to `n` numbers need. -/
@[expose] def sumBudget (F : Format) (n p q : Nat) (x : Box t) (ex m : Magnitudes t)
    (r e : Magnitudes u) : Bool :=
  gammaCheck F n p q && marginCheck p q x ex m &&
  raised F (Nat.mul (Nat.mul 8 n) (Nat.succ (reach x ex))) r e

/-- What means of up to `n` numbers need. -/
@[expose] def meanBudget (F : Format) (n p q : Nat) (x : Box t) (ex m : Magnitudes t)
    (r e : Magnitudes u) : Bool :=
  gammaCheck F (Nat.add n 3) p q && marginCheck p q x ex m &&
  raised F (Nat.mul (Nat.mul 32 (Nat.succ n)) (Nat.succ (reach x ex))) r e

/-- The budget of `avgPool2d`. -/
@[expose] def avgPool2dBudget (F : Format) (p q : Nat) (g : Window) (includePad : Bool)
    (x : Box [c, h, w]) (ex m : Magnitudes [c, h, w]) (r e : Magnitudes [c, oh, ow]) : Bool :=
  meanBudget F (Nat.mul g.kernel.1 g.kernel.2) p q x ex m r e && avgPool2dCheck g includePad m.box r.box

/-- The budget of `globalAvgPool`. -/
@[expose] def globalAvgPoolBudget (F : Format) (p q : Nat) (x : Box [c, h, w])
    (ex m : Magnitudes [c, h, w]) (r e : Magnitudes [c, 1, 1]) : Bool :=
  meanBudget F (Nat.mul h w) p q x ex m r e && globalAvgPoolCheck m.box r.box

/-- The budget of `reduceSum`. -/
@[expose] def reduceSumBudget (F : Format) (p q axis : Nat) (x : Box s) (ex m : Magnitudes s)
    (r e : Magnitudes (s.eraseIdx axis)) : Bool :=
  sumBudget F (s.getD axis 1) p q x ex m r e && reduceSumCheck axis m.box r.box

/-- The budget of `reduceMean`. -/
@[expose] def reduceMeanBudget (F : Format) (p q axis : Nat) (x : Box s) (ex m : Magnitudes s)
    (r e : Magnitudes (s.eraseIdx axis)) : Bool :=
  meanBudget F (s.getD axis 1) p q x ex m r e && reduceMeanCheck axis m.box r.box

end Lemmanet
