module

public import Lemmanet.Exec.WindowMax
public import Lemmanet.Sound.Affine.Bends
public import Lemmanet.Sound.Affine.Conv

/-!
# Maxima over windows

The pixels of a window, the largest of them, and given coefficients of taps as forms of the image.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α]

/-- The largest of some entries is one of them, and no other one is larger. -/
theorem maxOver_spec [DecidableLE α] (x : Nat → α) {ks : List Nat} (h : ks ≠ []) :
    (∀ k, k ∈ ks → x k ≤ maxOver x ks) ∧ ∃ k, k ∈ ks ∧ maxOver x ks = x k := by
  induction ks with
  | nil => exact (h rfl).elim
  | cons k ks ih =>
    cases ks with
    | nil => exact ⟨fun i hi => by simp at hi; subst hi; exact Std.le_refl _, k, by simp, rfl⟩
    | cons l ks =>
      obtain ⟨h1, i, hi, h2⟩ := ih (by simp)
      have he : maxOver x (k :: l :: ks) = maxOf (x k) (maxOver x (l :: ks)) := rfl
      rw [he, maxOf]
      split
      · next hle =>
        refine ⟨fun j hj => ?_, i, List.mem_cons_of_mem _ hi, h2⟩
        rcases List.mem_cons.1 hj with hj | hj
        · subst hj; exact hle
        · exact h1 j hj
      · next hle =>
        refine ⟨fun j hj => ?_, k, List.mem_cons_self, rfl⟩
        rcases List.mem_cons.1 hj with hj | hj
        · subst hj; exact Std.le_refl _
        · have := h1 j hj
          grind

/-- A sum over the members of a range that a condition keeps. -/
theorem sum_filter (p : Nat → Bool) (f : Nat → α) (m : Nat) :
    (sum ((List.range m).filter p).length fun j => f (((List.range m).filter p).getD j 0)) =
      sum m fun t => if p t = true then f t else 0 := by
  induction m with
  | zero => rfl
  | succ m ih =>
    rw [List.range_succ, List.filter_append, sum, ← ih]
    cases hp : p m with
    | false => simp [hp]; grind
    | true =>
      simp only [List.filter_cons, hp, if_true, List.filter_nil, List.length_append, List.length_cons,
        List.length_nil, Nat.zero_add]
      rw [sum]
      congr 1
      · exact sum_congr fun j hj => by
          rw [List.getD_eq_getElem?_getD, List.getD_eq_getElem?_getD, List.getElem?_append_left hj]
      · rw [List.getD_eq_getElem?_getD, List.getElem?_append_right (Nat.le_refl _)]
        simp

namespace WindowMax

variable {g : Window} {h w oh ow : Nat}

/-- The pixels of a window. -/
theorem mem_taps {c i j k : Nat} :
    k ∈ g.taps h w c i j ↔ ∃ t, t ∈ seen g h w i j ∧ k = index g h w c i j t := by
  unfold Window.taps seen taps
  simp only [List.mem_flatMap, List.mem_filterMap, List.mem_range, List.mem_filter]
  constructor
  · rintro ⟨a, ha, e, he, hk⟩
    split at hk
    · next hin =>
      have hd := div_mod_block (m := g.kernel.2) (i := a) (j := e) he
      refine ⟨a * g.kernel.2 + e, ⟨block_lt ha he, ?_⟩, ?_⟩
      · simp only [inside, row, col, Bool.and_eq_true, Nat.ble_eq, Nat.blt_eq]
        show ((_ ∧ _) ∧ _) ∧ _
        have e1 : Nat.div (a * g.kernel.2 + e) g.kernel.2 = a := hd.1
        have e2 : Nat.mod (a * g.kernel.2 + e) g.kernel.2 = e := hd.2
        rw [e1, e2]
        exact ⟨⟨⟨hin.1, hin.2.1⟩, hin.2.2.1⟩, hin.2.2.2⟩
      · have e1 : Nat.div (a * g.kernel.2 + e) g.kernel.2 = a := hd.1
        have e2 : Nat.mod (a * g.kernel.2 + e) g.kernel.2 = e := hd.2
        rw [index, row, col, e1, e2]
        exact (Option.some.inj hk).symm
    · cases hk
  · rintro ⟨t, ⟨ht, hin⟩, rfl⟩
    have ht : t < g.kernel.1 * g.kernel.2 := ht
    have hpos : 0 < g.kernel.2 := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt ht)
    refine ⟨t / g.kernel.2, (Nat.div_lt_iff_lt_mul hpos).2 ht, t % g.kernel.2, Nat.mod_lt t hpos, ?_⟩
    simp only [inside, Bool.and_eq_true, Nat.ble_eq, Nat.blt_eq] at hin
    rw [if_pos ⟨hin.1.1.1, hin.1.1.2, hin.1.2, hin.2⟩]
    rfl

/-- A pixel that a tap sees. -/
theorem padded_eq {ch : Nat} (x : Tensor α [ch, h, w]) {c i j t : Nat} :
    x.padded g.padding.1 g.padding.2 c (row g i t) (col g j t) =
      if inside g h w i j t = true then x.at (index g h w c i j t) else 0 := by
  unfold Tensor.padded
  by_cases hin : inside g h w i j t = true
  · rw [if_pos hin]
    simp only [inside, Bool.and_eq_true, Nat.ble_eq, Nat.blt_eq] at hin
    rw [if_pos ⟨hin.1.1.1, hin.1.1.2, hin.1.2, hin.2⟩]
    rfl
  · rw [if_neg hin, if_neg]
    intro h'
    refine hin ?_
    simp only [inside, Bool.and_eq_true, Nat.ble_eq, Nat.blt_eq]
    exact ⟨⟨⟨h'.1, h'.2.1⟩, h'.2.2.1⟩, h'.2.2.2⟩

end WindowMax

end Lemmanet
