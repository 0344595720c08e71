module

public import Lemmanet.Exec.RowsConv
public import Lemmanet.Sound.Rows

/-!
# Combinations with any weights

A combination of coefficients with weights of either sign, where the sum of the weights is not known
beforehand: one lane more counts it.
-/

public noncomputable section

namespace Lemmanet

namespace Rows

variable {k n o : Nat}

/-- The digits of lifted coefficients. -/
@[expose] def liftDigit (n o : Nat) (a : Nat → Int) (r : Nat) : Nat :=
  if r < n then (a r + o).toNat else 1

/-- A pack with a one above. -/
private theorem pack_lift {u v : Nat → Nat} (h : ∀ r, r < n → u r = v r) (hn : v n = 1) :
    pack k u n + Nat.shiftLeft 1 (k * n) = pack k v (n + 1) := by
  rw [pack_succ, hn, ← pack_congr h, Nat.one_mul]
  congr 1
  exact (Nat.shiftLeft_eq ..).trans (Nat.one_mul _)

/-- Lifted coefficients. -/
theorem liftPos_eq {x : Nat} {a : Nat → Int} (h : Packed k n o x a) :
    liftPos k n x = pack k (liftDigit n o a) (n + 1) := by
  show x + Nat.shiftLeft 1 (k * n) = _
  conv => lhs; rw [h.eq]
  exact pack_lift (fun r hr => (if_pos hr).symm) (if_neg (Nat.lt_irrefl n))

/-- Lifted negative coefficients. -/
theorem liftNeg_eq {x : Nat} {a : Nat → Int} (hk : 0 < k) (h : Packed k n o x a) :
    liftNeg k n o x = pack k (liftDigit n o fun r => -a r) (n + 1) := by
  show laneNeg k n o x + Nat.shiftLeft 1 (k * n) = _
  rw [h.laneNeg_eq hk]
  exact pack_lift (fun r hr => (if_pos hr).symm) (if_neg (Nat.lt_irrefl n))

/-- Lifted digits are small. -/
theorem liftDigit_le {x : Nat} {a : Nat → Int} (h : Packed k n o x a) (r : Nat) :
    (r < n → liftDigit n o a r ≤ 2 * o ∧ liftDigit n o (fun r => -a r) r ≤ 2 * o) ∧
      (¬ r < n → liftDigit n o a r = 1 ∧ liftDigit n o (fun r => -a r) r = 1) := by
  refine ⟨fun hr => ?_, fun hr => ⟨if_neg hr, if_neg hr⟩⟩
  have h1 := h.low r hr
  have h2 := h.high r hr
  rw [liftDigit, liftDigit, if_pos hr, if_pos hr]
  omega

/-- The digits of a combination. -/
@[expose] def combineDigit (n o m : Nat) (p q : Nat → Nat) (a : Nat → Nat → Int) (r : Nat) : Nat :=
  nsum m fun i => p i * liftDigit n o (a i) r + q i * liftDigit n o (fun r => -a i r) r

variable {m bound z : Nat} {p q : Nat → Nat} {x : Nat → Nat} {a : Nat → Nat → Int}

/-- A combination of lifted coefficients, digit by digit. -/
theorem combine_eq (hk : 0 < k) (hx : ∀ i, i < m → Packed k n o (x i) (a i)) :
    (nsum m fun i => p i * liftPos k n (x i) + q i * liftNeg k n o (x i)) =
      pack k (combineDigit n o m p q a) (n + 1) := by
  unfold combineDigit
  rw [pack_nsum]
  refine nsum_congr fun i hi => ?_
  rw [pack_add, pack_mul_left, pack_mul_left, liftPos_eq (hx i hi), liftNeg_eq hk (hx i hi)]

/-- The digits of a combination are small, and the one above is the sum of the weights. -/
theorem combineDigit_le (hx : ∀ i, i < m → Packed k n o (x i) (a i))
    (hb : (nsum m fun i => p i + q i) ≤ bound) :
    (∀ r, r < n → combineDigit n o m p q a r ≤ 2 * (bound * o)) ∧
      combineDigit n o m p q a n = nsum m fun i => p i + q i := by
  constructor
  · intro r hr
    have h1 : combineDigit n o m p q a r ≤ nsum m fun i => (p i + q i) * (2 * o) := by
      refine nsum_le_nsum fun i hi => ?_
      obtain ⟨h2, h3⟩ := (liftDigit_le (hx i hi) r).1 hr
      rw [Nat.add_mul]
      exact Nat.add_le_add (Nat.mul_le_mul_left _ h2) (Nat.mul_le_mul_left _ h3)
    rw [nsum_mul_right] at h1
    have h2 := Nat.mul_le_mul_right (2 * o) hb
    rw [Nat.mul_left_comm bound] at h2
    exact Nat.le_trans h1 h2
  · refine nsum_congr fun i hi => ?_
    obtain ⟨h2, h3⟩ := (liftDigit_le (hx i hi) n).2 (Nat.lt_irrefl n)
    rw [h2, h3, Nat.mul_one, Nat.mul_one]

/-- A settled combination holds the combinations of the values. -/
theorem settle_packed (hk : 0 < k) (hx : ∀ i, i < m → Packed k n o (x i) (a i))
    (hb : (nsum m fun i => p i + q i) ≤ bound) (ho : 2 * (bound * o) < 2 ^ k)
    (hz : z = nsum m fun i => p i * liftPos k n (x i) + q i * liftNeg k n o (x i)) :
    Packed k n (bound * o) (settle k n o bound z)
      (fun r => isum m fun i => ((p i : Int) - q i) * a i r) := by
  obtain ⟨hle, hn⟩ := combineDigit_le hx hb
  rw [combine_eq hk hx] at hz
  have hlow : pack k (combineDigit n o m p q a) n < 2 ^ (k * n) :=
    pack_lt fun r hr => by have := hle r hr; omega
  have hmod : z % 2 ^ (k * n) = pack k (combineDigit n o m p q a) n := by
    rw [hz, pack_succ, Nat.add_mul_mod_self_right, Nat.mod_eq_of_lt hlow]
  have hshift : z >>> (k * n) = nsum m fun i => p i + q i := by
    rw [hz, pack_succ, Nat.shiftRight_eq_div_pow, Nat.add_mul_div_right _ _ (Nat.two_pow_pos _),
      Nat.div_eq_of_lt hlow, Nat.zero_add, hn]
  have hsum := Nat.mul_le_mul_right o hb
  rw [Nat.mul_comm _ o] at hsum
  refine .of_pack (u := fun r => combineDigit n o m p q a r +
    (bound * o - o * nsum m fun i => p i + q i)) ?_ (fun r hr => ?_) (fun r hr => ?_) ho
  · rw [pack_add, ← mul_ones hk]
    show z % 2 ^ (k * n) + (bound * o - o * (z >>> (k * n))) * ones k n = _
    rw [hmod, hshift]
  · have hterm : ∀ j, j ≤ m → ((nsum j fun i => p i * liftDigit n o (a i) r +
        q i * liftDigit n o (fun r => -a i r) r : Nat) : Int) =
        (isum j fun i => ((p i : Int) - q i) * a i r) + (o * nsum j fun i => p i + q i : Nat) := by
      intro j hj
      induction j with
      | zero => rfl
      | succ j ih =>
        have hP := hx j (by omega)
        have h1 := hP.low r hr
        have h2 := hP.high r hr
        have e1 : ((liftDigit n o (a j) r : Nat) : Int) = a j r + o := by
          rw [liftDigit, if_pos hr]; omega
        have e2 : ((liftDigit n o (fun r => -a j r) r : Nat) : Int) = -a j r + o := by
          rw [liftDigit, if_pos hr]; omega
        rw [nsum, isum, nsum, Int.natCast_add, ih (by omega)]
        simp only [Int.natCast_add, Int.natCast_mul, e1, e2]
        grind
    have e := hterm m (Nat.le_refl _)
    show ((combineDigit n o m p q a r + _ : Nat) : Int) = _
    rw [Int.natCast_add, Int.ofNat_sub hsum]
    have e' : ((combineDigit n o m p q a r : Nat) : Int) = _ := e
    rw [e']
    omega
  · have hP : combineDigit n o m p q a r ≤ 2 * (o * nsum m fun i => p i + q i) := by
      rw [← nsum_mul_left, ← nsum_mul_left]
      refine nsum_le_nsum fun i hi => ?_
      obtain ⟨h2, h3⟩ := (liftDigit_le (hx i hi) r).1 hr
      have h2 := Nat.mul_le_mul_left (p i) h2
      have h3 := Nat.mul_le_mul_left (q i) h3
      rw [Nat.mul_add, Nat.mul_add, Nat.mul_comm o, Nat.mul_comm o, Nat.mul_left_comm 2,
        Nat.mul_left_comm 2]
      exact Nat.add_le_add h2 h3
    show _ + _ ≤ _
    omega

/-- A combination fits above the lanes. -/
theorem combine_lt (hk : 0 < k) (hx : ∀ i, i < m → Packed k n o (x i) (a i))
    (hb : (nsum m fun i => p i + q i) ≤ bound) (hbk : bound < 2 ^ k) (ho : 2 * (bound * o) < 2 ^ k) :
    (nsum m fun i => p i * liftPos k n (x i) + q i * liftNeg k n o (x i)) < 2 ^ (k * (n + 1)) := by
  obtain ⟨hle, hn⟩ := combineDigit_le hx hb
  rw [combine_eq hk hx]
  refine pack_lt fun r hr => ?_
  by_cases hrn : r < n
  · have := hle r hrn; omega
  · rw [show r = n by omega, hn]; omega

end Rows

end Lemmanet
