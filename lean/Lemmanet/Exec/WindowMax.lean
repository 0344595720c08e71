module

public import Lemmanet.Exec.Bends

/-!
# Relaxations of maxima over windows

Each pixel of the result is the maximum of the pixels that its window covers. The given coefficients have a
line for each tap of each window, in the order of an image with `taps` channels for each channel: they are
forms of a convolution that copies each tap, and are pulled back as such.
-/

public noncomputable section

namespace Lemmanet

namespace WindowMax

variable (g : Window) (h w oh ow : Nat)

/-- The number of taps of a window. -/
@[expose] def taps : Nat := Nat.mul g.kernel.1 g.kernel.2

/-- The row that tap `t` of the windows in row `i` sees, counted in the padded image. -/
@[expose] def row (i t : Nat) : Nat :=
  Nat.add (Nat.mul i g.stride.1) (Nat.mul (Nat.div t g.kernel.2) g.dilation.1)

/-- The same for columns. -/
@[expose] def col (j t : Nat) : Nat :=
  Nat.add (Nat.mul j g.stride.2) (Nat.mul (Nat.mod t g.kernel.2) g.dilation.2)

/-- Tap `t` of window `(i, j)` sees a pixel of the image. -/
@[expose] def inside (i j t : Nat) : Bool :=
  Nat.ble g.padding.1 (row g i t) && Nat.blt (row g i t) (Nat.add g.padding.1 h) &&
    Nat.ble g.padding.2 (col g j t) && Nat.blt (col g j t) (Nat.add g.padding.2 w)

/-- The flat index of that pixel in channel `c`. -/
@[expose] def index (c i j t : Nat) : Nat :=
  Nat.add (Nat.mul (Nat.add (Nat.mul c h) (Nat.sub (row g i t) g.padding.1)) w)
    (Nat.sub (col g j t) g.padding.2)

/-- The taps of window `(i, j)` that see a pixel. -/
@[expose] def seen (i j : Nat) : List Nat := (List.range (taps g)).filter (inside g h w i j)

/-- The line of tap `t` of window `p` in channel `c`. -/
@[expose] def line (c p t : Nat) : Nat :=
  Nat.add (Nat.mul (Nat.add (Nat.mul c (taps g)) t) (Nat.mul oh ow)) p

/-- What the maximum of window `(i, j)` in channel `c` needs. -/
@[expose] def window (n : Nat) (A B : Rows) (box : Flat) (c i j x : Nat) : Shifted :=
  Maxima.cost A.bits n (Nat.sub (seen g h w i j).length 1) (Bend.value A B x)
    (fun l => Bend.given n A B (line g oh ow c (Nat.add (Nat.mul i ow) j) ((seen g h w i j).getD l 0)))
    (fun l => box.ends 1 (index g h w c i j ((seen g h w i j).getD l 0)))

/-- What pixel `k` of the result needs. -/
@[expose] def term (n : Nat) (A B : Rows) (box : Flat) (k x : Nat) : Shifted :=
  window g h w oh ow n A B box (Nat.div k (Nat.mul oh ow)) (Nat.mod (Nat.div k ow) oh) (Nat.mod k ow) x

/-- The convolution that copies each tap. -/
@[expose] def shape (c : Nat) : ConvShape :=
  ⟨g, c, 1, taps g, g.kernel.1, g.kernel.2, h, w, oh, ow⟩

/-- Its weights. -/
@[expose] def weight (out _ci a e : Nat) : Nat :=
  cond (Nat.beq (Nat.mod out (taps g)) (Nat.add (Nat.mul a g.kernel.2) e)) 1 0

/-- The given coefficients, as forms of the image. -/
@[expose] def back (n c : Nat) (A B : Rows) : Rows :=
  (Bend.wide n A B).conv n (shape g h w oh ow c) (weight g) (fun _ _ _ _ => 0) 1 0

end WindowMax

end Lemmanet
