module

public import Lemmanet.Sound.Affine.Goal

/-!
# Smaller boxes from bounds on forms

A form with a single coefficient bounds an entry. The box of a value becomes smaller by such forms; what
comes after in the trace then starts from the smaller box.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

namespace Rows

variable {α : Type} [OrderedField α] {s : Shape} {A : Rows} {d : Lanes} {n size k : Nat}

/-- The absolute values of the coefficients of form `r`, added up. -/
@[expose] def absTotal (size : Nat) (A : Rows) (r : Nat) : Nat :=
  nsum size fun i => (A.int i r).natAbs

/-- What `absSum` computes. -/
theorem digit_absSum (hA : A.Good n size) (h : A.absSumOk size k = true) {r : Nat} (hr : r < n) :
    digit k k (A.absSum n k) r = absTotal size A r := by
  simp only [absSumOk, widenOk, Bool.and_eq_true, Nat.blt_eq, Nat.ble_eq] at h
  obtain ⟨⟨⟨hk, hbits, hwide⟩, ho⟩, hsum⟩ := h
  have hterm : A.absSum n k = pack k (absTotal size A) n := by
    unfold absSum absTotal
    rw [addAll_eq, pack_nsum]
    have hmap := mapEntries_spec (fun x => Nat.add
      (positivePart k n A.offset (Lemmanet.widen A.bits k n x))
      (positivePart k n A.offset (laneNeg k n A.offset (Lemmanet.widen A.bits k n x)))) A.entries
    rw [hmap.1, hA.length]
    refine nsum_congr fun i hi => ?_
    rw [hmap.2 i (by rw [hA.length]; exact hi)]
    have hp := (hA.packed i hi).widen hbits hwide
    show positivePart k n A.offset _ + positivePart k n A.offset _ = _
    rw [hp.positivePart_eq hk ho, (hp.neg hk hwide).positivePart_eq hk ho, ← pack_add]
    exact pack_congr fun r _ => by omega
  rw [hterm, digit_pack (fun r hr => ?_) hr]
  refine Nat.lt_of_le_of_lt ?_ hsum
  show _ ≤ size * (2 * A.offset)
  rw [← nsum_const]
  refine nsum_le_nsum fun i hi => ?_
  have h1 := (hA.packed i hi).low r hr
  have h2 := (hA.packed i hi).high r hr
  omega

/-- A form whose coefficients add up, in absolute value, to that for one entry has no others. -/
theorem eval_of_absTotal {x : Tensor α s} {r : Nat} (hk : k < Shape.size s)
    (h : absTotal (Shape.size s) A r = (A.int k r).natAbs) : A.eval x r = A.val k r * x.at k := by
  have hz : ∀ i, i < Shape.size s → i ≠ k → A.int i r = 0 := by
    have key : ∀ m, k < m → (∀ i, i < m → i ≠ k → A.int i r = 0) ∨
        (A.int k r).natAbs < nsum m fun i => (A.int i r).natAbs := by
      intro m
      induction m with
      | zero => intro h; omega
      | succ m ih =>
        intro hkm
        by_cases hm : k = m
        · subst hm
          by_cases h0 : (nsum k fun i => (A.int i r).natAbs) = 0
          · left
            intro i hi hne
            have := nsum_le_nsum (n := k) (f := fun j => if j = i then (A.int i r).natAbs else 0)
              (g := fun j => (A.int j r).natAbs) fun j _ => by
                by_cases hj : j = i
                · subst hj; simp
                · simp [hj]
            rw [nsum_single (i := i) (by omega) fun j _ hj => if_neg hj, if_pos rfl] at this
            omega
          · right
            simp only [nsum]
            omega
        · rcases ih (by omega) with h1 | h1
          · by_cases h0 : A.int m r = 0
            · left
              intro i hi hne
              by_cases him : i = m
              · rw [him]; exact h0
              · exact h1 i (by omega) hne
            · right
              have h2 := nsum_single (n := m) (i := k) (f := fun i => (A.int i r).natAbs) (by omega)
                fun j hj hne => by
                  show (A.int j r).natAbs = 0
                  rw [h1 j hj hne]; rfl
              simp only [nsum, h2]
              omega
          · right
            simp only [nsum]
            omega
    rcases key _ hk with h1 | h1
    · exact h1
    · rw [absTotal] at h
      omega
  unfold eval
  rw [← sum_single hk (A.val k r * x.at k)]
  refine sum_congr fun i hi => ?_
  by_cases hik : k = i
  · rw [if_pos hik, hik]
  · rw [if_neg hik]
    have : (A.val i r : α) = 0 := by
      show ratio (A.int i r) A.den = _
      rw [hz i hi (Ne.symm hik), ratio_zero]
    rw [this]
    grind

/-- A bound on a positive multiple is a bound. -/
private theorem le_of_multiple {x : α} {a e : Int} {da dd db : Nat} {c : Int} (ha : 0 < a)
    (hda : 0 < da) (hdd : 0 < dd) (hdb : 0 < db) (h : ratio a da * x ≤ ratio c dd)
    (hle : c * ((da * db : Nat) : Int) ≤ e * (a * dd)) : x ≤ ratio e db := by
  have hap := intCast_lt (α := α) ha
  rw [Ring.intCast_zero] at hap
  have h1 := natCast_pos (α := α) hda
  have h2 := natCast_pos (α := α) hdd
  have h3 := natCast_pos (α := α) hdb
  rw [le_ratio_iff hdb]
  rw [le_ratio_iff hdd] at h
  have hle := intCast_le (α := α) hle
  simp only [Ring.intCast_mul, Ring.intCast_natCast, Semiring.natCast_mul] at hle
  refine Std.not_lt.1 fun hlt => ?_
  have h4 := OrderedRing.mul_lt_mul_of_pos_right hlt
    (OrderedRing.mul_pos hap h2)
  have e1 : ratio a da * x * (dd : α) * ((da : α) * (db : α)) =
      x * (db : α) * ((a : α) * (dd : α)) := by
    unfold ratio; grind
  have h5 := OrderedRing.mul_le_mul_of_nonneg_right h (Std.le_of_lt (OrderedRing.mul_pos h1 h3))
  rw [e1] at h5
  grind

variable {old new : Box s} {x : Tensor α s} {bits : Nat}

/-- A digit of a coefficient. -/
private theorem digit_eq_int (A : Rows) (k r : Nat) :
    A.int k r = (digit A.bits A.bits (A.entries.getD k 0) r : Int) - A.offset :=
  Int.subNatNat_eq_coe

/-- An upper end that follows from a form. -/
theorem le_of_upperFrom (hA : A.Good n (Shape.size s)) (hd : d.Good n) (hn : new.regular = true)
    (hs : A.absSumOk (Shape.size s) bits = true) {r : Nat} (hr : r < n)
    (hb : A.eval x r ≤ d.val r) (hk : k < Shape.size s)
    (h : A.upperFrom d new.flat bits (A.absSum n bits) k (A.entries.getD k 0) r = true) :
    x.at k ≤ new.hi.val k := by
  simp only [upperFrom, Bool.and_eq_true, Nat.blt_eq, Nat.beq_eq, zle_iff,
    digit_absSum hA hs hr] at h
  obtain ⟨⟨h1, h2⟩, h3⟩ := h
  have hi := digit_eq_int A k r
  have h2 : absTotal (Shape.size s) A r + A.offset =
      digit A.bits A.bits (A.entries.getD k 0) r := h2
  have hpos : 0 < A.int k r := by omega
  rw [eval_of_absTotal hk (by omega)] at hb
  have hnd := (Box.regular_iff.1 hn).1
  refine le_of_multiple hpos hA.den hd.den hnd hb ?_
  rw [Box.flat_ival hn] at h3
  have e : (absTotal (Shape.size s) A r : Int) = A.int k r := by omega
  rw [Nat.mul_eq, Nat.mul_eq, Int.natCast_mul (absTotal _ _ _), e] at h3
  exact h3

/-- A lower end that follows from a form. -/
theorem le_of_lowerFrom (hA : A.Good n (Shape.size s)) (hd : d.Good n) (hn : new.regular = true)
    (hs : A.absSumOk (Shape.size s) bits = true) {r : Nat} (hr : r < n)
    (hb : A.eval x r ≤ d.val r) (hk : k < Shape.size s)
    (h : A.lowerFrom d new.flat bits (A.absSum n bits) k (A.entries.getD k 0) r = true) :
    new.lo.val k ≤ x.at k := by
  simp only [lowerFrom, Bool.and_eq_true, Nat.blt_eq, Nat.beq_eq, zle_iff,
    digit_absSum hA hs hr] at h
  obtain ⟨⟨h1, h2⟩, h3⟩ := h
  have hi := digit_eq_int A k r
  have h2 : digit A.bits A.bits (A.entries.getD k 0) r + absTotal (Shape.size s) A r =
      A.offset := h2
  have hneg : 0 < -A.int k r := by omega
  rw [eval_of_absTotal hk (by omega)] at hb
  have hnd := (Box.regular_iff.1 hn).1
  have hr1 : ∀ (a : Int) (d : Nat), (ratio (-a) d : α) = -ratio a d := fun a d => by
    unfold ratio; rw [Ring.intCast_neg]; grind
  have hb' : (ratio (-A.int k r) A.den : α) * (-x.at k) ≤ ratio (d.int r) d.den := by
    rw [hr1]
    have : (A.val k r : α) = ratio (A.int k r) A.den := rfl
    rw [this] at hb
    have : (d.val r : α) = ratio (d.int r) d.den := rfl
    grind
  have h4 := le_of_multiple (e := -new.lo.num k) hneg hA.den hd.den hnd hb' (by
    rw [Box.flat_ival hn] at h3
    have e : (absTotal (Shape.size s) A r : Int) = -A.int k r := by omega
    rw [Nat.mul_eq, Nat.mul_eq, Int.natCast_mul (absTotal _ _ _), e] at h3
    have h3 : new.lo.num k * (-A.int k r * (d.den : Int)) ≤
        -d.int r * ((A.den * new.den : Nat) : Int) := h3
    rw [Int.neg_mul (d.int r)] at h3
    rw [Int.neg_mul (new.lo.num k)]
    omega)
  rw [hr1] at h4
  show ratio (new.lo.num k) new.den ≤ _
  grind

/-- What `allEntries` checks. -/
theorem allEntries_apply {f : Nat → Nat → Bool} {xs : List Nat} {i : Nat}
    (h : allEntries f xs i = true) {k : Nat} (hk : k < xs.length) :
    f (i + k) (xs.getD k 0) = true := by
  induction xs generalizing i k with
  | nil => simp at hk
  | cons x xs ih =>
    have h : (f i x && allEntries f xs (i + 1)) = true := h
    rw [Bool.and_eq_true] at h
    cases k with
    | zero => exact h.1
    | succ k =>
      rw [List.getD_cons_succ, show i + (k + 1) = i + 1 + k by omega]
      exact ih h.2 (by simpa using hk)

/-- What `endOk` checks. -/
theorem endOk_cases {width picks y : Nat} {old : Nat → Bool} {form : Nat → Nat → Nat → Bool}
    (h : endOk n width picks old form k y = true) :
    old k = true ∨ ∃ r, r < n ∧ form k y r = true := by
  unfold endOk at h
  split at h
  · exact .inl h
  · next r _ =>
    rw [Bool.and_eq_true, Nat.blt_eq] at h
    exact .inr ⟨r, h⟩

/-- The smaller box contains the tensor. -/
theorem mem_of_tightenOk {width low high : Nat}
    (h : A.tightenOk n bits d old new width low high = true) (hx : old.Mem x)
    (hb : ∀ r, r < n → A.eval x r ≤ d.val r) : new.Mem x := by
  simp only [tightenOk, Bool.and_eq_true] at h
  obtain ⟨⟨⟨⟨⟨hA, hd⟩, hs⟩, ho⟩, hn⟩, hall⟩ := h
  have hA := good_of_ok hA
  have hd := Lanes.good_of_ok hd
  intro k hk
  have hk' := allEntries_apply hall (k := k) (by rw [hA.length]; exact hk)
  rw [Nat.zero_add, Bool.and_eq_true] at hk'
  refine ⟨?_, ?_⟩
  · rcases endOk_cases hk'.2 with h1 | ⟨r, hr, h1⟩
    · exact Std.le_trans (Flat.low_le hn ho h1) (hx k hk).1
    · exact le_of_lowerFrom hA hd hn hs hr (hb r hr) hk h1
  · rcases endOk_cases hk'.1 with h1 | ⟨r, hr, h1⟩
    · exact Std.le_trans (hx k hk).2 (Flat.high_le ho hn h1)
    · exact le_of_upperFrom hA hd hn hs hr (hb r hr) hk h1

end Rows

/-- The box of the last value of a trace, made smaller by bounds on its forms. The digits of `low` and
`high` say which form each end comes from: zero stands for the old box, `r + 1` for form `r`. -/
theorem Trace.Facts.tighten {s t : Shape} {Γ : List Shape} {tr : Trace s (t :: Γ)} {X : Post s}
    {old : Box t} {bs : BoxEnv Γ} {n : Nat} {A : Rows} {d : Lanes} (bits : Nat)
    (facts : tr.Facts X (old, bs)) (h : tr.Bounds X n Cuts.none (some A, Terms.none) d)
    (new : Box t) (width low high : Nat)
    (hok : A.tightenOk n bits d old new width low high = true) : tr.Facts X (new, bs) := by
  intro α _ _ env hr
  have hbs := facts α env hr
  refine ⟨Rows.mem_of_tightenOk hok hbs.1 fun r hn => ?_, hbs.2⟩
  have hok' := hok
  simp only [Rows.tightenOk, Bool.and_eq_true] at hok'
  obtain ⟨⟨⟨⟨⟨hA, hd⟩, -⟩, -⟩, -⟩, -⟩ := hok'
  have := h ⟨Rows.good_of_ok hA, Terms.good_none⟩ (Lanes.good_of_ok hd) α env hr r hn
    (Cuts.holds_none env r)
  have e : Terms.eval (Γ := t :: Γ) (some A, Terms.none) env r =
      A.eval env.1 r + (Terms.none : Terms Γ).eval env.2 r := rfl
  rw [e, Terms.eval_none] at this
  grind

end Lemmanet
