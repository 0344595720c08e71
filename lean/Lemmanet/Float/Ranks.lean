module

public import Lemmanet.Float.Format

/-!
# Ranks and magnitudes

The magnitudes of a format increase with their ranks, by the spacing at each step, and `rank` finds the
largest one that is not above a given number.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float.Format

variable (F : Format)

theorem binade_pos : 0 < F.binade := Nat.pow_pos (by decide)

theorem spacing_pos (r : Nat) : 0 < F.spacing r := Nat.pow_pos (by decide)

/-- Two binades of significands have `precision` bits. -/
theorem two_binade [Valid F] : 2 ^ F.precision = 2 * F.binade := by
  have h : F.precision = F.precision - 1 + 1 := by have := Valid.precision (F := F); omega
  calc 2 ^ F.precision = 2 ^ (F.precision - 1 + 1) := by rw [← h]
    _ = 2 * F.binade := by rw [Nat.pow_succ, Nat.mul_comm]; rfl

/-- A significand `m` and an exponent `k`, as one rank. -/
theorem exponent_compose {m k : Nat} (h : m < 2 * F.binade) (hk : k = 0 ∨ F.binade ≤ m) :
    F.exponent (k * F.binade + m) = k := by
  have hb := F.binade_pos
  have e : F.exponent (k * F.binade + m) = (k * F.binade + m) / F.binade - 1 := rfl
  rw [e, Nat.add_comm, Nat.add_mul_div_right _ _ hb]
  rcases Nat.lt_or_ge m F.binade with hm | hm
  · have := Nat.div_eq_of_lt hm
    omega
  · have : m / F.binade = 1 := Nat.div_eq_of_lt_le (by omega) (by omega)
    omega

/-- The magnitude of the rank of a significand and an exponent. -/
theorem units_compose {m k : Nat} (h : m < 2 * F.binade) (hk : k = 0 ∨ F.binade ≤ m) :
    F.units (k * F.binade + m) = m * 2 ^ k := by
  have hb := F.binade_pos
  have e : F.units (k * F.binade + m) =
      Nat.shiftLeft (F.significand (k * F.binade + m)) (F.exponent (k * F.binade + m)) := rfl
  rw [e, F.exponent_compose h hk]
  have s : F.significand (k * F.binade + m) = m := by
    have e : F.significand (k * F.binade + m) =
      bif Nat.blt (k * F.binade + m) F.binade then k * F.binade + m
      else F.binade + (k * F.binade + m) % F.binade := rfl
    rw [e, cond_eq_ite]
    have hmod : (k * F.binade + m) % F.binade = m % F.binade := by
      rw [Nat.add_comm, Nat.add_mul_mod_self_right]
    rcases Nat.lt_or_ge m F.binade with hm | hm
    · have : k = 0 := by omega
      subst this
      simp [Nat.blt_eq, hm]
    · have : m % F.binade = m - F.binade := by
        rw [Nat.mod_eq_sub_mod hm, Nat.mod_eq_of_lt (by omega)]
      rw [if_neg (by rw [Nat.blt_eq]; omega), hmod, this]
      omega
  rw [s]
  exact Nat.shiftLeft_eq m k

/-- Every rank is one of a significand and an exponent. -/
theorem compose_exponent (r : Nat) : ∃ m, r = F.exponent r * F.binade + m ∧ m < 2 * F.binade ∧
    (F.exponent r = 0 ∨ F.binade ≤ m) := by
  have hb := F.binade_pos
  have hd := Nat.div_add_mod r F.binade
  have hm := Nat.mod_lt r hb
  have e : F.exponent r = r / F.binade - 1 := rfl
  rw [e]
  rcases Nat.eq_zero_or_pos (r / F.binade) with h | h
  · exact ⟨r % F.binade, by rw [h] at hd ⊢; omega, by omega, .inl (by omega)⟩
  · obtain ⟨q, hq⟩ : ∃ q, r / F.binade = q + 1 := ⟨_, (Nat.sub_add_cancel h).symm⟩
    refine ⟨F.binade + r % F.binade, ?_, by omega, .inr (by omega)⟩
    rw [hq, Nat.mul_add, Nat.mul_comm] at hd
    rw [hq, Nat.add_sub_cancel]
    omega

/-- One rank more is one spacing more. -/
theorem units_succ (r : Nat) : F.units (r + 1) = F.units r + F.spacing r := by
  obtain ⟨m, hr, hm, hk⟩ := F.compose_exponent r
  have hs : F.spacing r = 2 ^ F.exponent r := rfl
  generalize F.exponent r = k at *
  rw [hs, hr, F.units_compose hm hk, Nat.add_assoc]
  rcases Nat.lt_or_ge (m + 1) (2 * F.binade) with h | h
  · rw [F.units_compose h (by omega), Nat.add_mul, Nat.one_mul]
  · have hm : m + 1 = F.binade + F.binade := by omega
    have hb := F.binade_pos
    rw [hm, ← Nat.add_assoc, ← Nat.succ_mul, F.units_compose (by omega) (by omega), Nat.pow_succ]
    have : m = F.binade + F.binade - 1 := by omega
    subst this
    generalize F.binade = b at *
    generalize 2 ^ k = c
    have : (b + b - 1) * c + c = (b + b) * c := by
      rw [← Nat.succ_mul]; congr 1
    rw [this]
    grind

/-- A larger rank is a larger magnitude. -/
theorem units_lt {r s : Nat} (h : r < s) : F.units r < F.units s := by
  induction s with
  | zero => omega
  | succ s ih =>
    have hs := F.units_succ s
    have hp := F.spacing_pos s
    rcases Nat.lt_succ_iff_lt_or_eq.1 h with h | rfl
    · have := ih h
      omega
    · omega

/-- Ranks are ordered as their magnitudes are. -/
theorem units_le {r s : Nat} (h : r ≤ s) : F.units r ≤ F.units s := by
  rcases Nat.lt_or_eq_of_le h with h | rfl
  · exact Nat.le_of_lt (F.units_lt h)
  · exact Nat.le_refl _

/-- Magnitudes are ordered as their ranks are. -/
theorem units_lt_iff {r s : Nat} : F.units r < F.units s ↔ r < s :=
  ⟨fun h => Nat.lt_of_not_le fun hs => absurd (F.units_le hs) (by omega), F.units_lt⟩

/-- Different ranks have different magnitudes. -/
theorem units_inj {r s : Nat} (h : F.units r = F.units s) : r = s := by
  rcases Nat.lt_trichotomy r s with hs | hs | hs
  · have := F.units_lt hs; omega
  · exact hs
  · have := F.units_lt hs; omega

/-- Where the spacing is one, rank and magnitude agree. -/
theorem units_of_lt {r : Nat} (h : r < 2 * F.binade) : F.units r = r := by
  have := F.units_compose (k := 0) h (.inl rfl)
  simpa using this

/-- `rank q` as significand and exponent. -/
theorem rank_compose [Valid F] (q : Nat) : ∃ m k, F.rank q = k * F.binade + m ∧ m < 2 * F.binade ∧
    (k = 0 ∨ F.binade ≤ m) ∧ m * 2 ^ k ≤ q ∧ q < (m + 1) * 2 ^ k := by
  have hp := Valid.precision (F := F)
  have h2 := F.two_binade
  have hk : 0 < 2 ^ F.excess q := Nat.pow_pos (by decide)
  have e : F.rank q = F.excess q * F.binade + q / 2 ^ F.excess q := by
    rw [← Nat.shiftRight_eq_div_pow]; rfl
  have hx : F.excess q = Nat.log2 q + 1 - F.precision := rfl
  refine ⟨q / 2 ^ F.excess q, F.excess q, e, ?_, ?_, Nat.div_mul_le_self _ _, ?_⟩
  · rw [← h2, Nat.div_lt_iff_lt_mul hk, ← Nat.pow_add]
    exact Nat.lt_of_lt_of_le Nat.lt_log2_self (Nat.pow_le_pow_right (by decide) (by omega))
  · rcases Nat.eq_zero_or_pos (F.excess q) with h | h
    · exact .inl h
    · right
      have hq : q ≠ 0 := by
        intro h0
        subst h0
        have : Nat.log2 0 = 0 := by decide
        omega
      rw [Nat.le_div_iff_mul_le hk]
      have : F.binade = 2 ^ (F.precision - 1) := rfl
      rw [this, ← Nat.pow_add]
      exact Nat.le_trans (Nat.pow_le_pow_right (by decide) (by omega)) (Nat.log2_self_le hq)
  · exact (Nat.div_lt_iff_lt_mul hk).1 (Nat.lt_succ_self _)

/-- `rank q` is the rank of the largest magnitude that is at most `q`. -/
theorem units_rank [Valid F] (q : Nat) :
    F.units (F.rank q) ≤ q ∧ q < F.units (F.rank q) + F.spacing (F.rank q) := by
  obtain ⟨m, k, hr, hm, hk, hl, hu⟩ := F.rank_compose q
  have hs : F.spacing (F.rank q) = 2 ^ F.exponent (F.rank q) := rfl
  rw [hs, hr, F.units_compose hm hk, F.exponent_compose hm hk]
  rw [Nat.add_mul, Nat.one_mul] at hu
  exact ⟨hl, hu⟩

/-- There is only one such rank. -/
theorem rank_eq [Valid F] {q r : Nat} (hl : F.units r ≤ q) (hu : q < F.units (r + 1)) :
    F.rank q = r := by
  have h := F.units_rank q
  rw [← F.units_succ] at h
  have h1 : F.rank q < r + 1 := F.units_lt_iff.1 (by omega)
  have h2 : r < F.rank q + 1 := F.units_lt_iff.1 (by omega)
  omega

/-- `rank` inverts `units`. -/
theorem rank_units [Valid F] (r : Nat) : F.rank (F.units r) = r :=
  F.rank_eq (Nat.le_refl _) (F.units_lt (Nat.lt_succ_self r))

/-- Above the subnormal numbers, the spacing is at most one part in `binade` of the magnitude. -/
theorem spacing_le {r : Nat} (h : F.binade ≤ r) : F.spacing r * F.binade ≤ F.units r := by
  obtain ⟨m, hr, hm, hk⟩ := F.compose_exponent r
  have hs : F.spacing r = 2 ^ F.exponent r := rfl
  have hb : F.binade ≤ m := by
    rcases hk with hk | hk
    · rw [hk] at hr; omega
    · exact hk
  rw [hs]
  generalize F.exponent r = k at *
  rw [hr, F.units_compose hm hk, Nat.mul_comm]
  exact Nat.mul_le_mul_right _ hb

/-- Below two binades, the spacing is one. -/
theorem spacing_of_lt {r : Nat} (h : r < 2 * F.binade) : F.spacing r = 1 := by
  have := F.exponent_compose (k := 0) h (.inl rfl)
  rw [Nat.zero_mul, Nat.zero_add] at this
  have hs : F.spacing r = 2 ^ F.exponent r := rfl
  rw [hs, this]

end Lemmanet.Float.Format
