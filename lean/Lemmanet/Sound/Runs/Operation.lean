module

public import Lemmanet.Sound.Runs.Limits

/-!
# Single operations

What one operation of a run differs by from the operation on exact numbers. Operands and results are
numbers or zeros that such numbers were flushed to (`Datum.Is`): flushing twice is flushing once, and a
zero that is added changes nothing, so that errors do not add up along zeros.
-/

public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

variable {F : Format}

namespace Datum

variable {x y z r : Datum F} {v w t a b c : Rat}

/-- The negated datum is finite where the datum is. -/
theorem isFinite_negate (x : Datum F) : x.negate.isFinite = x.isFinite := by
  cases x <;> rfl

/-- A finite datum is its value. -/
theorem is_toRat (h : x.isFinite = true) : x.Is x.toRat := ⟨h, .inl rfl⟩

/-- A number that may have been flushed differs from the exact one by at most the least normal number. -/
theorem Is.error (h : y.Is v) : Differ y.toRat v F.leastNormal := by
  have := F.leastNormal_pos
  rcases h.2 with h | h <;> unfold Differ <;> grind

/-- Flushing does not enlarge. -/
theorem Is.bounds (h : x.Is v) (hv : -a ≤ v ∧ v ≤ a) : -a ≤ x.toRat ∧ x.toRat ≤ a := by
  rcases h.2 with h | h <;> grind

/-- Zeros are finite, of value zero. -/
theorem toRat_of_isZero (h : x.isZero = true) : x.isFinite = true ∧ x.toRat = 0 := by
  cases x with
  | finite s r =>
    have hr : r = 0 := by simpa [isZero] using h
    subst hr
    have h0 : F.units 0 = 0 := F.units_of_lt (by have := F.binade_pos; omega)
    refine ⟨rfl, ?_⟩
    have hu : (finite s 0 : Datum F).units = 0 := by
      cases s
      · show ((F.units 0 : Nat) : Int) = 0
        rw [h0]
        rfl
      · show -((F.units 0 : Nat) : Int) = 0
        rw [h0]
        rfl
    rw [toRat, hu, Rat.div_def]
    exact Rat.zero_mul _
  | _ => simp [isZero] at h

/-- Subnormal numbers are below the least normal number. -/
theorem toRat_of_isSubnormal (h : x.isSubnormal = true) :
    -F.leastNormal < x.toRat ∧ x.toRat < F.leastNormal := by
  cases x with
  | finite s r =>
    have hr : r < F.binade := by
      have : 0 < r ∧ r < F.binade := by simpa [isSubnormal] using h
      exact this.2
    have hu : F.units r = r := F.units_of_lt (by omega)
    have hs : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
    have hlt : (r : Rat) / (2 ^ F.scale : Nat) < F.leastNormal := by
      unfold Format.leastNormal
      rw [Rat.div_def, Rat.div_def]
      exact OrderedRing.mul_lt_mul_of_pos_right (by exact_mod_cast hr) (Rat.inv_pos.2 hs)
    have hnn : 0 ≤ (r : Rat) / (2 ^ F.scale : Nat) := by
      rw [Rat.div_def]
      exact OrderedRing.mul_nonneg (by exact_mod_cast Nat.zero_le r) (Rat.le_of_lt (Rat.inv_pos.2 hs))
    cases s
    · have e : (finite false r : Datum F).toRat = (r : Rat) / (2 ^ F.scale : Nat) := by
        show (((F.units r : Nat) : Int) : Rat) / _ = _
        rw [hu, Rat.intCast_natCast]
      grind
    · have e : (finite true r : Datum F).toRat = -((r : Rat) / (2 ^ F.scale : Nat)) := by
        show ((-((F.units r : Nat) : Int) : Int) : Rat) / _ = _
        rw [hu, Rat.intCast_neg, Rat.intCast_natCast]
        grind
      grind
  | _ => simp [isSubnormal] at h

/-- Flushing a number that may have been flushed. -/
theorem Flushed.is (h : x.Flushed y) (hx : x.Is v) : y.Is v := by
  rcases h with rfl | ⟨hs, hz⟩
  · exact hx
  · obtain ⟨hf, h0⟩ := toRat_of_isZero hz
    have hb := toRat_of_isSubnormal hs
    refine ⟨hf, ?_⟩
    rcases hx.2 with h | h
    · exact .inr ⟨h0, by grind⟩
    · exact .inr ⟨h0, h.2⟩

/-- What is flushed moves by at most the least normal number. -/
theorem Flushed.error (h : x.Flushed y) (hx : x.isFinite = true) :
    y.isFinite = true ∧ Differ y.toRat x.toRat F.leastNormal :=
  ⟨(h.is (is_toRat hx)).1, (h.is (is_toRat hx)).error⟩

/-- The value of a datum is a number of the format. -/
theorem represents_toRat (x : Datum F) : F.Represents x.toRat := by
  have h0 : F.units 0 = 0 := F.units_of_lt (by have := F.binade_pos; omega)
  cases x with
  | finite s r =>
    refine ⟨s, r, ?_⟩
    cases s
    · rfl
    · rfl
  | _ =>
    refine ⟨false, 0, ?_⟩
    rw [h0]
    rfl

variable [Format.Valid F]

/-- The sum of finite data, where it does not overflow. -/
theorem addition_bounded (hx : x.isFinite = true) (hy : y.isFinite = true)
    (h : -F.largest ≤ x.toRat + y.toRat ∧ x.toRat + y.toRat ≤ F.largest) :
    (addition .tiesToEven x y).datum.isFinite = true ∧
      (addition .tiesToEven x y).datum.toRat = F.round .tiesToEven (x.toRat + y.toRat) := by
  obtain ⟨s, p, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  refine Format.roundQuotient_bounded _ _ (by decide) ?_ h
  rw [toRat, toRat, Nat.one_mul]
  refine (congrArg (· / _) (Rat.intCast_add _ _)).trans ?_
  grind

omit [Format.Valid F] in
private theorem scale_ne : (((2 ^ F.scale : Nat) : Rat)) ≠ 0 := by
  exact_mod_cast (Nat.ne_of_gt F.scale_pos)

/-- The product of finite data, where it does not overflow. -/
theorem multiplication_bounded (hx : x.isFinite = true) (hy : y.isFinite = true)
    (h : -F.largest ≤ x.toRat * y.toRat ∧ x.toRat * y.toRat ≤ F.largest) :
    (multiplication .tiesToEven x y).datum.isFinite = true ∧
      (multiplication .tiesToEven x y).datum.toRat = F.round .tiesToEven (x.toRat * y.toRat) := by
  obtain ⟨s, p, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  refine Format.roundQuotient_bounded _ _ F.scale_pos ?_ h
  have hs := scale_ne (F := F)
  rw [toRat, toRat, Rat.natCast_mul]
  refine (congrArg (· / _) (Rat.intCast_mul _ _)).trans ?_
  grind

/-- The fused operation on finite data, where it does not overflow. -/
theorem fusedMultiplyAdd_bounded (hx : x.isFinite = true) (hy : y.isFinite = true)
    (hz : z.isFinite = true)
    (h : -F.largest ≤ x.toRat * y.toRat + z.toRat ∧ x.toRat * y.toRat + z.toRat ≤ F.largest) :
    (fusedMultiplyAdd .tiesToEven x y z).datum.isFinite = true ∧
      (fusedMultiplyAdd .tiesToEven x y z).datum.toRat =
        F.round .tiesToEven (x.toRat * y.toRat + z.toRat) := by
  obtain ⟨s, p, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  obtain ⟨u, o, rfl⟩ := finite_of_isFinite hz
  refine Format.roundQuotient_bounded _ _ F.scale_pos ?_ h
  have hs := scale_ne (F := F)
  have hm : ((Int.mul (finite u o : Datum F).units (Nat.pow 2 F.scale : Nat) : Int) : Rat) =
      ((finite u o : Datum F).units : Rat) * ((2 ^ F.scale : Nat) : Rat) :=
    (Rat.intCast_mul _ _).trans (congrArg _ (Rat.intCast_natCast _))
  have hp : ((Int.mul (finite s p : Datum F).units (finite t q : Datum F).units : Int) : Rat) =
      ((finite s p : Datum F).units : Rat) * ((finite t q : Datum F).units : Rat) :=
    Rat.intCast_mul _ _
  rw [toRat, toRat, toRat, Rat.natCast_mul]
  refine (congrArg (· / _) ((Rat.intCast_add _ _).trans (congr (congrArg _ hp) hm))).trans ?_
  grind

/-! ## With flushing -/

/-- Adding a zero changes nothing. -/
theorem Adds.is_right (h : x.Adds y z) (hx : x.Is 0) (hy : y.Is v)
    (hv : -F.largest ≤ v ∧ v ≤ F.largest) : z.Is v := by
  obtain ⟨x', y', h1, h2, h3⟩ := h
  have hx' := h1.is hx
  have hy' := h2.is hy
  have h0 : x'.toRat = 0 := by rcases hx'.2 with h | h <;> grind
  have hs : x'.toRat + y'.toRat = y'.toRat := by grind
  obtain ⟨hf, hr⟩ := addition_bounded hx'.1 hy'.1 (by rw [hs]; exact hy'.bounds hv)
  rw [hs, F.round_exact .tiesToEven (represents_toRat y')] at hr
  exact h3.is ⟨hf, by rw [hr]; exact hy'.2⟩

/-- Adding to a zero changes nothing. -/
theorem Adds.is_left (h : x.Adds y z) (hx : x.Is v) (hy : y.Is 0)
    (hv : -F.largest ≤ v ∧ v ≤ F.largest) : z.Is v := by
  obtain ⟨x', y', h1, h2, h3⟩ := h
  have hx' := h1.is hx
  have hy' := h2.is hy
  have h0 : y'.toRat = 0 := by rcases hy'.2 with h | h <;> grind
  have hs : x'.toRat + y'.toRat = x'.toRat := by grind
  obtain ⟨hf, hr⟩ := addition_bounded hx'.1 hy'.1 (by rw [hs]; exact hx'.bounds hv)
  rw [hs, F.round_exact .tiesToEven (represents_toRat x')] at hr
  exact h3.is ⟨hf, by rw [hr]; exact hx'.2⟩

/-- A sum of two numbers of magnitudes at most `a` and `b`. -/
theorem Adds.is (h : x.Adds y z) (hx : x.Is v) (hy : y.Is w) (hv : -a ≤ v ∧ v ≤ a)
    (hw : -b ≤ w ∧ w ≤ b) (hl : a + b ≤ F.largest) :
    ∃ s, z.Is s ∧ Differ s (v + w) (F.roundoff * (a + b) + F.leastNormal * (2 + F.roundoff)) := by
  obtain ⟨x', y', h1, h2, h3⟩ := h
  have hx' := h1.is hx
  have hy' := h2.is hy
  have bx := hx'.bounds hv
  have by' := hy'.bounds hw
  have hb : -(a + b) ≤ x'.toRat + y'.toRat ∧ x'.toRat + y'.toRat ≤ a + b := by grind
  obtain ⟨hf, hr⟩ := addition_bounded hx'.1 hy'.1 (by grind)
  refine ⟨_, h3.is (is_toRat hf), ?_⟩
  have h4 := F.round_differ hb
  have h5 := hx'.error
  have h6 := hy'.error
  rw [hr]
  unfold Differ at *
  grind

omit [Format.Valid F] in
/-- The product of two numbers that may have been flushed. -/
theorem Is.mul (hx : x.Is v) (hy : y.Is w) (hv : -a ≤ v ∧ v ≤ a) (hw : -b ≤ w ∧ w ≤ b) :
    Differ (x.toRat * y.toRat) (v * w) (F.leastNormal * (a + b)) := by
  have hη := F.leastNormal_pos
  have h1 : 0 ≤ F.leastNormal * a := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (by grind)
  have h2 : 0 ≤ F.leastNormal * b := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (by grind)
  unfold Differ
  rcases hx.2 with hx | hx
  · rcases hy.2 with hy | hy
    · rw [hx, hy]
      grind
    · have := mul_bounds (a := a) (b := F.leastNormal) hv (y := w) (by grind)
      rw [hy.1]
      grind
  · have := mul_bounds (a := F.leastNormal) (x := v) (by grind) hw
    rw [hx.1]
    grind

/-- A product of two numbers of magnitudes at most `a` and `b`. -/
theorem Multiplies.is (h : x.Multiplies y z) (hx : x.Is v) (hy : y.Is w) (hv : -a ≤ v ∧ v ≤ a)
    (hw : -b ≤ w ∧ w ≤ b) (hl : a * b ≤ F.largest) :
    ∃ s, z.Is s ∧ Differ s (v * w) (F.roundoff * (a * b) + F.leastNormal * (a + b + F.roundoff)) := by
  obtain ⟨x', y', h1, h2, h3⟩ := h
  have hx' := h1.is hx
  have hy' := h2.is hy
  have hb := mul_bounds (hx'.bounds hv) (hy'.bounds hw)
  obtain ⟨hf, hr⟩ := multiplication_bounded hx'.1 hy'.1 (by grind)
  refine ⟨_, h3.is (is_toRat hf), ?_⟩
  have h4 := F.round_differ hb
  have h5 := hx'.mul hy' hv hw
  rw [hr]
  unfold Differ at *
  grind

/-- A product of two numbers of magnitudes at most `a` and `b` that is fused into the addition to one of
magnitude at most `c`. -/
theorem Fuses.is (h : x.Fuses y z r) (hx : x.Is v) (hy : y.Is w) (hz : z.Is t)
    (hv : -a ≤ v ∧ v ≤ a) (hw : -b ≤ w ∧ w ≤ b) (ht : -c ≤ t ∧ t ≤ c) (hl : a * b + c ≤ F.largest) :
    ∃ s, r.Is s ∧ Differ s (v * w + t)
      (F.roundoff * (a * b + c) + F.leastNormal * (a + b + 1 + F.roundoff)) := by
  obtain ⟨x', y', z', h1, h2, h3, h4⟩ := h
  have hx' := h1.is hx
  have hy' := h2.is hy
  have hz' := h3.is hz
  have hp := mul_bounds (hx'.bounds hv) (hy'.bounds hw)
  have hc := hz'.bounds ht
  have hb : -(a * b + c) ≤ x'.toRat * y'.toRat + z'.toRat ∧
      x'.toRat * y'.toRat + z'.toRat ≤ a * b + c := by grind
  obtain ⟨hf, hr⟩ := fusedMultiplyAdd_bounded hx'.1 hy'.1 hz'.1 (by grind)
  refine ⟨_, h4.is (is_toRat hf), ?_⟩
  have h5 := F.round_differ hb
  have h6 := hx'.mul hy' hv hw
  have h7 := hz'.error
  rw [hr]
  unfold Differ at *
  grind

end Datum

variable [Format.Valid F]

/-- The nearest number to a fraction that is not too large is finite, and how far it is away. -/
theorem Format.nearest_error {num : Int} {den : Nat} (hd : 0 < den) {W : Rat}
    (hl : -W ≤ ratio num den) (hu : (ratio num den : Rat) ≤ W) (hW : W ≤ F.largest) :
    (F.nearest num den).isFinite = true ∧
      Differ (F.nearest num den).toRat (ratio num den) (F.roundoff * (W + F.leastNormal)) := by
  have hs : (((2 ^ F.scale : Nat) : Rat)) ≠ 0 := by exact_mod_cast (Nat.ne_of_gt F.scale_pos)
  have hd' : (den : Rat) ≠ 0 := by exact_mod_cast (Nat.ne_of_gt hd)
  have hv : ((Int.mul num (Nat.pow 2 F.scale : Nat) : Int) : Rat) / ((den * 2 ^ F.scale : Nat) : Rat) =
      ratio num den := by
    show _ = (num : Rat) / (den : Rat)
    rw [Rat.natCast_mul, show ((Int.mul num (Nat.pow 2 F.scale : Nat) : Int) : Rat) =
      (num : Rat) * ((2 ^ F.scale : Nat) : Rat) from
      (Rat.intCast_mul _ _).trans (congrArg _ (Rat.intCast_natCast _))]
    grind
  obtain ⟨hf, hr⟩ := F.roundQuotient_bounded false _ hd hv (by grind)
  have h := F.round_differ (a := W) (x := ratio num den) ⟨hl, hu⟩
  exact ⟨hf, by rw [show (F.nearest num den).toRat = _ from hr]; exact h⟩

omit [Format.Valid F] in
/-- A sum of two is a sum of a list. -/
theorem Datum.Adds.sumResult {x y z : Datum F} (h : x.Adds y z) : SumResult [x, y] z :=
  .add (.term x) (.term y) h

end Lemmanet.Float
