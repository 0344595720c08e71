module
public import Lemmanet.Sound.Runs.Limits

/-!
# The errors of single products and terms

Inequalities of rational numbers: `u` is the unit roundoff, `η` the least normal number, `G` a power of
`1 + u`. A weight of magnitude at most `W ≤ P`, rounded, times a datum of magnitude at most `Y ≤ Q` that
is off by at most `e` adds at most `W (e + γ Y)` to the error, and what underflow can do.
-/

public noncomputable section

open Lean.Grind
namespace Lemmanet.Float

variable {u η G γ P Q W Y e B a b : Rat}

/-- What underflow and flushing can do to one product: `H = G (1 + u)` is at most 2. -/
private theorem tiny_product (hu : 0 < u) (hη : 0 < η) (hη' : η ≤ 1) (hG : 0 ≤ G)
    (hH : G * (1 + u) ≤ 2) (hW : 0 ≤ W) (hWP : W ≤ P) (hY : 0 ≤ Y) (hYQ : Y ≤ Q) :
    G * (u * η * Y + η * (W + u * (W + η) + Y + 4)) ≤ 8 * (P + 1) * (Q + 1) * η ∧
      G * ((W + u * (W + η)) * Y + (W + u * (W + η) + Y + 4)) ≤ 8 * (P + 1) * (Q + 1) := by
  have h1 := OrderedRing.mul_nonneg (OrderedRing.mul_nonneg hG (Rat.le_of_lt hu))
    (show 0 ≤ 1 - η by grind)
  have h2 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) h1
  have h3 := OrderedRing.mul_nonneg (show 0 ≤ 2 - G * (1 + u) by grind) (show 0 ≤ Y + W + 4 by grind)
  have h4 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) h3
  have h5 := OrderedRing.mul_nonneg (show 0 ≤ P by grind) (show 0 ≤ Q by grind)
  have h6 : 0 ≤ 8 * (P + 1) * (Q + 1) - 2 * (Y + W + 4) := by grind
  have h7 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) h6
  have h8 := OrderedRing.mul_nonneg hW hY
  have h9 := OrderedRing.mul_nonneg (show 0 ≤ P - W by grind) hY
  have h10 := OrderedRing.mul_nonneg (show 0 ≤ P by grind) (show 0 ≤ Q - Y by grind)
  have h11 := OrderedRing.mul_nonneg (show 0 ≤ 2 - G * (1 + u) by grind) h8
  have h12 := OrderedRing.mul_nonneg h1 hY
  have h13 := OrderedRing.mul_nonneg hG (Rat.le_of_lt hu)
  have h14 := OrderedRing.mul_nonneg (Rat.le_of_lt hη) h13
  constructor <;> grind

/-- The error of one product of rounded weight and datum. -/
theorem product_error (hu : 0 < u) (hη : 0 < η) (hη' : η ≤ 1) (hG : 1 ≤ G)
    (hγ : G * (1 + u) ≤ 1 + γ) (hγ' : γ ≤ 1) (hW : 0 ≤ W) (hWP : W ≤ P) (hY : 0 ≤ Y)
    (hYQ : Y ≤ Q) (ha : 0 ≤ a) (hb : 0 ≤ b)
    (haW : a ≤ W + u * (W + η)) (hbY : b ≤ Y) :
    G * (a * b + η * (a + b + 4)) - a * b + (u * (W + η) * Y + W * e) ≤
        W * (e + γ * Y) + 8 * (P + 1) * (Q + 1) * η ∧
      G * (a * b + η * (a + b + 4)) ≤ 8 * (P + 1) * (Q + 1) := by
  have ht := tiny_product hu hη hη' (show 0 ≤ G by grind) (by grind) hW hWP hY hYQ
  generalize hA : W + u * (W + η) = A at *
  have h1 := OrderedRing.mul_nonneg (show 0 ≤ A - a by grind) hb
  have h2 := OrderedRing.mul_nonneg (show 0 ≤ A by grind) (show 0 ≤ Y - b by grind)
  have h3 := OrderedRing.mul_nonneg (show 0 ≤ G - 1 by grind) (show 0 ≤ A * Y - a * b by grind)
  have h4 := OrderedRing.mul_nonneg (show 0 ≤ 1 + γ - G * (1 + u) by grind)
    (OrderedRing.mul_nonneg hW hY)
  have h5 := OrderedRing.mul_nonneg (show 0 ≤ G by grind) (OrderedRing.mul_nonneg (Rat.le_of_lt hη)
    (show 0 ≤ A - a + (Y - b) by grind))
  have h6 := OrderedRing.mul_nonneg (show 0 ≤ G by grind) (OrderedRing.mul_nonneg
    (show 0 ≤ 1 - η by grind) (show 0 ≤ A + Y + 4 by grind))
  constructor
  · subst hA
    grind
  · grind

/-- The error of one rounded term. -/
theorem term_error (hu : 0 < u) (hη : 0 < η) (hη' : η ≤ 1) (hG : 1 ≤ G)
    (hγ : G * (1 + u) ≤ 1 + γ) (hγ' : γ ≤ 1) (hB : 0 ≤ B) (hBP : B ≤ P) (hQ : 0 ≤ Q)
    (haB : a ≤ B + u * (B + η)) :
    G * (a + 4 * η) - a + u * (B + η) ≤ γ * B + 8 * (P + 1) * (Q + 1) * η ∧
      G * (a + 4 * η) ≤ 8 * (P + 1) * (Q + 1) := by
  have h1 := OrderedRing.mul_nonneg (show 0 ≤ G - 1 by grind)
    (show 0 ≤ B + u * (B + η) - a by grind)
  have h2 := OrderedRing.mul_nonneg (show 0 ≤ 1 + γ - G * (1 + u) by grind) hB
  have h3 := OrderedRing.mul_nonneg (show 0 ≤ 2 - G * (1 + u) by grind) (Rat.le_of_lt hη)
  have h4 := OrderedRing.mul_nonneg (show 0 ≤ 2 - G * (1 + u) by grind) hB
  have h5 := OrderedRing.mul_nonneg (show 0 ≤ G by grind) (Rat.le_of_lt hu)
  have h6 := OrderedRing.mul_nonneg h5 (Rat.le_of_lt hη)
  have h7 := OrderedRing.mul_nonneg h5 (show 0 ≤ 1 - η by grind)
  have h8 := OrderedRing.mul_nonneg (show 0 ≤ G by grind) (show 0 ≤ 1 - η by grind)
  have h9 := OrderedRing.mul_nonneg (show 0 ≤ P by grind) hQ
  have h10 := OrderedRing.mul_nonneg (show 0 ≤ P * Q + P + Q by grind) (Rat.le_of_lt hη)
  constructor <;> grind

/-- The error of one term of a sum. -/
theorem datum_error (hη : 0 < η) (hη' : η ≤ 1) (hG : 1 ≤ G)
    (hγ : G ≤ 1 + γ) (hγ' : γ ≤ 1) (hY : 0 ≤ Y) (hYQ : Y ≤ Q) (hbY : b ≤ Y) :
    G * (b + 4 * η) - b + e ≤ e + γ * Y + 8 * (Q + 1) * η ∧
      G * (b + 4 * η) ≤ 8 * (Q + 1) := by
  have h1 := OrderedRing.mul_nonneg (show 0 ≤ G - 1 by grind) (show 0 ≤ Y - b by grind)
  have h2 := OrderedRing.mul_nonneg (show 0 ≤ 1 + γ - G by grind) hY
  have h3 := OrderedRing.mul_nonneg (show 0 ≤ 2 - G by grind) (Rat.le_of_lt hη)
  have h4 := OrderedRing.mul_nonneg (show 0 ≤ 2 - G by grind) (show 0 ≤ Y + 4 by grind)
  have h5 := OrderedRing.mul_nonneg (show 0 ≤ Q by grind) (Rat.le_of_lt hη)
  have h6 := OrderedRing.mul_nonneg (show 0 ≤ G by grind) (show 0 ≤ 1 - η by grind)
  constructor <;> grind


end Lemmanet.Float
