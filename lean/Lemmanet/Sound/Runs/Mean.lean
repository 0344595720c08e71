module

public import Lemmanet.Sound.Runs.Division
public import Lemmanet.Sound.Runs.Error
public import Lemmanet.Sound.Runs.MeanSteps

/-!
# Means

The error of a mean: of a sum that is divided by the number of its terms or multiplied by the rounded
reciprocal, or of the sum of the products with it. A division by a number that was rounded costs three
factors `1 + u` more than the sum.
-/

public noncomputable section

open Lean.Grind

namespace Lemmanet.Float

variable {F : Format} [Format.Valid F] {ι : Type}

/-- A mean: the sum of data `x i` over `count`, where `x i` differs from exact `x₀ i`, of magnitude at
most `X i`, by at most `e i`. -/
theorem MeanResult.error {l : List ι} {x : ι → Datum F} {r : Datum F} {x₀ X e : ι → Rat}
    {count n : Nat} {γ τ Q : Rat} (h : MeanResult count (l.map x) r) (hc : 0 < count)
    (hx : ∀ i ∈ l, (x i).isFinite = true ∧ Differ (x i).toRat (x₀ i) (e i))
    (hX : ∀ i ∈ l, -X i ≤ x₀ i ∧ x₀ i ≤ X i)
    (hn : l.length ≤ n) (hγ : (1 + F.roundoff) ^ (n + 3) ≤ 1 + γ) (hγ' : γ ≤ 1)
    (hQ : 0 ≤ Q) (hXQ : ∀ i ∈ l, X i + e i ≤ Q) (hcount : (count : Rat) ≤ F.largest)
    (hτ : 32 * (n + 1) * (Q + 1) * F.leastNormal ≤ τ) (hV : 32 * (n + 1) * (Q + 1) ≤ F.largest) :
    r.isFinite = true ∧
      Differ r.toRat (total x₀ l / count)
        (total (fun i => e i + γ * (X i + e i)) l / count + τ) := by
  have hη := F.leastNormal_pos
  have hη' := F.leastNormal_le_one
  have hu := F.roundoff_pos
  have hu' := F.roundoff_le
  have hG := F.one_le_pow n
  have hγs : (1 + F.roundoff) ^ n * ((1 + F.roundoff) * (1 + F.roundoff) * (1 + F.roundoff)) ≤ 1 + γ := by
    have e : (1 + F.roundoff) ^ (n + 3) =
        (1 + F.roundoff) ^ n * ((1 + F.roundoff) * (1 + F.roundoff) * (1 + F.roundoff)) := by
      rw [Rat.pow_succ, Rat.pow_succ, Rat.pow_succ]
      grind
    rw [← e]
    exact hγ
  have hc1 : (1 : Rat) ≤ count := by exact_mod_cast hc
  have hk : 0 ≤ 1 / (count : Rat) := le_div (by grind) (by grind)
  have hk' : 1 / (count : Rat) ≤ 1 := div_le (by grind) (by grind)
  have hck : (count : Rat) * (1 / (count : Rat)) = 1 := by grind
  have hn0 : (0 : Rat) ≤ n := by exact_mod_cast Nat.zero_le n
  have ht := OrderedRing.mul_nonneg hn0 (show 0 ≤ Q + 1 by grind)
  have hY0 : 0 ≤ total (fun i => X i + e i) l :=
    total_nonneg fun i hi => Rat.add_nonneg (bound_nonneg (hX i hi)) (hx i hi).2.nonneg
  have hYt : total (fun i => X i + e i) l ≤ n * (Q + 1) := by
    have h1 := total_le hXQ
    rw [total_const] at h1
    have hlen : (l.length : Rat) ≤ n := by exact_mod_cast hn
    have h2 := OrderedRing.mul_nonneg (show 0 ≤ (n : Rat) - l.length by grind) hQ
    grind
  have he : total (fun i => e i + γ * (X i + e i)) l =
      total e l + γ * total (fun i => X i + e i) l := by
    rw [total_add, total_mul_left]
  have hx₀ : -(total X l) ≤ total x₀ l ∧ total x₀ l ≤ total X l := by
    have h1 := total_differ (f := x₀) (g := fun _ => 0) (e := X) (l := l) fun i hi => by
      have := hX i hi
      unfold Differ
      constructor <;> grind
    rw [total_const] at h1
    unfold Differ at h1
    constructor <;> grind
  have hηt := OrderedRing.mul_nonneg (Rat.le_of_lt hη) ht
  have hηQ := OrderedRing.mul_nonneg (Rat.le_of_lt hη) hQ
  have hτ' : (28 * (n * (Q + 1)) + 4) * F.leastNormal ≤ τ := by grind
  have hG2 : (1 + F.roundoff) ^ n ≤ (1 + F.roundoff) ^ n * ((1 + F.roundoff) * (1 + F.roundoff)) ∧
      (1 + F.roundoff) ^ n * ((1 + F.roundoff) * (1 + F.roundoff)) ≤ 1 + γ := by
    have h1 := OrderedRing.mul_nonneg (show 0 ≤ (1 + F.roundoff) ^ n by grind) (Rat.le_of_lt hu)
    have h2 := OrderedRing.mul_nonneg h1 (Rat.le_of_lt hu)
    have h3 := OrderedRing.mul_nonneg h2 (Rat.le_of_lt hu)
    constructor <;> grind
  rcases h with ⟨s, hs, h⟩ | h
  · have hd := hs.error (γ := (1 + F.roundoff) ^ n - 1) (τ := 8 * n * (Q + 1) * F.leastNormal) hx hX hn
      (by grind) (by grind) hQ hXQ Rat.le_refl (by grind)
    have eX : total (fun i => X i + e i) l = total X l + total e l := total_add X e l
    have eD : total (fun i => e i + ((1 + F.roundoff) ^ n - 1) * (X i + e i)) l =
        total e l + ((1 + F.roundoff) ^ n - 1) * total (fun i => X i + e i) l := by
      rw [total_add e, total_mul_left]
    rw [eD] at hd
    rw [he]
    generalize total (fun i => X i + e i) l = Y at *
    generalize total e l = E at *
    generalize total X l = X' at *
    generalize total x₀ l = v at *
    generalize (1 + F.roundoff) ^ n = G at *
    obtain ⟨hsf, hsd⟩ := hd
    obtain ⟨S, hS⟩ : ∃ S, S = G * Y + 8 * (n * (Q + 1)) * F.leastNormal := ⟨_, rfl⟩
    have hsize := sum_size hη hη' ht hG (by grind) hY0 hYt
    rw [← hS] at hsize
    have hsS : -S ≤ s.toRat ∧ s.toRat ≤ S := by
      unfold Differ at hsd
      constructor <;> grind
    have hlarge : 16 * (n * (Q + 1)) ≤ F.largest := by grind
    generalize hkdef : 1 / (count : Rat) = k at *
    have ev : v / count = v * k := by rw [← hkdef]; grind
    have eE : (E + γ * Y) / count = (E + γ * Y) * k := by rw [← hkdef]; grind
    rw [ev, eE]
    have eS (d : Rat) : (E + (G - 1) * Y + 8 * n * (Q + 1) * F.leastNormal) * (k + d) + X' * d =
        (E + (G - 1) * Y + 8 * (n * (Q + 1)) * F.leastNormal) * k + S * d := by
      rw [hS, eX]
      grind
    rcases h with h | h
    · obtain ⟨hcf, hc', hcd⟩ := F.nearest_natCast hc hcount
      have hdiv := h.error hsf hcf hsS hc' (by grind)
      generalize (F.nearest count 1).toRat = c at *
      obtain ⟨q, hq⟩ : ∃ q, q = 1 / c := ⟨_, rfl⟩
      have hcq : c * q = 1 := by grind
      have hq0 : 0 ≤ q := by rw [hq]; exact le_div (by grind) (by grind)
      have hqd : Differ q k (F.roundoff * q) := by
        have h0 := OrderedRing.mul_nonneg hq0 hk
        unfold Differ at hcd ⊢
        have h1 := OrderedRing.mul_le_mul_of_nonneg_right hcd.1 h0
        have h2 := OrderedRing.mul_le_mul_of_nonneg_right hcd.2 h0
        have e1 : (c - count) * (q * k) = k - q := by grind
        have e2 : (count - c) * (q * k) = q - k := by grind
        have e3 : F.roundoff * count * (q * k) = F.roundoff * q := by grind
        rw [e1, e3] at h1
        rw [e2, e3] at h2
        exact ⟨h2, h1⟩
      have hm := hsd.mul hqd hx₀ (b := k) (by grind)
      have hf := quotient_factor hu hu' hq0 (k := k) (by unfold Differ at hqd; grind)
      have hb := quotient_error (E := E) hu' hη ht hG hY0 hk hk' hf.2 hγs hS hf.1
      have e1 : s.toRat / c = s.toRat * q := by rw [hq]; grind
      have e2 : S / c = S * q := by rw [hq]; grind
      rw [e1, e2] at hdiv
      refine ⟨hdiv.1, ?_⟩
      have h1 := hdiv.2
      rw [eS] at hm
      clear hsize hsS hlarge hG2 hγs hηt hηQ hS eS he eD eX hkdef hck hcd hq hcq hsd hx hX hXQ hτ hV
      unfold Differ at *
      constructor <;> grind
    · have hr : (ratio 1 count : Rat) = k := by
        rw [← hkdef]
        show ((1 : Int) : Rat) / (count : Rat) = _
        rw [Rat.intCast_one]
      obtain ⟨hcf, hcd⟩ := F.nearest_error (num := 1) (W := k) hc (by rw [hr]; grind)
        (by rw [hr]; exact Rat.le_refl) (Rat.le_trans hk' F.one_le_largest)
      rw [hr] at hcd
      generalize F.nearest 1 count = c at *
      obtain ⟨d, hd⟩ : ∃ d, d = F.roundoff * (k + F.leastNormal) := ⟨_, rfl⟩
      rw [← hd] at hcd
      have hcb : -(k + d) ≤ c.toRat ∧ c.toRat ≤ k + d := by
        unfold Differ at hcd
        constructor <;> grind
      have hd' : k + d ≤ 8 / 5 := by
        have h1 := OrderedRing.mul_nonneg (show 0 ≤ 1 / 8 - F.roundoff by grind)
          (show 0 ≤ k + F.leastNormal by grind)
        grind
      have hSd := OrderedRing.mul_nonneg hsize.1 (show 0 ≤ 8 / 5 - (k + d) by grind)
      obtain ⟨w, hw, hwd⟩ := h.is (Datum.is_toRat hsf) (Datum.is_toRat hcf) hsS hcb (by grind)
      have hm := hsd.mul hcd hx₀ (b := k) (by grind)
      have hb := reciprocal_error (E := E) hu hu' hη hη' ht hG hY0 hk hk' hG2.2 hS hsize.2 hd
      refine ⟨hw.1, ?_⟩
      have h1 := hw.error
      rw [eS] at hm
      clear hsize hsS hlarge hG2 hγs hηt hηQ hSd hd' hcb hS eS he eD eX hkdef hck hsd hx hX hXQ hτ hV hd
      have hτ'' : (28 * (n * (Q + 1)) + 3) * F.leastNormal ≤ τ := by grind
      unfold Differ at *
      constructor <;> grind
  · have h' : DotResult (l.map fun i => (F.nearest 1 count, x i))
        (([] : List Unit).map fun _ => F.nearest 1 count) r := by
      simpa only [List.map_map, Function.comp_def, List.map_nil] using h
    have hw := F.nearest_error (num := 1) (W := 1 / (count : Rat)) hc
      (by show _ ≤ ((1 : Int) : Rat) / (count : Rat); rw [Rat.intCast_one]; grind)
      (by show ((1 : Int) : Rat) / (count : Rat) ≤ _; rw [Rat.intCast_one]; exact Rat.le_refl)
      (Rat.le_trans hk' F.one_le_largest)
    have hd := h'.error (w₀ := fun _ => 1 / (count : Rat)) (W := fun _ => 1 / (count : Rat))
      (b₀ := fun _ => 0) (B := fun _ => 0) (P := 1) (τ := τ) (n := n) (γ := γ) (fun _ _ => hw)
      (fun _ _ => ⟨by grind, Rat.le_refl⟩) hx hX (by simp) (by simp) (by simpa using hn)
      (Rat.le_trans (F.pow_le_pow (by omega)) hγ) hγ' (by grind) hQ (fun _ _ => hk') hXQ (by simp)
      (by grind) (by grind)
    rw [total_mul_left, total_mul_left, total_nil] at hd
    refine ⟨hd.1, ?_⟩
    have h2 := hd.2
    unfold Differ at *
    grind


end Lemmanet.Float
