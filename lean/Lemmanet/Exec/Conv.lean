module

public import Lemmanet.Exec.Grid
public import Lemmanet.Exec.Interval

/-!
# Convolutions as products of big numbers

A channel of the input is one number, a kernel is another one, and their product holds the
convolution at every position: digit `row * r + s` is the sum of the kernel's entries times the pixels
of a window. Rows are kept apart by gaps as wide as the kernel, which play the part of the padding.
Both ends of an output channel are compared with the literal box in one go.
-/

public noncomputable section

namespace Lemmanet

/-- What a convolution check computes once: the digits, the distance between rows, and the factors
that bring products, biases and outputs over one denominator. -/
structure ConvPlan where
  /-- The number of bits of a digit. -/
  bits : Nat
  /-- The distance in digits between the rows of the input. -/
  row : Nat
  /-- The digit that holds the first output. -/
  start : Nat
  /-- The number of digits from the first to the last output. -/
  length : Nat
  /-- The common denominator. -/
  den : Nat
  /-- The factor of sums of products. -/
  product : Nat
  /-- The factor of biases. -/
  bias : Nat
  /-- The factor of outputs. -/
  output : Nat

namespace ConvPlan

/-- The digit of the tap `(a, e)` of a kernel: the entries are in reverse order. -/
@[expose] def tapDigit (p : ConvPlan) (g : Window) (kh kw a e : Nat) : Nat :=
  Nat.add (Nat.mul (Nat.mul (Nat.sub (Nat.sub kh 1) a) g.dilation.1) p.row)
    (Nat.mul (Nat.sub (Nat.sub kw 1) e) g.dilation.2)

/-- The grid of the kernels of one output channel: a row for each, as long as the kernel is. -/
@[expose] def kernelGrid (p : ConvPlan) (g : Window) (kh kw : Nat) : Grid :=
  ⟨p.bits, Nat.succ (p.tapDigit g kh kw 0 0), 1⟩

/-- The literals of a weight, cut down to one output channel. -/
@[expose] def slice (w : Const [o, cg, kh, kw]) (l : List Nat) (out : Nat) : Nat :=
  bitsAt (joined (Nat.mul w.stride w.line) l)
    (Nat.mul w.stride (Nat.mul out (Nat.mul cg (Nat.mul kh kw))))
    (Nat.mul w.stride (Nat.mul cg (Nat.mul kh kw)))

/-- The kernels of output channel `out`, above as many bits as one of them has in the literals. Each
tap is moved to its digit in all kernels at once. -/
@[expose] def kernels (p : ConvPlan) (g : Window) (w : Const [o, cg, kh, kw]) (l : List Nat)
    (out : Nat) : Nat :=
  addUp kh fun a => addUp kw fun e =>
    Nat.shiftLeft
      (Nat.land ((p.kernelGrid g kh kw).rows cg (Nat.mul kh kw) w.stride (slice w l out))
        (Nat.shiftLeft ((p.kernelGrid g kh kw).firstColumn cg w.width)
          (Nat.mul w.stride (Nat.add (Nat.mul a kw) e))))
      (Nat.add (Nat.mul p.bits (p.tapDigit g kh kw a e))
        (Nat.mul w.stride (Nat.sub (Nat.mul kh kw) (Nat.add (Nat.mul a kw) e))))

/-- The kernel from input channel `c` of its group to output channel `out`. -/
@[expose] def kernel (p : ConvPlan) (g : Window) (w : Const [o, cg, kh, kw]) (l : List Nat)
    (out c : Nat) : Nat :=
  bitsAt (p.kernels g w l out)
    (Nat.add (Nat.mul w.stride (Nat.mul kh kw))
      (Nat.mul (Nat.mul p.bits (p.kernelGrid g kh kw).row) c))
    (Nat.mul p.bits (p.kernelGrid g kh kw).row)

/-- The grid of the input. -/
@[expose] def inGrid (p : ConvPlan) : Grid := ⟨p.bits, p.row, 1⟩

/-- The grid of the output. -/
@[expose] def outGrid (p : ConvPlan) (g : Window) : Grid :=
  ⟨p.bits, Nat.mul g.stride.1 p.row, g.stride.2⟩

/-- The convolution of the digits `l` of the weight with the image `u`, for output channel `out` of a
group. No literal at all stands for zeros: a box of non-negative numbers costs nothing on its negative
side. -/
@[expose] def convolve (p : ConvPlan) (g : Window) (w : Const [o, cg, kh, kw]) (x : Box [c, h, wd])
    (l u : List Nat) (group out : Nat) : Nat :=
  cond u.isEmpty 0 (addUp cg fun c => Nat.mul (p.kernel g w l out c)
    (p.inGrid.channel h wd x.width x.line u (Nat.add (Nat.mul group cg) c)))

/-- The convolution of the positive digits of the weight with the image `u` plus that of the negative
digits with the image `v`. -/
@[expose] def convolveBoth (p : ConvPlan) (g : Window) (w : Const [o, cg, kh, kw])
    (x : Box [c, h, wd]) (u v : List Nat) (group out : Nat) : Nat :=
  Nat.add (p.convolve g w x w.pos u group out) (p.convolve g w x w.neg v group out)

/-- One side of the comparison: outputs, convolution and bias over the common denominator. -/
@[expose] def side (p : ConvPlan) (y a b : Nat) : Nat :=
  Nat.add
    (Nat.add (Nat.mul p.output y)
      (Nat.mul p.product (bitsAt a (Nat.mul p.bits p.start) (Nat.mul p.bits p.length))))
    (Nat.mul (Nat.mul p.bias b) (ones p.bits p.length))

/-- Whether output channel `out` of a group lies within the box `y`. -/
@[expose] def channelOk (p : ConvPlan) (g : Window) (w : Const [o, cg, kh, kw]) (b : Const [o])
    (x : Box [c, h, wd]) (y : Box [o, oh, ow]) (group out : Nat) : Bool :=
  (p.outGrid g).digitsLe oh ow p.length
    (p.side ((p.outGrid g).channel oh ow y.width y.line y.lowPos out)
      (p.convolveBoth g w x x.lowNeg x.highPos group out) (b.negDigit out))
    (p.side ((p.outGrid g).channel oh ow y.width y.line y.lowNeg out)
      (p.convolveBoth g w x x.lowPos x.highNeg group out) (b.posDigit out)) &&
  (p.outGrid g).digitsLe oh ow p.length
    (p.side ((p.outGrid g).channel oh ow y.width y.line y.highNeg out)
      (p.convolveBoth g w x x.highPos x.lowNeg group out) (b.posDigit out))
    (p.side ((p.outGrid g).channel oh ow y.width y.line y.highPos out)
      (p.convolveBoth g w x x.highNeg x.lowPos group out) (b.negDigit out))

/-- Whether the geometry is one that the method covers, with the input and output channels in
`groups` equal groups: no padding above or to the left is wider than the kernel, and no window starts
beyond the right edge. -/
@[expose] def geometryOk (p : ConvPlan) (g : Window) (groups o cg c kh kw wd oh ow : Nat) : Bool :=
  Nat.beq (Nat.mul groups cg) c && Nat.beq (Nat.mul (Nat.div o groups) groups) o &&
  Nat.blt 0 g.stride.1 && Nat.blt 0 g.stride.2 &&
  Nat.ble g.padding.1 (Nat.mul (Nat.sub kh 1) g.dilation.1) &&
  Nat.ble g.padding.2 (Nat.mul (Nat.sub kw 1) g.dilation.2) &&
  Nat.blt (Nat.mul (Nat.sub ow 1) g.stride.2) (Nat.add wd g.padding.2) &&
  Nat.beq p.row (Nat.add wd (Nat.mul (Nat.sub kw 1) g.dilation.2)) &&
  Nat.beq p.start
    (Nat.add (Nat.mul (Nat.sub (Nat.mul (Nat.sub kh 1) g.dilation.1) g.padding.1) p.row)
      (Nat.sub (Nat.mul (Nat.sub kw 1) g.dilation.2) g.padding.2)) &&
  Nat.beq p.length
    (Nat.succ (Nat.add (Nat.mul (Nat.mul g.stride.1 p.row) (Nat.sub oh 1))
      (Nat.mul g.stride.2 (Nat.sub ow 1))))

/-- Whether the factors are those of the denominators, which are positive, and no digit overflows. -/
@[expose] def scaleOk (p : ConvPlan) (g : Window) (w : Const [o, cg, kh, kw]) (b : Const [o])
    (x : Box [c, h, wd]) (y : Box [o, oh, ow]) : Bool :=
  Nat.blt 0 w.line && Nat.blt 0 x.line && Nat.blt 0 y.line && Nat.ble w.width w.stride &&
  Nat.blt 0 p.den && Nat.beq (Nat.mul p.product (Nat.mul w.den x.den)) p.den &&
  Nat.beq (Nat.mul p.bias b.den) p.den && Nat.beq (Nat.mul p.output y.den) p.den &&
  Nat.ble y.width p.bits && Nat.ble x.width p.bits && Nat.blt 0 p.bits &&
  Nat.ble (Nat.mul w.stride (Nat.mul kh kw)) (Nat.mul p.bits (p.kernelGrid g kh kw).row) &&
  Nat.ble
    (Nat.add
      (Nat.add (Nat.mul p.output (Nat.pow 2 y.width))
        (Nat.mul p.product
          (Nat.mul cg (Nat.mul 2 (Nat.mul kh
            (Nat.mul kw (Nat.mul (Nat.pow 2 w.width) (Nat.pow 2 x.width))))))))
      (Nat.mul p.bias (Nat.pow 2 b.width)))
    (Nat.pow 2 (Nat.sub p.bits 1))

/-- The check of a convolution with a plan. -/
@[expose] def check (p : ConvPlan) (g : Window) (groups : Nat) (w : Const [o, cg, kh, kw])
    (b : Const [o]) (x : Box [c, h, wd]) (y : Box [o, oh, ow]) : Bool :=
  p.geometryOk g groups o cg c kh kw wd oh ow && p.scaleOk g w b x y &&
  allBelow groups fun group => allBelow (Nat.div o groups) fun i =>
    p.channelOk g w b x y group (Nat.add (Nat.mul group (Nat.div o groups)) i)

/-- The plan for a convolution, with a common multiple of the denominators. -/
@[expose] def make (bits den : Nat) (g : Window) (w : Const [o, cg, kh, kw]) (b : Const [o])
    (x : Box [c, h, wd]) (y : Box [o, oh, ow]) : ConvPlan where
  bits := bits
  row := Nat.add wd (Nat.mul (Nat.sub kw 1) g.dilation.2)
  start :=
    Nat.add
      (Nat.mul (Nat.sub (Nat.mul (Nat.sub kh 1) g.dilation.1) g.padding.1)
        (Nat.add wd (Nat.mul (Nat.sub kw 1) g.dilation.2)))
      (Nat.sub (Nat.mul (Nat.sub kw 1) g.dilation.2) g.padding.2)
  length :=
    Nat.succ (Nat.add
      (Nat.mul (Nat.mul g.stride.1 (Nat.add wd (Nat.mul (Nat.sub kw 1) g.dilation.2)))
        (Nat.sub oh 1))
      (Nat.mul g.stride.2 (Nat.sub ow 1)))
  den := den
  product := Nat.div den (Nat.mul w.den x.den)
  bias := Nat.div den b.den
  output := Nat.div den y.den

end ConvPlan

/-- Whether a convolution maps the box `x` into the box `y`. The check works with digits of `bits`
bits; too few of them make it fail, any number that is large enough makes it succeed. -/
@[expose] def convCheck (bits : Nat) (g : Window) (groups : Nat) (w : Const [o, cg, kh, kw])
    (b : Const [o]) (x : Box [c, h, wd]) (y : Box [o, oh, ow]) : Bool :=
  (ConvPlan.make bits (Nat.lcm (Nat.lcm (Nat.mul w.den x.den) b.den) y.den) g w b x y).check g groups w b
    x y

end Lemmanet
