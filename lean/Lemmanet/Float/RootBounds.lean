module

public import Lemmanet.Float.Enclosure
public import Lemmanet.Float.Root

/-!
# Square roots in the directions

Rounded down, the square root of a positive number is the largest number of the format whose square is
not above it, rounded up the least whose square is not below: in terms of squares, since roots are not
rational.
-/

@[expose] public noncomputable section

open Lean.Grind

namespace Lemmanet.Float.Datum

variable {F : Format} [Format.Valid F] {direction : Direction} {x : Datum F} {v : Rat}

/-- The square root of a positive number, by the rank `s` below the exact root, which has the square
`units * 2 ^ scale` in units; it is the root only if nothing was cut off. -/
private theorem squareRoot_rank (direction : Direction) {r : Nat} (hr : 0 < r) :
    ∃ s tail twice inexact,
      squareRoot direction (finite false r : Datum F) =
        F.deliver direction false (roundRank direction false s tail) twice inexact ∧
      F.units s * F.units s ≤ F.units r * 2 ^ F.scale ∧
      F.units r * 2 ^ F.scale < F.units (s + 1) * F.units (s + 1) ∧
      (tail = .exact ↔ F.units s * F.units s = F.units r * 2 ^ F.scale) := by
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
  refine ⟨F.rank (t / 2), _, t, _, e, ?_⟩
  rw [← hN, F.units_succ]
  generalize F.rank (t / 2) = s at *
  have htail : F.tail s t (!Nat.beq (t * t) (4 * n)) =
      tailOf (F.units s) (F.spacing s) t (!Nat.beq (t * t) (4 * n)) := rfl
  rw [htail]
  have hw := F.spacing_pos s
  generalize F.units s = lo at *
  generalize F.spacing s = w at *
  obtain ⟨v, hv⟩ : ∃ v, t = 2 * lo + v := ⟨t - 2 * lo, by omega⟩
  have ho : Nat.sub t (Nat.mul 2 lo) = v := by rw [hv]; exact Nat.add_sub_cancel_left _ _
  have h4 : 2 * lo * (2 * lo) = 4 * (lo * lo) := by grind
  have hlow : lo * lo ≤ n := by
    have h1 := Nat.mul_le_mul (show 2 * lo ≤ t by omega) (show 2 * lo ≤ t by omega)
    omega
  have hhigh : n < (lo + w) * (lo + w) := by
    have h1 := Nat.mul_le_mul (show t + 1 ≤ 2 * (lo + w) by omega) (show t + 1 ≤ 2 * (lo + w) by omega)
    have h2 : 2 * (lo + w) * (2 * (lo + w)) = 4 * ((lo + w) * (lo + w)) := by grind
    omega
  refine ⟨hlow, hhigh, ?_⟩
  simp only [tailOf, ho, Bool.cond_eq_ite, Nat.blt_eq, Bool.and_eq_true, Nat.beq_eq, Bool.not_not]
  constructor
  · intro h
    have hc : v < w ∧ v = 0 ∧ t * t = 4 * n := by
      by_cases h1 : v < w
      · rw [if_pos h1] at h
        by_cases h2 : v = 0 ∧ t * t = 4 * n
        · exact ⟨h1, h2⟩
        · rw [if_neg h2] at h
          cases h
      · rw [if_neg h1] at h
        split at h <;> cases h
    obtain ⟨_, rfl, hc⟩ := hc
    rw [Nat.add_zero] at hv
    subst hv
    omega
  · intro h
    have h5 : t < 2 * lo + 1 := by
      refine Nat.lt_of_not_le fun hc => ?_
      have h1 := Nat.mul_le_mul hc hc
      have h2 : (2 * lo + 1) * (2 * lo + 1) = 4 * (lo * lo) + 4 * lo + 1 := by grind
      omega
    have h0 : v = 0 := by omega
    subst h0
    rw [Nat.add_zero] at hv
    subst hv
    rw [if_pos hw, if_pos ⟨rfl, by omega⟩]

omit [Format.Valid F] in
/-- From squares in units to squares of values. -/
private theorem square_ratio (a b : Nat) :
    (a * a ≤ b * 2 ^ F.scale → ((a : Int) : Rat) / (2 ^ F.scale : Nat) * (((a : Int) : Rat) /
      (2 ^ F.scale : Nat)) ≤ ((b : Int) : Rat) / (2 ^ F.scale : Nat)) ∧
    (b * 2 ^ F.scale ≤ a * a → ((b : Int) : Rat) / (2 ^ F.scale : Nat) ≤ ((a : Int) : Rat) /
      (2 ^ F.scale : Nat) * (((a : Int) : Rat) / (2 ^ F.scale : Nat))) := by
  have hs : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
  have hi : (a * a ≤ b * 2 ^ F.scale → (((a : Int) : Rat) * ((a : Int) : Rat) ≤
      ((b : Int) : Rat) * ((2 ^ F.scale : Nat) : Rat))) ∧ (b * 2 ^ F.scale ≤ a * a →
      (((b : Int) : Rat) * ((2 ^ F.scale : Nat) : Rat) ≤ ((a : Int) : Rat) * ((a : Int) : Rat))) := by
    constructor <;> intro h <;> exact_mod_cast h
  generalize ((2 ^ F.scale : Nat) : Rat) = s at *
  generalize ((a : Int) : Rat) = p at *
  generalize ((b : Int) : Rat) = q at *
  have e1 : p / s * (p / s) * (s * s) = p * p := by grind
  have e2 : q / s * (s * s) = q * s := by grind
  have hss := OrderedRing.mul_pos hs hs
  constructor <;> intro h
  · have h := hi.1 h
    refine Rat.not_lt.1 fun hlt => ?_
    have := OrderedRing.mul_lt_mul_of_pos_right hlt hss
    grind
  · have h := hi.2 h
    refine Rat.not_lt.1 fun hlt => ?_
    have := OrderedRing.mul_lt_mul_of_pos_right hlt hss
    grind

omit [Format.Valid F] in
private theorem nonneg_ratio (r : Nat) : (0 : Rat) ≤ ((F.units r : Int) : Rat) / (2 ^ F.scale : Nat) := by
  have hs : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
  have hr : (0 : Rat) ≤ ((F.units r : Int) : Rat) := by
    exact_mod_cast (Int.natCast_nonneg (F.units r))
  rw [Rat.div_def]
  exact Rat.mul_nonneg hr (Rat.le_of_lt (Rat.inv_pos.2 hs))

/-- The square root of a positive number, rounded down, is a finite number of which the square is not
above it. -/
theorem squareRoot_down {r : Nat} (hr : 0 < r) :
    ∃ s, (squareRoot .towardNegative (finite false r : Datum F)).datum = .finite false s ∧
      F.units s * F.units s ≤ F.units r * 2 ^ F.scale := by
  obtain ⟨s, tail, twice, inexact, he, hl, _, _⟩ := squareRoot_rank (F := F) .towardNegative hr
  have hq : roundRank .towardNegative false s tail = s := by
    unfold roundRank
    cases tail <;> rfl
  rw [he, hq]
  unfold Format.deliver
  cases hb : Nat.blt s F.infinityRank
  · refine ⟨F.infinityRank - 1, rfl, Nat.le_trans ?_ hl⟩
    have hn : ¬ s < F.infinityRank := by
      rw [← Nat.blt_eq, hb]
      decide
    have := F.units_le (show F.infinityRank - 1 ≤ s by omega)
    exact Nat.mul_le_mul this this
  · exact ⟨s, rfl, hl⟩

/-- The square root of a positive number, rounded up, is infinite or a number of which the square is
not below it. -/
theorem squareRoot_up {r : Nat} (hr : 0 < r) :
    (squareRoot .towardPositive (finite false r : Datum F)).datum = .infinity false ∨
      ∃ s, (squareRoot .towardPositive (finite false r : Datum F)).datum = .finite false s ∧
        F.units r * 2 ^ F.scale ≤ F.units s * F.units s := by
  obtain ⟨s, tail, twice, inexact, he, _, hu, ht⟩ := squareRoot_rank (F := F) .towardPositive hr
  have hq : F.units r * 2 ^ F.scale ≤ F.units (roundRank .towardPositive false s tail) *
      F.units (roundRank .towardPositive false s tail) := by
    by_cases hx : tail = .exact
    · have e : roundRank .towardPositive false s .exact = s := rfl
      rw [hx, e]
      exact Nat.le_of_eq (ht.1 hx).symm
    · have e : roundRank .towardPositive false s tail = s + 1 := by
        cases tail <;> first | rfl | exact absurd rfl hx
      rw [e]
      exact Nat.le_of_lt hu
  rw [he]
  unfold Format.deliver
  cases Nat.blt (roundRank .towardPositive false s tail) F.infinityRank
  · exact .inl rfl
  · exact .inr ⟨_, rfl, hq⟩

omit [Format.Valid F] in
/-- A finite datum with a positive value. -/
private theorem positive (hx : x.isFinite = true) (h0 : 0 < x.toRat) :
    ∃ r, x = .finite false r ∧ 0 < r := by
  obtain ⟨s, r, rfl⟩ := finite_of_isFinite hx
  have hz : (finite false 0 : Datum F).toRat = 0 := by
    have h : F.units 0 = 0 := F.units_of_lt (by have := F.binade_pos; omega)
    change ((F.units 0 : Int) : Rat) / _ = 0
    rw [h]
    grind
  have h := (toRat_lt_iff_order (x := (finite false 0 : Datum F)) (y := finite s r) rfl rfl).1 (by rw [hz]; exact h0)
  cases s
  · have e1 : (finite false 0 : Datum F).order = 0 := rfl
    have e2 : (finite false r : Datum F).order = r := rfl
    rw [e1, e2] at h
    exact ⟨r, rfl, by omega⟩
  · exfalso
    have e1 : (finite false 0 : Datum F).order = 0 := rfl
    have e2 : (finite true r : Datum F).order = -(r : Int) := rfl
    rw [e1, e2] at h
    omega

/-- The square root of a positive number, rounded down, is a number that is not negative and whose square
is not above it. -/
theorem squareRoot_down_le (hx : x.isFinite = true) (h0 : 0 < x.toRat) :
    (squareRoot .towardNegative x).datum.isFinite = true ∧
      0 ≤ (squareRoot .towardNegative x).datum.toRat ∧
      (squareRoot .towardNegative x).datum.toRat * (squareRoot .towardNegative x).datum.toRat ≤
        x.toRat := by
  obtain ⟨r, rfl, hr⟩ := positive hx h0
  obtain ⟨s, he, hs⟩ := squareRoot_down (F := F) hr
  rw [he]
  exact ⟨rfl, nonneg_ratio s, (square_ratio _ _).1 hs⟩

/-- The square root of a positive number, rounded up, is infinite, or a number that is not negative and
whose square is not below it. -/
theorem le_squareRoot_up (hx : x.isFinite = true) (h0 : 0 < x.toRat) :
    (squareRoot .towardPositive x).datum = .infinity false ∨
      (squareRoot .towardPositive x).datum.isFinite = true ∧
      0 ≤ (squareRoot .towardPositive x).datum.toRat ∧
      x.toRat ≤ (squareRoot .towardPositive x).datum.toRat *
        (squareRoot .towardPositive x).datum.toRat := by
  obtain ⟨r, rfl, hr⟩ := positive hx h0
  rcases squareRoot_up (F := F) hr with he | ⟨s, he, hs⟩
  · exact .inl he
  · rw [he]
    exact .inr ⟨rfl, nonneg_ratio s, (square_ratio _ _).2 hs⟩

end Lemmanet.Float.Datum
