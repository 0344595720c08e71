module

public import Lemmanet.Exec.Functional
public import Lemmanet.Sound.Goal
public import Lemmanet.Sound.Sum

/-!
# Difference rows are sound
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α] {n m : Nat}

/-- A number in an interval, times `g`, is at most the larger end times `g`. -/
theorem Ival.mul_le_supMul {x : α} {a : Ival} (h : a.Mem x) (g : Int) :
    x * (a.den : α) * (g : α) ≤ (a.supMul g : α) := by
  obtain ⟨-, hl, hh⟩ := h
  unfold Ival.supMul
  cases hz : zle 0 g
  · have hg : g ≤ 0 := by
      have : ¬ 0 ≤ g := fun h => by simp [zle_iff.2 h] at hz
      omega
    have hg := intCast_le (α := α) hg
    rw [Ring.intCast_zero] at hg
    have := OrderedRing.mul_le_mul_of_nonneg_left (c := -(g : α)) hl (by grind)
    simp only [cond, Ring.intCast_mul]
    grind
  · have hg := intCast_le (α := α) (zle_iff.1 hz)
    rw [Ring.intCast_zero] at hg
    have := OrderedRing.mul_le_mul_of_nonneg_left hh hg
    simp only [cond, Ring.intCast_mul]
    grind

/-- The value of the row on a tensor of the box is at most `rowSup`. -/
theorem sum_le_rowSup {w : Const [n, m]} {x : Box [n]} {form : Form} {v : Tensor α [n]}
    (hv : x.Mem v) (hd : 0 < x.den) : ∀ k, k ≤ n →
    sum k (fun j => v.at j * (rowEntry w j form : α)) * (x.den : α) ≤ (rowSup w x form k : α) := by
  intro k
  induction k with
  | zero => intro _; simp only [sum, rowSup, Ring.intCast_zero]; grind
  | succ k ih =>
    intro hk
    have hk' : k < Shape.size [n] := by simp [Shape.size]; omega
    have h1 := ih (by omega)
    have h2 := Ival.mul_le_supMul (Box.mem_ival hv hd hk') (rowEntry w k form)
    have h3 : (x.ival k).den = x.den := rfl
    rw [h3] at h2
    simp only [sum, rowSup, Ring.intCast_add]
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
      simp only [rowEntry, Nat.add_eq, Nat.mul_eq, Ring.intCast_add, Ring.intCast_mul]
      grind
    simp only [Form.eval, hy, hrow, biasEntry, Ring.intCast_add, Ring.intCast_mul]
    grind

/-- Soundness of `linearSup`. -/
theorem eval_le_linearSup {w : Const [n, m]} {b : Const [m]} {x : Box [n]} {v : Tensor α [n]}
    [DecidableLE α] (hv : x.Mem v) (hw : 0 < w.den) (hb : 0 < b.den) (hx : 0 < x.den) {form : Form}
    (hf : form.below m = true) :
    form.eval ((Op.linear w b).denote (v, ())) ≤
      ratio (linearSup w b x form).1 (linearSup w b x form).2 := by
  refine (le_ratio_iff (Nat.mul_pos (Nat.mul_pos hw hx) hb)).2 ?_
  have h1 := eval_linear w b v hw hb hf
  have h2 := sum_le_rowSup (w := w) (form := form) hv hx n (Nat.le_refl n)
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
  simp only [linearGoal, Bool.and_eq_true, Nat.blt_eq] at h
  obtain ⟨⟨⟨hw, hb⟩, hd⟩, hf⟩ := h
  obtain ⟨v, u⟩ := xs
  exact Formula.holds_of_check (fun form hform _ => eval_le_linearSup hx.1 hw hb hd hform) hf

end Lemmanet
