module

public import Lemmanet.Exec.Packed
public import Lemmanet.Sound.Sum

/-!
# Packed arithmetic is arithmetic on vectors

What the operations of `Exec.Packed` do to the digits. Packing is linear, so combinations need no
bound on the digits; reading digits back needs them to be small enough not to overlap.
-/

public noncomputable section

namespace Lemmanet

variable {k m n : Nat} {f g : Nat → Nat}

/-! ## Packing is linear -/

/-- The empty pack. -/
theorem pack_zero (k : Nat) (f : Nat → Nat) : pack k f 0 = 0 := rfl

/-- A pack with one more digit at the top. -/
theorem pack_succ (k : Nat) (f : Nat → Nat) (n : Nat) :
    pack k f (n + 1) = pack k f n + f n * 2 ^ (k * n) := by
  rw [← Nat.shiftLeft_eq]; rfl

/-- The value of a pack. -/
theorem pack_eq_nsum (k : Nat) (f : Nat → Nat) (n : Nat) :
    pack k f n = nsum n (fun i => f i * 2 ^ (k * i)) := by
  induction n with
  | zero => rfl
  | succ n ih => rw [pack_succ, ih, nsum]

/-- Packs of equal digits are equal. -/
theorem pack_congr (h : ∀ i, i < n → f i = g i) : pack k f n = pack k g n := by
  rw [pack_eq_nsum, pack_eq_nsum]
  exact nsum_congr fun i hi => by rw [h i hi]

/-- Packs add up digitwise. -/
theorem pack_add (k : Nat) (f g : Nat → Nat) (n : Nat) :
    pack k (fun i => f i + g i) n = pack k f n + pack k g n := by
  simp only [pack_eq_nsum, ← nsum_add, Nat.add_mul]

/-- Packs are multiplied digitwise. -/
theorem pack_mul_left (k c : Nat) (f : Nat → Nat) (n : Nat) :
    pack k (fun i => c * f i) n = c * pack k f n := by
  simp only [pack_eq_nsum, ← nsum_mul_left, Nat.mul_assoc]

/-- The pack of a sum of vectors. -/
theorem pack_nsum (k m : Nat) (d : Nat → Nat → Nat) (n : Nat) :
    pack k (fun i => nsum m fun j => d j i) n = nsum m (fun j => pack k (d j) n) := by
  simp only [pack_eq_nsum]
  rw [nsum_comm]
  simp only [nsum_mul_right]

/-- A pack, split in two. -/
theorem pack_append (k : Nat) (f : Nat → Nat) (m n : Nat) :
    pack k f (m + n) = pack k f m + 2 ^ (k * m) * pack k (fun i => f (m + i)) n := by
  simp only [pack_eq_nsum, nsum_append, ← nsum_mul_left]
  congr 1
  exact nsum_congr fun i _ => by rw [Nat.mul_add, Nat.pow_add]; ac_rfl

/-- Zeros at the top change nothing. -/
theorem pack_extend (k : Nat) (f : Nat → Nat) (n e : Nat) :
    pack k (fun i => if i < n then f i else 0) (n + e) = pack k f n := by
  rw [pack_append, pack_congr (g := f) fun i hi => if_pos hi]
  have : pack k (fun i => if n + i < n then f (n + i) else 0) e = 0 := by
    rw [pack_eq_nsum, nsum_congr (g := fun _ => 0), nsum_zero]
    intro i _
    rw [if_neg (by omega), Nat.zero_mul]
  rw [this, Nat.mul_zero, Nat.add_zero]

/-- A power of two shifts the digits. -/
theorem pack_shift (k : Nat) (f : Nat → Nat) (e n : Nat) :
    pack k (fun i => if e ≤ i then f (i - e) else 0) (e + n) = 2 ^ (k * e) * pack k f n := by
  rw [pack_append]
  have h₀ : pack k (fun i => if e ≤ i then f (i - e) else 0) e = 0 := by
    rw [pack_eq_nsum, nsum_congr (g := fun _ => 0), nsum_zero]
    intro i hi
    rw [if_neg (by omega), Nat.zero_mul]
  have h₁ : pack k (fun i => if e ≤ e + i then f (e + i - e) else 0) n = pack k f n :=
    pack_congr fun i _ => by rw [if_pos (by omega), Nat.add_sub_cancel_left]
  rw [h₀, h₁, Nat.zero_add]

/-! ## Digits -/

/-- The value of a digit. -/
theorem digit_eq (width stride x i : Nat) :
    digit width stride x i = x / 2 ^ (stride * i) % 2 ^ width := by
  rw [← Nat.shiftRight_eq_div_pow]; rfl

/-- Digits are small. -/
theorem digit_lt (width stride x i : Nat) : digit width stride x i < 2 ^ width := by
  rw [digit_eq]; exact Nat.mod_lt _ (Nat.two_pow_pos _)

/-- A pack of small digits is small. -/
theorem pack_lt (h : ∀ i, i < n → f i < 2 ^ k) : pack k f n < 2 ^ (k * n) := by
  induction n with
  | zero => simp [pack]
  | succ n ih =>
    have h₁ := ih fun i hi => h i (by omega)
    have h₂ : (f n + 1) * 2 ^ (k * n) ≤ 2 ^ k * 2 ^ (k * n) := Nat.mul_le_mul_right _ (h n (by omega))
    rw [pack_succ, Nat.mul_succ, Nat.pow_add, Nat.mul_comm (2 ^ (k * n))]
    rw [Nat.add_mul, Nat.one_mul] at h₂
    omega

/-- Reading the lowest bits of a digit of a pack whose digits do not overlap. -/
theorem digit_pack_mod {width : Nat} (hw : width ≤ k) (h : ∀ i, i < n → f i < 2 ^ k) {i : Nat}
    (hi : i < n) : digit width k (pack k f n) i = f i % 2 ^ width := by
  obtain ⟨e, rfl⟩ : ∃ e, n = i + (1 + e) := ⟨n - i - 1, by omega⟩
  have hlow : pack k f i < 2 ^ (k * i) := pack_lt fun j hj => h j (by omega)
  rw [digit_eq, pack_append, Nat.add_mul_div_left _ _ (Nat.two_pow_pos _), Nat.div_eq_of_lt hlow,
    Nat.zero_add, pack_append, pack_succ, pack_zero, Nat.mul_zero, Nat.pow_zero, Nat.mul_one,
    Nat.zero_add, Nat.mul_one, Nat.add_zero]
  obtain ⟨c, rfl⟩ : ∃ c, k = width + c := ⟨k - width, by omega⟩
  rw [Nat.pow_add, Nat.mul_assoc, Nat.add_mul_mod_self_left]

/-- Reading a digit of a pack whose digits do not overlap. -/
theorem digit_pack (h : ∀ i, i < n → f i < 2 ^ k) {i : Nat} (hi : i < n) :
    digit k k (pack k f n) i = f i := by
  rw [digit_pack_mod (Nat.le_refl k) h hi, Nat.mod_eq_of_lt (h i hi)]

/-- Reading a digit of a pack of digits that are shorter than their distance. -/
theorem digit_pack_width {width : Nat} (hw : width ≤ k) (h : ∀ i, i < n → f i < 2 ^ width) {i : Nat}
    (hi : i < n) : digit width k (pack k f n) i = f i := by
  have hk : ∀ i, i < n → f i < 2 ^ k := fun i hi =>
    Nat.lt_of_lt_of_le (h i hi) (Nat.pow_le_pow_right (by omega) hw)
  rw [digit_pack_mod hw hk hi, Nat.mod_eq_of_lt (h i hi)]

/-- The pack of the digits of `x` is what is left of `x` below the top one. -/
theorem pack_digit_mod (k x n : Nat) : pack k (digit k k x) n = x % 2 ^ (k * n) := by
  induction n with
  | zero => simp [pack, Nat.mod_one]
  | succ n ih =>
    rw [pack_succ, ih, digit_eq, Nat.mul_succ, Nat.pow_add, Nat.mod_mul, Nat.mul_comm (2 ^ (k * n))]

/-- A number with `n` digits is the pack of its digits. -/
theorem pack_digit {x : Nat} (h : x < 2 ^ (k * n)) : pack k (digit k k x) n = x := by
  rw [pack_digit_mod, Nat.mod_eq_of_lt h]

/-- Packs whose digits do not overlap are equal only if the digits are. -/
theorem pack_inj (hf : ∀ i, i < n → f i < 2 ^ k) (hg : ∀ i, i < n → g i < 2 ^ k)
    (h : pack k f n = pack k g n) {i : Nat} (hi : i < n) : f i = g i := by
  rw [← digit_pack hf hi, h, digit_pack hg hi]

/-- The bits of a digit. -/
theorem testBit_digit (width stride x i b : Nat) :
    (digit width stride x i).testBit b = (decide (b < width) && x.testBit (stride * i + b)) := by
  rw [digit_eq, Nat.testBit_mod_two_pow, ← Nat.shiftRight_eq_div_pow, Nat.testBit_shiftRight]

/-- The digits of a bitwise conjunction. -/
theorem digit_land (width stride x y i : Nat) :
    digit width stride (x &&& y) i = digit width stride x i &&& digit width stride y i := by
  apply Nat.eq_of_testBit_eq
  intro b
  rw [Nat.testBit_and]
  simp only [testBit_digit, Nat.testBit_and]
  cases decide (b < width) <;> simp

/-- The bitwise conjunction of packs whose digits do not overlap. -/
theorem pack_land (hf : ∀ i, i < n → f i < 2 ^ k) (hg : ∀ i, i < n → g i < 2 ^ k) :
    pack k f n &&& pack k g n = pack k (fun i => f i &&& g i) n := by
  rw [← pack_digit (Nat.lt_of_le_of_lt Nat.and_le_left (pack_lt hf))]
  exact pack_congr fun i hi => by rw [digit_land, digit_pack hf hi, digit_pack hg hi]

/-! ## Combinations of rows -/

/-- A combination, one row at a time. -/
theorem comb_cons (xs : Nat → Nat) (row : Nat) (rows : List Nat) (j : Nat) :
    comb xs (row :: rows) j = xs j * row + comb xs rows (j + 1) := rfl

/-- The value of a combination. -/
theorem comb_eq (xs : Nat → Nat) (rows : List Nat) (j : Nat) :
    comb xs rows j = nsum rows.length (fun t => xs (j + t) * rows.getD t 0) := by
  induction rows generalizing j with
  | nil => rfl
  | cons row rows ih =>
    rw [List.length_cons, nsum_succ', comb_cons, ih]
    simp only [List.getD_cons_zero, List.getD_cons_succ, Nat.add_zero, Nat.add_assoc, Nat.add_comm 1]

/-- Combinations with equal factors are equal. -/
theorem comb_congr {xs ys : Nat → Nat} {rows : List Nat} {j : Nat}
    (h : ∀ t, t < rows.length → xs (j + t) = ys (j + t)) : comb xs rows j = comb ys rows j := by
  rw [comb_eq, comb_eq]
  exact nsum_congr fun t ht => by rw [h t ht]

/-- `rowCount` counts rows. -/
theorem rowCount_eq (rows : List Nat) : rowCount rows = rows.length := by
  induction rows with
  | nil => rfl
  | cons row rows ih => rw [List.length_cons, ← ih]; rfl

/-- A combination of packed rows is the packed combination of the rows. -/
theorem comb_pack {rows : List Nat} {d : Nat → Nat → Nat}
    (h : ∀ t, t < rows.length → rows.getD t 0 = pack k (d t) m) (xs : Nat → Nat) :
    comb xs rows 0 = pack k (fun i => nsum rows.length fun t => xs t * d t i) m := by
  rw [comb_eq, pack_nsum]
  refine nsum_congr fun t ht => ?_
  rw [h t ht, pack_mul_left, Nat.zero_add]

/-! ## Products of packs -/

/-- Entry `t` of the product of `f`, with `n` entries, and `g`, with `m` entries, as polynomials. -/
@[expose] def polyMul (f : Nat → Nat) (n : Nat) (g : Nat → Nat) (m t : Nat) : Nat :=
  nsum n fun i => if i ≤ t ∧ t < i + m then f i * g (t - i) else 0

/-- The product of two packs is the pack of the product of polynomials. -/
theorem pack_mul_pack (k : Nat) (f : Nat → Nat) (n : Nat) (g : Nat → Nat) (m : Nat) :
    pack k f n * pack k g m = pack k (polyMul f n g m) (n + m) := by
  have hrow : ∀ i, i < n → f i * 2 ^ (k * i) * pack k g m =
      pack k (fun t => if i ≤ t ∧ t < i + m then f i * g (t - i) else 0) (n + m) := by
    intro i hi
    have hn : n + m = i + m + (n - i) := by omega
    rw [Nat.mul_assoc, ← pack_shift, ← pack_extend k _ (i + m) (n - i), ← pack_mul_left, ← hn]
    refine pack_congr fun t _ => ?_
    by_cases h₁ : t < i + m <;> by_cases h₂ : i ≤ t <;> simp [h₁, h₂]
  rw [pack_eq_nsum k f, ← nsum_mul_right, nsum_congr hrow]
  exact (pack_nsum k n _ (n + m)).symm

/-- No coefficient of a product of polynomials with small coefficients is large. -/
theorem polyMul_le {a b : Nat} (hf : ∀ i, i < n → f i ≤ a) (hg : ∀ i, i < m → g i ≤ b) (t : Nat) :
    polyMul f n g m t ≤ n * (a * b) := by
  rw [← nsum_const]
  refine nsum_le_nsum fun i hi => ?_
  split
  · exact Nat.mul_le_mul (hf i hi) (hg _ (by omega))
  · exact Nat.zero_le _

/-- The middle digit of one product is the dot product. -/
theorem dot_eq {a b : Nat} (hf : ∀ i, i < n → f i ≤ a) (hg : ∀ i, i < n → g i ≤ b)
    (hk : n * (a * b) < 2 ^ k) :
    dot k n (pack k f n) (pack k (fun i => g (n - 1 - i)) n) = nsum n (fun i => f i * g i) := by
  cases n with
  | zero => simp [dot, digit_eq, pack, nsum]
  | succ n =>
    have hle := polyMul_le hf (m := n + 1) (g := fun i => g (n + 1 - 1 - i))
      (fun i hi => hg _ (by omega))
    rw [dot, Nat.mul_eq, pack_mul_pack,
      digit_pack (fun t _ => Nat.lt_of_le_of_lt (hle t) hk) (by simp only [Nat.sub_eq]; omega), polyMul]
    refine nsum_congr fun i hi => ?_
    simp only [Nat.sub_eq, Nat.add_sub_cancel]
    rw [if_pos (by omega), show n - (n - i) = i by omega]

/-! ## Comparisons -/

/-- The value of `ones`. -/
theorem ones_eq (hk : 0 < k) (n : Nat) : ones k n = pack k (fun _ => 1) n := by
  have hpos : 0 < 2 ^ k - 1 := by
    have := Nat.pow_le_pow_right (n := 2) (by omega) hk
    omega
  have h : pack k (fun _ => 1) n * (2 ^ k - 1) = 2 ^ (k * n) - 1 := by
    induction n with
    | zero => simp [pack]
    | succ n ih =>
      have h₁ := Nat.two_pow_pos (k * n)
      have h₂ : 2 ^ (k * n) ≤ 2 ^ (k * n) * 2 ^ k := Nat.le_mul_of_pos_right _ (Nat.two_pow_pos k)
      rw [pack_succ, Nat.add_mul, ih, Nat.one_mul, Nat.mul_sub, Nat.mul_one, Nat.mul_succ, Nat.pow_add]
      omega
  rw [ones]
  show (2 ^ (k * n) - 1) / (2 ^ k - 1) = _
  rw [← h, Nat.mul_div_cancel _ hpos]

/-- The value of a mask. -/
theorem maskBits_eq {width : Nat} (hw : width ≤ k) (n : Nat) :
    maskBits width k n = pack k (fun _ => 2 ^ width - 1) n := by
  show (2 ^ width - 1) * ones k n = _
  by_cases hk : 0 < k
  · rw [ones_eq hk, ← pack_mul_left]
    simp only [Nat.mul_one]
  · obtain rfl : k = 0 := by omega
    obtain rfl : width = 0 := by omega
    rw [pack_eq_nsum]
    simp [nsum_zero]

/-- The value of the top bits. -/
theorem topBits_eq (hk : 0 < k) (n : Nat) : topBits k n = pack k (fun _ => 2 ^ (k - 1)) n := by
  show 2 ^ (k - 1) * ones k n = _
  rw [ones_eq hk, ← pack_mul_left]
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

/-- `digitsLe` compares all digits, if none uses its top bit. -/
theorem digitsLe_iff (hk : 0 < k) (hf : ∀ i, i < n → f i < 2 ^ (k - 1))
    (hg : ∀ i, i < n → g i < 2 ^ (k - 1)) :
    digitsLe k n (pack k f n) (pack k g n) = true ↔ ∀ i, i < n → f i ≤ g i := by
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
  have hle : ∀ i, i < n → ((g i + 2 ^ k - f i) &&& 2 ^ k = 2 ^ k ↔ f i ≤ g i) := by
    intro i hi
    constructor
    · intro h
      have := Nat.ge_two_pow_of_testBit (x := g i + 2 ^ k - f i) (i := k) (by
        have := congrArg (Nat.testBit · k) h
        simpa only [Nat.testBit_and, Nat.testBit_two_pow_self, Bool.and_true] using this)
      have := hf i hi
      omega
    · intro h
      have := hg i hi
      have htest : (g i + 2 ^ k - f i).testBit k = true := by
        rw [show g i + 2 ^ k - f i = 2 ^ k + (g i - f i) by omega, Nat.testBit_two_pow_add_eq,
          Nat.testBit_lt_two_pow (by omega)]
        rfl
      apply Nat.eq_of_testBit_eq
      intro b
      rw [Nat.testBit_and, Nat.testBit_two_pow]
      by_cases hb : k = b
      · rw [← hb, htest, Bool.true_and]
      · simp [hb]
  have hand : ∀ i, i < n → (g i + 2 ^ k - f i) &&& 2 ^ k < 2 ^ (k + 1) := fun i hi =>
    Nat.lt_of_le_of_lt Nat.and_le_left (hdiff i hi)
  rw [digitsLe, Nat.beq_eq]
  show (pack (k + 1) g n + topBits (k + 1) n - pack (k + 1) f n) &&& topBits (k + 1) n =
    topBits (k + 1) n ↔ _
  rw [guarded hk hf, topBits_eq hk, Nat.add_sub_cancel, pack_land hdiff htop]
  constructor
  · intro h i hi
    exact (hle i hi).1 (pack_inj hand htop h hi)
  · intro h
    exact pack_congr fun i hi => (hle i hi).2 (h i hi)

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
