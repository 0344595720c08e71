module

public import Lemmanet.Exec.Ends
public import Lemmanet.Sound.Flat
public import Lemmanet.Sound.Lanes
public import Lemmanet.Sound.Packed

/-!
# Comparisons of whole boxes

What the operations of `Exec.Ends` say about the ends of single entries.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {k m n : Nat}

/-- Digits have room for what they were made for. -/
theorem lt_flagBits (m : Nat) : m < 2 ^ (flagBits m - 1) := Nat.lt_log2_self

/-- The differences of the digits of `p` and `q`, which have `k` bits and are at most `m`, are `v 0`,
…, `v (n - 1)`. -/
@[expose] def Signed (k n m p q : Nat) (v : Nat → Int) : Prop :=
  ∃ f g : Nat → Nat, p = pack k f n ∧ q = pack k g n ∧
    ∀ i, i < n → f i ≤ m ∧ g i ≤ m ∧ v i = (f i : Int) - g i

namespace Signed

variable {p q p' q' m' : Nat} {v v' : Nat → Int}

/-- Comparisons of signed numbers. -/
theorem atMost_eq (hu : Signed k n m p q v) (hv : Signed k n m' p' q' v')
    (hk : m + m' < 2 ^ (k - 1)) (hk' : 0 < k) :
    atMost k n (Nat.add p q') (Nat.add p' q) = flags k n (fun i => decide (v i ≤ v' i)) := by
  obtain ⟨f, g, rfl, rfl, h⟩ := hu
  obtain ⟨f', g', rfl, rfl, h'⟩ := hv
  rw [Nat.add_eq, Nat.add_eq, ← pack_add, ← pack_add, Lemmanet.atMost_eq hk']
  · refine flags_congr fun i hi => ?_
    have := h i hi
    have := h' i hi
    rw [decide_eq_decide]
    omega
  · intro i hi
    have := h i hi
    have := h' i hi
    omega
  · intro i hi
    have := h i hi
    have := h' i hi
    omega

/-- Sums of signed numbers. -/
theorem add (hu : Signed k n m p q v) (hv : Signed k n m' p' q' v') :
    Signed k n (m + m') (Nat.add p p') (Nat.add q q') (fun i => v i + v' i) := by
  obtain ⟨f, g, rfl, rfl, h⟩ := hu
  obtain ⟨f', g', rfl, rfl, h'⟩ := hv
  refine ⟨fun i => f i + f' i, fun i => g i + g' i, (pack_add ..).symm, (pack_add ..).symm,
    fun i hi => ?_⟩
  have := h i hi
  have := h' i hi
  dsimp only
  omega

/-- Negatives of signed numbers. -/
theorem neg (hv : Signed k n m p q v) : Signed k n m q p (fun i => -v i) := by
  obtain ⟨f, g, rfl, rfl, h⟩ := hv
  refine ⟨g, f, rfl, rfl, fun i hi => ?_⟩
  have := h i hi
  dsimp only
  omega

/-- Comparisons with zero. -/
theorem nonneg_eq (hv : Signed k n m p q v) (hk : m < 2 ^ (k - 1)) (hk' : 0 < k) :
    atMost k n q p = flags k n (fun i => decide (0 ≤ v i)) := by
  obtain ⟨f, g, rfl, rfl, h⟩ := hv
  rw [Lemmanet.atMost_eq hk' (fun i hi => by have := h i hi; omega)
    (fun i hi => by have := h i hi; omega)]
  refine flags_congr fun i hi => ?_
  have := h i hi
  rw [decide_eq_decide]
  omega

/-- Comparisons with zero from the other side. -/
theorem nonpos_eq (hv : Signed k n m p q v) (hk : m < 2 ^ (k - 1)) (hk' : 0 < k) :
    atMost k n p q = flags k n (fun i => decide (v i ≤ 0)) := by
  obtain ⟨f, g, rfl, rfl, h⟩ := hv
  rw [Lemmanet.atMost_eq hk' (fun i hi => by have := h i hi; omega)
    (fun i hi => by have := h i hi; omega)]
  refine flags_congr fun i hi => ?_
  have := h i hi
  rw [decide_eq_decide]
  omega

end Signed

namespace Box

variable {s : Shape} {b : Box s}

/-- Digit number `i` in some literals of a box. -/
@[expose] def part (b : Box s) (literals : List Nat) (i : Nat) : Nat :=
  digit b.width b.width (literals.getD (i / b.line) 0) (i % b.line)

/-- Digits are small. -/
theorem part_lt (b : Box s) (literals : List Nat) (i : Nat) : b.part literals i < 2 ^ b.width :=
  digit_lt ..

/-- The number that literals are joined to. -/
theorem number_eq (hr : b.regular = true) (literals : List Nat) :
    b.number literals = pack b.width (b.part literals) (Shape.size s) := by
  rw [number]
  exact (pack_digit_mod ..).symm.trans
    (pack_congr fun i _ => digit_joined (Nat.le_refl _) (regular_iff.1 hr).2 literals i)

/-- Without literals there are only zeros. -/
theorem part_nil (b : Box s) (i : Nat) : b.part [] i = 0 := by simp [part, digit_eq]

/-- The digits of a box. -/
theorem digits_eq (hr : b.regular = true) (hw : b.width ≤ k) (literals : List Nat) :
    b.digits k literals = pack k (b.part literals) (Shape.size s) := by
  unfold digits
  cases literals with
  | nil =>
    rw [pack_congr (g := fun _ => 0) fun i _ => part_nil b i, pack_eq_nsum,
      nsum_congr (g := fun _ => 0) fun _ _ => Nat.zero_mul _, nsum_zero]
    rfl
  | cons a l =>
    rw [List.isEmpty_cons, cond_false, number_eq hr, widen_pack hw fun _ _ => part_lt ..]

end Box

section

variable {s : Shape} {b : Box s} {f : Nat}

private theorem signed_ends (hr : b.regular = true) (hw : b.width ≤ k) (pos neg : List Nat) :
    Signed k (Shape.size s) (f * 2 ^ b.width) (f * b.digits k pos) (f * b.digits k neg) fun i =>
      f * (Const.num (s := s) ⟨b.den, b.width, b.width, b.line, pos, neg⟩ i) := by
  refine ⟨fun i => f * b.part pos i, fun i => f * b.part neg i,
    by rw [Box.digits_eq hr hw, ← pack_mul_left], by rw [Box.digits_eq hr hw, ← pack_mul_left],
    fun i _ => ⟨Nat.mul_le_mul_left _ (Nat.le_of_lt (b.part_lt pos i)),
      Nat.mul_le_mul_left _ (Nat.le_of_lt (b.part_lt neg i)), ?_⟩⟩
  show (f : Int) * Int.subNatNat _ _ = _
  rw [Int.subNatNat_eq_coe, Int.mul_sub, Int.natCast_mul, Int.natCast_mul]
  rfl

/-- The lower ends of a box. -/
theorem Box.signed_low (hr : b.regular = true) (hw : b.width ≤ k) :
    Signed k (Shape.size s) (f * 2 ^ b.width) (b.ends k f).lowPos (b.ends k f).lowNeg
      (fun i => f * b.lo.num i) :=
  signed_ends hr hw b.lowPos b.lowNeg

/-- The upper ends of a box. -/
theorem Box.signed_high (hr : b.regular = true) (hw : b.width ≤ k) :
    Signed k (Shape.size s) (f * 2 ^ b.width) (b.ends k f).highPos (b.ends k f).highNeg
      (fun i => f * b.hi.num i) :=
  signed_ends hr hw b.highPos b.highNeg

end

/-- Each factor brings its denominator to the same one. -/
theorem factor_mul_den (d e : Nat) : Lanes.factor d e * d = Lanes.factor e d * e := by
  have h₁ : Lanes.factor d e * d = Nat.lcm d e := Nat.div_mul_cancel (Nat.dvd_lcm_left d e)
  have h₂ : Lanes.factor e d * e = Nat.lcm e d := Nat.div_mul_cancel (Nat.dvd_lcm_left e d)
  rw [h₁, h₂, Nat.lcm_comm]

/-- Factors of positive denominators are positive. -/
theorem factor_pos_of {d e : Nat} (hd : 0 < d) (he : 0 < e) : 0 < Lanes.factor d e :=
  Nat.div_pos (Nat.le_of_dvd (Nat.lcm_pos hd he) (Nat.dvd_lcm_left d e)) hd

/-- Digits of `k` bits hold the sum of an end of `x` and one of `y`. -/
structure Room (k : Nat) (x : Box s) (y : Box t) (f g : Nat) : Prop where
  /-- There are bits at all. -/
  pos : 0 < k
  /-- A digit of `x` fits. -/
  left : x.width ≤ k
  /-- A digit of `y` fits. -/
  right : y.width ≤ k
  /-- No sum uses the top bit. -/
  sum : f * 2 ^ x.width + g * 2 ^ y.width < 2 ^ (k - 1)

/-- What the bits of a digit are for. -/
theorem room_pairBits {x : Box s} {y : Box t} (hx : x.regular = true) (hy : y.regular = true) :
    Room (pairBits x y) x y (Lanes.factor x.den y.den) (Lanes.factor y.den x.den) := by
  have hx := (Box.regular_iff.1 hx).1
  have hy := (Box.regular_iff.1 hy).1
  have h := lt_flagBits
    (Lanes.factor x.den y.den * 2 ^ x.width + Lanes.factor y.den x.den * 2 ^ y.width)
  have h₁ : 2 ^ x.width ≤ Lanes.factor x.den y.den * 2 ^ x.width :=
    Nat.le_mul_of_pos_left _ (factor_pos_of hx hy)
  have h₂ : 2 ^ y.width ≤ Lanes.factor y.den x.den * 2 ^ y.width :=
    Nat.le_mul_of_pos_left _ (factor_pos_of hy hx)
  have h₃ := (Nat.pow_lt_pow_iff_right (a := 2) (by omega)).1
    (Nat.lt_of_le_of_lt h₁ (Nat.lt_of_le_of_lt (Nat.le_add_right _ _) h))
  have h₄ := (Nat.pow_lt_pow_iff_right (a := 2) (by omega)).1
    (Nat.lt_of_le_of_lt h₂ (Nat.lt_of_le_of_lt (Nat.le_add_left _ _) h))
  exact ⟨Nat.succ_pos _, Nat.le_trans (Nat.le_of_lt h₃) (Nat.sub_le _ _),
    Nat.le_trans (Nat.le_of_lt h₄) (Nat.sub_le _ _), h⟩

/-- A comparison over a common denominator. -/
theorem ratio_le_of_scaled {α : Type} [OrderedField α] {f g d e : Nat} {a b : Int} (hd : 0 < d)
    (he : 0 < e) (hg : 0 < g) (hden : f * d = g * e) (h : (f : Int) * a ≤ g * b) :
    (ratio a d : α) ≤ ratio b e := by
  have hf : 0 < f := Nat.pos_of_mul_pos_right (hden ▸ Nat.mul_pos hg he)
  have h₁ := natCast_pos (α := α) hd
  have h₂ := natCast_pos (α := α) he
  have h₃ := natCast_pos (α := α) hf
  have h₄ := natCast_pos (α := α) hg
  have h₅ := congrArg (Nat.cast : Nat → α) hden
  have h₆ := intCast_le (α := α) h
  simp only [Semiring.natCast_mul, Ring.intCast_mul, Ring.intCast_natCast] at h₅ h₆
  refine (ratio_le_iff hd).2 (Std.not_lt.1 fun hlt => ?_)
  have h₇ := OrderedRing.mul_lt_mul_of_pos_left hlt h₃
  have h₈ : (f : α) * (ratio b e * (d : α)) = (g : α) * (b : α) := by
    have : (ratio b e : α) * (e : α) = (b : α) := by unfold ratio; grind
    rw [← this]
    grind
  grind

end Lemmanet
