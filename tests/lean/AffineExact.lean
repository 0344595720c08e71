module

public import Lemmanet

/-!
Two forms of what operators make of a 2 × 2 image `a b / c d` in the unit box, for each operator that rows
pass exactly. The bounds are the largest values there are: they are accepted, and smaller ones are refused.
-/

public noncomputable section

namespace Lemmanet.Test.AffineExact

open Lemmanet

/-- The images. -/
@[expose] def image : Box [1, 2, 2] := ⟨1, 4, 4, [], [], [0x1111], []⟩

/-- Two forms, with digits of four bits: 8 is the coefficient 0. -/
@[expose] def forms (entries : List Nat) : Rows := ⟨1, 4, 8, entries⟩

/-- Forms in wider digits, as steps need them. -/
@[expose] def wide (entries : List Nat) : Rows := (forms entries).widen 2 32

/-- Two fractions over four, with digits of eight bits: 0x80 is zero. -/
@[expose] def quarters (num : Nat) : Lanes := ⟨4, 8, 0x80, num⟩

/-- The forms of the image are at most the bounds. -/
@[expose] def atMost (rows : Rows) (upper : Lanes) : Bool :=
  rows.supOk 4 image.flat [] && (rows.sup 2 4 image.flat []).le 2 32 upper

/-! ## Convolutions

With the kernel `1 -2 / 3 4`, a row and a column of padding in front and the bias 1:
`y₁₁ - y₁₀ = 3 a - 2 b - c + 4 d` and `y₀₀ + y₀₁ = 7 a + 4 b + 2`. -/

/-- The geometry. -/
@[expose] def window : Window := { kernel := (2, 2), padding := (1, 1) }

/-- The kernel. -/
@[expose] def weight : Const [1, 1, 2, 2] := ⟨1, 4, 4, 4, [0x4301], [0x0020]⟩

/-- The bias. -/
@[expose] def bias : Const [1] := ⟨1, 4, 4, 1, [1], []⟩

/-- The differences. -/
@[expose] def differences : List Nat := [0x98, 0x98, 0x87, 0x89]

/-- They are at most 7 and 13. -/
theorem conv2d : (Trace.input.bind (.conv2d window 1 weight bias : Op [[1, 2, 2]] [1, 2, 2])
    (.cons .last .nil)).Bounds image.inputs 2 .none (some (forms differences), .none)
    (quarters 0xb49c) :=
  .widen 32 (by decide +kernel) <| .conv2d (by decide +kernel) <|
  .input 32 (.box image) (by decide +kernel)

/-- The check, with given bounds. -/
@[expose] def convolved (weight : Const [1, 1, 2, 2]) (upper : Lanes) : Bool :=
  atMost ((wide differences).convBack 2 window 1 weight 2 2 2 2)
    (upper.sub 2 ((wide differences).convBias 2 bias 2 2))

/-- As above. -/
example : convolved weight (quarters 0xb49c) = true := by decide +kernel

/-- Smaller bounds, and another kernel. -/
example : (convolved weight (quarters 0xb49b) || convolved weight (quarters 0xb39c) ||
    convolved ⟨1, 4, 4, 4, [0x4302], [0x0020]⟩ (quarters 0xb49c)) = false := by decide +kernel

/-- Two groups do not divide one channel, and a stride of zero is none. -/
example : ((wide differences).convStepOk 2 window 2 weight bias 1 2 2 2 2 (.last : Var [[1, 2, 2]] _)
      (none, ()) ((quarters 0).widen 2 32) ||
    (wide differences).convStepOk 2 { window with stride := (0, 1) } 1 weight bias 1 2 2 2 2
      (.last : Var [[1, 2, 2]] _) (none, ()) ((quarters 0).widen 2 32)) = false := by
  decide +kernel

/-- Two groups, every second row, columns two apart: channel 0 is `2 a - b`, channel 1 is
`-c + 3 d + 1` for the second image. -/
theorem grouped : (Trace.input.bind (.conv2d { kernel := (1, 2), stride := (2, 1), dilation := (1, 2) } 2
      (⟨1, 4, 4, 4, [0x3002], [0x0110]⟩ : Const [2, 1, 1, 2]) (⟨1, 4, 4, 2, [0x10], []⟩ : Const [2]) :
      Op [[2, 2, 3]] [2, 1, 1]) (.cons .last .nil)).Bounds
    (⟨1, 4, 12, [], [], [0x111111111111], []⟩ : Box [2, 2, 3]).inputs 2 .none
    (some (forms [0x89, 0x98]), .none) (quarters 0x9088) :=
  .widen 32 (by decide +kernel) <| .conv2d (by decide +kernel) <|
  .input 32 (.box _) (by decide +kernel)

/-! ## Pools and sums

With the window above, padding counted: `y₁₁ - y₁₀ = (b + d) / 4` and `y₀₀ + y₀₁ = (2 a + b) / 4`. -/

/-- They are at most 2/4 and 3/4. -/
theorem avgPool2d : (Trace.input.bind (.avgPool2d window true : Op [[1, 2, 2]] [1, 2, 2])
    (.cons .last .nil)).Bounds image.inputs 2 .none (some (forms differences), .none)
    (quarters 0x8382) :=
  .widen 32 (by decide +kernel) <| .avgPool2d (by decide +kernel) <|
  .input 32 (.box image) (by decide +kernel)

/-- Smaller bounds. -/
example : (atMost ((wide differences).poolBack 2 window 1 2 2 2 2) (quarters 0x8381) ||
    atMost ((wide differences).poolBack 2 window 1 2 2 2 2) (quarters 0x8282)) = false := by
  decide +kernel

/-- Windows that count different numbers of pixels. -/
example : (wide differences).poolStepOk 2 window false 1 2 2 2 2 (.last : Var [[1, 2, 2]] _)
    (none, ()) = false := by decide +kernel

/-- A window without padding, whose mean is at most 1 and at least 0. -/
theorem unpadded : (Trace.input.bind (.avgPool2d { kernel := (2, 2) } false : Op [[1, 2, 2]] [1, 1, 1])
    (.cons .last .nil)).Bounds image.inputs 2 .none (some (forms [0x79]), .none) (quarters 0x8084) :=
  .widen 32 (by decide +kernel) <| .avgPool2d (by decide +kernel) <|
  .input 32 (.box image) (by decide +kernel)

/-- The mean of all pixels. -/
theorem globalAvgPool : (Trace.input.bind (.globalAvgPool : Op [[1, 2, 2]] [1, 1, 1])
    (.cons .last .nil)).Bounds image.inputs 2 .none (some (forms [0x79]), .none) (quarters 0x8084) :=
  .widen 32 (by decide +kernel) <| .globalAvgPool (by decide +kernel) <|
  .input 32 (.box image) (by decide +kernel)

/-- `(a + c) - (b + d)` is at most 2, the sum of all is at most 4. -/
theorem reduceSum : (Trace.input.bind (.reduceSum 1 : Op [[1, 2, 2]] [1, 2])
    (.cons .last .nil)).Bounds image.inputs 2 .none (some (forms [0x99, 0x97]), .none)
    (quarters 0x9088) :=
  .widen 32 (by decide +kernel) <| .reduceSum (by decide +kernel) <|
  .input 32 (.box image) (by decide +kernel)

/-- `(a + b) / 2 - (c + d) / 2` is at most 1, the sum of both at most 2. -/
theorem reduceMean : (Trace.input.bind (.reduceMean 2 : Op [[1, 2, 2]] [1, 2])
    (.cons .last .nil)).Bounds image.inputs 2 .none (some (forms [0x99, 0x97]), .none)
    (quarters 0x8884) :=
  .widen 32 (by decide +kernel) <| .reduceMean (by decide +kernel) <|
  .input 32 (.box image) (by decide +kernel)

/-- Smaller bounds. -/
example : (atMost ((wide [0x99, 0x97]).axis [1, 2] 2 2 1) (quarters 0x9087) ||
    atMost ((wide [0x99, 0x97]).axis [1, 2] 2 2 1) (quarters 0x8f88) ||
    atMost ((wide [0x99, 0x97]).axis [1, 2] 1 2 2) (quarters 0x8883) ||
    atMost ((wide [0x79]).axis [1, 1, 1] 1 4 4) (quarters 0x7f84)) = false := by decide +kernel

/-! ## Parts and copies -/

/-- The image twice: an entry minus itself is 0, one plus itself at most 2. -/
theorem concat : (Trace.input.bind (.concat 1 4 4 : Op [[1, 2, 2], [1, 2, 2]] [2, 2, 2])
    (.cons .last (.cons .last .nil))).Bounds image.inputs 2 .none
    (some (forms [0x89, 0x98, 0x88, 0x88, 0x87, 0x98, 0x88, 0x88]), .none) (quarters 0x8880) :=
  .widen 32 (by decide +kernel) <| .concat (by decide +kernel) <|
  .input 32 (.box image) (by decide +kernel)

/-- `c - b` is at most 1, `a + c` at most 2. -/
theorem transpose : (Trace.input.bind (.transpose [0, 2, 1] : Op [[1, 2, 2]] [1, 2, 2])
    (.cons .last .nil)).Bounds image.inputs 2 .none (some (forms [0x98, 0x99, 0x87, 0x88]), .none)
    (quarters 0x8884) :=
  .widen 32 (by decide +kernel) <| .transpose 4 0x4231 (by decide +kernel) <|
  .input 32 (.box image) (by decide +kernel)

/-- The last row: `c - d` is at most 1, `-c` at most 0. -/
theorem slice : (Trace.input.bind (.slice [0, 1, 0] [1, 1, 1] : Op [[1, 2, 2]] [1, 1, 2])
    (.cons .last .nil)).Bounds image.inputs 2 .none (some (forms [0x79, 0x87]), .none)
    (quarters 0x8084) :=
  .widen 32 (by decide +kernel) <| .slice 4 0x2100 (by decide +kernel) <|
  .input 32 (.box image) (by decide +kernel)

/-- A row of `-1/2` in front: `y₀₀ + y₁₀ = a - 1/2` is at most 1/2, `y₂₁ - y₀₁ = d + 1/2` at most 3/2. -/
theorem pad : (Trace.input.bind (.pad [0, 1, 0] (-1) 2 : Op [[1, 2, 2]] [1, 3, 2])
    (.cons .last .nil)).Bounds image.inputs 2 .none
    (some (forms [0x89, 0x78, 0x89, 0x88, 0x88, 0x98]), .none) (quarters 0x8682) :=
  .widen 32 (by decide +kernel) <| .pad 4 0x6543 (by decide +kernel) <|
  .input 32 (.box image) (by decide +kernel)

/-- Where the entries of the image go, for a transpose, a slice and a margin. -/
@[expose] def moves (transposed sliced padded : Nat) : Bool :=
  (wide [0x98, 0x99, 0x87, 0x88]).gatherOk 4 4 4 transposed
      (fun k => some (transposeIndex [1, 2, 2] [0, 2, 1] k)) ||
    (wide [0x79, 0x87]).gatherOk 4 2 4 sliced
      (fun k => some (sliceIndex [1, 2, 2] [1, 1, 2] [0, 1, 0] [1, 1, 1] k)) ||
    (wide [0x89, 0x78, 0x89, 0x88, 0x88, 0x98]).gatherOk 4 6 4 padded
      (padIndex [1, 2, 2] [1, 3, 2] [0, 1, 0])

/-- To another place, to two places, nowhere, from the margin, beyond the end. -/
example : (moves 0x4321 0x2110 0x6541 || moves 0x4230 0x0100 0x5643 || moves 0 0 0 ||
    moves 0x5231 0x3100 0x7543) = false := by decide +kernel

end Lemmanet.Test.AffineExact
