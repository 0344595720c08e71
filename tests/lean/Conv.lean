module

public import Lemmanet

/-!
Convolutions small enough to follow. The first one has the kernel `1 -2 / 3 4`, a row and a column of
padding in front and the bias 1, on a 2 × 2 image `a b / c d` in the unit box:

  `y₀₀ = 4 a + 1`, `y₀₁ = 3 a + 4 b + 1`, `y₁₀ = -2 a + 4 c + 1`, `y₁₁ = a - 2 b + 3 c + 4 d + 1`,

so that the outputs lie in `[1, 5]`, `[1, 8]`, `[-1, 5]` and `[-1, 9]`. The second one has two groups,
a stride, a dilation and bounds of both signs. The checks accept these bounds and refuse whatever is
changed.
-/

public noncomputable section

namespace Lemmanet.Test.Conv

open Lemmanet

/-- The geometry, with `top` rows of padding. -/
@[expose] def window (top : Nat) : Window where
  kernel := (2, 2)
  padding := (top, 1)

/-- The weight, given its positive digits. -/
@[expose] def weight (pos : Nat) : Const [1, 1, 2, 2] where
  den := 1
  width := 4
  stride := 4
  line := 4
  pos := [pos]
  neg := [0x0020]

/-- The bias, over a denominator. -/
@[expose] def bias (den : Nat) : Const [1] where
  den := den
  width := 4
  stride := 4
  line := 1
  pos := [1]
  neg := []

/-- Images from zero to the digits of `high`. -/
@[expose] def input (high : Nat) : Box [1, 2, 2] where
  den := 1
  width := 4
  line := 4
  lowPos := []
  lowNeg := []
  highPos := [high]
  highNeg := []

/-- Outputs, in literals of three digits and one. -/
@[expose] def output (lowPos lowNeg highPos : Nat) : Box [1, 2, 2] where
  den := 1
  width := 4
  line := 3
  lowPos := [lowPos % 0x1000, lowPos / 0x1000]
  lowNeg := [lowNeg % 0x1000, lowNeg / 0x1000]
  highPos := [highPos % 0x1000, highPos / 0x1000]
  highNeg := []

/-- The check with bounds that can be changed. -/
@[expose] def check (lowPos lowNeg highPos : Nat) : Bool :=
  convCheck 13 (window 1) 1 (weight 0x4301) (bias 1) (input 0x1111) (output lowPos lowNeg highPos)

/-- The exact bounds are accepted. -/
theorem accepted : check 0x0011 0x1100 0x9585 = true := by decide +kernel

/-- And looser ones. -/
example : check 0x0001 0x2100 0x9586 = true := by decide +kernel

/-- Lower bounds that are one too high, at each of the four pixels. -/
example : (check 0x0012 0x1100 0x9585 || check 0x0021 0x1100 0x9585 ||
    check 0x0011 0x1000 0x9585 || check 0x0011 0x0100 0x9585) = false := by
  decide +kernel

/-- Upper bounds that are one too low, at each of the four pixels. -/
example : (check 0x0011 0x1100 0x9584 || check 0x0011 0x1100 0x9575 ||
    check 0x0011 0x1100 0x9485 || check 0x0011 0x1100 0x8585) = false := by
  decide +kernel

/-- A wrong weight. -/
example : convCheck 13 (window 1) 1 (weight 0x4302) (bias 1) (input 0x1111)
    (output 0x0011 0x1100 0x9585) = false := by
  decide +kernel

/-- A larger input box. -/
example : convCheck 13 (window 1) 1 (weight 0x4301) (bias 1) (input 0x2111)
    (output 0x0011 0x1100 0x9585) = false := by
  decide +kernel

/-- Digits too narrow for the sums: one bit less is refused. -/
example : convCheck 12 (window 1) 1 (weight 0x4301) (bias 1) (input 0x1111)
    (output 0x0011 0x1100 0x9585) = false := by
  decide +kernel

/-- More padding than the kernel is high. -/
example : convCheck 13 (window 2) 1 (weight 0x4301) (bias 1) (input 0x1111)
    (output 0x0011 0x1100 0x9585) = false := by
  decide +kernel

/-- Groups that do not divide the channels. -/
example : convCheck 13 (window 1) 2 (weight 0x4301) (bias 1) (input 0x1111)
    (output 0x0011 0x1100 0x9585) = false := by
  decide +kernel

/-- A denominator of zero. -/
example : convCheck 13 (window 1) 1 (weight 0x4301) (bias 0) (input 0x1111)
    (output 0x0011 0x1100 0x9585) = false := by
  decide +kernel

/-- The theorem that the check gives. -/
theorem maps : Op.Maps (.conv2d (window 1) 1 (weight 0x4301) (bias 1) : Op [[1, 2, 2]] [1, 2, 2])
    (input 0x1111, ()) (output 0x0011 0x1100 0x9585) :=
  conv_maps accepted

/-- Two channels, each a group of its own, every other row, and taps two columns apart:
`y₀ = x₀₀ - x₀₂` and `y₁ = (2 x₁₀ + x₁₂) / 3 + 1 / 2` in rows 0 and 2. -/
@[expose] def grouped : Window where
  kernel := (1, 2)
  stride := (2, 1)
  dilation := (1, 2)

/-- The weights over the denominator 3, six bits apart. -/
@[expose] def weights : Const [2, 1, 1, 2] where
  den := 3
  width := 4
  stride := 6
  line := 4
  pos := [3 + 2 * 2 ^ 12 + 2 ^ 18]
  neg := [3 * 2 ^ 6]

/-- The biases 0 and 1/2. -/
@[expose] def biases : Const [2] where
  den := 2
  width := 1
  stride := 1
  line := 1
  pos := [0, 1]
  neg := []

/-- Channel 0 in the unit box, channel 1 from -1 to 3, a row in a literal. -/
@[expose] def images : Box [2, 3, 3] where
  den := 1
  width := 4
  line := 3
  lowPos := []
  lowNeg := [0, 0, 0, 0x111, 0x111, 0x111]
  highPos := [0x111, 0x111, 0x111, 0x333, 0x333, 0x333]
  highNeg := []

/-- The bounds over the denominator 4: from -1 to 1, and from -1/2 to `high / 4`. -/
@[expose] def outputs (high : Nat) : Box [2, 2, 1] where
  den := 4
  width := 4
  line := 4
  lowPos := []
  lowNeg := [0x2244]
  highPos := [high]
  highNeg := []

/-- The exact bounds are accepted. -/
theorem groupedAccepted : convCheck 14 grouped 2 weights biases images (outputs 0xee44) = true := by
  decide +kernel

/-- Upper bounds of the last pixels of each channel that are too low. -/
example : (convCheck 14 grouped 2 weights biases images (outputs 0xde44) ||
    convCheck 14 grouped 2 weights biases images (outputs 0xee34)) = false := by
  decide +kernel

/-- The channels of the weight in one group: there are not as many input channels. -/
example : convCheck 14 grouped 1 weights biases images (outputs 0xee44) = false := by
  decide +kernel

/-- The theorem that the check gives. -/
theorem groupedMaps : Op.Maps (.conv2d grouped 2 weights biases : Op [[2, 3, 3]] [2, 2, 1])
    (images, ()) (outputs 0xee44) :=
  conv_maps groupedAccepted

end Lemmanet.Test.Conv
