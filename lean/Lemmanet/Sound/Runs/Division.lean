module

public import Lemmanet.Sound.Runs.Operation

/-!
# Division

The error of a division by a number that is at least one, and the number that a count is rounded to.
-/

public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

variable {F : Format} [Format.Valid F]

private theorem div_mono {a b v : Rat} (hv : 0 < v) (h : a ≤ b) : a / v ≤ b / v := by
  rw [Rat.div_def, Rat.div_def]
  exact Rat.mul_le_mul_of_nonneg_right h (Rat.le_of_lt (Rat.inv_pos.2 hv))

/-- The quotient of finite data, where it does not overflow. -/
theorem Datum.division_bounded {x y : Datum F} (hx : x.isFinite = true) (hy : y.isFinite = true)
    (h0 : y.isZero = false) (h : -F.largest ≤ x.toRat / y.toRat ∧ x.toRat / y.toRat ≤ F.largest) :
    (division .tiesToEven x y).datum.isFinite = true ∧
      (division .tiesToEven x y).datum.toRat = F.round .tiesToEven (x.toRat / y.toRat) := by
  obtain ⟨s, p, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  have hq : Nat.beq q 0 = false := h0
  have hu : 0 < F.units q := by
    have : q ≠ 0 := fun e => by simp [e] at hq
    have := F.units_lt (Nat.pos_of_ne_zero this)
    omega
  have hu' : ((F.units q : Nat) : Rat) ≠ 0 := by exact_mod_cast (Nat.ne_of_gt hu)
  have hs : (((2 ^ F.scale : Nat) : Rat)) ≠ 0 := by exact_mod_cast (Nat.ne_of_gt F.scale_pos)
  have ha : (finite t q : Datum F).units.natAbs = F.units q := by
    cases t
    · exact Int.natAbs_natCast _
    · exact (Int.natAbs_neg _).trans (Int.natAbs_natCast _)
  simp only [division, hq, cond_false]
  rw [ha]
  refine Format.roundQuotient_bounded _ _ hu ?_ h
  rw [toRat, toRat, Rat.natCast_mul]
  have hm : ((Int.mul (finite s p : Datum F).units (Nat.pow 2 F.scale : Nat) : Int) : Rat) =
      ((finite s p : Datum F).units : Rat) * ((2 ^ F.scale : Nat) : Rat) :=
    (Rat.intCast_mul _ _).trans (congrArg _ (Rat.intCast_natCast _))
  cases t
  · have hy' : ((finite false q : Datum F).units : Rat) = ((F.units q : Nat) : Rat) :=
      Rat.intCast_natCast _
    rw [cond_false, hm, hy']
    grind
  · have hy' : ((finite true q : Datum F).units : Rat) = -((F.units q : Nat) : Rat) :=
      (Rat.intCast_neg _).trans (congrArg _ (Rat.intCast_natCast _))
    have hn : ((Int.neg (Int.mul (finite s p : Datum F).units (Nat.pow 2 F.scale : Nat)) : Int) : Rat)
        = -(((finite s p : Datum F).units : Rat) * ((2 ^ F.scale : Nat) : Rat)) :=
      (Rat.intCast_neg _).trans (congrArg _ hm)
    rw [cond_true, hn, hy']
    grind

/-- The quotient of a number of magnitude at most `a` by a number that is at least one. -/
theorem Datum.Divides.error {x y z : Datum F} {a : Rat} (h : x.Divides y z) (hx : x.isFinite = true)
    (hy : y.isFinite = true) (ha : -a ≤ x.toRat ∧ x.toRat ≤ a) (h1 : 1 ≤ y.toRat)
    (hl : a ≤ F.largest) :
    z.isFinite = true ∧ Differ z.toRat (x.toRat / y.toRat)
      (F.roundoff * (a / y.toRat) + F.leastNormal * (3 + F.roundoff)) := by
  have hη := F.leastNormal_pos
  have hη' := F.leastNormal_le_one
  obtain ⟨x', y', h2, h3, h4⟩ := h
  have hx' := h2.is (is_toRat hx)
  have hy' : y' = y := by
    rcases h3 with h | ⟨h, _⟩
    · exact h
    · have := toRat_of_isSubnormal h
      grind
  subst hy'
  have h0 : y'.isZero = false := by
    rw [← Bool.not_eq_true]
    intro hz
    have := (toRat_of_isZero hz).2
    grind
  have hb := hx'.bounds ha
  have he := hx'.error
  have hpos : 0 < y'.toRat := by grind
  generalize hv : y'.toRat = v at *
  have ha0 := bound_nonneg ha
  have hq : -(a / v) ≤ x'.toRat / v ∧ x'.toRat / v ≤ a / v := by
    have e : -(a / v) = -a / v := by grind
    rw [e]
    exact ⟨div_mono hpos hb.1, div_mono hpos hb.2⟩
  have hav : a / v ≤ a := div_le hpos (by
    have := OrderedRing.mul_nonneg ha0 (show 0 ≤ v - 1 by grind)
    grind)
  have hev : Differ (x'.toRat / v) (x.toRat / v) F.leastNormal := by
    have e1 : x'.toRat / v - x.toRat / v = (x'.toRat - x.toRat) / v := by grind
    have e2 : x.toRat / v - x'.toRat / v = (x.toRat - x'.toRat) / v := by grind
    have := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ v - 1 by grind)
    unfold Differ at *
    rw [e1, e2]
    exact ⟨div_le hpos (by grind), div_le hpos (by grind)⟩
  have hd := Datum.division_bounded hx'.1 hy h0 (by rw [hv]; grind)
  rw [hv] at hd
  have h5 := F.round_differ hq
  have h6 := (h4.is (is_toRat hd.1)).error
  rw [hd.2] at h6
  refine ⟨(h4.is (is_toRat hd.1)).1, ?_⟩
  unfold Differ at *
  grind

/-- A natural number that is not too large, as a number of the format: at least one, and how far it is
away. -/
theorem Format.nearest_natCast {count : Nat} (hc : 0 < count) (h : (count : Rat) ≤ F.largest) :
    (F.nearest count 1).isFinite = true ∧ 1 ≤ (F.nearest count 1).toRat ∧
      Differ (F.nearest count 1).toRat count (F.roundoff * count) := by
  have h1 : (1 : Rat) ≤ (count : Rat) := by exact_mod_cast hc
  have hs : (((2 ^ F.scale : Nat) : Rat)) ≠ 0 := by exact_mod_cast (Nat.ne_of_gt F.scale_pos)
  have hu : ((Int.mul (count : Int) (Nat.pow 2 F.scale : Nat) : Int) : Rat) =
      (count : Rat) * ((2 ^ F.scale : Nat) : Rat) :=
    (Rat.intCast_mul _ _).trans (congr (congrArg _ (Rat.intCast_natCast _)) (Rat.intCast_natCast _))
  have hv : ((Int.mul (count : Int) (Nat.pow 2 F.scale : Nat) : Int) : Rat) /
      ((1 * 2 ^ F.scale : Nat) : Rat) = count := by
    rw [hu, Nat.one_mul]
    grind
  have hv' : ((Int.mul (count : Int) (Nat.pow 2 F.scale : Nat) : Int) : Rat) /
      ((2 ^ F.scale : Nat) : Rat) = count := by
    rw [hu]
    grind
  obtain ⟨hf, hr⟩ := F.roundQuotient_bounded false _ (by decide) hv (by grind)
  have he := F.round_error_whole (direction := .tiesToEven) (.inl rfl)
    (Int.mul (count : Int) (Nat.pow 2 F.scale : Nat)) (a := count) (by rw [hv']; grind)
    (by rw [hv']; exact Rat.le_refl)
  rw [hv'] at he
  have hr' : (F.nearest count 1).toRat = F.round .tiesToEven count := hr
  rw [← hr'] at he
  refine ⟨hf, ?_, he⟩
  have hone : F.Represents 1 := by
    obtain ⟨r, hr⟩ := F.units_surjective F.scale (m := 1) (by have := F.binade_pos; omega)
    refine ⟨false, r, ?_⟩
    rw [hr, if_neg (by decide), Nat.one_mul, Rat.intCast_natCast]
    grind
  rw [hr', ← F.round_exact .tiesToEven hone]
  exact F.round_mono .tiesToEven h1

end Lemmanet.Float
