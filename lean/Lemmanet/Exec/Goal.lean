module

public import Lemmanet.Spec.Property
public import Lemmanet.Exec.Elementwise

/-!
# Checks of properties

A formula is checked against upper bounds of its linear forms. Where the bounds come from is a
parameter: from the box of the output, or from the box before the last linear operator.
-/

public noncomputable section

namespace Lemmanet

/-- The form, multiplied by minus one. -/
@[expose] def Form.neg : Form → Form
  | [] => []
  | (c, i) :: rest => (-c, i) :: Form.neg rest

/-- All indices of the form are below `n`. -/
@[expose] def Form.below (n : Nat) : Form → Bool
  | [] => true
  | (_, i) :: rest => Nat.blt i n && Form.below n rest

/-- A formula that holds only where the given one does not. -/
@[expose] def Formula.neg : Formula → Formula
  | .le form num den => .lt form.neg (-num) den
  | .lt form num den => .le form.neg (-num) den
  | .and a b => .or a.neg b.neg
  | .or a b => .and a.neg b.neg
  | .true => .false
  | .false => .true

/-- The formula follows from the upper bounds `sup form = (num, den)` of its linear forms on a tensor
with `n` entries. -/
@[expose] def Formula.check (n : Nat) (sup : Form → Int × Nat) : Formula → Bool
  | .le form num den => form.below n && Nat.blt 0 den &&
      (let s := sup form; Nat.blt 0 s.2 && zle (s.1 * den) (num * s.2))
  | .lt form num den => form.below n && Nat.blt 0 den &&
      (let s := sup form; Nat.blt 0 s.2 && zle (s.1 * den + 1) (num * s.2))
  | .and a b => a.check n sup && b.check n sup
  | .or a b => a.check n sup || b.check n sup
  | .true => Bool.true
  | .false => Bool.false

/-- The numerator of the upper bound of a form on a box, over the denominator of the box. -/
@[expose] def Box.supNum (b : Box s) : Form → Int
  | [] => 0
  | (c, i) :: rest =>
    cond (zle 0 c) (c * (b.ival i).hi) (c * (b.ival i).lo) + Box.supNum b rest

/-- The upper bound of a form on a box. -/
@[expose] def Box.sup (b : Box s) (form : Form) : Int × Nat := (b.supNum form, b.den)

/-- The formula holds on the box. -/
@[expose] def boxGoal (b : Box s) (f : Formula) : Bool :=
  Nat.blt 0 b.den && f.check (Shape.size s) b.sup

/-- The formula of `Wins`: output `label` exceeds each of the outputs below `n`. -/
@[expose] def winsFormula (label : Nat) : Nat → Formula
  | 0 => .true
  | j + 1 => cond (Nat.beq j label) (winsFormula label j)
      (.and (.lt [(1, j), (-1, label)] 0 1) (winsFormula label j))

/-- The formula of "some output below `n` is at least as large as output `label`". -/
@[expose] def losesFormula (label : Nat) : Nat → Formula
  | 0 => .false
  | j + 1 => cond (Nat.beq j label) (losesFormula label j)
      (.or (.le [(1, label), (-1, j)] 0 1) (losesFormula label j))

/-- Every tensor of the box `a` lies in the box `b`. -/
@[expose] def boxWithin (a b : Box s) : Bool :=
  a.regular && b.regular && allBelow (Shape.size s) fun k => a.flat.within k b.flat k

/-- The box contains every input near the center (see `Near`). -/
@[expose] def nearCheck (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (b : Box s) : Bool :=
  center.regular && Nat.blt 0 den && b.regular &&
    (match limits with
    | none => true
    | some ((_, q), (_, q')) => Nat.blt 0 q && Nat.blt 0 q') &&
    allBelow (Shape.size s) fun k =>
      let low := (center.box.flat.ival k).add (.point (-num) den)
      let high := (center.box.flat.ival k).add (.point num den)
      match limits with
      | none => zle ((b.flat.ival k).lo * low.den) (low.lo * b.den) &&
          zle (high.hi * b.den) ((b.flat.ival k).hi * high.den)
      | some ((p, q), (p', q')) =>
        let low := low.max (.point p q)
        let high := high.min (.point p' q')
        zle ((b.flat.ival k).lo * low.den) (low.lo * b.den) &&
          zle (high.hi * b.den) ((b.flat.ival k).hi * high.den)

/-- The point `x` is near the center (see `Near`). -/
@[expose] def nearPoint (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (x : Const s) : Bool :=
  center.regular && Nat.blt 0 den && x.regular &&
    (match limits with
    | none => true
    | some ((_, q), (_, q')) => Nat.blt 0 q && Nat.blt 0 q') &&
    allBelow (Shape.size s) fun k =>
      let p := x.box.flat.ival k
      let c := center.box.flat.ival k
      p.within ⟨(c.add (.point (-num) den)).lo, (c.add (.point num den)).hi, Nat.mul center.den den⟩ &&
      match limits with
      | none => true
      | some ((l, q), (h, q')) => zle (l * x.den) (p.lo * q) && zle (p.lo * q') (h * x.den)

end Lemmanet
