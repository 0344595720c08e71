module

public import Lemmanet.Sound.Runs.Limits

/-!
# The steps of a sum, in rational numbers

Inequalities of rational numbers for one more product or addition: `u` is the unit roundoff, `η` the least
normal number, `g` and `h` the powers of `1 + u` of the partial results, `A` and `B` their bounds.
-/

public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

variable {u η a b g h G A B : Rat}

/-- A factor of a product that is not negative. -/
theorem nonneg_of_mul (hg : 0 < g) (h : 0 ≤ g * A) : 0 ≤ A := Rat.not_lt.1 fun hlt => by
  have := OrderedRing.mul_lt_mul_of_pos_left hlt hg
  grind

/-- A product. -/
theorem product_bound (hu : 0 < u) (hη : 0 < η) (ha : 0 ≤ a) (hb : 0 ≤ b) :
    (1 + u) * (a * b) + η * (a + b + u) ≤ (1 + u) * (a * b + η * (a + b + 4) - 3 * η) ∧
      a * b ≤ (1 + u) * (a * b + η * (a + b + 4)) := by
  have h0 := OrderedRing.mul_nonneg ha hb
  have h1 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ a + b by grind)
  have h2 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) h0
  have h3 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) h1
  have h4 := OrderedRing.mul_pos hu hη
  grind

/-- A product that is fused with nothing. -/
theorem start_bound (hu : 0 < u) (hη : 0 < η) (hg : 1 ≤ g) (ha : 0 ≤ a) (hb : 0 ≤ b) :
    (1 + u) * (a * b + 0) + η * (a + b + 1 + u) ≤ g * (1 + u) * (a * b + η * (a + b + 4) - 3 * η) ∧
      a * b + 0 ≤ g * (1 + u) * (a * b + η * (a + b + 4)) := by
  have h0 := OrderedRing.mul_nonneg ha hb
  have h1 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ a + b by grind)
  have h2 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) h0
  have h3 := OrderedRing.mul_nonneg (Rat.le_of_lt hu) h1
  have h4 := OrderedRing.mul_pos hu hη
  have h5 := OrderedRing.mul_nonneg (show 0 ≤ g - 1 by grind)
    (show 0 ≤ (1 + u) * (a * b + η * (a + b + 4) - 3 * η) by grind)
  have h6 := OrderedRing.mul_nonneg (show 0 ≤ g - 1 by grind)
    (show 0 ≤ (1 + u) * (a * b + η * (a + b + 4)) by grind)
  constructor <;> grind

/-- A product that is fused into a partial result. -/
theorem fuse_bound (hu : 0 < u) (hu' : u ≤ 1 / 8) (hη : 0 < η) (hg : 1 ≤ g) (ha : 0 ≤ a)
    (hb : 0 ≤ b) :
    (1 + u) * (a * b + g * (A - 3 * η)) + η * (a + b + 1 + u) ≤
      g * (1 + u) * (a * b + η * (a + b + 4) + A - 3 * η) := by
  have hab := OrderedRing.mul_nonneg ha hb
  have h1 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ a + b + 4 by grind)
  have h2 : 0 ≤ g * (1 + u) - 1 := by
    have := OrderedRing.mul_nonneg (Rat.le_of_lt hu) (show 0 ≤ g by grind)
    grind
  have h3 := OrderedRing.mul_nonneg hab
    (OrderedRing.mul_nonneg (show 0 ≤ 1 + u by grind) (show 0 ≤ g - 1 by grind))
  have h4 := OrderedRing.mul_nonneg h1 h2
  have h5 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ 1 / 8 - u by grind)
  grind

/-- What is fused and its result are no larger than the bound of the result. -/
theorem fuse_limit (hu : 0 < u) (hη : 0 < η) (hg : 1 ≤ g) (ha : 0 ≤ a) (hb : 0 ≤ b)
    (hA : 0 ≤ A) :
    a * b + g * (A - 3 * η) ≤ g * (1 + u) * (a * b + η * (a + b + 4) + A) ∧
      g * A ≤ g * (1 + u) * (a * b + η * (a + b + 4) + A) := by
  have hab := OrderedRing.mul_nonneg ha hb
  have h1 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ a + b + 4 by grind)
  have h2 := OrderedRing.mul_nonneg (OrderedRing.mul_nonneg (show 0 ≤ g by grind) (Rat.le_of_lt hu))
    (show 0 ≤ a * b + η * (a + b + 4) + A by grind)
  have h3 := OrderedRing.mul_nonneg (show 0 ≤ g - 1 by grind)
    (show 0 ≤ a * b + η * (a + b + 4) by grind)
  have h4 := OrderedRing.mul_nonneg (show 0 ≤ g by grind) (Rat.le_of_lt hη)
  grind

/-- Two partial results that are not empty. -/
theorem join_bound (hu' : u ≤ 1 / 8) (hη : 0 < η) (hG : 1 ≤ G) (hgG : (1 + u) * g ≤ G)
    (hhG : (1 + u) * h ≤ G) (hA : 0 ≤ A - 3 * η) (hB : 0 ≤ B - 3 * η) :
    (1 + u) * (g * (A - 3 * η) + h * (B - 3 * η)) + η * (2 + u) ≤ G * (A + B - 3 * η) := by
  have h1 := OrderedRing.mul_nonneg hA (show 0 ≤ G - (1 + u) * g by grind)
  have h2 := OrderedRing.mul_nonneg hB (show 0 ≤ G - (1 + u) * h by grind)
  have h3 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ G - 1 by grind)
  have h4 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) (show 0 ≤ 1 / 8 - u by grind)
  grind

/-- Partial results are no larger than the bound of their sum. -/
theorem join_limit (hη : 0 < η) (hg : 0 < g) (hh : 0 < h) (hgG : g ≤ G) (hhG : h ≤ G)
    (hA : 0 ≤ A) (hB : 0 ≤ B) :
    g * (A - 3 * η) + h * (B - 3 * η) ≤ G * (A + B) ∧ g * A ≤ G * (A + B) ∧ h * B ≤ G * (A + B) := by
  have h1 := OrderedRing.mul_nonneg hA (show 0 ≤ G - g by grind)
  have h2 := OrderedRing.mul_nonneg hB (show 0 ≤ G - h by grind)
  have h3 := OrderedRing.mul_pos hg hη
  have h4 := OrderedRing.mul_pos hh hη
  have h5 := OrderedRing.mul_nonneg (show 0 ≤ G by grind) hA
  have h6 := OrderedRing.mul_nonneg (show 0 ≤ G by grind) hB
  grind

end Lemmanet.Float
