module

public import Lemmanet

/-! Sums and differences: what their checks accept, and what they refuse. -/

public noncomputable section

namespace Lemmanet.Test.Sums

open Lemmanet

/-- Two entries, as eighths. -/
@[expose] def box (low high : Nat) (den : Nat := 8) : Box [2] := ⟨den, 4, 2, [low], [], [high], []⟩

/-- `[2/8, 4/8] × [1/8, 3/8]`. -/
@[expose] def x : Box [2] := box 0x12 0x34

/-- From the negative digits of `low` to `high`. -/
@[expose] def around (low high : Nat) (den : Nat := 8) : Box [2] :=
  ⟨den, 4, 2, [], [low], [high], []⟩

/-- The sum of two such vectors. -/
theorem sum : Op.add.Maps (x, x, ()) (box 0x24 0x68) := add_maps (by decide +kernel)

/-- The difference of two such vectors. -/
theorem difference : Op.sub.Maps (x, x, ()) (around 0x22 0x22) := sub_maps (by decide +kernel)

/-! Ends that are off by one, each of the four. -/

example : addCheck x x (box 0x25 0x68) = false := by decide +kernel

example : addCheck x x (box 0x34 0x68) = false := by decide +kernel

example : addCheck x x (box 0x24 0x67) = false := by decide +kernel

example : addCheck x x (box 0x24 0x58) = false := by decide +kernel

example : subCheck x x (around 0x21 0x22) = false := by decide +kernel

example : subCheck x x (around 0x12 0x22) = false := by decide +kernel

example : subCheck x x (around 0x22 0x21) = false := by decide +kernel

example : subCheck x x (around 0x22 0x12) = false := by decide +kernel

/-! Other denominators: the first argument as sixteenths, the result as quarters. -/

example : addCheck (box 0x24 0x68 16) x (box 0x12 0x34 4) = true := by decide +kernel

example : addCheck (box 0x24 0x69 16) x (box 0x12 0x34 4) = false := by decide +kernel

example : subCheck x (box 0x24 0x68 16) (around 0x11 0x11 4) = true := by decide +kernel

example : subCheck x (box 0x23 0x68 16) (around 0x11 0x11 4) = false := by decide +kernel

/-! A sum is not a difference. -/

example : subCheck x x (box 0x24 0x68) = false := by decide +kernel

example : addCheck x x (around 0x22 0x22) = false := by decide +kernel

/-! A denominator of zero. -/

example : addCheck (box 0 0 0) x (box 0 0xff) = false := by decide +kernel

example : addCheck x (box 0 0 0) (box 0 0xff) = false := by decide +kernel

example : addCheck x x (box 0 0xff 0) = false := by decide +kernel

end Lemmanet.Test.Sums
