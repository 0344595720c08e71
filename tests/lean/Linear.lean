module

public import Lemmanet

/-!
A layer of two inputs and two outputs, small enough to follow: `y₀ = x₀ + 3 x₁ + 1` and
`y₁ = -2 x₀ + 4 x₁ - 1` for `x` in the unit square, so that `y` lies in `[1, 5] × [-3, 3]`. The checks
accept these bounds and refuse whatever is changed.
-/

public noncomputable section

namespace Lemmanet.Test.Linear

open Lemmanet

/-- The weight, given a stride and the digit of the entry for `x₀` and `y₀`. -/
@[expose] def weight (stride first : Nat) : Const [2, 2] where
  den := 1
  width := 4
  stride := stride
  line := 2
  pos := [first, 2 ^ stride * 4 + 3]
  neg := [2 ^ stride * 2, 0]

/-- The bias. -/
@[expose] def bias : Const [2] where
  den := 1
  width := 4
  stride := 4
  line := 2
  pos := [0x01]
  neg := [0x10]

/-- Inputs from zero to the digits of `high`. -/
@[expose] def input (high : Nat) : Box [2] where
  den := 1
  width := 4
  line := 2
  lowPos := []
  lowNeg := []
  highPos := [high]
  highNeg := []

/-- Outputs. -/
@[expose] def output (lowPos lowNeg highPos : Nat) : Box [2] where
  den := 1
  width := 4
  line := 2
  lowPos := [lowPos]
  lowNeg := [lowNeg]
  highPos := [highPos]
  highNeg := []

/-- The exact bounds are accepted. -/
theorem accepted : linearCheck (weight 16 1) bias (input 0x11) (output 0x01 0x30 0x35) = true := by
  decide +kernel

/-- And looser ones. -/
example : linearCheck (weight 16 1) bias (input 0x11) (output 0x00 0x40 0x46) = true := by
  decide +kernel

/-- A lower bound that is one too high. -/
example : linearCheck (weight 16 1) bias (input 0x11) (output 0x02 0x30 0x35) = false := by
  decide +kernel

/-- A lower bound of the other output that is one too high. -/
example : linearCheck (weight 16 1) bias (input 0x11) (output 0x01 0x20 0x35) = false := by
  decide +kernel

/-- An upper bound that is one too low. -/
example : linearCheck (weight 16 1) bias (input 0x11) (output 0x01 0x30 0x34) = false := by
  decide +kernel

/-- A wrong weight. -/
example : linearCheck (weight 16 2) bias (input 0x11) (output 0x01 0x30 0x35) = false := by
  decide +kernel

/-- A larger input box. -/
example : linearCheck (weight 16 1) bias (input 0x12) (output 0x01 0x30 0x35) = false := by
  decide +kernel

/-- A weight that does not fit its digit. -/
example : linearCheck (weight 16 0x11) bias (input 0x11) (output 0x01 0x30 0x35) = false := by
  decide +kernel

/-- Digits so close that sums could overflow. -/
example : linearCheck (weight 8 1) bias (input 0x11) (output 0x01 0x30 0x35) = false := by
  decide +kernel

/-- A bias whose digits are not side by side. -/
example : linearCheck (weight 16 1) { bias with stride := 8 } (input 0x11)
    (output 0x01 0x30 0x35) = false := by
  decide +kernel

/-- A denominator of zero. -/
example : linearCheck (weight 16 1) { bias with den := 0 } (input 0x11) (output 0x01 0x30 0x35) =
    false := by
  decide +kernel

/-- The difference of the outputs, `y₁ - y₀ = -3 x₀ + x₁ - 2`, is at most `-1`: the difference row
shows that output 0 wins, which the bounds of the outputs alone do not. -/
theorem wins : linearGoal (weight 16 1) bias (input 0x11) (winsFormula 0 2) = true := by
  decide +kernel

/-- The bounds of the outputs do not show it. -/
example : boxGoal (output 0x01 0x30 0x35) (winsFormula 0 2) = false := by decide +kernel

/-- A wrong label. -/
example : linearGoal (weight 16 1) bias (input 0x11) (winsFormula 1 2) = false := by decide +kernel

/-- An input box on which it is not so: `x = (0, 3)`. -/
example : linearGoal (weight 16 1) bias (input 0x31) (winsFormula 0 2) = false := by decide +kernel

/-- An index out of range in a formula. -/
example : linearGoal (weight 16 1) bias (input 0x11) (.le [(1, 2)] 100 1) = false := by
  decide +kernel

/-- The network of this layer alone. -/
@[expose] def model : Prog [[2]] [2] :=
  network fun x =>
  step (.linear (weight 16 1) bias : Op [[2]] [2]) x fun y =>
  result y

/-- The theorem about the network that the checks give, over the rational numbers. -/
theorem model_wins (x : Tensor Rat [2]) (hx : (input 0x11).Mem x) : Wins 0 (model.run x) :=
  wins_of_formula (Prog.Ensures.of_sat (p := model) (b := input 0x11) (f := winsFormula 0 2)
    (by decide +kernel) (Prog.Sat.last (linearGoal_holds wins)) Rat x hx)

/-- The same through the output's bounds, for a formula that they show. -/
theorem model_below : Prog.Ensures model (input 0x11) (.le [(1, 0)] 5 1) :=
  Prog.Ensures.of_sat (b := input 0x11) (by decide +kernel)
    (Prog.Sat.bind (output 0x01 0x30 0x35) (linear_maps accepted)
      (Prog.Sat.ret fun _ _ _ _ h => boxGoal_holds (by decide +kernel) h))

end Lemmanet.Test.Linear
