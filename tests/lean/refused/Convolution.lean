module

public import Lemmanet

/-! A convolution with one weight less: `2 a + 3 b` of two pixels in the unit box is at most 5, not 4. -/

public noncomputable section

open Lemmanet

/-- Two pixels. -/
@[expose] def input : Box [1, 1, 2] := ⟨1, 4, 2, [], [], [0x11], []⟩

/-- Their convolution. -/
@[expose] def trace : Trace [1, 1, 2] [[1, 1, 1], [1, 1, 2]] :=
  .bind .input (.conv2d { kernel := (1, 2) } 1 (⟨1, 4, 4, 2, [0x32], []⟩ : Const [1, 1, 1, 2])
    (⟨1, 4, 4, 1, [], []⟩ : Const [1])) (.cons .last .nil)

/-- It is at most 5. -/
theorem right : trace.Bounds input.inputs 1 .none (some ⟨1, 4, 8, [9]⟩, .none) ⟨1, 4, 8, 13⟩ :=
  .widen 32 (by decide +kernel) <| .conv2d (by decide +kernel) <|
  .input 32 (.box input) (by decide +kernel)

/-- And not at most 4. -/
theorem wrong : trace.Bounds input.inputs 1 .none (some ⟨1, 4, 8, [9]⟩, .none) ⟨1, 4, 8, 12⟩ :=
  .widen 32 (by decide +kernel) <| .conv2d (by decide +kernel) <|
  .input 32 (.box input) (by decide +kernel) -- refused here
