module

public import Lemmanet.Exec.Budget.Magnitudes
public import Lemmanet.Exec.Goal

/-!
# Properties with room for errors

A formula about the exact output, and one about an output with errors.
-/

public noncomputable section

namespace Lemmanet

/-- The same pairs of coefficient and index. -/
@[expose] def Form.same : Form → Form → Bool
  | [], [] => true
  | (c, i) :: f, (c', i') :: f' => zle c c' && zle c' c && Nat.beq i i' && Form.same f f'
  | _, _ => false

/-- How far errors move the value of a form, as a numerator over the denominator of `e`. -/
@[expose] def Form.spread (e : Magnitudes s) : Form → Nat
  | [] => 0
  | (c, i) :: f => Nat.add (Nat.mul c.natAbs (e.const.posDigit i)) (Form.spread e f)

/-- `num / den`, moved by `spread / d`, is at most `num' / den'`. -/
@[expose] def shiftedLe (num : Int) (den spread d : Nat) (num' : Int) (den' : Nat) : Bool :=
  zle (Int.mul (Int.add (Int.mul num d) (Int.mul spread den)) den') (Int.mul num' (Nat.mul den d))

/-- The same, below. -/
@[expose] def shiftedLt (num : Int) (den spread d : Nat) (num' : Int) (den' : Nat) : Bool :=
  zle (Int.add (Int.mul (Int.add (Int.mul num d) (Int.mul spread den)) den') 1)
    (Int.mul num' (Nat.mul den d))

/-- What two inequalities need to have in common, and of errors `e`. -/
@[expose] def comparable (e : Magnitudes s) (f f' : Form) (den den' : Nat) : Bool :=
  f.same f' && f.below (Shape.size s) && Nat.blt 0 den && Nat.blt 0 den' && e.box.regular

/-- Where the first formula holds of a tensor, the second holds of every tensor that differs from it by
at most `e`. -/
@[expose] def Formula.covers (e : Magnitudes s) : Formula → Formula → Bool
  | .le f num den, .le f' num' den' =>
    comparable e f f' den den' && shiftedLe num den (f.spread e) e.den num' den'
  | .le f num den, .lt f' num' den' =>
    comparable e f f' den den' && shiftedLt num den (f.spread e) e.den num' den'
  | .lt f num den, .le f' num' den' =>
    comparable e f f' den den' && shiftedLe num den (f.spread e) e.den num' den'
  | .lt f num den, .lt f' num' den' =>
    comparable e f f' den den' && shiftedLe num den (f.spread e) e.den num' den'
  | .and a b, .and a' b' => a.covers e a' && b.covers e b'
  | .or a b, .or a' b' => a.covers e a' && b.covers e b'
  | .true, .true => Bool.true
  | .false, _ => Bool.true
  | _, _ => Bool.false

/-- Where the formula holds of a tensor, output `label` wins in every tensor that differs from it by at
most `e`. -/
@[expose] def Formula.coversWins (f : Formula) (e : Magnitudes [n]) (label : Nat) : Bool :=
  f.covers e (winsFormula label n)

end Lemmanet
