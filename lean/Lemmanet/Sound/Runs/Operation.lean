module

public import Lemmanet.Float.Error
public import Lemmanet.Sound.Runs.Pending
public import Lemmanet.Sound.Runs.Total
public import Lemmanet.Spec.Runs

/-!
# Single operations
-/

public noncomputable section

namespace Lemmanet.Float

/-- The largest finite number. -/
@[expose] def Format.largest (F : Format) : Rat :=
  (F.units (F.infinityRank - 1) : Rat) / (2 ^ F.scale : Nat)

variable {F : Format} [Format.Valid F]

/-- The power of two with the largest exponent is at most the largest number: for binary32, 2¹²⁷. -/
theorem Format.pow_le_largest (F : Format) [Format.Valid F] : ((2 ^ F.bias : Nat) : Rat) ≤ F.largest := by
  exact pending _

/-- The least normal number is at most one. -/
theorem Format.leastNormal_le_one (F : Format) [Format.Valid F] : F.leastNormal ≤ 1 := by
  exact pending _

/-- `2 ^ (bias - 1)` least normal numbers are one: for binary32, the least normal number is 2⁻¹²⁶. -/
theorem Format.leastNormal_eq (F : Format) [Format.Valid F] :
    F.leastNormal = 1 / ((2 ^ (F.bias - 1) : Nat) : Rat) := by
  exact pending _

/-- The nearest number to a fraction that is not too large is finite, and how far it is away. -/
theorem Format.nearest_error {num : Int} {den : Nat} (hd : 0 < den) {W : Rat}
    (hl : -W ≤ ratio num den) (hu : (ratio num den : Rat) ≤ W) (hW : W ≤ F.largest) :
    (F.nearest num den).isFinite = true ∧
      Differ (F.nearest num den).toRat (ratio num den) (F.roundoff * (W + F.leastNormal)) := by
  exact pending _

/-- What is flushed moves by less than the least normal number. -/
theorem Datum.Flushed.error {x y : Datum F} (h : x.Flushed y) (hx : x.isFinite = true) :
    y.isFinite = true ∧ Differ y.toRat x.toRat F.leastNormal := by
  exact pending _

/-- A number that may have been flushed differs from the exact one by less than the least normal number. -/
theorem Datum.Is.error {y : Datum F} {v : Rat} (h : y.Is v) : Differ y.toRat v F.leastNormal := by
  exact pending _

omit [Format.Valid F] in
/-- The negated datum is finite where the datum is. -/
theorem Datum.isFinite_negate (x : Datum F) : x.negate.isFinite = x.isFinite := by
  cases x <;> rfl

omit [Format.Valid F] in
/-- A sum of two is a sum of a list. -/
theorem Datum.Adds.sumResult {x y z : Datum F} (h : x.Adds y z) : SumResult [x, y] z :=
  .add (.term x) (.term y) h

end Lemmanet.Float
