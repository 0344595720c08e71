module

public import Lemmanet.Exec.Budget.Compare
public import Lemmanet.Sound.Linear

/-!
# Comparisons of magnitudes

What the packed comparisons of `Exec.Budget.Compare` say about single entries, over any linearly ordered
field.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α] {s t : Shape} {k n : Nat}

/-- A positive factor can be left out of an inequality. -/
theorem le_of_mul_le_mul {c a b : α} (hc : 0 < c) (h : c * a ≤ c * b) : a ≤ b := by
  refine Std.not_lt.1 fun hlt => ?_
  have := OrderedRing.mul_lt_mul_of_pos_left hlt hc
  grind

/-- A fraction over a common denominator. -/
theorem ratio_mul_common {a : Int} {d D : Nat} (hd : 0 < d) (h : d ∣ D) :
    (ratio a d : α) * (D : α) = ((D / d : Nat) : α) * (a : α) := by
  have h1 := congrArg (Nat.cast : Nat → α) (Nat.div_mul_cancel h)
  have h2 := natCast_pos (α := α) hd
  simp only [Semiring.natCast_mul] at h1
  unfold ratio
  grind

/-- A digit that fits has no more bits. -/
theorem width_le {w f : Nat} (hf : 0 < f) (h : f * 2 ^ w < 2 ^ (k - 1)) : w ≤ k := by
  have := Nat.lt_of_le_of_lt (Nat.le_mul_of_pos_left (2 ^ w) hf) h
  have := (Nat.pow_lt_pow_iff_right (a := 2) (by omega)).1 this
  omega

/-- Multiples of the digits of a box. -/
theorem Box.mul_digits_eq {b : Box s} (hr : b.regular = true) (hw : b.width ≤ k) (f : Nat)
    (literals : List Nat) :
    Nat.mul f (b.digits k literals) = pack k (fun i => f * b.part literals i) (Shape.size s) := by
  rw [Box.digits_eq hr hw, pack_mul_left]
  rfl

/-- Multiples of digits are small. -/
theorem Box.mul_part_le (b : Box s) (f : Nat) (literals : List Nat) (i : Nat) :
    f * b.part literals i ≤ f * 2 ^ b.width :=
  Nat.mul_le_mul_left _ (Nat.le_of_lt (b.part_lt literals i))

namespace Magnitudes

variable (e : Magnitudes s)

/-- The digit of an entry. -/
@[expose] def part (i : Nat) : Nat := e.box.part e.digits i

/-- The numerator of an entry. -/
theorem num_eq (i : Nat) : e.const.num i = e.part i := by
  have : e.const.negDigit i = 0 := by
    show digit _ _ (([] : List Nat).getD _ 0) _ = 0
    simp [digit_eq]
  show Int.subNatNat (e.const.posDigit i) (e.const.negDigit i) = _
  rw [this, Int.subNatNat_eq_coe]
  exact Int.sub_zero _

/-- An entry, over its denominator. -/
theorem val_eq (i : Nat) : (e.val i : α) = ratio (e.part i : Int) e.den := by
  show ratio (e.const.num i) e.den = _
  rw [num_eq]

/-- Entries are not negative. -/
theorem val_nonneg (i : Nat) : (0 : α) ≤ e.val i := by
  rw [val_eq, ratio, Ring.intCast_natCast]
  have h1 := natCast_nonneg (α := α) (e.part i)
  have h2 := natCast_nonneg (α := α) e.den
  rw [Field.div_eq_mul_inv]
  rcases Std.le_total (a := (0 : α)) (b := (e.den : α)⁻¹) with h | h
  · exact OrderedRing.mul_nonneg h1 h
  · by_cases hz : (e.den : α) = 0
    · rw [hz, Field.inv_zero, Semiring.mul_zero]
      exact Std.le_refl _
    · exfalso
      have h3 := OrderedRing.mul_nonneg h2 (show 0 ≤ -(e.den : α)⁻¹ by grind)
      have h4 : (e.den : α) * (e.den : α)⁻¹ = 1 := Field.mul_inv_cancel hz
      have h5 := OrderedRing.zero_lt_one (R := α)
      grind

/-- The upper ends of the box of magnitudes are the magnitudes. -/
theorem hi_box (i : Nat) : (e.box.hi.val i : α) = e.val i := rfl

/-- The lower ends are zero. -/
theorem lo_box (i : Nat) : (e.box.lo.val i : α) = 0 := by
  have h : e.box.lo.num i = 0 := by
    show Int.subNatNat (digit _ _ (([] : List Nat).getD _ 0) _) (digit _ _ (([] : List Nat).getD _ 0) _) = 0
    simp [digit_eq]
  show ratio (e.box.lo.num i) e.den = 0
  rw [h, ratio, Ring.intCast_zero, Field.div_eq_mul_inv, Semiring.zero_mul]

/-- Multiples of the digits. -/
theorem scaled_eq {e : Magnitudes s} (hr : e.box.regular = true) (hw : e.width ≤ k) (f : Nat) :
    e.scaled k f = pack k (fun i => f * e.part i) (Shape.size s) :=
  Box.mul_digits_eq hr hw f e.digits

/-- Multiples of digits are small. -/
theorem mul_part_le (f i : Nat) : f * e.part i ≤ f * 2 ^ e.width := e.box.mul_part_le f e.digits i

/-- A positive denominator. -/
theorem den_pos {e : Magnitudes s} (hr : e.box.regular = true) : 0 < e.den := (Box.regular_iff.1 hr).1

end Magnitudes

/-- What a comparison of digits says, over a common denominator. -/
private theorem margin_le {D : Nat} {p q P N e m : Nat} {dx de dm : Nat} (hD : 0 < D) (hq : 0 < q)
    (hx : 0 < dx) (he : 0 < de) (hm : 0 < dm) (ex : dx ∣ D) (ee : de ∣ D) (em : dm ∣ D) {v : α}
    (hv : v ≤ ratio ((P : Int) - N) dx)
    (h : p * (D / dx) * P + (q + p) * (D / de) * e ≤ q * (D / dm) * m + p * (D / dx) * N) :
    ratio (e : Int) de + ratio p q * (v + ratio (e : Int) de) ≤ (ratio (m : Int) dm : α) := by
  have h := natCast_le (α := α) h
  have hDp := natCast_pos (α := α) hD
  have hqp := natCast_pos (α := α) hq
  have h1 := ratio_mul_common (α := α) (a := (P : Int) - N) hx ex
  have h2 := ratio_mul_common (α := α) (a := (e : Int)) he ee
  have h3 := ratio_mul_common (α := α) (a := (m : Int)) hm em
  have h4 : (ratio p q : α) * (q : α) = (p : α) := by
    unfold ratio; rw [Ring.intCast_natCast]; grind
  have hp := natCast_nonneg (α := α) p
  have h5 := OrderedRing.mul_le_mul_of_nonneg_left hv hp
  simp only [Semiring.natCast_add, Semiring.natCast_mul, Ring.intCast_sub, Ring.intCast_natCast]
    at h h1 h2 h3
  generalize (ratio ((P : Int) - N) dx : α) = x at *
  generalize (ratio (e : Int) de : α) = e' at *
  generalize (ratio (m : Int) dm : α) = m' at *
  generalize (ratio (p : Int) q : α) = g at *
  have h6 : (D : α) * ((p : α) * x + ((q : α) + p) * e') ≤ (D : α) * ((q : α) * m') := by
    have e1 : (D : α) * ((p : α) * x + ((q : α) + p) * e') =
        (p : α) * (x * D) + ((q : α) + p) * (e' * D) := by grind
    have e2 : (D : α) * ((q : α) * m') = (q : α) * (m' * D) := by grind
    rw [e1, e2, h1, h2, h3]
    grind
  have h7 := le_of_mul_le_mul hDp h6
  refine le_of_mul_le_mul hqp ?_
  have e3 : (q : α) * (e' + g * (v + e')) = (q : α) * e' + g * q * (v + e') := by grind
  rw [e3, h4]
  grind

/-- Soundness of `marginCheck`: for a number of the box and its negative. -/
theorem marginCheck_sound {p q : Nat} {x : Box s} {e m : Magnitudes s} (hp : 0 < p) (hq : 0 < q)
    (h : marginCheck p q x e m = true) {v : Tensor α s} (hv : x.Mem v) {i : Nat}
    (hi : i < Shape.size s) :
    e.val i + ratio p q * (v.at i + e.val i) ≤ (m.val i : α) ∧
      e.val i + ratio p q * (-v.at i + e.val i) ≤ (m.val i : α) := by
  simp only [marginCheck, Bool.and_eq_true] at h
  obtain ⟨⟨⟨hx, he⟩, hm⟩, h⟩ := h
  have dx := (Box.regular_iff.1 hx).1
  have de := Magnitudes.den_pos he
  have dm := Magnitudes.den_pos hm
  have hD : 0 < marginDen x e m := Nat.lcm_pos (Nat.lcm_pos dx de) dm
  have ex : x.den ∣ marginDen x e m := Nat.dvd_trans (Nat.dvd_lcm_left ..) (Nat.dvd_lcm_left ..)
  have ee : e.den ∣ marginDen x e m := Nat.dvd_trans (Nat.dvd_lcm_right ..) (Nat.dvd_lcm_left ..)
  have em : m.den ∣ marginDen x e m := Nat.dvd_lcm_right ..
  have hk : 0 < marginBits (marginDen x e m) p q x e m := Nat.succ_pos _
  have room : p * (marginDen x e m / x.den) * 2 ^ x.width +
      (q + p) * (marginDen x e m / e.den) * 2 ^ e.width +
      q * (marginDen x e m / m.den) * 2 ^ m.width < 2 ^ (marginBits (marginDen x e m) p q x e m - 1) :=
    lt_flagBits _
  generalize marginBits (marginDen x e m) p q x e m = k at h hk room
  generalize marginDen x e m = D at h hD ex ee em room
  have fx : 0 < p * (D / x.den) := Nat.mul_pos hp (Nat.div_pos (Nat.le_of_dvd hD ex) dx)
  have fe : 0 < (q + p) * (D / e.den) :=
    Nat.mul_pos (by omega) (Nat.div_pos (Nat.le_of_dvd hD ee) de)
  have fm : 0 < q * (D / m.den) := Nat.mul_pos hq (Nat.div_pos (Nat.le_of_dvd hD em) dm)
  have wx : x.width ≤ k := width_le fx (by omega)
  have we : e.width ≤ k := width_le fe (by omega)
  have wm : m.width ≤ k := width_le fm (by omega)
  have key : ∀ P N : List Nat,
      digitsLe k (Shape.size s)
        (Nat.add (Nat.mul (p * (D / x.den)) (x.digits k P)) (e.scaled k ((q + p) * (D / e.den))))
        (Nat.add (m.scaled k (q * (D / m.den))) (Nat.mul (p * (D / x.den)) (x.digits k N))) = true →
      p * (D / x.den) * x.part P i + (q + p) * (D / e.den) * e.part i ≤
        q * (D / m.den) * m.part i + p * (D / x.den) * x.part N i := by
    intro P N h
    rw [Box.mul_digits_eq hx wx, Box.mul_digits_eq hx wx, Magnitudes.scaled_eq he we,
      Magnitudes.scaled_eq hm wm, Nat.add_eq, Nat.add_eq, ← pack_add, ← pack_add] at h
    refine (digitsLe_iff hk (fun i _ => ?_) (fun i _ => ?_)).1 h i hi
    · have := x.mul_part_le (p * (D / x.den)) P i
      have := e.mul_part_le ((q + p) * (D / e.den)) i
      omega
    · have := x.mul_part_le (p * (D / x.den)) N i
      have := m.mul_part_le (q * (D / m.den)) i
      omega
  rw [marginAt, marginEnds, Bool.and_eq_true] at h
  have hv := hv i hi
  rw [Magnitudes.val_eq, Magnitudes.val_eq]
  constructor
  · refine margin_le hD hq dx de dm ex ee em ?_ (key x.highPos x.highNeg h.1)
    have := hv.2
    rwa [show (x.hi.val i : α) = ratio (Int.subNatNat (x.part x.highPos i) (x.part x.highNeg i)) x.den
      from rfl, Int.subNatNat_eq_coe] at this
  · refine margin_le hD hq dx de dm ex ee em ?_ (key x.lowNeg x.lowPos h.2)
    have := hv.1
    rw [show (x.lo.val i : α) = ratio (Int.subNatNat (x.part x.lowPos i) (x.part x.lowNeg i)) x.den
      from rfl, Int.subNatNat_eq_coe] at this
    have e1 : (ratio ((x.part x.lowNeg i : Int) - x.part x.lowPos i) x.den : α) =
        -ratio ((x.part x.lowPos i : Int) - x.part x.lowNeg i) x.den := by
      unfold ratio
      rw [Ring.intCast_sub, Ring.intCast_sub]
      grind
    rw [e1]
    grind

/-- Soundness of `shiftCheck`: for an entry and its negative. -/
theorem shiftCheck_sound {p q : Nat} {b : Const s} {c : Magnitudes s} (hp : 0 < p) (hq : 0 < q)
    (h : shiftCheck p q b c = true) {i : Nat} (hi : i < Shape.size s) :
    ratio p q * b.val i + ratio 1 (Nat.lcm b.den c.den) ≤ (c.val i : α) ∧
      ratio p q * -b.val i + ratio 1 (Nat.lcm b.den c.den) ≤ (c.val i : α) := by
  simp only [shiftCheck, Bool.and_eq_true] at h
  obtain ⟨⟨hb, hc⟩, h⟩ := h
  have db := Const.den_pos hb
  have dc := Magnitudes.den_pos hc
  have hb' := hb
  rw [Const.regular, Bool.and_eq_true] at hb'
  have hst := Nat.eq_of_beq_eq_true hb'.1
  have hD : 0 < Nat.lcm b.den c.den := Nat.lcm_pos db dc
  have eb : b.den ∣ Nat.lcm b.den c.den := Nat.dvd_lcm_left ..
  have ec : c.den ∣ Nat.lcm b.den c.den := Nat.dvd_lcm_right ..
  have hk : 0 < shiftBits (Nat.lcm b.den c.den) p q b c := Nat.succ_pos _
  have room : p * (Nat.lcm b.den c.den / b.den) * (2 * 2 ^ b.width) + q +
      q * (Nat.lcm b.den c.den / c.den) * 2 ^ c.width < 2 ^ (shiftBits (Nat.lcm b.den c.den) p q b c - 1) :=
    lt_flagBits _
  generalize shiftBits (Nat.lcm b.den c.den) p q b c = k at h hk room
  generalize Nat.lcm b.den c.den = D at h hD eb ec room
  have fb : 0 < p * (D / b.den) := Nat.mul_pos hp (Nat.div_pos (Nat.le_of_dvd hD eb) db)
  have fc : 0 < q * (D / c.den) := Nat.mul_pos hq (Nat.div_pos (Nat.le_of_dvd hD ec) dc)
  have e0 : p * (D / b.den) * (2 * 2 ^ b.width) = 2 * (p * (D / b.den) * 2 ^ b.width) := by
    rw [Nat.mul_left_comm]
  rw [e0] at room
  have wb : b.box.width ≤ k := width_le fb (by show p * (D / b.den) * 2 ^ b.width < _; omega)
  have wc : c.width ≤ k := width_le fc (by omega)
  have key : p * (D / b.den) * (b.box.part b.pos i + b.box.part b.neg i) + q ≤
      q * (D / c.den) * c.part i := by
    have h : digitsLe k (Shape.size s)
        (p * (D / b.den) * (b.box.digits k b.pos + b.box.digits k b.neg) + q * ones k (Shape.size s))
        (c.scaled k (q * (D / c.den))) = true := h
    rw [Magnitudes.scaled_eq hc wc, Box.digits_eq hb'.2 wb, Box.digits_eq hb'.2 wb, mul_ones hk,
      ← pack_add, ← pack_mul_left, ← pack_add] at h
    refine (digitsLe_iff hk (fun i _ => ?_) (fun i _ => ?_)).1 h i hi
    · have h1 := b.box.mul_part_le (p * (D / b.den)) b.pos i
      have h2 := b.box.mul_part_le (p * (D / b.den)) b.neg i
      rw [show b.box.width = b.width from rfl] at h1 h2
      show p * (D / b.den) * (b.box.part b.pos i + b.box.part b.neg i) + q < _
      rw [Nat.mul_add]
      omega
    · have := c.mul_part_le (q * (D / c.den)) i
      show q * (D / c.den) * c.part i < _
      omega
  have key := natCast_le (α := α) key
  have hDp := natCast_pos (α := α) hD
  have hqp := natCast_pos (α := α) hq
  have hP := natCast_nonneg (α := α) (b.box.part b.pos i)
  have hN := natCast_nonneg (α := α) (b.box.part b.neg i)
  have hf := natCast_nonneg (α := α) (p * (D / b.den))
  have h1 : (b.val i : α) * (D : α) =
      ((D / b.den : Nat) : α) * ((b.box.part b.pos i : α) - (b.box.part b.neg i : α)) := by
    have h := ratio_mul_common (α := α) (a := b.num i) db eb
    rw [Const.num_cast] at h
    have ep : b.posDigit i = b.box.part b.pos i := by
      show digit b.width b.stride _ _ = digit b.width b.width _ _
      rw [hst]; rfl
    have en : b.negDigit i = b.box.part b.neg i := by
      show digit b.width b.stride _ _ = digit b.width b.width _ _
      rw [hst]; rfl
    rw [ep, en] at h
    exact h
  have h2 := ratio_mul_common (α := α) (a := (c.part i : Int)) dc ec
  rw [← Magnitudes.val_eq] at h2
  have h3 : (ratio 1 D : α) * (D : α) = 1 := by
    unfold ratio; rw [Ring.intCast_one]; grind
  have h4 : (ratio p q : α) * (q : α) = (p : α) := by
    unfold ratio; rw [Ring.intCast_natCast]; grind
  have hN' := OrderedRing.mul_nonneg hf hN
  have hP' := OrderedRing.mul_nonneg hf hP
  simp only [Semiring.natCast_add, Semiring.natCast_mul, Ring.intCast_natCast] at key h2 hP' hN'
  generalize (b.val i : α) = b' at *
  generalize (c.val i : α) = c' at *
  generalize (ratio 1 D : α) = u at *
  generalize (ratio (p : Int) q : α) = g at *
  generalize (b.box.part b.pos i : α) = P at *
  generalize (b.box.part b.neg i : α) = N at *
  generalize ((D / b.den : Nat) : α) = f at *
  constructor <;> refine le_of_mul_le_mul hqp (le_of_mul_le_mul hDp ?_)
  · have e1 : (D : α) * ((q : α) * (g * b' + u)) = g * q * (b' * D) + q * (u * D) := by grind
    have e2 : (D : α) * ((q : α) * c') = q * (c' * D) := by grind
    rw [e1, e2, h1, h2, h3, h4]
    grind
  · have e1 : (D : α) * ((q : α) * (g * -b' + u)) = -(g * q * (b' * D)) + q * (u * D) := by grind
    have e2 : (D : α) * ((q : α) * c') = q * (c' * D) := by grind
    rw [e1, e2, h1, h2, h3, h4]
    grind

/-- Soundness of `raised`, entry by entry. -/
theorem raised_sound {F : Float.Format} {v : Nat} {e : Magnitudes s} {m : Magnitudes t}
    (h : raised F v e m = true) {i : Nat} (hi : i < Shape.size s) :
    e.val i + ratio 1 (Nat.lcm e.den m.den) ≤ (m.val i : α) := by
  simp only [raised, Bool.and_eq_true] at h
  obtain ⟨⟨⟨⟨he, hm⟩, hs⟩, -⟩, h⟩ := h
  have hs := Nat.eq_of_beq_eq_true hs
  have de := Magnitudes.den_pos he
  have dm := Magnitudes.den_pos hm
  have hk : 0 < raisedBits e m := Nat.succ_pos _
  have room : Lanes.factor e.den m.den * 2 ^ e.width + 1 + Lanes.factor m.den e.den * 2 ^ m.width <
      2 ^ (raisedBits e m - 1) := lt_flagBits _
  generalize raisedBits e m = k at h hk room
  have fe := factor_pos_of de dm
  have fm := factor_pos_of dm de
  have we : e.width ≤ k := width_le fe (by omega)
  have wm : m.width ≤ k := width_le fm (by omega)
  have key : Lanes.factor e.den m.den * e.part i + 1 ≤ Lanes.factor m.den e.den * m.part i := by
    unfold raisedAt at h
    rw [Magnitudes.scaled_eq he we, Magnitudes.scaled_eq hm wm, ← hs, ones_eq hk, Nat.add_eq,
      ← pack_add] at h
    refine (digitsLe_iff hk (fun i _ => ?_) (fun i _ => ?_)).1 h i hi
    · have := e.mul_part_le (Lanes.factor e.den m.den) i
      omega
    · have := m.mul_part_le (Lanes.factor m.den e.den) i
      omega
  have key := natCast_le (α := α) key
  have hD : 0 < Nat.lcm e.den m.den := Nat.lcm_pos de dm
  have hDp := natCast_pos (α := α) hD
  have h1 : (e.val i : α) * (Nat.lcm e.den m.den : α) = (Lanes.factor e.den m.den : α) * (e.part i : α) := by
    rw [Magnitudes.val_eq]
    exact (ratio_mul_common de (Nat.dvd_lcm_left ..)).trans (by rw [Ring.intCast_natCast]; rfl)
  have h2 : (m.val i : α) * (Nat.lcm e.den m.den : α) = (Lanes.factor m.den e.den : α) * (m.part i : α) := by
    rw [Magnitudes.val_eq, Nat.lcm_comm]
    exact (ratio_mul_common dm (Nat.dvd_lcm_left ..)).trans (by rw [Ring.intCast_natCast]; rfl)
  have h3 : (ratio 1 (Nat.lcm e.den m.den) : α) * (Nat.lcm e.den m.den : α) = 1 := by
    unfold ratio; rw [Ring.intCast_one]; grind
  simp only [Semiring.natCast_add, Semiring.natCast_mul, Semiring.natCast_one] at key
  refine le_of_mul_le_mul hDp ?_
  have e1 : ∀ a b : α, (Nat.lcm e.den m.den : α) * (a + b) =
      a * (Nat.lcm e.den m.den : α) + b * (Nat.lcm e.den m.den : α) := by grind
  have e2 : (Nat.lcm e.den m.den : α) * m.val i = m.val i * (Nat.lcm e.den m.den : α) := by grind
  rw [e1, e2, h1, h2, h3]
  exact key

end Lemmanet
