module

public import Lemmanet.Exec.Goal
public import Lemmanet.Sound.Elementwise
public import Lemmanet.Sound.Prog

/-!
# Checks of properties are sound
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α] {s : Shape}

/-- The value of the negated form. -/
theorem Form.eval_neg (form : Form) (y : Tensor α s) : form.neg.eval y = -form.eval y := by
  induction form with
  | nil => simp only [Form.neg, Form.eval]; grind
  | cons p rest ih =>
    obtain ⟨c, i⟩ := p
    simp only [Form.neg, Form.eval, ih, Ring.intCast_neg]
    grind

/-- The negated formula excludes the formula. -/
theorem Formula.not_holds_of_neg {y : Tensor α s} {f : Formula} (h : f.neg.Holds y) :
    ¬ f.Holds y := by
  have hr : ∀ (num : Int) (den : Nat), (ratio (-num) den : α) = -ratio num den := by
    intro num den; unfold ratio; rw [Ring.intCast_neg]; grind
  induction f with
  | le form num den =>
    simp only [neg, Holds, Form.eval_neg, hr] at h ⊢
    intro h'; grind
  | lt form num den =>
    simp only [neg, Holds, Form.eval_neg, hr] at h ⊢
    intro h'; grind
  | and a b iha ihb => exact fun hab => h.elim (fun h' => iha h' hab.1) (fun h' => ihb h' hab.2)
  | or a b iha ihb => exact fun hab => hab.elim (fun h' => iha h.1 h') (fun h' => ihb h.2 h')
  | true => exact h.elim
  | false => exact fun h' => h'

/-- Order of two fractions. -/
theorem ratio_le_ratio {a b : Int} {d e : Nat} (hd : 0 < d) (he : 0 < e) (h : a * e ≤ b * d) :
    (ratio a d : α) ≤ ratio b e := by
  have hep := natCast_pos (α := α) he
  have hdp := natCast_pos (α := α) hd
  have := intCast_le (α := α) h
  simp only [Ring.intCast_mul, Ring.intCast_natCast] at this
  refine (le_ratio_iff he).2 (Std.not_lt.1 fun hc => ?_)
  have h1 := OrderedRing.mul_lt_mul_of_pos_right hc hdp
  have h2 : ratio a d * (e : α) * (d : α) = (a : α) * (e : α) := by unfold ratio; grind
  grind

/-- Strict order of two fractions. -/
theorem ratio_lt_ratio {a b : Int} {d e : Nat} (hd : 0 < d) (he : 0 < e) (h : a * e + 1 ≤ b * d) :
    (ratio a d : α) < ratio b e := by
  have hep := natCast_pos (α := α) he
  have hdp := natCast_pos (α := α) hd
  have := intCast_lt (α := α) (show a * e < b * d by omega)
  simp only [Ring.intCast_mul, Ring.intCast_natCast] at this
  have h0 := ratio_le_ratio (α := α) hd he (show a * e ≤ b * d by omega)
  refine Std.not_le.1 fun h1 => ?_
  have h2 : ratio a d * ((e : α) * (d : α)) = (a : α) * (e : α) := by unfold ratio; grind
  have h3 : ratio b e * ((e : α) * (d : α)) = (b : α) * (d : α) := by unfold ratio; grind
  rw [Std.le_antisymm h0 h1] at h2
  grind

/-- A formula holds if it follows from upper bounds of its forms. -/
theorem Formula.holds_of_check {y : Tensor α s} {n : Nat} {sup : Form → Int × Nat}
    (hs : ∀ form : Form, form.below n = Bool.true → 0 < (sup form).2 →
      form.eval y ≤ ratio (sup form).1 (sup form).2)
    {f : Formula} (h : f.check n sup = Bool.true) : f.Holds y := by
  induction f with
  | le form num den =>
    simp only [check, Bool.and_eq_true, Nat.blt_eq, zle_iff] at h
    exact Std.le_trans (hs form h.1.1 h.2.1) (ratio_le_ratio h.2.1 h.1.2 h.2.2)
  | lt form num den =>
    simp only [check, Bool.and_eq_true, Nat.blt_eq, zle_iff] at h
    have h1 := hs form h.1.1 h.2.1
    have h2 := ratio_lt_ratio (α := α) h.2.1 h.1.2 h.2.2
    simp only [Holds]
    grind
  | and a b iha ihb =>
    rw [check, Bool.and_eq_true] at h
    exact ⟨iha h.1, ihb h.2⟩
  | or a b iha ihb =>
    rw [check, Bool.or_eq_true] at h
    exact h.elim (fun h' => .inl (iha h')) (fun h' => .inr (ihb h'))
  | true => trivial
  | false => simp [check] at h

/-- The upper bound of a form on a box is one. -/
theorem Box.eval_le_sup {b : Box s} {y : Tensor α s} (hy : b.Mem y) (hd : 0 < b.den) {form : Form}
    (hb : form.below (Shape.size s) = true) : form.eval y * (b.den : α) ≤ ((b.supNum form : Int) : α) := by
  induction form with
  | nil => simp only [Form.eval, Box.supNum, Ring.intCast_zero]; grind
  | cons p rest ih =>
    obtain ⟨c, i⟩ := p
    simp only [Form.below, Bool.and_eq_true, Nat.blt_eq] at hb
    have ih := ih hb.2
    obtain ⟨-, hl, hh⟩ := Box.mem_ival hy hd hb.1
    simp only [Form.eval, Box.supNum, Ring.intCast_add]
    have hden : (b.ival i).den = b.den := rfl
    rw [hden] at hl hh
    cases hz : zle 0 c
    · have hc : c ≤ 0 := by
        have : ¬ 0 ≤ c := fun h => by simp [zle_iff.2 h] at hz
        omega
      have hc := intCast_le (α := α) hc
      rw [Ring.intCast_zero] at hc
      have := OrderedRing.mul_le_mul_of_nonneg_left (c := -(c : α)) hl (by grind)
      simp only [cond, Ring.intCast_mul]
      grind
    · have hc := intCast_le (α := α) (zle_iff.1 hz)
      rw [Ring.intCast_zero] at hc
      have := OrderedRing.mul_le_mul_of_nonneg_left hh hc
      simp only [cond, Ring.intCast_mul]
      grind

/-- Soundness of `boxGoal`. -/
theorem boxGoal_holds {b : Box s} {f : Formula} (h : boxGoal b f = true) {y : Tensor α s}
    (hy : b.Mem y) : f.Holds y := by
  rw [boxGoal, Bool.and_eq_true, Nat.blt_eq] at h
  exact Formula.holds_of_check
    (fun form hb _ => (le_ratio_iff h.1).2 (Box.eval_le_sup hy h.1 hb)) h.2

/-- The formula of `Wins`. -/
theorem wins_of_formula {n label : Nat} {y : Tensor α [n]} (h : (winsFormula label n).Holds y) :
    Wins label y := by
  have key : ∀ m, (winsFormula label m).Holds y → ∀ j, j < m → j ≠ label → y.at j < y.at label := by
    intro m
    induction m with
    | zero => intro _ j hj; omega
    | succ m ih =>
      intro h j hj hne
      simp only [winsFormula] at h
      cases he : Nat.beq m label
      · rw [he] at h
        simp only [cond, Formula.Holds, Form.eval] at h
        by_cases hjm : j = m
        · subst hjm
          have := h.1
          have hr : (ratio 0 1 : α) = 0 := by
            unfold ratio; rw [Ring.intCast_zero, Semiring.natCast_one]; grind
          rw [hr, Ring.intCast_one, Ring.intCast_neg, Ring.intCast_one] at this
          grind
        · exact ih h.2 j (by omega) hne
      · rw [he] at h
        have := Nat.eq_of_beq_eq_true he
        exact ih h j (by omega) hne
  exact key n h

/-- The formula of "some other output is at least as large". -/
theorem not_wins_of_formula {n label : Nat} {y : Tensor α [n]}
    (h : (losesFormula label n).Holds y) : ¬ Wins label y := by
  have key : ∀ m, (losesFormula label m).Holds y → ∃ j, j < m ∧ j ≠ label ∧ y.at label ≤ y.at j := by
    intro m
    induction m with
    | zero => intro h; exact h.elim
    | succ m ih =>
      intro h
      simp only [losesFormula] at h
      cases he : Nat.beq m label
      · rw [he] at h
        rcases h with h | h
        · refine ⟨m, by omega, Nat.ne_of_beq_eq_false he, ?_⟩
          simp only [Formula.Holds, Form.eval] at h
          have hr : (ratio 0 1 : α) = 0 := by
            unfold ratio; rw [Ring.intCast_zero, Semiring.natCast_one]; grind
          rw [hr, Ring.intCast_one, Ring.intCast_neg, Ring.intCast_one] at h
          grind
        · obtain ⟨j, hj, hne, hle⟩ := ih h
          exact ⟨j, by omega, hne, hle⟩
      · rw [he] at h
        obtain ⟨j, hj, hne, hle⟩ := ih h
        exact ⟨j, by omega, hne, hle⟩
  obtain ⟨j, hj, hne, hle⟩ := key n h
  exact fun hw => by have := hw j hj hne; grind

/-- A tensor of a box lies in every box that contains it. -/
theorem boxWithin_mem {a b : Box s} (h : boxWithin a b = true) {x : Tensor α s} (hx : a.Mem x) :
    b.Mem x := by
  rw [boxWithin, Bool.and_eq_true, Bool.and_eq_true, allBelow_iff] at h
  exact fun k hk => Flat.mem_of_within h.1.1 h.1.2 (h.2 k hk) (hx k hk)

private theorem center_add {c : Const s} {k : Nat} {num : Int} {den : Nat} (hc : 0 < c.den)
    (hd : 0 < den) : ((Ival.point (c.num k) c.den).add (.point num den)).Mem
      (c.val k + ratio num den : α) :=
  Ival.mem_add (Ival.mem_point hc) (Ival.mem_point hd)

private theorem lo_le_of_zle {b : Box s} {k : Nat} {a : Ival} {v x : α} (hb : 0 < b.den)
    (h : zle ((b.ival k).lo * a.den) (a.lo * b.den) = true) (hv : a.Mem v) (hx : v ≤ x) :
    b.lo.val k ≤ x := by
  have h1 := ratio_le_ratio (α := α) hb hv.1 (zle_iff.1 h)
  have h2 := (ratio_le_iff hv.1).2 hv.2.1
  exact Std.le_trans h1 (Std.le_trans h2 hx)

private theorem le_hi_of_zle {b : Box s} {k : Nat} {a : Ival} {v x : α} (hb : 0 < b.den)
    (h : zle (a.hi * b.den) ((b.ival k).hi * a.den) = true) (hv : a.Mem v) (hx : x ≤ v) :
    x ≤ b.hi.val k := by
  have h1 := ratio_le_ratio (α := α) hv.1 hb (zle_iff.1 h)
  have h2 := (le_ratio_iff hv.1).2 hv.2.2
  exact Std.le_trans hx (Std.le_trans h2 h1)

private theorem ratio_neg (num : Int) (den : Nat) : (ratio (-num) den : α) = -ratio num den := by
  unfold ratio; rw [Ring.intCast_neg]; grind

/-- Every input near the center lies in the box. -/
theorem nearCheck_mem [DecidableLE α] {center : Const s} {num : Int} {den : Nat}
    {limits : Option ((Int × Nat) × (Int × Nat))} {b : Box s}
    (h : nearCheck center num den limits b = true) {x : Tensor α s}
    (hx : Near center num den limits x) : b.Mem x := by
  simp only [nearCheck, Bool.and_eq_true, Nat.blt_eq, allBelow_iff] at h
  obtain ⟨⟨⟨⟨hcr, hd⟩, hbr⟩, hl⟩, hall⟩ := h
  have hc := Const.den_pos hcr
  have hb := (Box.regular_iff.1 hbr).1
  intro k hk
  have hk' := hall k hk
  simp only [Const.flat_ival hcr, Box.flat_ival hbr] at hk'
  obtain ⟨⟨n1, n2⟩, n3⟩ := hx k hk
  have low := center_add (α := α) (c := center) (k := k) (num := -num) hc hd
  have high := center_add (α := α) (c := center) (k := k) (num := num) hc hd
  rw [ratio_neg] at low
  match limits, hl, hk', n3 with
  | none, _, hk', _ =>
    rw [Bool.and_eq_true] at hk'
    exact ⟨lo_le_of_zle hb hk'.1 low (by grind), le_hi_of_zle hb hk'.2 high n2⟩
  | some ((p, q), (p', q')), hl, hk', n3 =>
    simp only [Bool.and_eq_true, Nat.blt_eq] at hl hk'
    refine ⟨lo_le_of_zle hb hk'.1 (Ival.mem_max low (Ival.mem_point hl.1)) ?_,
      le_hi_of_zle hb hk'.2 (Ival.mem_min high (Ival.mem_point hl.2)) ?_⟩
    · unfold maxOf; split <;> grind
    · unfold minOf; split <;> grind

/-- The tensor of a constant. -/
@[expose] def Const.tensor (α : Type) [OrderedField α] (c : Const s) : Tensor α s := .ofFn c.val

/-- A point that passes `nearPoint` is near the center. -/
theorem near_of_nearPoint {center : Const s} {num : Int} {den : Nat}
    {limits : Option ((Int × Nat) × (Int × Nat))} {x : Const s}
    (h : nearPoint center num den limits x = true) : Near center num den limits (x.tensor α) := by
  simp only [nearPoint, Bool.and_eq_true, Nat.blt_eq, allBelow_iff] at h
  obtain ⟨⟨⟨⟨hcr, hd⟩, hxr⟩, hl⟩, hall⟩ := h
  have hc := Const.den_pos hcr
  have hb := Const.den_pos hxr
  intro k hk
  have hk' := hall k hk
  simp only [Const.flat_ival hcr, Const.flat_ival hxr] at hk'
  rw [Const.tensor, Tensor.at_ofFn hk]
  have low := center_add (α := α) (c := center) (k := k) (num := -num) hc hd
  have high := center_add (α := α) (c := center) (k := k) (num := num) hc hd
  rw [ratio_neg] at low
  obtain ⟨hk1, hk2⟩ := hk'
  rw [Ival.within, Bool.and_eq_true, zle_iff, zle_iff] at hk1
  refine ⟨⟨?_, ?_⟩, ?_⟩
  · have : center.val k + -ratio num den ≤ (x.val k : α) :=
      Std.le_trans ((le_ratio_iff low.1).2 low.2.2) (ratio_le_ratio (α := α) low.1 hb hk1.1)
    clear hall low high hk1 hk2
    grind
  · exact Std.le_trans (ratio_le_ratio (α := α) hb high.1 hk1.2)
      ((ratio_le_iff high.1).2 high.2.1)
  · match limits, hl, hk2 with
    | none, _, _ => trivial
    | some ((p, q), (p', q')), hl, hk2 =>
      simp only [Bool.and_eq_true, Nat.blt_eq, zle_iff] at hl hk2
      exact ⟨ratio_le_ratio hl.1 hb hk2.1, ratio_le_ratio hb hl.2 hk2.2⟩

/-- A box that contains the point. -/
theorem point_mem {x : Const s} {b : Box s} (h : constantCheck x b = true) : b.Mem (x.tensor α) := by
  rw [constantCheck, Bool.and_eq_true] at h
  exact Box.mem_of_contains h.2 fun k _ => Const.mem_flat_ival h.1 k

/-- A point that lies in a box. -/
@[expose] def pointWithin (x : Const s) (b : Box s) : Bool := constantCheck x b

variable {t : Shape} {n : Nat}

/-- A network ensures what its steps show on a box that contains the input box. -/
theorem Prog.Ensures.of_sat {p : Prog [s] t} {input b : Box s} {f : Formula}
    (hb : boxWithin input b = true) (h : p.Sat (b, ()) fun _ _ _ y => f.Holds y) :
    p.Ensures input f :=
  fun α _ _ _ hx => h α _ ⟨boxWithin_mem hb hx, trivial⟩

/-- A network violates what its steps, from a point of the input box, show the negation of. -/
theorem Prog.Violates.of_sat {p : Prog [s] t} {input b : Box s} {f : Formula} (x : Const s)
    (hi : pointWithin x input = true) (hb : pointWithin x b = true)
    (h : p.Sat (b, ()) fun _ _ _ y => f.neg.Holds y) : p.Violates input f :=
  fun α _ _ => ⟨x.tensor α, point_mem hi, Formula.not_holds_of_neg (h α _ ⟨point_mem hb, trivial⟩)⟩

/-- A network is robust when its steps show it on a box that contains all inputs near the center. -/
theorem Prog.Robust.of_sat {p : Prog [s] [n]} {center : Const s} {num : Int} {den : Nat}
    {limits : Option ((Int × Nat) × (Int × Nat))} {label : Nat} {b : Box s}
    (hb : nearCheck center num den limits b = true)
    (h : p.Sat (b, ()) fun _ _ _ y => (winsFormula label n).Holds y) :
    p.Robust center num den limits label :=
  fun α _ _ _ hx => wins_of_formula (h α _ ⟨nearCheck_mem hb hx, trivial⟩)

/-- A network is not robust when its steps, from a point near the center, show another output at
least as large. -/
theorem Prog.NotRobust.of_sat {p : Prog [s] [n]} {center : Const s} {num : Int} {den : Nat}
    {limits : Option ((Int × Nat) × (Int × Nat))} {label : Nat} {b : Box s} (x : Const s)
    (hx : nearPoint center num den limits x = true) (hb : pointWithin x b = true)
    (h : p.Sat (b, ()) fun _ _ _ y => (losesFormula label n).Holds y) :
    p.NotRobust center num den limits label :=
  fun α _ _ => ⟨x.tensor α, near_of_nearPoint hx,
    not_wins_of_formula (h α _ ⟨point_mem hb, trivial⟩)⟩

end Lemmanet
