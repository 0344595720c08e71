module

public import Lemmanet.Exec.Affine
public import Lemmanet.Exec.Goal

/-!
# What bounds on forms show

Bounds on forms of a tensor make its box smaller, and they show properties of the output.
-/

public noncomputable section

namespace Lemmanet

/-! ## Properties -/

/-- The coefficient of entry `k` in a form. -/
@[expose] def Form.coefficient (k : Nat) : Form → Int
  | [] => 0
  | (c, i) :: rest => cond (Nat.beq i k) (c + Form.coefficient k rest) (Form.coefficient k rest)

namespace Rows

/-- Form `r` of the rows is the given form. -/
@[expose] def isForm (size : Nat) (A : Rows) (form : Form) (r : Nat) : Bool :=
  allBelow size fun k =>
    zle (A.int k r) (form.coefficient k * A.den) && zle (form.coefficient k * A.den) (A.int k r)

/-- The bound on a form that is one of the forms from `first` on, `count` in number; a fraction with the
denominator zero if it is none of them. -/
@[expose] def formBound (size : Nat) (A : Rows) (d : Lanes) (first : Nat) :
    Nat → Form → Int × Nat
  | 0, _ => (0, 0)
  | count + 1, form =>
    cond (A.isForm size form (Nat.add first count)) (d.int (Nat.add first count), d.den)
      (formBound size A d first count form)

/-- The form without coefficients, which is zero, is one of the forms from `first` on, `count` in number,
and bounded below zero: there is no such tensor. -/
@[expose] def emptyOk (size : Nat) (A : Rows) (d : Lanes) (first count : Nat) : Bool :=
  Nat.blt 0 (A.formBound size d first count []).2 && zle (A.formBound size d first count []).1 (-1)

/-- A formula follows from the bounds `d` on the forms from `first` on, `count` in number; or the bounds
contradict each other. -/
@[expose] def goalOk (size : Nat) (A : Rows) (d : Lanes) (first count : Nat) (f : Formula) : Bool :=
  Nat.blt 0 A.den && (f.check size (A.formBound size d first count) || A.emptyOk size d first count)

/-! ## Smaller boxes -/

/-- The sum of the absolute values of the coefficients of each form. -/
@[expose] def absSum (n k : Nat) (A : Rows) : Nat :=
  addAll (mapEntries (fun x => Nat.add (positivePart k n A.offset (Lemmanet.widen A.bits k n x))
    (positivePart k n A.offset (laneNeg k n A.offset (Lemmanet.widen A.bits k n x)))) A.entries)

/-- No lane of `absSum` overflows. -/
@[expose] def absSumOk (size k : Nat) (A : Rows) : Bool :=
  Nat.blt 0 k && A.widenOk k && Nat.blt A.offset (Nat.pow 2 (Nat.sub k 1)) &&
    Nat.blt (Nat.mul size (Nat.mul 2 A.offset)) (Nat.pow 2 k)

/-- The upper end of entry `k` of the new box follows from form `r`: that form has no coefficient but
the one for this entry, whose number is `x`, and that one is positive. -/
@[expose] def upperFrom (A : Rows) (d : Lanes) (box : Flat) (bits sums k x r : Nat) : Bool :=
  Nat.blt A.offset (digit A.bits A.bits x r) &&
  Nat.beq (Nat.add (digit bits bits sums r) A.offset) (digit A.bits A.bits x r) &&
  zle (d.int r * (Nat.mul A.den box.den : Nat))
    ((box.ival k).hi * (Nat.mul (digit bits bits sums r) d.den : Nat))

/-- The lower end of entry `k` of the new box follows from form `r`, which has no coefficient but the one
for this entry, and that one is negative. -/
@[expose] def lowerFrom (A : Rows) (d : Lanes) (box : Flat) (bits sums k x r : Nat) : Bool :=
  Nat.blt (digit A.bits A.bits x r) A.offset &&
  Nat.beq (Nat.add (digit A.bits A.bits x r) (digit bits bits sums r)) A.offset &&
  zle ((box.ival k).lo * (Nat.mul (digit bits bits sums r) d.den : Nat))
    (-(d.int r) * (Nat.mul A.den box.den : Nat))

/-- A test of each number with its index, which counts on from `k`. -/
@[expose] def allEntries (f : Nat → Nat → Bool) (xs : List Nat) (k : Nat) : Bool :=
  List.rec (motive := fun _ => Nat → Bool) (fun _ => true)
    (fun x _ rest k => f k x && rest (Nat.succ k)) xs k

/-- An end of entry `k` is that of the old box, or follows from a form. The forms are named by digits of
`width` bits, one for each entry: zero stands for the old box, `r + 1` for form `r`. -/
@[expose] def endOk (n width picks : Nat) (old : Nat → Bool) (form : Nat → Nat → Nat → Bool)
    (k x : Nat) : Bool :=
  match digit width width picks k with
  | 0 => old k
  | r + 1 => Nat.blt r n && form k x r

/-- The box `new` contains every tensor of the box `old` whose forms `A` are bounded by `d`. -/
@[expose] def tightenOk (n bits : Nat) (A : Rows) (d : Lanes) (old new : Box s)
    (width low high : Nat) : Bool :=
  A.ok n (Shape.size s) && d.ok n && A.absSumOk (Shape.size s) bits && old.regular && new.regular &&
    allEntries (fun k x =>
      endOk n width high (fun k => old.flat.highLe k new.flat k)
        (A.upperFrom d new.flat bits (A.absSum n bits)) k x &&
      endOk n width low (fun k => new.flat.lowLe k old.flat k)
        (A.lowerFrom d new.flat bits (A.absSum n bits)) k x) A.entries 0

end Rows

end Lemmanet
