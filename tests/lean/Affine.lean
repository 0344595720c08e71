module

public import Lemmanet

/-!
A network of two inputs, two hidden layers of three units and two outputs, on the unit square. Bounds on
boxes do not show that output 0 wins, and neither do forms that are bounded with those boxes. But forms
make the box of the second hidden layer smaller, and then forms of the outputs show it. The checks accept
this and refuse whatever is changed.
-/

public noncomputable section

namespace Lemmanet.Test.Affine

open Lemmanet

/-! ## The network -/

/-- A weight whose digits are 16 bits apart. -/
@[expose] def weight (n m : Nat) (pos neg : List Nat) : Const [n, m] := ⟨1, 2, 16, m, pos, neg⟩

/-- A bias. -/
@[expose] def bias (m pos neg : Nat) : Const [m] := ⟨1, 4, 4, m, [pos], [neg]⟩

/-- The first layer: `3 x₀ + x₁ - 1`, `-2 x₀ - 2 x₁ + 1`, `-3 x₀ - 2 x₁ + 1`. -/
@[expose] def weight0 : Const [2, 3] :=
  weight 2 3 [0x000000000003, 0x000000000001]
    [0x000300020000, 0x000200020000]

/-- Its bias. -/
@[expose] def bias0 : Const [3] := bias 3 0x110 0x001

/-- The second layer. -/
@[expose] def weight2 : Const [3, 3] :=
  weight 3 3 [0x000000000001, 0x000000010001, 0x000100020000]
    [0x000300030000, 0x000100000000, 0x000000000001]

/-- Its bias. -/
@[expose] def bias2 : Const [3] := bias 3 0x330 0x002

/-- The third layer. -/
@[expose] def weight4 : Const [3, 2] :=
  weight 3 2 [0x00000000, 0x00000000, 0x00000003]
    [0x00010002, 0x00010000, 0x00030000]

/-- Its bias. -/
@[expose] def bias4 : Const [2] := bias 2 0x01 0x10

/-- The network. -/
@[expose] def model : Prog [[2]] [2] :=
  network fun x =>
  step (.linear weight0 bias0 : Op [[2]] [3]) x fun linear_0 =>
  step (.relu : Op [[3]] [3]) linear_0 fun relu_1 =>
  step (.linear weight2 bias2 : Op [[3]] [3]) relu_1 fun linear_2 =>
  step (.relu : Op [[3]] [3]) linear_2 fun relu_3 =>
  step (.linear weight4 bias4 : Op [[3]] [2]) relu_3 fun linear_4 =>
  result linear_4

/-! ## Boxes -/

/-- A box whose digits have four bits. -/
@[expose] def box (n lowPos lowNeg highPos : Nat) : Box [n] :=
  ⟨1, 4, n, [lowPos], [lowNeg], [highPos], []⟩

/-- The unit square. -/
@[expose] def x_box : Box [2] := box 2 0x00 0x00 0x11

/-- Bounds of the first layer. -/
@[expose] def linear_0_box : Box [3] := box 3 0x000 0x431 0x113

/-- Bounds of the first hidden units. -/
@[expose] def relu_1_box : Box [3] := box 3 0x000 0x000 0x113

/-- Bounds of the second layer. -/
@[expose] def linear_2_box : Box [3] := box 3 0x000 0x763 0x462

/-- Smaller bounds of the second layer: the first upper end is 1, not 2, and the last lower end is -6,
not -7. -/
@[expose] def linear_2_tight : Box [3] := box 3 0x000 0x663 0x461

/-! ## What has run -/

/-- The input. -/
@[expose] def x_trace : Trace [2] [[2]] := .input

/-- The first layer. -/
@[expose] def linear_0_trace : Trace [2] [[3], [2]] :=
  x_trace.bind (.linear weight0 bias0) (.cons .last .nil)

/-- The first hidden units. -/
@[expose] def relu_1_trace : Trace [2] [[3], [3], [2]] :=
  linear_0_trace.bind .relu (.cons .last .nil)

/-- The second layer. -/
@[expose] def linear_2_trace : Trace [2] [[3], [3], [3], [2]] :=
  relu_1_trace.bind (.linear weight2 bias2) (.cons .last .nil)

/-- The second hidden units. -/
@[expose] def relu_3_trace : Trace [2] [[3], [3], [3], [3], [2]] :=
  linear_2_trace.bind .relu (.cons .last .nil)

/-- The outputs. -/
@[expose] def linear_4_trace : Trace [2] [[2], [3], [3], [3], [3], [2]] :=
  relu_3_trace.bind (.linear weight4 bias4) (.cons .last .nil)

/-! ## Boxes along the trace -/

/-- The first layer, by intervals. -/
theorem linear_0_facts : linear_0_trace.Facts x_box.inputs (linear_0_box, x_box, ()) :=
  (Trace.Facts.box x_box).bind linear_0_box (linear_maps (by decide +kernel))

/-- The first hidden units. -/
theorem relu_1_facts : relu_1_trace.Facts x_box.inputs (relu_1_box, linear_0_box, x_box, ()) :=
  linear_0_facts.bind relu_1_box (relu_maps (by decide +kernel))

/-- The second layer. -/
theorem linear_2_facts :
    linear_2_trace.Facts x_box.inputs (linear_2_box, relu_1_box, linear_0_box, x_box, ()) :=
  relu_1_facts.bind linear_2_box (linear_maps (by decide +kernel))

/-! ## Forms of the second layer -/

/-- Rows with digits of eight bits, in quarters. -/
@[expose] def quarters (entries : List Nat) : Rows := ⟨4, 8, 0x80, entries⟩

/-- Fractions with digits of eight bits, in quarters. -/
@[expose] def bounds (num : Nat) : Lanes := ⟨4, 8, 0x80, num⟩

/-- The three units of the second layer, and their negatives: six forms with the coefficients 1 and -1,
written as digits 9 and 7. -/
@[expose] def tight_linear_2 : Rows := ⟨1, 4, 8, [0x888879, 0x887988, 0x798888]⟩

/-- What they are replaced by in the first layer. The first form is `3/4 z₀ + 1/4 z₁`. -/
@[expose] def tight_linear_0 : Rows := quarters [0x897489747c83, 0x818080818081, 0x808180828180]

/-- The largest values of the forms of the first layer. -/
@[expose] def tight_linear_0_upper : Lanes := bounds 0x988d9b8f8586

/-- And of those of the second layer: the first one is 1, the last one 6. -/
@[expose] def tight_linear_2_upper : Lanes := bounds 0x989d98a69184

/-- From the input to the first layer. -/
theorem tight_linear_0_bounds : linear_0_trace.Bounds x_box.inputs 6 .none
    (some tight_linear_0, .none) tight_linear_0_upper :=
  .widen 32 (by decide +kernel) <|
  .linear (by decide +kernel) <|
  .input 32 (.box x_box) (by decide +kernel)

/-- From there to the second layer. -/
theorem tight_linear_2_bounds : linear_2_trace.Bounds x_box.inputs 6 .none
    (some tight_linear_2, .none) tight_linear_2_upper :=
  .widen 32 (by decide +kernel) <|
  .linear (by decide +kernel) <|
  .relu linear_0_facts tight_linear_0 (by decide +kernel) <|
  .weaken 32 tight_linear_0_bounds (by decide +kernel) (by decide +kernel)

/-- The smaller box. The first upper end comes from form 0, the last lower end from form 5, and all
others are those of the box before. -/
theorem linear_2_tight_facts :
    linear_2_trace.Facts x_box.inputs (linear_2_tight, relu_1_box, linear_0_box, x_box, ()) :=
  linear_2_facts.tighten 16 tight_linear_2_bounds linear_2_tight 4 0x600 0x001 (by decide +kernel)

/-! ## Forms of the outputs -/

/-- The difference `y₁ - y₀`. -/
@[expose] def goal_linear_4 : Rows := ⟨1, 4, 8, [0x7, 0x9]⟩

/-- What it is replaced by in the second layer: a quarter of the first unit. -/
@[expose] def goal_linear_2 : Rows := quarters [0x81, 0x80, 0x80]

/-- And in the first layer. -/
@[expose] def goal_linear_0 : Rows := quarters [0x81, 0x80, 0x80]

/-- The largest value in the first layer. -/
@[expose] def goal_linear_0_upper : Lanes := bounds 0x83

/-- And in the second layer. -/
@[expose] def goal_linear_2_upper : Lanes := bounds 0x83

/-- The largest value of the difference of the outputs is -1/2. -/
@[expose] def goal_linear_4_upper : Lanes := bounds 0x7e

/-- From the input to the first layer. -/
theorem goal_linear_0_bounds : linear_0_trace.Bounds x_box.inputs 1 .none
    (some goal_linear_0, .none) goal_linear_0_upper :=
  .widen 32 (by decide +kernel) <|
  .linear (by decide +kernel) <|
  .input 32 (.box x_box) (by decide +kernel)

/-- From there to the second layer. -/
theorem goal_linear_2_bounds : linear_2_trace.Bounds x_box.inputs 1 .none
    (some goal_linear_2, .none) goal_linear_2_upper :=
  .widen 32 (by decide +kernel) <|
  .linear (by decide +kernel) <|
  .relu linear_0_facts goal_linear_0 (by decide +kernel) <|
  .weaken 32 goal_linear_0_bounds (by decide +kernel) (by decide +kernel)

/-- And to the outputs, with the smaller box. -/
theorem goal_linear_4_bounds : linear_4_trace.Bounds x_box.inputs 1 .none
    (some goal_linear_4, .none) goal_linear_4_upper :=
  .widen 32 (by decide +kernel) <|
  .linear (by decide +kernel) <|
  .relu linear_2_tight_facts goal_linear_2 (by decide +kernel) <|
  .weaken 32 goal_linear_2_bounds (by decide +kernel) (by decide +kernel)

/-- The network, on the unit square, answers 0. -/
theorem sat : Prog.Sat model (x_box, ()) fun _ _ _ y => Formula.Holds y (winsFormula 0 2) :=
  .of_satOn <| .bind <| .bind <| .bind <| .bind <| .bind <|
  .of_bounds goal_linear_4_bounds (by decide +kernel)

/-- The same over the rational numbers, as a statement about the network alone. -/
theorem model_wins (x : Tensor Rat [2]) (hx : x_box.Mem x) : Wins 0 (model.run x) :=
  wins_of_formula (Prog.Ensures.of_sat (p := model) (b := x_box) (f := winsFormula 0 2)
    (by decide +kernel) sat Rat x hx)

/-! ## What is refused

The last stretch, from the outputs to the second layer, with things that can be changed: the digits, the
coefficients for the second layer, its box, and the bounds on either end. -/

/-- The forms of the outputs as forms of the second hidden units. -/
@[expose] def pulled (bits : Nat) : Rows := (goal_linear_4.widen 1 bits).linear 1 weight4

/-- The check of the stretch. -/
@[expose] def stretch (bits : Nat) (rows : Rows) (z : Box [3]) (lower upper : Lanes) : Bool :=
  goal_linear_4.widenOk bits && (goal_linear_4.widen 1 bits).linearOk weight4 &&
  TwoPiece.ok 1 0 1 (pulled bits) rows z.flat 3 &&
  lower.le 1 bits ((upper.sub 1 ((goal_linear_4.widen 1 bits).bias 1 bias4)).sub 1
    (TwoPiece.constants 1 0 1 (pulled bits) rows z.flat [] 3))

/-- As above. -/
example : stretch 32 goal_linear_2 linear_2_tight (bounds 0x83) (bounds 0x7e) = true := by
  decide +kernel

/-- Larger bounds of the outputs. -/
example : stretch 32 goal_linear_2 linear_2_tight (bounds 0x83) (bounds 0x80) = true := by
  decide +kernel

/-- A bound of the outputs that is a quarter too small. -/
example : stretch 32 goal_linear_2 linear_2_tight (bounds 0x83) (bounds 0x7d) = false := by
  decide +kernel

/-- A bound of the second layer that is a quarter larger. -/
example : stretch 32 goal_linear_2 linear_2_tight (bounds 0x84) (bounds 0x7e) = false := by
  decide +kernel

/-- The box that was not made smaller. -/
example : stretch 32 goal_linear_2 linear_2_box (bounds 0x83) (bounds 0x7e) = false := by
  decide +kernel

/-- Slopes that cut the activation of the first unit on the right and on the left. -/
example : (stretch 32 (quarters [0x80, 0x80, 0x80]) linear_2_tight (bounds 0x83) (bounds 0x7e) ||
    stretch 32 (quarters [0x82, 0x80, 0x80]) linear_2_tight (bounds 0x83) (bounds 0x7e)) = false := by
  decide +kernel

/-- The outputs have the second unit with the coefficient -1: slopes between 0 and -1 are right, and no
others. -/
example : (stretch 32 (quarters [0x81, 0x7f, 0x80]) linear_2_tight (bounds 0x83) (bounds 0x7e) &&
    stretch 32 (quarters [0x81, 0x7c, 0x80]) linear_2_tight (bounds 0x83) (bounds 0x7e) &&
    !stretch 32 (quarters [0x81, 0x7b, 0x80]) linear_2_tight (bounds 0x83) (bounds 0x7e) &&
    !stretch 32 (quarters [0x81, 0x81, 0x80]) linear_2_tight (bounds 0x83) (bounds 0x7e)) = true := by
  decide +kernel

/-- Digits too narrow for the sums: 17 bits are enough, 16 are not. -/
example : (stretch 17 goal_linear_2 linear_2_tight (bounds 0x83) (bounds 0x7e) &&
    !stretch 16 goal_linear_2 linear_2_tight (bounds 0x83) (bounds 0x7e)) = true := by
  decide +kernel

/-- Coefficients for two entries of three, another offset, and a denominator of zero. -/
example : (stretch 32 (quarters [0x81, 0x80]) linear_2_tight (bounds 0x83) (bounds 0x7e) ||
    stretch 32 ⟨4, 8, 0x7f, [0x80, 0x7f, 0x7f]⟩ linear_2_tight (bounds 0x83) (bounds 0x7e) ||
    stretch 32 ⟨0, 8, 0x80, [0x81, 0x80, 0x80]⟩ linear_2_tight (bounds 0x83) (bounds 0x7e)) =
    false := by
  decide +kernel

/-- The check of the smaller box. -/
@[expose] def tighten (new : Box [3]) (low high : Nat) (d : Lanes) : Bool :=
  tight_linear_2.tightenOk 6 16 d linear_2_box new 4 low high

/-- As above. -/
example : tighten linear_2_tight 0x600 0x001 tight_linear_2_upper = true := by decide +kernel

/-- An upper end and a lower end that are too tight. -/
example : (tighten (box 3 0x000 0x663 0x460) 0x600 0x001 tight_linear_2_upper ||
    tighten (box 3 0x000 0x563 0x461) 0x600 0x001 tight_linear_2_upper) = false := by
  decide +kernel

/-- Ends that come from no form, from a form of the other sign, of another entry, and beyond the last
one. -/
example : (tighten linear_2_tight 0x600 0x000 tight_linear_2_upper ||
    tighten linear_2_tight 0x600 0x002 tight_linear_2_upper ||
    tighten linear_2_tight 0x600 0x003 tight_linear_2_upper ||
    tighten linear_2_tight 0x600 0x007 tight_linear_2_upper) = false := by
  decide +kernel

/-- A form with a second coefficient bounds no entry. -/
example : Rows.tightenOk 6 16 ⟨1, 4, 8, [0x888879, 0x887989, 0x798888]⟩ tight_linear_2_upper linear_2_box
    linear_2_tight 4 0x600 0x001 = false := by
  decide +kernel

/-- A bound on the first form that is larger. -/
example : tighten linear_2_tight 0x600 0x001 (bounds 0x989d98a69185) = false := by decide +kernel

/-- The check of the input. -/
@[expose] def entry (x : Box [2]) (upper : Lanes) : Bool :=
  ((goal_linear_0.widen 1 32).linear 1 weight0).supOk 2 x.flat [] &&
  (((goal_linear_0.widen 1 32).linear 1 weight0).sup 1 2 x.flat []).le 1 32
    (upper.sub 1 ((goal_linear_0.widen 1 32).bias 1 bias0))

/-- As above. -/
example : entry x_box (bounds 0x83) = true := by decide +kernel

/-- A smaller bound, and a larger box. -/
example : (entry x_box (bounds 0x82) || entry (box 2 0x00 0x00 0x21) (bounds 0x83)) = false := by
  decide +kernel

/-- A formula that the bounds show, another label, a smaller bound, and a form that is not there. -/
example : (goal_linear_4.goalOk 2 goal_linear_4_upper 0 1 (.le [(-1, 0), (1, 1)] (-1) 2) &&
    !goal_linear_4.goalOk 2 goal_linear_4_upper 0 1 (winsFormula 1 2) &&
    !goal_linear_4.goalOk 2 goal_linear_4_upper 0 1 (.lt [(-1, 0), (1, 1)] (-1) 2) &&
    !goal_linear_4.goalOk 2 goal_linear_4_upper 0 1 (.le [(1, 1)] 9 1) &&
    !goal_linear_4.goalOk 2 goal_linear_4_upper 0 0 (winsFormula 0 2)) = true := by
  decide +kernel

end Lemmanet.Test.Affine
