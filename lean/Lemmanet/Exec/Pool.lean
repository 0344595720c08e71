module

public import Lemmanet.Exec.Flat
public import Lemmanet.Exec.Windows

/-!
# Boxes under pooling and sums over axes

The tests for operators whose output entries are maxima or means of lists of input entries. All
inputs come from one box, so that they share a denominator and only numerators are added.
-/

public noncomputable section

namespace Lemmanet

/-- All members of a list pass a test. -/
@[expose] def allOf (p : Nat → Bool) : List Nat → Bool
  | [] => true
  | k :: ks => p k && allOf p ks

/-- The sum of a function over a list. -/
@[expose] def natSum (f : Nat → Nat) : List Nat → Nat
  | [] => 0
  | k :: ks => Nat.add (f k) (natSum f ks)

/-- Entry `k` of `y` contains the sum of the entries `taps` of `x`, divided by `count`. -/
@[expose] def meanEntry (x : Box s) (y : Box t) (taps : List Nat) (count k : Nat) : Bool :=
  Nat.blt 0 count && allOf (fun i => Nat.blt i (Shape.size s)) taps &&
  fractionLe (y.flat.get y.flat.lowPos k) (y.flat.get y.flat.lowNeg k) y.den
    (natSum (x.flat.get x.flat.lowPos) taps) (natSum (x.flat.get x.flat.lowNeg) taps)
    (Nat.mul x.den count) &&
  fractionLe (natSum (x.flat.get x.flat.highPos) taps) (natSum (x.flat.get x.flat.highNeg) taps)
    (Nat.mul x.den count) (y.flat.get y.flat.highPos k) (y.flat.get y.flat.highNeg k) y.den

/-- The rows, or the columns, that a window covers: of `n` positions `dilation` apart, the first at
`start`, those inside an image of `size` rows after `padding` rows of padding. -/
@[expose] def windowLines (padding dilation size : Nat) : Nat → Nat → List Nat
  | 0, _ => []
  | n + 1, start =>
    cond (Nat.ble padding start && Nat.blt start (Nat.add padding size))
      (Nat.sub start padding :: windowLines padding dilation size n (Nat.add start dilation))
      (windowLines padding dilation size n (Nat.add start dilation))

/-- The flat indices `base + q` for the columns `q`, followed by those in `rest`. -/
@[expose] def pixelRow (base : Nat) : List Nat → List Nat → List Nat
  | [], rest => rest
  | q :: qs, rest => Nat.add base q :: pixelRow base qs rest

/-- The flat indices of the pixels at the given rows and columns, for images of width `w` from row
`top` on. -/
@[expose] def pixels (top w : Nat) (cols : List Nat) : List Nat → List Nat
  | [] => []
  | r :: rs => pixelRow (Nat.mul (Nat.add top r) w) cols (pixels top w cols rs)

/-- `Window.taps`, with one list of rows and one of columns, which all channels share. -/
@[expose] def Window.pixels (g : Window) (h w c i j : Nat) : List Nat :=
  Lemmanet.pixels (Nat.mul c h) w
    (windowLines g.padding.2 g.dilation.2 w g.kernel.2 (Nat.mul j g.stride.2))
    (windowLines g.padding.1 g.dilation.1 h g.kernel.1 (Nat.mul i g.stride.1))

/-- Tests each pixel of a `[c, h, w]` image: channel, row, column and flat index. -/
@[expose] def allPixels (c h w : Nat) (p : Nat → Nat → Nat → Nat → Bool) : Bool :=
  allBelow c fun ch => allBelow h fun i => allBelow w fun j =>
    p ch i j (Nat.add (Nat.mul (Nat.add (Nat.mul ch h) i) w) j)

/-- For `Op.maxPool2d`, with the ends of both boxes laid out. -/
@[expose] def maxPoolEnds (g : Window) (k c h w oh ow : Nat) (x y : Ends) : Bool :=
  g.highsOk h w oh ow k c (x.place (g.pixelLayout h w oh ow) k c h w)
    (y.place (g.windowLayout h w oh ow) k c oh ow) &&
  g.lowsOk h w oh ow k c (x.place (g.pixelLayout h w oh ow) k c h w)
    (y.place (g.windowLayout h w oh ow) k c oh ow)

/-- For `Op.maxPool2d`. Windows are at least one pixel apart. -/
@[expose] def maxPool2dCheck (g : Window) (x : Box [c, h, w]) (y : Box [c, oh, ow]) : Bool :=
  x.regular && y.regular && Nat.blt 0 g.stride.1 && Nat.blt 0 g.stride.2 &&
  maxPoolEnds g (pairBits x y) c h w oh ow (x.ends (pairBits x y) (Lanes.factor x.den y.den))
    (y.ends (pairBits x y) (Lanes.factor y.den x.den))

/-- For `Op.avgPool2d`. -/
@[expose] def avgPool2dCheck (g : Window) (includePad : Bool) (x : Box [c, h, w])
    (y : Box [c, oh, ow]) : Bool :=
  x.regular && y.regular && allPixels c oh ow fun ch i j k =>
    meanEntry x y (g.pixels h w ch i j)
      (cond includePad (Nat.mul g.kernel.1 g.kernel.2) (g.pixels h w ch i j).length) k

/-- `n` indices from `start` on, `step` apart. -/
@[expose] def progression (step : Nat) : Nat → Nat → List Nat
  | 0, _ => []
  | n + 1, start => start :: progression step n (Nat.add start step)

/-- Sums over an axis of `n` entries that lie `inner` apart, divided by `count`. -/
@[expose] def axisMeanCheck (n inner count : Nat) (x : Box s) (y : Box t) : Bool :=
  x.regular && y.regular && allBelow (Shape.size t) fun k =>
    meanEntry x y (progression inner n
      (Nat.add (Nat.mul (Nat.mul (Nat.div k inner) n) inner) (Nat.mod k inner))) count k

/-- For `Op.globalAvgPool`. -/
@[expose] def globalAvgPoolCheck (x : Box [c, h, w]) (y : Box [c, 1, 1]) : Bool :=
  axisMeanCheck (Nat.mul h w) 1 (Nat.mul h w) x y

/-- For `Op.reduceSum`. -/
@[expose] def reduceSumCheck (axis : Nat) (x : Box s) (y : Box (s.eraseIdx axis)) : Bool :=
  axisMeanCheck (s.getD axis 1) (Shape.size (s.drop (axis + 1))) 1 x y

/-- For `Op.reduceMean`. -/
@[expose] def reduceMeanCheck (axis : Nat) (x : Box s) (y : Box (s.eraseIdx axis)) : Bool :=
  axisMeanCheck (s.getD axis 1) (Shape.size (s.drop (axis + 1))) (s.getD axis 1) x y

end Lemmanet
