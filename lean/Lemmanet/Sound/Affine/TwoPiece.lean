module

public import Lemmanet.Sound.Affine.Pieces

/-!
# Operators of two linear pieces are relaxed soundly

The constants that `TwoPiece.constants` computes make up for replacing `relu`, `leakyRelu` or `abs` by
given multiples of their argument.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

namespace TwoPiece

variable {n size : Nat} {p : Int} {q : Nat} {A B : Rows} {s : Shape} {box : Flat} {cuts : List Cut}

/-- What `ok` says. -/
structure Checked (n : Nat) (p : Int) (q : Nat) (A B : Rows) (box : Flat) (size : Nat) : Prop where
  /-- The given coefficients. -/
  rows : B.Good n size
  /-- Their digits can be widened. -/
  wide : B.widenOk A.bits = true
  /-- The denominator of the box is positive. -/
  den : 0 < box.den
  /-- The denominator of the slope is positive. -/
  slope : 0 < q
  /-- Lanes have digits. -/
  bits : 0 < A.bits
  /-- No constant uses the top bit. -/
  term : termBound p q A B box < 2 ^ (A.bits - 1)
  /-- No sum of constants overflows. -/
  sum : 2 * (size * termBound p q A B box) < 2 ^ A.bits

/-- `ok` checks it. -/
theorem checked_of_ok (h : ok n p q A B box size = true) : Checked n p q A B box size := by
  simp only [ok, Bool.and_eq_true, Nat.blt_eq] at h
  obtain ⟨⟨⟨⟨⟨⟨h₁, h₂⟩, h₃⟩, h₄⟩, h₅⟩, h₆⟩, h₇⟩ := h
  exact ⟨Rows.good_of_ok h₁, h₂, h₃, h₄, h₅, h₆, h₇⟩

/-- The constant of entry `k` and form `r`. -/
@[expose] def termNum (p : Int) (q : Nat) (A B : Rows) (box : Flat) (cuts : List Cut) (k r : Nat) :
    Nat :=
  Nat.max
    (q * (box.get box.highPos k - box.get box.highNeg k) *
      if (bitsBelow cuts k).testBit r then 0 else
        ((left A B : Int) * A.int k r - right A B * B.int k r).toNat)
    ((box.get box.lowNeg k - box.get box.lowPos k) *
      if (bitsAbove cuts k).testBit r then 0 else
        ((q : Int) * (right A B * B.int k r) - p * (left A B * A.int k r)).toNat)

/-- Both offsets are within the bound. -/
private theorem offsets_le (hq : 0 < q) (box : Flat) :
    q * upOffset A B * 2 ^ box.width ≤ termBound p q A B box ∧
      downOffset p q A B * 2 ^ box.width ≤ termBound p q A B box ∧
      upOffset A B ≤ termBound p q A B box ∧ downOffset p q A B ≤ termBound p q A B box := by
  have h := Nat.two_pow_pos box.width
  have e : termBound p q A B box =
      q * upOffset A B * 2 ^ box.width + downOffset p q A B * 2 ^ box.width := by
    show 2 ^ box.width * (q * upOffset A B + downOffset p q A B) = _
    rw [Nat.mul_add]; ac_rfl
  have h1 := Nat.le_mul_of_pos_right (q * upOffset A B) h
  have h2 := Nat.le_mul_of_pos_right (downOffset p q A B) h
  have h3 := Nat.le_mul_of_pos_left (upOffset A B) hq
  omega

/-- The digits of a box are small. -/
private theorem get_lt (box : Flat) (x k : Nat) : box.get x k < 2 ^ box.width := by
  rw [Flat.get_eq]; exact digit_lt ..

/-- The constants of an entry, lane by lane. -/
theorem term_eq (hA : A.Good n size) (h : Checked n p q A B box size) {k : Nat} (hk : k < size) :
    term n p q A B box cuts k (A.entries.getD k 0) ((B.widen n A.bits).entries.getD k 0) =
      pack A.bits (termNum p q A B box cuts k) n ∧
    ∀ r, r < n → termNum p q A B box cuts k r ≤ termBound p q A B box := by
  obtain ⟨o1, o2, o3, o4⟩ := offsets_le (p := p) (A := A) (B := B) h.slope box
  have hterm := h.term
  have htwo : 2 ^ A.bits = 2 ^ (A.bits - 1) + 2 ^ (A.bits - 1) := by
    have := h.bits
    rw [← Nat.mul_two, ← Nat.pow_succ]; congr 1; omega
  have pa := hA.packed k hk
  have pb : Packed A.bits n B.offset ((B.widen n A.bits).entries.getD k 0) (B.int k) := by
    have hw := h.wide
    simp only [Rows.widenOk, Bool.and_eq_true, Nat.blt_eq, Nat.ble_eq] at hw
    have hget := (mapEntries_spec (Lemmanet.widen B.bits A.bits n) B.entries).2 k
      (by rw [h.rows.length]; exact hk)
    have := (h.rows.packed k hk).widen hw.1 hw.2
    rwa [← hget] at this
  -- the two differences of coefficients
  have hup : Packed A.bits n (upOffset A B)
      (upLanes n A B (A.entries.getD k 0) ((B.widen n A.bits).entries.getD k 0))
      (fun r => (left A B : Int) * A.int k r - right A B * B.int k r) := by
    refine .of_pack (u := fun r => left A B * (A.int k r + A.offset).toNat +
      right A B * (-B.int k r + B.offset).toNat) ?_ (fun r hr => ?_) (fun r hr => ?_) (by omega)
    · rw [pack_add, pack_mul_left, pack_mul_left, ← pa.eq, ← pb.laneNeg_eq h.bits]; rfl
    · have a1 := pa.digit_cast hr
      have a2 : (((-B.int k r + B.offset).toNat : Nat) : Int) = -B.int k r + B.offset := by
        have := pb.high r hr; omega
      simp only [upOffset, Nat.add_eq, Nat.mul_eq, Int.natCast_add, Int.natCast_mul, a1, a2]
      grind
    · have b1 := Nat.mul_le_mul_left (left A B) (pa.digit_le hr)
      have b2 : (-B.int k r + B.offset).toNat ≤ 2 * B.offset := by have := pb.low r hr; omega
      have b2 := Nat.mul_le_mul_left (right A B) b2
      simp only [upOffset, Nat.add_eq, Nat.mul_eq, Nat.mul_add]
      rw [Nat.mul_left_comm] at b1 b2
      exact Nat.add_le_add b1 b2
  have hdown : Packed A.bits n (downOffset p q A B)
      (downLanes n p q A B (A.entries.getD k 0) ((B.widen n A.bits).entries.getD k 0))
      (fun r => (q : Int) * (right A B * B.int k r) - p * (left A B * A.int k r)) := by
    -- `-p * a` as a multiple by `|p|`
    obtain ⟨z, hz, hzle, hzp⟩ : ∃ z : Nat → Nat,
        cond (zle 0 p) (laneNeg A.bits n A.offset (A.entries.getD k 0)) (A.entries.getD k 0) =
          pack A.bits z n ∧ (∀ r, r < n → z r ≤ 2 * A.offset) ∧
        ∀ r, r < n → (p.natAbs : Int) * (z r : Int) = p.natAbs * A.offset - p * A.int k r := by
      cases hp : zle 0 p
      · have hp' : ¬ 0 ≤ p := fun h' => by rw [zle_iff.2 h'] at hp; cases hp
        refine ⟨_, pa.eq, fun r hr => pa.digit_le hr, fun r hr => ?_⟩
        rw [pa.digit_cast hr, show (p.natAbs : Int) = -p by omega]
        grind
      · have hp' := zle_iff.1 hp
        refine ⟨_, pa.laneNeg_eq h.bits, fun r hr => ?_, fun r hr => ?_⟩
        · have := pa.low r hr; omega
        · have : (((-A.int k r + A.offset).toNat : Nat) : Int) = -A.int k r + A.offset := by
            have := pa.high r hr; omega
          rw [this, show (p.natAbs : Int) = p by omega]
          grind
    refine .of_pack (u := fun r => q * right A B * (B.int k r + B.offset).toNat +
      p.natAbs * left A B * z r) ?_ (fun r hr => ?_) (fun r hr => ?_) (by omega)
    · rw [pack_add, pack_mul_left, pack_mul_left, ← pb.eq, ← hz]; rfl
    · have a1 := pb.digit_cast hr
      have a2 := hzp r hr
      simp only [downOffset, Nat.add_eq, Nat.mul_eq, Int.natCast_add, Int.natCast_mul, a1]
      have a3 : (p.natAbs : Int) * (left A B : Int) * (z r : Int) =
          left A B * (p.natAbs * (z r : Int)) := by ac_rfl
      rw [a3, a2]
      grind
    · have b1 := Nat.mul_le_mul_left (q * right A B) (pb.digit_le hr)
      have b2 := Nat.mul_le_mul_left (p.natAbs * left A B) (hzle r hr)
      simp only [downOffset, Nat.add_eq, Nat.mul_eq, Nat.mul_add]
      rw [Nat.mul_left_comm] at b1 b2
      exact Nat.add_le_add b1 b2
  have hU : ∀ r, r < n → ((left A B : Int) * A.int k r - right A B * B.int k r).toNat ≤
      upOffset A B := fun r hr => by have := hup.high r hr; omega
  have hD : ∀ r, r < n →
      ((q : Int) * (right A B * B.int k r) - p * (left A B * A.int k r)).toNat ≤
        downOffset p q A B := fun r hr => by have := hdown.high r hr; omega
  have hif : ∀ (c : Prop) [Decidable c] (x m : Nat), x ≤ m → (if c then 0 else x) ≤ m :=
    fun c _ x m h => by split <;> omega
  have hm1 : ∀ r, r < n → q * (box.get box.highPos k - box.get box.highNeg k) *
      (if (bitsBelow cuts k).testBit r then 0 else
        ((left A B : Int) * A.int k r - right A B * B.int k r).toNat) ≤
        termBound p q A B box := fun r hr => by
    refine Nat.le_trans (Nat.mul_le_mul (Nat.mul_le_mul_left q (Nat.le_of_lt
      (Nat.lt_of_le_of_lt (Nat.sub_le _ _) (get_lt box box.highPos k))))
      (hif _ _ _ (hU r hr))) (Nat.le_trans (Nat.le_of_eq ?_) o1)
    ac_rfl
  have hm2 : ∀ r, r < n → (box.get box.lowNeg k - box.get box.lowPos k) *
      (if (bitsAbove cuts k).testBit r then 0 else
        ((q : Int) * (right A B * B.int k r) - p * (left A B * A.int k r)).toNat) ≤
        termBound p q A B box := fun r hr => by
    refine Nat.le_trans (Nat.mul_le_mul (Nat.le_of_lt
      (Nat.lt_of_le_of_lt (Nat.sub_le _ _) (get_lt box box.lowNeg k)))
      (hif _ _ _ (hD r hr))) (Nat.le_trans (Nat.le_of_eq ?_) o2)
    ac_rfl
  refine ⟨?_, fun r hr => Nat.max_le.2 ⟨hm1 r hr, hm2 r hr⟩⟩
  show laneMax A.bits n (q * (box.get box.highPos k - box.get box.highNeg k) * _)
    ((box.get box.lowNeg k - box.get box.lowPos k) * _) = _
  rw [hup.positivePart_eq h.bits (by omega), hdown.positivePart_eq h.bits (by omega),
    dropLanes_eq h.bits _ fun r hr => by have := hU r hr; omega,
    dropLanes_eq h.bits _ fun r hr => by have := hD r hr; omega,
    ← pack_mul_left, ← pack_mul_left,
    laneMax_eq h.bits (fun r hr => Nat.lt_of_le_of_lt (hm1 r hr) hterm)
      (fun r hr => Nat.lt_of_le_of_lt (hm2 r hr) hterm)]
  rfl

/-- The constants, lane by lane. -/
theorem constants_packed (hA : A.Good n size) (h : Checked n p q A B box size) :
    Packed A.bits n (size * termBound p q A B box) (constants n p q A B box cuts size).num
      (fun r => (nsum size fun k => termNum p q A B box cuts k r : Nat)) := by
  have hlen : (B.widen n A.bits).entries.length = size :=
    (mapEntries_spec _ B.entries).1.trans h.rows.length
  have hle : ∀ r, r < n → (nsum size fun k => termNum p q A B box cuts k r) ≤
      size * termBound p q A B box := fun r hr => by
    rw [← nsum_const]
    exact nsum_le_nsum fun k hk => (term_eq hA h hk).2 r hr
  refine .of_pack (u := fun r => (nsum size fun k => termNum p q A B box cuts k r) +
    size * termBound p q A B box) ?_ (fun r _ => Int.natCast_add _ _)
    (fun r hr => by rw [Nat.two_mul]; exact Nat.add_le_add_right (hle r hr) _) h.sum
  rw [pack_add, ← mul_ones h.bits, pack_nsum]
  show sumPairs _ A.entries (B.widen n A.bits).entries 0 + _ = _
  rw [sumPairs_eq _ (hA.length.trans hlen.symm), hA.length]
  congr 1
  refine nsum_congr fun k hk => ?_
  rw [Nat.zero_add]
  exact (term_eq hA h hk).1

/-- The relaxation of an entrywise operator of two pieces. -/
theorem eval_le {α : Type} [OrderedField α] {f : α → α} (hf : IsTwoPiece p q f)
    (hA : A.Good n (Shape.size s)) (h : Checked n p q A B box (Shape.size s)) {x : Tensor α s}
    (hx : box.Mem x) {r : Nat} (hr : r < n) (hc : ∀ c, c ∈ cuts → c.Holds x r) :
    A.eval (.ofFn fun k => f (x.at k) : Tensor α s) r ≤
      B.eval x r + (constants n p q A B box cuts (Shape.size s)).val r := by
  have hd := h.den
  have hl := Nat.lcm_pos hA.den h.rows.den
  rw [Lanes.val_of_packed (v := constants n p q A B box cuts (Shape.size s))
    (constants_packed hA h) hr, natCast_nsum_int, ratio_isum]
  unfold Rows.eval
  rw [← sum_add]
  refine sum_le_sum fun k hk => ?_
  rw [Tensor.at_ofFn hk]
  obtain ⟨hlo, hhi⟩ := Flat.bounds hx hk
  have e1 : (A.val k r : α) = ratio ((left A B : Int) * A.int k r) (Nat.lcm A.den B.den) :=
    (Lanes.ratio_factor hA.den h.rows.den _).symm
  have e2 : (B.val k r : α) = ratio ((right A B : Int) * B.int k r) (Nat.lcm A.den B.den) :=
    (Lanes.ratio_factor' hA.den h.rows.den _).symm
  rw [e1, e2]
  refine two_piece_le (t := termNum p q A B box cuts k r)
    (up := box.get box.highPos k - box.get box.highNeg k)
    (down := box.get box.lowNeg k - box.get box.lowPos k) hf h.slope hl hd
    (Std.le_trans hhi (sub_le_natSub _ _)) (Std.le_trans ?_ (sub_le_natSub _ _)) ?_ ?_
  · show -(x.at k * (box.den : α)) ≤ _
    grind
  · by_cases hb : (bitsBelow cuts k).testBit r
    · exact .inl (nonpos_of_bitsBelow hc hb)
    · refine .inr (Nat.le_trans (Nat.le_of_eq ?_) (Nat.le_max_left _ _))
      rw [if_neg hb]
  · by_cases hb : (bitsAbove cuts k).testBit r
    · exact .inl (nonneg_of_bitsAbove hc hb)
    · refine .inr (Nat.le_trans (Nat.le_of_eq ?_) (Nat.le_max_right _ _))
      rw [if_neg hb]

variable {t : Shape} {Γ : List Shape}

/-- The constants for an argument that is a variable. -/
@[expose] def lanes (n : Nat) (p : Int) (q : Nat) (A B : Rows) (v : Var Γ t) (bs : BoxEnv Γ)
    (cuts : Cuts Γ) : Lanes :=
  constants n p q A B (v.box bs).flat (v.limits cuts).cuts (Shape.size t)

/-- The check of a step: forms `A` of the result, forms `B` of the argument, what is left of the forms
and of their bounds. -/
@[expose] def stepOk (n : Nat) (p : Int) (q : Nat) (A B : Rows) (v : Var Γ t) (bs : BoxEnv Γ)
    (cuts : Cuts Γ) (T : Terms Γ) (d : Lanes) : Bool :=
  (v.box bs).regular && ok n p q A B (v.box bs).flat (Shape.size t) &&
    (T.plusArgsOk n (.cons v .nil) (some B, ()) && d.subOk (lanes n p q A B v bs cuts))

end TwoPiece

namespace Trace.Bounds

variable {s t : Shape} {Γ : List Shape} {n : Nat} {tr : Trace s Γ} {X : Post s} {cuts : Cuts Γ}
  {cs : Limits} {T : Terms Γ} {A : Rows} {d : Lanes} {bs : BoxEnv Γ} {v : Var Γ t}

/-- An entrywise operator of two pieces. -/
theorem twoPiece {p : Int} {q : Nat} {op : Op [t] t}
    (hop : ∀ (α : Type) [OrderedField α] [DecidableLE α], ∃ f : α → α,
      (0 < q → IsTwoPiece p q f) ∧ ∀ x : Tensor α t, op.denote (x, ()) = .ofFn fun k => f (x.at k))
    (facts : tr.Facts X bs) (B : Rows) (hok : TwoPiece.stepOk n p q A B v bs cuts T d = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil) (some B, ()))
      (d.sub n (TwoPiece.lanes n p q A B v bs cuts))) :
    (tr.bind op (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  rw [TwoPiece.stepOk, Bool.and_eq_true, Bool.and_eq_true] at hok
  have hcheck := TwoPiece.checked_of_ok hok.1.2
  refine step (ins := [t]) (M := (some B, ())) (fun hA => ⟨⟨hcheck.rows, trivial⟩, ?_, ?_⟩) hok.2 h
  · refine (Lanes.good_of_packed (v := TwoPiece.lanes n p q A B v bs cuts) ?_
      (TwoPiece.constants_packed hA hcheck)).1
    exact Nat.mul_pos (Nat.mul_pos (Nat.lcm_pos hA.den hcheck.rows.den) hcheck.slope)
      hcheck.den
  · intro α _ _ env hr r hn hc
    obtain ⟨f, hf, hden⟩ := hop α
    have := TwoPiece.eval_le (hf hcheck.slope) hA hcheck (Box.mem_flat (v.mem_box (facts α env hr)) hok.1.1) hn
      (v.holds_limits hc).1
    rw [← hden] at this
    show A.eval (op.denote (v.get env, ())) r ≤ B.eval (v.get env) r + 0 +
      (TwoPiece.constants n p q A B (v.box bs).flat (v.limits cuts).cuts (Shape.size t)).val r
    grind

/-- `relu`, with coefficients `B` for its argument. -/
theorem relu (facts : tr.Facts X bs) (B : Rows)
    (hok : TwoPiece.stepOk n 0 1 A B v bs cuts T d = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil) (some B, ()))
      (d.sub n (TwoPiece.lanes n 0 1 A B v bs cuts))) :
    (tr.bind (.relu : Op [t] t) (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  refine twoPiece (fun α _ _ => ⟨fun z => maxOf z 0, fun _ => ⟨fun z hz => ?_, fun z hz => ?_⟩,
    fun _ => rfl⟩) facts B hok h
  · simp only [maxOf]; split <;> grind
  · simp only [maxOf, ratio_zero]; split <;> grind

/-- `leakyRelu`, with coefficients `B` for its argument. -/
theorem leakyRelu {p : Int} {q : Nat} (facts : tr.Facts X bs) (B : Rows)
    (hok : TwoPiece.stepOk n p q A B v bs cuts T d = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil) (some B, ()))
      (d.sub n (TwoPiece.lanes n p q A B v bs cuts))) :
    (tr.bind (.leakyRelu p q : Op [t] t) (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  refine twoPiece (fun α _ _ => ⟨fun z => if 0 ≤ z then z else ratio p q * z,
    fun _ => ⟨fun z hz => if_pos hz, fun z hz => ?_⟩, fun _ => rfl⟩) facts B hok h
  by_cases h0 : 0 ≤ z
  · show (if 0 ≤ z then z else ratio p q * z) = ratio p q * z
    rw [if_pos h0, show z = 0 from Std.le_antisymm hz h0]
    grind
  · exact if_neg h0

/-- `abs`, with coefficients `B` for its argument. -/
theorem abs (facts : tr.Facts X bs) (B : Rows)
    (hok : TwoPiece.stepOk n (-1) 1 A B v bs cuts T d = true)
    (h : tr.Bounds X n cuts (T.plusArgs n (.cons v .nil) (some B, ()))
      (d.sub n (TwoPiece.lanes n (-1) 1 A B v bs cuts))) :
    (tr.bind (.abs : Op [t] t) (.cons v .nil)).Bounds X n (cs, cuts) (some A, T) d := by
  have hr : ∀ (α : Type) [OrderedField α], (ratio (-1) 1 : α) = -1 := fun α _ => by
    unfold ratio; rw [Ring.intCast_neg, Ring.intCast_one, Semiring.natCast_one]; grind
  refine twoPiece (fun α _ _ => ⟨fun z => maxOf z (-z), fun _ => ⟨fun z hz => ?_, fun z hz => ?_⟩,
    fun _ => rfl⟩) facts B hok h
  · simp only [maxOf]; split <;> grind
  · simp only [maxOf, hr]; split <;> grind

end Trace.Bounds

end Lemmanet
