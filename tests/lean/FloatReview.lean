module

public import Lemmanet.Float

/-!
No theorem of `Lemmanet/Float` assumes what binary32 does not satisfy: each one that has hypotheses is
applied here to data of binary32 for which they are proved. A test compares this file with the sources.
-/

public noncomputable section

namespace Lemmanet.Test.FloatReview

open Lemmanet.Float

/-- One. -/
@[expose] def one : Datum binary32 := .finite false 0x3f800000

/-- The least positive number. -/
@[expose] def tiny : Datum binary32 := .finite false 1

/-- Plus zero. -/
@[expose] def zero : Datum binary32 := .finite false 0

/-- Plus infinity. -/
@[expose] def infinite : Datum binary32 := .infinity false

/-- NaN. -/
@[expose] def nan : Datum binary32 := .nan false

/-- The interval that consists of one. -/
@[expose] def unit : Interval binary32 := .point one

/-! ## Ranks -/

example := binary32.exponent_compose (m := 0x800000) (k := 3) (by decide +kernel) (.inr (by decide +kernel))
example := binary32.units_compose (m := 0x800000) (k := 3) (by decide +kernel) (.inr (by decide +kernel))
example := binary32.units_lt (r := 1) (s := 2) (by decide)
example := binary32.units_le (r := 1) (s := 2) (by decide)
example := binary32.units_inj (r := 7) (s := 7) rfl
example := binary32.units_of_lt (r := 7) (by decide +kernel)
example := binary32.rank_eq (q := 0x2000001) (r := 0x1800000) (by decide +kernel) (by decide +kernel)
example := binary32.spacing_le (r := 0x800000) (by decide +kernel)
example := binary32.spacing_of_lt (r := 7) (by decide +kernel)

/-! ## Encoding -/

example := Datum.ofBits_toBits (x := (.finite true 7 : Datum binary32)) (by
  intro s r h
  cases h
  decide +kernel)

/-! ## Nearest -/

example := tailOf_holds (low := 1) (spacing := 1) (num := 3) (den := 2) (by decide) (by decide)
example := up_mono .tiesToEven false true (low := 1) (spacing := 1) (t := .low) (t' := .half) (num := 5)
  (den := 4) (num' := 3) (den' := 2) (by decide) (by decide) (by decide) (by simp [Tail.Holds])
  (by simp [Tail.Holds]) (by decide)
example := Format.roundedRank_cases (F := binary32) (den := 3) .tiesToEven true 10 (by decide)
example := Format.below_unique (F := binary32) (den := 2) (num := 11) (r := 5) (s := 5)
  (by decide +kernel) (by decide +kernel) (by decide +kernel) (by decide +kernel)
example := Format.roundedRank_exact (F := binary32) (direction := .towardZero) (negative := true) (den := 2)
  (num := 10) (by decide) (r := 5) (by decide +kernel)
example := Format.roundedRank_mono (F := binary32) (num := 10) (den := 3) .tiesToAway false (num' := 7)
  (den' := 2) (by decide) (by decide) (by decide)
example := Format.roundedRank_congr (F := binary32) (num := 5) (den := 3) .tiesToAway false (num' := 10)
  (den' := 6) (by decide) (by decide) (by decide)
example := Format.roundedRank_error (F := binary32) (den := 3) (direction := .tiesToEven) false (.inl rfl)
  10 (by decide)
example := Format.roundedRank_nearest (F := binary32) (den := 3) (direction := .tiesToAway) false (.inr rfl)
  10 (by decide) 4
example := Format.roundedRank_even (F := binary32) (den := 2) false 3 (by decide) (s := 1)
  (by decide +kernel) (by decide +kernel)

/-! ## Round -/

example := Format.roundUnits_mono (F := binary32) .towardNegative (num := -10) (num' := 7) (den := 3)
  (den' := 2) (by decide) (by decide) (by decide)
example := Format.roundUnits_congr (F := binary32) .towardNegative (num := -5) (num' := -10) (den := 3)
  (den' := 6) (by decide) (by decide) (by decide)
example := Format.round_ratio (F := binary32) .tiesToEven (-7) (den := 3) (by decide)
example := Format.round_mono (F := binary32) .tiesToEven (x := -1) (y := 2) (by decide +kernel)
example := Format.round_exact (F := binary32) .tiesToEven binary32.represents_zero
example := Format.roundUnits_error (F := binary32) (direction := .tiesToEven) (.inl rfl) (-7) (den := 3)
  (by decide)
example := Format.roundUnits_error_whole (F := binary32) (direction := .tiesToEven) (.inl rfl) (-7)
example := Format.roundUnits_neg (F := binary32) (direction := .towardZero) (.inr rfl) (-7) (den := 3)
  (by decide)

/-! ## Correct -/

example := Format.roundQuotient_cases (F := binary32) .tiesToEven false (-7) (den := 3) (by decide)
example := Format.roundQuotient_finite (F := binary32) (direction := .tiesToEven) false (-7) (den := 3)
  (by decide) (by decide +kernel)
example := Format.roundQuotient_overflow (F := binary32) .tiesToEven false (-7) (den := 3) (by decide)
example := Format.roundQuotient_toRat (F := binary32) (direction := .tiesToEven) false (-7) (den := 3)
  (by decide) (by decide +kernel)
example := Datum.finite_of_isFinite (x := one) rfl
example := Datum.addition_toRat (direction := .tiesToEven) (x := one) (y := tiny) rfl rfl
  (by decide +kernel)
example := Datum.subtraction_toRat (direction := .tiesToEven) (x := one) (y := tiny) rfl rfl
  (by decide +kernel)
example := Datum.multiplication_toRat (direction := .tiesToEven) (x := one) (y := tiny) rfl rfl
  (by decide +kernel)
example := Datum.division_toRat (direction := .tiesToEven) (x := tiny) (y := one) rfl rfl
  (by decide +kernel) (by decide +kernel)
example := Datum.fusedMultiplyAdd_toRat (direction := .tiesToEven) (x := tiny) (y := one) (z := one) rfl rfl
  rfl (by decide +kernel)
example := Datum.convertFormat_toRat (direction := .tiesToEven) (G := binary16) (x := tiny) rfl
  (by decide +kernel)

/-! ## Exact -/

example := binary32.units_surjective 3 (m := 7) (by decide +kernel)
example := binary32.sterbenz (r := 0x3fc00000) (s := 0x3f800000) (by decide +kernel) (by decide +kernel)
example := Format.represents_of_natAbs (F := binary32) (z := -5) (d := 5) (by decide +kernel)
example := Format.roundUnits_of_natAbs (F := binary32) .towardZero (z := -5) (d := 5) (by decide +kernel)
example := Format.represents_scale binary32.represents_zero 3
example := Datum.subtraction_exact (F := binary32) (direction := .tiesToEven) (r := 0x3fc00000)
  (s := 0x3f800000) (by decide +kernel) (by decide +kernel) (by decide +kernel) (by decide +kernel)

/-! ## Error and Accuracy -/

example := Format.round_error (F := binary32) (direction := .tiesToEven) (.inl rfl) (x := 1) (a := 2)
  (by decide +kernel) (by decide +kernel)
example := Format.round_error_whole (F := binary32) (direction := .tiesToEven) (.inl rfl) 3 (a := 1)
  (by decide +kernel) (by decide +kernel)
example := Format.round_error_sum (F := binary32) (direction := .tiesToEven) (.inl rfl) (x := 1) (a := 2)
  (by decide +kernel) (by decide +kernel)
example := Datum.addition_error (direction := .tiesToEven) (x := one) (y := tiny) (a := 2) (.inl rfl) rfl
  rfl (by decide +kernel) (by decide +kernel) (by decide +kernel)
example := Datum.subtraction_error (direction := .tiesToEven) (x := one) (y := tiny) (a := 2) (.inl rfl) rfl
  rfl (by decide +kernel) (by decide +kernel) (by decide +kernel)
example := Datum.multiplication_error (direction := .tiesToEven) (x := one) (y := tiny) (a := 2) (.inl rfl)
  rfl rfl (by decide +kernel) (by decide +kernel) (by decide +kernel)
example := Datum.division_error (direction := .tiesToEven) (x := tiny) (y := one) (a := 2) (.inl rfl) rfl rfl
  (by decide +kernel) (by decide +kernel) (by decide +kernel) (by decide +kernel)
example := Datum.fusedMultiplyAdd_error (direction := .tiesToEven) (x := tiny) (y := one) (z := one) (a := 2)
  (.inl rfl) rfl rfl rfl (by decide +kernel) (by decide +kernel) (by decide +kernel)
example := Datum.convertFormat_error (direction := .tiesToEven) (G := binary16) (x := tiny) (a := 2)
  (.inl rfl) rfl (by decide +kernel) (by decide +kernel) (by decide +kernel)

/-! ## Root and RootBounds -/

example := Datum.squareRoot_nearest (F := binary32) (direction := .tiesToEven) (.inl rfl) (r := 7) (by decide)
example := Datum.squareRoot_down (F := binary32) (r := 7) (by decide)
example := Datum.squareRoot_up (F := binary32) (r := 7) (by decide)
example := Datum.squareRoot_down_le (x := tiny) rfl (by decide +kernel)
example := Datum.le_squareRoot_up (x := tiny) rfl (by decide +kernel)

/-! ## Order -/

example := Datum.units_lt_iff (x := one) (y := tiny) rfl rfl
example := Datum.toRat_lt_iff_order (x := one) (y := tiny) rfl rfl
example := Datum.isNaN_of_isFinite (x := one) rfl
example := Datum.relation_eq (x := one) (y := infinite) rfl rfl
example := Datum.compareQuietLess_iff_order (x := one) (y := infinite) rfl rfl
example := Datum.compareQuietEqual_iff_order (x := one) (y := infinite) rfl rfl
example := Datum.compareQuietLessEqual_iff_order (x := one) (y := infinite) rfl rfl
example := Datum.compareQuietLess_iff (x := one) (y := tiny) rfl rfl
example := Datum.compareQuietLessEqual_iff (x := one) (y := tiny) rfl rfl
example := Datum.compareQuietEqual_iff (x := one) (y := tiny) rfl rfl
example := Datum.compareQuietGreater_iff (x := one) (y := tiny) rfl rfl
example := Datum.compareQuietGreaterEqual_iff (x := one) (y := tiny) rfl rfl
example := Datum.relation_nan (x := one) (y := nan) (.inr rfl)

/-! ## Special -/

example := Datum.addition_nan (direction := .tiesToEven) (x := nan) (y := one) (.inl rfl)
example := Datum.multiplication_nan (direction := .tiesToEven) (x := nan) (y := one) (.inl rfl)
example := Datum.division_nan (direction := .tiesToEven) (x := nan) (y := one) (.inl rfl)
example := Datum.fusedMultiplyAdd_nan (direction := .tiesToEven) (x := infinite) (y := zero) (z := nan)
  (.inr (.inr rfl))
example := Datum.addition_infinity (direction := .tiesToEven) (y := one) true (.inl rfl)
example := Datum.multiplication_infinity (direction := .tiesToEven) (y := one) true rfl (by decide +kernel)
example := Datum.multiplication_infinity_zero (direction := .tiesToEven) (y := zero) true rfl
example := Datum.division_zero (direction := .tiesToEven) (x := one) (y := zero) rfl (by decide +kernel) rfl
example := Datum.division_zero_zero (direction := .tiesToEven) (x := zero) (y := zero) rfl rfl
example := Datum.division_infinity (direction := .tiesToEven) (x := one) true rfl
example := Datum.squareRoot_negative (direction := .tiesToEven) (x := one.negate) rfl (by decide +kernel) rfl
example := Datum.lesser_le (x := one) (y := tiny) rfl rfl
example := Datum.le_larger (x := one) (y := tiny) rfl rfl
example := Datum.minimum_finite (x := one) (y := tiny) rfl rfl
example := Datum.maximum_finite (x := one) (y := tiny) rfl rfl
example := Datum.nextUp_order (F := binary32) true (r := 7) (by decide +kernel)
example := Datum.nextUp_neighbor (F := binary32) true (r := 0) (by decide +kernel)
example := Datum.nextDown_neighbor (F := binary32) true (r := 0x7f7fffff) (by decide +kernel)

/-! ## Directed -/

example := Format.roundedRank_down (F := binary32) (direction := .towardZero) (negative := true) (den := 3)
  (fun odd t => by cases t <;> rfl) 10 (by decide)
example := Format.roundedRank_up (F := binary32) (direction := .towardNegative) (negative := true) (den := 3)
  (fun odd t h => by cases t <;> first | rfl | exact absurd rfl h) 10 (by decide)
example := Format.roundUnits_down (F := binary32) (-7) (den := 3) (by decide)
example := Format.roundUnits_up (F := binary32) (-7) (den := 3) (by decide)
example := Format.roundUnits_truncate (F := binary32) (-7) (den := 3) (by decide)
example := Format.le_round_down (x := 1) binary32.represents_zero (by decide +kernel)
example := Format.round_up_le (x := -1) binary32.represents_zero (by decide +kernel)
example := Format.round_truncate_of_nonneg (F := binary32) (x := 1) (by decide +kernel)
example := Format.round_truncate_of_nonpos (F := binary32) (x := -1) (by decide +kernel)
example := Datum.AtMost.trans (x := infinite.negate) (v := 1) (w := 2) rfl (by decide +kernel)
example := Datum.AtLeast.trans (x := infinite) (v := 2) (w := 1) rfl (by decide +kernel)
example := Format.roundQuotient_down (F := binary32) false (-7) (den := 3) (by decide)
example := Format.roundQuotient_up (F := binary32) false (-7) (den := 3) (by decide)

/-! ## Enclosure -/

example := Datum.AtMost.cases (x := infinite.negate) (v := 1) rfl
example := Datum.AtLeast.cases (x := infinite) (v := 1) rfl
example := Datum.atMost_of_le (x := zero) (v := 1) rfl (by decide +kernel)
example := Datum.atLeast_of_le (x := zero) (v := -1) rfl (by decide +kernel)
example := Datum.negate_atMost (x := infinite) (v := 1) rfl
example := Datum.negate_atLeast (x := infinite.negate) (v := 1) rfl
example := Datum.addition_down (x := infinite.negate) (y := infinite.negate) (u := 1) (v := 2) rfl rfl
example := Datum.addition_up (x := infinite) (y := infinite) (u := 1) (v := 2) rfl rfl
example := Datum.subtraction_down (x := infinite.negate) (y := infinite) (u := 1) (v := 2) rfl rfl
example := Datum.subtraction_up (x := infinite) (y := infinite.negate) (u := 1) (v := 2) rfl rfl
example := Datum.multiplication_down (x := one) (y := tiny) rfl rfl
example := Datum.multiplication_up (x := one) (y := tiny) rfl rfl
example := Datum.fusedMultiplyAdd_down (x := one) (y := tiny) (z := zero) rfl rfl rfl
example := Datum.fusedMultiplyAdd_up (x := one) (y := tiny) (z := zero) rfl rfl rfl
example := Datum.division_down (x := tiny) (y := one) rfl rfl (by decide +kernel)
example := Datum.division_up (x := tiny) (y := one) rfl rfl (by decide +kernel)

/-! ## Intervals -/

/-- A product of ends that is a lower bound. -/
theorem low : Datum.LowCorner one tiny (one.toRat * tiny.toRat) := .inr (.inl ⟨rfl, rfl, Rat.le_refl⟩)

/-- A product of ends that is an upper bound. -/
theorem high : Datum.HighCorner one tiny (one.toRat * tiny.toRat) :=
  .inr (.inl ⟨rfl, rfl, by decide +kernel⟩)

/-- The interval contains one. -/
theorem contains : unit.Contains one.toRat := Interval.point_sound (d := one) rfl

example := Datum.sign_cases (x := one) rfl
example := Datum.endProduct_down low
example := Datum.endProduct_up high
example := Datum.endFused_down (z := infinite.negate) (w := 1) low rfl
example := Datum.endFused_up (z := infinite) (w := 1) high rfl
example := Datum.lowerOf_atMost (x := one) (y := infinite.negate) (v := 0) (.inr rfl)
example := Datum.upperOf_atLeast (x := one) (y := infinite) (v := 2) (.inr rfl)
example := Interval.point_sound (d := one) rfl
example := Interval.neg_sound contains
example := Interval.add_sound contains contains
example := Interval.sub_sound contains contains
example := Interval.mul_sound contains contains
example := Interval.fma_sound contains contains contains
example := Interval.divPositive_sound contains contains rfl (by decide +kernel)
example := Interval.div_sound contains contains
example := Interval.sqrt_sound contains (by decide +kernel)

end Lemmanet.Test.FloatReview
