module

public import Lemmanet.Exec.Linear
public import Lemmanet.Sound.Elementwise
public import Lemmanet.Sound.Ends
public import Lemmanet.Sound.Packed

/-!
# Interval bounds of a linear layer are sound

What `linearCheck` accepts holds over every linearly ordered field. The digits of the comparison give
one inequality between natural numbers for each output; the rest is interval arithmetic.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {n m : Nat}

/-- The value of `Box.combine`. -/
theorem Box.combine_eq_nsum {x : Box [n]} (hr : x.regular = true) (xs rows : List Nat) :
    x.combine xs rows = nsum n (fun j => x.part xs j * rows.getD j 0) := by
  unfold combine
  cases xs with
  | nil =>
    rw [nsum_congr (g := fun _ => 0) fun j _ => by rw [part_nil, Nat.zero_mul], nsum_zero]
    rfl
  | cons a rest =>
    rw [List.isEmpty_cons, cond_false, number_eq hr, show Shape.size [n] = n from Nat.mul_one n]
    exact combineDigits_pack rows fun i _ => part_lt ..

/-- What `Box.combine` computes, digit by digit. -/
theorem Box.combine_eq {width stride : Nat} {rows : List Nat} {x : Box [n]} (hr : x.regular = true)
    (xs : List Nat) (hw : width ≤ stride)
    (hfit : ∀ row, row ∈ rows → fits width stride m row = true) :
    x.combine xs rows =
      pack stride (fun i => nsum n fun j => x.part xs j * digit width stride (rows.getD j 0) i) m := by
  rw [x.combine_eq_nsum hr, pack_nsum]
  refine nsum_congr fun t _ => ?_
  rw [pack_mul_left]
  congr 1
  by_cases ht : t < rows.length
  · refine fits_sound hw (hfit _ ?_)
    rw [List.getD_eq_getElem?_getD, List.getElem?_eq_getElem ht]
    exact List.getElem_mem _
  · rw [List.getD_eq_getElem?_getD, List.getElem?_eq_none (by omega), Option.getD_none,
      pack_congr (g := fun _ => 0) fun i _ => by simp [digit_eq], pack_eq_nsum,
      nsum_congr (g := fun _ => 0) fun _ _ => Nat.zero_mul _, nsum_zero]

/-- The numerator of an entry of a constant, as a scalar. -/
theorem Const.num_cast {α : Type} [OrderedField α] {s : Shape} (c : Const s) (k : Nat) :
    (c.num k : α) = (c.posDigit k : α) - (c.negDigit k : α) := by
  rw [num, Int.subNatNat_eq_coe, Ring.intCast_sub, Ring.intCast_natCast, Ring.intCast_natCast]

/-- An entry of a constant, times the denominator. -/
theorem Const.val_mul_den {α : Type} [OrderedField α] {s : Shape} (c : Const s) (hd : 0 < c.den)
    (k : Nat) : c.val k * (c.den : α) = (c.posDigit k : α) - (c.negDigit k : α) := by
  have := natCast_pos (α := α) hd
  rw [← num_cast, val, ratio]
  grind

/-- The ends of an entry of a box, over its denominator. -/
theorem Box.part_bounds {α : Type} [OrderedField α] {x : Box [n]} (h : x.regular = true)
    {v : Tensor α [n]} (hv : x.Mem v) {j : Nat} (hj : j < n) :
    (x.part x.lowPos j : α) - (x.part x.lowNeg j : α) ≤ v.at j * (x.den : α) ∧
      v.at j * (x.den : α) ≤ (x.part x.highPos j : α) - (x.part x.highNeg j : α) := by
  have hd := (Box.regular_iff.1 h).1
  have hv := hv j (by simpa [Shape.size] using hj)
  exact ⟨x.lo.num_cast (α := α) j ▸ (ratio_le_iff hd).1 hv.1,
    x.hi.num_cast (α := α) j ▸ (le_ratio_iff hd).1 hv.2⟩

/-- The digit of the positive weight from input `j` to output `i`, if a line holds all outputs. -/
theorem Const.posDigit_line (w : Const [n, m]) (hw : w.line = m) {i j : Nat} (hi : i < m) :
    w.posDigit (j * m + i) = digit w.width w.stride (w.pos.getD j 0) i := by
  rw [Const.posDigit, hw]
  show digit _ _ (w.pos.getD ((j * m + i) / m) 0) ((j * m + i) % m) = _
  rw [Nat.mul_comm, Nat.mul_add_div (by omega), Nat.div_eq_of_lt hi, Nat.mul_add_mod,
    Nat.mod_eq_of_lt hi, Nat.add_zero]

/-- The digit of the negative weight from input `j` to output `i`, if a line holds all outputs. -/
theorem Const.negDigit_line (w : Const [n, m]) (hw : w.line = m) {i j : Nat} (hi : i < m) :
    w.negDigit (j * m + i) = digit w.width w.stride (w.neg.getD j 0) i := by
  rw [Const.negDigit, hw]
  show digit _ _ (w.neg.getD ((j * m + i) / m) 0) ((j * m + i) % m) = _
  rw [Nat.mul_comm, Nat.mul_add_div (by omega), Nat.div_eq_of_lt hi, Nat.mul_add_mod,
    Nat.mod_eq_of_lt hi, Nat.add_zero]

/-- Interval arithmetic for a dot product with weights `p - q`: what is left of the lower bound after
taking away the exact value. -/
theorem sum_bound_le {α : Type} [OrderedField α] {z lp ln up un p q : Nat → α} (hp : ∀ j, 0 ≤ p j) (hq : ∀ j, 0 ≤ q j)
    (hz : ∀ j, j < n → lp j - ln j ≤ z j ∧ z j ≤ up j - un j) :
    sum n (fun j => lp j * p j) + sum n (fun j => un j * q j) -
        (sum n (fun j => ln j * p j) + sum n (fun j => up j * q j)) ≤
      sum n fun j => z j * (p j - q j) := by
  rw [← sum_add, ← sum_add, ← sum_sub]
  refine sum_le_sum fun j hj => ?_
  have h₁ := OrderedRing.mul_le_mul_of_nonneg_right (hz j hj).1 (hp j)
  have h₂ := OrderedRing.mul_le_mul_of_nonneg_right (hz j hj).2 (hq j)
  grind

namespace LinearCheck

variable {w : Const [n, m]} {b : Const [m]} {x : Box [n]} {y : Box [m]}

/-- What `wellFormed` says. -/
structure WellFormed (w : Const [n, m]) (b : Const [m]) (x : Box [n]) (y : Box [m]) : Prop where
  /-- The denominator of the weight is positive. -/
  wden : 0 < w.den
  /-- The digits of the bias stand side by side. -/
  breg : b.regular = true
  /-- The box of the input can be read from its joined literals. -/
  xreg : x.regular = true
  /-- So can that of the output. -/
  yreg : y.regular = true
  /-- Digits of the weight have a positive distance. -/
  stride : 0 < w.stride
  /-- Digits of the weight do not overlap. -/
  width : w.width ≤ w.stride
  /-- A line of the weight holds one digit for each output. -/
  line : w.line = m
  /-- No digit of a side uses its top bit. -/
  bound : sideBound w b x y < 2 ^ (w.stride - 1)
  /-- The lines have no bits outside their digits. -/
  posFits : ∀ row, row ∈ w.pos → fits w.width w.stride m row = true
  /-- The same for what is subtracted. -/
  negFits : ∀ row, row ∈ w.neg → fits w.width w.stride m row = true

/-- `wellFormed` checks it. -/
theorem wellFormed_sound (h : wellFormed w b x y = true) : WellFormed w b x y := by
  simp only [wellFormed, Bool.and_eq_true, Nat.blt_eq, Nat.ble_eq, Nat.beq_eq] at h
  obtain ⟨⟨⟨⟨⟨⟨⟨⟨h₁, h₂⟩, h₃⟩, h₄⟩, h₅⟩, h₆⟩, h₇⟩, h₈⟩, h₉⟩ := h
  obtain ⟨hp, hn⟩ := fits_lor h₉
  exact ⟨h₁, h₂, h₃, h₄, h₅, h₆, h₇, h₈, fun _ => fits_lorAll hp, fun _ => fits_lorAll hn⟩

/-- The denominator of the input is positive. -/
theorem WellFormed.xden (hw : WellFormed w b x y) : 0 < x.den := (Box.regular_iff.1 hw.xreg).1

/-- The denominator of the output is positive. -/
theorem WellFormed.yden (hw : WellFormed w b x y) : 0 < y.den := (Box.regular_iff.1 hw.yreg).1

/-- The denominator of the bias is positive. -/
theorem WellFormed.bden (hw : WellFormed w b x y) : 0 < b.den := Const.den_pos hw.breg

/-- The common denominator is positive. -/
theorem commonDen_pos (hw : WellFormed w b x y) : 0 < commonDen w b x y :=
  Nat.lcm_pos (Nat.lcm_pos (Nat.mul_pos hw.wden hw.xden) hw.bden) hw.yden

/-- The factor of products. -/
theorem productFactor_mul : productFactor w b x y * (w.den * x.den) = commonDen w b x y :=
  Nat.div_mul_cancel (Nat.dvd_trans (Nat.dvd_lcm_left _ b.den) (Nat.dvd_lcm_left _ y.den))

/-- The factor of the bias. -/
theorem biasFactor_mul : biasFactor w b x y * b.den = commonDen w b x y :=
  Nat.div_mul_cancel (Nat.dvd_trans (Nat.dvd_lcm_right _ b.den) (Nat.dvd_lcm_left _ y.den))

/-- The factor of the bounds. -/
theorem boundFactor_mul : boundFactor w b x y * y.den = commonDen w b x y :=
  Nat.div_mul_cancel (Nat.dvd_lcm_right _ y.den)

/-- The factor of the bounds is positive. -/
theorem boundFactor_pos (hw : WellFormed w b x y) : 0 < boundFactor w b x y :=
  Nat.pos_of_mul_pos_right (boundFactor_mul ▸ commonDen_pos hw)

/-- The factor of the bias is positive. -/
theorem biasFactor_pos (hw : WellFormed w b x y) : 0 < biasFactor w b x y :=
  Nat.pos_of_mul_pos_right (biasFactor_mul ▸ commonDen_pos hw)

/-- A digit of the output fits. -/
theorem WellFormed.ywidth (hw : WellFormed w b x y) : y.width ≤ w.stride := by
  have h₁ : 0 < boundFactor w b x y := boundFactor_pos hw
  have h₂ := hw.bound
  have h₃ : 2 ^ y.width ≤ boundFactor w b x y * 2 ^ y.width := Nat.le_mul_of_pos_left _ h₁
  have h₄ := (Nat.pow_lt_pow_iff_right (a := 2) (by omega)).1
    (Nat.lt_of_le_of_lt (Nat.le_trans h₃ (Nat.le_add_right _ _)) h₂)
  omega

/-- A digit of the bias fits. -/
theorem WellFormed.bwidth (hw : WellFormed w b x y) : b.width ≤ w.stride := by
  have h₁ : 0 < biasFactor w b x y := biasFactor_pos hw
  have h₂ := hw.bound
  have h₃ : 2 ^ b.width ≤ biasFactor w b x y * 2 ^ b.width := Nat.le_mul_of_pos_left _ h₁
  have h₄ := (Nat.pow_lt_pow_iff_right (a := 2) (by omega)).1
    (Nat.lt_of_le_of_lt (Nat.le_trans h₃ (Nat.le_trans (Nat.le_add_left _ _) (Nat.le_add_left _ _)))
      h₂)
  omega

/-- The digits of the bias. -/
theorem bias_eq (hw : WellFormed w b x y) (l : List Nat) : b.box.digits w.stride l =
    pack w.stride (fun i => digit b.width b.stride (l.getD (i / b.line) 0) (i % b.line)) m := by
  have h := hw.breg
  rw [Const.regular, Bool.and_eq_true] at h
  rw [Box.digits_eq h.2 hw.bwidth, show Shape.size [m] = m from Nat.mul_one m,
    Nat.eq_of_beq_eq_true h.1]
  rfl

variable (w b x y) in
/-- Digit `i` of a side. -/
@[expose] def sideDigit (bounds forPos forNeg : List Nat) (bias : Nat → Nat) (i : Nat) : Nat :=
  boundFactor w b x y * y.part bounds i +
    (productFactor w b x y *
      (nsum n (fun j => x.part forPos j * digit w.width w.stride (w.pos.getD j 0) i) +
        nsum n (fun j => x.part forNeg j * digit w.width w.stride (w.neg.getD j 0) i)) +
      biasFactor w b x y * bias i)

/-- A side is the pack of its digits. -/
theorem side_eq (hw : WellFormed w b x y) (bounds forPos forNeg bias : List Nat) :
    side w b x y bounds forPos forNeg bias =
      pack w.stride (sideDigit w b x y bounds forPos forNeg fun i =>
        digit b.width b.stride (bias.getD (i / b.line) 0) (i % b.line)) m := by
  unfold side sideDigit
  rw [x.combine_eq hw.xreg forPos hw.width hw.posFits,
    x.combine_eq hw.xreg forNeg hw.width hw.negFits, Box.digits_eq hw.yreg hw.ywidth, bias_eq hw,
    show Shape.size [m] = m from Nat.mul_one m, pack_add, pack_add, pack_mul_left, pack_mul_left,
    pack_mul_left, pack_add]
  rfl

/-- No digit of a side overflows. -/
theorem sideDigit_lt (hw : WellFormed w b x y) (bounds forPos forNeg : List Nat)
    {bias : Nat → Nat} (hb : ∀ i, bias i ≤ 2 ^ b.width) (i : Nat) :
    sideDigit w b x y bounds forPos forNeg bias i < 2 ^ (w.stride - 1) := by
  have hsum : ∀ (xs rows : List Nat),
      nsum n (fun j => x.part xs j * digit w.width w.stride (rows.getD j 0) i) ≤
        n * (2 ^ x.width * 2 ^ w.width) := by
    intro xs rows
    rw [← nsum_const]
    exact nsum_le_nsum fun j _ =>
      Nat.mul_le_mul (Nat.le_of_lt (digit_lt ..)) (Nat.le_of_lt (digit_lt ..))
  refine Nat.lt_of_le_of_lt ?_ hw.bound
  refine Nat.add_le_add (Nat.mul_le_mul_left _ (Nat.le_of_lt (digit_lt ..))) (Nat.add_le_add
    (Nat.mul_le_mul_left _ ?_) (Nat.mul_le_mul_left _ (hb i)))
  have h := Nat.add_le_add (hsum forPos w.pos) (hsum forNeg w.neg)
  rw [← Nat.two_mul, ← Nat.mul_assoc] at h
  exact h

/-- What a comparison of two sides says about output `i`. -/
theorem side_le (hw : WellFormed w b x y) {l l₁ l₂ lb r r₁ r₂ rb : List Nat}
    (h : digitsLe w.stride m (side w b x y l l₁ l₂ lb) (side w b x y r r₁ r₂ rb) = true)
    {i : Nat} (hi : i < m) :
    (sideDigit w b x y l l₁ l₂ fun i => digit b.width b.stride (lb.getD (i / b.line) 0) (i % b.line)) i ≤
      (sideDigit w b x y r r₁ r₂ fun i =>
        digit b.width b.stride (rb.getD (i / b.line) 0) (i % b.line)) i := by
  rw [side_eq hw, side_eq hw] at h
  exact (digitsLe_iff hw.stride
    (fun i _ => sideDigit_lt hw l l₁ l₂ (fun _ => Nat.le_of_lt (digit_lt ..)) i)
    (fun i _ => sideDigit_lt hw r r₁ r₂ (fun _ => Nat.le_of_lt (digit_lt ..)) i)).1 h i hi

section Field

variable {α : Type} [OrderedField α]

/-- Digit `i` of a side as a scalar. -/
theorem sideDigit_cast (hw : WellFormed w b x y) (bounds forPos forNeg : List Nat)
    (bias : Nat → Nat) {i : Nat} (hi : i < m) :
    ((sideDigit w b x y bounds forPos forNeg bias i : Nat) : α) =
      (boundFactor w b x y : α) * (y.part bounds i : α) +
        ((productFactor w b x y : α) *
          (sum n (fun j => (x.part forPos j : α) * (w.posDigit (j * m + i) : α)) +
            sum n (fun j => (x.part forNeg j : α) * (w.negDigit (j * m + i) : α))) +
          (biasFactor w b x y : α) * (bias i : α)) := by
  unfold sideDigit
  simp only [Semiring.natCast_add, Semiring.natCast_mul, natCast_nsum, w.posDigit_line hw.line hi,
    w.negDigit_line hw.line hi]

/-- From a comparison over the common denominator to the comparison with an exact value. -/
theorem le_of_scaled {c₁ c₂ c₃ dp db dy d s β t l : α} (hc₁ : 0 ≤ c₁) (hc₃ : 0 < c₃)
    (h₁ : c₁ * dp = d) (h₂ : c₂ * db = d) (h₃ : c₃ * dy = d) (ht : t ≤ s * dp)
    (h : c₃ * l ≤ c₁ * t + c₂ * (β * db)) : l ≤ (s + β) * dy := by
  refine Std.not_lt.1 fun hlt => ?_
  have h₄ := OrderedRing.mul_lt_mul_of_pos_left hlt hc₃
  have h₅ := OrderedRing.mul_le_mul_of_nonneg_left ht hc₁
  have e₁ : c₁ * (s * dp) = d * s := by rw [← h₁]; grind
  have e₂ : c₂ * (β * db) = d * β := by rw [← h₂]; grind
  have e₃ : c₃ * ((s + β) * dy) = d * s + d * β := by rw [← h₃]; grind
  grind

/-- What `linearCheck` compares, for one output. -/
theorem output_mem (hw : WellFormed w b x y) (hlow : lowOk w b x y = true)
    (hhigh : highOk w b x y = true) {v : Tensor α [n]} (hv : x.Mem v) {i : Nat} (hi : i < m) :
    let out := sum n (fun j => v.at j * w.val (j * m + i)) + b.val i
    y.lo.val i ≤ out ∧ out ≤ y.hi.val i := by
  have hl : ((sideDigit w b x y y.lowPos x.lowNeg x.highPos b.negDigit i : Nat) : α) ≤
      (sideDigit w b x y y.lowNeg x.lowPos x.highNeg b.posDigit i : Nat) :=
    natCast_le (side_le hw hlow hi)
  have hh : ((sideDigit w b x y y.highNeg x.highPos x.lowNeg b.posDigit i : Nat) : α) ≤
      (sideDigit w b x y y.highPos x.highNeg x.lowPos b.negDigit i : Nat) :=
    natCast_le (side_le hw hhigh hi)
  simp only [sideDigit_cast hw _ _ _ _ hi] at hl hh
  have hc₁ := natCast_nonneg (α := α) (productFactor w b x y)
  have hc₃ := natCast_pos (α := α) (boundFactor_pos hw)
  have h₁ := congrArg (Nat.cast : Nat → α) (productFactor_mul (w := w) (b := b) (x := x) (y := y))
  have h₂ := congrArg (Nat.cast : Nat → α) (biasFactor_mul (w := w) (b := b) (x := x) (y := y))
  have h₃ := congrArg (Nat.cast : Nat → α) (boundFactor_mul (w := w) (b := b) (x := x) (y := y))
  simp only [Semiring.natCast_mul] at h₁ h₂ h₃
  have hp : ∀ j, (0 : α) ≤ (w.posDigit (j * m + i) : α) := fun j => natCast_nonneg _
  have hq : ∀ j, (0 : α) ≤ (w.negDigit (j * m + i) : α) := fun j => natCast_nonneg _
  have hs : sum n (fun j => v.at j * w.val (j * m + i)) * ((w.den : α) * (x.den : α)) =
      sum n (fun j => v.at j * (x.den : α) *
        ((w.posDigit (j * m + i) : α) - (w.negDigit (j * m + i) : α))) := by
    rw [← sum_mul_right]
    refine sum_congr fun j _ => ?_
    rw [← w.val_mul_den hw.wden]
    grind
  have hb := b.val_mul_den (α := α) hw.bden i
  refine ⟨(ratio_le_iff hw.yden).2 ?_, (le_ratio_iff hw.yden).2 ?_⟩
  · have ht := sum_bound_le hp hq fun j hj => Box.part_bounds hw.xreg hv hj
    rw [← hs] at ht
    refine le_of_scaled hc₁ hc₃ h₁ h₂ h₃ ht ?_
    rw [hb]
    show _ * (y.lo.num i : α) ≤ _
    have e : (y.lo.num i : α) = (y.part y.lowPos i : α) - (y.part y.lowNeg i : α) := y.lo.num_cast i
    rw [e]
    grind
  · have ht := sum_bound_le hq hp fun j hj => Box.part_bounds hw.xreg hv hj
    have hneg : sum n (fun j => v.at j * (x.den : α) *
        ((w.negDigit (j * m + i) : α) - (w.posDigit (j * m + i) : α))) =
        -sum n (fun j => v.at j * w.val (j * m + i)) * ((w.den : α) * (x.den : α)) := by
      rw [Ring.neg_mul, hs, ← sum_neg]
      exact sum_congr fun j _ => by grind
    rw [hneg] at ht
    have h := le_of_scaled (β := -b.val i) (l := -(y.hi.num i : α)) hc₁ hc₃ h₁ h₂ h₃ ht (by
      have e : (y.hi.num i : α) = (y.part y.highPos i : α) - (y.part y.highNeg i : α) :=
        y.hi.num_cast i
      rw [Ring.neg_mul, hb, e]
      grind)
    show _ * (y.den : α) ≤ _
    grind

end Field

end LinearCheck

/-- What `linearCheck` accepts: the layer maps the box `x` into the box `y`. -/
theorem linear_maps {w : Const [n, m]} {b : Const [m]} {x : Box [n]} {y : Box [m]}
    (h : linearCheck w b x y = true) : Op.Maps (.linear w b) (x, ()) y := by
  rw [linearCheck, Bool.and_eq_true, Bool.and_eq_true] at h
  obtain ⟨⟨hw, hlow⟩, hhigh⟩ := h
  intro α _ _ ⟨v, _⟩ hv i hi
  rw [Op.denote, Tensor.at_ofFn hi]
  exact LinearCheck.output_mem (LinearCheck.wellFormed_sound hw) hlow hhigh hv.1
    (by simpa [Shape.size] using hi)

end Lemmanet
