module

public import Lemmanet.Spec.Op

/-!
# What the operators mean, on small tensors

The expected values are those of ONNX, worked out by hand.
-/

namespace Lemmanet

/-! ## Index maps -/

/-! `arange(6)` as `[2, 3]`, transposed. -/

example : (List.range 6).map (transposeIndex [2, 3] [1, 0]) = [0, 3, 1, 4, 2, 5] := by
  decide +kernel

/-! `arange(12)` as `[2, 3, 2]` with `perm = [2, 0, 1]`: output `[i, j, k]` is input `[j, k, i]`. -/

example : (List.range 12).map (transposeIndex [2, 3, 2] [2, 0, 1]) =
    [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11] := by
  decide +kernel

/-! `perm = [1, 2, 0]` is its inverse. -/

example : (List.range 12).map
    (fun k => transposeIndex [2, 3, 2] [2, 0, 1] (transposeIndex [2, 2, 3] [1, 2, 0] k)) =
    List.range 12 := by
  decide +kernel

/-! `x[:, 4::-2]` of a `[2, 5]`. -/

example : (List.range 6).map (sliceIndex [2, 5] [2, 3] [0, 4] [1, -2]) = [4, 2, 0, 9, 7, 5] := by
  decide +kernel

/-! `x[1:, 1:4:2]` of a `[3, 4]`. -/

example : (List.range 4).map (sliceIndex [3, 4] [2, 2] [1, 1] [1, 2]) = [5, 7, 9, 11] := by
  decide +kernel

/-! A `[2, 2]` with one row above, one column to the left and one to the right. -/

example : (List.range 12).map (padIndex [2, 2] [3, 4] [1, 1]) =
    [none, none, none, none, none, some 0, some 1, none, none, some 2, some 3, none] := by
  decide +kernel

/-! Coordinates and flat indices. -/

example : Shape.unravel [2, 3, 4] 17 = [1, 1, 1] := by decide +kernel

example : Shape.ravel [2, 3, 4] [1, 2, 3] = 23 := by decide +kernel

/-! ## Windows -/

/-! A window of 2 × 2 pixels with stride 2 on a 3 × 3 image with a margin of one: the corner sees
one pixel. -/

example : Window.taps ⟨(2, 2), (2, 2), (1, 1), (1, 1)⟩ 3 3 0 0 0 = [0] := by decide +kernel

example : Window.taps ⟨(2, 2), (2, 2), (1, 1), (1, 1)⟩ 3 3 0 0 1 = [1, 2] := by decide +kernel

example : Window.taps ⟨(2, 2), (2, 2), (1, 1), (1, 1)⟩ 3 3 0 1 1 = [4, 5, 7, 8] := by
  decide +kernel

/-! The second channel starts nine pixels later. -/

example : Window.taps ⟨(2, 2), (2, 2), (1, 1), (1, 1)⟩ 3 3 1 1 1 = [13, 14, 16, 17] := by
  decide +kernel

/-! A dilated window takes every second pixel. -/

example : Window.taps ⟨(2, 2), (1, 1), (0, 0), (2, 2)⟩ 4 4 0 0 1 = [1, 3, 9, 11] := by
  decide +kernel

/-! A kernel of two rows and three columns, with different strides. -/

example : Window.taps ⟨(2, 3), (1, 2), (0, 0), (1, 1)⟩ 3 5 0 1 1 = [7, 8, 9, 12, 13, 14] := by
  decide +kernel

/-! ## Values over the rational numbers -/

/-! Pixels of the padding are zeros; inside, the image is shifted by the margin. -/

example : let x : Tensor Rat [1, 2, 2] := .ofFn fun k => [1, 2, 3, 4].getD k 0
    [(0, 0), (0, 1), (1, 1), (1, 2), (2, 1), (2, 2), (3, 3), (1, 3)].map
      (fun p => x.padded 1 1 0 p.1 p.2) = [0, 0, 1, 2, 3, 4, 0, 0] := by
  decide +kernel

/-! `[[1, 2, 3], [4, 5, 6]]` summed over its axes. -/

example : let x : Tensor Rat [2, 3] := .ofFn fun k => [1, 2, 3, 4, 5, 6].getD k 0
    (List.range 3).map (axisSum x 0) = [5, 7, 9] ∧ (List.range 2).map (axisSum x 1) = [6, 15] := by
  decide +kernel

/-! The middle axis of a `[2, 2, 2]`. -/

example : let x : Tensor Rat [2, 2, 2] := .ofFn fun k => [1, 2, 3, 4, 5, 6, 7, 8].getD k 0
    (List.range 4).map (axisSum x 1) = [4, 6, 12, 14] := by
  decide +kernel

example : let x : Tensor Rat [2, 2] := .ofFn fun k => [1, 2, 3, 4].getD k 0
    (List.range 2).map ((Op.reduceMean (s := [2, 2]) 0).denote (x, ())).at = [2, 3] := by
  decide +kernel

/-! `[[1], [2]]` and `[[3, 4], [5, 6]]`, one after the other along axis 1, then along axis 0. -/

example : let x : Tensor Rat [2, 1] := .ofFn fun k => [1, 2].getD k 0
    let y : Tensor Rat [2, 2] := .ofFn fun k => [3, 4, 5, 6].getD k 0
    let z : Tensor Rat [2, 3] := (Op.concat 2 1 2).denote (x, y, ())
    (List.range 6).map z.at = [1, 3, 4, 2, 5, 6] := by
  decide +kernel

example : let x : Tensor Rat [1, 2] := .ofFn fun k => [1, 2].getD k 0
    let y : Tensor Rat [2, 2] := .ofFn fun k => [3, 4, 5, 6].getD k 0
    let z : Tensor Rat [3, 2] := (Op.concat 1 2 4).denote (x, y, ())
    (List.range 6).map z.at = [1, 2, 3, 4, 5, 6] := by
  decide +kernel

/-! Padding takes no part in a maximum: the corner window sees only `-5`. -/

example : let x : Tensor Rat [1, 2, 2] := .ofFn fun k => [-5, -7, -6, -8].getD k 0
    let y : Tensor Rat [1, 2, 2] := (Op.maxPool2d ⟨(2, 2), (1, 1), (1, 1), (1, 1)⟩).denote (x, ())
    (List.range 4).map y.at = [-5, -5, -5, -5] := by
  decide +kernel

/-! The mean of a corner window over its one pixel, or over all four with the padding as zeros. -/

example : let x : Tensor Rat [1, 2, 2] := .ofFn fun k => [4, 8, 12, 16].getD k 0
    let g : Window := ⟨(2, 2), (1, 1), (1, 1), (1, 1)⟩
    let y : Tensor Rat [1, 2, 2] := (Op.avgPool2d g false).denote (x, ())
    let z : Tensor Rat [1, 2, 2] := (Op.avgPool2d g true).denote (x, ())
    (List.range 4).map y.at = [4, 6, 8, 10] ∧ (List.range 4).map z.at = [1, 3, 4, 10] := by
  decide +kernel

example : let x : Tensor Rat [2, 1, 2] := .ofFn fun k => [1, 2, 3, 5].getD k 0
    let y : Tensor Rat [2, 1, 1] := Op.globalAvgPool.denote (x, ())
    (List.range 2).map y.at = [3 / 2, 4] := by
  decide +kernel

/-! A margin of `1/2` in front of two entries. -/

example : let x : Tensor Rat [2] := .ofFn fun k => [3, 4].getD k 0
    let y : Tensor Rat [4] := (Op.pad [1] 1 2).denote (x, ())
    (List.range 4).map y.at = [1 / 2, 3, 4, 1 / 2] := by
  decide +kernel

/-! The weight of `linear` is inputs × outputs: `[1, 2] · [[1, 2, 3], [4, 5, 6]] + [0, 0, -1]`. -/

example : let x : Tensor Rat [2] := .ofFn fun k => [1, 2].getD k 0
    let w : Const [2, 3] := ⟨1, 8, 8, 3, [0x030201, 0x060504], []⟩
    let b : Const [3] := ⟨1, 8, 8, 3, [], [0x010000]⟩
    (List.range 3).map ((Op.linear w b).denote (x, ())).at = [9, 12, 14] := by
  decide +kernel

/-! A convolution is a correlation: the kernel is not flipped. -/

example : let x : Tensor Rat [1, 2, 2] := .ofFn fun k => [1, 2, 3, 4].getD k 0
    let w : Const [1, 1, 2, 2] := ⟨1, 16, 16, 4, [0x03e80064000a0001], []⟩
    let b : Const [1] := ⟨2, 8, 8, 1, [1], []⟩
    let g : Window := { kernel := (2, 2) }
    let y : Tensor Rat [1, 1, 1] := (Op.conv2d g 1 w b).denote (x, ())
    y.at 0 = 4321 + 1 / 2 := by
  decide +kernel

/-! With a margin of one above and to the left, the first output sees the first pixel only, through
the last entry of the kernel. -/

example : let x : Tensor Rat [1, 2, 2] := .ofFn fun k => [1, 2, 3, 4].getD k 0
    let w : Const [1, 1, 2, 2] := ⟨1, 16, 16, 4, [0x03e80064000a0001], []⟩
    let b : Const [1] := ⟨1, 8, 8, 1, [], []⟩
    let g : Window := { kernel := (2, 2), padding := (1, 1) }
    let y : Tensor Rat [1, 2, 2] := (Op.conv2d g 1 w b).denote (x, ())
    (List.range 4).map y.at = [1000, 2100, 3010, 4321] := by
  decide +kernel

/-! Two groups: each output channel sees its own input channel. -/

example : let x : Tensor Rat [2, 1, 1] := .ofFn fun k => [3, 5].getD k 0
    let w : Const [2, 1, 1, 1] := ⟨1, 8, 8, 2, [0x0702], []⟩
    let b : Const [2] := ⟨1, 8, 8, 2, [], []⟩
    let y : Tensor Rat [2, 1, 1] := (Op.conv2d { kernel := (1, 1) } 2 w b).denote (x, ())
    (List.range 2).map y.at = [6, 35] := by
  decide +kernel

/-! One pair of scale and shift for each channel of two entries: `2 x + 1` and `3 x - 1`. -/

example : let x : Tensor Rat [2, 2] := .ofFn fun k => [1, 2, 3, 4].getD k 0
    let y := (Op.affine (s := [2, 2]) (⟨1, 8, 8, 2, [0x0302], []⟩ : Const [2])
      ⟨1, 8, 8, 2, [0x0001], [0x0100]⟩).denote (x, ())
    (List.range 4).map y.at = [3, 5, 8, 11] := by
  decide +kernel

/-! Entrywise operators. -/

example : let x : Tensor Rat [3] := .ofFn fun k => [-2, 0, 3].getD k 0
    (List.range 3).map (Op.relu.denote (x, ())).at = [0, 0, 3] ∧
    (List.range 3).map (Op.abs.denote (x, ())).at = [2, 0, 3] ∧
    (List.range 3).map (Op.neg.denote (x, ())).at = [2, 0, -3] ∧
    (List.range 3).map ((Op.leakyRelu 1 4).denote (x, ())).at = [-1 / 2, 0, 3] ∧
    (List.range 3).map ((Op.clip (some (-1, 1)) (some (5, 2))).denote (x, ())).at =
      [-1, 0, 5 / 2] ∧
    (List.range 3).map ((Op.clip none (some (0, 1))).denote (x, ())).at = [-2, 0, 0] := by
  decide +kernel

/-! Digits that are split over two literals, negative entries, and a denominator. -/

example : let c : Const [3] := ⟨2, 8, 8, 2, [0x0300, 0x05], [0x0007, 0x00]⟩
    (List.range 3).map c.val = ([-7 / 2, 3 / 2, 5 / 2] : List Rat) := by
  decide +kernel

end Lemmanet
