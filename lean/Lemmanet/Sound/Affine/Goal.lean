module

public import Lemmanet.Exec.Conclude
public import Lemmanet.Sound.Blocks
public import Lemmanet.Sound.Bounds

/-!
# Properties from bounds on forms

Bounds on the forms that occur in a formula show the formula.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α] {s t : Shape}

/-- The value of a form by its coefficients for the entries. -/
theorem Form.eval_eq_sum {form : Form} {y : Tensor α s} (h : form.below (Shape.size s) = true) :
    form.eval y = sum (Shape.size s) fun k => (form.coefficient k : α) * y.at k := by
  induction form with
  | nil =>
    rw [Form.eval, sum_congr (g := fun _ => 0) fun k _ => ?_, sum_zero]
    rw [coefficient, Ring.intCast_zero]
    grind
  | cons term rest ih =>
    obtain ⟨c, i⟩ := term
    rw [below, Bool.and_eq_true, Nat.blt_eq] at h
    rw [Form.eval, ih h.2, ← sum_single h.1 ((c : α) * y.at i), ← sum_add]
    refine sum_congr fun k _ => ?_
    have hcons : coefficient k ((c, i) :: rest) =
        cond (Nat.beq i k) (c + coefficient k rest) (coefficient k rest) := rfl
    rw [hcons]
    by_cases hik : i = k
    · subst hik
      rw [Nat.beq_refl, cond_true, if_pos rfl, Ring.intCast_add]
      grind
    · have : Nat.beq i k = false := by
        cases hb : Nat.beq i k
        · rfl
        · exact absurd (Nat.eq_of_beq_eq_true hb) hik
      rw [this, cond_false, if_neg hik]
      grind

namespace Rows

variable {A : Rows} {d : Lanes} {form : Form}

/-- A form that is found among the rows has their values. -/
theorem eval_of_isForm {r : Nat} {y : Tensor α s} (hd : 0 < A.den)
    (hf : form.below (Shape.size s) = true) (h : A.isForm (Shape.size s) form r = true) :
    form.eval y = A.eval y r := by
  rw [isForm, allBelow_iff] at h
  rw [Form.eval_eq_sum hf]
  refine sum_congr fun k hk => ?_
  have hk := h k hk
  rw [Bool.and_eq_true, zle_iff, zle_iff] at hk
  have he : A.int k r = form.coefficient k * A.den := by omega
  have : (A.val k r : α) = (form.coefficient k : α) := by
    show ratio (A.int k r) A.den = _
    have hdp := natCast_pos (α := α) hd
    rw [he]
    unfold ratio
    rw [Ring.intCast_mul, Ring.intCast_natCast]
    grind
  rw [this]

/-- The bound that is found is one. -/
theorem le_formBound {first count : Nat} {y : Tensor α s} (hd : 0 < A.den)
    (hb : ∀ r, first ≤ r → r < first + count → A.eval y r ≤ d.val r)
    (hf : form.below (Shape.size s) = true)
    (hpos : 0 < (A.formBound (Shape.size s) d first count form).2) :
    form.eval y ≤ ratio (A.formBound (Shape.size s) d first count form).1
      (A.formBound (Shape.size s) d first count form).2 := by
  induction count with
  | zero => exact absurd hpos (Nat.lt_irrefl 0)
  | succ count ih =>
    unfold formBound at hpos ⊢
    cases hc : A.isForm (Shape.size s) form (Nat.add first count) <;> rw [hc] at hpos
    · exact ih (fun r h1 h2 => hb r h1 (by omega)) hpos
    · rw [eval_of_isForm hd hf hc]
      exact hb (first + count) (by omega) (by omega)

/-- A formula that follows from the bounds holds. -/
theorem holds_of_goalOk {first count : Nat} {f : Formula} {y : Tensor α s}
    (h : A.goalOk (Shape.size s) d first count f = true)
    (hb : ∀ r, first ≤ r → r < first + count → A.eval y r ≤ d.val r) : f.Holds y := by
  rw [goalOk, Bool.and_eq_true, Nat.blt_eq, Bool.or_eq_true] at h
  rcases h.2 with h2 | h2
  · exact Formula.holds_of_check (fun form hf hpos => le_formBound h.1 hb hf hpos) h2
  · rw [emptyOk, Bool.and_eq_true, Nat.blt_eq, zle_iff] at h2
    have h3 : (0 : α) ≤ _ := le_formBound h.1 hb (form := []) rfl h2.1
    have h4 := ratio_lt_ratio (α := α) (b := 0) h2.1 Nat.one_pos
      (show (A.formBound (Shape.size s) d first count []).1 * (1 : Nat) + 1 ≤ 0 * _ by omega)
    rw [ratio_zero] at h4
    exact (Std.not_lt.2 h3 h4).elim

end Rows

/-- More rows for one variable, with no others, do not overflow. -/
theorem Terms.plusOk_none {Γ : List Shape} (v : Var Γ t) (A : Rows) :
    (Terms.none : Terms Γ).plusOk v A = true := by
  induction v with
  | last => rfl
  | before v ih => exact ih

/-- A program that returns a variable whose forms are bounded gives what the bounds show. -/
theorem Prog.SatOn.of_bounds {Γ : List Shape} {v : Var Γ t} {tr : Trace s Γ} {X : Post s} {n : Nat}
    {A : Rows} {d : Lanes} {f : Formula}
    (h : tr.Bounds X n Cuts.none (Terms.none.plus n v A) d)
    (hok : (A.ok n (Shape.size t) && d.ok n && A.goalOk (Shape.size t) d 0 n f) = true) :
    (Prog.ret v).SatOn tr X fun _ _ _ y => f.Holds y := by
  rw [Bool.and_eq_true, Bool.and_eq_true] at hok
  obtain ⟨hg, hev⟩ := Terms.plus_spec (v := v) Terms.good_none (Rows.good_of_ok hok.1.1)
    (Terms.plusOk_none v A)
  refine .ret fun α _ _ env hr => Rows.holds_of_goalOk hok.2 fun r _ hr' => ?_
  have := h hg (Lanes.good_of_ok hok.1.2) α env hr r (by omega) (Cuts.holds_none env r)
  rw [hev α env r (by omega), Terms.eval_none] at this
  grind

end Lemmanet
