module

public import Lemmanet.Float.Correct

/-!
# Exact operations

When nothing is lost: scaling by a power of two, and the difference of two numbers that are within a
factor of two (Sterbenz).
-/

@[expose] public noncomputable section

namespace Lemmanet.Float.Format

variable (F : Format)

/-- An integer of at most `precision` bits times a power of two is a magnitude of the format. -/
theorem units_surjective (k : Nat) : ∀ {m : Nat}, m < 2 * F.binade → ∃ r, F.units r = m * 2 ^ k := by
  induction k with
  | zero => exact fun {m} h => ⟨m, by rw [F.units_of_lt h, Nat.pow_zero, Nat.mul_one]⟩
  | succ k ih =>
    intro m h
    rcases Nat.lt_or_ge m F.binade with hm | hm
    · obtain ⟨r, hr⟩ := ih (m := 2 * m) (by omega)
      exact ⟨r, by rw [hr, Nat.pow_succ]; grind⟩
    · exact ⟨_, F.units_compose h (.inr hm)⟩

/-- A magnitude is an integer of at most `precision` bits times a power of two. -/
theorem units_eq (r : Nat) : ∃ m k, m < 2 * F.binade ∧ F.units r = m * 2 ^ k := by
  obtain ⟨m, hr, hm, hk⟩ := F.compose_exponent r
  refine ⟨m, F.exponent r, hm, ?_⟩
  generalize F.exponent r = k at *
  rw [hr, F.units_compose hm hk]

/-- A magnitude times a power of two is a magnitude. -/
theorem units_scale (r j : Nat) : ∃ s, F.units s = F.units r * 2 ^ j := by
  obtain ⟨m, k, hm, h⟩ := F.units_eq r
  obtain ⟨s, hs⟩ := F.units_surjective (k + j) hm
  exact ⟨s, by rw [hs, h, Nat.pow_add, Nat.mul_assoc]⟩

/-- Two multiples of powers of two of which neither exceeds twice the other have a difference that is a
magnitude. -/
private theorem sterbenz_aux {m n k j : Nat} (hm : m < 2 * F.binade)
    (hle : n * 2 ^ (k + j) ≤ 2 * (m * 2 ^ k)) (hle' : m * 2 ^ k ≤ 2 * (n * 2 ^ (k + j))) :
    ∃ r, (F.units r : Int) = ((m * 2 ^ k : Nat) - (n * 2 ^ (k + j) : Nat) : Int).natAbs := by
  have hp : 0 < 2 ^ k := Nat.pow_pos (by decide)
  have e : n * 2 ^ (k + j) = n * 2 ^ j * 2 ^ k := by rw [Nat.pow_add]; grind
  rw [e] at hle hle' ⊢
  have h1 : n * 2 ^ j ≤ 2 * m := Nat.le_of_mul_le_mul_right (by rw [Nat.mul_assoc 2 m]; exact hle) hp
  have h2 : m ≤ 2 * (n * 2 ^ j) := 
    Nat.le_of_mul_le_mul_right (by rw [Nat.mul_assoc 2 (n * 2 ^ j)]; exact hle') hp
  obtain ⟨d, hd⟩ : ∃ d, d = ((m : Int) - (n * 2 ^ j : Nat)).natAbs := ⟨_, rfl⟩
  obtain ⟨r, hr⟩ := F.units_surjective k (m := d) (by omega)
  refine ⟨r, ?_⟩
  rw [hr, hd, Int.natCast_mul m, Int.natCast_mul (n * 2 ^ j), ← Int.sub_mul, Int.natAbs_mul,
    Int.natAbs_natCast]

/-- Sterbenz: the difference of two magnitudes neither of which exceeds twice the other is a magnitude
of the format. -/
theorem sterbenz {r s : Nat} (h : F.units s ≤ 2 * F.units r) (h' : F.units r ≤ 2 * F.units s) :
    ∃ d, (F.units d : Int) = ((F.units r : Int) - F.units s).natAbs := by
  obtain ⟨m, k, hm, hr⟩ := F.units_eq r
  obtain ⟨n, l, hn, hs⟩ := F.units_eq s
  rw [hr, hs] at h h' ⊢
  rcases Nat.le_total k l with hkl | hkl
  · obtain ⟨j, rfl⟩ := Nat.exists_eq_add_of_le hkl
    exact F.sterbenz_aux hm h h'
  · obtain ⟨j, rfl⟩ := Nat.exists_eq_add_of_le hkl
    obtain ⟨d, hd⟩ := F.sterbenz_aux hn h' h
    exact ⟨d, by omega⟩

variable {F}

/-- A magnitude of the format with the sign of an integer. -/
theorem represents_of_natAbs {z : Int} {d : Nat} (h : F.units d = z.natAbs) :
    F.Represents ((z : Rat) / (2 ^ F.scale : Nat)) := by
  rcases Int.natAbs_eq z with hz | hz
  · exact ⟨false, d, by rw [if_neg (by decide), h, ← hz]⟩
  · exact ⟨true, d, by rw [if_pos rfl, h, ← hz]⟩

/-- An integer whose magnitude is one of the format is rounded to itself. -/
theorem roundUnits_of_natAbs [Valid F] (direction : Direction) {z : Int} {d : Nat}
    (h : F.units d = z.natAbs) : F.roundUnits direction z 1 = z := by
  rcases Int.natAbs_eq z with hz | hz
  · have := F.roundUnits_exact direction false d
    rw [if_neg (by decide), h, ← hz] at this
    exact this
  · have := F.roundUnits_exact direction true d
    rw [if_pos rfl, h, ← hz] at this
    exact this

/-- Scaling a number of the format by a power of two gives a number of the format: in the normal range
and above it, multiplication by a power of two is exact, up to overflow. -/
theorem represents_scale {x : Rat} (h : F.Represents x) (j : Nat) :
    F.Represents (x * (2 ^ j : Nat)) := by
  obtain ⟨negative, r, rfl⟩ := h
  obtain ⟨s, hs⟩ := F.units_scale r j
  have hd : ((2 ^ F.scale : Nat) : Rat) ≠ 0 := by exact_mod_cast (Nat.ne_of_gt F.scale_pos)
  refine ⟨negative, s, ?_⟩
  cases negative
  · rw [if_neg (by decide), if_neg (by decide), hs, Rat.intCast_natCast, Rat.intCast_natCast,
      Rat.natCast_mul]
    grind
  · rw [if_pos rfl, if_pos rfl, hs, Rat.intCast_neg, Rat.intCast_neg, Rat.intCast_natCast,
      Rat.intCast_natCast, Rat.natCast_mul]
    grind

end Lemmanet.Float.Format

namespace Lemmanet.Float.Datum

variable {F : Format} [Format.Valid F] {direction : Direction}

/-- Sterbenz: the difference of two positive numbers neither of which exceeds twice the other is exact,
in every direction of rounding, and does not overflow. -/
theorem subtraction_exact {r s : Nat} (hr : r < F.infinityRank) (hs : s < F.infinityRank)
    (h : F.units s ≤ 2 * F.units r) (h' : F.units r ≤ 2 * F.units s) :
    (subtraction direction (finite false r : Datum F) (finite false s)).flags.overflow = false ∧
    (subtraction direction (finite false r : Datum F) (finite false s)).datum.toRat =
      (finite false r : Datum F).toRat - (finite false s : Datum F).toRat := by
  obtain ⟨d, hd⟩ := F.sterbenz h h'
  have hd' : F.units d = ((F.units r : Int) - F.units s).natAbs := by omega
  have ho : (subtraction direction (finite false r : Datum F) (finite false s)).flags.overflow =
      false := by
    have hov := F.roundQuotient_overflow direction (direction.zeroSign false true)
      ((F.units r : Int) - F.units s) (den := 1) (by decide)
    rw [F.roundUnits_of_natAbs direction hd'] at hov
    have hlr := F.units_lt hr
    have hls := F.units_lt hs
    rw [← Bool.not_eq_true]
    intro hc
    have := hov.1 hc
    omega
  refine ⟨ho, ?_⟩
  rw [subtraction_toRat rfl rfl ho]
  have e : (finite false r : Datum F).toRat - (finite false s : Datum F).toRat =
      (((F.units r : Int) - F.units s : Int) : Rat) / (2 ^ F.scale : Nat) := by
    rw [Rat.intCast_sub]
    change ((F.units r : Int) : Rat) / _ - ((F.units s : Int) : Rat) / _ = _
    grind
  rw [e]
  exact F.round_exact direction (F.represents_of_natAbs hd')

end Lemmanet.Float.Datum
