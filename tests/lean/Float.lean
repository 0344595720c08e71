module

public import Lemmanet.Float

/-!
Floating-point data by their bit patterns: what the kernel evaluates, and the theorems on instances that
satisfy their hypotheses.
-/

public noncomputable section

namespace Lemmanet.Test.Float

open Lemmanet.Float Datum

/-- A datum of binary32 by its bit pattern. -/
@[expose] def single (bits : Nat) : Datum binary32 := ofBits binary32 bits

/-- One tenth. -/
@[expose] def tenth : Datum binary32 := single 0x3dcccccd

/-- The largest finite number. -/
@[expose] def largest : Datum binary32 := single 0x7f7fffff

/-- The constants of the formats. -/
example : [binary16, bfloat16, binary32, binary64].map (fun F => (F.bias, F.scale, F.infinityRank)) =
    [(15, 24, 0x7c00), (127, 133, 0x7f80), (127, 149, 0x7f800000), (1023, 1074, 0x7ff0000000000000)] := by
  decide +kernel

/-- 0.1 + 0.2 is the binary32 number nearest to 0.3, and not exact. -/
example : (addition .tiesToEven tenth (single 0x3e4ccccd)).datum.toBits = 0x3e99999a ∧
    (addition .tiesToEven tenth (single 0x3e4ccccd)).flags = { inexact := true } := by
  decide +kernel

/-- Twice the largest number overflows, to infinity or to the largest number. -/
example : (addition .tiesToEven largest largest).datum = .infinity false ∧
    (addition .towardZero largest largest).datum = largest ∧
    (addition .towardZero largest largest).flags = { overflow := true, inexact := true } := by
  decide +kernel

/-- Half of the least positive number is a tie, rounded to zero. -/
example : (multiplication .tiesToEven (single 1) (single 0x3f000000)).datum = .finite false 0 ∧
    (multiplication .tiesToEven (single 1) (single 0x3f000000)).flags =
      { underflow := true, inexact := true } ∧
    (multiplication .towardPositive (single 1) (single 0x3f000000)).datum = single 1 := by
  decide +kernel

/-- Signs of zeros. -/
example : (addition .tiesToEven tenth tenth.negate).datum = .finite false 0 ∧
    (addition .towardNegative tenth tenth.negate).datum = .finite true 0 ∧
    minimum (single 0) (single 0x80000000) = .exact (.finite true 0) := by
  refine ⟨by decide +kernel, by decide +kernel, rfl⟩

/-- Division by zero, and results that are not defined. -/
example : (division .tiesToEven tenth (single 0x80000000)).datum = .infinity true ∧
    (division .tiesToEven tenth (single 0x80000000)).flags = { divideByZero := true } ∧
    (division .tiesToEven (single 0) (single 0)).flags = { invalid := true } ∧
    (squareRoot .tiesToEven tenth.negate).flags = { invalid := true } := by
  decide +kernel

/-- A signaling NaN signals, a quiet one does not; a number is kept by `maximumNumber` only. -/
example : (addition .tiesToEven tenth (single 0x7f800001)).flags = { invalid := true } ∧
    (addition .tiesToEven tenth (single 0x7fc00000)).flags = {} ∧
    (maximum tenth (single 0x7fc00000)).datum = .nan false ∧
    (maximumNumber tenth (single 0x7fc00000)).datum = tenth := by
  decide +kernel

/-- The square root of 2, and a product and a sum with one rounding. -/
example : (squareRoot .tiesToEven (single 0x40000000)).datum.toBits = 0x3fb504f3 ∧
    (fusedMultiplyAdd .tiesToEven tenth (single 0x41200000) (single 0xbf800000)).datum.toBits =
      0x32800000 := by
  decide +kernel

/-- Decimal numbers, integers and other formats. -/
example : (convertFromDecimal binary32 .tiesToEven false 1 (-1)).datum = tenth ∧
    (convertFromInt binary32 .tiesToEven 16777217).datum = single 0x4b800000 ∧
    convertToInteger .tiesToEven (single 0xc0200000) = some (-2) ∧
    (convertFormat binary64 .tiesToEven tenth).datum.toBits = 0x3fb99999a0000000 := by
  decide +kernel

/-- Texts are read with one rounding, and printed with the fewest digits that are read back. -/
example : (ofString binary32 .tiesToEven "-12.5e1").map (·.datum.toBits) = some 0xc2fa0000 ∧
    (ofString binary32 .tiesToEven "1e99999999999").map (·.flags.overflow) = some true ∧
    (ofString binary32 .tiesToEven "-Inf").map (·.datum) = some (.infinity true) ∧
    (ofString binary32 .tiesToEven "1e").map (·.datum) = none ∧
    tenth.toString = "1e-1" ∧ largest.toString = "3.4028235e38" ∧ (single 1).toString = "1e-45" := by
  decide +kernel

/-- A product of intervals is rounded outward, and its lower end is infinite where it overflows. -/
example : (Interval.mul (.point tenth) (.point tenth)).lower.toBits = 0x3c23d70a ∧
    (Interval.mul (.point tenth) (.point tenth)).upper.toBits = 0x3c23d70b ∧
    (Interval.mul (.point largest) ⟨largest.negate, largest⟩).lower = .infinity true ∧
    (Interval.div (.point tenth) ⟨single 0, largest⟩).upper = .infinity false := by
  decide +kernel

/-- Classes. -/
example : [0, 1, 0x00800000, 0x7f800000, 0x7f800001, 0x7fc00000, 0xff800000].map
      (fun bits => (single bits).class) =
    [.positiveZero, .positiveSubnormal, .positiveNormal, .positiveInfinity, .signalingNaN, .quietNaN,
      .negativeInfinity] := by
  decide +kernel

/-- The theorems about operations apply: their hypotheses are evaluated. -/
example : (addition .tiesToEven tenth tenth).datum.toRat =
    binary32.round .tiesToEven (tenth.toRat + tenth.toRat) :=
  addition_toRat (by decide +kernel) (by decide +kernel) (by decide +kernel)

/-- The same for division. -/
example : (division .towardNegative tenth largest).datum.toRat =
    binary32.round .towardNegative (tenth.toRat / largest.toRat) :=
  division_toRat (by decide +kernel) (by decide +kernel) (by decide +kernel) (by decide +kernel)

/-- The same for a product and a sum. -/
example : (fusedMultiplyAdd .tiesToAway tenth tenth tenth).datum.toRat =
    binary32.round .tiesToAway (tenth.toRat * tenth.toRat + tenth.toRat) :=
  fusedMultiplyAdd_toRat (by decide +kernel) (by decide +kernel) (by decide +kernel)
    (by decide +kernel)

/-- The same for a difference, a product and a conversion. -/
example : (subtraction .towardZero largest tenth).datum.toRat =
      binary32.round .towardZero (largest.toRat - tenth.toRat) ∧
    (multiplication .towardPositive largest tenth).datum.toRat =
      binary32.round .towardPositive (largest.toRat * tenth.toRat) ∧
    (convertFormat bfloat16 .tiesToEven tenth).datum.toRat =
      bfloat16.round .tiesToEven tenth.toRat :=
  ⟨subtraction_toRat (by decide +kernel) (by decide +kernel) (by decide +kernel),
    multiplication_toRat (by decide +kernel) (by decide +kernel) (by decide +kernel),
    convertFormat_toRat (by decide +kernel) (by decide +kernel)⟩

/-- A square root, and the error of rounding a number between -2 and 2. -/
example := squareRoot_nearest (F := binary32) (direction := .tiesToEven) (.inl rfl)
  (r := 0x40000000) (by decide)

example := Format.round_error (F := binary32) (direction := .tiesToEven) (.inl rfl)
  (x := 1) (a := 2) (by grind) (by grind)

/-- Sterbenz, for 1.5 and 1. -/
example : (subtraction .tiesToEven (.finite false 0x3fc00000 : Datum binary32)
      (.finite false 0x3f800000)).datum.toRat =
    (.finite false 0x3fc00000 : Datum binary32).toRat - (.finite false 0x3f800000 : Datum binary32).toRat :=
  (subtraction_exact (by decide +kernel) (by decide +kernel) (by decide +kernel) (by decide +kernel)).2

end Lemmanet.Test.Float
