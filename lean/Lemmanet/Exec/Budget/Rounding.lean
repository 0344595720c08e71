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
existing check is used for that.
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
  gammaCheck F 1 p q && tinyCheck F 1 1 (Nat.lcm c.den e.den) && overflowCheck F p q e &&
  shiftCheck p q c e

/-- What the sums of `n` products of a weight and a number, with a term of `b`, need: `m` and `c` are at
least the errors of the numbers and of all roundings, and nothing overflows where `e` bounds the error. -/
@[expose] def dotBudget (F : Format) (n p q : Nat) (w : Const r) (b : Const s) (x : Box t)
    (ex m : Magnitudes t) (c : Magnitudes s) (e : Magnitudes u) : Bool :=
  gammaCheck F (Nat.add n 3) p q && marginCheck 0 p q x ex m && shiftCheck p q b c &&
  tinyCheck F n (Nat.add w.ceiling (Nat.add x.ceiling ex.ceiling)) (Nat.lcm b.den c.den) &&
  overflowCheck F p q e

/-- The budget of `linear`. -/
@[expose] def linearBudget (F : Format) (p q : Nat) (w : Const [n, l]) (b : Const [l]) (x : Box [n])
    (ex m : Magnitudes [n]) (c e : Magnitudes [l]) : Bool :=
  dotBudget F n p q w b x ex m c e && linearCheck w.abs c.const m.box e.box

/-- The budget of `conv2d`, with digits of `bits` bits in its check. -/
@[expose] def conv2dBudget (F : Format) (bits p q : Nat) (g : Window) (groups : Nat)
    (w : Const [o, cg, kh, kw]) (b : Const [o]) (x : Box [c, h, wd]) (ex m : Magnitudes [c, h, wd])
    (shift : Magnitudes [o]) (e : Magnitudes [o, oh, ow]) : Bool :=
  dotBudget F (Nat.mul cg (Nat.mul kh kw)) p q w b x ex m shift e &&
  convCheck bits g groups w.abs shift.const m.box e.box

/-- The budget of `affine`. -/
@[expose] def affineBudget (F : Format) (p q : Nat) (scale shift : Const [c]) (x : Box s)
    (ex m : Magnitudes s) (d : Magnitudes [c]) (e : Magnitudes s) : Bool :=
  dotBudget F 1 p q scale shift x ex m d e && affineCheck scale.abs d.const m.box e.box

/-- What sums and means of at most `n` numbers, divided by up to `count`, need. -/
@[expose] def sumBudget (F : Format) (n count p q : Nat) (x : Box t) (ex m : Magnitudes t)
    (e : Magnitudes u) : Bool :=
  gammaCheck F (Nat.add n 3) p q && marginCheck 1 p q x ex m &&
  tinyCheck F n (Nat.add count (Nat.add x.ceiling ex.ceiling)) (marginDen x ex m) &&
  overflowCheck F p (Nat.mul q (Nat.succ count)) e

/-- The budget of `add` and of `sub`. -/
@[expose] def addBudget (F : Format) (p q : Nat) (x y : Box s) (ex ey mx my e : Magnitudes s) : Bool :=
  sumBudget F 2 1 p q x ex mx e && sumBudget F 2 1 p q y ey my e && addCheck mx.box my.box e.box

/-- The budget of `leakyRelu`, for slopes from 0 to 1. -/
@[expose] def leakyReluBudget (F : Format) (p q : Nat) (num : Int) (den : Nat) (x : Box s)
    (ex e : Magnitudes s) : Bool :=
  Nat.blt 0 den && zle 0 num && zle num den && sumBudget F 1 1 p q x ex e e

/-- The budget of `avgPool2d`. -/
@[expose] def avgPool2dBudget (F : Format) (p q : Nat) (g : Window) (includePad : Bool)
    (x : Box [c, h, w]) (ex m : Magnitudes [c, h, w]) (e : Magnitudes [c, oh, ow]) : Bool :=
  sumBudget F (Nat.mul g.kernel.1 g.kernel.2) (Nat.mul g.kernel.1 g.kernel.2) p q x ex m e &&
  avgPool2dCheck g includePad m.box e.box

/-- The budget of `globalAvgPool`. -/
@[expose] def globalAvgPoolBudget (F : Format) (p q : Nat) (x : Box [c, h, w])
    (ex m : Magnitudes [c, h, w]) (e : Magnitudes [c, 1, 1]) : Bool :=
  sumBudget F (Nat.mul h w) (Nat.mul h w) p q x ex m e && globalAvgPoolCheck m.box e.box

/-- The budget of `reduceSum`. -/
@[expose] def reduceSumBudget (F : Format) (p q axis : Nat) (x : Box s) (ex m : Magnitudes s)
    (e : Magnitudes (s.eraseIdx axis)) : Bool :=
  sumBudget F (s.getD axis 1) 1 p q x ex m e && reduceSumCheck axis m.box e.box

/-- The budget of `reduceMean`. -/
@[expose] def reduceMeanBudget (F : Format) (p q axis : Nat) (x : Box s) (ex m : Magnitudes s)
    (e : Magnitudes (s.eraseIdx axis)) : Bool :=
  sumBudget F (s.getD axis 1) (s.getD axis 1) p q x ex m e && reduceMeanCheck axis m.box e.box

end Lemmanet
