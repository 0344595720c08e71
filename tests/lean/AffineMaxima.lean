module

public import Lemmanet

/-!
Two forms of the maximum and of the minimum of the entries of two values, and of two operators that read
one value. Bounds are the smallest that the given coefficients show: they are accepted, and smaller ones are
refused.
-/

public noncomputable section

namespace Lemmanet.Test.AffineMaxima

open Lemmanet

/-- One number between -1 and 1. -/
@[expose] def unit : Box [1] := ⟨1, 4, 1, [], [1], [1], []⟩

/-- The forms `y` and `-y`. -/
@[expose] def both : Rows := ⟨1, 4, 8, [0x79]⟩

/-- Coefficients in halves, two forms. -/
@[expose] def halves (entries : List Nat) : Rows := ⟨2, 4, 8, entries⟩

/-- Two fractions over two, with digits of eight bits: 0x80 is zero. -/
@[expose] def bounds (num : Nat) : Lanes := ⟨2, 8, 0x80, num⟩

/-! ## Maxima and minima

`max x (-x)` and `min x (-x)` for `x` between -1 and 1. From above, the maximum is at most
`x / 2 + (-x) / 2 + 1`; from below, it is at least `x / 2 + (-x) / 2`. -/

/-- The number and its negative. -/
@[expose] def pair : Trace [1] [[1], [1]] := .bind .input (.neg : Op [[1]] [1]) (.cons .last .nil)

/-- Their intervals. -/
theorem pair_facts : pair.Facts unit.inputs (unit, unit, ()) :=
  (Trace.Facts.box unit).bind unit (neg_maps (by decide +kernel))

/-- The coefficients: halves of both for `y`, halves of both negatives for `-y`. -/
@[expose] def means : Rows := halves [0x79, 0x79]

/-- The maximum is at most 1 and at least 0. -/
theorem max : (pair.bind (.max : Op [[1], [1]] [1]) (.cons (.before .last) (.cons .last .nil))).Bounds
    unit.inputs 2 .none (some both, .none) (bounds 0x8082) :=
  .widen 32 (by decide +kernel) <| .max pair_facts means (by decide +kernel) <|
  .neg (by decide +kernel) <| .input 32 (.box unit) (by decide +kernel)

/-- The minimum is at most 0 and at least -1. -/
theorem min : (pair.bind (.min : Op [[1], [1]] [1]) (.cons (.before .last) (.cons .last .nil))).Bounds
    unit.inputs 2 .none (some both, .none) (bounds 0x8280) :=
  .widen 32 (by decide +kernel) <| .min pair_facts means (by decide +kernel) <|
  .neg (by decide +kernel) <| .input 32 (.box unit) (by decide +kernel)

/-- One argument stands for the maximum: `max x (-x)` is at least `x`; from above that takes 2 more. -/
theorem single : (pair.bind (.max : Op [[1], [1]] [1]) (.cons (.before .last) (.cons .last .nil))).Bounds
    unit.inputs 2 .none (some both, .none) (bounds 0x8286) :=
  .widen 32 (by decide +kernel) <|
  .max pair_facts (halves [0x6a, 0x88]) (by decide +kernel) <|
  .neg (by decide +kernel) <| .input 32 (.box unit) (by decide +kernel)

/-- The constants, with given coefficients, for maxima and minima. -/
@[expose] def constants (least : Bool) (given : Rows) : Lanes :=
  let A := both.widen 2 32
  Bend.lanes A given 1 (cond least (Extreme.minTerm 2 1 A given unit.flat unit.flat)
    (Extreme.maxTerm 2 1 A given unit.flat unit.flat))

/-- They are 1 and 0 for means, and 2 and 0 if one argument stands for both. -/
example : ((constants false means).le 2 32 (bounds 0x8082) &&
    (constants true means).le 2 32 (bounds 0x8280) &&
    (constants false (halves [0x6a, 0x88])).le 2 32 (bounds 0x8084)) = true := by decide +kernel

/-- And no smaller. -/
example : ((constants false means).le 2 32 (bounds 0x8081) ||
    (constants false means).le 2 32 (bounds 0x7f82) ||
    (constants true means).le 2 32 (bounds 0x8180) ||
    (constants true means).le 2 32 (bounds 0x827f) ||
    (constants false (halves [0x6a, 0x88])).le 2 32 (bounds 0x8083) ||
    (constants false (halves [0x6a, 0x88])).le 2 32 (bounds 0x7f84)) = false := by decide +kernel

/-- Coefficients of one argument only, and digits that are too narrow for the sums. -/
example : (Bend.ok 2 (both.widen 2 32) (halves [0x79]) 2 1
      (Extreme.maxTerm 2 1 (both.widen 2 32) (halves [0x79]) unit.flat unit.flat) ||
    Bend.ok 2 (both.widen 2 8) means 2 1
      (Extreme.maxTerm 2 1 (both.widen 2 8) means unit.flat unit.flat)) = false := by decide +kernel

/-! ## Windows

The maximum over the rows of a 2 × 2 image with pixels between 0 and 1. It is at most half of both pixels
plus 1/2, and at least the first pixel. -/

/-- The images. -/
@[expose] def image : Box [1, 2, 2] := ⟨1, 4, 4, [], [], [0x1111], []⟩

/-- Two pixels in a row. -/
@[expose] def window : Window := { kernel := (1, 2) }

/-- Halves of both taps of both windows for the sum of the maxima, the first tap for the negative of it. -/
@[expose] def tapLines : Rows := halves [0x69, 0x69, 0x89, 0x89]

/-- The sum is at most 3, its negative at most 0. -/
theorem maxPool2d : (Trace.input.bind (.maxPool2d window : Op [[1, 2, 2]] [1, 2, 1])
    (.cons .last .nil)).Bounds image.inputs 2 .none (some ⟨1, 4, 8, [0x79, 0x79]⟩, .none)
    (bounds 0x8086) :=
  .widen 32 (by decide +kernel) <| .maxPool2d (.box image) tapLines (by decide +kernel) <|
  .input 32 (.box image) (by decide +kernel)

/-- The constants, with given coefficients. -/
@[expose] def peaks (given : Rows) : Lanes :=
  let A := (⟨1, 4, 8, [0x79, 0x79]⟩ : Rows).widen 2 32
  Bend.lanes A given 1 (WindowMax.term window 2 2 2 1 2 A given image.flat)

/-- They are 1 and 0. -/
example : (peaks tapLines).le 2 32 (bounds 0x8082) = true := by decide +kernel

/-- And no smaller, with other coefficients neither. -/
example : ((peaks tapLines).le 2 32 (bounds 0x8081) || (peaks tapLines).le 2 32 (bounds 0x7f82) ||
    (peaks (halves [0x69, 0x69, 0x88, 0x89])).le 2 32 (bounds 0x8082) ||
    (peaks (halves [0x69, 0x59, 0x89, 0x89])).le 2 32 (bounds 0x8082)) = false := by decide +kernel

/-- A window that sees no pixel, and too few lines. -/
example : (WindowMax.stepOk 2 { window with padding := (3, 0) } 1 2 2 2 1
      ((⟨1, 4, 8, [0x79, 0x79]⟩ : Rows).widen 2 32) tapLines (.last : Var [[1, 2, 2]] _) image (none, ())
      ((bounds 0x8086).widen 2 32) ||
    WindowMax.stepOk 2 window 1 2 2 2 1 ((⟨1, 4, 8, [0x79, 0x79]⟩ : Rows).widen 2 32)
      (halves [0x69, 0x69]) (.last : Var [[1, 2, 2]] _) image (none, ())
      ((bounds 0x8086).widen 2 32)) = false := by decide +kernel

/-- As above. -/
example : WindowMax.stepOk 2 window 1 2 2 2 1 ((⟨1, 4, 8, [0x79, 0x79]⟩ : Rows).widen 2 32) tapLines
    (.last : Var [[1, 2, 2]] _) image (none, ()) ((bounds 0x8086).widen 2 32) = true := by decide +kernel

/-! ## Two operators that read one value

`relu x + abs x` is at most `(x + 1) / 2 + 1` and at least `0 x`. -/

/-- The relu, the absolute value and their sum. -/
@[expose] def twice : Trace [1] [[1], [1], [1], [1]] :=
  .bind (.bind (.bind .input (.relu : Op [[1]] [1]) (.cons .last .nil)) (.abs : Op [[1]] [1])
    (.cons (.before .last) .nil)) (.add : Op [[1], [1]] [1]) (.cons (.before .last) (.cons .last .nil))

/-- The relu lies between 0 and 1. -/
theorem relu_facts : (Trace.input.bind (.relu : Op [[1]] [1]) (.cons .last .nil)).Facts unit.inputs
    ((⟨1, 4, 1, [], [], [1], []⟩ : Box [1]), unit, ()) :=
  (Trace.Facts.box unit).bind _ (relu_maps (by decide +kernel))

/-- The sum is at most 2 and at least 0. -/
theorem sum : twice.Bounds unit.inputs 2 .none (some both, .none) (bounds 0x8084) :=
  .widen 32 (by decide +kernel) <| .add (by decide +kernel) <|
  .abs relu_facts (halves [0x88]) (by decide +kernel) <|
  .widenAt (.before .last) 32 (by decide +kernel) <|
  .relu (.box unit) (halves [0x89]) (by decide +kernel) <|
  .input 32 (.box unit) (by decide +kernel)

end Lemmanet.Test.AffineMaxima
