module

public import Lemmanet

/-! Operators that move entries: what their checks accept, and what they refuse. -/

public noncomputable section

namespace Lemmanet.Test.Movement

open Lemmanet

/-- A box over the denominator `den`, with digits of eight bits, `line` in a literal. -/
@[expose] def box (s : Shape) (low high : List Nat) (den : Nat := 1) (line : Nat := 16) : Box s :=
  ⟨den, 8, line, low, [], high, []⟩

/-- `arange(6)` as `[2, 3]`, each entry up to one more. -/
@[expose] def rows : Box [2, 3] := box _ [0x050403020100] [0x060504030201]

/-! ## Reshape -/

/-- The same digits. -/
theorem reshaped : (Op.reshape (by decide) : Op [[2, 3]] [3, 2]).Maps (rows, ())
    (box _ [0x050403020100] [0x060504030201]) :=
  reshape_maps (by decide +kernel)

/-! Other digits, the same box: split over two literals, over another denominator, and wider. -/

example : reshapeCheck rows (box [6] [0x020100, 0x050403] [0x030201, 0x060504] (line := 3)) =
    true := by
  decide +kernel

example : reshapeCheck rows (box [6] [0x0a0806040200] [0x0c0a08060402] (den := 2)) = true := by
  decide +kernel

example : reshapeCheck rows (box [6] [0x040302010000] [0x070605040302]) = true := by decide +kernel

/-! A lower end too high, an upper end too low, in the first and in the last entry. -/

example : reshapeCheck rows (box [6] [0x050403020101] [0x060504030201]) = false := by decide +kernel

example : reshapeCheck rows (box [6] [0x050403020100] [0x050504030201]) = false := by decide +kernel

/-! The same digits over another denominator. -/

example : reshapeCheck rows (box [6] [0x050403020100] [0x060504030201] (den := 2)) = false := by
  decide +kernel

/-! No denominator, no digits in a literal. -/

example : reshapeCheck rows (box [6] [0x050403020100] [0x070605040302] (den := 0)) = false := by
  decide +kernel

example : reshapeCheck rows (box [6] [0x050403020100] [0x070605040302] (line := 0)) = false := by
  decide +kernel

/-! ## Transpose -/

/-- The transpose of `arange(6)`. -/
theorem transposed : (Op.transpose [1, 0] : Op [[2, 3]] [3, 2]).Maps (rows, ())
    (box _ [0x050204010300] [0x060305020401]) :=
  transpose_maps (by decide +kernel)

/-! Two entries exchanged. -/

example : transposeCheck (s := [2, 3]) [1, 0] rows (box _ [0x050201040300] [0x060302050401]) =
    false := by
  decide +kernel

/-! Not moved at all, but claimed to be. -/

example : transposeCheck (s := [2, 3]) [1, 0] rows (box _ [0x050403020100] [0x060504030201]) =
    false := by
  decide +kernel

/-! Not a permutation: an axis twice, an axis that is not there. -/

example : transposeCheck (s := [1, 1]) [0, 0] (box _ [0x00] [0x01]) (box _ [0x00] [0x01]) =
    false := by
  decide +kernel

example : transposeCheck (s := [1, 1]) [0, 2] (box _ [0x00] [0x01]) (box _ [0x00] [0x01]) =
    false := by
  decide +kernel

/-! ## Slice -/

/-- `x[:, 2::-2]`. -/
theorem sliced : (Op.slice [0, 2] [1, -2] : Op [[2, 3]] [2, 2]).Maps (rows, ())
    (box _ [0x03050002] [0x04060103]) :=
  slice_maps (by decide +kernel)

/-! Another step, another start. -/

example : sliceCheck [0, 2] [1, -1] rows (box [2, 2] [0x03050002] [0x04060103]) = false := by
  decide +kernel

example : sliceCheck [0, 1] [1, -2] rows (box [2, 2] [0x03050002] [0x04060103]) = false := by
  decide +kernel

/-! Beyond the end of the input, even where the box holds every digit. -/

example : sliceCheck [1, 2] [1, 1] rows (box [1, 2] [0x0000] [0xffff]) = false := by decide +kernel

/-! An output with another number of axes. -/

example : sliceCheck [0, 0] [1, 1] rows (box [6] [0] [0xffffffffffff]) = false := by decide +kernel

/-! ## Pad -/

/-- A margin of `1/2` in front of each row and behind it. -/
theorem padded : (Op.pad [0, 1] 1 2 : Op [[2, 3]] [2, 5]).Maps (rows, ())
    (box _ [0x00050403000002010000] [0x01060504010103020101]) :=
  pad_maps (by decide +kernel)

/-! The margin lies outside the box, above and below. -/

example : padCheck [0, 1] 3 2 rows (box [2, 5] [0x00050403000002010000] [0x01060504010103020101]) =
    false := by
  decide +kernel

example : padCheck [0, 1] (-1) 2 rows
    (box [2, 5] [0x00050403000002010000] [0x01060504010103020101]) = false := by
  decide +kernel

/-! A margin without a denominator; one on the wrong axis; an entry that is not contained. -/

example : padCheck [0, 1] 1 0 rows (box [2, 5] [0x00050403000002010000] [0x01060504010103020101]) =
    false := by
  decide +kernel

example : padCheck [1, 0] 1 2 rows (box [2, 5] [0x00050403000002010000] [0x01060504010103020101]) =
    false := by
  decide +kernel

example : padCheck [0, 1] 1 2 rows (box [2, 5] [0x00050403000002010000] [0x01060504010103010101]) =
    false := by
  decide +kernel

/-! ## Concat -/

/-- Two rows of three and of one, one after the other along axis 1. -/
theorem joined : (Op.concat 2 3 1 : Op [[2, 3], [2, 1]] [2, 4]).Maps
    (rows, box _ [0x0807] [0x0908], ()) (box _ [0x0805040307020100] [0x0906050408030201]) :=
  concat_maps (by decide +kernel)

/-! The other order, and a box that misses one end of each part. -/

example : concatCheck 2 3 1 rows (box [2, 1] [0x0708] [0x0809])
    (box [2, 4] [0x0805040307020100] [0x0906050408030201]) = false := by
  decide +kernel

example : concatCheck 2 3 1 rows (box [2, 1] [0x0807] [0x0908])
    (box [2, 4] [0x0805040307020200] [0x0906050408030201]) = false := by
  decide +kernel

example : concatCheck 2 3 1 rows (box [2, 1] [0x0807] [0x0908])
    (box [2, 4] [0x0805040307020100] [0x0806050408030201]) = false := by
  decide +kernel

/-! Numbers of entries that do not fit the shapes. -/

example : concatCheck 1 3 1 rows (box [2, 1] [0x0807] [0x0908])
    (box [2, 4] [0] [0xffffffffffffffff]) = false := by
  decide +kernel

example : concatCheck 2 2 2 rows (box [2, 1] [0x0807] [0x0908])
    (box [2, 4] [0] [0xffffffffffffffff]) = false := by
  decide +kernel

end Lemmanet.Test.Movement
