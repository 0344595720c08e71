module

public import Lemmanet.Exec.Goal
public import Lemmanet.Exec.Linear

/-!
# Difference rows

A linear form of the output of a linear layer is bounded through the composed row: the form's
coefficients times the weight, entry by entry over the inputs. This is tighter than bounding the
outputs first, since an input counts once.

An entry of the composed row is a difference of natural numbers, `Form.plus` with the two literals of
a row and with the two swapped. Its positive part meets the upper end of the input, its negative part
the lower end.
-/

public noncomputable section

namespace Lemmanet

variable {n m : Nat}

/-- What is added in the composed row: digits of `p` for positive coefficients of the form, digits of
`q` for negative ones. -/
@[expose] def Form.plus (width stride p q : Nat) (form : Form) : Nat :=
  List.rec 0 (fun term _ rest => Nat.add rest
    (Int.rec (fun a => Nat.mul a (digit width stride p term.2))
      (fun a => Nat.mul (Nat.succ a) (digit width stride q term.2)) term.1)) form

/-- The positive parts of the composed row, for rows of the weight with literals `ps` and `qs`. -/
@[expose] def gains (width stride : Nat) (form : Form) (ps : List Nat) : List Nat → List Nat :=
  List.rec (fun _ => []) (fun p _ rest qs => List.rec []
    (fun q qs _ => Nat.sub (form.plus width stride p q) (form.plus width stride q p) :: rest qs) qs) ps

/-- The form of the bias, over the denominator of the bias. -/
@[expose] def biasEntry (b : Const [m]) : Form → Int
  | [] => 0
  | (c, i) :: rest => c * b.num i + biasEntry b rest

/-- The composed row on the box, for inputs as large as `ups` where the row is positive and as large as
`downs` where it is negative. -/
@[expose] def rowValue (w : Const [n, m]) (x : Box [n]) (form : Form) (ups downs : List Nat) : Nat :=
  Nat.add (x.combine ups (gains w.width w.stride form w.pos w.neg))
    (x.combine downs (gains w.width w.stride form w.neg w.pos))

/-- The largest value of the row on the box, over the denominators of weight and box. -/
@[expose] def rowSup (w : Const [n, m]) (x : Box [n]) (form : Form) : Int :=
  Int.subNatNat (rowValue w x form x.highPos x.lowNeg) (rowValue w x form x.highNeg x.lowPos)

/-- An upper bound of a form of the layer's output on the box: numerator and denominator. -/
@[expose] def linearSup (w : Const [n, m]) (b : Const [m]) (x : Box [n]) (form : Form) : Int × Nat :=
  (rowSup w x form * b.den + biasEntry b form * Nat.mul w.den x.den,
    Nat.mul (Nat.mul w.den x.den) b.den)

/-- The formula holds of the layer's output on the box. -/
@[expose] def linearGoal (w : Const [n, m]) (b : Const [m]) (x : Box [n]) (f : Formula) : Bool :=
  Nat.blt 0 w.den && Nat.blt 0 b.den && x.regular && Nat.beq w.line m &&
    Nat.beq (rowCount w.pos) n && Nat.beq (rowCount w.neg) n && f.check m (linearSup w b x)

end Lemmanet
