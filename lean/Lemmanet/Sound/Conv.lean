module

public import Lemmanet.Sound.Conv.Check
public import Lemmanet.Sound.Linear

/-!
# Interval bounds of a convolution are sound

What `convCheck` accepts holds over every linearly ordered field: from the sums of digits that are
compared to the convolution of any image in the input box.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

namespace ConvPlan

variable {p : ConvPlan} {g : Window} {groups : Nat} {o cg kh kw c h wd oh ow : Nat}
  {w : Const [o, cg, kh, kw]} {b : Const [o]} {x : Box [c, h, wd]} {y : Box [o, oh, ow]}
  {α : Type} [OrderedField α]

/-- The digit of a padded image of the box, among literals like those of `x`. -/
@[expose] def pixel (g : Window) (x : Box [c, h, wd]) (l : List Nat) (ch r q : Nat) : Nat :=
  paddedDigit h wd g.padding.1 g.padding.2
    (fun k => Grid.entry x.width x.line l (ch * (h * wd) + k)) r q

/-- A padded image of the box lies between its digits. -/
theorem padded_mem (hd : 0 < x.den) {v : Tensor α [c, h, wd]} (hv : x.Mem v) {ch : Nat} (hc : ch < c)
    (r q : Nat) :
    (pixel g x x.lowPos ch r q : α) - (pixel g x x.lowNeg ch r q : α) ≤
        v.padded g.padding.1 g.padding.2 ch r q * (x.den : α) ∧
      v.padded g.padding.1 g.padding.2 ch r q * (x.den : α) ≤
        (pixel g x x.highPos ch r q : α) - (pixel g x x.highNeg ch r q : α) := by
  unfold pixel paddedDigit Tensor.padded
  by_cases hin : g.padding.1 ≤ r ∧ r < g.padding.1 + h ∧ g.padding.2 ≤ q ∧ q < g.padding.2 + wd
  · simp only [if_pos hin]
    have hk : ch * (h * wd) + ((r - g.padding.1) * wd + (q - g.padding.2)) =
        (ch * h + (r - g.padding.1)) * wd + (q - g.padding.2) := by
      rw [Nat.add_mul, Nat.mul_assoc, Nat.add_assoc]
    have hlt : ch * (h * wd) + ((r - g.padding.1) * wd + (q - g.padding.2)) < c * (h * wd) := by
      have h₁ : (ch + 1) * (h * wd) ≤ c * (h * wd) := Nat.mul_le_mul_right _ hc
      have h₂ : (r - g.padding.1 + 1) * wd ≤ h * wd := Nat.mul_le_mul_right _ (by omega)
      rw [Nat.add_mul] at h₁ h₂
      omega
    have hm := hv _ (by simpa [Shape.size] using hlt)
    rw [← hk]
    exact ⟨x.lo.num_cast (α := α) _ ▸ (ratio_le_iff hd).1 hm.1,
      x.hi.num_cast (α := α) _ ▸ (le_ratio_iff hd).1 hm.2⟩
  · simp only [if_neg hin, Semiring.natCast_zero]
    constructor <;> grind

/-- What an output is before the bias. -/
@[expose] def spec (g : Window) (w : Const [o, cg, kh, kw]) (v : Tensor α [c, h, wd])
    (group out i j : Nat) : α :=
  sum cg fun ci => sum kh fun a => sum kw fun e =>
    w.val (((out * cg + ci) * kh + a) * kw + e) *
      v.padded g.padding.1 g.padding.2 (group * cg + ci)
        (i * g.stride.1 + a * g.dilation.1) (j * g.stride.2 + e * g.dilation.2)

/-- A product of digits that belongs to one tap. -/
@[expose] def tap (g : Window) (w : Const [o, cg, kh, kw]) (x : Box [c, h, wd]) (u v : List Nat)
    (group out i j ci a e : Nat) : Nat :=
  w.posDigit (((out * cg + ci) * kh + a) * kw + e) *
      pixel g x u (group * cg + ci) (i * g.stride.1 + a * g.dilation.1)
        (j * g.stride.2 + e * g.dilation.2) +
    w.negDigit (((out * cg + ci) * kh + a) * kw + e) *
      pixel g x v (group * cg + ci) (i * g.stride.1 + a * g.dilation.1)
        (j * g.stride.2 + e * g.dilation.2)

/-- The sum over all taps, in one sum. -/
theorem convSum_cast (g : Window) (w : Const [o, cg, kh, kw]) (x : Box [c, h, wd]) (u v : List Nat)
    (group out i j : Nat) : (convSum g w x u v group out i j : α) =
      sum cg fun ci => sum kh fun a => sum kw fun e => (tap g w x u v group out i j ci a e : α) := by
  have : convSum g w x u v group out i j =
      nsum cg fun ci => nsum kh fun a => nsum kw fun e => tap g w x u v group out i j ci a e := by
    simp only [tap, nsum_add]
    rfl
  rw [this]
  simp only [natCast_nsum]

/-- The convolution of an image in the box lies between the sums over the taps. -/
theorem spec_mem (hp : p.Good g groups w b x y) (hdw : 0 < w.den) (hdx : 0 < x.den)
    {v : Tensor α [c, h, wd]} (hv : x.Mem v) {group : Nat} (hg : group < groups) (out i j : Nat) :
    (convSum g w x x.lowPos x.highNeg group out i j : α) -
        (convSum g w x x.lowNeg x.highPos group out i j : α) ≤
      spec g w v group out i j * ((w.den : α) * (x.den : α)) ∧
    spec g w v group out i j * ((w.den : α) * (x.den : α)) ≤
      (convSum g w x x.highPos x.lowNeg group out i j : α) -
        (convSum g w x x.highNeg x.lowPos group out i j : α) := by
  have hch : ∀ ci, ci < cg → group * cg + ci < c := fun ci hci => by
    have h₁ : (group + 1) * cg ≤ groups * cg := Nat.mul_le_mul_right _ hg
    have h₂ := hp.channels
    rw [Nat.add_mul] at h₁
    omega
  have htap : ∀ ci, ci < cg → ∀ k r q : Nat, _ := fun ci hci k r q =>
    And.intro (padded_mem (g := g) hdx hv (hch ci hci) r q) (And.intro (w.val_mul_den (α := α) hdw k)
      (And.intro (natCast_nonneg (α := α) (w.posDigit k)) (natCast_nonneg (α := α) (w.negDigit k))))
  simp only [spec, convSum_cast, ← sum_sub, ← sum_mul_right]
  constructor <;>
  · refine sum_le_sum fun ci hci => sum_le_sum fun a _ => sum_le_sum fun e _ => ?_
    obtain ⟨⟨hlo, hhi⟩, hw, hpos, hneg⟩ := htap ci hci (((out * cg + ci) * kh + a) * kw + e)
      (i * g.stride.1 + a * g.dilation.1) (j * g.stride.2 + e * g.dilation.2)
    have h₁ := OrderedRing.mul_le_mul_of_nonneg_left hlo hpos
    have h₂ := OrderedRing.mul_le_mul_of_nonneg_left hhi hpos
    have h₃ := OrderedRing.mul_le_mul_of_nonneg_left hlo hneg
    have h₄ := OrderedRing.mul_le_mul_of_nonneg_left hhi hneg
    rw [show ∀ s t d e : α, s * t * (d * e) = s * d * (t * e) by grind, hw]
    simp only [tap, Semiring.natCast_add, Semiring.natCast_mul]
    grind

/-- What the check of a channel says about an output pixel. -/
theorem pixel_mem (hp : p.Good g groups w b x y) {v : Tensor α [c, h, wd]} (hv : x.Mem v)
    {group out : Nat} (hg : group < groups) (hok : p.channelOk g w b x y group out = true)
    {i j : Nat} (hi : i < oh) (hj : j < ow) :
    y.lo.val (out * (oh * ow) + (i * ow + j)) ≤ spec g w v group out i j + b.val out ∧
      spec g w v group out i j + b.val out ≤ y.hi.val (out * (oh * ow) + (i * ow + j)) := by
  rw [channelOk, Bool.and_eq_true] at hok
  have hbp : b.posDigit out < 2 ^ b.width := digit_lt ..
  have hbn : b.negDigit out < 2 ^ b.width := digit_lt ..
  have hl := natCast_le (α := α) (le_of_digitsLe hp hbn hbp hok.1 hi hj)
  have hh := natCast_le (α := α) (le_of_digitsLe hp hbp hbn hok.2 hi hj)
  have hden := hp.den
  have hprod : 0 < p.product * (w.den * x.den) := by rw [hp.product]; exact hden
  have hdwx := Nat.pos_of_mul_pos_left hprod
  have hdw := Nat.pos_of_mul_pos_right hdwx
  have hdx := Nat.pos_of_mul_pos_left hdwx
  have hdb : 0 < b.den := Nat.pos_of_mul_pos_left (hp.bias ▸ hden)
  have hdy : 0 < y.den := Nat.pos_of_mul_pos_left (hp.output ▸ hden)
  have hc₁ := natCast_nonneg (α := α) p.product
  have hc₃ := natCast_pos (α := α) hp.output_pos
  have h₁ := congrArg (Nat.cast : Nat → α) hp.product
  have h₂ := congrArg (Nat.cast : Nat → α) hp.bias
  have h₃ := congrArg (Nat.cast : Nat → α) hp.output
  simp only [Semiring.natCast_mul, Semiring.natCast_add] at h₁ h₂ h₃ hl hh
  have hb := b.val_mul_den (α := α) hdb out
  have hs := spec_mem hp hdw hdx hv hg out i j
  refine ⟨(ratio_le_iff hdy).2 ?_, (le_ratio_iff hdy).2 ?_⟩
  · refine LinearCheck.le_of_scaled hc₁ hc₃ h₁ h₂ h₃ hs.1 ?_
    rw [hb, y.lo.num_cast]
    have e₁ : Grid.entry y.width y.line y.lowPos = y.lo.posDigit := rfl
    have e₂ : Grid.entry y.width y.line y.lowNeg = y.lo.negDigit := rfl
    rw [e₁, e₂] at hl
    grind
  · have ht : -((convSum g w x x.highPos x.lowNeg group out i j : α) -
        (convSum g w x x.highNeg x.lowPos group out i j : α)) ≤
        -spec g w v group out i j * ((w.den : α) * (x.den : α)) := by
      have := hs.2
      grind
    have h := LinearCheck.le_of_scaled (β := -b.val out)
      (l := -(y.hi.num (out * (oh * ow) + (i * ow + j)) : α)) hc₁ hc₃ h₁ h₂ h₃ ht (by
        rw [Ring.neg_mul, hb, y.hi.num_cast]
        have e₁ : Grid.entry y.width y.line y.highPos = y.hi.posDigit := rfl
        have e₂ : Grid.entry y.width y.line y.highNeg = y.hi.negDigit := rfl
        rw [e₁, e₂] at hh
        grind)
    show _ * (y.den : α) ≤ _
    grind

end ConvPlan

/-- What `convCheck` accepts: the convolution maps the box `x` into the box `y`. -/
theorem conv_maps {bits : Nat} {g : Window} {groups : Nat} {w : Const [o, cg, kh, kw]} {b : Const [o]}
    {x : Box [c, h, wd]} {y : Box [o, oh, ow]} (hcheck : convCheck bits g groups w b x y = true) :
    Op.Maps (.conv2d g groups w b : Op [[c, h, wd]] [o, oh, ow]) (x, ()) y := by
  rw [convCheck, ConvPlan.check, Bool.and_eq_true, Bool.and_eq_true, allBelow_iff] at hcheck
  obtain ⟨⟨hgeometry, hscale⟩, hchannels⟩ := hcheck
  generalize ConvPlan.make bits _ g w b x y = p at hgeometry hscale hchannels
  have hp := ConvPlan.good_of hgeometry hscale
  intro α _ _ ⟨v, _⟩ hv k hk
  rw [Op.denote, Tensor.at_ofFn hk]
  have hk : k < o * (oh * ow) := by simpa [Shape.size] using hk
  have hpos : 0 < oh * ow := by
    refine Nat.pos_of_ne_zero fun h => ?_
    rw [h, Nat.mul_zero] at hk
    omega
  have how : 0 < ow := Nat.pos_of_mul_pos_left hpos
  have hoh : 0 < oh := Nat.pos_of_mul_pos_right hpos
  have hout : k / (oh * ow) < o := (Nat.div_lt_iff_lt_mul hpos).2 hk
  have hsize : 0 < o / groups := by
    refine Nat.pos_of_ne_zero fun h => ?_
    have := hp.outputs
    rw [h, Nat.zero_mul] at this
    exact absurd (this ▸ hout) (Nat.not_lt_zero _)
  have hgroup : k / (oh * ow) / (o / groups) < groups := by
    rw [Nat.div_lt_iff_lt_mul hsize, Nat.mul_comm groups, hp.outputs]
    exact hout
  have hok := allBelow_iff.1 (hchannels _ hgroup) _ (Nat.mod_lt (k / (oh * ow)) hsize)
  have hsplit : Nat.add (Nat.mul (k / (oh * ow) / (o / groups)) (Nat.div o groups))
      (k / (oh * ow) % Nat.div o groups) = k / (oh * ow) := Nat.div_add_mod' _ _
  rw [hsplit] at hok
  have hmem := ConvPlan.pixel_mem hp hv.1 hgroup hok (Nat.mod_lt (k / ow) hoh) (Nat.mod_lt k how)
  have hflat : k / (oh * ow) * (oh * ow) + (k / ow % oh * ow + k % ow) = k := by
    have h₁ := Nat.div_add_mod k ow
    have h₂ := Nat.div_add_mod (k / ow) oh
    rw [Nat.div_div_eq_div_mul, Nat.mul_comm ow oh] at h₂
    rw [← Nat.mul_assoc, ← Nat.add_assoc, ← Nat.add_mul, Nat.mul_comm (k / (oh * ow)), h₂,
      Nat.mul_comm _ ow, h₁]
  rwa [hflat] at hmem

end Lemmanet
