module

public import Lemmanet.Sound.Bounds

/-!
# Rows that wait, in wider digits

Two operators with given coefficients may read one value. Before the second one adds its rows, those of the
first are brought to the width that sums need.
-/

public noncomputable section

namespace Lemmanet

namespace Terms

/-- Wider digits for the coefficients of a variable. -/
@[expose] def widenAt (n k : Nat) : {Γ : List Shape} → {s : Shape} → Var Γ s → Terms Γ → Terms Γ
  | _, _, .last, (.none, T) => (.none, T)
  | _, _, .last, (some A, T) => (some (A.widen n k), T)
  | _, _, .before v, (o, T) => (o, widenAt n k v T)

/-- Digits of `k` bits are wide enough for them. -/
@[expose] def widenAtOk (k : Nat) : {Γ : List Shape} → {s : Shape} → Var Γ s → Terms Γ → Bool
  | _, _, .last, (.none, _) => true
  | _, _, .last, (some A, _) => A.widenOk k
  | _, _, .before v, (_, T) => widenAtOk k v T

variable {Γ : List Shape} {s : Shape} {n k : Nat}

/-- The forms are the same. -/
theorem widenAt_spec {v : Var Γ s} {T : Terms Γ} (hT : T.Good n) (h : T.widenAtOk k v = true) :
    (T.widenAt n k v).Good n ∧ ∀ (α : Type) [OrderedField α] (env : Env α Γ) (r : Nat), r < n →
      (T.widenAt n k v).eval env r = T.eval env r := by
  induction v with
  | last =>
    obtain ⟨o, T⟩ := T
    match o, hT, h with
    | .none, hT, _ => exact ⟨hT, fun _ _ _ _ _ => rfl⟩
    | some A, hT, h =>
      refine ⟨⟨(hT.1.widen (α := Rat) h).1, hT.2⟩, fun α _ env r hr => ?_⟩
      have hw := (hT.1.widen (α := α) h).2
      show (A.widen n k).eval env.1 r + T.eval env.2 r = A.eval env.1 r + T.eval env.2 r
      congr 1
      exact sum_congr fun i hi => by rw [hw i hi r hr]
  | before v ih =>
    obtain ⟨o, T⟩ := T
    match o, hT with
    | .none, hT =>
      obtain ⟨h1, h2⟩ := ih (T := T) hT h
      exact ⟨h1, fun α _ env r hr => h2 α env.2 r hr⟩
    | some B, hT =>
      obtain ⟨h1, h2⟩ := ih (T := T) hT.2 h
      refine ⟨⟨hT.1, h1⟩, fun α _ env r hr => ?_⟩
      show B.eval env.1 r + (T.widenAt n k v).eval env.2 r = B.eval env.1 r + T.eval env.2 r
      rw [h2 α env.2 r hr]

end Terms

/-- Wider digits for the coefficients of a variable that waits for its turn. -/
theorem Trace.Bounds.widenAt {s t : Shape} {Γ : List Shape} {n : Nat} {tr : Trace s Γ} {X : Post s}
    {cuts : Cuts Γ} {T : Terms Γ} {d : Lanes} (v : Var Γ t) (k : Nat) (hk : T.widenAtOk k v = true)
    (h : tr.Bounds X n cuts (T.widenAt n k v) d) : tr.Bounds X n cuts T d := by
  intro hg hd α _ _ env hr r hn hc
  obtain ⟨h1, h2⟩ := Terms.widenAt_spec hg hk
  rw [← h2 α env r hn]
  exact h h1 hd α env hr r hn hc

end Lemmanet
