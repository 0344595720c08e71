module

public import Lemmanet

/-! Pooling and sums over axes: what their checks accept, and what they refuse. -/

public noncomputable section

namespace Lemmanet.Test.Pool

open Lemmanet

/-- A box over the denominator `den` with digits of eight bits, in one literal for each list. -/
@[expose] def box (s : Shape) (low high : Nat) (den : Nat := 1) (line : Nat := 16) : Box s :=
  ⟨den, 8, line, [low], [], [high], []⟩

/-- An image with the rows `1 2` and `3 4`, each pixel up to one more. -/
@[expose] def image : Box [1, 2, 2] := box _ 0x04030201 0x05040302

/-- Windows of `2 × 2` pixels, one apart, with a margin of one above and to the left. -/
@[expose] def window : Window := ⟨(2, 2), (1, 1), (1, 1), (1, 1)⟩

/-- A window of `2 × 2` pixels beyond the image. -/
@[expose] def outside : Window := ⟨(2, 2), (1, 1), (5, 5), (1, 1)⟩

/-! ## Maxima -/

/-- The maxima of windows with one, two, two and four pixels. -/
theorem maxima : (Op.maxPool2d window : Op [[1, 2, 2]] [1, 2, 2]).Maps (image, ())
    (box _ 0x04030201 0x05040302) :=
  maxPool2d_maps (by decide +kernel)

/-- A negative image: the margin is not read as zero. -/
theorem negative : (Op.maxPool2d window : Op [[1, 1, 1]] [1, 1, 1]).Maps
    (⟨1, 8, 1, [], [9], [], [7]⟩, ()) ⟨1, 8, 1, [], [9], [], [7]⟩ :=
  maxPool2d_maps (by decide +kernel)

/-! A lower end above all pixels, an upper end below one of them. -/

example : maxPool2dCheck window image (box [1, 2, 2] 0x05030201 0x05040302) = false := by
  decide +kernel

example : maxPool2dCheck window image (box [1, 2, 2] 0x04030201 0x04040302) = false := by
  decide +kernel

/-! Without the margin the first window sees all four pixels. -/

example : maxPool2dCheck ⟨(2, 2), (1, 1), (0, 0), (1, 1)⟩ image
    (box [1, 2, 2] 0x04030201 0x05040302) = false := by
  decide +kernel

/-! Two channels, two columns apart with a margin between them: each has its own pixels, whatever the
denominators of the boxes. -/

/-- The image, and another one with larger pixels. -/
@[expose] def images : Box [2, 2, 2] := box _ 0x1413121104030201 0x1514131205040302

/-- Windows that are two pixels apart. -/
@[expose] def apart : Window := ⟨(2, 2), (2, 2), (1, 1), (1, 1)⟩

example : maxPool2dCheck apart images (box [2, 2, 2] 0x1413121104030201 0x1514131205040302) = true := by
  decide +kernel

example : maxPool2dCheck apart images
    (box [2, 2, 2] 0x2826242208060402 0x2a2826240a080604 (den := 2)) = true := by
  decide +kernel

example : maxPool2dCheck apart images (box [2, 2, 2] 0x1413121104030211 0x1514131205040312) = false := by
  decide +kernel

example : maxPool2dCheck apart images (box [2, 2, 2] 0x1413121104030201 0x1514131105040302) = false := by
  decide +kernel

example : maxPool2dCheck apart images
    (box [2, 2, 2] 0x2826242208060403 0x2a2826240a080604 (den := 2)) = false := by
  decide +kernel

/-! Windows that do not move. -/

example : maxPool2dCheck ⟨(2, 2), (0, 1), (1, 1), (1, 1)⟩ image (box [1, 2, 2] 0 0xffffffff) = false := by
  decide +kernel

/-! A window without pixels has no maximum. -/

example : maxPool2dCheck outside image (box [1, 1, 1] 0 0xff) = false := by decide +kernel

/-! No denominator, no digits in a literal. -/

example : maxPool2dCheck window image (box [1, 2, 2] 0 0xffffffff (den := 0)) = false := by
  decide +kernel

example : maxPool2dCheck window image (box [1, 2, 2] 0 0xffffffff (line := 0)) = false := by
  decide +kernel

/-! ## Means -/

/-- Means of the pixels in the image: 1, 3/2, 2 and 5/2. -/
theorem means : (Op.avgPool2d window false : Op [[1, 2, 2]] [1, 2, 2]).Maps (image, ())
    (box _ 0x05040302 0x07060504 (den := 2)) :=
  avgPool2d_maps (by decide +kernel)

/-- Means over four pixels, with the margin as zeros: 1/4, 3/4, 1 and 5/2. -/
theorem paddedMeans : (Op.avgPool2d window true : Op [[1, 2, 2]] [1, 2, 2]).Maps (image, ())
    (box _ 0x0a040301 0x0e060502 (den := 4)) :=
  avgPool2d_maps (by decide +kernel)

/-! Each kind refuses the bounds of the other. -/

example : avgPool2dCheck window true image (box [1, 2, 2] 0x05040302 0x07060504 (den := 2)) =
    false := by
  decide +kernel

example : avgPool2dCheck window false image (box [1, 2, 2] 0x0a040301 0x0e060502 (den := 4)) =
    false := by
  decide +kernel

/-! Ends that are off by one quarter. -/

example : avgPool2dCheck window true image (box [1, 2, 2] 0x0b040301 0x0e060502 (den := 4)) =
    false := by
  decide +kernel

example : avgPool2dCheck window true image (box [1, 2, 2] 0x0a040301 0x0d060502 (den := 4)) =
    false := by
  decide +kernel

/-! A window without pixels has no mean of its pixels; with the padding it is zero. -/

example : avgPool2dCheck outside false image (box [1, 1, 1] 0 0xff) = false := by decide +kernel

example : avgPool2dCheck outside true image (box [1, 1, 1] 0 0) = true := by decide +kernel

/-- The mean of the whole image. -/
theorem mean : (Op.globalAvgPool : Op [[1, 2, 2]] [1, 1, 1]).Maps (image, ())
    (box _ 5 7 (den := 2)) :=
  globalAvgPool_maps (by decide +kernel)

example : globalAvgPoolCheck image (box [1, 1, 1] 6 7 (den := 2)) = false := by decide +kernel

example : globalAvgPoolCheck image (box [1, 1, 1] 5 6 (den := 2)) = false := by decide +kernel

/-! No pixels at all. -/

example : globalAvgPoolCheck (h := 0) (w := 0) (box [1, 0, 0] 0 0) (box [1, 1, 1] 0 0xff) =
    false := by
  decide +kernel

/-! ## Sums over an axis -/

/-- The sums of the columns. -/
theorem columns : (Op.reduceSum 1 : Op [[1, 2, 2]] [1, 2]).Maps (image, ()) (box _ 0x0604 0x0806) :=
  reduceSum_maps (by decide +kernel)

/-- The sums of the rows. -/
theorem rows : (Op.reduceSum 2 : Op [[1, 2, 2]] [1, 2]).Maps (image, ()) (box _ 0x0703 0x0905) :=
  reduceSum_maps (by decide +kernel)

/-- The means of the rows, as halves. -/
theorem rowMeans : (Op.reduceMean 2 : Op [[1, 2, 2]] [1, 2]).Maps (image, ())
    (box _ 0x0703 0x0905 (den := 2)) :=
  reduceMean_maps (by decide +kernel)

/-! The sums of the other axis, ends that are off by one, a mean that is called a sum. -/

example : reduceSumCheck (s := [1, 2, 2]) 1 image (box _ 0x0703 0x0905) = false := by decide +kernel

example : reduceSumCheck (s := [1, 2, 2]) 1 image (box _ 0x0704 0x0806) = false := by decide +kernel

example : reduceSumCheck (s := [1, 2, 2]) 1 image (box _ 0x0604 0x0805) = false := by decide +kernel

example : reduceSumCheck (s := [1, 2, 2]) 2 image (box _ 0x0703 0x0905 (den := 2)) = false := by
  decide +kernel

example : reduceMeanCheck (s := [1, 2, 2]) 2 image (box _ 0x0703 0x0905) = false := by
  decide +kernel

end Lemmanet.Test.Pool
