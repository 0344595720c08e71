module

public import Lemmanet.Exec.Budget.Compare
public import Lemmanet.Exec.Movement
public import Lemmanet.Exec.Pool
public import Lemmanet.Float.Rounding

/-!
# Budgets of operators that select

These operators do not round: their results are entries of their inputs, up to the sign, or constants.
An error is carried on; a subnormal result may be flushed to zero, which adds less than a unit.
-/

public noncomputable section

namespace Lemmanet

open Float (Format)

/-- `a = b`. -/
@[expose] def zeq (a b : Int) : Bool := zle a b && zle b a

/-- A fraction that is a number of the format. -/
@[expose] def exactFraction (F : Format) (num : Int) (den : Nat) : Bool :=
  Nat.blt 0 den &&
  zeq
    (Int.mul (F.roundQuotient .tiesToEven false (Int.mul num (Nat.pow 2 F.scale)) den).datum.units den)
    (Int.mul num (Nat.pow 2 F.scale))

/-- A limit that is there is a number of the format. -/
@[expose] def exactLimit (F : Format) (l : Option (Int × Nat)) : Bool :=
  match l with
  | none => true
  | some (num, den) => exactFraction F num den

/-- The number of bits of a digit for `reluBudget`. -/
@[expose] def reluBits (d : Nat) (x : Box s) (ex e : Magnitudes s) : Nat :=
  flagBits (Nat.add
    (Nat.add (Nat.mul (Nat.div d x.den) (Nat.pow 2 x.width))
      (Nat.mul (Nat.div d ex.den) (Nat.pow 2 ex.width)))
    (Nat.succ (Nat.mul (Nat.div d e.den) (Nat.pow 2 e.width))))

/-- Each digit of `e` is at least the digit of `ex` and one, or else at least the upper end of `x` with
the digit of `ex` and one; and at least one. -/
@[expose] def reluDigits (k n : Nat) (x : Ends) (ex e : Nat) : Bool :=
  digitsLe k n (ones k n) e &&
  allFlags k n (Nat.lor (atMost k n (Nat.add ex (ones k n)) e)
    (atMost k n (Nat.add (Nat.add x.highPos ex) (ones k n)) (Nat.add e x.highNeg)))

/-- `reluBudget`, with digits of `k` bits over the denominator `d`. -/
@[expose] def reluAt (d k : Nat) (x : Box s) (ex e : Magnitudes s) : Bool :=
  reluDigits k (Shape.size s) (x.ends k (Nat.div d x.den)) (ex.scaled k (Nat.div d ex.den))
    (e.scaled k (Nat.div d e.den))

/-- The budget of `relu`. Where no number of the box is positive, only the error beyond zero is left. -/
@[expose] def reluBudget (F : Format) (x : Box s) (ex e : Magnitudes s) : Bool :=
  x.regular && ex.box.regular && e.box.regular && rangeCheck F 1 (marginDen x ex e) &&
  reluAt (marginDen x ex e) (reluBits (marginDen x ex e) x ex e) x ex e

/-- The budget of `reshape`, `neg`, `abs`: the error of an entry is that of the same entry. -/
@[expose] def copyBudget (F : Format) (ex : Magnitudes s) (e : Magnitudes t) : Bool := raised F 1 ex e

/-- The budget of `max` and of `min`. -/
@[expose] def pairBudget (F : Format) (ex ey e : Magnitudes s) : Bool := raised F 1 ex e && raised F 1 ey e

/-- The budget of `clip`, with limits that are numbers of the format. -/
@[expose] def clipBudget (F : Format) (lo hi : Option (Int × Nat)) (ex e : Magnitudes s) : Bool :=
  exactLimit F lo && exactLimit F hi && raised F 1 ex e

/-- The budget of `maxPool2d`; `m` are the errors before flushing. -/
@[expose] def maxPool2dBudget (F : Format) (g : Window) (ex : Magnitudes [c, h, w])
    (m e : Magnitudes [c, oh, ow]) : Bool :=
  maxPool2dCheck g ex.box m.box && raised F 1 m e

/-- The budget of `transpose`. -/
@[expose] def transposeBudget (F : Format) (perm : List Nat) (ex : Magnitudes s)
    (m e : Magnitudes (perm.map fun a => s.getD a 1)) : Bool :=
  transposeCheck perm ex.box m.box && raised F 1 m e

/-- The budget of `concat`. -/
@[expose] def concatBudget (F : Format) (outer a b : Nat) (ex : Magnitudes s) (ey : Magnitudes t)
    (m e : Magnitudes u) : Bool :=
  concatCheck outer a b ex.box ey.box m.box && raised F 1 m e

/-- The budget of `slice`. -/
@[expose] def sliceBudget (F : Format) (start step : List Int) (ex : Magnitudes s)
    (m e : Magnitudes t) : Bool :=
  sliceCheck start step ex.box m.box && raised F 1 m e

/-- The budget of `pad`, with a value that is a number of the format. -/
@[expose] def padBudget (F : Format) (before : List Nat) (num : Int) (den : Nat) (ex : Magnitudes s)
    (m e : Magnitudes t) : Bool :=
  exactFraction F num den && padCheck before 0 1 ex.box m.box && raised F 1 m e

end Lemmanet
