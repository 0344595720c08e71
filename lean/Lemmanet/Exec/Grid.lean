module

public import Lemmanet.Exec.Packed

/-!
# Images on a grid of wide digits

A convolution by one product needs the pixels of an image as wide digits, with gaps between the rows.
Pixels come as narrow digits side by side. Moving them takes one step for each row and one for each
column, not one for each pixel: a mask picks a column from all rows at once.
-/

public noncomputable section

namespace Lemmanet

/-- `f 0 + f 1 + … + f (n - 1)`. -/
@[expose] def addUp (n : Nat) (f : Nat → Nat) : Nat :=
  match n with
  | 0 => 0
  | n + 1 => Nat.add (addUp n f) (f n)

/-- Where the entries of a matrix go in a number with digits of `bits` bits: entry `(i, j)` is digit
`row * i + col * j`. -/
structure Grid where
  /-- The number of bits of a digit. -/
  bits : Nat
  /-- The distance in digits between rows. -/
  row : Nat
  /-- The distance in digits between columns. -/
  col : Nat

namespace Grid

/-- The number with the entries `f (i * w + j)` of an `h × w` matrix on a grid. -/
@[expose] def spread (r : Grid) (h w : Nat) (f : Nat → Nat) : Nat :=
  addUp w fun j => addUp h fun i =>
    Nat.shiftLeft (f (Nat.add (Nat.mul i w) j))
      (Nat.mul r.bits (Nat.add (Nat.mul r.row i) (Nat.mul r.col j)))

/-- The rows of `x`, which has `h * w` digits of `width` bits, at the rows of a grid. -/
@[expose] def rows (r : Grid) (h w width x : Nat) : Nat :=
  pack (Nat.mul r.bits r.row)
    (fun i => bitsAt x (Nat.mul width (Nat.mul i w)) (Nat.mul width w)) h

/-- The mask for the first column of `rows`. -/
@[expose] def firstColumn (r : Grid) (h width : Nat) : Nat :=
  pack (Nat.mul r.bits r.row) (fun _ => Nat.sub (Nat.pow 2 width) 1) h

/-- The digits of `x` on a grid: what `spread` gives, in `h + w` steps. -/
@[expose] def place (r : Grid) (h w width x : Nat) : Nat :=
  addUp w fun j =>
    Nat.shiftLeft
      (Nat.land (r.rows h w width x) (Nat.shiftLeft (r.firstColumn h width) (Nat.mul width j)))
      (Nat.mul (Nat.sub (Nat.mul r.bits r.col) width) j)

/-- Channel `c` of an image of `h × w` pixels, given by literals as in `Box`, on a grid. -/
@[expose] def channel (r : Grid) (h w width line : Nat) (l : List Nat) (c : Nat) : Nat :=
  cond l.isEmpty 0
    (r.place h w width
      (bitsAt (joined (Nat.mul width line) l) (Nat.mul width (Nat.mul c (Nat.mul h w)))
        (Nat.mul width (Nat.mul h w))))

/-- The top bits of the digits of a grid. -/
@[expose] def tops (r : Grid) (h w : Nat) : Nat :=
  r.spread h w fun _ => Nat.pow 2 (Nat.sub r.bits 1)

/-- Whether the digits of `left` are at most those of `right` at the `h × w` places of a grid. Both
numbers have `n` digits, none of which uses its top bit. -/
@[expose] def digitsLe (r : Grid) (h w n left right : Nat) : Bool :=
  Nat.beq (Nat.land (Nat.sub (Nat.add right (topBits r.bits n)) left) (r.tops h w)) (r.tops h w)

end Grid

end Lemmanet
