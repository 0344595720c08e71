module

public import Lemmanet.Sound.Goal
public import Lemmanet.Sound.Lanes

/-!
# Fractions in lanes

What the operations on `Lanes` do to the fractions that they hold.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α]

/-! ## Fractions -/

/-- A factor that numerator and denominator share. -/
theorem ratio_mul_left {c d : Nat} (hc : 0 < c) (hd : 0 < d) (a : Int) :
    (ratio (c * a) (c * d) : α) = ratio a d := by
  have h1 := natCast_pos (α := α) hc
  have h2 := natCast_pos (α := α) hd
  unfold ratio
  rw [Ring.intCast_mul, Ring.intCast_natCast, Semiring.natCast_mul]
  grind

/-- Sums over one denominator. -/
theorem ratio_add (a b : Int) (d : Nat) : (ratio (a + b) d : α) = ratio a d + ratio b d := by
  unfold ratio; rw [Ring.intCast_add]; grind

/-- Differences over one denominator. -/
theorem ratio_sub (a b : Int) (d : Nat) : (ratio (a - b) d : α) = ratio a d - ratio b d := by
  unfold ratio; rw [Ring.intCast_sub]; grind

/-- A multiple of a fraction. -/
theorem ratio_mul_int (c a : Int) (d : Nat) : (ratio (c * a) d : α) = (c : α) * ratio a d := by
  unfold ratio; rw [Ring.intCast_mul]; grind

/-- A product of fractions. -/
theorem ratio_mul (a b : Int) {d e : Nat} (hd : 0 < d) (he : 0 < e) :
    (ratio (a * b) (d * e) : α) = ratio a d * ratio b e := by
  have h1 := natCast_pos (α := α) hd
  have h2 := natCast_pos (α := α) he
  unfold ratio
  rw [Ring.intCast_mul, Semiring.natCast_mul]
  grind

/-- A fraction with a numerator that is not negative. -/
theorem ratio_nonneg {a : Int} (d : Nat) (h : 0 ≤ a) : (0 : α) ≤ ratio a d := by
  have h1 := intCast_le (α := α) h
  rw [Ring.intCast_zero] at h1
  by_cases hd : d = 0
  · subst hd
    have : (ratio a 0 : α) = 0 := by unfold ratio; rw [Semiring.natCast_zero]; grind
    rw [this]; exact Std.le_refl _
  · have h2 := natCast_pos (α := α) (show 0 < d by omega)
    refine Std.not_lt.1 fun hlt => ?_
    have h3 := OrderedRing.mul_lt_mul_of_pos_right hlt h2
    have h4 : (ratio a d : α) * (d : α) = (a : α) := by unfold ratio; grind
    grind

/-- Zero as a fraction. -/
theorem ratio_zero (d : Nat) : (ratio 0 d : α) = 0 := by
  unfold ratio; rw [Ring.intCast_zero]; grind

namespace Lanes

variable {n k : Nat} {v w : Lanes}

/-- The digits of all lanes are in range. -/
structure Good (n : Nat) (v : Lanes) : Prop where
  /-- The denominator is positive. -/
  den : 0 < v.den
  /-- The digits hold the values. -/
  packed : Packed v.bits n v.offset v.num v.int

/-- Digits that hold values hold what reading gives. -/
theorem good_of_packed {f : Nat → Int} (hd : 0 < v.den)
    (h : Packed v.bits n v.offset v.num f) : v.Good n ∧ ∀ r, r < n → v.int r = f r :=
  ⟨⟨hd, h.read⟩, fun _ hr => h.int_eq hr⟩

/-- The values of lanes that hold given numerators. -/
theorem val_of_packed {f : Nat → Int} (h : Packed v.bits n v.offset v.num f) {r : Nat} (hr : r < n) :
    (v.val r : α) = ratio (f r) v.den := by
  rw [val, show v.int r = f r from h.int_eq hr]

/-- What `ok` checks. -/
theorem good_of_ok (h : v.ok n = true) : v.Good n := by
  simp only [ok, Bool.and_eq_true, Nat.blt_eq, Nat.ble_eq, Nat.succ_eq_add_one, Nat.mul_eq,
    Nat.pow_eq] at h
  obtain ⟨⟨hd, ho⟩, hlt⟩ := h
  have hdigit : ∀ r, digit v.bits v.bits v.num r < 2 ^ v.bits := fun r => digit_lt ..
  have hint : ∀ r, v.int r = (digit v.bits v.bits v.num r : Int) - v.offset := fun r =>
    Int.subNatNat_eq_coe
  refine ⟨hd, ?_, fun r _ => ?_, fun r _ => ?_, fun r _ => ?_⟩
  · conv => lhs; rw [← pack_digit hlt]
    exact pack_congr fun r _ => by rw [hint]; omega
  · rw [hint]; omega
  · have := hdigit r; rw [hint]; omega
  · have := hdigit r; rw [hint]; omega

/-- Wider digits. -/
theorem Good.widen (h : v.Good n) (hk : v.widenOk k = true) :
    (v.widen n k).Good n ∧ ∀ r, r < n → ((v.widen n k).val r : α) = v.val r := by
  simp only [widenOk, Bool.and_eq_true, Nat.blt_eq, Nat.ble_eq, Nat.mul_eq, Nat.pow_eq] at hk
  have hp := h.packed.widen hk.1 hk.2
  exact ⟨(good_of_packed (v := v.widen n k) h.den hp).1,
    fun r hr => val_of_packed (v := v.widen n k) hp hr⟩

/-- A factor brings a denominator to the common one. -/
theorem factor_mul (d e : Nat) : factor d e * d = Nat.lcm d e :=
  Nat.div_mul_cancel (Nat.dvd_lcm_left d e)

/-- The other factor does so as well. -/
theorem factor_mul' (d e : Nat) : factor e d * e = Nat.lcm d e := by
  rw [factor_mul, Nat.lcm_comm]

/-- Factors are positive. -/
theorem factor_pos {d e : Nat} (hd : 0 < d) (he : 0 < e) : 0 < factor d e :=
  Nat.pos_of_mul_pos_right (factor_mul d e ▸ Nat.lcm_pos hd he)

/-- A fraction over the common denominator. -/
theorem ratio_factor {d e : Nat} (hd : 0 < d) (he : 0 < e) (a : Int) :
    (ratio (factor d e * a) (Nat.lcm d e) : α) = ratio a d := by
  rw [← factor_mul, ratio_mul_left (factor_pos hd he) hd]

/-- A fraction over the common denominator with another one in front. -/
theorem ratio_factor' {d e : Nat} (hd : 0 < d) (he : 0 < e) (a : Int) :
    (ratio (factor e d * a) (Nat.lcm d e) : α) = ratio a e := by
  rw [Nat.lcm_comm, ratio_factor he hd]

/-- Differences. -/
theorem Good.sub (hv : v.Good n) (hw : w.Good n) (h : v.subOk w = true) :
    (v.sub n w).Good n ∧ ∀ r, r < n → ((v.sub n w).val r : α) = v.val r - w.val r := by
  simp only [subOk, Bool.and_eq_true, Nat.blt_eq, Nat.ble_eq, Nat.mul_eq, Nat.pow_eq] at h
  obtain ⟨⟨hk, hb⟩, ho⟩ := h
  have h1 := factor_pos hv.den hw.den
  have h2 := factor_pos hw.den hv.den
  have ho1 : factor v.den w.den * v.offset ≤ subOffset v w := Nat.le_add_right _ _
  have hvo : 2 * v.offset < 2 ^ w.bits := by
    have := Nat.le_mul_of_pos_left v.offset h1
    omega
  have hp : Packed w.bits n (subOffset v w) (v.sub n w).num
      (fun r => factor v.den w.den * v.int r - factor w.den v.den * w.int r) := by
    refine .of_pack (u := fun r => factor v.den w.den * (v.int r + v.offset).toNat +
      factor w.den v.den * (-w.int r + w.offset).toNat) ?_ (fun r hr => ?_) (fun r hr => ?_) ho
    · rw [pack_add, pack_mul_left, pack_mul_left]
      show factor v.den w.den * Lemmanet.widen v.bits w.bits n v.num +
        factor w.den v.den * laneNeg w.bits n w.offset w.num = _
      rw [hw.packed.laneNeg_eq hk]
      conv => lhs; rw [(hv.packed.widen hb hvo).eq]
    · have a1 := hv.packed.digit_cast hr
      have a2 := hw.packed.high r hr
      have a3 : (((-w.int r + w.offset).toNat : Nat) : Int) = -w.int r + w.offset := by omega
      rw [Int.natCast_add, Int.natCast_mul, Int.natCast_mul, a1, a3, subOffset]
      simp only [Nat.add_eq, Nat.mul_eq, Int.natCast_add, Int.natCast_mul]
      grind
    · have a1 := hv.packed.digit_le hr
      have a2 := hw.packed.low r hr
      have a3 : (-w.int r + w.offset).toNat ≤ 2 * w.offset := by omega
      have b1 := Nat.mul_le_mul_left (factor v.den w.den) a1
      have b2 := Nat.mul_le_mul_left (factor w.den v.den) a3
      simp only [subOffset, Nat.add_eq, Nat.mul_eq, Nat.mul_add] at b1 b2 ⊢
      rw [Nat.mul_left_comm] at b1 b2
      exact Nat.add_le_add b1 b2
  have hd : 0 < (v.sub n w).den := Nat.lcm_pos hv.den hw.den
  refine ⟨(good_of_packed (v := v.sub n w) hd hp).1, fun r hr => ?_⟩
  rw [val_of_packed (v := v.sub n w) hp hr, ratio_sub]
  show ratio _ (Nat.lcm v.den w.den) - ratio _ (Nat.lcm v.den w.den) = _
  rw [ratio_factor hv.den hw.den, ratio_factor' hv.den hw.den]
  rfl

/-- Comparisons. -/
theorem Good.le (hv : v.Good n) (hw : w.Good n) (h : v.le n k w = true) {r : Nat} (hr : r < n) :
    (v.val r : α) ≤ w.val r := by
  simp only [Lanes.le, Bool.and_eq_true, Nat.blt_eq, Nat.ble_eq, Nat.mul_eq, Nat.pow_eq,
    Nat.sub_eq] at h
  obtain ⟨⟨⟨⟨hk, hbv⟩, hbw⟩, ho⟩, hle⟩ := h
  have h1 := factor_pos hv.den hw.den
  have h2 := factor_pos hw.den hv.den
  have htwo : 2 ^ k = 2 ^ (k - 1) + 2 ^ (k - 1) := by
    rw [← Nat.mul_two, ← Nat.pow_succ]; congr 1; omega
  have hov := Nat.le_mul_of_pos_left v.offset h1
  have how := Nat.le_mul_of_pos_left w.offset h2
  have hsub : subOffset v w =
      factor v.den w.den * v.offset + factor w.den v.den * w.offset := rfl
  have hpv := hv.packed.widen hbv (k := k) (by omega)
  have hpw := hw.packed.widen hbw (k := k) (by omega)
  have hside : ∀ (f x o s : Nat) (g : Nat → Int), Packed k n o x g →
      Lanes.side k n f x s = pack k (fun r => f * (g r + o).toNat + s) n := fun f x o s g hg => by
    show f * x + s * ones k n = _
    rw [mul_ones hk, pack_add, pack_mul_left, ← hg.eq]
  rw [hside _ _ _ _ _ hpv, hside _ _ _ _ _ hpw] at hle
  have hdv : ∀ r, r < n → factor v.den w.den * (v.int r + v.offset).toNat ≤
      2 * (factor v.den w.den * v.offset) := fun r hr => by
    rw [Nat.mul_left_comm]; exact Nat.mul_le_mul_left _ (hv.packed.digit_le hr)
  have hdw : ∀ r, r < n → factor w.den v.den * (w.int r + w.offset).toNat ≤
      2 * (factor w.den v.den * w.offset) := fun r hr => by
    rw [Nat.mul_left_comm]; exact Nat.mul_le_mul_left _ (hw.packed.digit_le hr)
  have hmain := (digitsLe_iff hk (fun r hr => by have := hdv r hr; omega)
    (fun r hr => by have := hdw r hr; omega)).1 hle r hr
  have hint : (factor v.den w.den : Int) * v.int r ≤ (factor w.den v.den : Int) * w.int r := by
    have a1 := hv.packed.digit_cast hr
    have a2 := hw.packed.digit_cast hr
    have := Int.ofNat_le.2 hmain
    simp only [Int.natCast_add, Int.natCast_mul, a1, a2, Int.mul_add] at this
    omega
  show ratio (v.int r) v.den ≤ ratio (w.int r) w.den
  rw [← ratio_factor (α := α) hv.den hw.den, ← ratio_factor' (α := α) hv.den hw.den]
  have hl := Nat.lcm_pos hv.den hw.den
  exact ratio_le_ratio hl hl (Int.mul_le_mul_of_nonneg_right hint (Int.natCast_nonneg _))

end Lanes

end Lemmanet
