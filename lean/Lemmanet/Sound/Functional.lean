module

public import Lemmanet.Exec.Functional
public import Lemmanet.Sound.Goal
public import Lemmanet.Sound.Linear

/-!
# Difference rows are sound
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α] {n m : Nat}

/-- Entry `j` of the composed row, over the denominator of the weight. -/
@[expose] def rowEntry (w : Const [n, m]) (j : Nat) : Form → Int
  | [] => 0
  | (c, i) :: rest => c * w.num (j * m + i) + rowEntry w j rest

/-- The layout that difference rows need: one line for each input. -/
structure RowLayout (w : Const [n, m]) : Prop where
  /-- A line holds one digit for each output. -/
  line : w.line = m
  /-- There is a line for each input. -/
  posLen : w.pos.length = n
  /-- The same for what is subtracted. -/
  negLen : w.neg.length = n

/-- `Form.plus`, one term at a time. -/
theorem Form.plus_cons (width stride p q : Nat) (c : Int) (i : Nat) (rest : Form) :
    Form.plus width stride p q ((c, i) :: rest) = rest.plus width stride p q +
      (match c with
        | .ofNat a => a * digit width stride p i
        | .negSucc a => (a + 1) * digit width stride q i) := by
  cases c <;> rfl

/-- An entry of the composed row as a difference of natural numbers. -/
theorem rowEntry_eq {w : Const [n, m]} (hw : RowLayout w) (j : Nat) {form : Form}
    (hf : form.below m = true) :
    rowEntry w j form = (form.plus w.width w.stride (w.pos.getD j 0) (w.neg.getD j 0) : Int) -
      (form.plus w.width w.stride (w.neg.getD j 0) (w.pos.getD j 0) : Int) := by
  induction form with
  | nil => rfl
  | cons term rest ih =>
    obtain ⟨c, i⟩ := term
    simp only [Form.below, Bool.and_eq_true, Nat.blt_eq] at hf
    have hnum : w.num (j * m + i) = (digit w.width w.stride (w.pos.getD j 0) i : Int) -
        (digit w.width w.stride (w.neg.getD j 0) i : Int) := by
      rw [Const.num, Int.subNatNat_eq_coe, w.posDigit_line hw.line hf.1, w.negDigit_line hw.line hf.1]
    rw [rowEntry, ih hf.2, hnum, Form.plus_cons, Form.plus_cons]
    cases c with
    | ofNat a => simp only [Int.ofNat_eq_natCast, Int.natCast_add, Int.natCast_mul]; grind
    | negSucc a =>
      simp only [Int.negSucc_eq, Int.natCast_add, Int.natCast_mul, Int.natCast_one]; grind

/-- `gains` takes one entry from each pair of rows. -/
theorem getD_gains {width stride : Nat} {form : Form} {ps qs : List Nat}
    (h : ps.length = qs.length) : (gains width stride form ps qs).length = ps.length ∧
      ∀ j, j < ps.length → (gains width stride form ps qs).getD j 0 =
        form.plus width stride (ps.getD j 0) (qs.getD j 0) -
          form.plus width stride (qs.getD j 0) (ps.getD j 0) := by
  induction ps generalizing qs with
  | nil => exact ⟨rfl, fun j hj => absurd hj (Nat.not_lt_zero j)⟩
  | cons p ps ih =>
    cases qs with
    | nil => simp at h
    | cons q qs =>
      have ih := ih (qs := qs) (by simpa using h)
      have hcons : gains width stride form (p :: ps) (q :: qs) =
          (form.plus width stride p q - form.plus width stride q p) ::
            gains width stride form ps qs := rfl
      rw [hcons]
      refine ⟨by simp [ih.1], fun j hj => ?_⟩
      cases j with
      | zero => rfl
      | succ j =>
        simp only [List.getD_cons_succ]
        exact ih.2 j (by simpa using hj)

/-- The value of the row on a tensor of the box is at most `rowSup`. -/
theorem sum_le_rowSup {w : Const [n, m]} (hw : RowLayout w) {x : Box [n]} {form : Form}
    (hf : form.below m = true) {v : Tensor α [n]} (hv : x.Mem v) (hx : x.regular = true) :
    sum n (fun j => v.at j * (rowEntry w j form : α)) * (x.den : α) ≤ (rowSup w x form : α) := by
  let plus (j : Nat) := form.plus w.width w.stride (w.pos.getD j 0) (w.neg.getD j 0)
  let minus (j : Nat) := form.plus w.width w.stride (w.neg.getD j 0) (w.pos.getD j 0)
  have hlen : w.pos.length = w.neg.length := by rw [hw.posLen, hw.negLen]
  have hcomb : ∀ xs, x.combine xs (gains w.width w.stride form w.pos w.neg) =
      nsum n (fun j => x.part xs j * (plus j - minus j)) := fun xs => by
    have h := getD_gains (width := w.width) (stride := w.stride) (form := form) hlen
    rw [x.combine_eq_nsum hx]
    exact nsum_congr fun j hj => by rw [h.2 j (by rw [hw.posLen]; exact hj)]
  have hcomb' : ∀ xs, x.combine xs (gains w.width w.stride form w.neg w.pos) =
      nsum n (fun j => x.part xs j * (minus j - plus j)) := fun xs => by
    have h := getD_gains (width := w.width) (stride := w.stride) (form := form) hlen.symm
    rw [x.combine_eq_nsum hx]
    exact nsum_congr fun j hj => by rw [h.2 j (by rw [hw.negLen]; exact hj)]
  have hsum := sum_bound_le (n := n) (z := fun j => v.at j * (x.den : α))
    (p := fun j => ((minus j - plus j : Nat) : α)) (q := fun j => ((plus j - minus j : Nat) : α))
    (fun j => natCast_nonneg _) (fun j => natCast_nonneg _) (fun j hj => Box.part_bounds hx hv hj)
  have hrow : sum n (fun j => v.at j * (x.den : α) *
      (((minus j - plus j : Nat) : α) - ((plus j - minus j : Nat) : α))) =
      -(sum n (fun j => v.at j * (rowEntry w j form : α)) * (x.den : α)) := by
    rw [← sum_mul_right, ← sum_neg]
    refine sum_congr fun j _ => ?_
    have : rowEntry w j form = ((plus j - minus j : Nat) : Int) - ((minus j - plus j : Nat) : Int) := by
      rw [rowEntry_eq hw j hf]
      show (plus j : Int) - (minus j : Int) = _
      omega
    rw [this, Ring.intCast_sub, Ring.intCast_natCast, Ring.intCast_natCast]
    grind
  rw [hrow] at hsum
  have hvalue : ∀ ups downs, ((rowValue w x form ups downs : Nat) : α) =
      sum n (fun j => (x.part ups j : α) * ((plus j - minus j : Nat) : α)) +
        sum n (fun j => (x.part downs j : α) * ((minus j - plus j : Nat) : α)) := fun ups downs => by
    rw [rowValue, hcomb, hcomb', Nat.add_eq, Semiring.natCast_add, natCast_nsum, natCast_nsum]
    simp only [Semiring.natCast_mul]
  rw [rowSup, Int.subNatNat_eq_coe, Ring.intCast_sub, Ring.intCast_natCast, Ring.intCast_natCast,
    hvalue, hvalue]
  grind

/-- The form of the layer's output, over the common denominator of weight and bias. -/
theorem eval_linear (w : Const [n, m]) (b : Const [m]) (v : Tensor α [n]) (hw : 0 < w.den)
    (hb : 0 < b.den) [DecidableLE α] {form : Form} (hf : form.below m = true) :
    form.eval ((Op.linear w b).denote (v, ())) * ((w.den : α) * (b.den : α)) =
      sum n (fun j => v.at j * (rowEntry w j form : α)) * (b.den : α) +
        (biasEntry b form : α) * (w.den : α) := by
  have hwp := natCast_pos (α := α) hw
  have hbp := natCast_pos (α := α) hb
  induction form with
  | nil =>
    simp only [Form.eval, rowEntry, biasEntry, Ring.intCast_zero]
    have : sum n (fun j => v.at j * (0 : α)) = 0 := by
      rw [sum_mul_right]; grind
    rw [this]; grind
  | cons p rest ih =>
    obtain ⟨c, i⟩ := p
    simp only [Form.below, Bool.and_eq_true, Nat.blt_eq] at hf
    have ih := ih hf.2
    have hi : i < Shape.size [m] := by simp [Shape.size]; omega
    have hy : ((Op.linear w b).denote (v, ()) : Tensor α [m]).at i =
        sum n (fun j => v.at j * w.val (j * m + i)) + b.val i := by
      simp only [Op.denote]; rw [Tensor.at_ofFn hi]
    have hs : sum n (fun j => v.at j * (w.val (j * m + i) : α)) * (w.den : α) =
        sum n (fun j => v.at j * (w.num (j * m + i) : α)) := by
      rw [← sum_mul_right]
      refine sum_congr fun j _ => ?_
      unfold Const.val ratio
      grind
    have hbv : (b.val i : α) * (b.den : α) = (b.num i : α) := by
      unfold Const.val ratio
      grind
    have hrow : sum n (fun j => v.at j * (rowEntry w j ((c, i) :: rest) : α)) =
        (c : α) * sum n (fun j => v.at j * (w.num (j * m + i) : α)) +
          sum n (fun j => v.at j * (rowEntry w j rest : α)) := by
      rw [← sum_mul_left, ← sum_add]
      refine sum_congr fun j _ => ?_
      simp only [rowEntry, Ring.intCast_add, Ring.intCast_mul]
      grind
    simp only [Form.eval, hy, hrow, biasEntry, Ring.intCast_add, Ring.intCast_mul]
    grind

/-- Soundness of `linearSup`. -/
theorem eval_le_linearSup {w : Const [n, m]} {b : Const [m]} {x : Box [n]} {v : Tensor α [n]}
    [DecidableLE α] (hl : RowLayout w) (hv : x.Mem v) (hw : 0 < w.den) (hb : 0 < b.den)
    (hx : x.regular = true) {form : Form}
    (hf : form.below m = true) :
    form.eval ((Op.linear w b).denote (v, ())) ≤
      ratio (linearSup w b x form).1 (linearSup w b x form).2 := by
  refine (le_ratio_iff (Nat.mul_pos (Nat.mul_pos hw (Box.regular_iff.1 hx).1) hb)).2 ?_
  have h1 := eval_linear w b v hw hb hf
  have h2 := sum_le_rowSup hl hf hv hx
  have h3 := OrderedRing.mul_le_mul_of_nonneg_right h2 (Std.le_of_lt (natCast_pos (α := α) hb))
  simp only [linearSup, Nat.mul_eq, Semiring.natCast_mul, Ring.intCast_add, Ring.intCast_mul,
    Ring.intCast_natCast]
  generalize form.eval ((Op.linear w b).denote (v, ())) = e at h1 ⊢
  generalize sum n (fun j => v.at j * (rowEntry w j form : α)) = s at h1 h3
  have h4 : e * ((w.den : α) * (x.den : α) * (b.den : α)) =
      s * (x.den : α) * (b.den : α) + (biasEntry b form : α) * ((w.den : α) * (x.den : α)) := by
    rw [show e * ((w.den : α) * (x.den : α) * (b.den : α)) =
      e * ((w.den : α) * (b.den : α)) * (x.den : α) by grind, h1]
    grind
  rw [h4]
  grind

/-- Soundness of `linearGoal`. -/
theorem linearGoal_holds {w : Const [n, m]} {b : Const [m]} {x : Box [n]} {f : Formula}
    (h : linearGoal w b x f = true) (α : Type) [OrderedField α] [DecidableLE α]
    (xs : Env α [[n]]) (hx : BoxEnv.Mem (Γ := [[n]]) (x, ()) xs) :
    f.Holds ((Op.linear w b).denote xs) := by
  simp only [linearGoal, Bool.and_eq_true, Nat.blt_eq, Nat.beq_eq, rowCount_eq] at h
  obtain ⟨⟨⟨⟨⟨⟨hw, hb⟩, hd⟩, hline⟩, hpos⟩, hneg⟩, hf⟩ := h
  obtain ⟨v, u⟩ := xs
  exact Formula.holds_of_check
    (fun form hform _ => eval_le_linearSup ⟨hline, hpos, hneg⟩ hx.1 hw hb hd hform) hf

end Lemmanet
