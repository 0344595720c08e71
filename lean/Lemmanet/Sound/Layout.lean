module

public import Lemmanet.Exec.Layout
public import Lemmanet.Sound.Packed
public import Lemmanet.Sound.Spread

/-!
# Where the pixels go

The digits of an image that was laid out by `Layout.place`.
-/

public noncomputable section

namespace Lemmanet

variable {k : Nat}

/-- A digit of a number that is shifted up. -/
theorem digit_shiftLeft (k x e p : Nat) :
    digit k k (2 ^ (k * e) * x) p = if e ≤ p then digit k k x (p - e) else 0 := by
  rw [digit_eq, digit_eq]
  by_cases h : e ≤ p
  · obtain ⟨d, rfl⟩ := Nat.le.dest h
    rw [if_pos h, Nat.mul_add, Nat.pow_add, Nat.add_sub_cancel_left,
      Nat.mul_div_mul_left _ _ (Nat.two_pow_pos _)]
  · obtain ⟨d, rfl⟩ : ∃ d, e = p + 1 + d := ⟨e - p - 1, by omega⟩
    rw [if_neg h, Nat.add_assoc, Nat.mul_add, Nat.pow_add, Nat.mul_assoc,
      Nat.mul_div_cancel_left _ (Nat.two_pow_pos _), Nat.mul_add, Nat.mul_one, Nat.pow_add,
      Nat.mul_assoc, Nat.mul_mod_right]

/-- A digit of a number that is shifted down. -/
theorem digit_shiftRight (k x e p : Nat) : digit k k (x >>> (k * e)) p = digit k k x (p + e) := by
  rw [digit_eq, digit_eq, Nat.shiftRight_eq_div_pow, Nat.div_div_eq_div_mul, ← Nat.pow_add,
    ← Nat.mul_add, Nat.add_comm]

/-- A digit of one of many blocks. -/
theorem digit_block {len count : Nat} {f : Nat → Nat} (hf : ∀ a, a < count → f a < 2 ^ (len * k))
    {a b : Nat} (hb : b < len) :
    digit k k (pack (len * k) f count) (a * len + b) = if a < count then digit k k (f a) b else 0 := by
  have h := digit_bitsAt (Nat.le_refl k) (pack (len * k) f count) (len * a) hb
  have hpiece : bitsAt (pack (len * k) f count) (k * (len * a)) (k * len) =
      digit (len * k) (len * k) (pack (len * k) f count) a := by
    rw [bitsAt_eq, digit_eq, Nat.shiftRight_eq_div_pow, show k * (len * a) = len * k * a by ac_rfl,
      Nat.mul_comm k len]
  rw [hpiece] at h
  rw [Nat.mul_comm a, ← h]
  split
  · rw [digit_pack hf ‹_›]
  · have hlt := Nat.lt_of_lt_of_le (pack_lt hf)
      (Nat.pow_le_pow_right (by omega) (Nat.mul_le_mul_left (len * k) (show count ≤ a by omega)))
    rw [digit_eq (len * k), Nat.div_eq_of_lt hlt, Nat.zero_mod, digit_eq, Nat.zero_div, Nat.zero_mod]

section Blocks

variable {offset len dist count x : Nat}

/-- Blocks, moved apart. -/
private theorem moveBlocks_eq (hlen : offset + len ≤ dist) (hx : x < 2 ^ (len * k * count)) :
    moveBlocks k offset len dist count x =
      pack (dist * k) (fun a => 2 ^ (k * offset) * digit (len * k) (len * k) x a) count := by
  have hw : len * k ≤ dist * k := Nat.mul_le_mul_right _ (by omega)
  rw [moveBlocks, shiftLeft_eq_mul, pack_mul_left, ← widen_pack hw fun _ _ => digit_lt ..,
    pack_digit hx]
  rfl

/-- A block fits its place. -/
private theorem moved_lt (hlen : offset + len ≤ dist) (a : Nat) :
    2 ^ (k * offset) * digit (len * k) (len * k) x a < 2 ^ (dist * k) := by
  refine Nat.lt_of_lt_of_le (Nat.mul_lt_mul_of_pos_left (digit_lt ..) (Nat.two_pow_pos _)) ?_
  rw [← Nat.pow_add, Nat.mul_comm k, ← Nat.add_mul]
  exact Nat.pow_le_pow_right (by omega) (Nat.mul_le_mul_right _ hlen)

/-- Moved blocks have as many digits as they need. -/
theorem moveBlocks_lt (hlen : offset + len ≤ dist) (hx : x < 2 ^ (len * k * count)) :
    moveBlocks k offset len dist count x < 2 ^ (dist * k * count) := by
  rw [moveBlocks_eq hlen hx]
  exact pack_lt fun a _ => moved_lt hlen a

/-- A digit of moved blocks. -/
theorem digit_moveBlocks (hlen : offset + len ≤ dist) (hx : x < 2 ^ (len * k * count)) {a b : Nat}
    (hb : b < dist) : digit k k (moveBlocks k offset len dist count x) (a * dist + b) =
      if a < count ∧ offset ≤ b ∧ b < offset + len then digit k k x (a * len + (b - offset)) else 0 := by
  have hself : x = pack (len * k) (digit (len * k) (len * k) x) count := (pack_digit hx).symm
  rw [moveBlocks_eq hlen hx, digit_block (fun a _ => moved_lt hlen a) hb, digit_shiftLeft]
  by_cases ha : a < count
  · rw [if_pos ha]
    by_cases ho : offset ≤ b
    · rw [if_pos ho]
      by_cases hl : b < offset + len
      · rw [if_pos ⟨ha, ho, hl⟩]
        conv => rhs; rw [hself]
        rw [digit_block (fun _ _ => digit_lt ..) (by omega), if_pos ha]
      · rw [if_neg fun h => hl h.2.2]
        have hlt := Nat.lt_of_lt_of_le (digit_lt (len * k) (len * k) x a)
          (Nat.pow_le_pow_right (show 0 < 2 by omega)
            (Nat.mul_le_mul_right k (show len ≤ b - offset by omega)))
        rw [digit_eq k, Nat.mul_comm k, Nat.div_eq_of_lt hlt, Nat.zero_mod]
    · rw [if_neg ho, if_neg fun h => ho h.2.1]
  · rw [if_neg ha, if_neg fun h => ha h.1]

/-- A bound on all digits is a bound on the digits of moved blocks. -/
theorem digit_moveBlocks_le {m : Nat} (hdist : 0 < dist) (hlen : offset + len ≤ dist)
    (hx : x < 2 ^ (len * k * count)) (hm : ∀ p, digit k k x p ≤ m) (p : Nat) :
    digit k k (moveBlocks k offset len dist count x) p ≤ m := by
  rw [← Nat.div_add_mod' p dist, digit_moveBlocks hlen hx (Nat.mod_lt p hdist)]
  split
  · exact hm _
  · exact Nat.zero_le m

end Blocks

namespace Layout

/-- The distances leave room for the pixels. -/
structure Fits (g : Layout) (h w : Nat) : Prop where
  /-- Columns are apart. -/
  step : 0 < g.step
  /-- A row holds all columns. -/
  row : g.left + w * g.step ≤ g.row
  /-- Rows are apart. -/
  rows : 0 < g.row
  /-- A channel holds all rows. -/
  image : g.top + h * g.row ≤ g.image
  /-- Channels are apart. -/
  images : 0 < g.image

variable {g : Layout} {c h w x : Nat}

private theorem columns_lt (hg : g.Fits h w) (hx : x < 2 ^ (k * (c * h * w))) :
    moveBlocks k 0 1 g.step (c * h * w) x < 2 ^ (w * g.step * k * (c * h)) := by
  have := moveBlocks_lt (k := k) (offset := 0) (len := 1) (dist := g.step) (count := c * h * w)
    (by have := hg.step; omega) (by rwa [Nat.one_mul])
  rwa [show g.step * k * (c * h * w) = w * g.step * k * (c * h) by ac_rfl] at this

private theorem rows_lt (hg : g.Fits h w) (hx : x < 2 ^ (k * (c * h * w))) :
    moveBlocks k g.left (w * g.step) g.row (c * h) (moveBlocks k 0 1 g.step (c * h * w) x) <
      2 ^ (h * g.row * k * c) := by
  have := moveBlocks_lt hg.row (columns_lt hg hx)
  rwa [show g.row * k * (c * h) = h * g.row * k * c by ac_rfl] at this

/-- A placed image has as many digits as its channels need. -/
theorem place_lt (hg : g.Fits h w) (hx : x < 2 ^ (k * (c * h * w))) :
    g.place k c h w x < 2 ^ (k * (c * g.image)) := by
  have := moveBlocks_lt hg.image (rows_lt hg hx)
  rwa [show g.image * k * c = k * (c * g.image) by ac_rfl] at this

/-- A bound on all digits is a bound on the digits of the placed image. -/
theorem digit_place_le (hg : g.Fits h w) (hx : x < 2 ^ (k * (c * h * w))) {m : Nat}
    (hm : ∀ p, digit k k x p ≤ m) (p : Nat) : digit k k (g.place k c h w x) p ≤ m :=
  digit_moveBlocks_le hg.images hg.image (rows_lt hg hx)
    (digit_moveBlocks_le hg.rows hg.row (columns_lt hg hx)
      (digit_moveBlocks_le hg.step (by have := hg.step; omega) (by rwa [Nat.one_mul]) hm)) p

/-- A digit in row `r` of channel `ch`. -/
private theorem digit_row (hg : g.Fits h w) (hx : x < 2 ^ (k * (c * h * w))) {ch r b : Nat}
    (hr : g.top + r * g.row + b < g.image) (hb : b < g.row) :
    digit k k (g.place k c h w x) (ch * g.image + (g.top + r * g.row + b)) =
      if ch < c ∧ r < h ∧ g.left ≤ b ∧ b < g.left + w * g.step then
        digit k k (moveBlocks k 0 1 g.step (c * h * w) x)
          ((ch * h + r) * (w * g.step) + (b - g.left)) else 0 := by
  have hin : r * g.row + b < h * g.row ↔ r < h := by
    constructor
    · intro hlt
      refine Nat.lt_of_not_le fun hle => ?_
      have := Nat.mul_le_mul_right g.row hle
      omega
    · intro hlt
      have : (r + 1) * g.row ≤ h * g.row := Nat.mul_le_mul_right _ hlt
      rw [Nat.add_mul] at this
      omega
  rw [place]
  simp only [Nat.mul_eq]
  rw [digit_moveBlocks hg.image (rows_lt hg hx) hr,
    show ch * (h * g.row) + (g.top + r * g.row + b - g.top) = (ch * h + r) * g.row + b by
      rw [Nat.add_mul, Nat.mul_assoc]; omega,
    digit_moveBlocks hg.row (columns_lt hg hx) hb]
  by_cases h₁ : ch < c ∧ r < h
  · have h₂ : ch * h + r < c * h := by
      have : (ch + 1) * h ≤ c * h := Nat.mul_le_mul_right _ h₁.1
      rw [Nat.add_mul] at this
      omega
    have h₃ := hin.2 h₁.2
    simp only [h₁, h₂, true_and]
    rw [if_pos (by omega)]
  · by_cases h₄ : ch < c
    · have h₅ : ¬ r < h := fun h => h₁ ⟨h₄, h⟩
      have h₆ := fun h => h₅ (hin.1 h)
      rw [if_neg (by omega), if_neg (by omega)]
    · rw [if_neg (by omega), if_neg (by omega)]

/-- The digit of a pixel. -/
theorem digit_place (hg : g.Fits h w) (hx : x < 2 ^ (k * (c * h * w))) {ch r q : Nat} (hch : ch < c)
    (hr : r < h) (hq : q < w) :
    digit k k (g.place k c h w x) (ch * g.image + (g.top + r * g.row + (g.left + q * g.step))) =
      digit k k x ((ch * h + r) * w + q) := by
  have h₁ : (q + 1) * g.step ≤ w * g.step := Nat.mul_le_mul_right _ hq
  have h₂ : (r + 1) * g.row ≤ h * g.row := Nat.mul_le_mul_right _ hr
  have h₃ : (ch * h + r + 1) * w ≤ c * h * w := Nat.mul_le_mul_right _ (by
    have : (ch + 1) * h ≤ c * h := Nat.mul_le_mul_right _ hch
    rw [Nat.add_mul] at this
    omega)
  have h₄ := hg.step
  have h₅ := hg.row
  have h₆ := hg.image
  rw [Nat.add_mul] at h₁ h₂ h₃
  rw [digit_row hg hx (by omega) (by omega), if_pos ⟨hch, hr, by omega, by omega⟩,
    Nat.add_sub_cancel_left, show (ch * h + r) * (w * g.step) + q * g.step =
      ((ch * h + r) * w + q) * g.step + 0 by
        rw [Nat.add_zero, Nat.add_mul ((ch * h + r) * w), Nat.mul_assoc (ch * h + r)],
    digit_moveBlocks (by omega) (by rwa [Nat.one_mul]) h₄, if_pos ⟨by omega, by omega, by omega⟩,
    Nat.mul_one]
  rfl

/-- The digit at any place of a row, for an image whose columns stay side by side. -/
theorem digit_place_row (hg : g.Fits h w) (hstep : g.step = 1) (hx : x < 2 ^ (k * (c * h * w)))
    {top ch r q : Nat} (htop : g.top = top * g.row) (hch : ch < c) (hr : r * g.row + q < g.image)
    (hq : q < g.row) :
    digit k k (g.place k c h w x) (ch * g.image + (r * g.row + q)) =
      if top ≤ r ∧ r < top + h ∧ g.left ≤ q ∧ q < g.left + w then
        digit k k x ((ch * h + (r - top)) * w + (q - g.left)) else 0 := by
  by_cases ht : top ≤ r
  · obtain ⟨i, rfl⟩ := Nat.le.dest ht
    have hi : (top + i) * g.row + q = g.top + i * g.row + q := by rw [Nat.add_mul, htop]
    rw [hi] at hr ⊢
    by_cases hin : i < h ∧ g.left ≤ q ∧ q < g.left + w
    · have := digit_place hg hx hch hin.1 (show q - g.left < w by omega)
      rw [hstep, Nat.mul_one, show g.left + (q - g.left) = q by omega] at this
      rw [this, if_pos ⟨ht, by omega, hin.2⟩, Nat.add_sub_cancel_left]
    · rw [digit_row hg hx hr hq, if_neg fun hc => hin ⟨hc.2.1, hc.2.2.1, by
        have := hc.2.2.2; rwa [hstep, Nat.mul_one] at this⟩, if_neg fun hc => hin ⟨by omega, hc.2.2⟩]
  · rw [if_neg fun hc => ht hc.1, place]
    simp only [Nat.mul_eq]
    rw [digit_moveBlocks hg.image (rows_lt hg hx) hr, if_neg]
    have : (r + 1) * g.row ≤ top * g.row := Nat.mul_le_mul_right _ (by omega)
    rw [Nat.add_mul] at this
    omega

end Layout

end Lemmanet
