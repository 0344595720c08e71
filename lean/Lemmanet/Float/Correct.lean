module

public import Lemmanet.Float.Conversion
public import Lemmanet.Float.Round

/-!
# Operations are correct

The value of what an operation delivers is the rounding of the exact result, for finite operands and
where no overflow is signaled; and overflow is signaled exactly if that rounding is beyond the largest
finite magnitude. For signs of zeros, infinities and NaN, the definitions are their own specification.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float

namespace Format

variable {F : Format} [Valid F] {direction : Direction}

/-- `roundQuotient` delivers the rank and the sign of `roundUnits`. -/
theorem roundQuotient_cases (direction : Direction) (zeroNegative : Bool) (num : Int) {den : Nat}
    (hd : 0 < den) : ∃ negative r twice inexact,
      F.roundQuotient direction zeroNegative num den = F.deliver direction negative r twice inexact ∧
      F.roundUnits direction num den = if negative then -(F.units r : Int) else F.units r := by
  refine ⟨(match num with | .ofNat n => Nat.beq n 0 && zeroNegative | .negSucc _ => true),
    F.roundedRank direction _ num.natAbs den, _, _, rfl, ?_⟩
  have h0 (s : Bool) : F.units (F.roundedRank direction s 0 den) = 0 := by
    have h : F.units 0 = 0 := F.units_of_lt (by have := F.binade_pos; omega)
    rw [F.roundedRank_exact hd (r := 0) (by rw [h, Nat.zero_mul]), h]
  unfold roundUnits
  cases num with
  | ofNat n =>
    have hn : ¬ (Int.ofNat n < 0) := Int.not_lt.2 (Int.natCast_nonneg n)
    rw [if_neg hn]
    cases n with
    | zero => cases zeroNegative <;> simp [h0]
    | succ n =>
      have e : (Nat.beq (n + 1) 0 && zeroNegative) = false := rfl
      simp [e]
  | negSucc n =>
    rw [if_pos (Int.negSucc_lt_zero n)]
    simp

/-- Without overflow, the datum is finite and its value is the rounded quotient. -/
theorem roundQuotient_finite (zeroNegative : Bool) (num : Int) {den : Nat} (hd : 0 < den)
    (h : (F.roundQuotient direction zeroNegative num den).flags.overflow = false) :
    (F.roundQuotient direction zeroNegative num den).datum.isFinite = true ∧
    (F.roundQuotient direction zeroNegative num den).datum.units = F.roundUnits direction num den := by
  obtain ⟨negative, r, twice, inexact, he, hu⟩ :=
    F.roundQuotient_cases direction zeroNegative num hd
  rw [he] at h ⊢
  rw [hu]
  unfold deliver at h ⊢
  cases hb : Nat.blt r F.infinityRank
  · rw [hb] at h
    simp at h
  · cases negative <;> exact ⟨rfl, rfl⟩

/-- Overflow is signaled exactly if the rounded quotient is beyond the largest finite magnitude. -/
theorem roundQuotient_overflow (direction : Direction) (zeroNegative : Bool) (num : Int) {den : Nat}
    (hd : 0 < den) : (F.roundQuotient direction zeroNegative num den).flags.overflow = true ↔
      F.units F.infinityRank ≤ (F.roundUnits direction num den).natAbs := by
  obtain ⟨negative, r, twice, inexact, he, hu⟩ :=
    F.roundQuotient_cases direction zeroNegative num hd
  have ha : (F.roundUnits direction num den).natAbs = F.units r := by
    rw [hu]
    cases negative <;> simp
  rw [he, ha]
  unfold deliver
  cases hb : Nat.blt r F.infinityRank
  · have : ¬ r < F.infinityRank := by
      rw [← Nat.blt_eq, hb]
      decide
    have := F.units_le (Nat.le_of_not_lt this)
    simpa using this
  · have : r < F.infinityRank := by rw [← Nat.blt_eq]; exact hb
    have := F.units_lt this
    simpa using this

/-- Without overflow, the value of the datum is the rounding of the quotient. -/
theorem roundQuotient_toRat (zeroNegative : Bool) (num : Int) {den : Nat} (hd : 0 < den)
    (h : (F.roundQuotient direction zeroNegative num den).flags.overflow = false) :
    (F.roundQuotient direction zeroNegative num den).datum.toRat =
      F.round direction ((num : Rat) / ((den * 2 ^ F.scale : Nat) : Rat)) := by
  rw [F.round_ratio direction num hd, Datum.toRat, (F.roundQuotient_finite _ _ hd h).2]

end Format

namespace Datum

variable {F : Format} [Format.Valid F] {direction : Direction} {x y z : Datum F}

omit [Format.Valid F] in
private theorem scale_ne : (((2 ^ F.scale : Nat) : Rat)) ≠ 0 := by
  exact_mod_cast (Nat.ne_of_gt F.scale_pos)

omit [Format.Valid F] in
/-- A datum with a finite value is `.finite`. -/
theorem finite_of_isFinite (hx : x.isFinite = true) : ∃ s r, x = .finite s r := by
  cases x with
  | finite s r => exact ⟨s, r, rfl⟩
  | _ => simp [isFinite] at hx

omit [Format.Valid F] in
/-- The value of the negated datum. -/
theorem toRat_negate (x : Datum F) : x.negate.toRat = -x.toRat := by
  have h : x.negate.units = -x.units := by
    cases x with
    | finite s r =>
      cases s
      · rfl
      · exact (Int.neg_neg _).symm
    | _ => simp [negate, units]
  rw [toRat, h, toRat, Rat.intCast_neg]
  grind

/-- Addition rounds the exact sum. -/
theorem addition_toRat (hx : x.isFinite = true) (hy : y.isFinite = true)
    (h : (addition direction x y).flags.overflow = false) :
    (addition direction x y).datum.toRat = F.round direction (x.toRat + y.toRat) := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  refine (Format.roundQuotient_toRat _ _ (by decide) h).trans (congrArg _ ?_)
  have hs := scale_ne (F := F)
  rw [toRat, toRat, Nat.one_mul]
  refine (congrArg (· / _) (Rat.intCast_add _ _)).trans ?_
  grind

/-- Subtraction rounds the exact difference. -/
theorem subtraction_toRat (hx : x.isFinite = true) (hy : y.isFinite = true)
    (h : (subtraction direction x y).flags.overflow = false) :
    (subtraction direction x y).datum.toRat = F.round direction (x.toRat - y.toRat) := by
  have hn : y.negate.isFinite = true := by
    obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
    rfl
  refine (addition_toRat hx hn h).trans (congrArg _ ?_)
  rw [toRat_negate]
  grind

/-- Multiplication rounds the exact product. -/
theorem multiplication_toRat (hx : x.isFinite = true) (hy : y.isFinite = true)
    (h : (multiplication direction x y).flags.overflow = false) :
    (multiplication direction x y).datum.toRat = F.round direction (x.toRat * y.toRat) := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  refine (Format.roundQuotient_toRat _ _ F.scale_pos h).trans (congrArg _ ?_)
  have hs := scale_ne (F := F)
  rw [toRat, toRat, Rat.natCast_mul]
  refine (congrArg (· / _) (Rat.intCast_mul _ _)).trans ?_
  grind

/-- Division rounds the exact quotient. -/
theorem division_toRat (hx : x.isFinite = true) (hy : y.isFinite = true) (h0 : y.isZero = false)
    (h : (division direction x y).flags.overflow = false) :
    (division direction x y).datum.toRat = F.round direction (x.toRat / y.toRat) := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  have hq : Nat.beq q 0 = false := h0
  have hu : 0 < F.units q := by
    have : q ≠ 0 := fun e => by simp [e] at hq
    have := F.units_lt (Nat.pos_of_ne_zero this)
    omega
  have hu' : ((F.units q : Nat) : Rat) ≠ 0 := by exact_mod_cast (Nat.ne_of_gt hu)
  have hs := scale_ne (F := F)
  have ha : (finite t q : Datum F).units.natAbs = F.units q := by
    cases t
    · exact Int.natAbs_natCast _
    · exact (Int.natAbs_neg _).trans (Int.natAbs_natCast _)
  simp only [division, hq, cond_false] at h ⊢
  rw [ha] at h ⊢
  refine (Format.roundQuotient_toRat _ _ hu h).trans (congrArg _ ?_)
  rw [toRat, toRat, Rat.natCast_mul]
  have hm : ((Int.mul (finite s r : Datum F).units (Nat.pow 2 F.scale : Nat) : Int) : Rat) =
      ((finite s r : Datum F).units : Rat) * ((2 ^ F.scale : Nat) : Rat) :=
    (Rat.intCast_mul _ _).trans (congrArg _ (Rat.intCast_natCast _))
  cases t
  · have hy' : ((finite false q : Datum F).units : Rat) = ((F.units q : Nat) : Rat) :=
      Rat.intCast_natCast _
    rw [cond_false, hm, hy']
    grind
  · have hy' : ((finite true q : Datum F).units : Rat) = -((F.units q : Nat) : Rat) :=
      (Rat.intCast_neg _).trans (congrArg _ (Rat.intCast_natCast _))
    have hn : ((Int.neg (Int.mul (finite s r : Datum F).units (Nat.pow 2 F.scale : Nat)) : Int) : Rat)
        = -(((finite s r : Datum F).units : Rat) * ((2 ^ F.scale : Nat) : Rat)) :=
      (Rat.intCast_neg _).trans (congrArg _ hm)
    rw [cond_true, hn, hy']
    grind

/-- The fused operation rounds once. -/
theorem fusedMultiplyAdd_toRat (hx : x.isFinite = true) (hy : y.isFinite = true)
    (hz : z.isFinite = true) (h : (fusedMultiplyAdd direction x y z).flags.overflow = false) :
    (fusedMultiplyAdd direction x y z).datum.toRat =
      F.round direction (x.toRat * y.toRat + z.toRat) := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  obtain ⟨t, q, rfl⟩ := finite_of_isFinite hy
  obtain ⟨u, p, rfl⟩ := finite_of_isFinite hz
  refine (Format.roundQuotient_toRat _ _ F.scale_pos h).trans (congrArg _ ?_)
  have hs := scale_ne (F := F)
  have hm : ((Int.mul (finite u p : Datum F).units (Nat.pow 2 F.scale : Nat) : Int) : Rat) =
      ((finite u p : Datum F).units : Rat) * ((2 ^ F.scale : Nat) : Rat) :=
    (Rat.intCast_mul _ _).trans (congrArg _ (Rat.intCast_natCast _))
  have hp : ((Int.mul (finite s r : Datum F).units (finite t q : Datum F).units : Int) : Rat) =
      ((finite s r : Datum F).units : Rat) * ((finite t q : Datum F).units : Rat) :=
    Rat.intCast_mul _ _
  rw [toRat, toRat, toRat, Rat.natCast_mul]
  refine (congrArg (· / _) ((Rat.intCast_add _ _).trans (congr (congrArg _ hp) hm))).trans ?_
  grind

omit [Format.Valid F] in
/-- Conversion to another format rounds the value. -/
theorem convertFormat_toRat {G : Format} [Format.Valid G] (hx : x.isFinite = true)
    (h : (convertFormat G direction x).flags.overflow = false) :
    (convertFormat G direction x).datum.toRat = G.round direction x.toRat := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  refine (Format.roundQuotient_toRat _ _ F.scale_pos h).trans (congrArg _ ?_)
  have hs := scale_ne (F := F)
  have hg := scale_ne (F := G)
  have hm : ((Int.mul (finite s r : Datum F).units (Nat.pow 2 G.scale : Nat) : Int) : Rat) =
      ((finite s r : Datum F).units : Rat) * ((2 ^ G.scale : Nat) : Rat) :=
    (Rat.intCast_mul _ _).trans (congrArg _ (Rat.intCast_natCast _))
  rw [hm, toRat, Rat.natCast_mul]
  grind

end Datum

end Lemmanet.Float
