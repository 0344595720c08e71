module

public import Lemmanet.Exec.Lanes

/-!
# Images laid out for windows

The digits of all channels of an image, moved apart in one number, so that the pixels that all windows
see at one of their places are the same number, shifted. Blocks of digits are moved as one: columns, then
rows, then channels.
-/

public noncomputable section

namespace Lemmanet

/-- Moves `count` blocks of `len` digits, `k` bits each, to a distance of `dist` digits, with `offset`
digits in front of the first one. -/
@[expose] def moveBlocks (k offset len dist count x : Nat) : Nat :=
  Nat.shiftLeft (widen (Nat.mul len k) (Nat.mul dist k) count x) (Nat.mul k offset)

/-- Where the pixels of an image go: the distances between columns, between rows and between channels,
and the digits in front of the first column of a row and in front of the first row of a channel. -/
structure Layout where
  /-- The distance in digits between columns. -/
  step : Nat
  /-- The number of digits in front of the first column. -/
  left : Nat
  /-- The distance in digits between rows. -/
  row : Nat
  /-- The number of digits in front of the first row. -/
  top : Nat
  /-- The distance in digits between channels. -/
  image : Nat

/-- The digits of an image of `c × h × w` pixels, `k` bits each, side by side before. -/
@[expose] def Layout.place (g : Layout) (k c h w x : Nat) : Nat :=
  moveBlocks k g.top (Nat.mul h g.row) g.image c
    (moveBlocks k g.left (Nat.mul w g.step) g.row (Nat.mul c h)
      (moveBlocks k 0 1 g.step (Nat.mul (Nat.mul c h) w) x))

end Lemmanet
