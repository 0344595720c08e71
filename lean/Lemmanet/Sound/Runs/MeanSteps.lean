module

public import Lemmanet.Sound.Runs.Limits

/-!
# The errors of means, in rational numbers

Inequalities of rational numbers for the two ways to divide a sum by the number of its terms: `u` is the
unit roundoff, `η` the least normal number, `G` the power of `1 + u` that belongs to the sum.
-/

public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

variable {u η G γ Y E k q : Rat}

/-- The size of a sum, for `t = n (Q + 1)`. -/
theorem sum_size {t : Rat} (hη : 0 < η) (hη' : η ≤ 1) (ht : 0 ≤ t) (hG : 1 ≤ G) (hG' : G ≤ 2)
    (hY : 0 ≤ Y) (hYt : Y ≤ t) : 0 ≤ G * Y + 8 * t * η ∧ G * Y + 8 * t * η ≤ 10 * t := by
  have h2 := OrderedRing.mul_nonneg ht (Rat.le_of_lt hη)
  have h3 := OrderedRing.mul_nonneg ht (show 0 ≤ 1 - η by grind)
  have h4 := OrderedRing.mul_nonneg (show 0 ≤ G - 1 by grind) hY
  have h5 := OrderedRing.mul_nonneg (show 0 ≤ 2 - G by grind) hY
  constructor <;> grind

/-- The error of a product of a sum with a rounded reciprocal: the sum is off by at most
`E + (G - 1) Y + 8 t η`, for `t = n (Q + 1)`, and of magnitude at most `S`; the reciprocal of magnitude `k`
is off by at most `d`. -/
theorem reciprocal_error {t S d : Rat} (hu : 0 < u) (hu' : u ≤ 1 / 8) (hη : 0 < η)
    (hη' : η ≤ 1) (ht : 0 ≤ t) (hG : 1 ≤ G) (hY : 0 ≤ Y) (hk : 0 ≤ k) (hk' : k ≤ 1)
    (hγ : G * ((1 + u) * (1 + u)) ≤ 1 + γ) (hS : S = G * Y + 8 * t * η) (hSt : S ≤ 10 * t)
    (hd : d = u * (k + η)) :
    u * (S * (k + d)) + η * (S + (k + d) + u) + η +
        ((E + (G - 1) * Y + 8 * t * η) * k + S * d) ≤ (E + γ * Y) * k + (28 * t + 3) * η := by
  have h1 := OrderedRing.mul_nonneg (show 0 ≤ 1 + γ - G * ((1 + u) * (1 + u)) by grind)
    (OrderedRing.mul_nonneg hY hk)
  have h2 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) (show 0 ≤ 1 / 8 - u by grind)
  have h3 := OrderedRing.mul_nonneg ht (Rat.le_of_lt hη)
  have h4 := OrderedRing.mul_nonneg h3 (OrderedRing.mul_nonneg hk (show 0 ≤ 2 - (1 + u) * (1 + u) by grind))
  have h5 := OrderedRing.mul_nonneg h3 (show 0 ≤ 1 - k by grind)
  have h6 : 0 ≤ S := by
    have := OrderedRing.mul_nonneg (show 0 ≤ G by grind) hY
    grind
  have h7 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (OrderedRing.mul_nonneg h6
    (show 0 ≤ 6 / 5 - (1 + u + u * u) by grind))
  have h8 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ 10 * t - S by grind)
  have h9 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) (show 0 ≤ 1 - k by grind)
  have h10 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) (show 0 ≤ 1 - η by grind)
  have h11 := OrderedRing.mul_nonneg (Rat.le_of_lt hη)
    (show 0 ≤ 3 - (k + u * k + u * η + u + 1) by grind)
  subst hd
  have e : u * (S * (k + u * (k + η))) + η * (S + (k + u * (k + η)) + u) + η +
        ((E + (G - 1) * Y + 8 * t * η) * k + S * (u * (k + η))) =
      S * (2 * u + u * u) * k + (E + (G - 1) * Y + 8 * t * η) * k + η * (S * (1 + u + u * u)) +
        η * (k + u * k + u * η + u + 1) := by grind
  have e' : S * (2 * u + u * u) * k + (E + (G - 1) * Y + 8 * t * η) * k =
      (E + (G * ((1 + u) * (1 + u)) - 1) * Y) * k + 8 * (t * η * (k * ((1 + u) * (1 + u)))) := by grind
  rw [e, e']
  clear e e' hS
  grind

/-- Dividing by a rounded number instead of the exact one costs two factors `1 + u`, and the division
another. -/
theorem quotient_factor (hu : 0 < u) (hu' : u ≤ 1 / 8) (hq : 0 ≤ q) (h : q * (1 - u) ≤ k) :
    2 * u * q ≤ ((1 + u) * (1 + u) * (1 + u) - 1) * k ∧ (1 + u) * (1 + u) * (1 + u) ≤ 2 := by
  have h2 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) (show 0 ≤ 1 / 8 - u by grind)
  have h3 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) h2
  have h0 := OrderedRing.mul_pos hu hu
  have h1 := OrderedRing.mul_pos h0 hu
  have h4 := OrderedRing.mul_nonneg (show 0 ≤ k - q * (1 - u) by grind)
    (show 0 ≤ 3 * u + 3 * (u * u) + u * u * u by grind)
  have h5 := OrderedRing.mul_nonneg (OrderedRing.mul_nonneg hq (Rat.le_of_lt hu))
    (show 0 ≤ 1 - 2 * (u * u) - u * u * u by grind)
  constructor <;> grind

/-- The error of a quotient of a sum by a rounded number: `R` is the third power of `1 + u`, `q` the
reciprocal of the rounded number. -/
theorem quotient_error {t S R : Rat} (hu' : u ≤ 1 / 8) (hη : 0 < η)
    (ht : 0 ≤ t) (hG : 1 ≤ G) (hY : 0 ≤ Y) (hk : 0 ≤ k) (hk' : k ≤ 1)
    (hR : R ≤ 2) (hγ : G * R ≤ 1 + γ) (hS : S = G * Y + 8 * t * η)
    (hq : 2 * u * q ≤ (R - 1) * k) :
    u * (S * q) + η * (3 + u) + ((E + (G - 1) * Y + 8 * t * η) * k + S * (u * q)) ≤
      (E + γ * Y) * k + (28 * t + 4) * η := by
  have h1 := OrderedRing.mul_nonneg (show 0 ≤ 1 + γ - G * R by grind) (OrderedRing.mul_nonneg hY hk)
  have h3 := OrderedRing.mul_nonneg ht (Rat.le_of_lt hη)
  have h4 := OrderedRing.mul_nonneg h3 (OrderedRing.mul_nonneg hk (show 0 ≤ 2 - R by grind))
  have h5 := OrderedRing.mul_nonneg h3 (show 0 ≤ 1 - k by grind)
  have h6 : 0 ≤ S := by
    have := OrderedRing.mul_nonneg (show 0 ≤ G by grind) hY
    grind
  have h7 := OrderedRing.mul_nonneg h6 (show 0 ≤ (R - 1) * k - 2 * u * q by grind)
  have h8 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ 1 / 8 - u by grind)
  have e : u * (S * q) + η * (3 + u) + ((E + (G - 1) * Y + 8 * t * η) * k + S * (u * q)) =
      S * (2 * u * q) + (E + (G - 1) * Y + 8 * t * η) * k + η * (3 + u) := by grind
  have e' : S * ((R - 1) * k) + (E + (G - 1) * Y + 8 * t * η) * k =
      (E + (G * R - 1) * Y) * k + 8 * (t * η * (k * R)) := by grind
  clear hS
  grind

end Lemmanet.Float
