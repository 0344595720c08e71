module

public import Lemmanet

/-! Inputs of a claim, points and binary32 numbers: what the checks accept and what they refuse. -/

public noncomputable section

namespace Lemmanet.Test.Goals

open Lemmanet

/-- The center `(1/2, 3/4)`. -/
@[expose] def center : Const [2] where
  den := 4
  width := 4
  stride := 4
  line := 2
  pos := [0x32]
  neg := []

/-- A box over the denominator 8 with the given digits. -/
@[expose] def box (low high : Nat) : Box [2] where
  den := 8
  width := 4
  line := 2
  lowPos := [low]
  lowNeg := []
  highPos := [high]
  highNeg := []

/-- A point over the denominator 8. -/
@[expose] def point (digits : Nat) : Const [2] where
  den := 8
  width := 4
  stride := 4
  line := 2
  pos := [digits]
  neg := []

/-- A radius of 1/8 around the center is `[3/8, 5/8] × [5/8, 7/8]`. -/
example : nearCheck center 1 8 none (box 0x53 0x75) = true := by decide +kernel
/-- The box misses a part above. -/
example : nearCheck center 1 8 none (box 0x53 0x74) = false := by decide +kernel
/-- The box misses a part below. -/
example : nearCheck center 1 8 none (box 0x54 0x75) = false := by decide +kernel
/-- A larger radius. -/
example : nearCheck center 2 8 none (box 0x53 0x75) = false := by decide +kernel
/-- Limits cut the ball. -/
example : nearCheck center 2 8 (some ((3, 8), (7, 8))) (box 0x43 0x76) = true := by decide +kernel
/-- Limits with a denominator of zero. -/
example : nearCheck center 1 8 (some ((0, 0), (1, 1))) (box 0x53 0x75) = false := by decide +kernel

/-- Points of the ball. -/
example : nearPoint center 1 8 none (point 0x75) = true := by decide +kernel
/-- Points outside. -/
example : nearPoint center 1 8 none (point 0x85) = false := by decide +kernel
/-- Points outside of the limits. -/
example : nearPoint center 1 8 (some ((0, 1), (3, 4))) (point 0x75) = false := by decide +kernel

/-- A box within another one. -/
example : boxWithin (box 0x53 0x75) (box 0x43 0x76) = true := by decide +kernel
/-- And the other way round. -/
example : boxWithin (box 0x43 0x76) (box 0x53 0x75) = false := by decide +kernel

/-- A relu maps `[3/8, 5/8]`, but not into less. -/
example : reluCheck (box 0x33 0x55) (box 0x33 0x55) = true := by decide +kernel
/-- A bound that is too tight. -/
example : reluCheck (box 0x33 0x55) (box 0x34 0x55) = false := by decide +kernel
/-- Upper ends that are too low, in the first entry and in the second one. -/
example : reluCheck (box 0x33 0x55) (box 0x33 0x54) = false := by decide +kernel
/-- The second one. -/
example : reluCheck (box 0x33 0x55) (box 0x33 0x45) = false := by decide +kernel
/-- The same box over twice the denominator, and over less. -/
example : reluCheck (box 0x33 0x55) { box 0x66 0xaa with den := 16 } = true := by decide +kernel
/-- A lower end one sixteenth too high. -/
example : reluCheck (box 0x33 0x55) { box 0x76 0xaa with den := 16 } = false := by decide +kernel
/-- Negative inputs give zero, no less is needed. -/
example : reluCheck { box 0 0 with lowNeg := [0x33], highNeg := [0x11] } (box 0 0) = true := by
  decide +kernel
/-- But a lower end above zero is too high, and an upper end below it too low. -/
example : reluCheck { box 0 0 with lowNeg := [0x33], highNeg := [0x11] } (box 0x10 0x11) = false := by
  decide +kernel
/-- An upper end below zero. -/
example : reluCheck (s := [2]) { box 0 0 with lowNeg := [0x33], highNeg := [0x11] }
    { box 0 0 with lowNeg := [0x33], highNeg := [0x01] } = false := by
  decide +kernel
/-- A denominator of zero. -/
example : reluCheck { box 0x33 0x55 with den := 0 } (box 0x33 0x55) = false := by
  decide +kernel

/-- 3/8 and 7/8 are binary32 numbers: `3·2^146` and `7·2^146` times `2^-149`. -/
theorem binary32 : (point 0x73).IsBinary32 := binary32_of_check 0x9292 (by decide +kernel)
/-- The exponent of another number. -/
example : binary32Check (point 0x73) 0x9293 2 = false := by decide +kernel
/-- A third is none, whatever the exponent. -/
example : binary32Check ({ point 0x73 with den := 3 } : Const [2]) 0x9292 2 = false := by
  decide +kernel

end Lemmanet.Test.Goals
