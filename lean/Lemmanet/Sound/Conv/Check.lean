module

public import Lemmanet.Sound.Conv.Taps

/-!
# What a convolution check compares

An accepted check compares, for each output pixel, sums of products of digits: nothing but natural
numbers so far.
-/

public noncomputable section

namespace Lemmanet

namespace ConvPlan

/-- What `geometryOk` and `scaleOk` say. -/
structure Good (p : ConvPlan) (g : Window) (groups : Nat) (w : Const [o, cg, kh, kw]) (b : Const [o])
    (x : Box [c, h, wd]) (y : Box [o, oh, ow]) : Prop where
  channels : groups * cg = c
  outputs : o / groups * groups = o
  rowStep : 0 < g.stride.1
  colStep : 0 < g.stride.2
  top : g.padding.1 ≤ (kh - 1) * g.dilation.1
  left : g.padding.2 ≤ (kw - 1) * g.dilation.2
  right : (ow - 1) * g.stride.2 < wd + g.padding.2
  row : p.row = wd + (kw - 1) * g.dilation.2
  start : p.start = ((kh - 1) * g.dilation.1 - g.padding.1) * p.row +
    ((kw - 1) * g.dilation.2 - g.padding.2)
  length : p.length = g.stride.1 * p.row * (oh - 1) + g.stride.2 * (ow - 1) + 1
  weightLine : 0 < w.line
  inputLine : 0 < x.line
  outputLine : 0 < y.line
  weightStride : w.width ≤ w.stride
  den : 0 < p.den
  product : p.product * (w.den * x.den) = p.den
  bias : p.bias * b.den = p.den
  output : p.output * y.den = p.den
  outputWidth : y.width ≤ p.bits
  inputWidth : x.width ≤ p.bits
  bits : 0 < p.bits
  bound : p.output * 2 ^ y.width +
    p.product * (cg * (2 * (kh * (kw * (2 ^ w.width * 2 ^ x.width))))) +
    p.bias * 2 ^ b.width ≤ 2 ^ (p.bits - 1)

variable {p : ConvPlan} {g : Window} {groups : Nat} {o cg kh kw c h wd oh ow : Nat}
  {w : Const [o, cg, kh, kw]} {b : Const [o]} {x : Box [c, h, wd]} {y : Box [o, oh, ow]}

/-- The two tests mean what they should. -/
theorem good_of (h₁ : p.geometryOk g groups o cg c kh kw wd oh ow = true)
    (h₂ : p.scaleOk w b x y = true) : p.Good g groups w b x y := by
  simp only [geometryOk, scaleOk, Bool.and_eq_true, Nat.beq_eq, Nat.ble_eq, Nat.blt_eq, Nat.mul_eq,
    Nat.add_eq, Nat.sub_eq, Nat.pow_eq, Nat.succ_eq_add_one] at h₁ h₂
  obtain ⟨⟨⟨⟨⟨⟨⟨⟨⟨a₁, a₂⟩, a₃⟩, a₄⟩, a₅⟩, a₆⟩, a₇⟩, a₈⟩, a₉⟩, a₁₀⟩ := h₁
  obtain ⟨⟨⟨⟨⟨⟨⟨⟨⟨⟨⟨b₁, b₂⟩, b₃⟩, b₄⟩, b₅⟩, b₆⟩, b₇⟩, b₈⟩, b₉⟩, b₁₀⟩, b₁₁⟩, b₁₂⟩ := h₂
  exact ⟨a₁, a₂, a₃, a₄, a₅, a₆, a₇, a₈, a₉, a₁₀, b₁, b₂, b₃, b₄, b₅, b₆, b₇, b₈, b₉, b₁₀, b₁₁, b₁₂⟩

/-- The sum over the taps of one channel: weight digits of the literals `l` times pixel digits of
the literals `u`. -/
@[expose] def tapSum (g : Window) (w : Const [o, cg, kh, kw]) (x : Box [c, h, wd]) (l u : List Nat)
    (out ch ci i j : Nat) : Nat :=
  nsum kh fun a => nsum kw fun e =>
    digit w.width w.stride (l.getD ((((out * cg + ci) * kh + a) * kw + e) / w.line) 0)
      ((((out * cg + ci) * kh + a) * kw + e) % w.line) *
    paddedDigit h wd g.padding.1 g.padding.2
      (fun k => Grid.entry x.width x.line u (ch * (h * wd) + k))
      (i * g.stride.1 + a * g.dilation.1) (j * g.stride.2 + e * g.dilation.2)

/-- The sum over all taps that `convolve` computes for the pixel `(i, j)`. -/
@[expose] def convSum (g : Window) (w : Const [o, cg, kh, kw]) (x : Box [c, h, wd]) (u v : List Nat)
    (group out i j : Nat) : Nat :=
  nsum cg fun ci =>
    tapSum g w x w.pos u out (group * cg + ci) ci i j +
    tapSum g w x w.neg v out (group * cg + ci) ci i j

/-- The digit of an input channel times a kernel that belongs to output pixel `(i, j)`. -/
theorem kernel_digit (hp : p.Good g groups w b x y) (l u : List Nat) {out ch ci i j : Nat}
    (hc : ci < cg) (hj : j < ow) :
    p.kernelMul g kh kw w.width w.stride (slice w l out ci)
        (p.inGrid.at h wd fun k => Grid.entry x.width x.line u (ch * (h * wd) + k))
        (p.start + (g.stride.1 * p.row * i + g.stride.2 * j)) =
      tapSum g w x l u out ch ci i j := by
  refine nsum_congr fun a ha => nsum_congr fun e he => ?_
  rw [digit_slice hp.weightLine hp.weightStride l out hc ha he]
  congr 1
  have hA : (kh - 1) * g.dilation.1 = (kh - 1 - a) * g.dilation.1 + a * g.dilation.1 := by
    rw [← Nat.add_mul]; congr 1; omega
  have hE : (kw - 1) * g.dilation.2 = (kw - 1 - e) * g.dilation.2 + e * g.dilation.2 := by
    rw [← Nat.add_mul]; congr 1; omega
  have hcol : j * g.stride.2 ≤ (ow - 1) * g.stride.2 := Nat.mul_le_mul_right _ (by omega)
  have hpos : p.start + (g.stride.1 * p.row * i + g.stride.2 * j) =
      p.row * ((kh - 1) * g.dilation.1 - g.padding.1 + i * g.stride.1) +
        ((kw - 1) * g.dilation.2 - g.padding.2 + j * g.stride.2) := by
    rw [hp.start, Nat.mul_add, Nat.mul_comm p.row, Nat.mul_comm g.stride.2,
      show g.stride.1 * p.row * i = p.row * (i * g.stride.1) by ac_rfl]
    omega
  have htop := hp.top
  have hleft := hp.left
  have hright := hp.right
  have hrow := hp.row
  rw [hpos]
  exact tap_eq (by omega) (by omega) (by omega) (by omega)

/-- The factor of products is not zero. -/
theorem Good.product_pos (hp : p.Good g groups w b x y) : 0 < p.product := by
  have := hp.den
  rw [← hp.product] at this
  exact Nat.pos_of_mul_pos_right this

/-- Input entries are small. -/
theorem entry_lt (width line : Nat) (l : List Nat) (k : Nat) :
    Grid.entry width line l k < 2 ^ width := digit_lt _ _ _ _

/-- The grid of the input keeps pixels apart. -/
theorem Good.inApart (hp : p.Good g groups w b x y) : p.inGrid.Apart wd :=
  ⟨Nat.zero_lt_one, fun j hj => by
    have := hp.row
    simp only [inGrid]
    omega⟩

/-- The grid of the output keeps pixels apart. -/
theorem Good.outApart (hp : p.Good g groups w b x y) : (p.outGrid g).Apart ow := by
  refine ⟨hp.colStep, fun j hj => ?_⟩
  show g.stride.2 * j < g.stride.1 * p.row
  have h₁ : p.row ≤ g.stride.1 * p.row := Nat.le_mul_of_pos_left _ hp.rowStep
  have h₂ : j * g.stride.2 ≤ (ow - 1) * g.stride.2 := Nat.mul_le_mul_right _ (by omega)
  have h₃ := hp.right
  have h₄ := hp.row
  have h₅ := hp.left
  rw [Nat.mul_comm]
  omega

/-- The digits of `convolve`: bounded everywhere, and sums over the taps where pixels of the output
are. -/
theorem convolve_digits (hp : p.Good g groups w b x y) (u v : List Nat) (group out : Nat) :
    (∀ t, digit p.bits p.bits (p.convolve g w x u v group out) t ≤
      cg * (2 * (kh * (kw * (2 ^ w.width * 2 ^ x.width))))) ∧
    ∀ i j, j < ow → digit p.bits p.bits (p.convolve g w x u v group out)
      (p.start + (g.stride.1 * p.row * i + g.stride.2 * j)) = convSum g w x u v group out i j := by
  let f := fun (l : List Nat) (ch : Nat) =>
    p.inGrid.at h wd fun k => Grid.entry x.width x.line l (ch * (h * wd) + k)
  have hchannel : ∀ (l : List Nat) (ch : Nat),
      Packs p.bits (p.inGrid.channel h wd x.width x.line l ch) (f l ch) := fun l ch =>
    Grid.packs_channel l ch hp.inputLine
      (by simpa only [inGrid, Nat.mul_one] using hp.inputWidth)
      (by
        have := hp.row
        exact Nat.mul_le_mul hp.inputWidth (by simp only [inGrid]; omega))
  have hf : ∀ (l : List Nat) (ch t : Nat), f l ch t ≤ 2 ^ x.width := fun l ch t =>
    Nat.le_of_lt (Grid.at_lt hp.inApart (fun k => entry_lt _ _ _ _) t)
  let q := fun (l u : List Nat) (ci : Nat) =>
    p.kernelMul g kh kw w.width w.stride (slice w l out ci) (f u (group * cg + ci))
  have hpacks : Packs p.bits (p.convolve g w x u v group out)
      (fun t => nsum cg fun ci => q w.pos u ci t + q w.neg v ci t) := by
    unfold convolve
    rw [addUp_eq]
    exact Packs.nsum fun ci _ => (packs_kernel_mul _ _ _ _ _ _ (hchannel _ _)).add
      (packs_kernel_mul _ _ _ _ _ _ (hchannel _ _))
  have hbound : ∀ t, (nsum cg fun ci => q w.pos u ci t + q w.neg v ci t) ≤
      cg * (2 * (kh * (kw * (2 ^ w.width * 2 ^ x.width)))) := fun t => by
    rw [← nsum_const cg]
    refine nsum_le_nsum fun ci _ => ?_
    rw [Nat.two_mul]
    exact Nat.add_le_add (kernelMul_le _ _ _ _ _ _ (hf _ _) t) (kernelMul_le _ _ _ _ _ _ (hf _ _) t)
  have hsmall : cg * (2 * (kh * (kw * (2 ^ w.width * 2 ^ x.width)))) < 2 ^ p.bits := by
    have h₁ := hp.bound
    have h₂ := Nat.le_mul_of_pos_left (cg * (2 * (kh * (kw * (2 ^ w.width * 2 ^ x.width)))))
      hp.product_pos
    have h₃ : 2 ^ (p.bits - 1) < 2 ^ p.bits :=
      Nat.pow_lt_pow_right (by omega) (by have := hp.bits; omega)
    omega
  have hdigit := fun t => hpacks.digit_eq (fun t => Nat.lt_of_le_of_lt (hbound t) hsmall) t
  refine ⟨fun t => by rw [hdigit]; exact hbound t, fun i j hj => ?_⟩
  rw [hdigit]
  exact nsum_congr fun ci hci => congr (congrArg _ (kernel_digit hp w.pos u hci hj))
    (kernel_digit hp w.neg v hci hj)

/-- The factor of outputs is not zero. -/
theorem Good.output_pos (hp : p.Good g groups w b x y) : 0 < p.output := by
  have := hp.den
  rw [← hp.output] at this
  exact Nat.pos_of_mul_pos_right this

/-- The digits of a channel of the output, among literals like those of `y`. -/
@[expose] def outDigits (p : ConvPlan) (g : Window) (y : Box [o, oh, ow]) (l : List Nat) (out : Nat) :
    Nat → Nat :=
  (p.outGrid g).at oh ow fun k => Grid.entry y.width y.line l (out * (oh * ow) + k)

/-- A side of the comparison, digit by digit. -/
theorem side_eq (hp : p.Good g groups w b x y) (l : List Nat) (out a d : Nat) :
    p.side ((p.outGrid g).channel oh ow y.width y.line l out) a d =
      pack p.bits (fun t => p.output * p.outDigits g y l out t +
        p.product * digit p.bits p.bits a (p.start + t) + p.bias * d) p.length := by
  have hr := hp.outApart
  have hrow : ow ≤ (p.outGrid g).row := by
    cases ow with
    | zero => exact Nat.zero_le _
    | succ n =>
      have h₁ := hr.2 n (by omega)
      have h₂ := Nat.le_mul_of_pos_left n hr.1
      omega
  have hpacks : Packs p.bits ((p.outGrid g).channel oh ow y.width y.line l out)
      (p.outDigits g y l out) :=
    Grid.packs_channel l out hp.outputLine
      (Nat.le_trans hp.outputWidth (Nat.le_mul_of_pos_right _ hr.1))
      (Nat.mul_le_mul hp.outputWidth hrow)
  have hchannel := hpacks.eq_pack (n := p.length) fun t ht => Grid.at_beyond (by
    have := hp.length
    simp only [outGrid, Nat.mul_eq]
    omega)
  have hpiece : bitsAt a (p.bits * p.start) (p.bits * p.length) =
      pack p.bits (fun t => digit p.bits p.bits a (p.start + t)) p.length := by
    rw [← pack_digit (bitsAt_lt a (p.bits * p.start) (p.bits * p.length))]
    exact pack_congr fun t ht => digit_bitsAt (Nat.le_refl _) a p.start ht
  have hbias : p.bias * d * ones p.bits p.length = pack p.bits (fun _ => p.bias * d) p.length := by
    rw [ones_eq hp.bits, ← pack_mul_left]
    simp only [Nat.mul_one]
  rw [pack_add, pack_add, pack_mul_left, pack_mul_left, ← hchannel, ← hpiece, ← hbias]
  rfl

/-- One of the two comparisons of a channel. -/
theorem le_of_digitsLe (hp : p.Good g groups w b x y) {l₁ l₂ u₁ v₁ u₂ v₂ : List Nat}
    {group out d₁ d₂ : Nat} (hd₁ : d₁ < 2 ^ b.width) (hd₂ : d₂ < 2 ^ b.width)
    (h : (p.outGrid g).digitsLe oh ow p.length
      (p.side ((p.outGrid g).channel oh ow y.width y.line l₁ out) (p.convolve g w x u₁ v₁ group out) d₁)
      (p.side ((p.outGrid g).channel oh ow y.width y.line l₂ out) (p.convolve g w x u₂ v₂ group out) d₂)
      = true) {i j : Nat} (hi : i < oh) (hj : j < ow) :
    p.output * Grid.entry y.width y.line l₁ (out * (oh * ow) + (i * ow + j)) +
        p.product * convSum g w x u₁ v₁ group out i j + p.bias * d₁ ≤
      p.output * Grid.entry y.width y.line l₂ (out * (oh * ow) + (i * ow + j)) +
        p.product * convSum g w x u₂ v₂ group out i j + p.bias * d₂ := by
  have hr := hp.outApart
  have hsmall : ∀ (l u v : List Nat) (d t : Nat), d < 2 ^ b.width →
      p.output * p.outDigits g y l out t +
        p.product * digit p.bits p.bits (p.convolve g w x u v group out) (p.start + t) + p.bias * d <
      2 ^ (p.bits - 1) := fun l u v d t hd => by
    have h₁ : p.output * p.outDigits g y l out t < p.output * 2 ^ y.width :=
      Nat.mul_lt_mul_of_pos_left (Grid.at_lt hr (fun k => entry_lt _ _ _ _) t) hp.output_pos
    have h₂ := Nat.mul_le_mul_left p.product ((convolve_digits hp u v group out).1 (p.start + t))
    have h₃ := Nat.mul_le_mul_left p.bias (Nat.le_of_lt hd)
    have h₄ := hp.bound
    omega
  rw [side_eq hp, side_eq hp] at h
  have hle := Grid.le_of_digitsLe hr hp.bits (fun t _ => hsmall l₁ u₁ v₁ d₁ t hd₁)
    (fun t _ => hsmall l₂ u₂ v₂ d₂ t hd₂) h hi hj (by
      have h₁ : g.stride.1 * p.row * i ≤ g.stride.1 * p.row * (oh - 1) :=
        Nat.mul_le_mul_left _ (by omega)
      have h₂ : g.stride.2 * j ≤ g.stride.2 * (ow - 1) := Nat.mul_le_mul_left _ (by omega)
      have := hp.length
      simp only [outGrid, Nat.mul_eq]
      omega)
  have hplace : (p.outGrid g).row * i + (p.outGrid g).col * j =
      g.stride.1 * p.row * i + g.stride.2 * j := rfl
  simp only [outDigits, Grid.at_place hr hi hj] at hle
  rwa [hplace, (convolve_digits hp u₁ v₁ group out).2 i j hj,
    (convolve_digits hp u₂ v₂ group out).2 i j hj] at hle

end ConvPlan

end Lemmanet
