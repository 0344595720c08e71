module

public import Lemmanet

/-! A relaxation that cuts the activation: on `[-1, 1]` the relu of `z` is at most `z / 2 + 1 / 2`, not
`z / 2 + 1 / 4`. -/

public noncomputable section

open Lemmanet

/-- The interval from -1 to 1. -/
@[expose] def input : Box [1] := ⟨1, 4, 1, [], [1], [1], []⟩

/-- The relu of it. -/
@[expose] def trace : Trace [1] [[1], [1]] := .bind .input .relu (.cons .last .nil)

/-- The coefficient 1, or 1/2. -/
@[expose] def rows (den : Nat) : Rows := ⟨den, 4, 8, [9]⟩

/-- `z / 2` is at most 1/2. -/
theorem argument : Trace.input.Bounds input.inputs 1 .none (some (rows 2), ()) ⟨4, 4, 8, 10⟩ :=
  .widen 32 (by decide +kernel) <| .input 32 (.box input) (by decide +kernel)

/-- The relu is at most 1. -/
theorem right : trace.Bounds input.inputs 1 .none (some (rows 1), .none) ⟨4, 4, 8, 12⟩ :=
  .widen 32 (by decide +kernel) <| .relu (.box input) (rows 2) (by decide +kernel) <|
  .weaken 32 argument (by decide +kernel) (by decide +kernel)

/-- And not at most 3/4. -/
theorem wrong : trace.Bounds input.inputs 1 .none (some (rows 1), .none) ⟨4, 4, 8, 11⟩ :=
  .widen 32 (by decide +kernel) <| .relu (.box input) (rows 2) (by decide +kernel) <|
  .weaken 32 argument (by decide +kernel) (by decide +kernel) -- refused here
