module

public import Lemmanet.Exec.Rows
public import Lemmanet.Sound.Fractions

/-!
# Rows compute forms

What the operations of `Exec.Rows` do to the coefficients.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

/-! ## Sums of integers -/

/-- `isum n f` is `f 0 + f 1 + … + f (n - 1)`. -/
@[expose] def isum (n : Nat) (f : Nat → Int) : Int :=
  match n with
  | 0 => 0
  | n + 1 => isum n f + f n

/-- The sum of naturals as integers. -/
theorem natCast_nsum_int (n : Nat) (f : Nat → Nat) :
    ((nsum n f : Nat) : Int) = isum n (fun i => (f i : Int)) := by
  induction n with
  | zero => rfl
  | succ n ih => rw [nsum, Int.natCast_add, ih]; rfl

/-- Sums with equal terms are equal. -/
theorem isum_congr {n : Nat} {f g : Nat → Int} (h : ∀ i, i < n → f i = g i) : isum n f = isum n g := by
  induction n with
  | zero => rfl
  | succ n ih => simp only [isum]; rw [ih fun i hi => h i (by omega), h n (by omega)]

/-- Sums are bounded by bounds on the terms. -/
theorem isum_bounds {n : Nat} {f : Nat → Int} {b : Nat → Nat}
    (h : ∀ i, i < n → -(b i : Int) ≤ f i ∧ f i ≤ b i) :
    -((nsum n b : Nat) : Int) ≤ isum n f ∧ isum n f ≤ (nsum n b : Nat) := by
  induction n with
  | zero => simp [isum, nsum]
  | succ n ih =>
    have h1 := ih fun i hi => h i (by omega)
    have h2 := h n (by omega)
    simp only [isum, nsum, Int.natCast_add]
    omega

section Field

variable {α : Type} [OrderedField α]

/-- A sum of integers over a denominator. -/
theorem ratio_isum (n : Nat) (f : Nat → Int) (d : Nat) :
    (ratio (isum n f) d : α) = sum n (fun i => ratio (f i) d) := by
  induction n with
  | zero => rw [isum, sum, ratio_zero]
  | succ n ih => rw [isum, sum, ratio_add, ih]

end Field

/-! ## Lists of numbers -/

/-- Each number is mapped. -/
theorem mapEntries_spec (f : Nat → Nat) (xs : List Nat) : (mapEntries f xs).length = xs.length ∧
    ∀ k, k < xs.length → (mapEntries f xs).getD k 0 = f (xs.getD k 0) := by
  induction xs with
  | nil => exact ⟨rfl, fun k hk => absurd hk (Nat.not_lt_zero k)⟩
  | cons x xs ih =>
    have hcons : mapEntries f (x :: xs) = f x :: mapEntries f xs := rfl
    rw [hcons]
    refine ⟨by simp [ih.1], fun k hk => ?_⟩
    cases k with
    | zero => rfl
    | succ k => simpa using ih.2 k (by simpa using hk)

/-- Each pair of numbers is mapped. -/
theorem zipEntries_spec (f : Nat → Nat → Nat) {xs ys : List Nat} (h : xs.length = ys.length) :
    (zipEntries f xs ys).length = xs.length ∧
      ∀ k, k < xs.length → (zipEntries f xs ys).getD k 0 = f (xs.getD k 0) (ys.getD k 0) := by
  induction xs generalizing ys with
  | nil => exact ⟨rfl, fun k hk => absurd hk (Nat.not_lt_zero k)⟩
  | cons x xs ih =>
    cases ys with
    | nil => simp at h
    | cons y ys =>
      have ih := ih (ys := ys) (by simpa using h)
      have hcons : zipEntries f (x :: xs) (y :: ys) = f x y :: zipEntries f xs ys := rfl
      rw [hcons]
      refine ⟨by simp [ih.1], fun k hk => ?_⟩
      cases k with
      | zero => rfl
      | succ k => simpa using ih.2 k (by simpa using hk)

/-- The sum over pairs of numbers. -/
theorem sumPairs_eq (f : Nat → Nat → Nat → Nat) {xs ys : List Nat} (h : xs.length = ys.length)
    (k : Nat) : sumPairs f xs ys k =
      nsum xs.length fun t => f (k + t) (xs.getD t 0) (ys.getD t 0) := by
  induction xs generalizing ys k with
  | nil => rfl
  | cons x xs ih =>
    cases ys with
    | nil => simp at h
    | cons y ys =>
      have hcons : sumPairs f (x :: xs) (y :: ys) k = f k x y + sumPairs f xs ys (k + 1) := rfl
      rw [hcons, ih (by simpa using h), List.length_cons, nsum_succ']
      simp only [List.getD_cons_zero, List.getD_cons_succ, Nat.add_zero, Nat.add_assoc, Nat.add_comm 1]

/-- The sum of all numbers. -/
theorem addAll_eq (xs : List Nat) : addAll xs = nsum xs.length (fun t => xs.getD t 0) := by
  induction xs with
  | nil => rfl
  | cons x xs ih =>
    rw [List.length_cons, nsum_succ', show addAll (x :: xs) = x + addAll xs from rfl, ih]
    simp only [List.getD_cons_zero, List.getD_cons_succ]

/-- No bit of a number is left out. -/
theorem le_lorAll {xs : List Nat} {k : Nat} (hk : k < xs.length) : xs.getD k 0 ≤ lorAll xs := by
  induction xs generalizing k with
  | nil => simp at hk
  | cons x xs ih =>
    have hcons : lorAll (x :: xs) = x ||| lorAll xs := rfl
    rw [hcons]
    cases k with
    | zero => exact Nat.left_le_or
    | succ k =>
      rw [List.getD_cons_succ]
      exact Nat.le_trans (ih (by simpa using hk)) Nat.right_le_or

namespace Rows

variable {n size : Nat} {A B : Rows}

/-- The rows hold the coefficients of `n` forms on `size` entries. -/
structure Good (n size : Nat) (A : Rows) : Prop where
  /-- The denominator is positive. -/
  den : 0 < A.den
  /-- There is a number for each entry. -/
  length : A.entries.length = size
  /-- Each of them holds coefficients. -/
  packed : ∀ k, k < size → Packed A.bits n A.offset (A.entries.getD k 0) (A.int k)

/-- The lanes of an entry. -/
theorem Good.lane (h : A.Good n size) {k : Nat} (hk : k < size) : (A.lane k).Good n :=
  ⟨h.den, h.packed k hk⟩

/-- Digits that hold values hold what reading gives. -/
theorem good_of_packed {f : Nat → Nat → Int} (hd : 0 < A.den) (hl : A.entries.length = size)
    (h : ∀ k, k < size → Packed A.bits n A.offset (A.entries.getD k 0) (f k)) :
    A.Good n size ∧ ∀ k, k < size → ∀ r, r < n → A.int k r = f k r :=
  ⟨⟨hd, hl, fun k hk => (h k hk).read⟩, fun k hk _ hr => (h k hk).int_eq hr⟩

/-- What `ok` checks. -/
theorem good_of_ok (h : A.ok n size = true) : A.Good n size := by
  simp only [ok, Bool.and_eq_true, Nat.beq_eq, rowCount_eq, Nat.blt_eq] at h
  obtain ⟨⟨⟨hd, ho⟩, hl⟩, hlt⟩ := h
  refine ⟨hd, hl, fun k hk => (Lanes.good_of_ok (v := A.lane k) ?_).packed⟩
  simp only [Lanes.ok, Bool.and_eq_true, Nat.blt_eq]
  exact ⟨⟨hd, ho⟩, Nat.lt_of_le_of_lt (le_lorAll (by omega)) hlt⟩

section Field

variable {α : Type} [OrderedField α]

/-- The value of form `r` on a tensor. -/
@[expose] def eval {s : Shape} (A : Rows) (x : Tensor α s) (r : Nat) : α :=
  sum (Shape.size s) fun k => A.val k r * x.at k

/-- A coefficient of rows that hold given numerators. -/
theorem val_eq {k r : Nat} {z : Int} (h : A.int k r = z) : (A.val k r : α) = ratio z A.den := by
  rw [← h]; rfl

/-- Wider digits. -/
theorem Good.widen {k : Nat} (h : A.Good n size) (hk : A.widenOk k = true) :
    (A.widen n k).Good n size ∧
      ∀ i, i < size → ∀ r, r < n → ((A.widen n k).val i r : α) = A.val i r := by
  simp only [widenOk, Bool.and_eq_true, Nat.blt_eq, Nat.ble_eq, Nat.mul_eq, Nat.pow_eq] at hk
  obtain ⟨hl, hget⟩ := mapEntries_spec (Lemmanet.widen A.bits k n) A.entries
  have hp : ∀ i, i < size →
      Packed k n A.offset ((A.widen n k).entries.getD i 0) (A.int i) := fun i hi => by
    show Packed k n A.offset ((mapEntries (Lemmanet.widen A.bits k n) A.entries).getD i 0) _
    rw [hget i (by rw [h.length]; exact hi)]
    exact (h.packed i hi).widen hk.1 hk.2
  have hg := good_of_packed (A := A.widen n k) h.den (hl.trans h.length) hp
  exact ⟨hg.1, fun i hi r hr => val_eq (hg.2 i hi r hr)⟩

/-- Sums. -/
theorem Good.plus (hA : A.Good n size) (hB : B.Good n size) (h : A.plusOk B = true) :
    (A.plus n B).Good n size ∧
      ∀ k, k < size → ∀ r, r < n → ((A.plus n B).val k r : α) = A.val k r + B.val k r := by
  simp only [plusOk, Nat.blt_eq, Nat.mul_eq, Nat.pow_eq] at h
  have hbits : A.bits ≤ bitsOf A B ∧ B.bits ≤ bitsOf A B := by
    unfold bitsOf
    cases hle : Nat.ble A.bits B.bits
    · have : ¬ A.bits ≤ B.bits := fun h' => by rw [Nat.ble_eq_true_of_le h'] at hle; cases hle
      exact ⟨Nat.le_refl _, by simp only [cond_false]; omega⟩
    · exact ⟨Nat.le_of_ble_eq_true hle, Nat.le_refl _⟩
  have hfA := Lanes.factor_pos hA.den hB.den
  have hfB := Lanes.factor_pos hB.den hA.den
  have hoff : plusOffset A B = Lanes.factor A.den B.den * A.offset +
      Lanes.factor B.den A.den * B.offset := rfl
  have hoA := Nat.le_mul_of_pos_left A.offset hfA
  have hoB := Nat.le_mul_of_pos_left B.offset hfB
  obtain ⟨hl, hget⟩ := zipEntries_spec (fun x y => Nat.add
    (Nat.mul (Lanes.factor A.den B.den) (Lemmanet.widen A.bits (bitsOf A B) n x))
    (Nat.mul (Lanes.factor B.den A.den) (Lemmanet.widen B.bits (bitsOf A B) n y)))
    (hA.length.trans hB.length.symm)
  have hp : ∀ k, k < size → Packed (bitsOf A B) n (plusOffset A B)
      ((A.plus n B).entries.getD k 0) (fun r => Lanes.factor A.den B.den * A.int k r +
        Lanes.factor B.den A.den * B.int k r) := fun k hk => by
    have pA := (hA.packed k hk).widen hbits.1 (by omega)
    have pB := (hB.packed k hk).widen hbits.2 (by omega)
    refine .of_pack (u := fun r => Lanes.factor A.den B.den * (A.int k r + A.offset).toNat +
      Lanes.factor B.den A.den * (B.int k r + B.offset).toNat) ?_ (fun r hr => ?_)
      (fun r hr => ?_) h
    · rw [pack_add, pack_mul_left, pack_mul_left, ← pA.eq, ← pB.eq]
      exact hget k (by rw [hA.length]; exact hk)
    · have a1 := pA.digit_cast hr
      have a2 := pB.digit_cast hr
      rw [Int.natCast_add, Int.natCast_mul, Int.natCast_mul, a1, a2, hoff, Int.natCast_add,
        Int.natCast_mul, Int.natCast_mul]
      grind
    · have b1 := Nat.mul_le_mul_left (Lanes.factor A.den B.den) (pA.digit_le hr)
      have b2 := Nat.mul_le_mul_left (Lanes.factor B.den A.den) (pB.digit_le hr)
      rw [Nat.mul_left_comm] at b1 b2
      rw [hoff, Nat.mul_add]
      exact Nat.add_le_add b1 b2
  have hg := good_of_packed (A := A.plus n B) (Nat.lcm_pos hA.den hB.den)
    (hl.trans hA.length) hp
  refine ⟨hg.1, fun k hk r hr => ?_⟩
  rw [val_eq (hg.2 k hk r hr), ratio_add]
  show ratio _ (Nat.lcm A.den B.den) + ratio _ (Nat.lcm A.den B.den) = _
  rw [Lanes.ratio_factor hA.den hB.den, Lanes.ratio_factor' hA.den hB.den]
  rfl

/-- The forms of a constant. -/
theorem Good.dot (hA : A.Good n size) {p q : Nat → Nat} {den : Nat}
    (h : A.dotOk size p q den = true) :
    (A.dot n size p q den).Good n ∧ ∀ r, r < n → ((A.dot n size p q den).val r : α) =
      sum size fun k => A.val k r * ratio ((p k : Int) - (q k : Int)) den := by
  simp only [dotOk, Bool.and_eq_true, Nat.blt_eq, Nat.mul_eq, Nat.pow_eq] at h
  obtain ⟨⟨hden, hk⟩, ho⟩ := h
  have hcomb : ∀ p : Nat → Nat, comb p A.entries 0 =
      pack A.bits (fun r => nsum size fun k => p k * (A.int k r + A.offset).toNat) n := fun p => by
    rw [comb_eq, hA.length, pack_nsum]
    refine nsum_congr fun k hk => ?_
    rw [pack_mul_left, ← (hA.packed k hk).eq, Nat.zero_add]
  have hoff : dotOffset size p q A = nsum size fun k => (p k + q k) * A.offset := by
    show A.offset * (addUp size p + addUp size q) = _
    rw [addUp_eq, addUp_eq, ← nsum_add, nsum_mul_right, Nat.mul_comm]
  have hq : ∀ r, r < n → ∀ k, k < size →
      q k * (-A.int k r + A.offset).toNat + q k * (A.int k r + A.offset).toNat =
        q k * (2 * A.offset) := fun r hr k hk => by
    rw [← Nat.mul_add]
    congr 1
    have h1 := (hA.packed k hk).low r hr
    have h2 := (hA.packed k hk).high r hr
    omega
  have hsub : 2 * A.offset * addUp size q * ones A.bits n - comb q A.entries 0 =
      pack A.bits (fun r => nsum size fun k => q k * (-A.int k r + A.offset).toNat) n := by
    rw [mul_ones hk, hcomb]
    refine pack_sub fun r hr => ?_
    rw [← nsum_add, nsum_congr (hq r hr), nsum_mul_right, addUp_eq, Nat.mul_comm]
  have hp : Packed A.bits n (dotOffset size p q A) (A.dot n size p q den).num
      (fun r => isum size fun k => A.int k r * ((p k : Int) - (q k : Int))) := by
    refine .of_pack (u := fun r => nsum size fun k => p k * (A.int k r + A.offset).toNat +
      q k * (-A.int k r + A.offset).toNat) ?_ (fun r hr => ?_) (fun r hr => ?_) ho
    · simp only [nsum_add]
      rw [pack_add, ← hcomb, ← hsub]; rfl
    · rw [hoff]
      have : ∀ m, m ≤ size → ((nsum m fun k => p k * (A.int k r + A.offset).toNat +
          q k * (-A.int k r + A.offset).toNat : Nat) : Int) =
          (isum m fun k => A.int k r * ((p k : Int) - (q k : Int))) +
            (nsum m fun k => (p k + q k) * A.offset : Nat) := fun m hm => by
        induction m with
        | zero => rfl
        | succ m ih =>
          have hP := hA.packed m (by omega)
          have h1 := hP.digit_cast hr
          have h2 : (((-A.int m r + A.offset).toNat : Nat) : Int) = -A.int m r + A.offset := by
            have := hP.high r hr; omega
          simp only [nsum, isum, Int.natCast_add, Int.natCast_mul, h1, h2, ih (by omega)]
          grind
      exact this size (Nat.le_refl _)
    · rw [hoff, ← nsum_mul_left]
      refine nsum_le_nsum fun k hk => ?_
      have hP := hA.packed k hk
      have h1 := Nat.mul_le_mul_left (p k) (hP.digit_le hr)
      have h2 : (-A.int k r + A.offset).toNat ≤ 2 * A.offset := by
        have := hP.low r hr; omega
      have h2 := Nat.mul_le_mul_left (q k) h2
      rw [Nat.add_mul, Nat.mul_add]
      rw [Nat.mul_left_comm] at h1 h2
      exact Nat.add_le_add h1 h2
  have hd : 0 < (A.dot n size p q den).den := Nat.mul_pos hA.den hden
  refine ⟨(Lanes.good_of_packed (v := A.dot n size p q den) hd hp).1, fun r hr => ?_⟩
  rw [Lanes.val_of_packed (v := A.dot n size p q den) hp hr, ratio_isum]
  refine sum_congr fun k _ => ?_
  show ratio _ (A.den * den) = _
  rw [ratio_mul _ _ hA.den hden]
  rfl

end Field

end Rows

end Lemmanet
