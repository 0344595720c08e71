module

public import Lemmanet.Sound.Runs.Operation

/-!
# Partial results

What is kept of a partial result of a sum: the exact sum, a bound `M` of the magnitudes that were added
up, and a bound `S` that exceeds it by the error. One more addition multiplies `S` by `1 + u`.
-/

public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

variable {F : Format}

/-- `r` is a number, or the zero that one was flushed to, that differs from `e` by at most `S - M`, where
`M` is at least the magnitude of `e`. So `S` is at least its magnitude. -/
@[expose] def Datum.Near (r : Datum F) (e M S : Rat) : Prop :=
  ∃ v, r.Is v ∧ Differ v e (S - M) ∧ -M ≤ e ∧ e ≤ M

/-- Powers of `1 + u` are at least one. -/
theorem Format.one_le_pow (F : Format) (n : Nat) : 1 ≤ (1 + F.roundoff) ^ n := by
  have hu := F.roundoff_pos
  induction n with
  | zero => rw [Rat.pow_zero]; exact Rat.le_refl
  | succ n ih =>
    have h := OrderedRing.mul_nonneg (show 0 ≤ (1 + F.roundoff) ^ n by grind) (Rat.le_of_lt hu)
    rw [Rat.pow_succ]
    grind

/-- Powers of `1 + u` grow. -/
theorem Format.pow_le_pow (F : Format) {m n : Nat} (h : m ≤ n) :
    (1 + F.roundoff) ^ m ≤ (1 + F.roundoff) ^ n := by
  obtain ⟨k, rfl⟩ := Nat.exists_eq_add_of_le h
  have h1 := F.one_le_pow k
  have h2 := F.one_le_pow m
  have h3 := OrderedRing.mul_nonneg (show 0 ≤ (1 + F.roundoff) ^ m by grind)
    (show 0 ≤ (1 + F.roundoff) ^ k - 1 by grind)
  rw [Lean.Grind.Semiring.pow_add]
  grind

namespace Datum

variable {r q z : Datum F} {e e' M M' S S' : Rat}

/-- The magnitude of what is near. -/
theorem Near.bounds (h : r.Near e M S) : ∃ v, r.Is v ∧ Differ v e (S - M) ∧ -M ≤ e ∧ e ≤ M ∧
    0 ≤ M ∧ M ≤ S ∧ -S ≤ v ∧ v ≤ S := by
  obtain ⟨v, h1, h2, h3, h4⟩ := h
  unfold Differ at h2
  exact ⟨v, h1, h2, h3, h4, by grind, by grind, by grind, by grind⟩

/-- A larger bound. -/
theorem Near.mono (h : r.Near e M S) (hS : S ≤ S') : r.Near e M S' := by
  obtain ⟨v, h1, h2, h3, h4⟩ := h
  unfold Differ at h2
  exact ⟨v, h1, ⟨by grind, by grind⟩, h3, h4⟩

/-- What is near is finite, and differs by at most one least normal number more. -/
theorem Near.error (h : r.Near e M S) :
    r.isFinite = true ∧ Differ r.toRat e (S - M + F.leastNormal) := by
  obtain ⟨v, h1, h2, h3, h4⟩ := h
  have h5 := h1.error
  unfold Differ at *
  exact ⟨h1.1, by grind, by grind⟩

/-- A datum is near itself. -/
theorem near_toRat (hx : r.isFinite = true) : r.Near r.toRat (magnitude r.toRat) (magnitude r.toRat) :=
  ⟨_, is_toRat hx, ⟨by grind, by grind⟩, (le_magnitude _).1, (le_magnitude _).2⟩

variable [Format.Valid F]

/-- The sum of two partial results. -/
theorem Near.add (h : r.Near e M S) (h' : q.Near e' M' S') (hz : r.Adds q z)
    (hl : S + S' ≤ F.largest) :
    z.Near (e + e') (M + M')
      ((1 + F.roundoff) * (S + S') + F.leastNormal * (2 + F.roundoff)) := by
  obtain ⟨v, h1, h2, h3, h4, h5, h6, h7, h8⟩ := h.bounds
  obtain ⟨w, g1, g2, g3, g4, g5, g6, g7, g8⟩ := h'.bounds
  obtain ⟨s, hs, hd⟩ := hz.is h1 g1 ⟨h7, h8⟩ ⟨g7, g8⟩ hl
  unfold Differ at *
  exact ⟨s, hs, ⟨by grind, by grind⟩, by grind, by grind⟩

/-- A product of data. -/
theorem Multiplies.near {x y : Datum F} (h : x.Multiplies y z) (hx : x.isFinite = true)
    (hy : y.isFinite = true) (hl : magnitude x.toRat * magnitude y.toRat ≤ F.largest) :
    z.Near (x.toRat * y.toRat) (magnitude x.toRat * magnitude y.toRat)
      ((1 + F.roundoff) * (magnitude x.toRat * magnitude y.toRat) +
        F.leastNormal * (magnitude x.toRat + magnitude y.toRat + F.roundoff)) := by
  obtain ⟨s, hs, hd⟩ := h.is (is_toRat hx) (is_toRat hy) (le_magnitude _) (le_magnitude _) hl
  have hb := mul_bounds (le_magnitude x.toRat) (le_magnitude y.toRat)
  unfold Differ at *
  exact ⟨s, hs, ⟨by grind, by grind⟩, by grind, by grind⟩

/-- A product of data that is fused into the addition to a partial result. -/
theorem Fuses.near {x y : Datum F} (h : x.Fuses y r z) (hx : x.isFinite = true)
    (hy : y.isFinite = true) (hr : r.Near e M S)
    (hl : magnitude x.toRat * magnitude y.toRat + S ≤ F.largest) :
    z.Near (x.toRat * y.toRat + e) (magnitude x.toRat * magnitude y.toRat + M)
      ((1 + F.roundoff) * (magnitude x.toRat * magnitude y.toRat + S) +
        F.leastNormal * (magnitude x.toRat + magnitude y.toRat + 1 + F.roundoff)) := by
  obtain ⟨v, h1, h2, h3, h4, h5, h6, h7, h8⟩ := hr.bounds
  obtain ⟨s, hs, hd⟩ :=
    h.is (is_toRat hx) (is_toRat hy) h1 (le_magnitude _) (le_magnitude _) ⟨h7, h8⟩ hl
  have hb := mul_bounds (le_magnitude x.toRat) (le_magnitude y.toRat)
  unfold Differ at *
  exact ⟨s, hs, ⟨by grind, by grind⟩, by grind, by grind⟩

end Datum

end Lemmanet.Float
