module

public import Lemmanet.Spec.Const

/-!
# Operators

An operator carries its parameters and the shapes of its inputs and of its output. `Op.denote` says
what it computes, over any linearly ordered field. Names and meanings are those of ONNX, without the
batch dimension.
-/

public noncomputable section

namespace Lemmanet

/-- The geometry of a convolution or of a pooling window: kernel, stride, dilation as
(rows, columns), and the zeros above and to the left. Zeros below and to the right follow from the
shape of the output. -/
structure Window where
  /-- Kernel size, rows and columns. -/
  kernel : Nat × Nat
  /-- Step between windows, rows and columns. -/
  stride : Nat × Nat := (1, 1)
  /-- Padding above and to the left. -/
  padding : Nat × Nat := (0, 0)
  /-- Distance between the pixels of a window, rows and columns. -/
  dilation : Nat × Nat := (1, 1)

/-- The flat indices of the pixels of channel `c` of a `[_, h, w]` image that the window at output
position `(i, j)` covers; pixels of the padding are left out. -/
@[expose] def Window.taps (g : Window) (h w c i j : Nat) : List Nat :=
  (List.range g.kernel.1).flatMap fun a =>
    (List.range g.kernel.2).filterMap fun e =>
      let r := i * g.stride.1 + a * g.dilation.1
      let q := j * g.stride.2 + e * g.dilation.2
      if g.padding.1 ≤ r ∧ r < g.padding.1 + h ∧ g.padding.2 ≤ q ∧ q < g.padding.2 + w then
        some ((c * h + (r - g.padding.1)) * w + (q - g.padding.2))
      else none

/-- The index map of `transpose`: where output entry `k` comes from. -/
@[expose] def transposeIndex (s : Shape) (perm : List Nat) (k : Nat) : Nat :=
  let out := Shape.unravel (perm.map fun a => s.getD a 1) k
  Shape.ravel s ((List.range s.length).map fun a => out.getD (perm.idxOf a) 0)

/-- The index map of `slice`: coordinate `i` of the output is coordinate `start + step * i` of the
input, axis by axis. -/
@[expose] def sliceIndex (s t : Shape) (start step : List Int) (k : Nat) : Nat :=
  let out := Shape.unravel t k
  Shape.ravel s ((List.range s.length).map fun a =>
    (start.getD a 0 + step.getD a 1 * (out.getD a 0 : Int)).toNat)

/-- The index map of `pad`: where output entry `k` comes from, or `none` in the margin. -/
@[expose] def padIndex (s t : Shape) (before : List Nat) (k : Nat) : Option Nat :=
  let out := Shape.unravel t k
  if (List.range s.length).all fun a =>
      decide (before.getD a 0 ≤ out.getD a 0) && decide (out.getD a 0 < before.getD a 0 + s.getD a 0)
  then some (Shape.ravel s ((List.range s.length).map fun a => out.getD a 0 - before.getD a 0))
  else none

/-- An operator with its parameters, indexed by the shapes of its inputs and of its output. -/
inductive Op : List Shape → Shape → Type
  /-- A constant tensor. -/
  | constant (c : Const s) : Op [] s
  /-- `y = x · w + b`, with the weight in the layout of MatMul: inputs × outputs. -/
  | linear (w : Const [n, m]) (b : Const [m]) : Op [[n]] [m]
  /-- Convolution with zero padding, ONNX's Conv; `cg` input channels in each of `groups` groups. -/
  | conv2d (g : Window) (groups : Nat) (w : Const [o, cg, kh, kw]) (b : Const [o]) :
      Op [[c, h, wd]] [o, oh, ow]
  /-- Entrywise sum. -/
  | add : Op [s, s] s
  /-- Entrywise difference. -/
  | sub : Op [s, s] s
  /-- Entrywise maximum. -/
  | max : Op [s, s] s
  /-- Entrywise minimum. -/
  | min : Op [s, s] s
  /-- Entrywise negation. -/
  | neg : Op [s] s
  /-- Entrywise absolute value. -/
  | abs : Op [s] s
  /-- `max x 0`. -/
  | relu : Op [s] s
  /-- `x` where `x ≥ 0`, `num / den * x` elsewhere. -/
  | leakyRelu (num : Int) (den : Nat) : Op [s] s
  /-- `min (max x lo) hi` with `lo` and `hi` given as optional fractions `(num, den)`. -/
  | clip (lo hi : Option (Int × Nat)) : Op [s] s
  /-- `y = scale * x + shift`, one pair for each of `c` equal blocks of consecutive entries: per
  tensor (`c = 1`), per channel, or per entry. -/
  | affine (scale shift : Const [c]) : Op [s] s
  /-- Largest entry of each window; the padding takes no part. -/
  | maxPool2d (g : Window) : Op [[c, h, w]] [c, oh, ow]
  /-- Mean of each window; `includePad` counts the pixels of the padding, as zeros. -/
  | avgPool2d (g : Window) (includePad : Bool) : Op [[c, h, w]] [c, oh, ow]
  /-- Mean of each channel. -/
  | globalAvgPool : Op [[c, h, w]] [c, 1, 1]
  /-- The same entries in the same order under another shape. -/
  | reshape (h : Shape.size s = Shape.size t) : Op [s] t
  /-- Axis `a` of the output is axis `perm[a]` of the input. -/
  | transpose (perm : List Nat) : Op [s] (perm.map fun a => s.getD a 1)
  /-- Two tensors, one after the other along an axis: `outer` blocks of `a` and of `b` entries. -/
  | concat (outer a b : Nat) : Op [s, t] u
  /-- Every `step`-th entry from `start` on, for each axis. -/
  | slice (start step : List Int) : Op [s] t
  /-- A margin with a constant value, `before` entries in front along each axis. -/
  | pad (before : List Nat) (num : Int) (den : Nat) : Op [s] t
  /-- Sum over one axis, which is removed. -/
  | reduceSum (axis : Nat) : Op [s] (s.eraseIdx axis)
  /-- Mean over one axis, which is removed. -/
  | reduceMean (axis : Nat) : Op [s] (s.eraseIdx axis)

/-- One tensor for each shape of a context; what is bound last comes first. -/
@[expose] def Env (α : Type) : List Shape → Type
  | [] => Unit
  | s :: Γ => Tensor α s × Env α Γ

variable {α : Type} [OrderedField α] [DecidableLE α]

/-- The largest of the entries `x k` for `k` in a list; zero for the empty list. -/
@[expose] def maxOver (x : Nat → α) : List Nat → α
  | [] => 0
  | [k] => x k
  | k :: ks => maxOf (x k) (maxOver x ks)

/-- The sum of the entries `x k` for `k` in a list. -/
@[expose] def sumOver (x : Nat → α) : List Nat → α
  | [] => 0
  | k :: ks => x k + sumOver x ks

/-- Sum over axis `axis` of a tensor of shape `s`, at flat index `k` of the output. -/
@[expose] def axisSum (x : Tensor α s) (axis k : Nat) : α :=
  let inner := Shape.size (s.drop (axis + 1))
  let d := s.getD axis 1
  sum d fun t => x.at ((k / inner * d + t) * inner + k % inner)

/-- `num / den` as a lower limit, if there is one. -/
@[expose] def clipLow (lo : Option (Int × Nat)) (x : α) : α :=
  match lo with
  | none => x
  | some (p, q) => maxOf x (ratio p q)

/-- `num / den` as an upper limit, if there is one. -/
@[expose] def clipHigh (hi : Option (Int × Nat)) (x : α) : α :=
  match hi with
  | none => x
  | some (p, q) => minOf x (ratio p q)

/-- What an operator computes from its inputs. -/
@[expose] def Op.denote : {ins : List Shape} → {out : Shape} → Op ins out → Env α ins → Tensor α out
  | _, _, .constant c, _ => .ofFn c.val
  | _, _, .linear (n := n) (m := m) w b, (x, _) =>
    .ofFn fun i => sum n (fun j => x.at j * w.val (j * m + i)) + b.val i
  | _, _, .conv2d (o := o) (cg := cg) (kh := kh) (kw := kw) (oh := oh) (ow := ow) g groups w b, (x, _) =>
    .ofFn fun k =>
      let out := k / (oh * ow)
      let i := k / ow % oh
      let j := k % ow
      sum cg (fun c => sum kh fun a => sum kw fun e =>
        w.val (((out * cg + c) * kh + a) * kw + e) *
          x.padded g.padding.1 g.padding.2 (out / (o / groups) * cg + c)
            (i * g.stride.1 + a * g.dilation.1) (j * g.stride.2 + e * g.dilation.2))
      + b.val out
  | _, _, .add, (x, y, _) => .ofFn fun k => x.at k + y.at k
  | _, _, .sub, (x, y, _) => .ofFn fun k => x.at k - y.at k
  | _, _, .max, (x, y, _) => .ofFn fun k => maxOf (x.at k) (y.at k)
  | _, _, .min, (x, y, _) => .ofFn fun k => minOf (x.at k) (y.at k)
  | _, _, .neg, (x, _) => .ofFn fun k => -x.at k
  | _, _, .abs, (x, _) => .ofFn fun k => maxOf (x.at k) (-x.at k)
  | _, _, .relu, (x, _) => .ofFn fun k => maxOf (x.at k) 0
  | _, _, .leakyRelu p q, (x, _) =>
    .ofFn fun k => if 0 ≤ x.at k then x.at k else ratio p q * x.at k
  | _, _, .clip lo hi, (x, _) => .ofFn fun k => clipHigh hi (clipLow lo (x.at k))
  | _, _, .affine (c := c) (s := s) scale shift, (x, _) =>
    .ofFn fun k =>
      let ch := k / (Shape.size s / c)
      scale.val ch * x.at k + shift.val ch
  | _, _, .maxPool2d (h := h) (w := w) (oh := oh) (ow := ow) g, (x, _) =>
    .ofFn fun k => maxOver x.at (g.taps h w (k / (oh * ow)) (k / ow % oh) (k % ow))
  | _, _, .avgPool2d (h := h) (w := w) (oh := oh) (ow := ow) g includePad, (x, _) =>
    .ofFn fun k =>
      let taps := g.taps h w (k / (oh * ow)) (k / ow % oh) (k % ow)
      let count := if includePad then g.kernel.1 * g.kernel.2 else taps.length
      sumOver x.at taps / (count : α)
  | _, _, .globalAvgPool (h := h) (w := w), (x, _) =>
    .ofFn fun k => sum (h * w) (fun i => x.at (k * (h * w) + i)) / ((h * w : Nat) : α)
  | _, _, .reshape _, (x, _) => .ofFn x.at
  | _, _, .transpose (s := s) perm, (x, _) => .ofFn fun k => x.at (transposeIndex s perm k)
  | _, _, .concat _ a b, (x, y, _) =>
    .ofFn fun k =>
      let o := k / (a + b)
      let i := k % (a + b)
      if i < a then x.at (o * a + i) else y.at (o * b + (i - a))
  | _, _, .slice (s := s) (t := t) start step, (x, _) =>
    .ofFn fun k => x.at (sliceIndex s t start step k)
  | _, _, .pad (s := s) (t := t) before p q, (x, _) =>
    .ofFn fun k => match padIndex s t before k with
      | some i => x.at i
      | none => ratio p q
  | _, _, .reduceSum axis, (x, _) => .ofFn (axisSum x axis)
  | _, _, .reduceMean (s := s) axis, (x, _) =>
    .ofFn fun k => axisSum x axis k / ((s.getD axis 1 : Nat) : α)

end Lemmanet
