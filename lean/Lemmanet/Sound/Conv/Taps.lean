module

public import Lemmanet.Exec.Conv
public import Lemmanet.Sound.Conv.Grid

/-!
# The digits of a convolution

A product of a kernel and an image, as numbers, holds the convolution: each tap of the kernel shifts
the image, and a shifted digit is a pixel of the padded image.
-/

public noncomputable section

namespace Lemmanet

/-- The pixel in row `r` and column `q` of a channel `f` of `h × w` pixels, surrounded by zeros,
`top` rows above and `left` columns to the left. -/
@[expose] def paddedDigit (h w top left : Nat) (f : Nat → Nat) (r q : Nat) : Nat :=
  if top ≤ r ∧ r < top + h ∧ left ≤ q ∧ q < left + w then f ((r - top) * w + (q - left)) else 0

/-- A digit of a channel whose rows lie `row` digits apart. -/
theorem Grid.at_row {bits row h w : Nat} {f : Nat → Nat} (hw : w ≤ row) {i j : Nat} (hj : j < row) :
    Grid.at ⟨bits, row, 1⟩ h w f (row * i + j) = if i < h ∧ j < w then f (i * w + j) else 0 := by
  have hr : Grid.Apart ⟨bits, row, 1⟩ w := ⟨Nat.zero_lt_one, fun k hk => by simp only; omega⟩
  split
  · next hij =>
    have := at_place (f := f) hr hij.1 hij.2
    simpa only [Nat.one_mul] using this
  · next hij =>
    refine at_gap fun i' j' hi' hj' he => hij ?_
    have hr' : Grid.Apart ⟨bits, row, 1⟩ row := ⟨Nat.zero_lt_one, fun k hk => by simp only; omega⟩
    obtain ⟨rfl, rfl⟩ := hr'.inj (i := i) (j := j) (i' := i') (j' := j') hj (by omega)
      (by simpa only [Nat.one_mul] using he)
    exact ⟨hi', hj'⟩

/-- A tap that is `a` rows and `e` columns from the far corner of the kernel reads, for the window at
digit `row * r + s`, the pixel in row `u` and column `v` of the padded image. -/
theorem tap_eq {bits row h w top left : Nat} {f : Nat → Nat} {r s a e u v : Nat} (hs : s < row)
    (hrow : w + e ≤ row) (hu : r + top = u + a) (hv : s + left = v + e) :
    (if a * row + e ≤ row * r + s then
      Grid.at ⟨bits, row, 1⟩ h w f (row * r + s - (a * row + e)) else 0) =
    paddedDigit h w top left f u v := by
  unfold paddedDigit
  by_cases hr : a ≤ r
  · obtain ⟨k, rfl⟩ := Nat.le.dest hr
    have hmul : row * (a + k) = a * row + row * k := by rw [Nat.mul_add, Nat.mul_comm a]
    by_cases hse : e ≤ s
    · rw [if_pos (by omega), show row * (a + k) + s - (a * row + e) = row * k + (s - e) by omega,
        Grid.at_row (by omega) (by omega), show u - top = k by omega, show v - left = s - e by omega]
      by_cases hin : k < h ∧ s - e < w
      · rw [if_pos hin, if_pos (by omega)]
      · rw [if_neg hin, if_neg (by omega)]
    · rw [if_neg (c := top ≤ u ∧ _) (by omega)]
      cases k with
      | zero => exact if_neg (by omega)
      | succ k =>
        rw [Nat.mul_succ] at hmul
        rw [if_pos (by omega),
          show row * (a + (k + 1)) + s - (a * row + e) = row * k + (row + s - e) by omega,
          Grid.at_row (by omega) (by omega), if_neg (by omega)]
  · obtain ⟨k, rfl⟩ := Nat.le.dest (show r + 1 ≤ a by omega)
    have hmul : (r + 1 + k) * row = row * r + row + row * k := by
      rw [Nat.mul_comm, Nat.mul_add, Nat.mul_succ]
    rw [if_neg (by omega), if_neg (by omega)]

namespace ConvPlan

variable {p : ConvPlan} {g : Window} {o cg kh kw : Nat}

/-- Entry `k` of the digits of a weight, among literals like those of `w`. -/
@[expose] def weightDigit (w : Const [o, cg, kh, kw]) (l : List Nat) (k : Nat) : Nat :=
  digit w.width w.stride (l.getD (k / w.line) 0) (k % w.line)

/-- An entry of a slice of a weight. -/
theorem digit_slice {w : Const [o, cg, kh, kw]} (hl : 0 < w.line) (hw : w.width ≤ w.stride)
    (l : List Nat) (out : Nat) {c a e : Nat} (hc : c < cg) (ha : a < kh) (he : e < kw) :
    digit w.width w.stride (slice w l out) (c * (kh * kw) + (a * kw + e)) =
      weightDigit w l (((out * cg + c) * kh + a) * kw + e) := by
  have h₁ : (a + 1) * kw ≤ kh * kw := Nat.mul_le_mul_right _ ha
  have h₂ : (c + 1) * (kh * kw) ≤ cg * (kh * kw) := Nat.mul_le_mul_right _ hc
  rw [Nat.add_mul] at h₁ h₂
  have h₃ : out * (cg * (kh * kw)) + (c * (kh * kw) + (a * kw + e)) =
      ((out * cg + c) * kh + a) * kw + e := by
    simp only [Nat.add_mul, Nat.mul_assoc, Nat.add_assoc]
  have h₄ : c * (kh * kw) + (a * kw + e) < cg * (kh * kw) := by omega
  rw [← h₃, weightDigit, ← digit_joined hw hl, ← digit_bitsAt hw _ _ h₄]
  rfl

/-- A kernel as a sum over its taps. -/
@[expose] def kernelSum (p : ConvPlan) (g : Window) (kh kw : Nat) (d : Nat → Nat → Nat) : Nat :=
  nsum kh fun a => nsum kw fun e => 2 ^ (p.bits * p.tapDigit g kh kw a e) * d a e

/-- Moving the taps of all kernels at once. -/
theorem kernels_eq {w : Const [o, cg, kh, kw]} (hw : w.width ≤ w.stride)
    (hk : w.stride * (kh * kw) ≤ p.bits * (p.kernelGrid g kh kw).row) (l : List Nat) (out : Nat) :
    p.kernels g w l out = 2 ^ (w.stride * (kh * kw)) *
      pack (p.bits * (p.kernelGrid g kh kw).row) (fun c => p.kernelSum g kh kw fun a e =>
        digit w.width w.stride (slice w l out) (c * (kh * kw) + (a * kw + e))) cg := by
  unfold kernels kernelSum
  rw [addUp_eq, pack_nsum, ← nsum_mul_left]
  refine nsum_congr fun a ha => ?_
  rw [addUp_eq, pack_nsum, ← nsum_mul_left]
  refine nsum_congr fun e he => ?_
  have hj : a * kw + e < kh * kw := by
    have : (a + 1) * kw ≤ kh * kw := Nat.mul_le_mul_right _ ha
    rw [Nat.add_mul] at this
    omega
  simp only [Nat.mul_eq, Nat.add_eq, Nat.sub_eq]
  rw [Grid.column_eq (r := p.kernelGrid g kh kw) hw hk hj, shiftLeft_eq_mul, pack_mul_left,
    pack_eq_nsum, ← Nat.mul_assoc, ← Nat.mul_assoc, ← Nat.pow_add, ← Nat.pow_add]
  congr 1
  · congr 1
    rw [Nat.add_assoc, ← Nat.mul_add, Nat.sub_add_cancel (by omega), Nat.add_comm]
  · refine nsum_congr fun c _ => ?_
    rw [Nat.mul_comm, ← Nat.mul_assoc (p.kernelGrid g kh kw).bits]
    rfl

/-- No tap lies beyond the first one. -/
theorem tapDigit_le (p : ConvPlan) (g : Window) (kh kw a e : Nat) :
    p.tapDigit g kh kw a e ≤ p.tapDigit g kh kw 0 0 :=
  Nat.add_le_add (Nat.mul_le_mul_right _ (Nat.mul_le_mul_right _ (by simp only [Nat.sub_eq]; omega)))
    (Nat.mul_le_mul_right _ (by simp only [Nat.sub_eq]; omega))

/-- A bound on a kernel. -/
theorem kernelSum_le (p : ConvPlan) (g : Window) (kh kw : Nat) {d : Nat → Nat → Nat} {b : Nat}
    (hd : ∀ a e, d a e ≤ b) :
    p.kernelSum g kh kw d ≤ kh * (kw * (2 ^ (p.bits * p.tapDigit g kh kw 0 0) * b)) := by
  rw [← nsum_const kh]
  refine nsum_le_nsum fun a _ => ?_
  rw [← nsum_const kw]
  refine nsum_le_nsum fun e _ => Nat.mul_le_mul ?_ (hd a e)
  exact Nat.pow_le_pow_right (by omega) (Nat.mul_le_mul_left _ (tapDigit_le ..))

/-- The kernel of one input channel. -/
theorem kernel_eq {w : Const [o, cg, kh, kw]} (hl : 0 < w.line) (hw : w.width ≤ w.stride)
    (hk : w.stride * (kh * kw) ≤ p.bits * (p.kernelGrid g kh kw).row)
    (hb : kh * (kw * 2 ^ w.width) < 2 ^ p.bits) (l : List Nat) (out : Nat) {c : Nat} (hc : c < cg) :
    p.kernel g w l out c = p.kernelSum g kh kw fun a e =>
      weightDigit w l (((out * cg + c) * kh + a) * kw + e) := by
  have hlt : ∀ c, (p.kernelSum g kh kw fun a e =>
      digit w.width w.stride (slice w l out) (c * (kh * kw) + (a * kw + e))) <
      2 ^ (p.bits * (p.kernelGrid g kh kw).row) := fun c => by
    refine Nat.lt_of_le_of_lt (kernelSum_le p g kh kw fun a e => Nat.le_of_lt (digit_lt ..)) ?_
    show _ < 2 ^ (p.bits * (p.tapDigit g kh kw 0 0 + 1))
    rw [Nat.mul_succ, Nat.pow_add, Nat.mul_left_comm kw, Nat.mul_left_comm kh]
    exact Nat.mul_lt_mul_of_pos_left hb (Nat.two_pow_pos _)
  have hdigit := digit_pack (n := cg) (fun c _ => hlt c) hc
  rw [Lemmanet.digit_eq] at hdigit
  show bitsAt (p.kernels g w l out)
    (w.stride * (kh * kw) + p.bits * (p.kernelGrid g kh kw).row * c)
    (p.bits * (p.kernelGrid g kh kw).row) = _
  rw [bitsAt_eq, kernels_eq hw hk, Nat.shiftRight_eq_div_pow, Nat.pow_add, ← Nat.div_div_eq_div_mul,
    Nat.mul_div_cancel_left _ (Nat.two_pow_pos _), hdigit]
  exact nsum_congr fun a ha => nsum_congr fun e he =>
    congrArg _ (digit_slice hl hw l out hc ha he)

/-- Digit `t` of a kernel with entries `d` times an image with digits `f`. -/
@[expose] def kernelMul (p : ConvPlan) (g : Window) (kh kw : Nat) (d : Nat → Nat → Nat)
    (f : Nat → Nat) (t : Nat) : Nat :=
  nsum kh fun a => nsum kw fun e => d a e *
    if p.tapDigit g kh kw a e ≤ t then f (t - p.tapDigit g kh kw a e) else 0

/-- The digits of a kernel times an image. -/
theorem packs_kernelSum_mul (g : Window) (kh kw : Nat) (d : Nat → Nat → Nat) {y : Nat}
    {f : Nat → Nat} (hy : Packs p.bits y f) :
    Packs p.bits (p.kernelSum g kh kw d * y) (p.kernelMul g kh kw d f) := by
  unfold kernelSum
  simp only [← nsum_mul_right]
  refine Packs.nsum fun a _ => Packs.nsum fun e _ => ?_
  rw [Nat.mul_comm (2 ^ _), Nat.mul_assoc]
  exact (hy.shift _).mul_left _

/-- A bound on the digits of a kernel times an image. -/
theorem kernelMul_le (g : Window) (kh kw : Nat) {d : Nat → Nat → Nat} {f : Nat → Nat} {a b : Nat}
    (hd : ∀ i j, d i j ≤ a) (hf : ∀ t, f t ≤ b) (t : Nat) :
    p.kernelMul g kh kw d f t ≤ kh * (kw * (a * b)) := by
  rw [← nsum_const kh]
  refine nsum_le_nsum fun i _ => ?_
  rw [← nsum_const kw]
  refine nsum_le_nsum fun j _ => Nat.mul_le_mul (hd i j) ?_
  split
  · exact hf _
  · exact Nat.zero_le _

end ConvPlan

end Lemmanet
