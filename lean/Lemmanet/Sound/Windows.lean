module

public import Lemmanet.Exec.Windows
public import Lemmanet.Sound.Elementwise
public import Lemmanet.Sound.Ends
public import Lemmanet.Sound.Layout

/-!
# Windows compared as a whole

What the flags and the comparisons of `Exec.Windows` say about single windows and the pixels that they
see.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

/-! ## Bits -/

/-- `larger` is an upper bound. -/
theorem le_larger (a b : Nat) : a ≤ larger a b ∧ b ≤ larger a b := by
  unfold larger
  cases h : Nat.ble a b
  · have : ¬ a ≤ b := fun hle => by rw [Nat.ble_eq_true_of_le hle] at h; cases h
    simp; omega
  · have := Nat.le_of_ble_eq_true h
    simp; omega

/-- The bits of `lorBelow`. -/
theorem testBit_lorBelow {n : Nat} {f : Nat → Nat} {b : Nat} :
    (lorBelow n f).testBit b = true ↔ ∃ i, i < n ∧ (f i).testBit b = true := by
  induction n with
  | zero => simp [lorBelow]
  | succ n ih =>
    have : lorBelow (n + 1) f = lorBelow n f ||| f n := rfl
    rw [this, Nat.testBit_or, Bool.or_eq_true, ih]
    constructor
    · rintro (⟨i, hi, hb⟩ | hb)
      · exact ⟨i, by omega, hb⟩
      · exact ⟨n, by omega, hb⟩
    · rintro ⟨i, hi, hb⟩
      by_cases h : i < n
      · exact .inl ⟨i, h, hb⟩
      · obtain rfl : i = n := by omega
        exact .inr hb

/-- What `covers` decides, for one bit. -/
theorem covers_testBit {m x b : Nat} (h : covers m x = true) (hm : m.testBit b = true) :
    x.testBit b = true := by
  have h : m &&& x = m := Nat.eq_of_beq_eq_true h
  rw [← h, Nat.testBit_and, Bool.and_eq_true] at hm
  exact hm.2

/-- The top bit of a digit. -/
theorem testBit_top {k : Nat} (hk : 0 < k) (x p : Nat) :
    x.testBit (k * p + (k - 1)) = (digit k k x p).testBit (k - 1) := by
  rw [testBit_digit, decide_eq_true (by omega), Bool.true_and]

/-- One of many flags. -/
theorem testBit_flags {k n : Nat} (hk : 0 < k) (q : Nat → Bool) {p : Nat} (hp : p < n) :
    (flags k n q).testBit (k * p + (k - 1)) = q p := by
  have h : ∀ b, (cond b (2 ^ (k - 1)) 0 : Nat) < 2 ^ k := fun b => by
    have := Nat.two_pow_pos k
    have := Nat.pow_lt_pow_of_lt (a := 2) (by omega) (show k - 1 < k by omega)
    cases b <;> simpa
  rw [testBit_top hk, flags, digit_pack (fun _ _ => h _) hp]
  cases q p <;> simp

/-- A bound on what is packed is a bound on all digits. -/
theorem digit_pack_le {k n m : Nat} {f : Nat → Nat} (hm : m < 2 ^ k) (hf : ∀ i, i < n → f i ≤ m)
    (p : Nat) : digit k k (pack k f n) p ≤ m := by
  have hlt : ∀ i, i < n → f i < 2 ^ k := fun i hi => Nat.lt_of_le_of_lt (hf i hi) hm
  by_cases hp : p < n
  · rw [digit_pack hlt hp]
    exact hf p hp
  · have := Nat.lt_of_lt_of_le (pack_lt hlt)
      (Nat.pow_le_pow_right (by omega) (Nat.mul_le_mul_left k (show n ≤ p by omega)))
    rw [digit_eq, Nat.div_eq_of_lt this, Nat.zero_mod]
    exact Nat.zero_le m

/-! ## Signed numbers that were laid out -/

namespace Signed

variable {k m n p q : Nat} {v : Nat → Int}

/-- The value of an entry, by the digits. -/
theorem value_eq (hs : Signed k n m p q v) (hm : m < 2 ^ k) {i : Nat} (hi : i < n) :
    (digit k k p i : Int) - digit k k q i = v i := by
  obtain ⟨f, f', rfl, rfl, h⟩ := hs
  rw [digit_pack (fun i hi => Nat.lt_of_le_of_lt (h i hi).1 hm) hi,
    digit_pack (fun i hi => Nat.lt_of_le_of_lt (h i hi).2.1 hm) hi, (h i hi).2.2]

/-- No digits but those of the entries. -/
theorem lt (hs : Signed k n m p q v) (hm : m < 2 ^ k) : p < 2 ^ (k * n) ∧ q < 2 ^ (k * n) := by
  obtain ⟨f, f', rfl, rfl, h⟩ := hs
  exact ⟨pack_lt fun i hi => Nat.lt_of_le_of_lt (h i hi).1 hm,
    pack_lt fun i hi => Nat.lt_of_le_of_lt (h i hi).2.1 hm⟩

/-- Signed numbers, laid out and moved down by `e` digits. -/
theorem placed {g : Layout} {c h w : Nat} (hs : Signed k (c * h * w) m p q v) (hg : g.Fits h w)
    (hm : m < 2 ^ k) (e : Nat) :
    Signed k (c * g.image) m (g.place k c h w p >>> (k * e)) (g.place k c h w q >>> (k * e))
      fun i => (digit k k (g.place k c h w p >>> (k * e)) i : Int) -
        digit k k (g.place k c h w q >>> (k * e)) i := by
  have hlt := hs.lt hm
  have hle : ∀ z, z < 2 ^ (k * (c * h * w)) → (∀ i, digit k k z i ≤ m) →
      g.place k c h w z >>> (k * e) < 2 ^ (k * (c * g.image)) ∧
        ∀ i, digit k k (g.place k c h w z >>> (k * e)) i ≤ m := fun z hz hi =>
    ⟨Nat.lt_of_le_of_lt (Nat.shiftRight_le _ _) (Layout.place_lt hg hz), fun i => by
      rw [digit_shiftRight]
      exact Layout.digit_place_le hg hz hi _⟩
  obtain ⟨f, f', rfl, rfl, h⟩ := hs
  have h₁ := hle _ hlt.1 (digit_pack_le hm fun i hi => (h i hi).1)
  have h₂ := hle _ hlt.2 (digit_pack_le hm fun i hi => (h i hi).2.1)
  exact ⟨_, _, (pack_digit h₁.1).symm, (pack_digit h₂.1).symm, fun i _ => ⟨h₁.2 i, h₂.2 i, rfl⟩⟩

end Signed

/-! ## Where windows and pixels are -/

namespace Window

variable {g : Window} {k c h w oh ow : Nat}

/-- The place of a window. -/
@[expose] def place (g : Window) (h w oh ow ch i j : Nat) : Nat :=
  ch * g.imageDigits h w oh ow + (i * g.stride.1 * g.rowDigits w ow + j * g.stride.2)

/-- The place `(a, e)` of the window `(i, j)` is a pixel, not a part of the margin. -/
@[expose] def Sees (g : Window) (h w i j a e : Nat) : Prop :=
  g.padding.1 ≤ i * g.stride.1 + a * g.dilation.1 ∧
    i * g.stride.1 + a * g.dilation.1 < g.padding.1 + h ∧
    g.padding.2 ≤ j * g.stride.2 + e * g.dilation.2 ∧
    j * g.stride.2 + e * g.dilation.2 < g.padding.2 + w

/-- The flat index of that pixel. -/
@[expose] def pixel (g : Window) (h w ch i j a e : Nat) : Nat :=
  (ch * h + (i * g.stride.1 + a * g.dilation.1 - g.padding.1)) * w +
    (j * g.stride.2 + e * g.dilation.2 - g.padding.2)

/-- Whether it is a pixel can be decided. -/
instance (g : Window) (h w i j a e : Nat) : Decidable (g.Sees h w i j a e) := by
  unfold Sees
  infer_instance

/-- The pixels of a window are those that it sees at its places. -/
theorem mem_taps {ch i j t : Nat} : t ∈ g.taps h w ch i j ↔ ∃ a, a < g.kernel.1 ∧
    ∃ e, e < g.kernel.2 ∧ g.Sees h w i j a e ∧ t = g.pixel h w ch i j a e := by
  simp only [taps, List.mem_flatMap, List.mem_range, List.mem_filterMap]
  refine exists_congr fun a => and_congr_right fun _ => exists_congr fun e =>
    and_congr_right fun _ => ?_
  split
  · rename_i hs
    exact ⟨fun h => ⟨hs, (Option.some.inj h).symm⟩, fun h => congrArg some h.2.symm⟩
  · rename_i hs
    exact ⟨fun h => (by cases h), fun h => absurd h.1 hs⟩

/-- Pixels are pixels of the image. -/
theorem pixel_lt {ch i j a e : Nat} (hch : ch < c) (hs : g.Sees h w i j a e) :
    g.pixel h w ch i j a e < c * h * w := by
  obtain ⟨h₁, h₂, h₃, h₄⟩ := hs
  unfold pixel
  generalize i * g.stride.1 + a * g.dilation.1 = r at h₁ h₂ ⊢
  generalize j * g.stride.2 + e * g.dilation.2 = q at h₃ h₄ ⊢
  have h₅ : (ch + 1) * h ≤ c * h := Nat.mul_le_mul_right _ hch
  rw [Nat.add_mul] at h₅
  have h₆ : (ch * h + (r - g.padding.1) + 1) * w ≤ c * h * w := Nat.mul_le_mul_right _ (by omega)
  rw [Nat.add_mul _ 1] at h₆
  omega

/-- Windows are entries of the output. -/
theorem index_lt {ch i j : Nat} (hch : ch < c) (hi : i < oh) (hj : j < ow) :
    (ch * oh + i) * ow + j < c * oh * ow := by
  have h₁ : (ch + 1) * oh ≤ c * oh := Nat.mul_le_mul_right _ hch
  rw [Nat.add_mul] at h₁
  have h₂ : (ch * oh + i + 1) * ow ≤ c * oh * ow := Nat.mul_le_mul_right _ (by omega)
  rw [Nat.add_mul _ 1] at h₂
  omega

/-- Entries of the output are windows. -/
theorem exists_index {n : Nat} (hn : n < c * oh * ow) : ∃ ch i j, ch < c ∧ i < oh ∧ j < ow ∧
    n = (ch * oh + i) * ow + j ∧ n / (oh * ow) = ch ∧ n / ow % oh = i ∧ n % ow = j := by
  have how : 0 < ow := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt hn)
  have hoh : 0 < oh := Nat.pos_of_mul_pos_left (Nat.pos_of_mul_pos_right (Nat.zero_lt_of_lt hn))
  refine ⟨n / (oh * ow), n / ow % oh, n % ow, ?_, Nat.mod_lt _ hoh, Nat.mod_lt _ how, ?_, rfl, rfl,
    rfl⟩
  · rw [Nat.div_lt_iff_lt_mul (Nat.mul_pos hoh how), ← Nat.mul_assoc]
    exact hn
  · rw [Nat.mul_comm oh, ← Nat.div_div_eq_div_mul, Nat.div_add_mod', Nat.div_add_mod']

section

variable (hs₁ : 0 < g.stride.1) (hs₂ : 0 < g.stride.2) (hoh : 0 < oh) (how : 0 < ow)

include hs₂ how in
private theorem rowDigits_pos : 0 < g.rowDigits w ow := by
  have := (le_larger (g.padding.2 + w) (ow * g.stride.2 + g.kernel.2 * g.dilation.2)).2
  have h : 0 < ow * g.stride.2 := Nat.mul_pos how hs₂
  exact Nat.lt_of_lt_of_le (by omega) this

include hs₁ hs₂ hoh how in
private theorem imageDigits_pos : 0 < g.imageDigits h w oh ow := by
  have := (le_larger (g.padding.1 + h) (oh * g.stride.1 + g.kernel.1 * g.dilation.1)).2
  have h : 0 < oh * g.stride.1 := Nat.mul_pos hoh hs₁
  exact Nat.mul_pos (Nat.lt_of_lt_of_le (by omega) this) (rowDigits_pos hs₂ how)

include hs₁ hs₂ hoh how in
/-- There is room for the pixels. -/
theorem fits_pixelLayout : (g.pixelLayout h w oh ow).Fits h w where
  step := Nat.one_pos
  row := by
    have := (le_larger (g.padding.2 + w) (ow * g.stride.2 + g.kernel.2 * g.dilation.2)).1
    rwa [pixelLayout, Nat.mul_one]
  rows := rowDigits_pos hs₂ how
  image := by
    have := (le_larger (g.padding.1 + h) (oh * g.stride.1 + g.kernel.1 * g.dilation.1)).1
    have := Nat.mul_le_mul_right (g.rowDigits w ow) this
    rwa [Nat.add_mul] at this
  images := imageDigits_pos hs₁ hs₂ hoh how

include hs₁ hs₂ hoh how in
/-- There is room for the windows. -/
theorem fits_windowLayout : (g.windowLayout h w oh ow).Fits oh ow where
  step := hs₂
  row := by
    have := (le_larger (g.padding.2 + w) (ow * g.stride.2 + g.kernel.2 * g.dilation.2)).2
    have h₁ : g.rowDigits w ow ≤ g.stride.1 * g.rowDigits w ow := Nat.le_mul_of_pos_left _ hs₁
    show 0 + ow * g.stride.2 ≤ g.stride.1 * g.rowDigits w ow
    refine Nat.le_trans ?_ h₁
    show _ ≤ larger (g.padding.2 + w) (ow * g.stride.2 + g.kernel.2 * g.dilation.2)
    omega
  rows := Nat.mul_pos hs₁ (rowDigits_pos hs₂ how)
  image := by
    have := (le_larger (g.padding.1 + h) (oh * g.stride.1 + g.kernel.1 * g.dilation.1)).2
    have : oh * g.stride.1 ≤ g.rowsOf h oh := Nat.le_trans (Nat.le_add_right _ _) this
    have := Nat.mul_le_mul_right (g.rowDigits w ow) this
    show 0 + oh * (g.stride.1 * g.rowDigits w ow) ≤ g.rowsOf h oh * g.rowDigits w ow
    rwa [Nat.zero_add, ← Nat.mul_assoc]
  images := imageDigits_pos hs₁ hs₂ hoh how

end

section

variable (hs₁ : 0 < g.stride.1) (hs₂ : 0 < g.stride.2) {ch i j : Nat} (hch : ch < c) (hi : i < oh)
  (hj : j < ow)

include hs₁ hs₂ hch hi hj

/-- The digit of a window. -/
theorem digit_window {x : Nat} (hx : x < 2 ^ (k * (c * oh * ow))) :
    digit k k ((g.windowLayout h w oh ow).place k c oh ow x) (g.place h w oh ow ch i j) =
      digit k k x ((ch * oh + i) * ow + j) := by
  have := Layout.digit_place (fits_windowLayout (h := h) (w := w) hs₁ hs₂ (by omega) (by omega)) hx hch hi hj
  rw [← this]
  congr 1
  show _ = ch * g.imageDigits h w oh ow +
    (0 + i * (g.stride.1 * g.rowDigits w ow) + (0 + j * g.stride.2))
  rw [place, Nat.zero_add, Nat.zero_add, Nat.mul_assoc i]

/-- A window has a place. -/
theorem place_lt : g.place h w oh ow ch i j < c * g.imageDigits h w oh ow := by
  have h₁ := (fits_windowLayout (g := g) (h := h) (w := w) hs₁ hs₂ (show 0 < oh by omega) (show 0 < ow by omega)).row
  have h₂ := (fits_windowLayout (g := g) (h := h) (w := w) hs₁ hs₂ (show 0 < oh by omega) (show 0 < ow by omega)).image
  have h₁ : 0 + ow * g.stride.2 ≤ g.stride.1 * g.rowDigits w ow := h₁
  have h₂ : 0 + oh * (g.stride.1 * g.rowDigits w ow) ≤ g.imageDigits h w oh ow := h₂
  have h₃ : (j + 1) * g.stride.2 ≤ ow * g.stride.2 := Nat.mul_le_mul_right _ hj
  have h₄ : (i + 1) * (g.stride.1 * g.rowDigits w ow) ≤ oh * (g.stride.1 * g.rowDigits w ow) :=
    Nat.mul_le_mul_right _ hi
  have h₅ : (ch + 1) * g.imageDigits h w oh ow ≤ c * g.imageDigits h w oh ow :=
    Nat.mul_le_mul_right _ hch
  rw [Nat.add_mul] at h₃ h₄ h₅
  rw [place, Nat.mul_assoc i]
  omega

/-- The digit that a window sees at one of its places. -/
theorem digit_seen {x a e : Nat} (hx : x < 2 ^ (k * (c * h * w))) (ha : a < g.kernel.1)
    (he : e < g.kernel.2) :
    digit k k ((g.pixelLayout h w oh ow).place k c h w x >>> (k * g.placeDigit w ow a e))
        (g.place h w oh ow ch i j) =
      if g.Sees h w i j a e then digit k k x (g.pixel h w ch i j a e) else 0 := by
  have h₁ := (le_larger (g.padding.2 + w) (ow * g.stride.2 + g.kernel.2 * g.dilation.2)).2
  have h₂ := (le_larger (g.padding.1 + h) (oh * g.stride.1 + g.kernel.1 * g.dilation.1)).2
  have h₁ : ow * g.stride.2 + g.kernel.2 * g.dilation.2 ≤ g.rowDigits w ow := h₁
  have h₂ : oh * g.stride.1 + g.kernel.1 * g.dilation.1 ≤ g.rowsOf h oh := h₂
  have h₃ : (j + 1) * g.stride.2 ≤ ow * g.stride.2 := Nat.mul_le_mul_right _ hj
  have h₄ : (i + 1) * g.stride.1 ≤ oh * g.stride.1 := Nat.mul_le_mul_right _ hi
  have h₅ : e * g.dilation.2 ≤ g.kernel.2 * g.dilation.2 := Nat.mul_le_mul_right _ (by omega)
  have h₆ : a * g.dilation.1 ≤ g.kernel.1 * g.dilation.1 := Nat.mul_le_mul_right _ (by omega)
  rw [Nat.add_mul] at h₃ h₄
  have hq : j * g.stride.2 + e * g.dilation.2 < g.rowDigits w ow := by omega
  have hr : i * g.stride.1 + a * g.dilation.1 + 1 ≤ g.rowsOf h oh := by omega
  have hr := Nat.mul_le_mul_right (g.rowDigits w ow) hr
  have := Layout.digit_place_row (g := g.pixelLayout h w oh ow)
    (fits_pixelLayout hs₁ hs₂ (show 0 < oh by omega) (show 0 < ow by omega)) rfl hx
    (top := g.padding.1) rfl hch (r := i * g.stride.1 + a * g.dilation.1)
    (q := j * g.stride.2 + e * g.dilation.2) (by
      show _ < g.rowsOf h oh * g.rowDigits w ow
      show (i * g.stride.1 + a * g.dilation.1) * g.rowDigits w ow + _ < _
      rw [Nat.add_mul _ 1] at hr
      omega) hq
  rw [digit_shiftRight]
  refine Eq.trans (congrArg _ ?_) this
  show _ = ch * g.imageDigits h w oh ow +
    ((i * g.stride.1 + a * g.dilation.1) * g.rowDigits w ow + _)
  show ch * g.imageDigits h w oh ow + (i * g.stride.1 * g.rowDigits w ow + j * g.stride.2) +
    (a * g.dilation.1 * g.rowDigits w ow + e * g.dilation.2) = _
  rw [Nat.add_mul]
  omega

variable (hk : 0 < k)

include hk

/-- There is a flag for each window. -/
theorem testBit_windows :
    (g.windows h w oh ow k c).testBit (k * g.place h w oh ow ch i j + (k - 1)) = true := by
  have hlt : ∀ i, i < c * oh * ow → 2 ^ (k - 1) < 2 ^ k := fun _ _ =>
    Nat.pow_lt_pow_of_lt (by omega) (by omega)
  have htop := topBits_eq hk (c * oh * ow)
  rw [testBit_top hk, windows]
  simp only [Nat.mul_eq]
  rw [digit_window hs₁ hs₂ hch hi hj (by rw [htop]; exact pack_lt hlt), htop, digit_pack hlt (index_lt hch hi hj),
    Nat.testBit_two_pow_self]

/-- There is a flag where a window sees a pixel. -/
theorem testBit_seen {a e : Nat} (ha : a < g.kernel.1) (he : e < g.kernel.2) :
    (g.seen h w oh ow k c a e).testBit (k * g.place h w oh ow ch i j + (k - 1)) =
      decide (g.Sees h w i j a e) := by
  have hlt : ∀ i, i < c * h * w → 2 ^ (k - 1) < 2 ^ k := fun _ _ =>
    Nat.pow_lt_pow_of_lt (by omega) (by omega)
  have htop := topBits_eq hk (c * h * w)
  have := digit_seen (k := k) (x := topBits k (c * h * w)) hs₁ hs₂ hch hi hj
    (by rw [htop]; exact pack_lt hlt) ha he
  rw [testBit_top hk]
  refine Eq.trans (congrArg (Nat.testBit · (k - 1)) this) ?_
  by_cases hs : g.Sees h w i j a e
  · rw [if_pos hs, htop, digit_pack hlt (pixel_lt hch hs), decide_eq_true hs]
    exact Nat.testBit_two_pow_self
  · rw [if_neg hs, decide_eq_false hs]
    exact Nat.zero_testBit _

end

end Window

end Lemmanet
