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
  kernelRoom : w.stride * (kh * kw) ≤ p.bits * (p.kernelGrid g kh kw).row
  bound : p.output * 2 ^ y.width +
    p.product * (cg * (2 * (kh * (kw * (2 ^ w.width * 2 ^ x.width))))) +
    p.bias * 2 ^ b.width ≤ 2 ^ (p.bits - 1)

variable {p : ConvPlan} {g : Window} {groups : Nat} {o cg kh kw c h wd oh ow : Nat}
  {w : Const [o, cg, kh, kw]} {b : Const [o]} {x : Box [c, h, wd]} {y : Box [o, oh, ow]}

/-- The two tests mean what they should. -/
theorem good_of (h₁ : p.geometryOk g groups o cg c kh kw wd oh ow = true)
    (h₂ : p.scaleOk g w b x y = true) : p.Good g groups w b x y := by
  simp only [geometryOk, scaleOk, Bool.and_eq_true, Nat.beq_eq, Nat.ble_eq, Nat.blt_eq, Nat.mul_eq,
    Nat.add_eq, Nat.sub_eq, Nat.pow_eq, Nat.succ_eq_add_one] at h₁ h₂
  obtain ⟨⟨⟨⟨⟨⟨⟨⟨⟨a₁, a₂⟩, a₃⟩, a₄⟩, a₅⟩, a₆⟩, a₇⟩, a₈⟩, a₉⟩, a₁₀⟩ := h₁
  obtain ⟨⟨⟨⟨⟨⟨⟨⟨⟨⟨⟨⟨b₁, b₂⟩, b₃⟩, b₄⟩, b₅⟩, b₆⟩, b₇⟩, b₈⟩, b₉⟩, b₁₀⟩, b₁₁⟩, b₁₂⟩, b₁₃⟩ := h₂
  exact ⟨a₁, a₂, a₃, a₄, a₅, a₆, a₇, a₈, a₉, a₁₀, b₁, b₂, b₃, b₄, b₅, b₆, b₇, b₈, b₉, b₁₀, b₁₁, b₁₂,
    b₁₃⟩

/-- The sum over the taps of one channel: weight digits of the literals `l` times pixel digits of
the literals `u`. -/
@[expose] def tapSum (g : Window) (w : Const [o, cg, kh, kw]) (x : Box [c, h, wd]) (l u : List Nat)
    (out ch ci i j : Nat) : Nat :=
  nsum kh fun a => nsum kw fun e =>
    weightDigit w l (((out * cg + ci) * kh + a) * kw + e) *
    paddedDigit h wd g.padding.1 g.padding.2
      (fun k => Grid.entry x.width x.line u (ch * (h * wd) + k))
      (i * g.stride.1 + a * g.dilation.1) (j * g.stride.2 + e * g.dilation.2)

/-- The sum over all taps that `convolveBoth` computes for the pixel `(i, j)`. -/
@[expose] def convSum (g : Window) (w : Const [o, cg, kh, kw]) (x : Box [c, h, wd]) (u v : List Nat)
    (group out i j : Nat) : Nat :=
  (nsum cg fun ci => tapSum g w x w.pos u out (group * cg + ci) ci i j) +
    nsum cg fun ci => tapSum g w x w.neg v out (group * cg + ci) ci i j

/-- The digit of an input channel times a kernel that belongs to output pixel `(i, j)`. -/
theorem kernel_digit (hp : p.Good g groups w b x y) (l u : List Nat) {out ch ci i j : Nat}
    (hj : j < ow) :
    p.kernelMul g kh kw (fun a e => weightDigit w l (((out * cg + ci) * kh + a) * kw + e))
        (p.inGrid.at h wd fun k => Grid.entry x.width x.line u (ch * (h * wd) + k))
        (p.start + (g.stride.1 * p.row * i + g.stride.2 * j)) =
      tapSum g w x l u out ch ci i j := by
  refine nsum_congr fun a ha => nsum_congr fun e he => congrArg _ ?_
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
  simp only [tapDigit, Nat.add_eq, Nat.mul_eq, Nat.sub_eq]
  exact tap_eq (by omega) (by omega) (by omega) (by omega)

/-- The factor of products is not zero. -/
theorem Good.product_pos (hp : p.Good g groups w b x y) : 0 < p.product := by
  have := hp.den
  rw [← hp.product] at this
  exact Nat.pos_of_mul_pos_right this

/-- A sum over all taps fits in a digit. -/
theorem Good.sum_lt (hp : p.Good g groups w b x y) :
    cg * (2 * (kh * (kw * (2 ^ w.width * 2 ^ x.width)))) < 2 ^ p.bits := by
  have h₁ := hp.bound
  have h₂ := Nat.le_mul_of_pos_left (cg * (2 * (kh * (kw * (2 ^ w.width * 2 ^ x.width)))))
    hp.product_pos
  have h₃ : 2 ^ (p.bits - 1) < 2 ^ p.bits :=
    Nat.pow_lt_pow_right (by omega) (by have := hp.bits; omega)
  omega

/-- The kernel of one input channel, as a sum over its taps. -/
theorem Good.kernel_eq (hp : p.Good g groups w b x y) (l : List Nat) (out : Nat) {ci : Nat}
    (hc : ci < cg) : p.kernel g w l out ci = p.kernelSum g kh kw fun a e =>
      weightDigit w l (((out * cg + ci) * kh + a) * kw + e) := by
  refine ConvPlan.kernel_eq hp.weightLine hp.weightStride hp.kernelRoom ?_ l out hc
  have h₁ : kh * (kw * 2 ^ w.width) ≤ kh * (kw * (2 ^ w.width * 2 ^ x.width)) :=
    Nat.mul_le_mul_left _ (Nat.mul_le_mul_left _
      (Nat.le_mul_of_pos_right _ (Nat.two_pow_pos x.width)))
  have h₂ := Nat.le_mul_of_pos_left (2 * (kh * (kw * (2 ^ w.width * 2 ^ x.width))))
    (show 0 < cg by omega)
  have h₃ := hp.sum_lt
  omega

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

/-- The value of `convolve`. -/
theorem convolve_eq (l u : List Nat) (group out : Nat) : p.convolve g w x l u group out =
    nsum cg fun ci => p.kernel g w l out ci *
      p.inGrid.channel h wd x.width x.line u (group * cg + ci) := by
  cases u with
  | nil => simp [convolve, Grid.channel, nsum_zero]
  | cons a u => rw [← addUp_eq]; rfl

/-- The digits of `convolveBoth`: bounded everywhere, and sums over the taps where pixels of the output
are. -/
theorem convolve_digits (hp : p.Good g groups w b x y) (u v : List Nat) (group out : Nat) :
    (∀ t, digit p.bits p.bits (p.convolveBoth g w x u v group out) t ≤
      cg * (2 * (kh * (kw * (2 ^ w.width * 2 ^ x.width))))) ∧
    ∀ i j, j < ow → digit p.bits p.bits (p.convolveBoth g w x u v group out)
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
  let q := fun (l u : List Nat) (t : Nat) => nsum cg fun ci => p.kernelMul g kh kw
    (fun a e => weightDigit w l (((out * cg + ci) * kh + a) * kw + e)) (f u (group * cg + ci)) t
  have hq : ∀ l u : List Nat, Packs p.bits (p.convolve g w x l u group out) (q l u) := fun l u => by
    rw [convolve_eq]
    refine Packs.nsum fun ci hci => ?_
    rw [hp.kernel_eq _ _ hci]
    exact packs_kernelSum_mul _ _ _ _ (hchannel _ _)
  have hpacks : Packs p.bits (p.convolveBoth g w x u v group out)
      (fun t => q w.pos u t + q w.neg v t) := (hq _ _).add (hq _ _)
  have hle : ∀ (l u : List Nat) (t : Nat),
      q l u t ≤ cg * (kh * (kw * (2 ^ w.width * 2 ^ x.width))) := fun l u t => by
    rw [← nsum_const cg]
    exact nsum_le_nsum fun ci _ =>
      kernelMul_le _ _ _ (fun _ _ => Nat.le_of_lt (digit_lt ..)) (hf _ _) t
  have hbound : ∀ t, q w.pos u t + q w.neg v t ≤
      cg * (2 * (kh * (kw * (2 ^ w.width * 2 ^ x.width)))) := fun t => by
    rw [Nat.mul_left_comm, Nat.two_mul]
    exact Nat.add_le_add (hle _ _ t) (hle _ _ t)
  have hsmall := hp.sum_lt
  have hdigit := fun t => hpacks.digit_eq (fun t => Nat.lt_of_le_of_lt (hbound t) hsmall) t
  refine ⟨fun t => by rw [hdigit]; exact hbound t, fun i j hj => ?_⟩
  rw [hdigit]
  have hsum : ∀ l u : List Nat, q l u (p.start + (g.stride.1 * p.row * i + g.stride.2 * j)) =
      nsum cg fun ci => tapSum g w x l u out (group * cg + ci) ci i j := fun l u =>
    nsum_congr fun ci _ => kernel_digit hp l u hj
  rw [convSum, ← hsum w.pos u, ← hsum w.neg v]

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
      (p.side ((p.outGrid g).channel oh ow y.width y.line l₁ out) (p.convolveBoth g w x u₁ v₁ group out) d₁)
      (p.side ((p.outGrid g).channel oh ow y.width y.line l₂ out) (p.convolveBoth g w x u₂ v₂ group out) d₂)
      = true) {i j : Nat} (hi : i < oh) (hj : j < ow) :
    p.output * Grid.entry y.width y.line l₁ (out * (oh * ow) + (i * ow + j)) +
        p.product * convSum g w x u₁ v₁ group out i j + p.bias * d₁ ≤
      p.output * Grid.entry y.width y.line l₂ (out * (oh * ow) + (i * ow + j)) +
        p.product * convSum g w x u₂ v₂ group out i j + p.bias * d₂ := by
  have hr := hp.outApart
  have hsmall : ∀ (l u v : List Nat) (d t : Nat), d < 2 ^ b.width →
      p.output * p.outDigits g y l out t +
        p.product * digit p.bits p.bits (p.convolveBoth g w x u v group out) (p.start + t) + p.bias * d <
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
