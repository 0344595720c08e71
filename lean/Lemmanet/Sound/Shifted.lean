module

public import Lemmanet.Exec.Shifted
public import Lemmanet.Sound.Rows

/-!
# Arithmetic on lanes with signs is right

What the operations of `Exec.Shifted` do to the values in the lanes.
-/

public noncomputable section

namespace Lemmanet

/-- The largest of `f 0`, …, `f m`. -/
@[expose] def imax (f : Nat → Int) : Nat → Int
  | 0 => f 0
  | m + 1 => max (imax f m) (f (m + 1))

/-- The smallest of `x`, `f 0`, …, `f (m - 1)`. -/
@[expose] def imin (x : Int) (f : Nat → Int) : Nat → Int
  | 0 => x
  | m + 1 => min (imin x f m) (f m)

/-- Each value is at most the largest one. -/
theorem le_imax {f : Nat → Int} {m j : Nat} (h : j ≤ m) : f j ≤ imax f m := by
  induction m with
  | zero => rw [show j = 0 by omega]; exact Int.le_refl _
  | succ m ih =>
    rw [imax]
    by_cases hj : j = m + 1
    · subst hj; omega
    · have := ih (by omega); omega

/-- The smallest value is one of the values. -/
theorem imin_cases (x : Int) (f : Nat → Int) (m : Nat) :
    imin x f m = x ∨ ∃ j, j < m ∧ imin x f m = f j := by
  induction m with
  | zero => exact .inl rfl
  | succ m ih =>
    rw [imin]
    by_cases h : imin x f m ≤ f m
    · rw [Int.min_eq_left h]
      rcases ih with h | ⟨j, hj, h⟩
      · exact .inl h
      · exact .inr ⟨j, by omega, h⟩
    · rw [Int.min_eq_right (by omega)]
      exact .inr ⟨m, by omega, rfl⟩

namespace Shifted

variable {k n : Nat} {x y : Shifted} {f g : Nat → Int}

/-- The lanes hold the values `f`, if the check says so. -/
@[expose] def Holds (k n : Nat) (x : Shifted) (f : Nat → Int) : Prop :=
  x.ok = true → Packed k n x.offset x.num f ∧ 2 * x.offset < 2 ^ (k - 1)

/-- Half of the digits. -/
private theorem two_pow (hk : 0 < k) : 2 ^ k = 2 ^ (k - 1) + 2 ^ (k - 1) := by
  rw [← Nat.mul_two, ← Nat.pow_succ]; congr 1; omega

/-- Equal values. -/
theorem Holds.congr (h : Holds k n x f) (hfg : ∀ r, r < n → f r = g r) : Holds k n x g :=
  fun hx => ⟨(h hx).1.congr hfg, (h hx).2⟩

/-- What the check of a number says. -/
theorem make_ok {o z : Nat} {b : Bool} (h : (make k o z b).ok = true) :
    2 * o < 2 ^ (k - 1) ∧ b = true := by
  simpa only [make, Bool.and_eq_true, Nat.blt_eq] using h

/-- Numbers from outside. -/
theorem holds_make {o z : Nat} {b : Bool} (h : b = true → 2 * o < 2 ^ (k - 1) → Packed k n o z f) :
    Holds k n (make k o z b) f :=
  fun hx => ⟨h (make_ok hx).2 (make_ok hx).1, (make_ok hx).1⟩

/-- Zero. -/
theorem holds_zero : Holds k n (zero k) fun _ => 0 :=
  holds_make fun _ _ => .of_pack (u := fun _ => 0)
    (by
      induction n with
      | zero => rfl
      | succ n ih => rw [pack_succ, ← ih]; simp)
    (fun _ _ => rfl) (fun _ _ => Nat.le_refl _) (Nat.two_pow_pos k)

/-- Sums. -/
theorem Holds.plus (hk : 0 < k) (hx : Holds k n x f) (hy : Holds k n y g) :
    Holds k n (plus k x y) fun r => f r + g r := by
  refine holds_make fun hb ho => ?_
  rw [Bool.and_eq_true] at hb
  obtain ⟨px, _⟩ := hx hb.1
  obtain ⟨py, _⟩ := hy hb.2
  have htwo := two_pow hk
  have ho : 2 * (x.offset + y.offset) < 2 ^ (k - 1) := ho
  refine .of_pack (u := fun r => (f r + x.offset).toNat + (g r + y.offset).toNat) ?_ (fun r hr => ?_)
    (fun r hr => ?_) (by show 2 * (x.offset + y.offset) < _; omega)
  · rw [pack_add, ← px.eq, ← py.eq]; rfl
  · have := px.digit_cast hr
    have := py.digit_cast hr
    show (((f r + x.offset).toNat + (g r + y.offset).toNat : Nat) : Int) =
      f r + g r + ((x.offset + y.offset : Nat) : Int)
    omega
  · have := px.digit_le hr
    have := py.digit_le hr
    show (f r + x.offset).toNat + (g r + y.offset).toNat ≤ 2 * (x.offset + y.offset)
    omega

/-- Negative values. -/
theorem Holds.neg (hk : 0 < k) (hx : Holds k n x f) : Holds k n (neg k n x) fun r => -f r :=
  holds_make fun hb ho => (hx hb).1.neg hk (by have := two_pow hk; omega)

/-- Multiples. -/
theorem Holds.times (hk : 0 < k) (p q : Nat) (hx : Holds k n x f) :
    Holds k n (times k n p q x) fun r => ((p : Int) - q) * f r := by
  refine holds_make fun hb ho => ?_
  obtain ⟨px, _⟩ := hx hb
  have htwo := two_pow hk
  have ho : 2 * ((p + q) * x.offset) < 2 ^ (k - 1) := ho
  refine .of_pack (u := fun r => p * (f r + x.offset).toNat + q * (-f r + x.offset).toNat) ?_
    (fun r hr => ?_) (fun r hr => ?_) (by show 2 * ((p + q) * x.offset) < _; omega)
  · rw [pack_add, pack_mul_left, pack_mul_left, ← px.eq, ← px.laneNeg_eq hk]
    show p * x.num + cond (Nat.beq q 0) 0 (q * laneNeg k n x.offset x.num) = _
    cases hq : Nat.beq q 0
    · rfl
    · rw [Nat.eq_of_beq_eq_true hq, Nat.zero_mul]; rfl
  · have h1 := px.digit_cast hr
    have h2 : (((-f r + x.offset).toNat : Nat) : Int) = -f r + x.offset := by
      have := px.high r hr; omega
    show ((p * (f r + x.offset).toNat + q * (-f r + x.offset).toNat : Nat) : Int) =
      ((p : Int) - q) * f r + (((p + q) * x.offset : Nat) : Int)
    rw [Int.natCast_add, Int.natCast_mul, Int.natCast_mul, h1, h2, Int.natCast_mul, Int.natCast_add]
    grind
  · have h1 := Nat.mul_le_mul_left p (px.digit_le hr)
    have h2 : (-f r + x.offset).toNat ≤ 2 * x.offset := by have := px.low r hr; omega
    have h2 := Nat.mul_le_mul_left q h2
    show p * (f r + x.offset).toNat + q * (-f r + x.offset).toNat ≤ 2 * ((p + q) * x.offset)
    rw [Nat.add_mul, Nat.mul_add]
    rw [Nat.mul_left_comm] at h1 h2
    exact Nat.add_le_add h1 h2

/-- Positive parts. -/
theorem Holds.positive (hk : 0 < k) (hx : Holds k n x f) :
    Holds k n (positive k n x) fun r => ((f r).toNat : Int) := by
  refine holds_make fun hb ho => ?_
  obtain ⟨px, _⟩ := hx hb
  have htwo := two_pow hk
  refine .of_pack (u := fun r => (f r).toNat + x.offset) ?_ (fun r _ => Int.natCast_add _ _)
    (fun r hr => ?_) (by omega)
  · rw [pack_add, ← mul_ones hk, ← px.positivePart_eq hk (by omega)]; rfl
  · have := px.high r hr
    show (f r).toNat + x.offset ≤ 2 * x.offset
    omega

/-- The larger one. -/
theorem Holds.larger (hk : 0 < k) (hx : Holds k n x f) (hy : Holds k n y g) :
    Holds k n (larger k n x y) fun r => max (f r) (g r) := by
  refine holds_make fun hb ho => ?_
  rw [Bool.and_eq_true] at hb
  obtain ⟨px, _⟩ := hx hb.1
  obtain ⟨py, _⟩ := hy hb.2
  have htwo := two_pow hk
  have ho : 2 * (x.offset + y.offset) < 2 ^ (k - 1) := ho
  have hx' : x.num + y.offset * ones k n = pack k (fun r => (f r + x.offset).toNat + y.offset) n := by
    rw [pack_add, ← mul_ones hk, ← px.eq]
  have hy' : y.num + x.offset * ones k n = pack k (fun r => (g r + y.offset).toNat + x.offset) n := by
    rw [pack_add, ← mul_ones hk, ← py.eq]
  refine .of_pack (u := fun r => Nat.max ((f r + x.offset).toNat + y.offset)
    ((g r + y.offset).toNat + x.offset)) ?_ (fun r hr => ?_) (fun r hr => ?_)
    (by show 2 * (x.offset + y.offset) < _; omega)
  · show laneMax k n (x.num + y.offset * ones k n) (y.num + x.offset * ones k n) = _
    rw [hx', hy']
    refine laneMax_eq hk (fun r hr => ?_) fun r hr => ?_
    · have := px.digit_le hr; omega
    · have := py.digit_le hr; omega
  · have := px.digit_cast hr
    have := py.digit_cast hr
    show ((max ((f r + x.offset).toNat + y.offset) ((g r + y.offset).toNat + x.offset) : Nat) : Int) =
      max (f r) (g r) + ((x.offset + y.offset : Nat) : Int)
    omega
  · have := px.digit_le hr
    have := py.digit_le hr
    show max ((f r + x.offset).toNat + y.offset) ((g r + y.offset).toNat + x.offset) ≤
      2 * (x.offset + y.offset)
    omega

/-- The smaller one. -/
theorem Holds.smaller (hk : 0 < k) (hx : Holds k n x f) (hy : Holds k n y g) :
    Holds k n (smaller k n x y) fun r => min (f r) (g r) :=
  (((hx.neg hk).larger hk (hy.neg hk)).neg hk).congr fun r _ => by omega

/-- Sums of several values. -/
theorem holds_sum (hk : 0 < k) {m : Nat} {x : Nat → Shifted} {f : Nat → Nat → Int}
    (h : ∀ j, j < m → Holds k n (x j) (f j)) : Holds k n (sum k x m) fun r => isum m fun j => f j r := by
  induction m with
  | zero => exact holds_zero
  | succ m ih => exact (ih fun j hj => h j (by omega)).plus hk (h m (by omega))

/-- The largest of several values. -/
theorem holds_largest (hk : 0 < k) {m : Nat} {x : Nat → Shifted} {f : Nat → Nat → Int}
    (h : ∀ j, j ≤ m → Holds k n (x j) (f j)) :
    Holds k n (largest k n x m) fun r => imax (fun j => f j r) m := by
  induction m with
  | zero => exact h 0 (Nat.le_refl 0)
  | succ m ih => exact (ih fun j hj => h j (by omega)).larger hk (h (m + 1) (Nat.le_refl _))

/-- The smallest of several values. -/
theorem holds_smallest (hk : 0 < k) {m : Nat} {y : Shifted} {g : Nat → Int} {x : Nat → Shifted}
    {f : Nat → Nat → Int} (hy : Holds k n y g) (h : ∀ j, j < m → Holds k n (x j) (f j)) :
    Holds k n (smallest k n y x m) fun r => imin (g r) (fun j => f j r) m := by
  induction m with
  | zero => exact hy
  | succ m ih => exact (ih fun j hj => h j (by omega)).smaller hk (h m (by omega))

/-- Sums over entries. -/
theorem holds_total (hk : 0 < k) {t : Nat → Nat → Shifted} {xs : List Nat} {i : Nat}
    {v : Nat → Nat → Int} (h : ∀ j, j < xs.length → Holds k n (t (i + j) (xs.getD j 0)) (v j)) :
    Holds k n (total k t xs i) fun r => isum xs.length fun j => v j r := by
  induction xs generalizing i v with
  | nil => exact holds_zero
  | cons x xs ih =>
    have hcons : total k t (x :: xs) i = plus k (t i x) (total k t xs (i + 1)) := rfl
    rw [hcons]
    have h0 := h 0 (by simp)
    have hrest := ih (i := i + 1) (v := fun j => v (j + 1)) fun j hj => by
      have := h (j + 1) (by simpa using hj)
      rwa [List.getD_cons_succ, show i + (j + 1) = i + 1 + j by omega] at this
    refine (h0.plus hk hrest).congr fun r _ => ?_
    have hs : ∀ (m : Nat) (f : Nat → Int), isum (m + 1) f = f 0 + isum m fun j => f (j + 1) := by
      intro m f
      induction m with
      | zero => simp only [isum]; omega
      | succ m ih => rw [isum, ih, isum]; omega
    rw [List.length_cons, hs]

/-- A multiple of lanes that are packed. -/
theorem holds_of_packed {o z : Nat} (c : Nat) (h : Packed k n o z f) (hk : 0 < k) :
    Holds k n (make k (c * o) (c * z) true) fun r => (c : Int) * f r := by
  refine holds_make fun _ ho => ?_
  have htwo := two_pow hk
  refine .of_pack (u := fun r => c * (f r + o).toNat) ?_ (fun r hr => ?_) (fun r hr => ?_) (by omega)
  · rw [pack_mul_left, ← h.eq]
  · have := h.digit_cast hr
    show ((c * (f r + o).toNat : Nat) : Int) = (c : Int) * f r + ((c * o : Nat) : Int)
    rw [Int.natCast_mul, this, Int.natCast_mul]
    grind
  · have := Nat.mul_le_mul_left c (h.digit_le hr)
    rw [Nat.mul_left_comm] at this
    exact this

end Shifted

end Lemmanet
