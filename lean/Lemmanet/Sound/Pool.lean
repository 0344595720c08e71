module

public import Lemmanet.Exec.Pool
public import Lemmanet.Sound.Elementwise
public import Lemmanet.Sound.Flat
public import Lemmanet.Sound.Sum
public import Lemmanet.Sound.Windows

/-!
# Checks of pooling and of sums over axes are sound

What an accepted check gives: `Op.Maps` for maximum and average pooling, global average pooling, and
sums and means over an axis.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {s t : Shape}

/-! ## Maxima and means of lists of entries -/

/-- What `allOf` decides. -/
theorem allOf_iff {p : Nat → Bool} {ks : List Nat} :
    allOf p ks = true ↔ ∀ k, k ∈ ks → p k = true := by
  induction ks with
  | nil => simp [allOf]
  | cons k ks ih => simp [allOf, ih]

section

variable {α : Type} [OrderedField α]

/-- What is at least every entry is at least the largest one. -/
theorem maxOver_le [DecidableLE α] {x : Nat → α} {ks : List Nat} {b : α} (hk : ks ≠ [])
    (h : ∀ k, k ∈ ks → x k ≤ b) : maxOver x ks ≤ b := by
  induction ks with
  | nil => exact absurd rfl hk
  | cons k ks ih =>
    cases ks with
    | nil => exact h k (by simp)
    | cons j js =>
      have h1 := ih (by simp) fun i hi => h i (List.mem_cons_of_mem _ hi)
      have h2 := h k (by simp)
      simp only [maxOver, maxOf]
      split
      · exact h1
      · exact h2

/-- The largest entry is at least every entry. -/
theorem le_maxOver [DecidableLE α] {x : Nat → α} {ks : List Nat} {k : Nat} (h : k ∈ ks) :
    x k ≤ maxOver x ks := by
  induction ks with
  | nil => simp at h
  | cons j js ih =>
    cases js with
    | nil =>
      obtain rfl : k = j := by simpa using h
      exact Std.le_refl _
    | cons i is =>
      simp only [maxOver, maxOf]
      rcases List.mem_cons.1 h with rfl | h
      · split
        · assumption
        · exact Std.le_refl _
      · have := ih h
        split <;> grind

/-- Sums are monotone in their terms. -/
theorem sumOver_le {f g : Nat → α} {ks : List Nat} (h : ∀ k, k ∈ ks → f k ≤ g k) :
    sumOver f ks ≤ sumOver g ks := by
  induction ks with
  | nil => exact Std.le_refl _
  | cons k ks ih =>
    have h1 := ih fun i hi => h i (List.mem_cons_of_mem _ hi)
    have h2 := h k (by simp)
    simp only [sumOver]
    grind

/-- A sum of fractions over one denominator. -/
theorem sumOver_ratio (p n : Nat → Nat) {d : Nat} (hd : 0 < d) (ks : List Nat) :
    sumOver (fun k => (ratio (Int.subNatNat (p k) (n k)) d : α)) ks =
      ratio (Int.subNatNat (natSum p ks) (natSum n ks)) d := by
  have hp := natCast_pos (α := α) hd
  induction ks with
  | nil =>
    simp only [sumOver, natSum, ratio, Int.subNatNat_eq_coe]
    rw [show (((0 : Nat) : Int) - ((0 : Nat) : Int)) = 0 from rfl, Ring.intCast_zero]
    grind
  | cons k ks ih =>
    rw [sumOver, ih]
    simp only [natSum, ratio, Int.subNatNat_eq_coe, Nat.add_eq, Int.natCast_add, Ring.intCast_sub,
      Ring.intCast_add]
    grind

/-- A fraction with a product as its denominator. -/
theorem ratio_mul_den (num : Int) {d c : Nat} (hd : 0 < d) (hc : 0 < c) :
    (ratio num (d * c) : α) = ratio num d / (c : α) := by
  have h1 := natCast_pos (α := α) hd
  have h2 := natCast_pos (α := α) hc
  simp only [ratio, Semiring.natCast_mul]
  grind

/-- Division by a positive number keeps the order. -/
theorem div_natCast_le {a b : α} (h : a ≤ b) {c : Nat} (hc : 0 < c) :
    a / (c : α) ≤ b / (c : α) := by
  have h2 := natCast_pos (α := α) hc
  refine Std.not_lt.1 fun hlt => ?_
  have := OrderedRing.mul_lt_mul_of_pos_right hlt h2
  have cancel : ∀ z : α, z / (c : α) * (c : α) = z := by intro z; grind
  rw [cancel, cancel] at this
  grind

/-- `meanEntry` is sound. -/
theorem mem_of_meanEntry {x : Box s} {y : Box t} (hx : x.regular = true) (hy : y.regular = true)
    {taps : List Nat} {count k : Nat} (h : meanEntry x y taps count k = true) {v : Tensor α s}
    (hv : x.Mem v) :
    y.lo.val k ≤ sumOver v.at taps / (count : α) ∧
      sumOver v.at taps / (count : α) ≤ y.hi.val k := by
  simp only [meanEntry, Bool.and_eq_true, allOf_iff, Box.flat_lowPos hy, Box.flat_lowNeg hy,
    Box.flat_highPos hy, Box.flat_highNeg hy, Nat.mul_eq] at h
  obtain ⟨⟨⟨hc, hin⟩, hl⟩, hh⟩ := h
  rw [funext (Box.flat_lowPos hx), funext (Box.flat_lowNeg hx)] at hl
  rw [funext (Box.flat_highPos hx), funext (Box.flat_highNeg hx)] at hh
  have hc : 0 < count := by simpa using hc
  have hxd := (Box.regular_iff.1 hx).1
  have hyd := (Box.regular_iff.1 hy).1
  have hl := ratio_le_of_fractionLe (α := α) hl hyd (Nat.mul_pos hxd hc)
  have hh := ratio_le_of_fractionLe (α := α) hh (Nat.mul_pos hxd hc) hyd
  rw [ratio_mul_den _ hxd hc, ← sumOver_ratio _ _ hxd] at hl hh
  have hin : ∀ j, j ∈ taps → j < Shape.size s := fun j hj => by simpa using hin j hj
  exact ⟨Std.le_trans hl (div_natCast_le (sumOver_le fun j hj => (hv j (hin j hj)).1) hc),
    Std.le_trans (div_natCast_le (sumOver_le fun j hj => (hv j (hin j hj)).2) hc) hh⟩

end

/-! ## Windows -/

private theorem windowLines_eq (padding dilation size n start : Nat) :
    windowLines padding dilation size n start = (List.range n).filterMap fun a =>
      if padding ≤ start + a * dilation ∧ start + a * dilation < padding + size then
        some (start + a * dilation - padding) else none := by
  induction n generalizing start with
  | zero => rfl
  | succ n ih =>
    have h : (Nat.ble padding start && Nat.blt start (Nat.add padding size)) =
        decide (padding ≤ start ∧ start < padding + size) := by
      rw [Bool.eq_iff_iff]
      simp
    rw [windowLines, h, ih, List.range_succ_eq_map, List.filterMap_cons, List.filterMap_map]
    have e : ∀ a, start + dilation + a * dilation = start + (a + 1) * dilation := by
      intro a; rw [Nat.succ_mul]; omega
    simp only [Nat.add_eq, e, Nat.zero_mul, Nat.add_zero, Function.comp_def]
    by_cases hc : padding ≤ start ∧ start < padding + size
    · rw [if_pos hc, decide_eq_true hc]; rfl
    · rw [if_neg hc, decide_eq_false hc]; rfl

private theorem pixelRow_eq (base : Nat) (cols rest : List Nat) :
    pixelRow base cols rest = cols.map (fun q => base + q) ++ rest := by
  induction cols with
  | nil => rfl
  | cons q qs ih => simp [pixelRow, ih]

private theorem pixels_eq (top w : Nat) (cols rows : List Nat) :
    pixels top w cols rows = rows.flatMap fun r => cols.map fun q => (top + r) * w + q := by
  induction rows with
  | nil => rfl
  | cons r rs ih => simp [pixels, pixelRow_eq, ih]

private theorem flatMap_filterMap (n : Nat) (f : Nat → Option Nat) (g : Nat → List Nat) :
    ((List.range n).filterMap f).flatMap g =
      (List.range n).flatMap fun a => match f a with
        | some r => g r
        | none => [] := by
  generalize List.range n = l
  induction l with
  | nil => rfl
  | cons a l ih =>
    rw [List.filterMap_cons, List.flatMap_cons, ← ih]
    cases f a <;> simp

/-- The two ways to list the pixels of a window agree. -/
theorem Window.pixels_eq_taps (g : Window) (h w c i j : Nat) :
    g.pixels h w c i j = g.taps h w c i j := by
  rw [Window.pixels, pixels_eq, windowLines_eq, windowLines_eq, flatMap_filterMap, Window.taps]
  congr 1
  funext a
  simp only [Nat.mul_eq, List.map_filterMap]
  by_cases hr : g.padding.1 ≤ i * g.stride.1 + a * g.dilation.1 ∧
      i * g.stride.1 + a * g.dilation.1 < g.padding.1 + h
  · rw [if_pos hr]
    simp only
    congr 1
    funext e
    split <;> simp_all
  · rw [if_neg hr]
    simp only
    rw [List.filterMap_eq_nil_iff.2]
    intro e _
    rw [if_neg]
    exact fun hc => hr ⟨hc.1, hc.2.1⟩

/-- What `allPixels` says about a pixel, by its flat index. -/
theorem apply_allPixels {c h w : Nat} {p : Nat → Nat → Nat → Nat → Bool}
    (ha : allPixels c h w p = true) {k : Nat} (hk : k < Shape.size [c, h, w]) :
    p (k / (h * w)) (k / w % h) (k % w) k = true := by
  simp only [Shape.size, Nat.mul_one] at hk
  have hhw : 0 < h * w := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt hk)
  have hh : 0 < h := Nat.pos_of_mul_pos_right hhw
  have hw : 0 < w := Nat.pos_of_mul_pos_left hhw
  simp only [allPixels, allBelow_iff, Nat.add_eq, Nat.mul_eq] at ha
  have := ha (k / (h * w)) ((Nat.div_lt_iff_lt_mul hhw).2 hk) (k / w % h) (Nat.mod_lt _ hh) (k % w)
    (Nat.mod_lt _ hw)
  rw [Nat.mul_comm h w, ← Nat.div_div_eq_div_mul, Nat.div_add_mod', Nat.div_add_mod'] at this
  rwa [Nat.mul_comm h w, ← Nat.div_div_eq_div_mul]

/-- What `highsOk` gives for a window and a pixel that it sees. -/
private theorem high_le {c h w oh ow k m m' : Nat} {g : Window} {x y : Ends} {u v : Nat → Int}
    (hs₁ : 0 < g.stride.1) (hs₂ : 0 < g.stride.2) (hk : 0 < k) (hm : m + m' < 2 ^ (k - 1))
    (hx : Signed k (c * h * w) m x.highPos x.highNeg u)
    (hy : Signed k (c * oh * ow) m' y.highPos y.highNeg v)
    (hc : g.highsOk h w oh ow k c (x.place (g.pixelLayout h w oh ow) k c h w)
      (y.place (g.windowLayout h w oh ow) k c oh ow) = true)
    {ch i j a e : Nat} (hch : ch < c) (hi : i < oh) (hj : j < ow) (ha : a < g.kernel.1)
    (he : e < g.kernel.2) (hsees : g.Sees h w i j a e) :
    u (g.pixel h w ch i j a e) ≤ v ((ch * oh + i) * ow + j) := by
  have hpow : 2 ^ (k - 1) < 2 ^ k := Nat.pow_lt_pow_of_lt (by omega) (by omega)
  have hlx := hx.lt (by omega)
  have hly := hy.lt (by omega)
  have px := hx.placed (g.fits_pixelLayout hs₁ hs₂ (show 0 < oh by omega) (show 0 < ow by omega))
    (by omega) (g.placeDigit w ow a e)
  have py := hy.placed (g.fits_windowLayout (h := h) (w := w) hs₁ hs₂ (show 0 < oh by omega)
    (show 0 < ow by omega)) (by omega) 0
  simp only [Window.highsOk, allBelow_iff] at hc
  have hbit := covers_testBit (hc a ha e he)
    (b := k * g.place h w oh ow ch i j + (k - 1)) (by
      show (_ &&& _ : Nat).testBit _ = true
      rw [Nat.testBit_and, g.testBit_windows hs₁ hs₂ hch hi hj hk,
        g.testBit_seen hs₁ hs₂ hch hi hj hk ha he, decide_eq_true hsees]
      rfl)
  have hle := px.atMost_eq py hm hk
  rw [Nat.mul_zero, Nat.shiftRight_zero, Nat.shiftRight_zero] at hle
  have hbit := (congrArg (Nat.testBit · (k * g.place h w oh ow ch i j + (k - 1))) hle).symm.trans
    hbit
  rw [testBit_flags hk _ (show _ < c * (g.pixelLayout h w oh ow).image from
      g.place_lt hs₁ hs₂ hch hi hj), decide_eq_true_eq,
    g.digit_seen hs₁ hs₂ hch hi hj hlx.1 ha he, g.digit_seen hs₁ hs₂ hch hi hj hlx.2 ha he,
    g.digit_window hs₁ hs₂ hch hi hj hly.1, g.digit_window hs₁ hs₂ hch hi hj hly.2,
    if_pos hsees, if_pos hsees, hx.value_eq (by omega) (g.pixel_lt hch hsees),
    hy.value_eq (by omega) (Window.index_lt hch hi hj)] at hbit
  exact hbit

/-- What `lowsOk` gives for a window: a pixel that it sees. -/
private theorem exists_low_le {c h w oh ow k m m' : Nat} {g : Window} {x y : Ends}
    {u v : Nat → Int} (hs₁ : 0 < g.stride.1) (hs₂ : 0 < g.stride.2) (hk : 0 < k)
    (hm : m' + m < 2 ^ (k - 1)) (hx : Signed k (c * h * w) m x.lowPos x.lowNeg u)
    (hy : Signed k (c * oh * ow) m' y.lowPos y.lowNeg v)
    (hc : g.lowsOk h w oh ow k c (x.place (g.pixelLayout h w oh ow) k c h w)
      (y.place (g.windowLayout h w oh ow) k c oh ow) = true)
    {ch i j : Nat} (hch : ch < c) (hi : i < oh) (hj : j < ow) :
    ∃ a, a < g.kernel.1 ∧ ∃ e, e < g.kernel.2 ∧ g.Sees h w i j a e ∧
      v ((ch * oh + i) * ow + j) ≤ u (g.pixel h w ch i j a e) := by
  have hpow : 2 ^ (k - 1) < 2 ^ k := Nat.pow_lt_pow_of_lt (by omega) (by omega)
  have hlx := hx.lt (by omega)
  have hly := hy.lt (by omega)
  have py := hy.placed (g.fits_windowLayout (h := h) (w := w) hs₁ hs₂ (show 0 < oh by omega)
    (show 0 < ow by omega)) (by omega) 0
  have hbit := covers_testBit hc (g.testBit_windows hs₁ hs₂ hch hi hj hk)
  obtain ⟨a, ha, hbit⟩ := testBit_lorBelow.1 hbit
  obtain ⟨e, he, hbit⟩ := testBit_lorBelow.1 hbit
  have px := hx.placed (g.fits_pixelLayout hs₁ hs₂ (show 0 < oh by omega) (show 0 < ow by omega))
    (by omega) (g.placeDigit w ow a e)
  have hbit : (_ &&& _ : Nat).testBit _ = true := hbit
  rw [Nat.testBit_and, g.testBit_seen hs₁ hs₂ hch hi hj hk ha he, Bool.and_eq_true,
    decide_eq_true_eq] at hbit
  obtain ⟨hsees, hbit⟩ := hbit
  have hle := py.atMost_eq px hm hk
  rw [Nat.mul_zero, Nat.shiftRight_zero, Nat.shiftRight_zero] at hle
  have hbit := (congrArg (Nat.testBit · (k * g.place h w oh ow ch i j + (k - 1))) hle).symm.trans
    hbit
  rw [testBit_flags hk _ (show _ < c * (g.windowLayout h w oh ow).image from
      g.place_lt hs₁ hs₂ hch hi hj), decide_eq_true_eq,
    g.digit_seen hs₁ hs₂ hch hi hj hlx.1 ha he, g.digit_seen hs₁ hs₂ hch hi hj hlx.2 ha he,
    g.digit_window hs₁ hs₂ hch hi hj hly.1, g.digit_window hs₁ hs₂ hch hi hj hly.2,
    if_pos hsees, if_pos hsees, hx.value_eq (by omega) (g.pixel_lt hch hsees),
    hy.value_eq (by omega) (Window.index_lt hch hi hj)] at hbit
  exact ⟨a, ha, e, he, hsees, hbit⟩

/-- `maxPool2dCheck` is sound. -/
theorem maxPool2d_maps {c h w oh ow : Nat} {g : Window} {x : Box [c, h, w]} {y : Box [c, oh, ow]}
    (hc : maxPool2dCheck g x y = true) : (Op.maxPool2d g).Maps (x, ()) y := by
  simp only [maxPool2dCheck, maxPoolEnds, Bool.and_eq_true, Nat.blt_eq] at hc
  obtain ⟨⟨⟨⟨hx, hy⟩, hs₁⟩, hs₂⟩, hhigh, hlow⟩ := hc
  have hxd := (Box.regular_iff.1 hx).1
  have hyd := (Box.regular_iff.1 hy).1
  have room := room_pairBits hx hy
  generalize pairBits x y = k at hhigh hlow room
  have hf := factor_pos_of hxd hyd
  have hg := factor_pos_of hyd hxd
  have hden := factor_mul_den x.den y.den
  generalize Lanes.factor x.den y.den = f at hhigh hlow room hf hden
  generalize Lanes.factor y.den x.den = f' at hhigh hlow room hg hden
  have sx : Shape.size [c, h, w] = c * h * w := by simp [Shape.size, Nat.mul_assoc]
  have sy : Shape.size [c, oh, ow] = c * oh * ow := by simp [Shape.size, Nat.mul_assoc]
  have xl := sx ▸ Box.signed_low (f := f) hx room.left
  have xh := sx ▸ Box.signed_high (f := f) hx room.left
  have yl := sy ▸ Box.signed_low (f := f') hy room.right
  have yh := sy ▸ Box.signed_high (f := f') hy room.right
  have sum' := Nat.add_comm _ _ ▸ room.sum
  intro α _ _ ⟨v, _⟩ ⟨hv, _⟩ n hn
  obtain ⟨ch, i, j, hch, hi, hj, rfl, h₁, h₂, h₃⟩ := Window.exists_index (sy ▸ hn)
  simp only [Op.denote, Tensor.at_ofFn hn, h₁, h₂, h₃]
  have hin : ∀ t, t ∈ g.taps h w ch i j → t < Shape.size [c, h, w] := fun t ht => by
    obtain ⟨a, _, e, _, hsees, rfl⟩ := Window.mem_taps.1 ht
    exact sx ▸ g.pixel_lt hch hsees
  constructor
  · obtain ⟨a, ha, e, he, hsees, hle⟩ :=
      exists_low_le hs₁ hs₂ room.pos sum' xl yl hlow hch hi hj
    have ht : g.pixel h w ch i j a e ∈ g.taps h w ch i j :=
      Window.mem_taps.2 ⟨a, ha, e, he, hsees, rfl⟩
    exact Std.le_trans (ratio_le_of_scaled hyd hxd hf hden.symm hle)
      (Std.le_trans (hv _ (hin _ ht)).1 (le_maxOver ht))
  · obtain ⟨a, ha, e, he, hsees, _⟩ :=
      exists_low_le hs₁ hs₂ room.pos sum' xl yl hlow hch hi hj
    refine maxOver_le (List.ne_nil_of_mem (Window.mem_taps.2 ⟨a, ha, e, he, hsees, rfl⟩))
      fun t ht => ?_
    have hle := (hv t (hin t ht)).2
    obtain ⟨a, ha, e, he, hsees, rfl⟩ := Window.mem_taps.1 ht
    exact Std.le_trans hle (ratio_le_of_scaled hxd hyd hg hden
      (high_le hs₁ hs₂ room.pos room.sum xh yh hhigh hch hi hj ha he hsees))

/-- `avgPool2dCheck` is sound. -/
theorem avgPool2d_maps {c h w oh ow : Nat} {g : Window} {includePad : Bool} {x : Box [c, h, w]}
    {y : Box [c, oh, ow]} (hc : avgPool2dCheck g includePad x y = true) :
    (Op.avgPool2d g includePad).Maps (x, ()) y := by
  intro α _ _ ⟨v, _⟩ ⟨hv, _⟩ k hk
  simp only [avgPool2dCheck, Bool.and_eq_true] at hc
  simp only [Op.denote, Tensor.at_ofFn hk]
  have := apply_allPixels hc.2 hk
  rw [Window.pixels_eq_taps] at this
  have := mem_of_meanEntry hc.1.1 hc.1.2 this hv
  cases includePad <;> exact this

/-! ## Sums over an axis -/

private theorem sumOver_progression {α : Type} [OrderedField α] (x : Nat → α) (step n start : Nat) :
    sumOver x (progression step n start) = sum n fun i => x (start + i * step) := by
  induction n generalizing start with
  | zero => rfl
  | succ n ih =>
    rw [progression, sumOver, ih, sum_succ', Nat.zero_mul, Nat.add_zero]
    congr 2
    funext i
    rw [Nat.add_eq, Nat.succ_mul]
    congr 1
    omega

/-- `axisMeanCheck` is sound. -/
theorem mem_of_axisMeanCheck {α : Type} [OrderedField α] {n inner count : Nat} {x : Box s}
    {y : Box t} (h : axisMeanCheck n inner count x y = true) {v : Tensor α s} (hv : x.Mem v)
    {k : Nat} (hk : k < Shape.size t) :
    y.lo.val k ≤ sum n (fun i => v.at ((k / inner * n + i) * inner + k % inner)) / (count : α) ∧
      sum n (fun i => v.at ((k / inner * n + i) * inner + k % inner)) / (count : α) ≤
        y.hi.val k := by
  simp only [axisMeanCheck, Bool.and_eq_true, allBelow_iff] at h
  have h := mem_of_meanEntry h.1.1 h.1.2 (h.2 k hk) hv
  rw [sumOver_progression] at h
  have e : ∀ i, Nat.add (Nat.mul (Nat.mul (Nat.div k inner) n) inner) (Nat.mod k inner) +
      i * inner = (k / inner * n + i) * inner + k % inner := by
    intro i
    rw [Nat.add_mul, Nat.add_right_comm]
    rfl
  simpa only [e] using h

/-- `globalAvgPoolCheck` is sound. -/
theorem globalAvgPool_maps {c h w : Nat} {x : Box [c, h, w]} {y : Box [c, 1, 1]}
    (hc : globalAvgPoolCheck x y = true) : Op.globalAvgPool.Maps (x, ()) y := by
  intro α _ _ ⟨v, _⟩ ⟨hv, _⟩ k hk
  simp only [Op.denote, Tensor.at_ofFn hk]
  have := mem_of_axisMeanCheck hc hv hk
  simpa only [Nat.mul_eq, Nat.div_one, Nat.mod_one, Nat.mul_one, Nat.add_zero] using this

/-- `reduceSumCheck` is sound. -/
theorem reduceSum_maps {axis : Nat} {x : Box s} {y : Box (s.eraseIdx axis)}
    (hc : reduceSumCheck axis x y = true) : (Op.reduceSum axis).Maps (x, ()) y := by
  intro α _ _ ⟨v, _⟩ ⟨hv, _⟩ k hk
  simp only [Op.denote, Tensor.at_ofFn hk, axisSum]
  have := mem_of_axisMeanCheck hc hv hk
  have e : ∀ a : α, a / ((1 : Nat) : α) = a := by
    intro a
    rw [Semiring.natCast_one]
    grind
  simpa only [e] using this

/-- `reduceMeanCheck` is sound. -/
theorem reduceMean_maps {axis : Nat} {x : Box s} {y : Box (s.eraseIdx axis)}
    (hc : reduceMeanCheck axis x y = true) : (Op.reduceMean axis).Maps (x, ()) y := by
  intro α _ _ ⟨v, _⟩ ⟨hv, _⟩ k hk
  simp only [Op.denote, Tensor.at_ofFn hk, axisSum]
  exact mem_of_axisMeanCheck hc hv hk

end Lemmanet
