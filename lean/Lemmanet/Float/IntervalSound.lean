module

public import Lemmanet.Float.IntervalEnds

/-!
# Interval arithmetic is sound

Whatever numbers the operands contain, the result contains what the exact operation makes of them.
-/

@[expose] public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

namespace Interval

variable {F : Format} {X Y Z : Interval F} {x y z : Rat}

private theorem low_nonneg {p : Datum F} {Y : Interval F} (hp : p.AtMost x) (hY : Y.Contains y)
    (hy : 0 ≤ y) : Datum.LowCorner p Y.lower (x * y) ∨ Datum.LowCorner p Y.upper (x * y) := by
  obtain ⟨hl, hu⟩ := hY
  rcases hp.cases with rfl | ⟨fp, hp⟩
  · right
    rcases hu.cases with hq | ⟨fq, hq⟩
    · rw [hq]
      exact .inr (.inr ⟨rfl, rfl, rfl, rfl, .inl rfl, rfl⟩)
    · rcases Datum.sign_cases fq with ⟨h1, h2⟩ | ⟨h1, h2, h3⟩ | ⟨h1, h2, h3⟩
      · refine .inl ⟨.inr h1, ?_⟩
        have : y = 0 := by grind
        rw [this]
        grind
      · grind
      · exact .inr (.inr ⟨rfl, Datum.isNaN_of_isFinite fq, rfl, h1, .inl rfl, by rw [h2]; rfl⟩)
  · have h1 := OrderedRing.mul_le_mul_of_nonneg_right hp hy
    have finite {q : Datum F} (fq : q.isFinite = true) (h : p.toRat * q.toRat ≤ p.toRat * y) :
        Datum.LowCorner p q (x * y) := .inr (.inl ⟨fp, fq, Rat.le_trans h h1⟩)
    have zero (h : 0 ≤ p.toRat) : 0 ≤ x * y := Rat.le_trans (Rat.mul_nonneg h hy) h1
    by_cases h0 : 0 ≤ p.toRat
    · left
      rcases hl.cases with hq | ⟨fq, hq⟩
      · rw [hq]
        rcases Datum.sign_cases fp with ⟨h2, _⟩ | ⟨_, _, h3⟩ | ⟨h2, h3, _⟩
        · exact .inl ⟨.inl h2, zero h0⟩
        · grind
        · exact .inr (.inr ⟨Datum.isNaN_of_isFinite fp, rfl, h2, rfl, .inr rfl, by rw [h3]; rfl⟩)
      · exact finite fq (OrderedRing.mul_le_mul_of_nonneg_left hq h0)
    · right
      rcases hu.cases with hq | ⟨fq, hq⟩
      · rw [hq]
        rcases Datum.sign_cases fp with ⟨_, h3⟩ | ⟨h2, h3, _⟩ | ⟨_, _, h3⟩
        · grind
        · exact .inr (.inr ⟨Datum.isNaN_of_isFinite fp, rfl, h2, rfl, .inr rfl, by rw [h3]; rfl⟩)
        · grind
      · refine finite fq ?_
        have := OrderedRing.mul_le_mul_of_nonneg_left hq (show 0 ≤ -p.toRat by grind)
        grind

private theorem low_neg {p : Datum F} {Y : Interval F} (hp : p.AtLeast x) (hY : Y.Contains y)
    (hy : y < 0) : Datum.LowCorner p Y.lower (x * y) ∨ Datum.LowCorner p Y.upper (x * y) := by
  obtain ⟨hl, hu⟩ := hY
  rcases hp.cases with rfl | ⟨fp, hp⟩
  · left
    rcases hl.cases with hq | ⟨fq, hq⟩
    · rw [hq]
      exact .inr (.inr ⟨rfl, rfl, rfl, rfl, .inl rfl, rfl⟩)
    · rcases Datum.sign_cases fq with ⟨_, h3⟩ | ⟨h1, h2, h3⟩ | ⟨_, _, h3⟩
      · grind
      · exact .inr (.inr ⟨rfl, Datum.isNaN_of_isFinite fq, rfl, h1, .inl rfl, by rw [h2]; rfl⟩)
      · grind
  · have h1 := OrderedRing.mul_le_mul_of_nonneg_right hp (show 0 ≤ -y by grind)
    have finite {q : Datum F} (fq : q.isFinite = true) (h : p.toRat * q.toRat ≤ p.toRat * y) :
        Datum.LowCorner p q (x * y) := .inr (.inl ⟨fp, fq, by grind⟩)
    by_cases h0 : 0 ≤ p.toRat
    · left
      rcases hl.cases with hq | ⟨fq, hq⟩
      · rw [hq]
        rcases Datum.sign_cases fp with ⟨h2, h3⟩ | ⟨_, _, h3⟩ | ⟨h2, h3, _⟩
        · refine .inl ⟨.inl h2, ?_⟩
          rw [h3] at h1
          grind
        · grind
        · exact .inr (.inr ⟨Datum.isNaN_of_isFinite fp, rfl, h2, rfl, .inr rfl, by rw [h3]; rfl⟩)
      · exact finite fq (OrderedRing.mul_le_mul_of_nonneg_left hq h0)
    · right
      rcases hu.cases with hq | ⟨fq, hq⟩
      · rw [hq]
        rcases Datum.sign_cases fp with ⟨_, h3⟩ | ⟨h2, h3, _⟩ | ⟨_, _, h3⟩
        · grind
        · exact .inr (.inr ⟨Datum.isNaN_of_isFinite fp, rfl, h2, rfl, .inr rfl, by rw [h3]; rfl⟩)
        · grind
      · refine finite fq ?_
        have := OrderedRing.mul_le_mul_of_nonneg_left hq (show 0 ≤ -p.toRat by grind)
        grind

/-- Some two ends have a product that is a lower bound. -/
private theorem low_corner (hX : X.Contains x) (hY : Y.Contains y) :
    (Datum.LowCorner X.lower Y.lower (x * y) ∨ Datum.LowCorner X.lower Y.upper (x * y)) ∨
      (Datum.LowCorner X.upper Y.lower (x * y) ∨ Datum.LowCorner X.upper Y.upper (x * y)) := by
  by_cases hy : 0 ≤ y
  · exact .inl (low_nonneg hX.1 hY hy)
  · exact .inr (low_neg hX.2 hY (Rat.not_le.1 hy))

/-- Negation is sound. -/
theorem neg_sound (hX : X.Contains x) : X.neg.Contains (-x) :=
  ⟨Datum.negate_atMost hX.2, Datum.negate_atLeast hX.1⟩

/-- Some two ends have a product that is an upper bound. -/
private theorem high_corner (hX : X.Contains x) (hY : Y.Contains y) :
    (Datum.HighCorner X.lower Y.lower (x * y) ∨ Datum.HighCorner X.lower Y.upper (x * y)) ∨
      (Datum.HighCorner X.upper Y.lower (x * y) ∨ Datum.HighCorner X.upper Y.upper (x * y)) := by
  have h := low_corner (neg_sound hX) hY
  have e : -x * y = -(x * y) := by grind
  rw [e] at h
  exact h.symm

/-- A corner that is a lower bound makes the least one a lower bound. -/
private theorem corners_down {f : Datum F → Datum F → Datum F} {v : Rat}
    (h : ((f X.lower Y.lower).AtMost v ∨ (f X.lower Y.upper).AtMost v) ∨
      ((f X.upper Y.lower).AtMost v ∨ (f X.upper Y.upper).AtMost v)) :
    (corners Datum.lowerOf f X Y).AtMost v :=
  Datum.lowerOf_atMost (h.imp Datum.lowerOf_atMost Datum.lowerOf_atMost)

private theorem corners_up {f : Datum F → Datum F → Datum F} {v : Rat}
    (h : ((f X.lower Y.lower).AtLeast v ∨ (f X.lower Y.upper).AtLeast v) ∨
      ((f X.upper Y.lower).AtLeast v ∨ (f X.upper Y.upper).AtLeast v)) :
    (corners Datum.upperOf f X Y).AtLeast v :=
  Datum.upperOf_atLeast (h.imp Datum.upperOf_atLeast Datum.upperOf_atLeast)

/-- A finite datum is contained in the interval from it to itself. -/
theorem point_sound {d : Datum F} (hd : d.isFinite = true) : (point d).Contains d.toRat :=
  ⟨Datum.atMost_of_le hd Rat.le_refl, Datum.atLeast_of_le hd Rat.le_refl⟩

variable [Format.Valid F]

/-- Addition is sound. -/
theorem add_sound (hX : X.Contains x) (hY : Y.Contains y) : (add X Y).Contains (x + y) :=
  ⟨Datum.addition_down hX.1 hY.1, Datum.addition_up hX.2 hY.2⟩

/-- Subtraction is sound. -/
theorem sub_sound (hX : X.Contains x) (hY : Y.Contains y) : (sub X Y).Contains (x - y) :=
  ⟨Datum.subtraction_down hX.1 hY.2, Datum.subtraction_up hX.2 hY.1⟩

/-- Multiplication is sound. -/
theorem mul_sound (hX : X.Contains x) (hY : Y.Contains y) : (mul X Y).Contains (x * y) :=
  ⟨corners_down ((low_corner hX hY).imp (Or.imp Datum.endProduct_down Datum.endProduct_down)
      (Or.imp Datum.endProduct_down Datum.endProduct_down)),
    corners_up ((high_corner hX hY).imp (Or.imp Datum.endProduct_up Datum.endProduct_up)
      (Or.imp Datum.endProduct_up Datum.endProduct_up))⟩

/-- The fused operation is sound. -/
theorem fma_sound (hX : X.Contains x) (hY : Y.Contains y) (hZ : Z.Contains z) :
    (fma X Y Z).Contains (x * y + z) :=
  ⟨corners_down (f := fun p q => Datum.endFused .towardNegative p q Z.lower) ((low_corner hX hY).imp
      (Or.imp (Datum.endFused_down · hZ.1) (Datum.endFused_down · hZ.1))
      (Or.imp (Datum.endFused_down · hZ.1) (Datum.endFused_down · hZ.1))),
    corners_up (f := fun p q => Datum.endFused .towardPositive p q Z.upper) ((high_corner hX hY).imp
      (Or.imp (Datum.endFused_up · hZ.2) (Datum.endFused_up · hZ.2))
      (Or.imp (Datum.endFused_up · hZ.2) (Datum.endFused_up · hZ.2)))⟩

end Interval

end Lemmanet.Float
