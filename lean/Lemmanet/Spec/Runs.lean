module

public import Lemmanet.Float.Arithmetic
public import Lemmanet.Float.Comparison
public import Lemmanet.Spec.Property

/-!
# Floating-point runs

What can come out when a program runs in a binary format, on a device that computes with the format's
own operations, rounded to nearest. The order of every sum is left open, and so is whether a product is
rounded before it is added or fused into the addition, where a sum starts from zero, and whether
subnormal numbers are flushed to zero, on the way in or on the way out. A theorem about all runs holds
for whatever the device does of that. Sums that are computed by other products than those of the
definition (Winograd, Fourier transforms), in another format (TF32), or by a program that was rewritten
are no runs.

About infinities and NaN nothing is said: with such an operand, any result is a run. Theorems show that
none appears.
-/

@[expose] public noncomputable section

namespace Lemmanet

open Float (Format Datum)

/-! ## Results of one operation -/

namespace Float

variable {F : Format}

/-- The least magnitude of a normal number. -/
def Format.leastNormal (F : Format) : Rat := (F.binade : Rat) / (2 ^ F.scale : Nat)

/-- `y` is `x`, or `x` is subnormal and was flushed to a zero of either sign. -/
def Datum.Flushed (x y : Datum F) : Prop := y = x ∨ x.isSubnormal = true ∧ y.isZero = true

/-- `y` is the number `v`, or a zero that `v` was flushed to. The sign of a zero is left open. -/
def Datum.Is (y : Datum F) (v : Rat) : Prop :=
  y.isFinite = true ∧ (y.toRat = v ∨ y.toRat = 0 ∧ -F.leastNormal < v ∧ v < F.leastNormal)

/-- `z` is a result of `x + y`. -/
def Datum.Adds (x y z : Datum F) : Prop :=
  ∃ x' y', x.Flushed x' ∧ y.Flushed y' ∧ (Datum.addition .tiesToEven x' y').datum.Flushed z

/-- `z` is a result of `x * y`. -/
def Datum.Multiplies (x y z : Datum F) : Prop :=
  ∃ x' y', x.Flushed x' ∧ y.Flushed y' ∧ (Datum.multiplication .tiesToEven x' y').datum.Flushed z

/-- `r` is a result of `x * y + z`, rounded once. -/
def Datum.Fuses (x y z r : Datum F) : Prop :=
  ∃ x' y' z', x.Flushed x' ∧ y.Flushed y' ∧ z.Flushed z' ∧
    (Datum.fusedMultiplyAdd .tiesToEven x' y' z').datum.Flushed r

/-- `z` is a result of `x / y`. -/
def Datum.Divides (x y z : Datum F) : Prop :=
  ∃ x' y', x.Flushed x' ∧ y.Flushed y' ∧ (Datum.division .tiesToEven x' y').datum.Flushed z

/-- `r` is a result of the sum of the products `x * y` for `(x, y)` in `products` and of `terms`, by some
evaluation: along any tree, with each product rounded first or fused into the addition, and with zeros
to start from anywhere. -/
inductive DotResult : List (Datum F × Datum F) → List (Datum F) → Datum F → Prop
  /-- A sum starts from zero. -/
  | zero (negative : Bool) : DotResult [] [] (.finite negative 0)
  /-- A term. -/
  | term (x : Datum F) : DotResult [] [x] x
  /-- A rounded product. -/
  | product {x y r : Datum F} (h : x.Multiplies y r) : DotResult [(x, y)] [] r
  /-- A product that is fused into the addition. -/
  | fused {x y r z : Datum F} (h : DotResult products terms r) (hz : x.Fuses y r z) :
      DotResult ((x, y) :: products) terms z
  /-- The sum of two results. -/
  | add {r q z : Datum F} (h : DotResult products terms r) (h' : DotResult products' terms' q)
      (hz : r.Adds q z) : DotResult (products ++ products') (terms ++ terms') z
  /-- The order is left open. -/
  | perm {r : Datum F} (h : DotResult products terms r) (hp : products.Perm products')
      (ht : terms.Perm terms') : DotResult products' terms' r

/-- `r` is a result of the sum of `terms`, in any order. -/
abbrev SumResult (terms : List (Datum F)) (r : Datum F) : Prop := DotResult [] terms r

/-- The number of the format nearest to `num / den`. -/
def Format.nearest (F : Format) (num : Int) (den : Nat) : Datum F :=
  (F.roundQuotient .tiesToEven false (Int.mul num (Nat.pow 2 F.scale)) den).datum

/-- `r` is a result of the mean of `terms`: of the sum, divided by their number or multiplied by its
rounded reciprocal, or of the sum of the terms multiplied by it. `count` is the number to divide by. -/
def MeanResult (count : Nat) (terms : List (Datum F)) (r : Datum F) : Prop :=
  (∃ s, SumResult terms s ∧ (s.Divides (F.nearest count 1) r ∨ s.Multiplies (F.nearest 1 count) r)) ∨
    DotResult (terms.map fun x => (F.nearest 1 count, x)) [] r

end Float

/-! ## Tensors -/

/-- A tensor of data of a format, as a function of the row-major flat index. -/
def Data (F : Format) (s : Shape) : Type := Fin (Shape.size s) → Datum F

namespace Data

variable {F : Format} {s : Shape}

/-- The datum with flat index `k`; plus zero when `k` is out of range. -/
def «at» (x : Data F s) (k : Nat) : Datum F :=
  if h : k < Shape.size s then x ⟨k, h⟩ else .finite false 0

/-- All data are finite numbers. -/
def Finite (x : Data F s) : Prop := ∀ k, (x.at k).isFinite = true

/-- The values of the data. -/
def toRat (x : Data F s) : Tensor Rat s := fun k => (x k).toRat

end Data

/-- Entry `k` of a constant, as a number of the format: the nearest one. -/
def Const.datum (F : Format) (c : Const s) (k : Nat) : Datum F := F.nearest (c.num k) c.den

/-- One tensor of data for each shape of a context; what is bound last comes first. -/
def DataEnv (F : Format) : List Shape → Type
  | [] => Unit
  | s :: Γ => Data F s × DataEnv F Γ

/-- All data are finite numbers. -/
def DataEnv.Finite {F : Format} : {Γ : List Shape} → DataEnv F Γ → Prop
  | [], _ => True
  | _ :: _, (x, xs) => x.Finite ∧ DataEnv.Finite xs

/-- The values of the data. -/
def DataEnv.toRat {F : Format} : {Γ : List Shape} → DataEnv F Γ → Env Rat Γ
  | [], _ => ()
  | _ :: _, (x, xs) => (x.toRat, DataEnv.toRat xs)

/-- The data of a variable. -/
def Var.data {F : Format} : {Γ : List Shape} → {s : Shape} → Var Γ s → DataEnv F Γ → Data F s
  | _, _, .last, env => env.1
  | _, _, .before v, env => v.data env.2

/-- The data of the arguments. -/
def Args.data {F : Format} : {Γ ins : List Shape} → Args Γ ins → DataEnv F Γ → DataEnv F ins
  | _, _, .nil, _ => ()
  | _, _, .cons v rest, env => (v.data env, rest.data env)

/-! ## Operators and programs -/

variable {F : Format}

/-- A fraction, as the value of the nearest number of the format. -/
def nearestFraction (F : Format) (num : Int) (den : Nat) : Int × Nat :=
  ((F.nearest num den).units, 2 ^ F.scale)

/-- An operator that is not rounded: its constants are rounded to the format, and then its results are
exact. `none` for the operators that round. -/
def Op.selecting (F : Format) : {ins : List Shape} → {out : Shape} → Op ins out → Option (Op ins out)
  | _, _, .max => some .max
  | _, _, .min => some .min
  | _, _, .neg => some .neg
  | _, _, .abs => some .abs
  | _, _, .relu => some .relu
  | _, _, .clip lo hi => some (.clip (lo.map fun l => nearestFraction F l.1 l.2)
      (hi.map fun l => nearestFraction F l.1 l.2))
  | _, _, .maxPool2d g => some (.maxPool2d g)
  | _, _, .reshape h => some (.reshape h)
  | _, _, .transpose perm => some (.transpose perm)
  | _, _, .concat outer a b => some (.concat outer a b)
  | _, _, .slice start step => some (.slice start step)
  | _, _, .pad before p q => some (.pad before (nearestFraction F p q).1 (nearestFraction F p q).2)
  | _, _, _ => none

/-- The pairs of flat indices of weights and of pixels whose products an entry of a convolution sums;
products with the padding are left out. -/
def Window.products (g : Window) (cg kh kw h w out first i j : Nat) : List (Nat × Nat) :=
  (List.range cg).flatMap fun c => (List.range kh).flatMap fun a => (List.range kw).filterMap fun e =>
    let r := i * g.stride.1 + a * g.dilation.1
    let q := j * g.stride.2 + e * g.dilation.2
    if g.padding.1 ≤ r ∧ r < g.padding.1 + h ∧ g.padding.2 ≤ q ∧ q < g.padding.2 + w then
      some (((out * cg + c) * kh + a) * kw + e,
        ((first + c) * h + (r - g.padding.1)) * w + (q - g.padding.2))
    else none

/-- The flat indices of the entries that entry `k` of a sum over one axis adds. -/
def axisTerms (s : Shape) (axis k : Nat) : List Nat :=
  let inner := Shape.size (s.drop (axis + 1))
  let d := s.getD axis 1
  (List.range d).map fun t => (k / inner * d + t) * inner + k % inner

/-- `z` can be entry `k` of what a rounding operator computes from data. -/
def Op.Rounds : {ins : List Shape} → {out : Shape} → Op ins out → DataEnv F ins → Nat → Datum F → Prop
  | _, _, .constant c, _, k, z => (c.datum F k).Flushed z
  | _, _, .linear (n := n) (m := m) w b, (x, _), i, z =>
    Float.DotResult ((List.range n).map fun j => (w.datum F (j * m + i), x.at j)) [b.datum F i] z
  | _, _, .conv2d (o := o) (cg := cg) (kh := kh) (kw := kw) (h := h) (wd := wd) (oh := oh) (ow := ow)
      g groups w b, (x, _), k, z =>
    let out := k / (oh * ow)
    Float.DotResult ((g.products cg kh kw h wd out (out / (o / groups) * cg) (k / ow % oh) (k % ow)).map
      fun t => (w.datum F t.1, x.at t.2)) [b.datum F out] z
  | _, _, .add, (x, y, _), k, z => (x.at k).Adds (y.at k) z
  | _, _, .sub, (x, y, _), k, z => (x.at k).Adds (y.at k).negate z
  | _, _, .leakyRelu p q, (x, _), k, z =>
    if 0 ≤ (x.at k).toRat then z.Is (x.at k).toRat else (F.nearest p q).Multiplies (x.at k) z
  | _, _, .affine (c := c) (s := s) scale shift, (x, _), k, z =>
    let ch := k / (Shape.size s / c)
    Float.DotResult [(scale.datum F ch, x.at k)] [shift.datum F ch] z
  | _, _, .avgPool2d (h := h) (w := w) (oh := oh) (ow := ow) g includePad, (x, _), k, z =>
    let taps := g.taps h w (k / (oh * ow)) (k / ow % oh) (k % ow)
    Float.MeanResult (if includePad then g.kernel.1 * g.kernel.2 else taps.length) (taps.map x.at) z
  | _, _, .globalAvgPool (h := h) (w := w), (x, _), k, z =>
    Float.MeanResult (h * w) ((List.range (h * w)).map fun i => x.at (k * (h * w) + i)) z
  | _, _, .reduceSum (s := s) axis, (x, _), k, z =>
    Float.SumResult ((axisTerms s axis k).map x.at) z
  | _, _, .reduceMean (s := s) axis, (x, _), k, z =>
    Float.MeanResult (s.getD axis 1) ((axisTerms s axis k).map x.at) z
  | _, _, _, _, _, _ => False

/-- `z` can come out of an operator for the data `xs`. -/
def Op.Runs (op : Op ins out) (xs : DataEnv F ins) (z : Data F out) : Prop :=
  xs.Finite → ∀ k, k < Shape.size out →
    match op.selecting F with
    | some exact => (z.at k).Is ((exact.denote xs.toRat).at k)
    | none => op.Rounds xs k (z.at k)

/-- `z` can come out of a run of a program. -/
def Prog.Runs : {Γ : List Shape} → {out : Shape} → Prog Γ out → DataEnv F Γ → Data F out → Prop
  | _, _, .ret v, env, z => z = v.data env
  | _, _, .bind op args rest, env, z => ∃ t, op.Runs (args.data env) t ∧ rest.Runs (t, env) z

/-! ## Properties -/

/-- For every number of the box in format `F`, every run of the network gives finite numbers whose values
satisfy the formula. -/
def Prog.EnsuresIn (F : Format) (p : Prog [s] t) (input : Box s) (post : Formula) : Prop :=
  ∀ (x : Data F s) (y : Data F t), x.Finite → input.Mem x.toRat → p.Runs (x, ()) y →
    y.Finite ∧ post.Holds y.toRat

/-- Output `label` exceeds every other output, by the comparison of the format. -/
def WinsIn {F : Format} {n : Nat} (label : Nat) (y : Data F [n]) : Prop :=
  ∀ j, j < n → j ≠ label → (y.at j).compareQuietLess (y.at label) = true

/-- Robustness of the floating-point program: for every number in format `F` near the center, every run
of the network answers `label`. -/
def Prog.RobustIn (F : Format) (p : Prog [s] [n]) (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (label : Nat) : Prop :=
  ∀ (x : Data F s) (y : Data F [n]), x.Finite → Near center num den limits x.toRat →
    p.Runs (x, ()) y → WinsIn label y

end Lemmanet
