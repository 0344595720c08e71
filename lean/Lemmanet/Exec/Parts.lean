module

public import Lemmanet.Exec.Affine
public import Lemmanet.Spec.Box

/-!
# Forms that belong to different boxes

Forms of several parts of the inputs lie side by side in the lanes: first those of the first part, then
those of the second one, and so on. The coefficients of all of them pass a linear layer together. Where
boxes are used, the lanes of each part are cut out, and what is computed from them is joined again.
-/

public noncomputable section

namespace Lemmanet

/-! ## Some of the lanes -/

/-- `count` lanes from lane `first` on. -/
@[expose] def Lanes.slice (first count : Nat) (v : Lanes) : Lanes :=
  ⟨v.den, v.bits, v.offset, bitsAt v.num (Nat.mul v.bits first) (Nat.mul v.bits count)⟩

/-- `count` forms from form `first` on. -/
@[expose] def Rows.slice (first count : Nat) (A : Rows) : Rows :=
  ⟨A.den, A.bits, A.offset,
    mapEntries (fun x => bitsAt x (Nat.mul A.bits first) (Nat.mul A.bits count)) A.entries⟩

/-- Two lists of numbers are equal. -/
@[expose] def sameEntries : List Nat → List Nat → Bool
  | [], [] => true
  | x :: xs, y :: ys => Nat.beq x y && sameEntries xs ys
  | _, _ => false

/-- The same literals. -/
@[expose] def Rows.same (A B : Rows) : Bool :=
  Nat.beq A.den B.den && Nat.beq A.bits B.bits && Nat.beq A.offset B.offset &&
    sameEntries A.entries B.entries

/-- The same literals. -/
@[expose] def Lanes.same (v w : Lanes) : Bool :=
  Nat.beq v.den w.den && Nat.beq v.bits w.bits && Nat.beq v.offset w.offset && Nat.beq v.num w.num

namespace Part

/-- How many forms the parts have together. -/
@[expose] def total : List Part → Nat
  | [] => 0
  | p :: parts => Nat.add p.count (total parts)

/-- Joins the lanes of parts, `bits` bits each; `f first p` gives those of part `p`, whose forms
begin with form `first`. -/
@[expose] def joined (bits : Nat) (f : Nat → Part → Nat) : List Part → Nat → Nat
  | [], _ => 0
  | p :: parts, first =>
    Nat.add (f first p)
      (Nat.mul (Nat.pow 2 (Nat.mul bits p.count)) (joined bits f parts (Nat.add first p.count)))

/-- The box of the first part. -/
@[expose] def head : List Part → Flat
  | [] => ⟨1, 0, 0, 0, 0, 0⟩
  | p :: _ => p.box

/-- A test of each part and its first form. -/
@[expose] def all (f : Nat → Part → Bool) : List Part → Nat → Bool
  | [], _ => true
  | p :: parts, first => f first p && all f parts (Nat.add first p.count)

end Part

/-! ## Relaxations -/

namespace TwoPiece

variable (n : Nat) (p : Int) (q : Nat) (A B : Rows) (size : Nat)

/-- The constants of one part. -/
@[expose] def partConstants (first : Nat) (part : Part) : Lanes :=
  constants part.count p q (A.slice first part.count) (B.slice first part.count) part.box [] size

/-- The constants of all parts. Their boxes have the same denominator and width of digits, those of
`box`, so that all constants have one offset. -/
@[expose] def partsConstants (box : Flat) (parts : List Part) : Lanes where
  den := Nat.mul (Nat.mul (Nat.lcm A.den B.den) q) box.den
  bits := A.bits
  offset := Nat.mul size (termBound p q A B box)
  num := Part.joined A.bits (fun first part => (partConstants p q A B size first part).num) parts 0

/-- The literals are in order, no lane overflows, and each form belongs to a part. -/
@[expose] def partsOk (box : Flat) (parts : List Part) : Bool :=
  ok n p q A B box size && Nat.beq (Part.total parts) n &&
    Part.all (fun _ part => Nat.beq part.box.den box.den && Nat.beq part.box.width box.width) parts 0

variable {t : Shape} {Γ : List Shape}

/-- The constants for an argument that is a variable, on the boxes of its parts. -/
@[expose] def partsLanes (p : Int) (q : Nat) (A B : Rows) (v : Var Γ t) (cuts : Cuts Γ) : Lanes :=
  partsConstants p q A B (Shape.size t) (Part.head (v.limits cuts).parts) (v.limits cuts).parts

/-- The check of a step: as `stepOk`, with the boxes of parts. -/
@[expose] def partsStepOk (n : Nat) (p : Int) (q : Nat) (A B : Rows) (v : Var Γ t) (cuts : Cuts Γ)
    (T : Terms Γ) (d : Lanes) : Bool :=
  partsOk n p q A B (Shape.size t) (Part.head (v.limits cuts).parts) (v.limits cuts).parts &&
    (T.plusArgsOk n (.cons v .nil) (some B, ()) && d.subOk (partsLanes p q A B v cuts))

end TwoPiece

/-! ## Forms of the input -/

/-- The forms of each part are bounded on its box. Digits for comparisons have `bits` bits. -/
@[expose] def Rows.supPartsOk (n size bits : Nat) (A : Rows) (d : Lanes) (parts : List Part) : Bool :=
  Nat.beq (Part.total parts) n &&
    Part.all (fun first part =>
      (A.slice first part.count).supOk size part.box [] &&
        ((A.slice first part.count).sup part.count size part.box []).le part.count bits
          (d.slice first part.count)) parts 0

/-! ## Boxes of a part -/

/-- Two boxes have the same literals. -/
@[expose] def Flat.same (f g : Flat) : Bool :=
  Nat.beq f.den g.den && Nat.beq f.width g.width && Nat.beq f.lowPos g.lowPos &&
    Nat.beq f.lowNeg g.lowNeg && Nat.beq f.highPos g.highPos && Nat.beq f.highNeg g.highNeg

/-- The part that begins with form `first` has `count` forms and this box. -/
@[expose] def Part.isAt (box : Flat) (count : Nat) : List Part → Nat → Bool
  | [], _ => false
  | p :: _, 0 => Nat.beq p.count count && p.box.same box
  | p :: parts, first + 1 =>
    Nat.ble p.count (first + 1) && isAt box count parts (Nat.sub (first + 1) p.count)

/-- On the boxes, the limits of `count` forms from form `first` on are met. -/
@[expose] def Cuts.met (first count : Nat) : {Γ : List Shape} → Cuts Γ → BoxEnv Γ → Bool
  | [], _, _ => true
  | _ :: _, (limits, cuts), (b, bs) =>
    limits.cuts.isEmpty &&
      (limits.parts.isEmpty || (b.regular && Part.isAt b.flat count limits.parts first)) &&
      met first count cuts bs

end Lemmanet
