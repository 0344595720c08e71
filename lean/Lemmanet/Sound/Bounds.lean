module

public import Lemmanet.Exec.Terms
public import Lemmanet.Sound.Flat
public import Lemmanet.Sound.Rows
public import Lemmanet.Sound.Trace

/-!
# Inequalities along a trace

`Trace.Bounds` says that linear forms of the values of a trace are bounded. Such a statement is proved
backwards: the last value is replaced by a bound on it in terms of its arguments, operator by operator,
until only the input is left.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {s t : Shape} {Γ ins : List Shape} {n : Nat}

/-! ## Rows for several variables -/

namespace Terms

/-- All rows hold coefficients of `n` forms. -/
@[expose] def Good (n : Nat) : {Γ : List Shape} → Terms Γ → Prop
  | [], _ => True
  | _ :: _, (.none, T) => T.Good n
  | s :: _, (some A, T) => A.Good n (Shape.size s) ∧ T.Good n

/-- The value of form `r`. -/
@[expose] def eval {α : Type} [OrderedField α] :
    {Γ : List Shape} → Terms Γ → Env α Γ → Nat → α
  | [], _, _, _ => 0
  | _ :: _, (.none, T), env, r => T.eval env.2 r
  | _ :: _, (some A, T), env, r => A.eval env.1 r + T.eval env.2 r

/-- No rows. -/
theorem good_none : {Γ : List Shape} → (Terms.none : Terms Γ).Good n
  | [] => trivial
  | _ :: Γ => good_none (Γ := Γ)

/-- No rows have the value zero. -/
theorem eval_none {α : Type} [OrderedField α] :
    {Γ : List Shape} → (env : Env α Γ) → (r : Nat) → (Terms.none : Terms Γ).eval env r = 0
  | [], _, _ => rfl
  | _ :: Γ, env, r => eval_none (Γ := Γ) env.2 r

/-- More rows for a variable add their values. -/
theorem plus_spec {v : Var Γ s} {A : Rows} {T : Terms Γ} (hT : T.Good n)
    (hA : A.Good n (Shape.size s)) (h : T.plusOk v A = true) :
    (T.plus n v A).Good n ∧ ∀ (α : Type) [OrderedField α] (env : Env α Γ) (r : Nat), r < n →
      (T.plus n v A).eval env r = A.eval (v.get env) r + T.eval env r := by
  induction v with
  | last =>
    obtain ⟨o, T⟩ := T
    match o, hT, h with
    | .none, hT, _ => exact ⟨⟨hA, hT⟩, fun α _ env r _ => rfl⟩
    | some B, hT, h =>
      refine ⟨⟨(hT.1.plus (α := Rat) hA h).1, hT.2⟩, fun α _ env r hr => ?_⟩
      have hB := (hT.1.plus (α := α) hA h).2
      have : (B.plus n A).eval env.1 r = A.eval env.1 r + B.eval env.1 r := by
        unfold Rows.eval
        rw [← sum_add]
        refine sum_congr fun k hk => ?_
        rw [hB k hk r hr]
        grind
      show (B.plus n A).eval env.1 r + T.eval env.2 r =
        A.eval env.1 r + (B.eval env.1 r + T.eval env.2 r)
      rw [this]
      grind
  | before v ih =>
    obtain ⟨o, T⟩ := T
    match o, hT with
    | .none, hT =>
      obtain ⟨h1, h2⟩ := ih (T := T) hT hA h
      exact ⟨h1, fun α _ env r hr => h2 α env.2 r hr⟩
    | some B, hT =>
      obtain ⟨h1, h2⟩ := ih (T := T) hT.2 hA h
      refine ⟨⟨hT.1, h1⟩, fun α _ env r hr => ?_⟩
      show B.eval env.1 r + (T.plus n v A).eval env.2 r =
        A.eval (v.get env.2) r + (B.eval env.1 r + T.eval env.2 r)
      rw [h2 α env.2 r hr]
      grind

/-- More rows for arguments add their values. -/
theorem plusArgs_spec {args : Args Γ ins} {M : Terms ins} {T : Terms Γ} (hT : T.Good n)
    (hM : M.Good n) (h : T.plusArgsOk n args M = true) :
    (T.plusArgs n args M).Good n ∧ ∀ (α : Type) [OrderedField α] (env : Env α Γ) (r : Nat), r < n →
      (T.plusArgs n args M).eval env r = M.eval (args.get env) r + T.eval env r := by
  induction args generalizing T with
  | nil =>
    refine ⟨hT, fun α _ env r _ => ?_⟩
    show T.eval env r = 0 + T.eval env r
    grind
  | cons v rest ih =>
    obtain ⟨o, M⟩ := M
    match o, hM, h with
    | .none, hM, h => exact ih (M := M) hT hM h
    | some A, hM, h =>
      have h : (T.plusOk v A && (T.plus n v A).plusArgsOk n rest M) = true := h
      rw [Bool.and_eq_true] at h
      obtain ⟨p1, p2⟩ := plus_spec hT hM.1 h.1
      obtain ⟨q1, q2⟩ := ih (M := M) (T := T.plus n v A) p1 hM.2 h.2
      refine ⟨q1, fun α _ env r hr => ?_⟩
      show ((T.plus n v A).plusArgs n rest M).eval env r =
        A.eval (v.get env) r + M.eval (rest.get env) r + T.eval env r
      rw [q2 α env r hr, p2 α env r hr]
      grind

end Terms

/-! ## Limits -/

/-- A tensor lies in a box that is read from its joined literals. -/
@[expose] def Flat.Mem {α : Type} [OrderedField α] (f : Flat) (x : Tensor α s) : Prop :=
  ∀ k, k < Shape.size s → Ival.Mem (x.at k) (f.ival k)

/-- What form `r` asks of a tensor: that it lies in the box of the part with this form. -/
@[expose] def Part.Hold {α : Type} [OrderedField α] (x : Tensor α s) : List Part → Nat → Prop
  | [], _ => True
  | p :: parts, r => (r < p.count → p.box.Mem x) ∧ (p.count ≤ r → Hold x parts (r - p.count))

/-- The part of the inputs where form `r` is bounded. -/
@[expose] def Cut.Holds {α : Type} [OrderedField α] (c : Cut) (x : Tensor α s) (r : Nat) : Prop :=
  (c.above.testBit r = true → ratio c.num c.den ≤ x.at c.entry) ∧
    (c.below.testBit r = true → x.at c.entry ≤ ratio c.num c.den)

/-- The same for the cuts of all variables. -/
@[expose] def Cuts.Holds {α : Type} [OrderedField α] :
    {Γ : List Shape} → Cuts Γ → Env α Γ → Nat → Prop
  | [], _, _, _ => True
  | _ :: _, (limits, cuts), env, r => ((∀ c, c ∈ limits.cuts → c.Holds env.1 r) ∧
      Part.Hold env.1 limits.parts r) ∧ cuts.Holds env.2 r

/-- Without cuts there is nothing to ask. -/
theorem Cuts.holds_none {α : Type} [OrderedField α] :
    {Γ : List Shape} → (env : Env α Γ) → (r : Nat) → (Cuts.none : Cuts Γ).Holds env r
  | [], _, _ => trivial
  | _ :: _, env, r => ⟨⟨fun _ h => (List.not_mem_nil h).elim, trivial⟩, holds_none env.2 r⟩

/-- The limits of a variable. -/
theorem Var.holds_limits {α : Type} [OrderedField α] (v : Var Γ s) {cuts : Cuts Γ} {env : Env α Γ}
    {r : Nat} (h : cuts.Holds env r) : (∀ c, c ∈ (v.limits cuts).cuts → c.Holds (v.get env) r) ∧
      Part.Hold (v.get env) (v.limits cuts).parts r := by
  induction v with
  | last => exact h.1
  | before v ih => exact ih h.2

/-! ## Bounds -/

/-- On everything that the trace produces, form `r` is at most lane `r` of `d`, for each of `n` forms,
where its cuts hold. -/
@[expose] def Trace.Bounds (tr : Trace s Γ) (X : Post s) (n : Nat) (cuts : Cuts Γ) (T : Terms Γ)
    (d : Lanes) : Prop :=
  T.Good n → d.Good n → ∀ (α : Type) [OrderedField α] [DecidableLE α] (env : Env α Γ),
    tr.Reach (X α) env → ∀ r, r < n → cuts.Holds env r → T.eval env r ≤ d.val r

namespace Trace.Bounds

variable {tr : Trace s Γ} {X : Post s} {cuts : Cuts Γ} {T : Terms Γ} {A : Rows} {c d e : Lanes}
  {op : Op ins t} {args : Args Γ ins} {M : Terms ins} {cs : Limits}

/-- Larger bounds. The kernel compares them lane by lane in digits of `bits` bits. -/
theorem weaken (bits : Nat) (hT : tr.Bounds X n cuts T d) (hok : d.ok n = true)
    (hle : d.le n bits e = true) : tr.Bounds X n cuts T e := by
  intro hg he α _ _ env hr r hn hc
  have hd := Lanes.good_of_ok hok
  exact Std.le_trans (hT hg hd α env hr r hn hc) (hd.le he hle hn)

/-- The last value is not in the forms. -/
theorem skip (h : tr.Bounds X n cuts T d) :
    (tr.bind op args).Bounds X n (cs, cuts) (.none, T) d :=
  fun hg hd α _ _ env hr r hn hc => h hg hd α env.2 hr.2 r hn hc.2

/-- What is needed to replace forms `A` of the result of an operator by forms `M` of its arguments and
constants `c`: on all values of the trace the former are at most the latter. -/
@[expose] def Replaces (tr : Trace s Γ) (X : Post s) (n : Nat) (cuts : Cuts Γ) (op : Op ins t)
    (args : Args Γ ins) (A : Rows) (M : Terms ins) (c : Lanes) : Prop :=
  A.Good n (Shape.size t) → M.Good n ∧ c.Good n ∧
    ∀ (α : Type) [OrderedField α] [DecidableLE α] (env : Env α Γ), tr.Reach (X α) env →
      ∀ r, r < n → cuts.Holds env r →
        A.eval (op.denote (args.get env)) r ≤ M.eval (args.get env) r + c.val r

/-- Elimination of the last value. -/
theorem step (hp : Replaces tr X n cuts op args A M c)
    (hok : (T.plusArgsOk n args M && d.subOk c) = true)
    (h : tr.Bounds X n cuts (T.plusArgs n args M) (d.sub n c)) :
    (tr.bind op args).Bounds X n (cs, cuts) (some A, T) d := by
  intro hg hd α _ _ env hr r hn hc
  rw [Bool.and_eq_true] at hok
  obtain ⟨hM, hcg, hle⟩ := hp hg.1
  obtain ⟨hT, hev⟩ := Terms.plusArgs_spec hg.2 hM hok.1
  obtain ⟨hs, hval⟩ := hd.sub (α := α) hcg hok.2
  have h1 := h hT hs α env.2 hr.2 r hn hc.2
  have h2 := hle α env.2 hr.2 r hn hc.2
  rw [hev α env.2 r hn, hval r hn] at h1
  show A.eval env.1 r + T.eval env.2 r ≤ d.val r
  rw [hr.1]
  grind

/-- Elimination of the last value, without constants. -/
theorem exactStep (hp : A.Good n (Shape.size t) → M.Good n ∧
      ∀ (α : Type) [OrderedField α] [DecidableLE α] (env : Env α Γ) (r : Nat), r < n →
        A.eval (op.denote (args.get env)) r = M.eval (args.get env) r)
    (hok : T.plusArgsOk n args M = true) (h : tr.Bounds X n cuts (T.plusArgs n args M) d) :
    (tr.bind op args).Bounds X n (cs, cuts) (some A, T) d := by
  intro hg hd α _ _ env hr r hn hc
  obtain ⟨hM, heq⟩ := hp hg.1
  obtain ⟨hT, hev⟩ := Terms.plusArgs_spec hg.2 hM hok
  have h1 := h hT hd α env.2 hr.2 r hn hc.2
  rw [hev α env.2 r hn] at h1
  show A.eval env.1 r + T.eval env.2 r ≤ d.val r
  rw [hr.1, heq α env.2 r hn]
  exact h1

/-- Wider digits for the coefficients of the last value. -/
theorem widen {Γ : List Shape} {T : Terms Γ} {tr : Trace s (t :: Γ)} {cuts : Cuts (t :: Γ)}
    (k : Nat) (hk : A.widenOk k = true) (h : tr.Bounds X n cuts (some (A.widen n k), T) d) :
    tr.Bounds X n cuts (some A, T) d := by
  intro hg hd α _ _ env hr r hn hc
  have hw := hg.1.widen (α := α) hk
  have h1 := h ⟨hw.1, hg.2⟩ hd α env hr r hn hc
  have : (A.widen n k).eval env.1 r = A.eval env.1 r :=
    sum_congr fun i hi => by rw [hw.2 i hi r hn]
  have h2 : Terms.eval (Γ := t :: Γ) (some (A.widen n k), T) env r =
      (A.widen n k).eval env.1 r + T.eval env.2 r := rfl
  rw [h2, this] at h1
  exact h1

end Trace.Bounds

end Lemmanet
