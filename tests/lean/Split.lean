module

public import Lemmanet

/-!
Two networks of one input between -1 and 1 and two hidden units, whose properties no single relaxation
shows. `relu x - relu x` is zero: that needs the sign of the argument. One of `relu x` and `relu (-x)` is at
most 1/2: that needs to know on which side of zero the input lies. The trees of splits are accepted, and
whatever is changed is refused.
-/

public noncomputable section

namespace Lemmanet.Test.Split

open Lemmanet

/-- The interval from `-low` to `high`. -/
@[expose] def interval (low high : Nat) : Box [1] := ⟨1, 4, 1, [], [low], [high], []⟩

/-- The inputs. -/
@[expose] def x_box : Box [1] := interval 1 1

/-- The hidden units before the activation. -/
@[expose] def z_box : Box [2] := ⟨1, 4, 2, [], [0x11], [0x11], []⟩

/-- The weights 1 and 1, or 1 and -1. -/
@[expose] def weight (pos neg : Nat) : Const [1, 2] := ⟨1, 2, 16, 2, [pos], [neg]⟩

/-- No bias. -/
@[expose] def bias : Const [2] := ⟨1, 1, 1, 2, [], []⟩

/-- Rows with digits of four bits, in halves. -/
@[expose] def halves (entries : List Nat) : Rows := ⟨2, 4, 8, entries⟩

/-- Fractions with digits of four bits, in halves. -/
@[expose] def bounds (num : Nat) : Lanes := ⟨2, 4, 8, num⟩

/-! ## Signs of arguments -/

/-- The hidden units `x` and `x`, and the difference of their activations. -/
@[expose] def difference : Prog [[1]] [1] :=
  network fun x =>
  step (.linear (weight 0x00010001 0) bias : Op [[1]] [2]) x fun z =>
  step (.relu : Op [[2]] [2]) z fun h =>
  step (.linear ⟨1, 2, 16, 1, [1, 0], [0, 1]⟩ ⟨1, 1, 1, 1, [], []⟩ : Op [[2]] [1]) h fun y =>
  result y

/-- The hidden units. -/
@[expose] def z_trace : Trace [1] [[2], [1]] :=
  .bind .input (.linear (weight 0x00010001 0) bias) (.cons .last .nil)

/-- Their activations. -/
@[expose] def h_trace : Trace [1] [[2], [2], [1]] := z_trace.bind .relu (.cons .last .nil)

/-- The difference. -/
@[expose] def y_trace : Trace [1] [[1], [2], [2], [1]] :=
  h_trace.bind (.linear ⟨1, 2, 16, 1, [1, 0], [0, 1]⟩ ⟨1, 1, 1, 1, [], []⟩) (.cons .last .nil)

/-- Both units lie between -1 and 1. -/
theorem z_facts : z_trace.Facts x_box.inputs (z_box, x_box, ()) :=
  (Trace.Facts.box x_box).bind z_box (linear_maps (by decide +kernel))

/-- Form 0 belongs to the part where the first unit is at most 0, form 1 to the other part. -/
@[expose] def signs : List Cut := [⟨0, 0, 1, 2, 1⟩]

/-- The cuts of the hidden units, among those of all values. -/
@[expose] def z_cuts : Cuts [[2], [1]] := ({ cuts := signs }, {}, ())

/-- And of those that follow. -/
@[expose] def y_cuts : Cuts [[1], [2], [2], [1]] := ({}, {}, z_cuts)

/-- The difference, twice. -/
@[expose] def y_rows : Rows := ⟨1, 4, 8, [0x99]⟩

/-- Where the first unit is not positive there is nothing to bound: no coefficients. Where it is not
negative, its activation is the unit itself, and the other one is at least its unit. -/
@[expose] def z_rows : Rows := halves [0xa8, 0x68]

/-- Both forms of the units are at most 0. -/
theorem z_bounds : z_trace.Bounds x_box.inputs 2 z_cuts (some z_rows, .none) (bounds 0x88) :=
  .widen 32 (by decide +kernel) <| .linear (by decide +kernel) <|
  .input 32 (.box x_box) (by decide +kernel)

/-- So is the difference, in both parts. -/
theorem y_bounds : y_trace.Bounds x_box.inputs 2 y_cuts (some y_rows, .none) (bounds 0x88) :=
  .widen 32 (by decide +kernel) <| .linear (by decide +kernel) <|
  .relu z_facts z_rows (by decide +kernel) <|
  .weaken 32 z_bounds (by decide +kernel) (by decide +kernel)

/-- The tree: one split, a form for each part. -/
@[expose] def y_tree : Tree [[1], [2], [2], [1]] :=
  .split (.before (.before .last)) 0 0 1 (.leaf 0 1) (.leaf 1 1)

/-- The difference is at most 0. -/
@[expose] def atMost : Formula := .le [(1, 0)] 0 1

/-- The network satisfies it. -/
theorem difference_sat : Prog.Sat difference (x_box, ()) fun _ _ _ y => Formula.Holds y atMost :=
  .of_satOn <| .bind <| .bind <| .bind <| .of_tree y_tree y_bounds (by decide +kernel)

/-- The check of the tree. -/
@[expose] def tree (cuts : Cuts [[1], [2], [2], [1]]) (t : Tree [[1], [2], [2], [1]]) : Bool :=
  t.ok 1 y_rows (bounds 0x88) cuts 2 atMost .none

/-- As above. -/
example : tree y_cuts y_tree = true := by decide +kernel

/-- A form of the other leaf, in either part, in both, and in a tree without a split. -/
example : (tree y_cuts (.split (.before (.before .last)) 0 0 1 (.leaf 1 1) (.leaf 1 1)) ||
    tree y_cuts (.split (.before (.before .last)) 0 0 1 (.leaf 0 1) (.leaf 0 1)) ||
    tree y_cuts (.split (.before (.before .last)) 0 0 1 (.leaf 1 1) (.leaf 0 1)) ||
    tree y_cuts (.leaf 0 1) || tree y_cuts (.leaf 1 1) || tree y_cuts (.leaf 0 2)) = false := by
  decide +kernel

/-- A leaf without a form, and one beyond the last form. -/
example : (tree y_cuts (.split (.before (.before .last)) 0 0 1 (.leaf 0 1) (.leaf 1 0)) ||
    tree y_cuts (.split (.before (.before .last)) 0 0 1 (.leaf 0 1) (.leaf 1 2))) = false := by
  decide +kernel

/-- A split of the other unit, of another value, and at another number. -/
example : (tree y_cuts (.split (.before (.before .last)) 1 0 1 (.leaf 0 1) (.leaf 1 1)) ||
    tree y_cuts (.split (.before .last) 0 0 1 (.leaf 0 1) (.leaf 1 1)) ||
    tree y_cuts (.split (.before (.before .last)) 0 1 1 (.leaf 0 1) (.leaf 1 1)) ||
    tree y_cuts (.split (.before (.before .last)) 0 (-1) 1 (.leaf 0 1) (.leaf 1 1)) ||
    tree y_cuts (.split (.before (.before .last)) 0 0 0 (.leaf 0 1) (.leaf 1 1))) = false := by
  decide +kernel

/-- Cuts that concern a form more than its leaf knows. -/
example : (tree ({}, {}, { cuts := [⟨0, 0, 1, 3, 1⟩] }, {}, ()) y_tree ||
    tree ({}, {}, { cuts := [⟨0, 0, 1, 2, 1⟩, ⟨1, 0, 1, 2, 0⟩] }, {}, ()) y_tree ||
    tree ({}, {}, { cuts := signs }, { cuts := [⟨0, 0, 1, 0, 1⟩] }, ()) y_tree) = false := by
  decide +kernel

/-- The check of the activations, with given cuts and coefficients. -/
@[expose] def activations (cuts : List Cut) (rows : Rows) : Bool :=
  (bounds 0x88).le 2 32 ((bounds 0x88).sub 2
    (TwoPiece.constants 2 0 1 (((y_rows.widen 2 32).linear 2
      (⟨1, 2, 16, 1, [1, 0], [0, 1]⟩ : Const [2, 1]))) rows z_box.flat cuts 2))

/-- As above. -/
example : activations signs z_rows = true := by decide +kernel

/-- No signs are known, those of the other form, of the other unit, or at another number. -/
example : (activations [] z_rows || activations [⟨0, 0, 1, 1, 2⟩] z_rows ||
    activations [⟨1, 0, 1, 2, 1⟩] z_rows || activations [⟨0, 1, 1, 0, 1⟩] z_rows ||
    activations [⟨0, -1, 1, 2, 0⟩] z_rows) = false := by
  decide +kernel

/-- Boxes on which forms rely are nothing that a tree shows. -/
example : tree ({}, {}, { cuts := signs, parts := [⟨2, z_box.flat⟩] }, {}, ()) y_tree = false := by
  decide +kernel

/-- The cut with its signs exchanged: then form 1 would hold where the unit is at most 0. -/
example : tree ({}, {}, { cuts := [⟨0, 0, 1, 1, 2⟩] }, {}, ()) y_tree = false := by decide +kernel

/-- Coefficients of the hidden units, in digits of `k` bits. -/
@[expose] def wide (k : Nat) : Rows :=
  (y_rows.widen 2 k).linear 2 (⟨1, 2, 16, 1, [1, 0], [0, 1]⟩ : Const [2, 1])

/-- Digits that are too narrow for what the check computes, and a literal with a digit too many. -/
example : (TwoPiece.ok 2 0 1 (wide 32) z_rows z_box.flat 2 &&
    !TwoPiece.ok 2 0 1 (wide 8) z_rows z_box.flat 2 &&
    z_rows.ok 2 2 && !(halves [0x1a8, 0x68]).ok 2 2 && (bounds 0x88).ok 2 && !(bounds 0x188).ok 2) =
    true := by
  decide +kernel

/-! ## Sides of the input -/

/-- The hidden units `x` and `-x`, and their activations. -/
@[expose] def sides : Prog [[1]] [2] :=
  network fun x =>
  step (.linear (weight 0x00000001 0x00010000) bias : Op [[1]] [2]) x fun z =>
  step (.relu : Op [[2]] [2]) z fun h =>
  result h

/-- The hidden units. -/
@[expose] def s_trace : Trace [1] [[2], [1]] :=
  .bind .input (.linear (weight 0x00000001 0x00010000) bias) (.cons .last .nil)

/-- Their activations. -/
@[expose] def r_trace : Trace [1] [[2], [2], [1]] := s_trace.bind .relu (.cons .last .nil)

/-- Both units lie between -1 and 1. -/
theorem s_facts : s_trace.Facts x_box.inputs (z_box, x_box, ()) :=
  (Trace.Facts.box x_box).bind z_box (linear_maps (by decide +kernel))

/-- Form 0 belongs to inputs of at most 0, form 1 to inputs of at least 0. -/
@[expose] def s_cuts : Cuts [[2], [1]] := ({}, { cuts := [⟨0, 0, 1, 2, 1⟩] }, ())

/-- Form 0 is the first activation, form 1 the second one. -/
@[expose] def r_rows : Rows := ⟨1, 4, 8, [0x89, 0x98]⟩

/-- Half of the units. -/
@[expose] def s_rows : Rows := halves [0x89, 0x98]

/-- On its side of the input, a form of the units is at most 0. -/
theorem s_bounds : s_trace.Bounds x_box.inputs 2 s_cuts (some s_rows, .none) (bounds 0x88) :=
  .widen 32 (by decide +kernel) <| .linear (by decide +kernel) <|
  .input 32 (.box x_box) (by decide +kernel)

/-- And an activation is at most 1/2. -/
theorem r_bounds : r_trace.Bounds x_box.inputs 2 ({}, s_cuts) (some r_rows, .none) (bounds 0x99) :=
  .widen 32 (by decide +kernel) <| .relu s_facts s_rows (by decide +kernel) <|
  .weaken 32 s_bounds (by decide +kernel) (by decide +kernel)

/-- One of the activations is at most 1/2. -/
theorem sides_sat : Prog.Sat sides (x_box, ())
    fun _ _ _ y => Formula.Holds y (.or (.le [(1, 0)] 1 2) (.le [(1, 1)] 1 2)) :=
  .of_satOn <| .bind <| .bind <| .of_tree
    (.split (.before (.before .last)) 0 0 1 (.leaf 0 1) (.leaf 1 1)) r_bounds (by decide +kernel)

/-- The check of the input, with given cuts and bounds. -/
@[expose] def entry (cuts : List Cut) (upper : Lanes) : Bool :=
  let A := (s_rows.widen 2 32).linear 2 (weight 0x00000001 0x00010000)
  A.supOk 1 x_box.flat cuts && (A.sup 2 1 x_box.flat cuts).le 2 32 upper

/-- As above. -/
example : entry [⟨0, 0, 1, 2, 1⟩] (bounds 0x88) = true := by decide +kernel

/-- The same forms on all inputs are at most 1/2. -/
example : (entry [] (bounds 0x99) && !entry [] (bounds 0x89) && !entry [] (bounds 0x98)) = true := by
  decide +kernel

/-- The sides exchanged, a cut beyond the box, over another denominator, or twice for one form. -/
example : (entry [⟨0, 0, 1, 1, 2⟩] (bounds 0x88) || entry [⟨0, 2, 1, 2, 1⟩] (bounds 0x99) ||
    entry [⟨0, 0, 2, 2, 1⟩] (bounds 0x99) || entry [⟨1, 0, 1, 2, 1⟩] (bounds 0x99) ||
    entry [⟨0, 0, 1, 2, 1⟩, ⟨0, 0, 1, 2, 0⟩] (bounds 0x99)) = false := by
  decide +kernel

/-! ## Regions -/

/-- Two halves that meet. -/
example : splitOk x_box (interval 1 0) (interval 0 1) 0 = true := by decide +kernel

/-- Halves that overlap. -/
example : splitOk x_box (interval 1 1) (interval 1 1) 0 = true := by decide +kernel

/-- Parts with a gap, beyond either end, and in the other order. -/
example : (splitOk (interval 2 2) (interval 2 0) ⟨1, 4, 1, [1], [], [2], []⟩ 0 ||
    splitOk (interval 2 2) (interval 1 0) (interval 0 2) 0 ||
    splitOk (interval 2 2) (interval 2 0) (interval 0 1) 0 ||
    splitOk (interval 2 2) ⟨1, 4, 1, [], [], [2], []⟩ (interval 2 0) 0 ||
    splitOk x_box (interval 1 0) (interval 0 1) 1) = false := by
  decide +kernel

/-- A rectangle. -/
@[expose] def rectangle (low high : Nat) : Box [2] := ⟨1, 4, 2, [], [low], [high], []⟩

/-- A part that is smaller in another entry than the one that is split. -/
example : (splitOk (rectangle 0x11 0x11) (rectangle 0x11 0x10) (rectangle 0x10 0x11) 0 &&
    !splitOk (rectangle 0x11 0x11) (rectangle 0x01 0x10) (rectangle 0x10 0x11) 0 &&
    !splitOk (rectangle 0x11 0x11) (rectangle 0x11 0x10) (rectangle 0x10 0x01) 0) = true := by
  decide +kernel

/-- The whole from two regions. -/
theorem regions {post : Post [1]} (low : Prog.Sat difference (interval 1 0, ()) post)
    (high : Prog.Sat difference (interval 0 1, ()) post) : Prog.Sat difference (x_box, ()) post :=
  .split 0 _ _ (by decide +kernel) low high

/-! ## Leaves that are empty -/

/-- The form without coefficients is zero: bounded below zero it shows that nothing is there. Bounded by
zero, or with a coefficient, it does not. -/
example : ((halves [0x8]).goalOk 1 (bounds 0x7) 0 1 .false &&
    !(halves [0x8]).goalOk 1 (bounds 0x8) 0 1 .false &&
    !(halves [0x9]).goalOk 1 (bounds 0x7) 0 1 .false) = true := by decide +kernel

end Lemmanet.Test.Split
