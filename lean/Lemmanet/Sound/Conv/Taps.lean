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

variable {p : ConvPlan}

/-- Digit `t` of a kernel times an image with digits `f`. -/
@[expose] def kernelMul (p : ConvPlan) (g : Window) (kh kw width stride x : Nat) (f : Nat → Nat)
    (t : Nat) : Nat :=
  nsum kh fun a => nsum kw fun e => digit width stride x (a * kw + e) *
    if (kh - 1 - a) * g.dilation.1 * p.row + (kw - 1 - e) * g.dilation.2 ≤ t then
      f (t - ((kh - 1 - a) * g.dilation.1 * p.row + (kw - 1 - e) * g.dilation.2)) else 0

/-- The digits of a kernel times an image. -/
theorem packs_kernel_mul (g : Window) (kh kw width stride x : Nat) {y : Nat} {f : Nat → Nat}
    (hy : Packs p.bits y f) : Packs p.bits (p.kernel g kh kw width stride x * y)
      (p.kernelMul g kh kw width stride x f) := by
  unfold kernel
  simp only [addUp_eq, ← nsum_mul_right]
  refine Packs.nsum fun a _ => Packs.nsum fun e _ => ?_
  have := (hy.shift ((kh - 1 - a) * g.dilation.1 * p.row + (kw - 1 - e) * g.dilation.2)).mul_left
    (digit width stride x (a * kw + e))
  rw [shiftLeft_eq_mul, bitsAt_eq_digit, Nat.mul_assoc, Nat.mul_left_comm]
  exact this

/-- A bound on the digits of a kernel times an image. -/
theorem kernelMul_le (g : Window) (kh kw width stride x : Nat) {b : Nat} {f : Nat → Nat}
    (hf : ∀ t, f t ≤ b) (t : Nat) :
    p.kernelMul g kh kw width stride x f t ≤ kh * (kw * (2 ^ width * b)) := by
  rw [← nsum_const kh]
  refine nsum_le_nsum fun a _ => ?_
  rw [← nsum_const kw]
  refine nsum_le_nsum fun e _ => ?_
  refine Nat.mul_le_mul (Nat.le_of_lt (digit_lt _ _ _ _)) ?_
  split
  · exact hf _
  · exact Nat.zero_le _

/-- An entry of a slice of a weight. -/
theorem digit_slice {w : Const [o, cg, kh, kw]} (hl : 0 < w.line) (hw : w.width ≤ w.stride)
    (l : List Nat) (out : Nat) {c a e : Nat} (hc : c < cg) (ha : a < kh) (he : e < kw) :
    digit w.width w.stride (slice w l out c) (a * kw + e) =
      digit w.width w.stride (l.getD ((((out * cg + c) * kh + a) * kw + e) / w.line) 0)
        ((((out * cg + c) * kh + a) * kw + e) % w.line) := by
  have h₁ : a * kw + e < kh * kw := by
    have : (a + 1) * kw ≤ kh * kw := Nat.mul_le_mul_right _ ha
    rw [Nat.add_mul] at this
    omega
  have h₂ : c * (kh * kw) + (a * kw + e) < cg * (kh * kw) := by
    have : (c + 1) * (kh * kw) ≤ cg * (kh * kw) := Nat.mul_le_mul_right _ hc
    rw [Nat.add_mul] at this
    omega
  have h₃ : out * (cg * (kh * kw)) + (c * (kh * kw) + (a * kw + e)) =
      ((out * cg + c) * kh + a) * kw + e := by
    simp only [Nat.add_mul, Nat.mul_assoc, Nat.add_assoc]
  rw [← h₃, ← digit_joined hw hl, ← digit_bitsAt hw _ _ h₂, ← digit_bitsAt hw _ _ h₁]
  rfl

end ConvPlan

end Lemmanet
