module

public import Lemmanet.Sound.Packed.Pack

/-!
# Comparing packs

Masks with the same digit everywhere, and the comparison of all digits at once.
-/

public noncomputable section

namespace Lemmanet

variable {k m n : Nat} {f g : Nat → Nat}

/-- The value of `onesDoubled`. -/
theorem onesDoubled_eq (k t : Nat) : onesDoubled k t = pack k (fun _ => 1) (2 ^ t) := by
  induction t with
  | zero =>
    show 1 = pack k (fun _ => 1) 1
    simp [pack_succ, pack_zero]
  | succ t ih =>
    have : onesDoubled k (t + 1) = onesDoubled k t + onesDoubled k t <<< (k * 2 ^ t) := rfl
    rw [this, ih, Nat.pow_succ, Nat.mul_two, pack_append, Nat.shiftLeft_eq, Nat.mul_comm (pack _ _ _)]

/-- The value of `ones`. -/
theorem ones_eq (hk : 0 < k) (n : Nat) : ones k n = pack k (fun _ => 1) n := by
  have hn : n ≤ 2 ^ (n.log2 + 1) := Nat.le_of_lt Nat.lt_log2_self
  have h : ones k n = onesDoubled k (n.log2 + 1) &&& (2 ^ (k * n) - 1) := rfl
  obtain ⟨e, he⟩ := Nat.le.dest hn
  rw [h, Nat.and_two_pow_sub_one_eq_mod, onesDoubled_eq, ← he, pack_append, Nat.add_mul_mod_self_left, Nat.mod_eq_of_lt]
  exact pack_lt fun _ _ => Nat.one_lt_two_pow (by omega)

/-- The value of a mask. -/
theorem maskBits_eq {width : Nat} (hw : width ≤ k) (n : Nat) :
    maskBits width k n = pack k (fun _ => 2 ^ width - 1) n := by
  show ones k n <<< width - ones k n = _
  rw [Nat.shiftLeft_eq, ← Nat.mul_sub_one, Nat.mul_comm]
  by_cases hk : 0 < k
  · rw [ones_eq hk, ← pack_mul_left]
    simp only [Nat.mul_one]
  · obtain rfl : k = 0 := by omega
    obtain rfl : width = 0 := by omega
    rw [pack_eq_nsum]
    simp [nsum_zero]

/-- The value of the top bits. -/
theorem topBits_eq (hk : 0 < k) (n : Nat) : topBits k n = pack k (fun _ => 2 ^ (k - 1)) n := by
  show ones k n <<< (k - 1) = _
  rw [Nat.shiftLeft_eq, Nat.mul_comm, ones_eq hk, ← pack_mul_left]
  simp only [Nat.mul_one]

/-- The digits of a mask fit their places. -/
private theorem mask_lt {width : Nat} (hw : width ≤ k) : 2 ^ width - 1 < 2 ^ k := by
  have := Nat.pow_le_pow_right (n := 2) (by omega) hw
  have := Nat.two_pow_pos width
  omega

/-- The difference that `digitsLe` looks at. -/
private theorem guarded (hk : 0 < k) (hf : ∀ i, i < n → f i < 2 ^ (k - 1)) :
    pack k g n + topBits k n - pack k f n = pack k (fun i => g i + 2 ^ (k - 1) - f i) n := by
  rw [topBits_eq hk, ← pack_add]
  have : pack k (fun i => g i + 2 ^ (k - 1)) n =
      pack k (fun i => g i + 2 ^ (k - 1) - f i) n + pack k f n := by
    rw [← pack_add]
    exact pack_congr fun i hi => by have := hf i hi; omega
  rw [this, Nat.add_sub_cancel]

/-! ## Flags -/

/-- The number with the flags `p 0, …, p (n - 1)`. -/
@[expose] def flags (k n : Nat) (p : Nat → Bool) : Nat :=
  pack k (fun i => cond (p i) (2 ^ (k - 1)) 0) n

/-- Flags fit their digits. -/
private theorem flag_lt (hk : 0 < k) (b : Bool) : (cond b (2 ^ (k - 1)) 0 : Nat) < 2 ^ k := by
  have := Nat.two_pow_pos k
  have := Nat.pow_lt_pow_of_lt (a := 2) (by omega) (show k - 1 < k by omega)
  cases b <;> simpa

/-- Equal flags. -/
theorem flags_congr {p q : Nat → Bool} (h : ∀ i, i < n → p i = q i) : flags k n p = flags k n q :=
  pack_congr fun i hi => by rw [h i hi]

/-- Either of two flags. -/
theorem flags_lor (hk : 0 < k) (p q : Nat → Bool) :
    Nat.lor (flags k n p) (flags k n q) = flags k n (fun i => p i || q i) := by
  show flags k n p ||| flags k n q = _
  rw [flags, flags, pack_lor (fun _ _ => flag_lt hk _) fun _ _ => flag_lt hk _]
  exact pack_congr fun i _ => by cases hp : p i <;> cases hq : q i <;> simp [hp, hq]

/-- Both of two flags. -/
theorem flags_land (hk : 0 < k) (p q : Nat → Bool) :
    Nat.land (flags k n p) (flags k n q) = flags k n (fun i => p i && q i) := by
  show flags k n p &&& flags k n q = _
  rw [flags, flags, pack_land (fun _ _ => flag_lt hk _) fun _ _ => flag_lt hk _]
  exact pack_congr fun i _ => by cases hp : p i <;> cases hq : q i <;> simp [hp, hq]

/-- The flags that are all set. -/
theorem topBits_eq_flags (hk : 0 < k) (n : Nat) : topBits k n = flags k n (fun _ => true) :=
  topBits_eq hk n

/-- Equal numbers have equal flags. -/
theorem flags_inj (hk : 0 < k) {p q : Nat → Bool} (h : flags k n p = flags k n q) {i : Nat}
    (hi : i < n) : p i = q i := by
  have := pack_inj (fun _ _ => flag_lt hk _) (fun _ _ => flag_lt hk _) h hi
  have := Nat.two_pow_pos (k - 1)
  cases hp : p i <;> cases hq : q i <;> simp_all

/-- What `allFlags` decides. -/
theorem allFlags_iff (hk : 0 < k) {p : Nat → Bool} :
    allFlags k n (flags k n p) = true ↔ ∀ i, i < n → p i = true := by
  rw [allFlags, Nat.beq_eq, topBits_eq_flags hk]
  exact ⟨fun h i hi => flags_inj hk h hi, fun h => flags_congr h⟩

/-- `atMost` compares digits, if none uses its top bit. -/
theorem atMost_eq (hk : 0 < k) (hf : ∀ i, i < n → f i < 2 ^ (k - 1))
    (hg : ∀ i, i < n → g i < 2 ^ (k - 1)) :
    atMost k n (pack k f n) (pack k g n) = flags k n (fun i => decide (f i ≤ g i)) := by
  obtain ⟨k, rfl⟩ : ∃ e, k = e + 1 := ⟨k - 1, by omega⟩
  rw [Nat.add_sub_cancel] at hf hg
  have htwo : 2 ^ (k + 1) = 2 ^ k + 2 ^ k := by rw [Nat.pow_succ, Nat.mul_two]
  have hdiff : ∀ i, i < n → g i + 2 ^ k - f i < 2 ^ (k + 1) := fun i hi => by
    have := hf i hi
    have := hg i hi
    omega
  have htop : ∀ i, i < n → 2 ^ k < 2 ^ (k + 1) := fun _ _ => by
    have := Nat.two_pow_pos k
    omega
  show (pack (k + 1) g n + topBits (k + 1) n - pack (k + 1) f n) &&& topBits (k + 1) n = _
  rw [guarded hk hf, topBits_eq hk, Nat.add_sub_cancel, pack_land hdiff htop]
  refine pack_congr fun i hi => ?_
  have := hf i hi
  have := hg i hi
  rw [Nat.add_sub_cancel]
  apply Nat.eq_of_testBit_eq
  intro b
  rw [Nat.testBit_and, Nat.testBit_two_pow]
  by_cases hle : f i ≤ g i
  · simp only [hle, decide_true, cond_true, Nat.testBit_two_pow]
    by_cases hb : k = b
    · subst hb
      rw [show g i + 2 ^ k - f i = 2 ^ k + (g i - f i) by omega, Nat.testBit_two_pow_add_eq,
        Nat.testBit_lt_two_pow (by omega)]
      simp
    · simp [hb]
  · simp only [hle, decide_false, cond_false, Nat.zero_testBit]
    by_cases hb : k = b
    · subst hb
      simp [Nat.testBit_lt_two_pow (show g i + 2 ^ k - f i < 2 ^ k by omega)]
    · simp [hb]

/-- `digitsLe` compares all digits, if none uses its top bit. -/
theorem digitsLe_iff (hk : 0 < k) (hf : ∀ i, i < n → f i < 2 ^ (k - 1))
    (hg : ∀ i, i < n → g i < 2 ^ (k - 1)) :
    digitsLe k n (pack k f n) (pack k g n) = true ↔ ∀ i, i < n → f i ≤ g i := by
  rw [digitsLe, atMost_eq hk hf hg, allFlags_iff hk]
  simp only [decide_eq_true_eq]

/-! ## Digits with few bits -/

/-- A number that `fits` is the pack of its digits. -/
theorem fits_sound {width x : Nat} (hw : width ≤ k) (h : fits width k n x = true) :
    x = pack k (digit width k x) n := by
  have hmask := mask_lt hw
  have hand : x &&& pack k (fun _ => 2 ^ width - 1) n = x := by
    rw [← maskBits_eq hw]
    exact Nat.eq_of_beq_eq_true h
  have hlt : x < 2 ^ (k * n) := by
    rw [← hand]
    exact Nat.lt_of_le_of_lt Nat.and_le_right (pack_lt fun _ _ => hmask)
  conv => lhs; rw [← pack_digit hlt]
  refine pack_congr fun i hi => ?_
  conv => lhs; rw [← hand]
  rw [digit_land, digit_pack (fun _ _ => hmask) hi, Nat.and_two_pow_sub_one_eq_mod, digit_eq,
    digit_eq, Nat.mod_mod_of_dvd _ (Nat.pow_dvd_pow 2 hw)]

/-- What `fits` together fits separately. -/
theorem fits_lor {width x y : Nat} (h : fits width k n (x ||| y) = true) :
    fits width k n x = true ∧ fits width k n y = true := by
  have h : (x ||| y) &&& maskBits width k n = x ||| y := Nat.eq_of_beq_eq_true h
  have hb := fun b => congrArg (Nat.testBit · b) h
  simp only [Nat.testBit_and, Nat.testBit_or] at hb
  constructor <;>
  · rw [fits, Nat.beq_eq]
    refine Nat.eq_of_testBit_eq fun b => ?_
    show ((_ &&& maskBits width k n).testBit b) = _
    rw [Nat.testBit_and]
    have := hb b
    revert this
    cases x.testBit b <;> cases y.testBit b <;> simp

/-- Rows whose bits `fit` together fit one by one. -/
theorem fits_lorAll {width : Nat} {rows : List Nat} (h : fits width k n (lorAll rows) = true)
    {row : Nat} (hrow : row ∈ rows) : fits width k n row = true := by
  induction rows with
  | nil => cases hrow
  | cons r rows ih =>
    obtain ⟨h₁, h₂⟩ := fits_lor (x := r) (y := lorAll rows) h
    cases hrow with
    | head => exact h₁
    | tail _ hrow => exact ih h₂ hrow

/-- A pack whose digits are short `fits`. -/
theorem fits_pack {width : Nat} (hw : width ≤ k) (h : ∀ i, i < n → f i < 2 ^ width) :
    fits width k n (pack k f n) = true := by
  have hk : ∀ i, i < n → f i < 2 ^ k := fun i hi =>
    Nat.lt_of_lt_of_le (h i hi) (Nat.pow_le_pow_right (by omega) hw)
  rw [fits, Nat.beq_eq, maskBits_eq hw]
  show pack k f n &&& _ = _
  rw [pack_land hk fun _ _ => mask_lt hw]
  exact pack_congr fun i hi => by rw [Nat.and_two_pow_sub_one_eq_mod, Nat.mod_eq_of_lt (h i hi)]

end Lemmanet
