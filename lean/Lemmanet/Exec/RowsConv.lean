module

public import Lemmanet.Exec.Affine

/-!
# Forms of a convolution

The coefficients of forms of a convolution, as forms of its input, are a convolution with the kernel turned
round. All coefficients of a channel are one number here, a pixel of the output placed where its window
starts, so that each weight is one multiplication for a whole channel and all forms: the taps of the kernel
are shifts.

Near the borders, and with strides, pixels differ in how many weights contribute to them, and so do the
offsets. One lane more counts the contributions, and the offset is put right in the end.
-/

public noncomputable section

namespace Lemmanet

/-! ## Combinations with any weights -/

namespace Rows

/-- The coefficients `x` with one lane more, which holds a one. -/
@[expose] def liftPos (k n x : Nat) : Nat := Nat.add x (Nat.shiftLeft 1 (Nat.mul k n))

/-- The negative of the coefficients `x` with one lane more, which holds a one. -/
@[expose] def liftNeg (k n offset x : Nat) : Nat :=
  Nat.add (laneNeg k n offset x) (Nat.shiftLeft 1 (Nat.mul k n))

/-- A combination of lifted coefficients with the sum of its weights in the lane above: the coefficients
with the offset `bound * offset`. -/
@[expose] def settle (k n offset bound z : Nat) : Nat :=
  Nat.add (Nat.mod z (Nat.pow 2 (Nat.mul k n)))
    (Nat.mul (Nat.sub (Nat.mul bound offset) (Nat.mul offset (Nat.shiftRight z (Nat.mul k n))))
      (ones k n))

end Rows

/-! ## Lists -/

/-- The numbers of a list, `d` bits apart. -/
@[expose] def packList (d : Nat) (xs : List Nat) : Nat :=
  List.rec 0 (fun x _ rest => Nat.add x (Nat.shiftLeft rest d)) xs

/-- `count` pieces of a list, `w` numbers each. -/
@[expose] def blocks (w : Nat) : Nat → List Nat → List (List Nat)
  | 0, _ => []
  | count + 1, xs => xs.take w :: blocks w count (xs.drop w)

/-- What `f 0`, …, `f (n - 1)` put in front of a list, one after the other. -/
@[expose] def collect (f : Nat → List Nat → List Nat) : Nat → List Nat → List Nat
  | 0, acc => acc
  | m + 1, acc => collect f m (f m acc)

/-! ## Convolutions -/

/-- The geometry of a convolution with the input channels in `groups` groups of `cg`, the output channels
in groups of `og`, and the sizes of kernel, input and output. -/
structure ConvShape where
  /-- Strides, padding and dilation. -/
  window : Window
  /-- The number of groups. -/
  groups : Nat
  /-- Input channels in a group. -/
  cg : Nat
  /-- Output channels in a group. -/
  og : Nat
  /-- Rows of the kernel. -/
  kh : Nat
  /-- Columns of the kernel. -/
  kw : Nat
  /-- Rows of the input. -/
  h : Nat
  /-- Columns of the input. -/
  w : Nat
  /-- Rows of the output. -/
  oh : Nat
  /-- Columns of the output. -/
  ow : Nat

namespace ConvShape

variable (s : ConvShape)

/-- The distance between the rows of a channel, in pixels: no window and no row of the input is longer. -/
@[expose] def row : Nat :=
  Nat.add
    (Nat.succ (Nat.add (Nat.mul (Nat.sub s.ow 1) s.window.stride.2)
      (Nat.mul (Nat.sub s.kw 1) s.window.dilation.2)))
    (Nat.sub (Nat.add s.w s.window.padding.2)
      (Nat.succ (Nat.add (Nat.mul (Nat.sub s.ow 1) s.window.stride.2)
        (Nat.mul (Nat.sub s.kw 1) s.window.dilation.2))))

/-- A channel of the output as one number, with `bits` bits for each pixel, given by its pixels. -/
@[expose] def image (bits : Nat) (xs : List Nat) : Nat :=
  packList (Nat.mul bits (Nat.mul s.row s.window.stride.1))
    ((blocks s.ow s.oh xs).map (packList (Nat.mul bits s.window.stride.2)))

/-- All channels of the output. -/
@[expose] def images (bits : Nat) (xs : List Nat) : List Nat :=
  (blocks (Nat.mul s.oh s.ow) (Nat.mul s.groups s.og) xs).map (s.image bits)

/-- A channel times the weight `p - q`, where `y` has the negative coefficients. -/
@[expose] def weighed (p q x y : Nat) : Nat :=
  cond (Nat.beq p 0) (cond (Nat.beq q 0) 0 (Nat.mul q y))
    (cond (Nat.beq q 0) (Nat.mul p x) (Nat.add (Nat.mul p x) (Nat.mul q y)))

/-- The coefficients for a channel of the input, as one number: the sum over output channels and taps. The
weight of output channel `out` and input channel `ci` of its group is `p - q` at the given tap. -/
@[expose] def back (bits : Nat) (p q : Nat → Nat → Nat → Nat → Nat) (xs ys : List Nat)
    (group ci : Nat) : Nat :=
  addUp s.kh fun a => addUp s.kw fun e =>
    Nat.shiftLeft
      (sumPairs (fun out x y => weighed (p out ci a e) (q out ci a e) x y)
        ((xs.drop (Nat.mul group s.og)).take s.og) ((ys.drop (Nat.mul group s.og)).take s.og)
        (Nat.mul group s.og))
      (Nat.mul bits (Nat.add (Nat.mul s.row (Nat.mul a s.window.dilation.1))
        (Nat.mul e s.window.dilation.2)))

/-- The pixel in row `r` and column `c` of the input, from the number of its channel. -/
@[expose] def pixel (bits z r c : Nat) : Nat :=
  bitsAt (bitsAt z (Nat.mul bits (Nat.mul s.row (Nat.add r s.window.padding.1))) (Nat.mul bits s.row))
    (Nat.mul bits (Nat.add c s.window.padding.2)) bits

/-- The sum of all weights that contribute to a pixel does not exceed this, if no weight has more than
`width` bits. -/
@[expose] def bound (width : Nat) : Nat :=
  Nat.mul (Nat.mul s.og (Nat.mul s.kh s.kw)) (Nat.mul 2 (Nat.pow 2 width))

end ConvShape

namespace Rows

/-- The coefficients of forms of a convolution without bias, as forms of its input. Weights are
`(p - q) / den`, of `width` bits. -/
@[expose] def conv (n : Nat) (s : ConvShape) (p q : Nat → Nat → Nat → Nat → Nat) (den width : Nat)
    (A : Rows) : Rows where
  den := Nat.mul A.den den
  bits := A.bits
  offset := Nat.mul (s.bound width) A.offset
  entries :=
    collect (fun group => collect (fun ci => collect (fun r => collect (fun c acc =>
      settle A.bits n A.offset (s.bound width) (s.pixel (Nat.mul A.bits (Nat.succ n))
        (s.back (Nat.mul A.bits (Nat.succ n)) p q
          (s.images (Nat.mul A.bits (Nat.succ n)) (mapEntries (liftPos A.bits n) A.entries))
          (s.images (Nat.mul A.bits (Nat.succ n)) (mapEntries (liftNeg A.bits n A.offset) A.entries))
          group ci) r c) :: acc)
      s.w) s.h) s.cg) s.groups []

/-- The geometry is in order, and no lane overflows. -/
@[expose] def convOk (s : ConvShape) (den width : Nat) (A : Rows) : Bool :=
  Nat.blt 0 den && Nat.blt 0 A.bits && Nat.blt 0 s.window.stride.1 && Nat.blt 0 s.window.stride.2 &&
    Nat.blt (s.bound width) (Nat.pow 2 A.bits) &&
    Nat.blt (Nat.mul 2 (Nat.mul (s.bound width) A.offset)) (Nat.pow 2 A.bits)

end Rows

end Lemmanet
