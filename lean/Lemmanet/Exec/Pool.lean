module

public import Lemmanet.Exec.Movement

/-!
# Boxes under pooling and sums over axes

The tests for operators whose output entries are maxima or means of lists of input entries. All
entries come from one box, so that they share a denominator and only numerators are added.
-/

public noncomputable section

namespace Lemmanet

/-- Some member of a list passes a test. -/
@[expose] def anyOf (p : Nat → Bool) : List Nat → Bool
  | [] => false
  | k :: ks => p k || anyOf p ks

/-- All members of a list pass a test. -/
@[expose] def allOf (p : Nat → Bool) : List Nat → Bool
  | [] => true
  | k :: ks => p k && allOf p ks

/-- The sum of a function over a list. -/
@[expose] def natSum (f : Nat → Nat) : List Nat → Nat
  | [] => 0
  | k :: ks => Nat.add (f k) (natSum f ks)

/-- Output entry `k` is the largest of the input entries `taps k`: some of them is at least the lower
end, and all of them are at most the upper end. -/
@[expose] def largestCheck (taps : Nat → List Nat) (x : Box s) (y : Box t) : Bool :=
  x.densPos y && allBelow (Shape.size t) fun k =>
    anyOf (fun i => y.lo.entryLe k x.lo i) (taps k) &&
    allOf (fun i => Nat.blt i (Shape.size s) && x.hi.entryLe i y.hi k) (taps k)

/-- Output entry `k` is the sum of the input entries `taps k`, divided by `count k`. -/
@[expose] def meanCheck (taps : Nat → List Nat) (count : Nat → Nat) (x : Box s) (y : Box t) : Bool :=
  x.densPos y && allBelow (Shape.size t) fun k =>
    Nat.blt 0 (count k) && allOf (fun i => Nat.blt i (Shape.size s)) (taps k) &&
    fractionLe (y.lo.posDigit k) (y.lo.negDigit k) y.den
      (natSum x.lo.posDigit (taps k)) (natSum x.lo.negDigit (taps k)) (Nat.mul x.den (count k)) &&
    fractionLe (natSum x.hi.posDigit (taps k)) (natSum x.hi.negDigit (taps k))
      (Nat.mul x.den (count k)) (y.hi.posDigit k) (y.hi.negDigit k) y.den

/-- The pixels of an image of height `h` and width `w` that the window at flat output index `k`
covers, for outputs of height `oh` and width `ow`. -/
@[expose] def Window.tapsAt (g : Window) (h w oh ow k : Nat) : List Nat :=
  g.taps h w (k / (oh * ow)) (k / ow % oh) (k % ow)

/-- For `Op.maxPool2d`. -/
@[expose] def maxPool2dCheck (g : Window) (x : Box [c, h, w]) (y : Box [c, oh, ow]) : Bool :=
  largestCheck (g.tapsAt h w oh ow) x y

/-- For `Op.avgPool2d`. -/
@[expose] def avgPool2dCheck (g : Window) (includePad : Bool) (x : Box [c, h, w])
    (y : Box [c, oh, ow]) : Bool :=
  meanCheck (g.tapsAt h w oh ow)
    (fun k => cond includePad (Nat.mul g.kernel.1 g.kernel.2) (g.tapsAt h w oh ow k).length) x y

/-- The flat indices of the pixels of channel `k`, for channels of `n` pixels. -/
@[expose] def channelTaps (n k : Nat) : List Nat := (List.range n).map fun i => k * n + i

/-- For `Op.globalAvgPool`. -/
@[expose] def globalAvgPoolCheck (x : Box [c, h, w]) (y : Box [c, 1, 1]) : Bool :=
  meanCheck (channelTaps (h * w)) (fun _ => h * w) x y

/-- The flat indices of the entries along axis `axis` of a tensor of shape `s` that contribute to
output entry `k`. -/
@[expose] def axisTaps (s : Shape) (axis k : Nat) : List Nat :=
  (List.range (s.getD axis 1)).map fun t =>
    (k / Shape.size (s.drop (axis + 1)) * s.getD axis 1 + t) * Shape.size (s.drop (axis + 1)) +
      k % Shape.size (s.drop (axis + 1))

/-- For `Op.reduceSum`. -/
@[expose] def reduceSumCheck (axis : Nat) (x : Box s) (y : Box (s.eraseIdx axis)) : Bool :=
  meanCheck (axisTaps s axis) (fun _ => 1) x y

/-- For `Op.reduceMean`. -/
@[expose] def reduceMeanCheck (axis : Nat) (x : Box s) (y : Box (s.eraseIdx axis)) : Bool :=
  meanCheck (axisTaps s axis) (fun _ => s.getD axis 1) x y

end Lemmanet
