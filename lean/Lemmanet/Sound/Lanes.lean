module

public import Lemmanet.Sound.Spread

/-!
# Lanes compute lane by lane

What the operations of `Exec.Lanes` do to the values in the lanes.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {k n : Nat}

/-! ## Numbers without an offset -/

/-- Differences of packs. -/
theorem pack_sub {f g h : Nat → Nat} (hh : ∀ r, r < n → h r + g r = f r) :
    pack k f n - pack k g n = pack k h n := by
  have : pack k f n = pack k h n + pack k g n := by
    rw [← pack_add]; exact (pack_congr fun r hr => (hh r hr)).symm
  rw [this, Nat.add_sub_cancel]

/-- A multiple of `ones`. -/
theorem mul_ones (hk : 0 < k) (c n : Nat) : c * ones k n = pack k (fun _ => c) n := by
  rw [ones_eq hk, ← pack_mul_left]
  simp only [Nat.mul_one]

/-- What `keepPositive` gives, for digits around `2 ^ (k - 1)`. -/
theorem keepPositive_eq (hk : 0 < k) {u : Nat → Nat} (hu : ∀ r, r < n → u r < 2 ^ k) :
    keepPositive k n (pack k u n) = pack k (fun r => u r - 2 ^ (k - 1)) n := by
  obtain ⟨e, rfl⟩ : ∃ e, k = e + 1 := ⟨k - 1, by omega⟩
  have htwo : 2 ^ (e + 1) = 2 ^ e + 2 ^ e := by rw [Nat.pow_succ, Nat.mul_two]
  have hpos := Nat.two_pow_pos e
  let b (r : Nat) : Nat := if 2 ^ e ≤ u r then 1 else 0
  have hb : ∀ r, r < n → u r &&& 2 ^ e = 2 ^ e * b r := fun r hr => by
    have hlt := hu r hr
    apply Nat.eq_of_testBit_eq
    intro i
    rw [Nat.testBit_and, Nat.testBit_two_pow]
    by_cases hle : 2 ^ e ≤ u r
    · simp only [b, hle, if_true, Nat.mul_one, Nat.testBit_two_pow]
      by_cases hi : e = i
      · subst hi
        have : (u r).testBit e = true := by
          rw [show u r = 2 ^ e + (u r - 2 ^ e) by omega, Nat.testBit_two_pow_add_eq,
            Nat.testBit_lt_two_pow (by omega)]
          rfl
        simp [this]
      · simp [hi]
    · simp only [b, hle, if_false, Nat.mul_zero, Nat.zero_testBit]
      by_cases hi : e = i
      · subst hi; simp [Nat.testBit_lt_two_pow (show u r < 2 ^ e by omega)]
      · simp [hi]
  have hland : pack (e + 1) u n &&& topBits (e + 1) n = 2 ^ e * pack (e + 1) b n := by
    rw [topBits_eq hk, Nat.add_sub_cancel, pack_land hu fun _ _ => by omega, ← pack_mul_left]
    exact pack_congr hb
  have hdiff : 2 ^ e * pack (e + 1) b n - pack (e + 1) b n =
      pack (e + 1) (fun r => (2 ^ e - 1) * b r) n := by
    rw [← pack_mul_left]
    refine pack_sub fun r _ => ?_
    rw [Nat.sub_mul, Nat.one_mul]
    have := Nat.le_mul_of_pos_left (b r) hpos
    omega
  show pack (e + 1) u n &&& ((pack (e + 1) u n &&& topBits (e + 1) n) -
    (pack (e + 1) u n &&& topBits (e + 1) n) >>> (e + 1 - 1)) = _
  rw [hland, Nat.add_sub_cancel, Nat.shiftRight_eq_div_pow, Nat.mul_div_cancel_left _ hpos, hdiff,
    pack_land hu fun r _ => ?_]
  · refine pack_congr fun r hr => ?_
    have hlt := hu r hr
    by_cases hle : 2 ^ e ≤ u r
    · simp only [b, hle, if_true, Nat.mul_one]
      rw [Nat.and_two_pow_sub_one_eq_mod, Nat.mod_eq_sub_mod hle, Nat.mod_eq_of_lt (by omega)]
    · simp only [b, hle, if_false, Nat.mul_zero, Nat.and_zero]
      omega
  · by_cases hle : 2 ^ e ≤ u r <;> simp only [b, hle, if_true, if_false] <;> omega

/-- The larger one of two lanes. -/
theorem laneMax_eq (hk : 0 < k) {u v : Nat → Nat} (hu : ∀ r, r < n → u r < 2 ^ (k - 1))
    (hv : ∀ r, r < n → v r < 2 ^ (k - 1)) :
    laneMax k n (pack k u n) (pack k v n) = pack k (fun r => Nat.max (u r) (v r)) n := by
  have htwo : 2 ^ k = 2 ^ (k - 1) + 2 ^ (k - 1) := by
    rw [← Nat.mul_two, ← Nat.pow_succ]; congr 1; omega
  have hguard : pack k v n + topBits k n - pack k u n =
      pack k (fun r => v r + 2 ^ (k - 1) - u r) n := by
    rw [topBits_eq hk, ← pack_add]
    exact pack_sub fun r hr => by have := hu r hr; omega
  show pack k u n + keepPositive k n (pack k v n + topBits k n - pack k u n) = _
  rw [hguard, keepPositive_eq hk fun r hr => by have := hu r hr; have := hv r hr; omega, ← pack_add]
  refine pack_congr fun r hr => ?_
  have := hu r hr
  have : Nat.max (u r) (v r) = if u r ≤ v r then v r else u r := Nat.max_def
  rw [this]
  split <;> omega

/-! ## Numbers with an offset -/

/-- `x` holds the values `f` in `n` lanes of `k` bits, with the offset `o`, which they do not exceed. -/
structure Packed (k n o x : Nat) (f : Nat → Int) : Prop where
  /-- The digits. -/
  eq : x = pack k (fun r => (f r + o).toNat) n
  /-- Values are not below minus the offset. -/
  low : ∀ r, r < n → -(o : Int) ≤ f r
  /-- Values are not above the offset. -/
  high : ∀ r, r < n → f r ≤ o
  /-- Digits do not overflow. -/
  lt : ∀ r, r < n → (f r + o).toNat < 2 ^ k

namespace Packed

variable {o x y : Nat} {f g : Nat → Int}

/-- Equal values. -/
theorem congr (h : Packed k n o x f) (hfg : ∀ r, r < n → f r = g r) : Packed k n o x g where
  eq := h.eq.trans (pack_congr fun r hr => by rw [hfg r hr])
  low r hr := hfg r hr ▸ h.low r hr
  high r hr := hfg r hr ▸ h.high r hr
  lt r hr := hfg r hr ▸ h.lt r hr

/-- From digits to values. -/
theorem of_pack {u : Nat → Nat} (hx : x = pack k u n) (hu : ∀ r, r < n → (u r : Int) = f r + o)
    (hle : ∀ r, r < n → u r ≤ 2 * o) (hlt : 2 * o < 2 ^ k) : Packed k n o x f where
  eq := hx.trans (pack_congr fun r hr => by have := hu r hr; omega)
  low r hr := by have := hu r hr; omega
  high r hr := by have := hu r hr; have := hle r hr; omega
  lt r hr := by have := hu r hr; have := hle r hr; omega

/-- A digit is at most twice the offset. -/
theorem digit_le (h : Packed k n o x f) {r : Nat} (hr : r < n) : (f r + o).toNat ≤ 2 * o := by
  have := h.high r hr
  omega

/-- A digit as an integer. -/
theorem digit_cast (h : Packed k n o x f) {r : Nat} (hr : r < n) :
    (((f r + o).toNat : Nat) : Int) = f r + o := by
  have := h.low r hr
  omega

/-- Reading a lane. -/
theorem int_eq (h : Packed k n o x f) {r : Nat} (hr : r < n) :
    Int.subNatNat (digit k k x r) o = f r := by
  rw [h.eq, digit_pack h.lt hr, Int.subNatNat_eq_coe, h.digit_cast hr]
  omega

/-- The values are what reading gives. -/
theorem read (h : Packed k n o x f) : Packed k n o x (fun r => Int.subNatNat (digit k k x r) o) :=
  h.congr fun _ hr => (h.int_eq hr).symm

/-- Wider digits. -/
theorem widen {w : Nat} (h : Packed w n o x f) (hw : w ≤ k) (ho : 2 * o < 2 ^ k) :
    Packed k n o (Lemmanet.widen w k n x) f := by
  refine .of_pack (u := fun r => (f r + o).toNat) ?_ (fun r hr => h.digit_cast hr)
    (fun r hr => h.digit_le hr) ho
  conv => lhs; rw [h.eq]
  exact widen_pack hw h.lt

/-- The digits of the negative values. -/
theorem laneNeg_eq (h : Packed k n o x f) (hk : 0 < k) :
    laneNeg k n o x = pack k (fun r => (-f r + o).toNat) n := by
  show 2 * o * ones k n - x = _
  rw [mul_ones hk, h.eq]
  refine pack_sub fun r hr => ?_
  have := h.low r hr
  have := h.high r hr
  omega

/-- Negative values. -/
theorem neg (h : Packed k n o x f) (hk : 0 < k) (ho : 2 * o < 2 ^ k) :
    Packed k n o (laneNeg k n o x) (fun r => -f r) := by
  refine .of_pack (h.laneNeg_eq hk) (fun r hr => ?_) (fun r hr => ?_) ho
  · have := h.high r hr; omega
  · have := h.low r hr; omega

/-- Positive parts. -/
theorem positivePart_eq (h : Packed k n o x f) (hk : 0 < k) (ho : o < 2 ^ (k - 1)) :
    positivePart k n o x = pack k (fun r => (f r).toNat) n := by
  have htwo : 2 ^ k = 2 ^ (k - 1) + 2 ^ (k - 1) := by
    rw [← Nat.mul_two, ← Nat.pow_succ]; congr 1; omega
  show keepPositive k n (x + (2 ^ (k - 1) - o) * ones k n) = _
  rw [mul_ones hk, h.eq, ← pack_add, keepPositive_eq hk fun r hr => ?_]
  · refine pack_congr fun r hr => ?_
    have := h.low r hr
    omega
  · have := h.high r hr
    omega

end Packed

end Lemmanet
