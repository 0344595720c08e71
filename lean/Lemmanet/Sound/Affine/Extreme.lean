module

public import Lemmanet.Sound.Affine.Bends

/-!
# Steps through maxima and minima of two tensors
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

namespace Extreme

variable {n : Nat} {A B : Rows} {t : Shape}

/-- The denominator of both boxes. -/
@[expose] def den (b c : Box t) : Nat := Nat.lcm b.flat.den c.flat.den

/-- The given coefficients of one argument. -/
theorem side_spec {size e : Nat} {term : Nat → Nat → Shifted}
    (h : Bend.Checked n (1 * (2 * size)) e A B term) {j : Nat} (hj : j < 2) :
    (side n size A B j).Good n size ∧ ∀ (α : Type) [OrderedField α] (k r : Nat), k < size →
      ((side n size A B j).val k r : α) = (Bend.wide n A B).val (j * size + k) r := by
  have hle : j * size + size ≤ 2 * size := by
    have := Nat.mul_le_mul_right size (show j + 1 ≤ 2 by omega)
    rwa [Nat.succ_mul] at this
  have h1 := fun (α : Type) [OrderedField α] => h.rows.part (α := α) hle
  refine ⟨by have := (h1 Rat).1; rwa [Nat.one_mul] at this, fun α _ k r hk => ?_⟩
  have := (h1 α).2 0 (by omega) k hk r
  rwa [Nat.zero_mul, Nat.zero_mul, Nat.zero_add, Nat.zero_add] at this

/-- The intervals of both values. -/
theorem mem_ends {α : Type} [OrderedField α] {b c : Box t} (hb : b.regular = true)
    (hc : c.regular = true) {x y : Tensor α t} (hx : b.Mem x) (hy : c.Mem y) {k : Nat}
    (hk : k < Shape.size t) {j : Nat} (_ : j ≤ 1) :
    (ends b.flat c.flat k j).Mem ((if j = 0 then x.at k else y.at k) * ((den b c : Nat) : α)) := by
  have h1 := Box.mem_ends hb hx hk (Lanes.factor b.flat.den c.flat.den)
  have h2 := Box.mem_ends hc hy hk (Lanes.factor c.flat.den b.flat.den)
  have e1 : Lanes.factor b.flat.den c.flat.den * b.den = den b c := Lanes.factor_mul _ _
  have e2 : Lanes.factor c.flat.den b.flat.den * c.den = den b c := Lanes.factor_mul' _ _
  rw [e1] at h1
  rw [e2] at h2
  unfold ends
  by_cases hj : j = 0
  · subst hj; simpa using h1
  · have : Nat.beq j 0 = false := by
      cases h : Nat.beq j 0
      · rfl
      · exact absurd (Nat.eq_of_beq_eq_true h) hj
    rw [this, if_neg hj]
    exact h2

/-- The check of a step: forms `A` of the result, given coefficients `B` of the arguments, what is left of
the forms and of their bounds. -/
@[expose] def stepOk (n : Nat) (A B : Rows) (term : Nat → Nat → Shifted) {Γ : List Shape} (x y : Var Γ t)
    (b c : Box t) (T : Terms Γ) (d : Lanes) : Bool :=
  b.regular && c.regular &&
    Bend.ok n A B (Nat.mul 1 (Nat.mul 2 (Shape.size t))) (den b c) term &&
    (T.plusArgsOk n (.cons x (.cons y .nil))
      (some (side n (Shape.size t) A B 0), some (side n (Shape.size t) A B 1), ()) &&
      d.subOk (Bend.lanes A B (den b c) term))

end Extreme

namespace Trace.Bounds

variable {s t : Shape} {Γ : List Shape} {n : Nat} {tr : Trace s Γ} {X : Post s} {cuts : Cuts Γ}
  {cs : Limits} {T : Terms Γ} {A : Rows} {d : Lanes} {bs : BoxEnv Γ} {x y : Var Γ t}

/-- A maximum or a minimum, with what entries need. -/
theorem extreme {op : Op [t, t] t} {term : Nat → Nat → Shifted} (facts : tr.Facts X bs) (B : Rows)
    (hterm : A.Good n (Shape.size t) →
      Bend.Checked n (1 * (2 * Shape.size t)) (Extreme.den (x.box bs) (y.box bs)) A B term →
      ∃ v : Nat → Nat → Int, (∀ k, k < Shape.size t →
        (term k (A.entries.getD k 0)).Holds A.bits n (v k)) ∧
      ∀ (α : Type) [OrderedField α] [DecidableLE α] (p q : Tensor α t) (k r : Nat), k < Shape.size t →
        (∀ j, j ≤ 1 → (Extreme.ends (x.box bs).flat (y.box bs).flat k j).Mem
          ((if j = 0 then p.at k else q.at k) *
            ((Extreme.den (x.box bs) (y.box bs) : Nat) : α))) →
        (((Lanes.factor A.den B.den : Int) * A.int k r : Int) : α) *
            ((op.denote (p, q, ()) : Tensor α t).at k *
              ((Extreme.den (x.box bs) (y.box bs) : Nat) : α)) ≤
          (sum 2 fun j => (((Lanes.factor B.den A.den : Int) *
              (Bend.wide n A B).int (j * Shape.size t + k) r : Int) : α) *
            ((if j = 0 then p.at k else q.at k) *
              ((Extreme.den (x.box bs) (y.box bs) : Nat) : α))) + (v k r : α))
    (hok : Extreme.stepOk n A B term x y (x.box bs) (y.box bs) T d = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons x (.cons y .nil))
      (some (Extreme.side n (Shape.size t) A B 0), some (Extreme.side n (Shape.size t) A B 1), ()))
      (d.sub n (Bend.lanes A B (Extreme.den (x.box bs) (y.box bs)) term))) :
    (tr.bind op (.cons x (.cons y .nil))).Bounds X n (cs, cuts) (some A, T) d := by
  rw [Extreme.stepOk, Bool.and_eq_true, Bool.and_eq_true, Bool.and_eq_true] at hok
  obtain ⟨⟨⟨hb, hc⟩, hcheck⟩, hrest⟩ := hok
  have hcheck := Bend.checked_of_ok hcheck
  have hcheck : Bend.Checked n (1 * (2 * Shape.size t)) (Extreme.den (x.box bs) (y.box bs)) A B term :=
    hcheck
  have s0 := Extreme.side_spec hcheck (j := 0) (by omega)
  have s1 := Extreme.side_spec hcheck (j := 1) (by omega)
  refine step (ins := [t, t]) (M := (some (Extreme.side n (Shape.size t) A B 0),
    some (Extreme.side n (Shape.size t) A B 1), ())) (fun hA => ?_) hrest h
  obtain ⟨v, hv, hle⟩ := hterm hA hcheck
  obtain ⟨hgood, hval⟩ := Bend.lanes_spec hA hcheck hv
  refine ⟨⟨s0.1, s1.1, trivial⟩, hgood, fun α _ _ env hr r hn _ => ?_⟩
  have hx := x.mem_box (facts α env hr)
  have hy := y.mem_box (facts α env hr)
  show A.eval (op.denote (x.get env, y.get env, ())) r ≤
    (Extreme.side n (Shape.size t) A B 0).eval (x.get env) r +
      ((Extreme.side n (Shape.size t) A B 1).eval (y.get env) r + 0) + _
  rw [hval α r hn]
  unfold Rows.eval
  rw [show ∀ a b c : α, a + (b + 0) + c = a + b + c by intros; grind, ← sum_add, ← sum_add]
  refine sum_le_sum fun k hk => ?_
  have h1 := ratio_le_sum_of_scaled (Nat.lcm_pos hA.den hcheck.denominator) hcheck.box
    (hle α (x.get env) (y.get env) k r hk fun j hj => Extreme.mem_ends hb hc hx hy hk hj)
  have e2 : ∀ f : Nat → α, sum 2 f = f 0 + f 1 := fun f => by simp only [sum]; grind
  rw [e2, ← Bend.ratio_value hA hcheck, ← Bend.ratio_given hA hcheck,
    ← Bend.ratio_given hA hcheck] at h1
  rw [s0.2 α k r hk, s1.2 α k r hk]
  exact h1

/-- Maxima of two tensors, with coefficients `B` of the first one, then of the second one. -/
theorem max (facts : tr.Facts X bs) (B : Rows)
    (hok : Extreme.stepOk n A B
      (Extreme.maxTerm n (Shape.size t) A B (x.box bs).flat (y.box bs).flat) x y (x.box bs) (y.box bs)
      T d = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons x (.cons y .nil))
      (some (Extreme.side n (Shape.size t) A B 0), some (Extreme.side n (Shape.size t) A B 1), ()))
      (d.sub n (Bend.lanes A B (Extreme.den (x.box bs) (y.box bs))
        (Extreme.maxTerm n (Shape.size t) A B (x.box bs).flat (y.box bs).flat)))) :
    (tr.bind (.max : Op [t, t] t) (.cons x (.cons y .nil))).Bounds X n (cs, cuts) (some A, T) d := by
  refine extreme facts B (fun hA hcheck => ⟨fun k r => Maxima.icost 1
      ((Lanes.factor A.den B.den : Int) * A.int k r)
      (fun j => (Lanes.factor B.den A.den : Int) * (Bend.wide n A B).int (j * Shape.size t + k) r)
      (Extreme.ends (x.box bs).flat (y.box bs).flat k), fun k hk => ?_,
    fun α _ _ p q k r hk hmem => ?_⟩) hok h
  · refine Maxima.holds_cost hcheck.bits (Bend.holds_value hA hcheck hk) fun j hj =>
      Bend.holds_given hcheck (i := j * Shape.size t + k) ?_
    have := Nat.mul_le_mul_right (Shape.size t) hj
    omega
  · have he := natCast_nonneg (α := α) (Extreme.den (x.box bs) (y.box bs))
    refine Maxima.le_cost hmem (fun j hj => ?_) ?_
    · refine OrderedRing.mul_le_mul_of_nonneg_right ?_ he
      rw [Op.denote, Tensor.at_ofFn hk, maxOf]
      split <;> split <;> grind
    · rw [Op.denote, Tensor.at_ofFn hk, maxOf]
      split
      · exact ⟨1, by omega, by simp⟩
      · exact ⟨0, by omega, by simp⟩

/-- Minima of two tensors. -/
theorem min (facts : tr.Facts X bs) (B : Rows)
    (hok : Extreme.stepOk n A B
      (Extreme.minTerm n (Shape.size t) A B (x.box bs).flat (y.box bs).flat) x y (x.box bs) (y.box bs)
      T d = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons x (.cons y .nil))
      (some (Extreme.side n (Shape.size t) A B 0), some (Extreme.side n (Shape.size t) A B 1), ()))
      (d.sub n (Bend.lanes A B (Extreme.den (x.box bs) (y.box bs))
        (Extreme.minTerm n (Shape.size t) A B (x.box bs).flat (y.box bs).flat)))) :
    (tr.bind (.min : Op [t, t] t) (.cons x (.cons y .nil))).Bounds X n (cs, cuts) (some A, T) d := by
  refine extreme facts B (fun hA hcheck => ⟨fun k r => Maxima.icost 1
      (-((Lanes.factor A.den B.den : Int) * A.int k r))
      (fun j => -((Lanes.factor B.den A.den : Int) * (Bend.wide n A B).int (j * Shape.size t + k) r))
      (fun j => (Extreme.ends (x.box bs).flat (y.box bs).flat k j).mirror), fun k hk => ?_,
    fun α _ _ p q k r hk hmem => ?_⟩) hok h
  · refine Maxima.holds_cost hcheck.bits ((Bend.holds_value hA hcheck hk).neg hcheck.bits) fun j hj =>
      (Bend.holds_given hcheck (i := j * Shape.size t + k) ?_).neg hcheck.bits
    have := Nat.mul_le_mul_right (Shape.size t) hj
    omega
  · have he := natCast_nonneg (α := α) (Extreme.den (x.box bs) (y.box bs))
    have h1 := Maxima.le_cost (m := 1)
      (a := -((Lanes.factor A.den B.den : Int) * A.int k r))
      (g := fun j => -((Lanes.factor B.den A.den : Int) *
        (Bend.wide n A B).int (j * Shape.size t + k) r))
      (y := -((Op.min.denote (p, q, ()) : Tensor α t).at k *
        ((Extreme.den (x.box bs) (y.box bs) : Nat) : α)))
      (fun j hj => Reach.mem_mirror (hmem j hj)) (fun j hj => ?_) ?_
    · simp only [Ring.intCast_neg] at h1
      have e2 : ∀ f : Nat → α, sum (1 + 1) f = f 0 + f 1 := fun f => by simp only [sum]; grind
      have e3 : ∀ f : Nat → α, sum 2 f = f 0 + f 1 := fun f => by simp only [sum]; grind
      rw [e2] at h1
      rw [e3]
      grind
    · have h2 : (Op.min.denote (p, q, ()) : Tensor α t).at k ≤ (if j = 0 then p.at k else q.at k) := by
        rw [Op.denote, Tensor.at_ofFn hk, minOf]
        split <;> split <;> grind
      have h3 := OrderedRing.mul_le_mul_of_nonneg_right h2 he
      grind
    · rw [Op.denote, Tensor.at_ofFn hk, minOf]
      split
      · exact ⟨0, by omega, by simp⟩
      · exact ⟨1, by omega, by simp⟩

end Trace.Bounds

end Lemmanet
