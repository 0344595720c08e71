module

public import Lemmanet.Sound.Conv.Packs

/-!
# Images on a grid

What the operations of `Exec.Grid` do to the digits.
-/

public noncomputable section

namespace Lemmanet

namespace Grid

/-! ## Places -/

/-- Digit `t` of a number that has the entries `f (i * w + j)` of an `h × w` matrix on a grid. -/
@[expose] def «at» (r : Grid) (h w : Nat) (f : Nat → Nat) (t : Nat) : Nat :=
  nsum w fun j => nsum h fun i => if t = r.row * i + r.col * j then f (i * w + j) else 0

/-- No two entries of a row of `w` entries share a place with each other or with another row. -/
@[expose] def Apart (r : Grid) (w : Nat) : Prop := 0 < r.col ∧ ∀ j, j < w → r.col * j < r.row

variable {r : Grid} {h w : Nat} {f : Nat → Nat}

/-- Different entries have different places. -/
theorem Apart.inj (hr : r.Apart w) {i j i' j' : Nat} (hj : j < w) (hj' : j' < w)
    (he : r.row * i + r.col * j = r.row * i' + r.col * j') : i = i' ∧ j = j' := by
  have h₁ := hr.2 j hj
  have h₂ := hr.2 j' hj'
  have hi : i = i' := by
    have := congrArg (· / r.row) he
    simpa [Nat.mul_add_div (show 0 < r.row by omega), Nat.div_eq_of_lt h₁,
      Nat.div_eq_of_lt h₂] using this
  subst hi
  exact ⟨rfl, Nat.eq_of_mul_eq_mul_left hr.1 (by omega)⟩

/-- The digit at the place of an entry. -/
theorem at_place (hr : r.Apart w) {i j : Nat} (hi : i < h) (hj : j < w) :
    r.at h w f (r.row * i + r.col * j) = f (i * w + j) := by
  rw [«at», nsum_single hj, nsum_single hi, if_pos rfl]
  · intro i' hi' hne
    exact if_neg fun he => hne (hr.inj hj hj he).1.symm
  · intro j' hj' hne
    rw [nsum_congr (g := fun _ => 0), nsum_zero]
    intro i' hi'
    exact if_neg fun he => hne (hr.inj hj hj' he).2.symm

/-- The digit at any other place. -/
theorem at_gap {t : Nat} (ht : ∀ i j, i < h → j < w → t ≠ r.row * i + r.col * j) :
    r.at h w f t = 0 := by
  rw [«at», nsum_congr (g := fun _ => 0), nsum_zero]
  intro j hj
  rw [nsum_congr (g := fun _ => 0), nsum_zero]
  intro i hi
  exact if_neg (ht i j hi hj)

/-- A bound on all entries is a bound on all digits. -/
theorem at_lt (hr : r.Apart w) {b : Nat} (hb : ∀ k, f k < b) (t : Nat) : r.at h w f t < b := by
  by_cases ht : ∃ i j, i < h ∧ j < w ∧ t = r.row * i + r.col * j
  · obtain ⟨i, j, hi, hj, rfl⟩ := ht
    rw [at_place hr hi hj]
    exact hb _
  · rw [at_gap fun i j hi hj he => ht ⟨i, j, hi, hj, he⟩]
    exact Nat.lt_of_le_of_lt (Nat.zero_le _) (hb 0)

/-- Beyond the last entry there are zeros. -/
theorem at_beyond {t : Nat} (ht : r.row * (h - 1) + r.col * (w - 1) < t) : r.at h w f t = 0 := by
  refine at_gap fun i j hi hj he => ?_
  have h₁ : r.row * i ≤ r.row * (h - 1) := Nat.mul_le_mul_left _ (by omega)
  have h₂ : r.col * j ≤ r.col * (w - 1) := Nat.mul_le_mul_left _ (by omega)
  omega

/-- The digits of `spread`. -/
theorem packs_spread (r : Grid) (h w : Nat) (f : Nat → Nat) :
    Packs r.bits (r.spread h w f) (r.at h w f) := by
  unfold spread
  simp only [addUp_eq]
  refine Packs.nsum fun j _ => Packs.nsum fun i _ => ?_
  rw [shiftLeft_eq_mul]
  exact Packs.single _ _ _

/-! ## Moving digits to their places -/

/-- One digit of a row, cut out by a mask. -/
theorem land_digit {width stride : Nat} (hs : width ≤ stride) (x e : Nat) {j w : Nat} (hj : j < w) :
    bitsAt x (stride * e) (stride * w) &&& 2 ^ (stride * j) * (2 ^ width - 1) =
      2 ^ (stride * j) * digit width stride x (e + j) := by
  apply Nat.eq_of_testBit_eq
  intro b
  rw [Nat.testBit_and, Nat.testBit_two_pow_mul, Nat.testBit_two_pow_mul,
    Nat.testBit_two_pow_sub_one, testBit_digit, testBit_bitsAt]
  by_cases hb : stride * j ≤ b <;>
    simp only [hb, decide_true, decide_false, Bool.true_and, Bool.false_and, Bool.and_false]
  by_cases hc : b - stride * j < width
  · have : stride * (j + 1) ≤ stride * w := Nat.mul_le_mul_left _ hj
    rw [Nat.mul_succ] at this
    simp [hc, show b < stride * w by omega,
      show stride * (e + j) + (b - stride * j) = stride * e + b by rw [Nat.mul_add]; omega]
  · simp [hc]

/-- Column `j` of all rows, which have digits of `width` bits, `stride` bits apart. -/
theorem column_eq {width stride x : Nat} (hs : width ≤ stride) (hw : stride * w ≤ r.bits * r.row)
    {j : Nat} (hj : j < w) :
    Nat.land (r.rows h w stride x) (Nat.shiftLeft (r.firstColumn h width) (stride * j)) =
      2 ^ (stride * j) *
        nsum h (fun i => 2 ^ (r.bits * (r.row * i)) * digit width stride x (i * w + j)) := by
  have hj' : stride * j + stride ≤ stride * w := by
    rw [← Nat.mul_succ]; exact Nat.mul_le_mul_left _ hj
  have hmask : 2 ^ (stride * j) * (2 ^ width - 1) < 2 ^ (r.bits * r.row) := by
    have h₁ : 2 ^ (stride * j) * (2 ^ width - 1) < 2 ^ (stride * j) * 2 ^ width :=
      Nat.mul_lt_mul_of_pos_left (by have := Nat.two_pow_pos width; omega) (Nat.two_pow_pos _)
    rw [← Nat.pow_add] at h₁
    exact Nat.lt_of_lt_of_le h₁ (Nat.pow_le_pow_right (by omega) (by omega))
  have hrow : ∀ i, bitsAt x (stride * (i * w)) (stride * w) < 2 ^ (r.bits * r.row) := fun i =>
    Nat.lt_of_lt_of_le (bitsAt_lt _ _ _) (Nat.pow_le_pow_right (by omega) hw)
  show pack (r.bits * r.row) (fun i => bitsAt x (stride * (i * w)) (stride * w)) h &&&
    pack (r.bits * r.row) (fun _ => 2 ^ width - 1) h <<< (stride * j) = _
  rw [Nat.shiftLeft_eq, Nat.mul_comm (pack _ _ _), ← pack_mul_left,
    pack_land (fun i _ => hrow i) (fun _ _ => hmask), pack_eq_nsum, ← nsum_mul_left]
  refine nsum_congr fun i _ => ?_
  rw [land_digit hs _ _ hj, Nat.mul_assoc r.bits]
  ac_rfl

/-- `place` does what `spread` says. -/
theorem place_eq {width x : Nat} (hc : width ≤ r.bits * r.col) (hw : width * w ≤ r.bits * r.row) :
    r.place h w width x = r.spread h w (digit width width x) := by
  simp only [place, spread, addUp_eq]
  refine nsum_congr fun j hj => ?_
  rw [Nat.mul_eq, column_eq (Nat.le_refl width) hw hj, shiftLeft_eq_mul, ← Nat.mul_assoc, ← Nat.pow_add, ← nsum_mul_left]
  refine nsum_congr fun i _ => ?_
  have : (r.bits * r.col - width) * j + width * j = r.bits * r.col * j := by
    rw [← Nat.add_mul]; congr 1; omega
  simp only [Nat.add_eq, Nat.mul_eq, Nat.sub_eq]
  rw [this, shiftLeft_eq_mul, ← Nat.mul_assoc, ← Nat.pow_add, Nat.mul_add, Nat.mul_assoc,
    Nat.add_comm]

/-- Entry `k` of the digits that are given by literals as in `Box`. -/
@[expose] def entry (width line : Nat) (l : List Nat) (k : Nat) : Nat :=
  digit width width (l.getD (k / line) 0) (k % line)

/-- The digits of a channel. -/
theorem packs_channel {width line : Nat} (l : List Nat) (c : Nat) (hl : 0 < line)
    (hc : width ≤ r.bits * r.col) (hw : width * w ≤ r.bits * r.row) :
    Packs r.bits (r.channel h w width line l c)
      (r.at h w fun k => entry width line l (c * (h * w) + k)) := by
  unfold channel
  cases l with
  | nil =>
    refine (Packs.zero _).congr fun t => ?_
    have : ∀ k, entry width line [] k = 0 := fun k => by simp [entry, Lemmanet.digit_eq]
    simp [«at», this, nsum_zero]
  | cons a l =>
    simp only [List.isEmpty_cons, cond_false]
    rw [place_eq hc hw]
    refine (packs_spread _ _ _ _).congr fun t => ?_
    refine nsum_congr fun j hj => nsum_congr fun i hi => ?_
    have : i * w + j < h * w := by
      have : (i + 1) * w ≤ h * w := Nat.mul_le_mul_right _ hi
      rw [Nat.add_mul] at this
      omega
    simp only [Nat.mul_eq]
    rw [digit_bitsAt (Nat.le_refl _) _ _ this, digit_joined (Nat.le_refl _) hl]
    rfl

/-! ## Comparing -/

/-- `digitsLe` compares the digits at the places of the grid. -/
theorem le_of_digitsLe {n : Nat} {left right : Nat → Nat} (hr : r.Apart w) (hb : 0 < r.bits)
    (hleft : ∀ t, t < n → left t < 2 ^ (r.bits - 1))
    (hright : ∀ t, t < n → right t < 2 ^ (r.bits - 1))
    (hle : r.digitsLe h w n (pack r.bits left n) (pack r.bits right n) = true)
    {i j : Nat} (hi : i < h) (hj : j < w) (ht : r.row * i + r.col * j < n) :
    left (r.row * i + r.col * j) ≤ right (r.row * i + r.col * j) := by
  have htwo : 2 ^ r.bits = 2 ^ (r.bits - 1) + 2 ^ (r.bits - 1) := by
    rw [← Nat.mul_two, ← Nat.pow_succ]; congr 1; omega
  have hpos := Nat.two_pow_pos (r.bits - 1)
  have hdiff : pack r.bits right n + topBits r.bits n - pack r.bits left n =
      pack r.bits (fun t => right t + 2 ^ (r.bits - 1) - left t) n := by
    have : pack r.bits right n + topBits r.bits n =
        pack r.bits (fun t => right t + 2 ^ (r.bits - 1) - left t) n + pack r.bits left n := by
      rw [topBits_eq hb, ← pack_add, ← pack_add]
      exact pack_congr fun t ht => by have := hleft t ht; omega
    rw [this, Nat.add_sub_cancel]
  have hland : (pack r.bits right n + topBits r.bits n - pack r.bits left n) &&& r.tops h w =
      r.tops h w := Nat.eq_of_beq_eq_true hle
  have htop : digit r.bits r.bits (r.tops h w) (r.row * i + r.col * j) = 2 ^ (r.bits - 1) := by
    have := (packs_spread r h w fun _ => 2 ^ (r.bits - 1)).digit_eq
      (at_lt hr fun _ => by omega) (r.row * i + r.col * j)
    rwa [at_place hr hi hj] at this
  have hdig := congrArg (digit r.bits r.bits · (r.row * i + r.col * j)) hland
  simp only [digit_land, htop] at hdig
  rw [hdiff, digit_pack (fun t ht => by have := hleft t ht; have := hright t ht; omega) ht] at hdig
  have hge := Nat.ge_two_pow_of_testBit
    (x := right (r.row * i + r.col * j) + 2 ^ (r.bits - 1) - left (r.row * i + r.col * j))
    (i := r.bits - 1) (by
      have := congrArg (Nat.testBit · (r.bits - 1)) hdig
      simpa only [Nat.testBit_and, Nat.testBit_two_pow_self, Bool.and_true] using this)
  omega

end Grid

end Lemmanet
