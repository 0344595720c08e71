module

public import Lemmanet.Float.Error

/-!
# Errors of operations

To nearest, without overflow: a sum or a difference of data differs from the exact one by at most
`u` times its magnitude, always; a product, a quotient, a fused operation and a conversion by that or by
half of the least positive number, so by at most the sum of the two. In every theorem `a` is the
magnitude of the exact result, or something above it.
-/

@[expose] public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

namespace Format

variable {F : Format} [Valid F] {direction : Direction}

/-- Half of the unit: the largest error of rounding a number below the normal ones. -/
def halfUnit (F : Format) : Rat := F.unit / 2

/-- The error of rounding to nearest is at most `u * a + η`. -/
theorem round_error_sum (hn : direction.IsNearest) {x a : Rat} (ha : -a ≤ x) (ha' : x ≤ a) :
    F.round direction x - x ≤ F.roundoff * a + F.halfUnit ∧
      x - F.round direction x ≤ F.roundoff * a + F.halfUnit := by
  have hpos {n : Nat} (h : 0 < n) : (0 : Rat) ≤ 1 / (n : Rat) := by
    have h' : (0 : Rat) < (n : Rat) := by exact_mod_cast h
    rw [Rat.div_def, Rat.one_mul]
    exact Rat.le_of_lt (Rat.inv_pos.2 h')
  have hu : 0 ≤ F.roundoff := hpos (by have := F.binade_pos; omega)
  have hh : 0 ≤ F.unit := hpos F.scale_pos
  have hua : 0 ≤ F.roundoff * a := Rat.mul_nonneg hu (by grind)
  unfold halfUnit
  rcases F.round_error hn ha ha' with ⟨h1, h2⟩ | ⟨h1, h2⟩ <;> constructor <;> grind

end Format

namespace Datum

variable {F : Format} [Format.Valid F] {direction : Direction} {x y z : Datum F} {a : Rat}

/-- The error of a sum is at most `u` times its magnitude, also where it is subnormal. -/
theorem addition_error (hn : direction.IsNearest) (hx : x.isFinite = true) (hy : y.isFinite = true)
    (h : (addition direction x y).flags.overflow = false)
    (ha : -a ≤ x.toRat + y.toRat) (ha' : x.toRat + y.toRat ≤ a) :
    (addition direction x y).datum.toRat - (x.toRat + y.toRat) ≤ F.roundoff * a ∧
      x.toRat + y.toRat - (addition direction x y).datum.toRat ≤ F.roundoff * a := by
  have e : x.toRat + y.toRat = ((x.units + y.units : Int) : Rat) / (2 ^ F.scale : Nat) := by
    rw [Rat.intCast_add, toRat, toRat]
    grind
  rw [addition_toRat hx hy h]
  rw [e] at ha ha' ⊢
  exact F.round_error_whole hn _ ha ha'

/-- The error of a difference is at most `u` times its magnitude, also where it is subnormal. -/
theorem subtraction_error (hn : direction.IsNearest) (hx : x.isFinite = true) (hy : y.isFinite = true)
    (h : (subtraction direction x y).flags.overflow = false)
    (ha : -a ≤ x.toRat - y.toRat) (ha' : x.toRat - y.toRat ≤ a) :
    (subtraction direction x y).datum.toRat - (x.toRat - y.toRat) ≤ F.roundoff * a ∧
      x.toRat - y.toRat - (subtraction direction x y).datum.toRat ≤ F.roundoff * a := by
  have hm : y.negate.isFinite = true := by
    obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
    rfl
  have e : x.toRat - y.toRat = x.toRat + y.negate.toRat := by
    rw [toRat_negate]
    grind
  rw [e] at ha ha' ⊢
  exact addition_error hn hx hm h ha ha'

/-- The error of a product is at most `u` times its magnitude, or half a unit. -/
theorem multiplication_error (hn : direction.IsNearest) (hx : x.isFinite = true)
    (hy : y.isFinite = true) (h : (multiplication direction x y).flags.overflow = false)
    (ha : -a ≤ x.toRat * y.toRat) (ha' : x.toRat * y.toRat ≤ a) :
    (multiplication direction x y).datum.toRat - x.toRat * y.toRat ≤ F.roundoff * a + F.halfUnit ∧
      x.toRat * y.toRat - (multiplication direction x y).datum.toRat ≤
        F.roundoff * a + F.halfUnit := by
  rw [multiplication_toRat hx hy h]
  exact F.round_error_sum hn ha ha'

/-- The error of a quotient is at most `u` times its magnitude, or half a unit. -/
theorem division_error (hn : direction.IsNearest) (hx : x.isFinite = true) (hy : y.isFinite = true)
    (h0 : y.isZero = false) (h : (division direction x y).flags.overflow = false)
    (ha : -a ≤ x.toRat / y.toRat) (ha' : x.toRat / y.toRat ≤ a) :
    (division direction x y).datum.toRat - x.toRat / y.toRat ≤ F.roundoff * a + F.halfUnit ∧
      x.toRat / y.toRat - (division direction x y).datum.toRat ≤ F.roundoff * a + F.halfUnit := by
  rw [division_toRat hx hy h0 h]
  exact F.round_error_sum hn ha ha'

/-- The error of a fused operation is at most `u` times its magnitude, or half a unit. -/
theorem fusedMultiplyAdd_error (hn : direction.IsNearest) (hx : x.isFinite = true)
    (hy : y.isFinite = true) (hz : z.isFinite = true)
    (h : (fusedMultiplyAdd direction x y z).flags.overflow = false)
    (ha : -a ≤ x.toRat * y.toRat + z.toRat) (ha' : x.toRat * y.toRat + z.toRat ≤ a) :
    (fusedMultiplyAdd direction x y z).datum.toRat - (x.toRat * y.toRat + z.toRat) ≤
        F.roundoff * a + F.halfUnit ∧
      x.toRat * y.toRat + z.toRat - (fusedMultiplyAdd direction x y z).datum.toRat ≤
        F.roundoff * a + F.halfUnit := by
  rw [fusedMultiplyAdd_toRat hx hy hz h]
  exact F.round_error_sum hn ha ha'

omit [Format.Valid F] in
/-- The error of a conversion is at most `u` times the magnitude, or half a unit, of the target. -/
theorem convertFormat_error {G : Format} [Format.Valid G] (hn : direction.IsNearest)
    (hx : x.isFinite = true) (h : (convertFormat G direction x).flags.overflow = false)
    (ha : -a ≤ x.toRat) (ha' : x.toRat ≤ a) :
    (convertFormat G direction x).datum.toRat - x.toRat ≤ G.roundoff * a + G.halfUnit ∧
      x.toRat - (convertFormat G direction x).datum.toRat ≤ G.roundoff * a + G.halfUnit := by
  rw [convertFormat_toRat hx h]
  exact G.round_error_sum hn ha ha'

end Datum

end Lemmanet.Float
