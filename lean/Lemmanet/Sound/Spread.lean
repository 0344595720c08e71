module

public import Lemmanet.Exec.Lanes
public import Lemmanet.Sound.Conv.Packs

/-!
# Widening digits

`widen` moves narrow digits apart and keeps their values.
-/

public noncomputable section

namespace Lemmanet

variable {w k n : Nat} {u : Nat → Nat}

/-- Block `j` of `b` digits. -/
private def block (w b : Nat) (u : Nat → Nat) (j : Nat) : Nat := pack w (fun i => u (b * j + i)) b

/-- Blocks are small. -/
private theorem block_lt (hu : ∀ r, u r < 2 ^ w) (b j : Nat) : block w b u j < 2 ^ (w * b) :=
  pack_lt fun _ _ => hu _

/-- A block as two blocks of half its length. -/
private theorem block_two (w b : Nat) (u : Nat → Nat) (j : Nat) :
    block w (b * 2) u j = block w b u (2 * j) + 2 ^ (w * b) * block w b u (2 * j + 1) := by
  have h : b * 2 * j = b * (2 * j) := by rw [Nat.mul_assoc]
  have h' : ∀ i, b * (2 * j) + (b + i) = b * (2 * j + 1) + i := fun i => by
    rw [Nat.mul_succ]; omega
  have e : b * 2 = b + b := Nat.mul_two b
  unfold block
  rw [h]
  generalize 2 * j = i at h' ⊢
  rw [e, pack_append]
  simp only [h']

/-- Beyond the last digit there are only zeros. -/
private theorem block_zero (hz : ∀ r, n ≤ r → u r = 0) {b j : Nat} (h : n ≤ b * j) :
    block w b u j = 0 := by
  rw [block, pack_congr (g := fun _ => 0) fun i _ => hz _ (by omega), pack_eq_nsum]
  simp only [Nat.zero_mul, nsum_zero]

/-- Two packed sequences, taken in turns. -/
private theorem pack_two (k : Nat) (f : Nat → Nat) (n : Nat) :
    pack (k * 2) (fun j => f (2 * j) + 2 ^ k * f (2 * j + 1)) n = pack k f (2 * n) := by
  induction n with
  | zero => rfl
  | succ n ih =>
    rw [show 2 * (n + 1) = 2 * n + 1 + 1 by omega, pack_succ, ih, pack_succ, pack_succ, Nat.add_mul,
      Nat.add_assoc, Nat.mul_assoc k 2 n, Nat.mul_succ k (2 * n), Nat.pow_add]
    congr 2
    ac_rfl

/-- The upper half of a block. -/
private theorem upper_land {a x y : Nat} (hx : x < 2 ^ a) (hy : y < 2 ^ a) :
    (x + 2 ^ a * y) &&& (2 ^ a - 1) * 2 ^ a = 2 ^ a * y := by
  have hm : (2 ^ a - 1) * 2 ^ a = 2 ^ a * (2 ^ a - 1) + 0 := by rw [Nat.mul_comm]; rfl
  apply Nat.eq_of_testBit_eq
  intro i
  rw [Nat.testBit_and, Nat.add_comm x, Nat.testBit_two_pow_mul_add _ hx, hm,
    Nat.testBit_two_pow_mul_add _ (Nat.two_pow_pos a), Nat.testBit_two_pow_mul]
  by_cases hi : i < a
  · simp [hi, show ¬ a ≤ i by omega]
  · have hle : a ≤ i := by omega
    simp only [hi, if_false, hle, decide_true, Bool.true_and, Nat.testBit_two_pow_sub_one]
    by_cases hia : i - a < a
    · simp [hia]
    · have : y < 2 ^ (i - a) := Nat.lt_of_lt_of_le hy (Nat.pow_le_pow_right (by omega) (by omega))
      simp [hia, Nat.testBit_lt_two_pow this]

/-- The mask of the upper halves. -/
private theorem upperHalves_eq {b : Nat} (hb : 0 < b) (hk : 0 < k) (w n : Nat) :
    upperHalves w k n b =
      pack (b * 2 * k) (fun _ => (2 ^ (b * w) - 1) * 2 ^ (b * w)) (n / (b * 2) + 1) := by
  have : upperHalves w k n b = ones (b * 2 * k) (n / (b * 2) + 1) <<< (b * w * 2) -
      ones (b * 2 * k) (n / (b * 2) + 1) <<< (b * w) := rfl
  rw [this, Nat.shiftLeft_eq, Nat.shiftLeft_eq, ← Nat.mul_sub, Nat.mul_two (b * w), Nat.pow_add,
    ← Nat.sub_one_mul, ones_eq (Nat.mul_pos (Nat.mul_pos hb (by omega)) hk), Nat.mul_comm,
    ← pack_mul_left]
  simp only [Nat.mul_one]

/-- One step of `spread`. -/
private theorem packs_spreadStep (hw : w ≤ k) (hk : 0 < k) (hu : ∀ r, u r < 2 ^ w)
    (hz : ∀ r, n ≤ r → u r = 0) {b x : Nat} (hb : 0 < b)
    (hx : Packs (b * 2 * k) x (block w (b * 2) u)) :
    Packs (b * k) (spreadStep w k n b x) (block w b u) := by
  obtain ⟨e, rfl⟩ : ∃ e, k = w + e := ⟨k - w, by omega⟩
  have hM : n ≤ b * 2 * (n / (b * 2) + 1) := by
    have h1 := Nat.div_add_mod n (b * 2)
    have h2 := Nat.mod_lt n (show 0 < b * 2 by omega)
    rw [Nat.mul_succ]; omega
  have hMj : ∀ j, n / (b * 2) + 1 ≤ j → n ≤ b * 2 * j := fun j hj =>
    Nat.le_trans hM (Nat.mul_le_mul_left _ hj)
  have hx' := hx.eq_pack (n := n / (b * 2) + 1) fun j hj => block_zero hz (hMj j hj)
  have hsmall : ∀ j, block w (b * 2) u j < 2 ^ (b * 2 * (w + e)) := fun j =>
    Nat.lt_of_lt_of_le (block_lt hu _ _) (Nat.pow_le_pow_right (by omega)
      (by rw [Nat.mul_comm]; exact Nat.mul_le_mul_left _ hw))
  have hmask : (2 ^ (b * w) - 1) * 2 ^ (b * w) < 2 ^ (b * 2 * (w + e)) := by
    have h1 := Nat.two_pow_pos (b * w)
    have h2 : (2 ^ (b * w) - 1) * 2 ^ (b * w) < 2 ^ (b * w) * 2 ^ (b * w) :=
      Nat.mul_lt_mul_of_pos_right (by omega) h1
    refine Nat.lt_of_lt_of_le h2 ?_
    rw [← Nat.pow_add]
    refine Nat.pow_le_pow_right (by omega) ?_
    rw [Nat.mul_assoc, Nat.mul_left_comm, Nat.two_mul, Nat.mul_add]
    omega
  have hland : x &&& upperHalves w (w + e) n b = pack (b * 2 * (w + e))
      (fun j => 2 ^ (w * b) * block w b u (2 * j + 1)) (n / (b * 2) + 1) := by
    rw [hx', upperHalves_eq hb hk, pack_land (fun j _ => hsmall j) (fun _ _ => hmask)]
    refine pack_congr fun j _ => ?_
    rw [block_two, Nat.mul_comm b w]
    exact upper_land (block_lt hu _ _) (block_lt hu _ _)
  have hstep : spreadStep w (w + e) n b x = x + (x &&& upperHalves w (w + e) n b) *
      (2 ^ (b * e) - 1) := by
    have hle : x &&& upperHalves w (w + e) n b ≤ x := Nat.and_le_left
    have hpos := Nat.le_mul_of_pos_right (x &&& upperHalves w (w + e) n b) (Nat.two_pow_pos (b * e))
    have : w + e - w = e := by omega
    show x - (x &&& upperHalves w (w + e) n b) +
      (x &&& upperHalves w (w + e) n b) <<< (b * (w + e - w)) = _
    rw [this, Nat.shiftLeft_eq, Nat.mul_sub, Nat.mul_one]
    omega
  refine ⟨2 * (n / (b * 2) + 1), ?_, fun i hi => block_zero hz ?_⟩
  · rw [hstep, hland, hx', Nat.mul_comm (pack _ _ _) (2 ^ (b * e) - 1), ← pack_mul_left, ← pack_add,
      ← pack_two]
    rw [show b * (w + e) * 2 = b * 2 * (w + e) by ac_rfl]
    refine pack_congr fun j _ => ?_
    have h1 := Nat.two_pow_pos (b * e)
    have h2 : 2 ^ (b * (w + e)) = 2 ^ (b * e) * 2 ^ (w * b) := by
      rw [← Nat.pow_add]; congr 1; rw [Nat.mul_add]; rw [Nat.mul_comm b w]; omega
    rw [block_two, h2, Nat.sub_mul, Nat.one_mul, Nat.mul_assoc]
    have h3 : 2 ^ (w * b) * block w b u (2 * j + 1) ≤
        2 ^ (b * e) * (2 ^ (w * b) * block w b u (2 * j + 1)) := Nat.le_mul_of_pos_left _ h1
    omega
  · refine Nat.le_trans hM ?_
    rw [Nat.mul_assoc]
    exact Nat.mul_le_mul_left _ hi

/-- `spread` moves all digits of a block. -/
private theorem packs_spread (hw : w ≤ k) (hk : 0 < k) (hu : ∀ r, u r < 2 ^ w)
    (hz : ∀ r, n ≤ r → u r = 0) {t x : Nat} (hx : Packs (2 ^ t * k) x (block w (2 ^ t) u)) :
    Packs k (spread w k n t x) u := by
  induction t generalizing x with
  | zero =>
    rw [Nat.pow_zero, Nat.one_mul] at hx
    refine hx.congr fun j => ?_
    simp [block, pack_succ, pack_zero]
  | succ t ih =>
    refine ih (x := spreadStep w k n (2 ^ t) x) ?_
    exact packs_spreadStep hw hk hu hz (Nat.two_pow_pos t) (by rwa [Nat.pow_succ] at hx)

/-- Widening keeps the digits. -/
theorem widen_pack (hw : w ≤ k) (hu : ∀ r, r < n → u r < 2 ^ w) :
    widen w k n (pack w u n) = pack k u n := by
  unfold widen
  cases h : Nat.beq w k
  · have hne : w ≠ k := Nat.ne_of_beq_eq_false h
    have hk : 0 < k := by omega
    let v (r : Nat) := if r < n then u r else 0
    have hv : ∀ r, v r < 2 ^ w := fun r => by
      by_cases hr : r < n
      · simpa [v, hr] using hu r hr
      · simpa [v, hr] using Nat.two_pow_pos w
    have hz : ∀ r, n ≤ r → v r = 0 := fun r hr => by simp [v, show ¬ r < n by omega]
    have hvu : ∀ k, pack k u n = pack k v n := fun k => pack_congr fun r hr => by simp [v, hr]
    have hlog : n ≤ 2 ^ (n.log2 + 1) := Nat.le_of_lt Nat.lt_log2_self
    have hblock : Packs (2 ^ (n.log2 + 1) * k) (pack w v n) (block w (2 ^ (n.log2 + 1)) v) := by
      refine ⟨1, ?_, fun i hi => block_zero hz ?_⟩
      · rw [pack_succ, pack_zero, Nat.mul_zero, Nat.pow_zero, Nat.zero_add, Nat.mul_one, block]
        simp only [Nat.mul_zero, Nat.zero_add]
        exact (pack_eq_of_le hlog fun i hi _ => hz i hi).symm
      · exact Nat.le_trans hlog (Nat.le_mul_of_pos_right _ hi)
    rw [cond_false, hvu, hvu]
    exact (packs_spread hw hk hv hz hblock).eq_pack hz
  · rw [cond_true, Nat.eq_of_beq_eq_true h]

end Lemmanet
