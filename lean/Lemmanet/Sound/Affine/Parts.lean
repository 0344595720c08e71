module

public import Lemmanet.Sound.Affine.Input
public import Lemmanet.Sound.Affine.TwoPiece
public import Lemmanet.Sound.Parts

/-!
# Relaxations of parts, each on its own box

The lanes of each part are relaxed, and at last bounded on the input, as if they were alone.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {n size : Nat} {A B : Rows} {d : Lanes} {s : Shape}

namespace TwoPiece

variable {p : Int} {q : Nat} {box : Flat}

/-- What holds of all lanes together holds of those of a part. -/
private theorem checked_part (h : Checked n p q A B box size) {first : Nat} {part : Part}
    (hle : first + part.count ≤ n) (hd : part.box.den = box.den)
    (hw : part.box.width = box.width) : Checked part.count p q (A.slice first part.count)
      (B.slice first part.count) part.box size := by
  have e : termBound p q (A.slice first part.count) (B.slice first part.count) part.box =
      termBound p q A B box := by
    unfold termBound
    rw [hw]
    rfl
  refine ⟨(h.rows.slice hle).1, h.wide, hd ▸ h.den, h.slope, h.bits, ?_, ?_⟩
  · rw [e]; exact h.term
  · rw [e]; exact h.sum

/-- The joined constants make up for the relaxation, in each part on its box. -/
theorem joined_spec (hA : A.Good n (Shape.size s)) (h : Checked n p q A B box (Shape.size s))
    {parts : List Part} {first : Nat} (hle : first + Part.total parts ≤ n)
    (hall : Part.all (fun _ part => Nat.beq part.box.den box.den &&
      Nat.beq part.box.width box.width) parts first = true) : ∃ g : Nat → Int,
      Packed A.bits (Part.total parts) (Shape.size s * termBound p q A B box)
        (Part.joined A.bits (fun first part =>
          (partConstants p q A B (Shape.size s) first part).num) parts first) g ∧
      ∀ (α : Type) [OrderedField α] (f : α → α), IsTwoPiece p q f → ∀ (x : Tensor α s) (r : Nat),
        r < Part.total parts → Part.Hold x parts r →
        A.eval (.ofFn fun k => f (x.at k) : Tensor α s) (first + r) ≤ B.eval x (first + r) +
          ratio (g r) (Nat.mul (Nat.mul (Nat.lcm A.den B.den) q) box.den) := by
  induction parts generalizing first with
  | nil => exact ⟨fun _ => 0, Packed.empty _ _, fun _ _ _ _ _ _ h => absurd h (Nat.not_lt_zero _)⟩
  | cons part parts ih =>
    have hle' : first + (part.count + Part.total parts) ≤ n := hle
    simp only [Part.all, Bool.and_eq_true, Nat.beq_eq] at hall
    obtain ⟨⟨hd, hw⟩, hall⟩ := hall
    obtain ⟨g, hg, hev⟩ := ih (first := first + part.count) (by omega)
      (by simpa only [Bool.and_eq_true, Nat.beq_eq] using hall)
    have hc := checked_part h (first := first) (part := part) (by omega) hd hw
    have hAs := (hA.slice (first := first) (count := part.count) (by omega)).1
    have hp := constants_packed (cuts := []) hAs hc
    have e : termBound p q (A.slice first part.count) (B.slice first part.count) part.box =
        termBound p q A B box := by
      unfold termBound
      rw [hw]
      rfl
    rw [e] at hp
    refine ⟨_, hp.append hg, fun α _ f hf x r hr hold => ?_⟩
    by_cases hlt : r < part.count
    · have key := eval_le (cuts := []) hf hAs hc (hold.1 hlt) hlt
        fun c hc => (List.not_mem_nil hc).elim
      rw [hA.eval_slice (by omega) _ hlt, h.rows.eval_slice (by omega) _ hlt] at key
      have e1 := Lanes.val_of_packed (α := α) (v := partConstants p q A B (Shape.size s) first part)
        (constants_packed (cuts := []) hAs hc) hlt
      have e2 : (partConstants p q A B (Shape.size s) first part).den =
          Nat.mul (Nat.mul (Nat.lcm A.den B.den) q) box.den := by rw [← hd]; rfl
      rw [e2] at e1
      rw [if_pos hlt, ← e1]
      exact key
    · have key := hev α f hf x (r - part.count)
        (by have : r < part.count + Part.total parts := hr; omega) (hold.2 (by omega))
      rw [if_neg hlt]
      rwa [show first + part.count + (r - part.count) = first + r by omega] at key

end TwoPiece

namespace Trace.Bounds

variable {t : Shape} {Γ : List Shape} {tr : Trace s Γ} {X : Post s} {cuts : Cuts Γ}
  {cs : Limits} {T : Terms Γ} {v : Var Γ t}

/-- An entrywise operator of two pieces, whose forms rely on the boxes of parts. -/
theorem twoPieceParts {p : Int} {q : Nat} {op : Op [t] t}
    (hop : ∀ (α : Type) [OrderedField α] [DecidableLE α], ∃ f : α → α,
      (0 < q → IsTwoPiece p q f) ∧ ∀ x : Tensor α t, op.denote (x, ()) = .ofFn fun k => f (x.at k))
    (B : Rows) (hok : TwoPiece.partsStepOk n p q A B v cuts T d = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil) (some B, ()))
      (d.sub n (TwoPiece.partsLanes p q A B v cuts))) :
    (tr.bind op (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  rw [TwoPiece.partsStepOk, TwoPiece.partsOk, Bool.and_eq_true, Bool.and_eq_true, Bool.and_eq_true,
    Nat.beq_eq] at hok
  obtain ⟨⟨⟨hcheck, htotal⟩, hall⟩, hrest⟩ := hok
  have hcheck := TwoPiece.checked_of_ok hcheck
  have spec := fun hA => TwoPiece.joined_spec (A := A) hA hcheck (first := 0)
    (Nat.le_of_eq ((Nat.zero_add _).trans htotal)) hall
  refine step (ins := [t]) (M := (some B, ())) (fun hA => ?_) hrest h
  obtain ⟨g, hg, hev⟩ := spec hA
  rw [htotal] at hg hev
  refine ⟨⟨hcheck.rows, trivial⟩, ?_, fun α _ _ env hr r hn hc => ?_⟩
  · exact (Lanes.good_of_packed (v := TwoPiece.partsLanes p q A B v cuts) (Nat.mul_pos (Nat.mul_pos
      (Nat.lcm_pos hA.den hcheck.rows.den) hcheck.slope) hcheck.den) hg).1
  · obtain ⟨f, hf, hden⟩ := hop α
    have key := hev α f (hf hcheck.slope) (v.get env) r hn (v.holds_limits hc).2
    rw [← hden, Nat.zero_add] at key
    rw [Lanes.val_of_packed (v := TwoPiece.partsLanes p q A B v cuts) hg hn]
    show A.eval (op.denote (v.get env, ())) r ≤ B.eval (v.get env) r + 0 + _
    have e : (TwoPiece.partsLanes p q A B v cuts).den =
      Nat.mul (Nat.mul (Nat.lcm A.den B.den) q) (Part.head (v.limits cuts).parts).den := rfl
    rw [e]
    grind

/-- `relu`, with coefficients `B` for its argument. -/
theorem reluParts (B : Rows) (hok : TwoPiece.partsStepOk n 0 1 A B v cuts T d = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil) (some B, ()))
      (d.sub n (TwoPiece.partsLanes 0 1 A B v cuts))) :
    (tr.bind (.relu : Op [t] t) (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  refine twoPieceParts (fun α _ _ => ⟨fun z => maxOf z 0, fun _ => ⟨fun z hz => ?_, fun z hz => ?_⟩,
    fun _ => rfl⟩) B hok h
  · simp only [maxOf]; split <;> grind
  · simp only [maxOf, ratio_zero]; split <;> grind

/-- Forms of the input are bounded by their largest values, those of each part on its box. -/
theorem inputParts {cuts : Cuts [s]} (bits : Nat)
    (hok : A.supPartsOk n (Shape.size s) bits d cuts.1.parts = true) :
    Trace.input.Bounds X n cuts (some A, ()) d := by
  intro hg hd α _ _ env _ r hn hc
  rw [Rows.supPartsOk, Bool.and_eq_true, Nat.beq_eq] at hok
  have main : ∀ (parts : List Part) (first r : Nat), first + Part.total parts ≤ n →
      Part.all (fun first part => (A.slice first part.count).supOk (Shape.size s) part.box [] &&
        ((A.slice first part.count).sup part.count (Shape.size s) part.box []).le part.count bits
          (d.slice first part.count)) parts first = true →
      r < Part.total parts → Part.Hold env.1 parts r →
      A.eval env.1 (first + r) ≤ d.val (first + r) := fun parts => by
    induction parts with
    | nil => exact fun _ _ _ _ h => absurd h (Nat.not_lt_zero _)
    | cons part parts ih =>
      intro first r hle hall hr hold
      have hle' : first + (part.count + Part.total parts) ≤ n := hle
      have hr : r < part.count + Part.total parts := hr
      rw [Part.all, Bool.and_eq_true, Bool.and_eq_true] at hall
      obtain ⟨⟨hsup, hcmp⟩, hall⟩ := hall
      by_cases hlt : r < part.count
      · have hsup := Rows.supChecked_of_ok hsup
        have hA := (hg.1.slice (first := first) (count := part.count) (by omega)).1
        have hds := hd.slice (first := first) (count := part.count) (by omega)
        have h1 := hA.eval_le_sup hsup (hold.1 hlt) hlt fun c hc => (List.not_mem_nil hc).elim
        have h2 := (Lanes.good_of_packed
          (v := (A.slice first part.count).sup part.count (Shape.size s) part.box [])
          (Nat.mul_pos hA.den hsup.den) (Rows.sup_packed hA hsup)).1.le (α := α) hds.1 hcmp hlt
        rw [hds.2 α r hlt] at h2
        rw [hg.1.eval_slice (by omega) _ hlt] at h1
        exact Std.le_trans h1 h2
      · have key := ih (first + part.count) (r - part.count) (by omega) hall (by omega)
          (hold.2 (by omega))
        rwa [show first + part.count + (r - part.count) = first + r by omega] at key
  have key := main cuts.1.parts 0 r (by omega) hok.2 (by omega) hc.1.2
  rw [Nat.zero_add] at key
  show A.eval env.1 r + 0 ≤ _
  grind

end Trace.Bounds

end Lemmanet
