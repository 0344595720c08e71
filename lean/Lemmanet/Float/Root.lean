module

public import Lemmanet.Float.Correct

/-!
# Square roots are correct

The integer square root is right, and the square root of a datum is rounded to nearest: in terms of
squares, since roots are not rational.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float

/-- Newton's iteration never falls below the root: the mean of `x` and `n / x` is not below it. -/
private theorem newton {n x : Nat} (hx : 0 < x) :
    n < ((x + n / x) / 2 + 1) * ((x + n / x) / 2 + 1) := by
  have h1 : n < (n / x + 1) * x := (Nat.div_lt_iff_lt_mul hx).1 (Nat.lt_succ_self _)
  obtain ⟨y, hy⟩ : ∃ y, y = (x + n / x) / 2 + 1 := ⟨_, rfl⟩
  have h2 : x + (n / x + 1) ≤ 2 * y := by omega
  rw [← hy]
  generalize n / x + 1 = q at h1 h2
  have h3 := Nat.mul_le_mul h2 h2
  have h4 : 4 * (q * x) ≤ (x + q) * (x + q) := by
    rcases Nat.le_total x q with h | h
    · obtain ⟨d, rfl⟩ := Nat.exists_eq_add_of_le h
      have : (x + (x + d)) * (x + (x + d)) = 4 * ((x + d) * x) + d * d := by grind
      omega
    · obtain ⟨d, rfl⟩ := Nat.exists_eq_add_of_le h
      have : (q + d + q) * (q + d + q) = 4 * (q * (q + d)) + d * d := by grind
      omega
  have h5 : 2 * y * (2 * y) = 4 * (y * y) := by grind
  omega

private theorem sqrtFrom_spec (n : Nat) : ∀ fuel x, x ≤ fuel → n < (x + 1) * (x + 1) →
    sqrtFrom n fuel x * sqrtFrom n fuel x ≤ n ∧
      n < (sqrtFrom n fuel x + 1) * (sqrtFrom n fuel x + 1) := by
  intro fuel
  induction fuel with
  | zero =>
    intro x hx h
    have : x = 0 := by omega
    subst this
    exact ⟨Nat.zero_le _, h⟩
  | succ fuel ih =>
    intro x hx h
    have e : sqrtFrom n (fuel + 1) x = bif Nat.blt ((x + n / x) / 2) x
      then sqrtFrom n fuel ((x + n / x) / 2) else x := rfl
    rw [e, cond_eq_ite]
    split
    · next hb =>
      rw [Nat.blt_eq] at hb
      exact ih _ (by omega) (newton (Nat.lt_of_le_of_lt (Nat.zero_le _) hb))
    · next hb =>
      rw [Nat.blt_eq] at hb
      refine ⟨?_, h⟩
      have h1 : x ≤ n / x := by omega
      rcases Nat.eq_zero_or_pos x with h0 | h0
      · subst h0
        exact Nat.zero_le _
      · exact (Nat.le_div_iff_mul_le h0).1 h1

/-- `sqrt n` is the square root of `n`, rounded down. -/
theorem sqrt_spec (n : Nat) : sqrt n * sqrt n ≤ n ∧ n < (sqrt n + 1) * (sqrt n + 1) := by
  obtain ⟨k, hk⟩ : ∃ k, k = Nat.log2 n / 2 + 1 := ⟨_, rfl⟩
  have e : sqrt n = sqrtFrom n (2 ^ k) (2 ^ k) := by rw [hk]; rfl
  rw [e]
  refine sqrtFrom_spec n _ _ (Nat.le_refl _) ?_
  have h1 : n < 2 ^ k * 2 ^ k := by
    rw [← Nat.pow_add]
    exact Nat.lt_of_lt_of_le Nat.lt_log2_self (Nat.pow_le_pow_right (by decide) (by omega))
  exact Nat.lt_of_lt_of_le h1 (Nat.mul_le_mul (by omega) (by omega))

namespace Datum

variable {F : Format} [Format.Valid F] {direction : Direction}

/-- The square root of a positive number is rounded to nearest: the exact root, of square
`units * 2 ^ scale` in units, lies between the ranks `r` and `r + 1`; it is rounded down only if it is not
above the midpoint, and up only if it is not below. -/
theorem squareRoot_nearest (hn : direction.IsNearest) {r : Nat} (hr : 0 < r) :
    ∃ q s twice inexact,
      squareRoot direction (finite false r : Datum F) = F.deliver direction false q twice inexact ∧
      F.units s * F.units s ≤ F.units r * 2 ^ F.scale ∧
      F.units r * 2 ^ F.scale < F.units (s + 1) * F.units (s + 1) ∧
      (q = s ∧ 4 * (F.units r * 2 ^ F.scale) ≤
          (F.units s + F.units (s + 1)) * (F.units s + F.units (s + 1)) ∨
        q = s + 1 ∧ (F.units s + F.units (s + 1)) * (F.units s + F.units (s + 1)) ≤
          4 * (F.units r * 2 ^ F.scale)) := by
  obtain ⟨n, hN⟩ : ∃ n, n = F.units r * 2 ^ F.scale := ⟨_, rfl⟩
  have hz : Nat.beq r 0 = false := by
    rw [← Bool.not_eq_true, Nat.beq_eq]
    omega
  have ht := sqrt_spec (4 * n)
  obtain ⟨t, hT⟩ : ∃ t, t = sqrt (4 * n) := ⟨_, rfl⟩
  have e : squareRoot direction (finite false r : Datum F) =
      F.roundMagnitude direction false t (!Nat.beq (t * t) (4 * n)) := by
    have e : squareRoot direction (finite false r : Datum F) = bif Nat.beq r 0 then
        .exact (.finite false 0) else F.roundMagnitude direction false
          (sqrt (4 * Nat.shiftLeft (F.units r) F.scale))
          (!Nat.beq (sqrt (4 * Nat.shiftLeft (F.units r) F.scale) *
            sqrt (4 * Nat.shiftLeft (F.units r) F.scale)) (4 * Nat.shiftLeft (F.units r) F.scale)) :=
      rfl
    have hsh : Nat.shiftLeft (F.units r) F.scale = n := by rw [hN]; exact Nat.shiftLeft_eq _ _
    rw [e, hz, cond_false, hsh, ← hT]
  rw [← hT] at ht
  have hs := F.units_rank (t / 2)
  refine ⟨_, F.rank (t / 2), t, _, e, ?_⟩
  rw [← hN]
  rw [F.units_succ]
  generalize hrank : F.rank (t / 2) = s at *
  obtain ⟨lo, hlo⟩ : ∃ lo, lo = F.units s := ⟨_, rfl⟩
  obtain ⟨w, hw⟩ : ∃ w, w = F.spacing s := ⟨_, rfl⟩
  have htail : F.tail s t (!Nat.beq (t * t) (4 * n)) = tailOf lo w t (!Nat.beq (t * t) (4 * n)) := by
    rw [hlo, hw]
    rfl
  rw [htail]
  rw [← hlo, ← hw] at hs ⊢
  obtain ⟨v, hv⟩ : ∃ v, t = 2 * lo + v := ⟨t - 2 * lo, by omega⟩
  have ho : Nat.sub t (Nat.mul 2 lo) = v := by rw [hv]; exact Nat.add_sub_cancel_left _ _
  have hlow : lo * lo ≤ n := by
    have h1 := Nat.mul_le_mul (show 2 * lo ≤ t by omega) (show 2 * lo ≤ t by omega)
    have h2 : 2 * lo * (2 * lo) = 4 * (lo * lo) := by grind
    omega
  have hhigh : n < (lo + w) * (lo + w) := by
    have h1 := Nat.mul_le_mul (show t + 1 ≤ 2 * (lo + w) by omega) (show t + 1 ≤ 2 * (lo + w) by omega)
    have h2 : 2 * (lo + w) * (2 * (lo + w)) = 4 * ((lo + w) * (lo + w)) := by grind
    omega
  refine ⟨hlow, hhigh, ?_⟩
  have hm : lo + (lo + w) = 2 * lo + w := by omega
  rw [hm]
  have hdown : v < w → 4 * n ≤ (2 * lo + w) * (2 * lo + w) := by
    intro h
    have h1 := Nat.mul_le_mul (show t + 1 ≤ 2 * lo + w by omega) (show t + 1 ≤ 2 * lo + w by omega)
    omega
  have hup : w ≤ v → (2 * lo + w) * (2 * lo + w) ≤ 4 * n := by
    intro h
    have h1 := Nat.mul_le_mul (show 2 * lo + w ≤ t by omega) (show 2 * lo + w ≤ t by omega)
    omega
  simp only [tailOf, ho, cond_eq_ite, Nat.blt_eq, Bool.and_eq_true, Nat.beq_eq, Bool.not_not]
  simp only [roundRank, cond_eq_ite]
  by_cases h : v < w
  · rw [if_pos h]
    left
    refine ⟨?_, hdown h⟩
    split <;> rcases hn with rfl | rfl <;> simp [Direction.up]
  · rw [if_neg h]
    by_cases h2 : v = w ∧ t * t = 4 * n
    · rw [if_pos h2]
      have he : 4 * n = (2 * lo + w) * (2 * lo + w) := by
        rw [← h2.2, hv, h2.1]
      split
      · exact .inr ⟨rfl, by omega⟩
      · exact .inl ⟨rfl, by omega⟩
    · rw [if_neg h2]
      right
      refine ⟨?_, hup (by omega)⟩
      rcases hn with rfl | rfl <;> simp [Direction.up]

end Datum

end Lemmanet.Float
