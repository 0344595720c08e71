module

public import Lemmanet.Exec.Parts
public import Lemmanet.Sound.Bounds

/-!
# Lanes of parts

Cutting lanes out of a number and joining them again.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {n size first count : Nat}

namespace Packed

variable {k m o x y : Nat} {f g : Nat → Int}

/-- Some of the lanes. -/
theorem slice (h : Packed k n o x f) (hle : first + count ≤ n) :
    Packed k count o (bitsAt x (k * first) (k * count)) (fun r => f (first + r)) where
  eq := by
    conv => lhs; rw [← pack_digit (bitsAt_lt x (k * first) (k * count))]
    refine pack_congr fun r hr => ?_
    rw [digit_bitsAt (Nat.le_refl k) x first hr, h.eq]
    exact digit_pack h.lt (by omega)
  low r hr := h.low _ (by omega)
  high r hr := h.high _ (by omega)
  lt r hr := h.lt _ (by omega)

/-- Lanes behind others. -/
theorem append (hx : Packed k m o x f) (hy : Packed k n o y g) :
    Packed k (m + n) o (x + 2 ^ (k * m) * y) (fun r => if r < m then f r else g (r - m)) where
  eq := by
    rw [pack_append, hx.eq, hy.eq]
    congr 1
    · exact pack_congr fun r hr => by rw [if_pos hr]
    · congr 1
      exact pack_congr fun r _ => by rw [if_neg (by omega), Nat.add_sub_cancel_left]
  low r hr := by
    split
    · exact hx.low r ‹_›
    · exact hy.low _ (by omega)
  high r hr := by
    split
    · exact hx.high r ‹_›
    · exact hy.high _ (by omega)
  lt r hr := by
    split
    · exact hx.lt r ‹_›
    · exact hy.lt _ (by omega)

/-- No lanes at all. -/
theorem empty (k o : Nat) : Packed k 0 o 0 f where
  eq := rfl
  low _ h := absurd h (Nat.not_lt_zero _)
  high _ h := absurd h (Nat.not_lt_zero _)
  lt _ h := absurd h (Nat.not_lt_zero _)

end Packed

/-- Some of the lanes hold the values of these. -/
theorem Lanes.Good.slice {d : Lanes} (h : d.Good n) (hle : first + count ≤ n) :
    (d.slice first count).Good count ∧
      ∀ (α : Type) [OrderedField α] (r : Nat), r < count →
        ((d.slice first count).val r : α) = d.val (first + r) := by
  have hp := h.packed.slice hle
  exact ⟨(Lanes.good_of_packed (v := d.slice first count) h.den hp).1,
    fun α _ r hr => Lanes.val_of_packed (v := d.slice first count) hp hr⟩

namespace Rows

variable {A : Rows}

/-- Some of the forms. -/
theorem Good.slice (h : A.Good n size) (hle : first + count ≤ n) :
    (A.slice first count).Good count size ∧
      ∀ k, k < size → ∀ r, r < count → (A.slice first count).int k r = A.int k (first + r) := by
  obtain ⟨hl, hget⟩ := mapEntries_spec
    (fun x => bitsAt x (Nat.mul A.bits first) (Nat.mul A.bits count)) A.entries
  refine good_of_packed (A := A.slice first count) h.den (hl.trans h.length) fun k hk => ?_
  show Packed A.bits count A.offset ((mapEntries _ A.entries).getD k 0) _
  rw [hget k (by rw [h.length]; exact hk)]
  exact (h.packed k hk).slice hle

/-- Their values. -/
theorem Good.eval_slice {α : Type} [OrderedField α] {s : Shape} (h : A.Good n (Shape.size s))
    (hle : first + count ≤ n) (x : Tensor α s) {r : Nat} (hr : r < count) :
    (A.slice first count).eval x r = A.eval x (first + r) := by
  unfold eval
  refine sum_congr fun k hk => ?_
  rw [val_eq ((h.slice hle).2 k hk r hr)]
  rfl

end Rows

/-! ## Literals -/

/-- Lists with the same numbers are equal. -/
theorem eq_of_sameEntries : {xs ys : List Nat} → sameEntries xs ys = true → xs = ys
  | [], [], _ => rfl
  | x :: xs, y :: ys, h => by
    rw [sameEntries, Bool.and_eq_true, Nat.beq_eq] at h
    rw [h.1, eq_of_sameEntries h.2]
  | [], _ :: _, h => nomatch h
  | _ :: _, [], h => nomatch h

/-- Rows with the same literals are equal. -/
theorem Rows.eq_of_same {A B : Rows} (h : A.same B = true) : A = B := by
  simp only [Rows.same, Bool.and_eq_true, Nat.beq_eq] at h
  obtain ⟨⟨⟨h₁, h₂⟩, h₃⟩, h₄⟩ := h
  replace h₄ := eq_of_sameEntries h₄
  cases A; cases B
  simp only at h₁ h₂ h₃ h₄
  subst h₁ h₂ h₃ h₄
  rfl

/-- Lanes with the same literals are equal. -/
theorem Lanes.eq_of_same {v w : Lanes} (h : v.same w = true) : v = w := by
  simp only [Lanes.same, Bool.and_eq_true, Nat.beq_eq] at h
  obtain ⟨⟨⟨h₁, h₂⟩, h₃⟩, h₄⟩ := h
  cases v; cases w
  simp only at h₁ h₂ h₃ h₄
  subst h₁ h₂ h₃ h₄
  rfl

/-! ## Limits of parts -/

/-- Boxes with the same literals are equal. -/
theorem Flat.eq_of_same {f g : Flat} (h : f.same g = true) : f = g := by
  simp only [Flat.same, Bool.and_eq_true, Nat.beq_eq] at h
  obtain ⟨⟨⟨⟨⟨h₁, h₂⟩, h₃⟩, h₄⟩, h₅⟩, h₆⟩ := h
  cases f; cases g
  simp only at h₁ h₂ h₃ h₄ h₅ h₆
  subst h₁ h₂ h₃ h₄ h₅ h₆
  rfl

variable {α : Type} [OrderedField α] {s : Shape} {Γ : List Shape} {r : Nat}

/-- A tensor of the box meets the limits of the forms of this part. -/
theorem Part.hold_of_isAt {box : Flat} {parts : List Part} {x : Tensor α s}
    (h : Part.isAt box count parts first = true) (hx : box.Mem x) (h1 : first ≤ r)
    (h2 : r < first + count) : Part.Hold x parts r := by
  induction parts generalizing first r with
  | nil => trivial
  | cons p parts ih =>
    match first with
    | 0 =>
      simp only [isAt, Bool.and_eq_true, Nat.beq_eq] at h
      exact ⟨fun _ => Flat.eq_of_same h.2 ▸ hx, fun h3 => by omega⟩
    | first + 1 =>
      simp only [isAt, Bool.and_eq_true, Nat.ble_eq, Nat.sub_eq] at h
      exact ⟨fun h3 => by omega, fun _ => ih h.2 (by omega) (by omega)⟩

/-- Tensors of the boxes meet the limits of the forms. -/
theorem Cuts.holds_of_met : {Γ : List Shape} → {cuts : Cuts Γ} → {bs : BoxEnv Γ} → {env : Env α Γ} →
    cuts.met first count bs = true → bs.Mem env → first ≤ r → r < first + count → cuts.Holds env r
  | [], _, _, _, _, _, _, _ => trivial
  | _ :: _, (limits, cuts), (b, bs), env, h, hm, h1, h2 => by
    have h : (limits.cuts.isEmpty &&
      (limits.parts.isEmpty || (b.regular && Part.isAt b.flat count limits.parts first)) &&
      cuts.met first count bs) = true := h
    simp only [Bool.and_eq_true, Bool.or_eq_true, List.isEmpty_iff] at h
    obtain ⟨⟨hc, hp⟩, hrest⟩ := h
    refine ⟨⟨fun c hc' => ?_, ?_⟩, holds_of_met hrest hm.2 h1 h2⟩
    · rw [hc] at hc'
      exact (List.not_mem_nil hc').elim
    · rcases hp with hp | hp
      · rw [hp]; trivial
      · exact Part.hold_of_isAt hp.2
          (fun k hk => by
            rw [Box.flat_ival hp.1]
            exact Box.mem_ival hm.1 (Box.regular_iff.1 hp.1).1 hk) h1 h2

/-- Values that arise from inputs with some property arise from inputs. -/
theorem Trace.reach_all [DecidableLE α] {tr : Trace s Γ} {X : Tensor α s → Prop} {env : Env α Γ}
    (h : tr.Reach X env) : tr.Reach (fun _ => True) env := by
  induction tr with
  | input => trivial
  | bind tr op args ih => exact ⟨h.1, ih h.2⟩

/-- No condition on the input. -/
@[expose] def Post.all : Post s := fun _ _ _ _ => True

/-- The bounds `e` on the forms `C` of one part: on the boxes that are known there, their limits are
met. -/
theorem Trace.Bounds.part {t : Shape} {ins : List Shape} {tr : Trace s Γ} {op : Op ins t}
    {args : Args Γ ins} {X : Post s} {bs : BoxEnv Γ} {cuts : Cuts (t :: Γ)} {A : Rows} {d : Lanes}
    (h : (tr.bind op args).Bounds Post.all n cuts (some A, Terms.none) d) (facts : tr.Facts X bs)
    (first count : Nat) (C : Rows) (e : Lanes)
    (hok : (A.ok n (Shape.size t) && d.ok n && Nat.ble (Nat.add first count) n &&
      cuts.1.cuts.isEmpty && cuts.1.parts.isEmpty && Cuts.met first count cuts.2 bs &&
      (A.slice first count).same C && (d.slice first count).same e) = true) :
    (tr.bind op args).Bounds X count Cuts.none (some C, Terms.none) e := by
  simp only [Bool.and_eq_true, Nat.ble_eq, Nat.add_eq, List.isEmpty_iff] at hok
  obtain ⟨⟨⟨⟨⟨⟨⟨hA, hd⟩, hle⟩, hc⟩, hp⟩, hmet⟩, hC⟩, he⟩ := hok
  rw [← Rows.eq_of_same hC, ← Lanes.eq_of_same he]
  have hA := Rows.good_of_ok hA
  have hd := Lanes.good_of_ok hd
  intro _ _ α _ _ env hr r hn _
  have hcuts : cuts.Holds env (first + r) := by
    obtain ⟨limits, cuts⟩ := cuts
    refine ⟨⟨fun c hc' => ?_, ?_⟩,
      Cuts.holds_of_met hmet (facts α env.2 hr.2) (by omega) (by omega)⟩
    · have hc : limits.cuts = [] := hc
      rw [hc] at hc'
      exact (List.not_mem_nil hc').elim
    · have hp : limits.parts = [] := hp
      rw [hp]
      trivial
  have key := h ⟨hA, Terms.good_none⟩ hd α env ⟨hr.1, Trace.reach_all hr.2⟩ (first + r) (by omega)
    hcuts
  rw [(hd.slice hle).2 α r hn]
  have e : ∀ (C : Rows) (i : Nat), Terms.eval (Γ := t :: Γ) (some C, Terms.none) env i =
      C.eval env.1 i + (Terms.none : Terms Γ).eval env.2 i := fun _ _ => rfl
  rw [e, Terms.eval_none] at key ⊢
  rw [hA.eval_slice hle env.1 hn]
  exact key

end Lemmanet
