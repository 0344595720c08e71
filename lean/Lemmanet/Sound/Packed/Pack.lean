module

public import Lemmanet.Exec.Packed
public import Lemmanet.Sound.Sum

/-!
# Packs and their digits

Packing is linear, so that it needs no bound on the digits; reading digits back needs them to be small
enough not to overlap.
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

/-- The digits of a bitwise disjunction. -/
theorem digit_lor (width stride x y i : Nat) :
    digit width stride (x ||| y) i = digit width stride x i ||| digit width stride y i := by
  apply Nat.eq_of_testBit_eq
  intro b
  rw [Nat.testBit_or]
  simp only [testBit_digit, Nat.testBit_or]
  cases decide (b < width) <;> simp

/-- The bitwise conjunction of packs whose digits do not overlap. -/
theorem pack_land (hf : ∀ i, i < n → f i < 2 ^ k) (hg : ∀ i, i < n → g i < 2 ^ k) :
    pack k f n &&& pack k g n = pack k (fun i => f i &&& g i) n := by
  rw [← pack_digit (Nat.lt_of_le_of_lt Nat.and_le_left (pack_lt hf))]
  exact pack_congr fun i hi => by rw [digit_land, digit_pack hf hi, digit_pack hg hi]

/-- The bitwise disjunction of packs whose digits do not overlap. -/
theorem pack_lor (hf : ∀ i, i < n → f i < 2 ^ k) (hg : ∀ i, i < n → g i < 2 ^ k) :
    pack k f n ||| pack k g n = pack k (fun i => f i ||| g i) n := by
  rw [← pack_digit (Nat.or_lt_two_pow (pack_lt hf) (pack_lt hg))]
  exact pack_congr fun i hi => by rw [digit_lor, digit_pack hf hi, digit_pack hg hi]

end Lemmanet
