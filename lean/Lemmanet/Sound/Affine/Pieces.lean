module

public import Lemmanet.Exec.Affine
public import Lemmanet.Sound.Bounds

/-!
# Relaxations, entry by entry

The inequality behind a relaxation of an operator of two linear pieces, and what it needs to know of the
argument: its box, and the cuts that concern it.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {k n : Nat}

/-! ## Dropping lanes -/

/-- What `dropLanes` leaves. -/
theorem dropLanes_eq (hk : 0 < k) (bits : Nat) {u : Nat → Nat} (hu : ∀ r, r < n → u r < 2 ^ k) :
    dropLanes k n bits (pack k u n) =
      pack k (fun r => if bits.testBit r then 0 else u r) n := by
  unfold dropLanes
  cases h : Nat.beq bits 0
  · have hpos := Nat.two_pow_pos k
    let b (r : Nat) : Nat := digit 1 1 (bits % 2 ^ n) r
    have hb : ∀ r, r < n → b r = if bits.testBit r then 1 else 0 := fun r hr => by
      have h1 : b r < 2 := digit_lt 1 1 _ r
      have h2 : (b r).testBit 0 = bits.testBit r := by
        show (digit 1 1 (bits % 2 ^ n) r).testBit 0 = _
        rw [testBit_digit, Nat.testBit_mod_two_pow]
        simp [hr]
      rw [Nat.testBit_zero] at h2
      by_cases ht : bits.testBit r
      · simp only [ht, decide_eq_true_eq, if_true] at h2 ⊢; omega
      · simp only [ht, Bool.false_eq_true, if_false, decide_eq_false_iff_not] at h2 ⊢; omega
    have hbits : bits % 2 ^ n = pack 1 b n := by
      rw [pack_digit (by rw [Nat.one_mul]; exact Nat.mod_lt _ (Nat.two_pow_pos n))]
    have hmask : widen 1 k n (bits % 2 ^ n) * (2 ^ k - 1) = pack k (fun r => (2 ^ k - 1) * b r) n := by
      rw [hbits, widen_pack hk fun r hr => by rw [hb r hr]; split <;> decide, Nat.mul_comm,
        ← pack_mul_left]
    have hland : pack k u n &&& widen 1 k n (bits % 2 ^ n) * (2 ^ k - 1) =
        pack k (fun r => if bits.testBit r then u r else 0) n := by
      rw [hmask, pack_land hu fun r hr => by rw [hb r hr]; split <;> omega]
      refine pack_congr fun r hr => ?_
      rw [hb r hr]
      split
      · rw [Nat.mul_one, Nat.and_two_pow_sub_one_eq_mod, Nat.mod_eq_of_lt (hu r hr)]
      · simp
    show pack k u n - (pack k u n &&& widen 1 k n (bits % 2 ^ n) * (2 ^ k - 1)) = _
    rw [hland]
    refine pack_sub fun r _ => ?_
    split <;> omega
  · rw [Nat.eq_of_beq_eq_true h]
    simp

/-! ## Cuts at zero -/

variable {α : Type} [OrderedField α] {s : Shape}

/-- A fraction with a numerator that is not positive. -/
theorem ratio_nonpos {a : Int} (d : Nat) (h : a ≤ 0) : (ratio a d : α) ≤ 0 := by
  have h1 := ratio_nonneg (α := α) d (show 0 ≤ -a by omega)
  have h2 : (ratio (-a) d : α) = -ratio a d := by unfold ratio; rw [Ring.intCast_neg]; grind
  grind

/-- Where the cuts hold, the entry is not negative. -/
theorem nonneg_of_bitsAbove {cuts : List Cut} {x : Tensor α s} {k r : Nat}
    (hc : ∀ c, c ∈ cuts → c.Holds x r) (h : (bitsAbove cuts k).testBit r = true) : 0 ≤ x.at k := by
  induction cuts with
  | nil => simp [bitsAbove] at h
  | cons c cuts ih =>
    have ih := ih fun c' hc' => hc c' (List.mem_cons_of_mem _ hc')
    unfold bitsAbove at h
    cases hb : Nat.beq c.entry k && zle 0 c.num <;> rw [hb] at h
    · exact ih h
    · rw [Bool.and_eq_true, zle_iff, Nat.beq_eq] at hb
      have h : (c.above ||| bitsAbove cuts k).testBit r = true := h
      rw [Nat.testBit_or, Bool.or_eq_true] at h
      rcases h with h | h
      · exact hb.1 ▸ Std.le_trans (ratio_nonneg _ hb.2) ((hc c List.mem_cons_self).1 h)
      · exact ih h

/-- Where the cuts hold, the entry is not positive. -/
theorem nonpos_of_bitsBelow {cuts : List Cut} {x : Tensor α s} {k r : Nat}
    (hc : ∀ c, c ∈ cuts → c.Holds x r) (h : (bitsBelow cuts k).testBit r = true) : x.at k ≤ 0 := by
  induction cuts with
  | nil => simp [bitsBelow] at h
  | cons c cuts ih =>
    have ih := ih fun c' hc' => hc c' (List.mem_cons_of_mem _ hc')
    unfold bitsBelow at h
    cases hb : Nat.beq c.entry k && zle c.num 0 <;> rw [hb] at h
    · exact ih h
    · rw [Bool.and_eq_true, zle_iff, Nat.beq_eq] at hb
      have h : (c.below ||| bitsBelow cuts k).testBit r = true := h
      rw [Nat.testBit_or, Bool.or_eq_true] at h
      rcases h with h | h
      · exact hb.1 ▸ Std.le_trans ((hc c List.mem_cons_self).2 h) (ratio_nonpos _ hb.2)
      · exact ih h

/-- The ends of an entry of a box that is read from its joined literals, over its denominator. -/
theorem Box.flat_bounds {b : Box s} (h : b.regular = true) {x : Tensor α s} (hx : b.Mem x) {k : Nat}
    (hk : k < Shape.size s) :
    (b.flat.get b.flat.lowPos k : α) - (b.flat.get b.flat.lowNeg k : α) ≤ x.at k * (b.den : α) ∧
      x.at k * (b.den : α) ≤
        (b.flat.get b.flat.highPos k : α) - (b.flat.get b.flat.highNeg k : α) := by
  have hd := (Box.regular_iff.1 h).1
  have hx := hx k hk
  have hcast : ∀ c : Const s, (c.num k : α) = (c.posDigit k : α) - (c.negDigit k : α) := fun c => by
    rw [Const.num, Int.subNatNat_eq_coe, Ring.intCast_sub, Ring.intCast_natCast, Ring.intCast_natCast]
  rw [Box.flat_lowPos h, Box.flat_lowNeg h, Box.flat_highPos h, Box.flat_highNeg h, ← hcast, ← hcast]
  exact ⟨(ratio_le_iff hd).1 hx.1, (le_ratio_iff hd).1 hx.2⟩

/-- A tensor of a box lies in it when it is read from its joined literals. -/
theorem Box.mem_flat {b : Box s} {x : Tensor α s} (hx : b.Mem x) (h : b.regular = true) :
    b.flat.Mem x := fun _ hk => Box.mem_flat_ival hx h hk

/-- The ends of an entry of a box, as differences of digits. -/
theorem Flat.bounds {f : Flat} {x : Tensor α s} (hx : f.Mem x) {k : Nat} (hk : k < Shape.size s) :
    (f.get f.lowPos k : α) - (f.get f.lowNeg k : α) ≤ x.at k * (f.den : α) ∧
      x.at k * (f.den : α) ≤ (f.get f.highPos k : α) - (f.get f.highNeg k : α) := by
  have h := (hx k hk).2
  simp only [Flat.ival, Int.subNatNat_eq_coe, Ring.intCast_sub, Ring.intCast_natCast] at h
  exact h

/-! ## One entry -/

/-- A truncated difference is at least the difference. -/
theorem sub_le_natSub (a b : Nat) : (a : α) - (b : α) ≤ ((a - b : Nat) : α) := by
  have := intCast_le (α := α) (show (a : Int) - b ≤ ((a - b : Nat) : Int) by omega)
  rwa [Ring.intCast_sub, Ring.intCast_natCast, Ring.intCast_natCast, Ring.intCast_natCast] at this

/-- The value of a function of two pieces: the identity on the right of zero and `p / q` times the
argument on the left. -/
@[expose] def IsTwoPiece (p : Int) (q : Nat) (f : α → α) : Prop :=
  (∀ z, 0 ≤ z → f z = z) ∧ ∀ z, z ≤ 0 → f z = ratio p q * z

/-- The relaxation of one entry, over the denominator `d` of the coefficients `a` and `b`. The constant
`t` is at least what either side asks for, unless the argument is known not to be there. -/
theorem two_piece_le {p a b : Int} {q d e up down t : Nat} {f : α → α} {z : α}
    (hf : IsTwoPiece p q f) (hq : 0 < q) (hd : 0 < d) (he : 0 < e)
    (hup : z * (e : α) ≤ (up : α)) (hdown : -(z * (e : α)) ≤ (down : α))
    (h1 : z ≤ 0 ∨ q * up * (a - b).toNat ≤ t)
    (h2 : 0 ≤ z ∨ down * ((q : Int) * b - p * a).toNat ≤ t) :
    ratio a d * f z ≤ ratio b d * z + ratio t (d * q * e) := by
  have hqp := natCast_pos (α := α) hq
  have hdp := natCast_pos (α := α) hd
  have hep := natCast_pos (α := α) he
  have hall := Nat.mul_pos (Nat.mul_pos hd hq) he
  have ht := ratio_nonneg (α := α) (d * q * e) (Int.natCast_nonneg t)
  have hnn := fun i : Int => natCast_nonneg (α := α) i.toNat
  -- multiplying a slope by the distance from zero
  have key : ∀ (m : Int) (y : α) (w : Nat), y * (e : α) ≤ (w : α) → 0 ≤ y → w * m.toNat ≤ t →
      ∀ g : Nat, 0 < g → d * q = g → (ratio m g : α) * y ≤ ratio t (d * q * e) := by
    intro m y w hy h0 hle g hg hgd
    have hgp := natCast_pos (α := α) hg
    rw [hgd, le_ratio_iff (Nat.mul_pos hg he), Semiring.natCast_mul]
    have e1 : ratio m g * y * ((g : α) * (e : α)) = (m : α) * (y * (e : α)) := by
      unfold ratio; grind
    rw [e1]
    have h3 : (m : α) ≤ (m.toNat : α) := by
      have := intCast_le (α := α) (show m ≤ (m.toNat : Int) by omega)
      rwa [Ring.intCast_natCast] at this
    have h4 := OrderedRing.mul_le_mul_of_nonneg_right h3
      (OrderedRing.mul_nonneg h0 (Std.le_of_lt hep))
    have h5 := OrderedRing.mul_le_mul_of_nonneg_left hy (hnn m)
    have h6 := natCast_le (α := α) hle
    rw [Semiring.natCast_mul] at h6
    rw [Ring.intCast_natCast]
    grind
  rcases Std.le_total (a := 0) (b := z) with hz | hz
  · rw [hf.1 z hz]
    rcases h1 with h1 | h1
    · rw [show z = 0 from Std.le_antisymm h1 hz]
      grind
    · have h3 := key ((q : Int) * (a - b)) z up hup hz (by
        have : ((q : Int) * (a - b)).toNat = q * (a - b).toNat := by
          rcases Int.le_total 0 (a - b) with h | h
          · obtain ⟨c, hc⟩ := Int.eq_ofNat_of_zero_le h
            rw [hc, ← Int.natCast_mul]; rfl
          · have h' : (q : Int) * (a - b) ≤ 0 := Int.mul_nonpos_of_nonneg_of_nonpos (by omega) h
            rw [Int.toNat_of_nonpos h, Int.toNat_of_nonpos h', Nat.mul_zero]
        rw [this, ← Nat.mul_assoc, Nat.mul_comm up]
        exact h1) (d * q) (Nat.mul_pos hd hq) rfl
      rw [Nat.mul_comm d q, ratio_mul_left hq hd, Nat.mul_comm q d, ratio_sub] at h3
      grind
  · rw [hf.2 z hz]
    rcases h2 with h2 | h2
    · rw [show z = 0 from Std.le_antisymm hz h2]
      grind
    · have h3 := key ((q : Int) * b - p * a) (-z) down (by grind) (by grind) h2 (d * q)
        (Nat.mul_pos hd hq) rfl
      have e1 : (ratio ((q : Int) * b - p * a) (d * q) : α) = ratio b d - ratio p q * ratio a d := by
        rw [ratio_sub, Int.mul_comm p a, ratio_mul a p hd hq, Nat.mul_comm d q, ratio_mul_left hq hd]
        grind
      rw [e1] at h3
      grind

end Lemmanet
