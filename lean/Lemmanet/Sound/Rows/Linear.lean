module

public import Lemmanet.Sound.Linear
public import Lemmanet.Sound.Rows

/-!
# Forms of a linear layer

`Rows.linear` computes the coefficients of forms of `x · w` as forms of `x`.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

/-- What `weigh` computes. -/
theorem weigh_eq (s : Nat) (xs : List Nat) (u : Nat) :
    weigh s xs u = nsum xs.length (fun t => digit s s u t * xs.getD t 0) := by
  induction xs generalizing u with
  | nil => rfl
  | cons x xs ih =>
    have hcons : weigh s (x :: xs) u = u % 2 ^ s * x + weigh s xs (u >>> s) := rfl
    rw [hcons, ih, List.length_cons, nsum_succ']
    congr 1
    refine nsum_congr fun t _ => ?_
    rw [List.getD_cons_succ, digit_eq, digit_eq, Nat.shiftRight_eq_div_pow, Nat.div_div_eq_div_mul,
      ← Nat.pow_add, Nat.mul_succ, Nat.add_comm s]

/-- A number in base `2 ^ s` and the sum of its digits leave the same remainder. -/
theorem pack_mod_eq (s : Nat) (f : Nat → Nat) (n : Nat) :
    pack s f n % (2 ^ s - 1) = nsum n f % (2 ^ s - 1) := by
  have hpow : ∀ i, ∃ c, 2 ^ (s * i) = c * (2 ^ s - 1) + 1 := fun i => by
    induction i with
    | zero => exact ⟨0, by simp⟩
    | succ i ih =>
      obtain ⟨c, hc⟩ := ih
      have h := Nat.two_pow_pos s
      refine ⟨c * 2 ^ s + 1, ?_⟩
      obtain ⟨e, he⟩ : ∃ e, 2 ^ s = e + 1 := ⟨2 ^ s - 1, by omega⟩
      rw [Nat.mul_succ, Nat.pow_add, hc, he, Nat.add_sub_cancel]
      grind
  induction n with
  | zero => rfl
  | succ n ih =>
    obtain ⟨c, hc⟩ := hpow n
    rw [pack_succ, nsum, hc, Nat.mul_add, Nat.mul_one, ← Nat.mul_assoc, Nat.add_comm (f n * c * _),
      ← Nat.add_assoc, Nat.add_mul_mod_self_right, Nat.add_mod, ih, ← Nat.add_mod]

namespace Rows

variable {n inputs outputs : Nat} {w : Const [inputs, outputs]} {A : Rows}

/-- What `linearOk` says. -/
structure LinearGood (w : Const [inputs, outputs]) (A : Rows) : Prop where
  /-- The denominator of the weight is positive. -/
  den : 0 < w.den
  /-- Lanes have digits. -/
  bits : 0 < A.bits
  /-- There is room for the offset of the weights. -/
  width : w.width < w.stride
  /-- A line of the weight holds one digit for each output. -/
  line : w.line = outputs
  /-- There is a line for each input. -/
  posLen : w.pos.length = inputs
  /-- The same for what is subtracted. -/
  negLen : w.neg.length = inputs
  /-- The lines have no bits outside their digits. -/
  posFits : ∀ row, row ∈ w.pos → fits w.width w.stride outputs row = true
  /-- The same for what is subtracted. -/
  negFits : ∀ row, row ∈ w.neg → fits w.width w.stride outputs row = true
  /-- The sum of the weights of an input fits into a digit. -/
  sum : outputs * (2 * 2 ^ w.width) < 2 ^ w.stride - 1
  /-- No lane overflows. -/
  offset : 2 * linearOffset w A < 2 ^ A.bits

/-- `linearOk` checks it. -/
theorem linearGood_of_ok (h : linearOk w A = true) : LinearGood w A := by
  simp only [linearOk, Bool.and_eq_true, rowCount_eq, Nat.blt_eq, Nat.beq_eq] at h
  obtain ⟨⟨⟨⟨⟨⟨⟨⟨h₁, h₂⟩, h₃⟩, h₄⟩, h₅⟩, h₆⟩, h₇⟩, h₈⟩, h₉⟩ := h
  obtain ⟨hp, hn⟩ := fits_lor h₇
  exact ⟨h₁, h₂, h₃, h₄, h₅, h₆, fun _ => fits_lorAll hp, fun _ => fits_lorAll hn, h₈, h₉⟩

/-- A weight with its offset. -/
private theorem weight_digit (j i : Nat) : ∃ u : Nat,
    u = w.posDigit (j * outputs + i) + 2 ^ w.width - w.negDigit (j * outputs + i) ∧
      (u : Int) = w.num (j * outputs + i) + 2 ^ w.width ∧ u < 2 * 2 ^ w.width ∧
      w.num (j * outputs + i) ≤ 2 ^ w.width := by
  have hp : w.posDigit (j * outputs + i) < 2 ^ w.width := digit_lt ..
  have hn : w.negDigit (j * outputs + i) < 2 ^ w.width := digit_lt ..
  refine ⟨_, rfl, ?_, by omega, ?_⟩ <;> rw [Const.num, Int.subNatNat_eq_coe] <;>
    have h : ((2 ^ w.width : Nat) : Int) = 2 ^ w.width := by rw [Int.natCast_pow]; rfl
  · omega
  · omega

/-- The weights of an input, packed. -/
private theorem weights_eq (h : LinearGood w A) {j : Nat} (hj : j < inputs) :
    weights w (w.pos.getD j 0) (w.neg.getD j 0) = pack w.stride
      (fun i => w.posDigit (j * outputs + i) + 2 ^ w.width - w.negDigit (j * outputs + i)) outputs := by
  have hrow : ∀ rows : List Nat, rows.length = inputs →
      (∀ row, row ∈ rows → fits w.width w.stride outputs row = true) →
      rows.getD j 0 = pack w.stride (digit w.width w.stride (rows.getD j 0)) outputs :=
    fun rows hlen hfit => fits_sound (Nat.le_of_lt h.width) (hfit _ (by
      rw [List.getD_eq_getElem?_getD, List.getElem?_eq_getElem (by omega)]
      exact List.getElem_mem _))
  show w.pos.getD j 0 + 2 ^ w.width * ones w.stride outputs - w.neg.getD j 0 = _
  rw [mul_ones (Nat.zero_lt_of_lt h.width), hrow w.pos h.posLen h.posFits,
    hrow w.neg h.negLen h.negFits, ← pack_add]
  refine pack_sub fun i hi => ?_
  rw [w.posDigit_line h.line hi, w.negDigit_line h.line hi]
  have := digit_lt w.width w.stride (w.neg.getD j 0) i
  omega

/-- The numerator of a pulled coefficient. -/
@[expose] def linearInt (w : Const [inputs, outputs]) (A : Rows) (j r : Nat) : Int :=
  isum outputs fun i => A.int i r * w.num (j * outputs + i)

/-- An entry of the pulled rows. -/
private theorem linearEntry_packed (hA : A.Good n outputs) (h : LinearGood w A) {j : Nat}
    (hj : j < inputs) : Packed A.bits n (linearOffset w A)
      (linearEntry n w A (weights w (w.pos.getD j 0) (w.neg.getD j 0))) (linearInt w A j) := by
  let u (i : Nat) := w.posDigit (j * outputs + i) + 2 ^ w.width - w.negDigit (j * outputs + i)
  let a (i r : Nat) := (A.int i r + A.offset).toNat
  let d (r i : Nat) := (A.int i r * w.num (j * outputs + i) + (2 ^ w.width * A.offset : Nat)).toNat
  have hu : ∀ i, (u i : Int) = w.num (j * outputs + i) + (2 ^ w.width : Nat) ∧
      u i < 2 * 2 ^ w.width := fun i => by
    obtain ⟨v, rfl, h1, h2, _⟩ := weight_digit (w := w) j i
    exact ⟨by rw [h1, Int.natCast_pow]; rfl, h2⟩
  have hsmall : ∀ i, u i < 2 ^ w.stride := fun i => by
    have h1 := Nat.pow_le_pow_right (n := 2) (by omega) (Nat.succ_le_of_lt h.width)
    rw [Nat.pow_succ] at h1
    have := (hu i).2
    omega
  have hW := weights_eq h hj
  have hdigit : ∀ i, i < outputs →
      digit w.stride w.stride (weights w (w.pos.getD j 0) (w.neg.getD j 0)) i = u i := fun i hi => by
    rw [hW]; exact digit_pack (fun i _ => hsmall i) hi
  have hsum : Nat.mod (weights w (w.pos.getD j 0) (w.neg.getD j 0)) (2 ^ w.stride - 1) =
      nsum outputs u := by
    show weights w (w.pos.getD j 0) (w.neg.getD j 0) % (2 ^ w.stride - 1) = _
    rw [hW, pack_mod_eq]
    refine Nat.mod_eq_of_lt (Nat.lt_of_le_of_lt ?_ h.sum)
    rw [← nsum_const outputs (2 * 2 ^ w.width)]
    exact nsum_le_nsum fun i _ => Nat.le_of_lt (hu i).2
  have hoff : linearOffset w A = nsum outputs fun _ => 2 ^ w.width * A.offset :=
    (nsum_const ..).symm
  -- products of weights and coefficients, term by term
  have hterm : ∀ i, i < outputs → ∀ r, r < n →
      -((2 ^ w.width * A.offset : Nat) : Int) ≤ A.int i r * w.num (j * outputs + i) ∧
      A.int i r * w.num (j * outputs + i) ≤ (2 ^ w.width * A.offset : Nat) ∧
      (d r i : Int) = A.int i r * w.num (j * outputs + i) + (2 ^ w.width * A.offset : Nat) ∧
      u i * a i r + 2 * (2 ^ w.width * A.offset) =
        d r i + (A.offset * u i + 2 ^ w.width * a i r) := fun i hi r hr => by
    have hP := hA.packed i hi
    have h1 := hP.low r hr
    have h2 := hP.high r hr
    have h3 := hP.digit_cast hr
    have h4 := (hu i).1
    have h5 := (hu i).2
    have hw1 : -((2 ^ w.width : Nat) : Int) ≤ w.num (j * outputs + i) := by omega
    have hw2 : w.num (j * outputs + i) ≤ ((2 ^ w.width : Nat) : Int) := by omega
    have hb : ∀ x y b c : Int, -b ≤ x → x ≤ b → -c ≤ y → y ≤ c →
        -(c * b) ≤ x * y ∧ x * y ≤ c * b := fun x y b c hx1 hx2 hy1 hy2 => by
      have e1 := Int.mul_nonneg (show 0 ≤ b - x by omega) (show 0 ≤ c + y by omega)
      have e2 := Int.mul_nonneg (show 0 ≤ b + x by omega) (show 0 ≤ c - y by omega)
      have e3 := Int.mul_nonneg (show 0 ≤ b - x by omega) (show 0 ≤ c - y by omega)
      have e4 := Int.mul_nonneg (show 0 ≤ b + x by omega) (show 0 ≤ c + y by omega)
      constructor <;> grind
    obtain ⟨b1, b2⟩ := hb _ _ _ _ h1 h2 hw1 hw2
    rw [← Int.natCast_mul] at b1 b2
    have hd : (d r i : Int) =
        A.int i r * w.num (j * outputs + i) + (2 ^ w.width * A.offset : Nat) := by
      show ((Int.toNat _ : Nat) : Int) = _
      omega
    refine ⟨b1, b2, hd, Int.ofNat.inj ?_⟩
    simp only [Int.ofNat_eq_natCast, Int.natCast_add, Int.natCast_mul, hd, h4]
    rw [show ((a i r : Nat) : Int) = A.int i r + A.offset from h3]
    grind
  have hS : addAll A.entries = pack A.bits (fun r => nsum outputs fun i => a i r) n := by
    rw [addAll_eq, hA.length, pack_nsum]
    exact nsum_congr fun i hi => (hA.packed i hi).eq
  have hP : weigh w.stride A.entries (weights w (w.pos.getD j 0) (w.neg.getD j 0)) =
      pack A.bits (fun r => nsum outputs fun i => u i * a i r) n := by
    rw [weigh_eq, hA.length, pack_nsum]
    refine nsum_congr fun i hi => ?_
    rw [pack_mul_left, hdigit i hi, (hA.packed i hi).eq]
  have hV : A.offset * nsum outputs u ≤ 2 * linearOffset w A := by
    rw [hoff, ← nsum_mul_left, ← nsum_mul_left]
    refine nsum_le_nsum fun i _ => ?_
    have := Nat.mul_le_mul_left A.offset (Nat.le_of_lt (hu i).2)
    rwa [Nat.mul_comm (2 ^ w.width), Nat.mul_left_comm]
  have hnum : linearEntry n w A (weights w (w.pos.getD j 0) (w.neg.getD j 0)) =
      pack A.bits (fun r => nsum outputs (d r)) n := by
    show weigh w.stride A.entries _ + (2 * linearOffset w A - A.offset * Nat.mod _ (2 ^ w.stride - 1)) *
      ones A.bits n - 2 ^ w.width * addAll A.entries = _
    rw [hsum, hS, hP, mul_ones h.bits, ← pack_mul_left, ← pack_add]
    refine pack_sub fun r hr => ?_
    have key := nsum_congr (n := outputs) fun i hi => (hterm i hi r hr).2.2.2
    simp only [nsum_add, nsum_mul_left] at key
    rw [nsum_const] at key
    rw [show 2 ^ w.width * (outputs * A.offset) = linearOffset w A from Nat.mul_left_comm ..] at key
    omega
  refine .of_pack hnum (fun r hr => ?_) (fun r hr => ?_) h.offset
  · rw [natCast_nsum_int, linearInt, hoff, natCast_nsum_int]
    have : ∀ m, m ≤ outputs → isum m (fun i => (d r i : Int)) =
        isum m (fun i => A.int i r * w.num (j * outputs + i)) +
          isum m (fun _ => ((2 ^ w.width * A.offset : Nat) : Int)) := fun m hm => by
      induction m with
      | zero => rfl
      | succ m ih =>
        simp only [isum, ih (by omega), (hterm m (by omega) r hr).2.2.1]
        omega
    exact this outputs (Nat.le_refl _)
  · rw [hoff, ← nsum_mul_left]
    refine nsum_le_nsum fun i hi => ?_
    have := (hterm i hi r hr).2.1
    have := (hterm i hi r hr).2.2.1
    omega

/-- What `linear` computes. -/
theorem Good.linear {α : Type} [OrderedField α] (hA : A.Good n outputs) (h : linearOk w A = true) :
    (A.linear n w).Good n inputs ∧ ∀ j, j < inputs → ∀ r, r < n →
      ((A.linear n w).val j r : α) =
        sum outputs fun i => A.val i r * w.val (j * outputs + i) := by
  have hg := linearGood_of_ok h
  obtain ⟨hl, hget⟩ := zipEntries_spec (fun p q => linearEntry n w A (weights w p q))
    (hg.posLen.trans hg.negLen.symm)
  have hp : ∀ j, j < inputs → Packed A.bits n (linearOffset w A)
      ((A.linear n w).entries.getD j 0) (linearInt w A j) := fun j hj => by
    have := linearEntry_packed hA hg hj
    rw [← hget j (by rw [hg.posLen]; exact hj)] at this
    exact this
  have hr := good_of_packed (A := A.linear n w) (Nat.mul_pos hA.den hg.den) (hl.trans hg.posLen) hp
  refine ⟨hr.1, fun j hj r hr' => ?_⟩
  rw [val_eq (hr.2 j hj r hr'), linearInt, ratio_isum]
  refine sum_congr fun i _ => ?_
  show ratio _ (A.den * w.den) = _
  rw [ratio_mul _ _ hA.den hg.den]
  rfl

/-- Forms of the layer as forms of its input. -/
theorem Good.eval_linear {α : Type} [OrderedField α] [DecidableLE α] (hA : A.Good n outputs)
    (h : linearOk w A = true) (b : Const [outputs]) (x : Tensor α [inputs]) {r : Nat} (hr : r < n) :
    A.eval ((Op.linear w b).denote (x, ())) r =
      (A.linear n w).eval x r + sum outputs fun i => A.val i r * b.val i := by
  have hval := (hA.linear (α := α) h).2
  have h1 : A.eval ((Op.linear w b).denote (x, ())) r = sum outputs fun i =>
      sum inputs (fun j => A.val i r * w.val (j * outputs + i) * x.at j) + A.val i r * b.val i := by
    unfold eval
    rw [show Shape.size [outputs] = outputs by simp [Shape.size]]
    refine sum_congr fun i hi => ?_
    rw [Op.denote, Tensor.at_ofFn (by simpa [Shape.size] using hi)]
    have : sum inputs (fun j => A.val i r * w.val (j * outputs + i) * x.at j) =
        A.val i r * sum inputs (fun j => x.at j * w.val (j * outputs + i)) := by
      rw [← sum_mul_left]; exact sum_congr fun j _ => by grind
    rw [this]
    grind
  have h2 : (A.linear n w).eval x r = sum inputs fun j =>
      sum outputs fun i => A.val i r * w.val (j * outputs + i) * x.at j := by
    unfold eval
    rw [show Shape.size [inputs] = inputs by simp [Shape.size]]
    refine sum_congr fun j hj => ?_
    rw [hval j hj r hr, ← sum_mul_right]
  rw [h1, h2, sum_add, sum_comm]

end Rows

end Lemmanet
