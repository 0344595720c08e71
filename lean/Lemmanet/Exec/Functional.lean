module

public import Lemmanet.Exec.Goal

/-!
# Difference rows

A linear form of the output of a linear layer is bounded through the composed row: the form's
coefficients times the weight, entry by entry over the inputs. This is tighter than bounding the
outputs first, since an input counts once.
-/

public noncomputable section

namespace Lemmanet

variable {n m : Nat}

/-- Entry `j` of the composed row, over the denominator of the weight. -/
@[expose] def rowEntry (w : Const [n, m]) (j : Nat) : Form → Int
  | [] => 0
  | (c, i) :: rest => c * w.num (Nat.add (Nat.mul j m) i) + rowEntry w j rest

/-- The form of the bias, over the denominator of the bias. -/
@[expose] def biasEntry (b : Const [m]) : Form → Int
  | [] => 0
  | (c, i) :: rest => c * b.num i + biasEntry b rest

/-- The larger one of the products of `g` with the ends of an interval. -/
@[expose] def Ival.supMul (a : Ival) (g : Int) : Int := cond (zle 0 g) (g * a.hi) (g * a.lo)

/-- The largest value of the row on the box, summed over the first `k` inputs. -/
@[expose] def rowSup (w : Const [n, m]) (x : Box [n]) (form : Form) (k : Nat) : Int :=
  match k with
  | 0 => 0
  | k + 1 => (x.ival k).supMul (rowEntry w k form) + rowSup w x form k

/-- An upper bound of a form of the layer's output on the box: numerator and denominator. -/
@[expose] def linearSup (w : Const [n, m]) (b : Const [m]) (x : Box [n]) (form : Form) : Int × Nat :=
  (rowSup w x form n * b.den + biasEntry b form * Nat.mul w.den x.den,
    Nat.mul (Nat.mul w.den x.den) b.den)

/-- The formula holds of the layer's output on the box. -/
@[expose] def linearGoal (w : Const [n, m]) (b : Const [m]) (x : Box [n]) (f : Formula) : Bool :=
  Nat.blt 0 w.den && Nat.blt 0 b.den && Nat.blt 0 x.den && f.check m (linearSup w b x)

end Lemmanet
