module

public import Lemmanet

/-! A theorem with a bound that is too tight: the kernel evaluates its check to `false`. -/

public noncomputable section

open Lemmanet

/-- The unit interval. -/
@[expose] def unit (high : Nat) : Box [1] := ⟨1, 4, 1, [], [], [high], []⟩

/-- Not so: the relu of 2 is 2. -/
theorem tooTight : Op.Maps (.relu : Op [[1]] [1]) (unit 2, ()) (unit 1) :=
  relu_maps (by decide +kernel) -- refused here
