module

public import Lemmanet.Exec.Flat
public import Lemmanet.Sound.Interval
public import Lemmanet.Sound.Packed.Join

/-!
# Joined boxes have the same entries

Comparisons of digits of `Box.flat` are comparisons of the ends of the box.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

private theorem div_def (a b : Nat) : Nat.div a b = a / b := rfl
private theorem mod_def (a b : Nat) : Nat.mod a b = a % b := rfl

section

variable {s t : Shape} {x : Box s} {y : Box t}

/-- What `Box.regular` says. -/
theorem Box.regular_iff : x.regular = true ↔ 0 < x.den ∧ 0 < x.line := by
  simp [Box.regular]

/-- Reading through blocks gives the digit. -/
theorem Flat.get_eq (f : Flat) (y k : Nat) : f.get y k = digit f.width f.width y k := by
  have hb : f.get y k = digit f.width f.width (f.block y (k / 128)) (k % 128) := by
    unfold Flat.get
    rw [div_def, mod_def]
    cases k / 128 <;> rfl
  rw [hb]
  have h := digit_bitsAt (Nat.le_refl f.width) y (128 * (k / 128))
    (Nat.mod_lt k (show 0 < 128 by omega))
  rwa [← Nat.mul_assoc, Nat.div_add_mod] at h

/-- The digits that are added, lower ends. -/
theorem Box.flat_lowPos (h : x.regular = true) (k : Nat) :
    x.flat.get x.flat.lowPos k = x.lo.posDigit k :=
  (Flat.get_eq _ _ _).trans (digit_joined (Nat.le_refl _) (Box.regular_iff.1 h).2 _ _)

/-- The digits that are subtracted, lower ends. -/
theorem Box.flat_lowNeg (h : x.regular = true) (k : Nat) :
    x.flat.get x.flat.lowNeg k = x.lo.negDigit k :=
  (Flat.get_eq _ _ _).trans (digit_joined (Nat.le_refl _) (Box.regular_iff.1 h).2 _ _)

/-- The digits that are added, upper ends. -/
theorem Box.flat_highPos (h : x.regular = true) (k : Nat) :
    x.flat.get x.flat.highPos k = x.hi.posDigit k :=
  (Flat.get_eq _ _ _).trans (digit_joined (Nat.le_refl _) (Box.regular_iff.1 h).2 _ _)

/-- The digits that are subtracted, upper ends. -/
theorem Box.flat_highNeg (h : x.regular = true) (k : Nat) :
    x.flat.get x.flat.highNeg k = x.hi.negDigit k :=
  (Flat.get_eq _ _ _).trans (digit_joined (Nat.le_refl _) (Box.regular_iff.1 h).2 _ _)

/-- The intervals of the entries. -/
theorem Box.flat_ival (h : x.regular = true) (k : Nat) : x.flat.ival k = x.ival k := by
  rw [Flat.ival, Box.flat_lowPos h, Box.flat_lowNeg h, Box.flat_highPos h, Box.flat_highNeg h]
  rfl

/-- The interval of an entry of a constant is a point. -/
theorem Const.flat_ival {s : Shape} {c : Const s} (h : c.regular = true) (k : Nat) :
    c.box.flat.ival k = .point (c.num k) c.den := by
  rw [Const.regular, Bool.and_eq_true] at h
  have hs := Nat.eq_of_beq_eq_true h.1
  rw [Box.flat_ival h.2]
  have hlo : c.box.lo.num k = c.num k := by
    unfold Const.num Const.posDigit Const.negDigit; rw [hs]; rfl
  have hhi : c.box.hi.num k = c.num k := hlo
  rw [Box.ival, hlo, hhi]
  rfl

/-- The denominator of a constant is positive. -/
theorem Const.den_pos {s : Shape} {c : Const s} (h : c.regular = true) : 0 < c.den := by
  rw [Const.regular, Bool.and_eq_true] at h
  exact (Box.regular_iff.1 h.2).1

variable {α : Type} [OrderedField α]

/-- What `fractionLe` decides. -/
theorem ratio_le_of_fractionLe {p n d p' n' d' : Nat} (h : fractionLe p n d p' n' d' = true)
    (hd : 0 < d) (hd' : 0 < d') :
    (ratio (Int.subNatNat p n) d : α) ≤ ratio (Int.subNatNat p' n') d' := by
  have h := Nat.le_of_ble_eq_true h
  simp only [Nat.add_eq, Nat.mul_eq] at h
  have h : Int.subNatNat p n * (d' : Int) ≤ Int.subNatNat p' n' * (d : Int) := by
    rw [Int.subNatNat_eq_coe, Int.subNatNat_eq_coe, Int.sub_mul, Int.sub_mul]
    have := Int.ofNat_le.2 h
    simp only [Int.natCast_add, Int.natCast_mul] at this
    omega
  have h := intCast_le (α := α) h
  simp only [Ring.intCast_mul, Ring.intCast_natCast] at h
  have h1 := natCast_pos (α := α) hd
  have h2 := natCast_pos (α := α) hd'
  rw [ratio_le_iff hd]
  have e : ratio (Int.subNatNat p' n') d' * (d : α) =
      ratio (Int.subNatNat p' n' * (d : Int)) d' := by
    unfold ratio
    rw [Ring.intCast_mul, Ring.intCast_natCast]
    grind
  rw [e, le_ratio_iff hd', Ring.intCast_mul, Ring.intCast_natCast]
  exact h

/-- An integer as the difference of its parts. -/
theorem subNatNat_toNat (num : Int) : Int.subNatNat num.toNat (-num).toNat = num := by
  rw [Int.subNatNat_eq_coe]
  omega

namespace Flat

/-- `lowLe` compares lower ends. -/
theorem low_le (hx : x.regular = true) (hy : y.regular = true) {i k : Nat}
    (h : x.flat.lowLe i y.flat k = true) : (x.lo.val i : α) ≤ y.lo.val k := by
  rw [lowLe, Box.flat_lowPos hx, Box.flat_lowNeg hx, Box.flat_lowPos hy, Box.flat_lowNeg hy] at h
  exact ratio_le_of_fractionLe h (Box.regular_iff.1 hx).1 (Box.regular_iff.1 hy).1

/-- `highLe` compares upper ends. -/
theorem high_le (hx : x.regular = true) (hy : y.regular = true) {i k : Nat}
    (h : x.flat.highLe i y.flat k = true) : (x.hi.val i : α) ≤ y.hi.val k := by
  rw [highLe, Box.flat_highPos hx, Box.flat_highNeg hx, Box.flat_highPos hy,
    Box.flat_highNeg hy] at h
  exact ratio_le_of_fractionLe h (Box.regular_iff.1 hx).1 (Box.regular_iff.1 hy).1

/-- What lies in entry `i` of `x` lies in entry `k` of `y`. -/
theorem mem_of_within (hx : x.regular = true) (hy : y.regular = true) {i k : Nat}
    (h : x.flat.within i y.flat k = true) {v : α} (hv : x.lo.val i ≤ v ∧ v ≤ x.hi.val i) :
    y.lo.val k ≤ v ∧ v ≤ y.hi.val k := by
  rw [within, Bool.and_eq_true] at h
  exact ⟨Std.le_trans (low_le hy hx h.1) hv.1, Std.le_trans hv.2 (high_le hx hy h.2)⟩

/-- `holds` finds the point between the ends. -/
theorem mem_of_holds (hx : x.regular = true) {k : Nat} {num : Int} {den : Nat} (hd : 0 < den)
    (h : x.flat.holds k num den = true) :
    (x.lo.val k : α) ≤ ratio num den ∧ ratio num den ≤ (x.hi.val k : α) := by
  rw [holds, Bool.and_eq_true, Box.flat_lowPos hx, Box.flat_lowNeg hx, Box.flat_highPos hx,
    Box.flat_highNeg hx] at h
  have h1 := ratio_le_of_fractionLe (α := α) h.1 (Box.regular_iff.1 hx).1 hd
  have h2 := ratio_le_of_fractionLe (α := α) h.2 hd (Box.regular_iff.1 hx).1
  rw [subNatNat_toNat] at h1 h2
  exact ⟨h1, h2⟩

end Flat

end

end Lemmanet
