module

public import Lemmanet

/-!
# Forms that belong to different boxes

`y = relu x` for two parts of the inputs: the first form is `y` for `x` from -2 to 1, the second one is `y`
for `x` from -1 to 2. Both are bounded together, each with the line above `relu` that fits its part.
-/

public noncomputable section

open Lemmanet

namespace Parts

/-- Inputs from -2 to 1. -/
@[expose] def left : Box [1] := ⟨1, 4, 1, [0], [2], [1], [0]⟩

/-- Inputs from -1 to 2. -/
@[expose] def right : Box [1] := ⟨1, 4, 1, [0], [1], [2], [0]⟩

/-- The same over another denominator. -/
@[expose] def finer : Box [1] := ⟨2, 4, 1, [0], [2], [4], [0]⟩

/-- The input and its activation. -/
@[expose] def y_trace : Trace [1] [[1], [1]] :=
  .bind .input (.relu : Op [[1]] [1]) (.cons .last .nil)

/-- One form for each part. -/
@[expose] def parts : List Part := [⟨1, left.flat⟩, ⟨1, right.flat⟩]

/-- They rely on the input alone. -/
@[expose] def limits : Cuts [[1], [1]] := ({}, { parts := parts }, ())

/-- The activation, twice. -/
@[expose] def rows : Rows := ⟨1, 4, 8, [0x99]⟩

/-- A third of the input, and two thirds. -/
@[expose] def slopes : Rows := ⟨3, 4, 8, [0xa9]⟩

/-- The activation is at most 1 in the first part, and 2 in the second one. -/
@[expose] def upper : Lanes := ⟨1, 4, 8, 0xa9⟩

/-- Both bounds, in one walk. -/
theorem both : y_trace.Bounds Post.all 2 limits (some rows, Terms.none) upper :=
  .widen 32 (by decide +kernel) <|
  .reluParts slopes (by decide +kernel) <|
  .widen 32 (by decide +kernel) <|
  .inputParts 32 (by decide +kernel)

/-- The first one, on its part. -/
theorem left_bounds : y_trace.Bounds left.inputs 1 Cuts.none
    (some ⟨1, 4, 8, [0x9]⟩, Terms.none) ⟨1, 4, 8, 0x9⟩ :=
  both.part (.box left) 0 1 _ _ (by decide +kernel)

/-- The second one. -/
theorem right_bounds : y_trace.Bounds right.inputs 1 Cuts.none
    (some ⟨1, 4, 8, [0x9]⟩, Terms.none) ⟨1, 4, 8, 0xa⟩ :=
  both.part (.box right) 1 1 _ _ (by decide +kernel)

/-! ## Relaxations -/

/-- The checks of the walk, with other boxes, coefficients and bounds. -/
@[expose] def walk (parts : List Part) (slopes : Rows) (upper : Lanes) : Bool :=
  TwoPiece.partsOk 2 0 1 (rows.widen 2 32) slopes 1 (Part.head parts) parts &&
    (slopes.widen 2 32).supPartsOk 2 1 32 (upper.sub 2
      (TwoPiece.partsConstants 0 1 (rows.widen 2 32) slopes 1 (Part.head parts) parts)) parts

/-- As above. -/
example : walk parts slopes upper = true := by decide +kernel

/-- The boxes exchanged, and the larger one for both. -/
example : (walk [⟨1, right.flat⟩, ⟨1, left.flat⟩] slopes upper ||
    walk [⟨2, right.flat⟩] slopes upper) = false := by
  decide +kernel

/-- The coefficients exchanged, and the larger ones for both. -/
example : (walk parts ⟨3, 4, 8, [0x9a]⟩ upper || walk parts ⟨3, 4, 8, [0xaa]⟩ upper) = false := by
  decide +kernel

/-- The bounds exchanged, and a smaller one. -/
example : (walk parts slopes ⟨1, 4, 8, 0x9a⟩ || walk parts slopes ⟨1, 4, 8, 0xa8⟩ ||
    walk parts slopes ⟨1, 4, 8, 0x99⟩) = false := by
  decide +kernel

/-- Parts with too few forms, with too many, and none at all. -/
example : (walk [⟨1, left.flat⟩] slopes upper ||
    walk [⟨1, left.flat⟩, ⟨1, right.flat⟩, ⟨1, right.flat⟩] slopes upper ||
    walk [⟨1, left.flat⟩, ⟨2, right.flat⟩] slopes upper || walk [] slopes upper) = false := by
  decide +kernel

/-- A box over another denominator than the first one. -/
example : walk [⟨1, left.flat⟩, ⟨1, finer.flat⟩] slopes upper = false := by decide +kernel

/-! ## What a part shows -/

/-- On the box of a part, the limits of its form are met. -/
example : (limits.2.met 0 1 (left, ()) && limits.2.met 1 1 (right, ()) &&
    (Cuts.none : Cuts [[1]]).met 0 2 (left, ())) = true := by
  decide +kernel

/-- Not on the other box, nor on the same over another denominator; nor those of both forms. -/
example : (limits.2.met 0 1 (right, ()) || limits.2.met 1 1 (left, ()) ||
    limits.2.met 1 1 (finer, ()) || limits.2.met 0 2 (left, ()) || limits.2.met 1 2 (right, ()) ||
    limits.2.met 2 1 (right, ())) = false := by
  decide +kernel

/-- Sides of entries are not met by a box. -/
example : Cuts.met (Γ := [[1]]) 0 1 ({ cuts := [⟨0, 0, 1, 1, 0⟩] }, ()) (left, ()) = false := by
  decide +kernel

/-- The literals of a part are its lanes, and no others. -/
example : ((rows.slice 1 1).same ⟨1, 4, 8, [0x9]⟩ && (upper.slice 1 1).same ⟨1, 4, 8, 0xa⟩ &&
    !(rows.slice 1 1).same ⟨1, 4, 8, [0xa]⟩ && !(rows.slice 1 1).same ⟨1, 4, 8, []⟩ &&
    !(rows.slice 1 1).same ⟨1, 4, 8, [0x9, 0x9]⟩ && !(upper.slice 0 1).same ⟨1, 4, 8, 0xa⟩ &&
    !(upper.slice 1 1).same ⟨2, 4, 8, 0xa⟩ && !(upper.slice 1 1).same ⟨1, 4, 9, 0xa⟩) = true := by
  decide +kernel

end Parts
