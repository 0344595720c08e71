module

public import Lemmanet
public import Lemmanet.Runs

/-!
A network with three inputs, four neurons with `relu` and two outputs: robust in exact arithmetic, with a
margin that is more than the errors of binary32, so that every floating-point run of it gives the same
answer. The checks of the budget accept the numbers below and refuse whatever is changed.
-/

public noncomputable section

namespace Lemmanet.Test.Runs

open Lemmanet Float

/-- The inputs: at most 1/8 away from the center. -/
@[expose] def inputs : Box [3] where
  den := 2 ^ 8
  width := 8
  line := 3
  lowPos := [0x408040]
  lowNeg := []
  highPos := [0x80c080]
  highNeg := []

/-- The weight of the first layer. -/
@[expose] def weight₁ : Const [3, 4] where
  den := 2 ^ 4
  width := 6
  stride := 80
  line := 4
  pos := [0x2000000000000000000050000000000000000000000000000000000000008,
    0x1000000000000000000000000000000000000000600000000000000000004,
    0x30000000000000000000900000000000000000000]
  neg := [0x300000000000000000000,
    0x70000000000000000000000000000000000000000,
    0x10000000000000000000000000000000000000000000000000000000000002]

/-- The bias of the first layer. -/
@[expose] def bias₁ : Const [4] where
  den := 2 ^ 4
  width := 6
  stride := 6
  line := 4
  pos := [0x3001]
  neg := [0x400080]

/-- Values of the first layer. -/
@[expose] def values₁ : Box [4] where
  den := 2 ^ 8
  width := 9
  line := 4
  lowPos := [0x3840]
  lowNeg := [0xb80100000]
  highPos := [0xe0c878]
  highNeg := [0x920000000]

/-- Errors of the inputs, with those of the roundings. -/
@[expose] def margin₁ : Magnitudes [3] where
  den := 2 ^ 40
  width := 18
  line := 3
  digits := [0x28001f00068001]

/-- Errors of the bias. -/
@[expose] def shift₁ : Magnitudes [4] where
  den := 2 ^ 40
  width := 19
  line := 4
  digits := [0xa00043c008500105002]

/-- Errors of the first layer. -/
@[expose] def errors₁ : Magnitudes [4] where
  den := 2 ^ 40
  width := 20
  line := 4
  digits := [0x80c043d4033e8042d003]

/-- Values after `relu`. -/
@[expose] def values₂ : Box [4] where
  den := 2 ^ 8
  width := 7
  line := 4
  lowPos := [0xe40]
  lowNeg := []
  highPos := [0xe3278]
  highNeg := []

/-- Errors after `relu`: one neuron is dead. -/
@[expose] def errors₂ : Magnitudes [4] where
  den := 2 ^ 40
  width := 18
  line := 4
  digits := [0x7d404fa016d004]

/-- The weight of the second layer. -/
@[expose] def weight₂ : Const [4, 2] where
  den := 2 ^ 4
  width := 6
  stride := 80
  line := 2
  pos := [0xc, 0x300000000000000000007, 0x5, 0x100000000000000000002]
  neg := [0x400000000000000000000, 0x0, 0x800000000000000000000, 0x0]

/-- The bias of the second layer. -/
@[expose] def bias₂ : Const [2] where
  den := 2 ^ 4
  width := 6
  stride := 6
  line := 2
  pos := [0x8]
  neg := [0x200]

/-- Outputs. -/
@[expose] def outputs : Box [2] where
  den := 2 ^ 8
  width := 9
  line := 2
  lowPos := [0xbc]
  lowNeg := [0x16a00]
  highPos := [0x118]
  highNeg := [0xfa00]

/-- Errors of the arguments of the second layer, with those of the roundings. -/
@[expose] def margin₂ : Magnitudes [4] where
  den := 2 ^ 40
  width := 19
  line := 4
  digits := [0x54901720035a005]

/-- Errors of the bias. -/
@[expose] def shift₂ : Magnitudes [2] where
  den := 2 ^ 40
  width := 18
  line := 2
  digits := [0xc000b0002]

/-- Errors of the outputs: less than a millionth. -/
@[expose] def errors₃ : Magnitudes [2] where
  den := 2 ^ 40
  width := 20
  line := 2
  digits := [0x82607b8f4b]

/-- The network. -/
@[expose] def model : Prog [[3]] [2] :=
  network fun x =>
  step (.linear weight₁ bias₁ : Op [[3]] [4]) x fun y =>
  step (.relu : Op [[4]] [4]) y fun z =>
  step (.linear weight₂ bias₂ : Op [[4]] [2]) z fun out =>
  result out

/-- The center of the inputs. -/
@[expose] def center : Const [3] where
  den := 8
  width := 3
  stride := 3
  line := 3
  pos := [0o353]
  neg := []

/-! ## The exact network -/

theorem maps₁ : (Op.linear weight₁ bias₁).Maps (inputs, ()) values₁ := linear_maps (by decide +kernel)

theorem maps₂ : Op.relu.Maps (values₁, ()) values₂ := relu_maps (by decide +kernel)

theorem maps₃ : (Op.linear weight₂ bias₂).Maps (values₂, ()) outputs := linear_maps (by decide +kernel)

/-- Output 1 is below output 0 by more than 1. -/
@[expose] def tightened : Formula := .and (.le [(1, 1), (-1, 0)] (-1) 1) .true

theorem model_tightened : model.Ensures inputs tightened :=
  .of_sat (b := inputs) (by decide +kernel) (.bind values₁ maps₁ (.bind values₂ maps₂
    (.bind outputs maps₃ (.ret fun _ _ _ _ h => boxGoal_holds (by decide +kernel) h))))

/-! ## Its floating-point runs -/

theorem tracks₁ : (Op.linear weight₁ bias₁).Tracks binary32 (inputs, ()) (.zero, ()) errors₁ :=
  linear_tracks 327681 1099511627776 margin₁ shift₁ (by decide +kernel)

theorem tracks₂ : Op.relu.Tracks binary32 (values₁, ()) (errors₁, ()) errors₂ :=
  relu_tracks (by decide +kernel)

theorem tracks₃ : (Op.linear weight₂ bias₂).Tracks binary32 (values₂, ()) (errors₂, ()) errors₃ :=
  linear_tracks 393217 1099511627776 margin₂ shift₂ (by decide +kernel)

theorem model_within : model.Within binary32 (inputs, ()) (.zero, ()) errors₃ :=
  .bind maps₁ tracks₁ (.bind maps₂ tracks₂ (.bind maps₃ tracks₃ .ret))

/-- Robustness of all binary32 runs. -/
theorem model_robustIn : model.RobustIn binary32 center 1 8 none 0 :=
  .of_within model_tightened (by decide +kernel) model_within (by decide +kernel)

/-- Exact robustness from the same facts. -/
theorem model_robust : model.Robust center 1 8 none 0 :=
  .of_covers (e := errors₃) model_tightened (by decide +kernel) (by decide +kernel)

/-- A formula with less room. -/
@[expose] def claimed : Formula := .and (.lt [(1, 1), (-1, 0)] (-999998) 1000000) .true

/-- Its floating-point form, and the exact one. -/
theorem model_ensuresIn : model.EnsuresIn binary32 inputs claimed :=
  .of_within model_tightened model_within (by decide +kernel)

theorem model_ensures : model.Ensures inputs claimed :=
  .of_covers (e := errors₃) model_tightened (by decide +kernel)

/-! ## What is refused -/

/-- No room for the errors. -/
example : tightened.covers errors₃ tightened = false := by decide +kernel

/-- Too little room. -/
example : tightened.covers errors₃ (.and (.lt [(1, 1), (-1, 0)] (-9999999) 10000000) .true) = false := by
  decide +kernel

/-- Another form. -/
example : tightened.covers errors₃ (.and (.lt [(1, 0), (-1, 1)] 1 1) .true) = false := by decide +kernel

/-- A wrong label. -/
example : tightened.coversWins errors₃ 1 = false := by decide +kernel

/-- The budget of the first layer, with parts that may be changed. -/
@[expose] def first (p : Nat) (w : Const [3, 4]) (x : Box [3]) (m : Nat) (c : Nat) (e : Nat) : Bool :=
  linearBudget binary32 p 1099511627776 w bias₁ x .zero { margin₁ with digits := [m] }
    { shift₁ with digits := [c] } { errors₁ with digits := [e] }

/-- The digits of `margin₁`. -/
@[expose] def m : Nat := 0x28001f00068001

/-- The digits of `shift₁`. -/
@[expose] def c : Nat := 0xa00043c008500105002

/-- The digits of `errors₁`. -/
@[expose] def e : Nat := 0x80c043d4033e8042d003

/-- What is accepted. -/
example : first 327681 weight₁ inputs m c e = true := by decide +kernel

/-- An error that is one too small, in the first and in the last entry. -/
example : first 327681 weight₁ inputs m c (e - 1) = false ∧
    first 327681 weight₁ inputs m c (e - 2 ^ 60) = false := by
  decide +kernel

/-- A factor for the roundings that is too small: five roundings have more than five units. -/
example : first (5 * 2 ^ 16) weight₁ inputs m c e = false := by decide +kernel

/-- Magnitudes that are one too small, in the first and in the last entry. -/
example : first 327681 weight₁ inputs (m - 1) c e = false ∧
    first 327681 weight₁ inputs (m - 2 ^ 36) c e = false := by
  decide +kernel

/-- A bound on the error of the bias that is one too small. -/
example : first 327681 weight₁ inputs m (c - 1) e = false := by decide +kernel

/-- Larger inputs. -/
example : first 327681 weight₁ { inputs with highPos := [0x80c081] } m c e = false := by decide +kernel

/-- A weight in lines of another length. -/
example : first 327681 { weight₁ with line := 3 } inputs m c e = false := by decide +kernel

/-- Digits so close that sums could overflow. -/
example : first 327681 { weight₁ with stride := 40 } inputs m c e = false := by decide +kernel

/-- A weight that does not fit its digits. -/
example : first 327681 { weight₁ with width := 3 } inputs m c e = false := by decide +kernel

/-- A denominator of zero. -/
example : first 327681 { weight₁ with den := 0 } inputs m c e = false := by decide +kernel

/-- Five roundings, and more than what they can do. -/
example : gammaCheck binary32 5 327681 1099511627776 = true ∧ gammaCheck binary32 6 327681 1099511627776 = false ∧
    gammaCheck binary32 5 0 1099511627776 = false ∧ gammaCheck binary16 5 327681 1099511627776 = false := by
  decide +kernel

/-- Numbers that are too large for the format, and a unit that is too small. -/
example : rangeCheck binary32 (2 ^ 100) 1 = true ∧ rangeCheck binary32 (2 ^ 128) 1 = false ∧
    rangeCheck binary32 (2 ^ 60) (2 ^ 66) = true ∧ rangeCheck binary32 (2 ^ 60) (2 ^ 67) = false := by
  decide +kernel

/-- The budget of `relu`: the error of a neuron is too small, also of a dead one, and another box. -/
example : reluBudget binary32 values₁ errors₁ { errors₂ with digits := [0x7d404fa016d004 - 1] } = false ∧
    reluBudget binary32 values₁ errors₁ { errors₂ with digits := [0x7d404fa016d004 - 2 ^ 54] } = false ∧
    reluBudget binary32 values₂ errors₁ errors₂ = false ∧
    reluBudget binary32 { values₁ with highNeg := [] } errors₁ errors₂ = false := by
  decide +kernel

/-- Copies need room for flushing. -/
example : copyBudget binary32 errors₁ errors₁ = false ∧ pairBudget binary32 errors₂ errors₁ errors₂ = false ∧
    pairBudget binary32 errors₂ errors₂ errors₁ = false := by
  decide +kernel

/-- Limits that are numbers of the format, and one that is not. -/
example : exactFraction binary32 6 1 = true ∧ exactFraction binary32 (-13421773) (2 ^ 27) = true ∧
    exactFraction binary32 1 10 = false := by
  decide +kernel

end Lemmanet.Test.Runs
