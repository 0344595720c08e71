module

public import Lemmanet

/-! A tree whose leaf uses a form that is bounded on the other side only: `relu x` of a number from -1 to 1
is at most 0 where the number is, and at most 1 elsewhere. -/

public noncomputable section

open Lemmanet

/-- A number. -/
@[expose] def input : Box [1] := ⟨1, 4, 1, [], [1], [1], []⟩

/-- Its positive part. -/
@[expose] def model : Prog [[1]] [1] :=
  network fun x =>
  step (.relu : Op [[1]] [1]) x fun y =>
  result y

/-- What runs. -/
@[expose] def trace : Trace [1] [[1], [1]] := .bind .input .relu (.cons .last .nil)

/-- Form 0 is bounded where the number is at most 0, form 1 where it is at least 0. -/
@[expose] def cuts : Cuts [[1], [1]] := ({}, { cuts := [⟨0, 0, 1, 2, 1⟩] }, ())

/-- Coefficients of the number: none where its positive part is zero. -/
@[expose] def rows : Rows := ⟨1, 4, 8, [0x98]⟩

/-- The positive part is at most 0 here and at most 1 there. -/
theorem bounds : trace.Bounds input.inputs 2 cuts (some ⟨1, 4, 8, [0x99]⟩, .none) ⟨1, 4, 8, 0x98⟩ :=
  .widen 32 (by decide +kernel) <| .relu (.box input) rows (by decide +kernel) <|
  .widen 32 (by decide +kernel) <| .input 32 (.box input) (by decide +kernel)

/-- It is at most 1. -/
theorem right : Prog.Sat model (input, ()) fun _ _ _ y => Formula.Holds y (.le [(1, 0)] 1 1) :=
  .of_satOn <| .bind <|
  .of_tree (.split (.before .last) 0 0 1 (.leaf 0 1) (.leaf 1 1)) bounds (by decide +kernel)

/-- And not at most 0, though form 0 is. -/
theorem wrong : Prog.Sat model (input, ()) fun _ _ _ y => Formula.Holds y (.le [(1, 0)] 0 1) :=
  .of_satOn <| .bind <|
  .of_tree (.split (.before .last) 0 0 1 (.leaf 0 1) (.leaf 0 1)) bounds (by decide +kernel) -- refused here
