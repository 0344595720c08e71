module

public import Lemmanet.Sound.Budget.Range
public import Lemmanet.Sound.Budget.Tracks

/-!
# Sums of products and of numbers in floating point, from their budgets
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind
open Float (Format Datum magnitude)

variable {F : Format} [Format.Valid F] {r s t u : Shape}

/-- A magnitude is that of the number or of its negative. -/
theorem magnitude_cases (x : Rat) : magnitude x = x ∨ magnitude x = -x := by
  unfold magnitude
  split
  · exact .inl rfl
  · exact .inr rfl

/-- The numbers and their errors do not reach beyond `reach`, and the margin is what it should be. -/
theorem margin_of {p q : Nat} {x : Box t} {ex m : Magnitudes t} (hp : 0 < p) (hq : 0 < q)
    (h : marginCheck p q x ex m = true) {v : Tensor Rat t} (hv : x.Mem v) {i : Nat}
    (hi : i < Shape.size t) :
    magnitude (v.at i) + ex.val i ≤ (reach x ex : Rat) ∧
      ex.val i + ratio p q * (magnitude (v.at i) + ex.val i) ≤ m.val i := by
  have hs := marginCheck_sound hp hq h hv hi
  simp only [marginCheck, Bool.and_eq_true] at h
  obtain ⟨⟨⟨hx, he⟩, -⟩, -⟩ := h
  have h1 := Float.magnitude_le (Box.le_ceiling (Box.regular_iff.1 hx).1 hv hi)
  have h2 := Magnitudes.val_le_ceiling (Magnitudes.den_pos he) i
  have e : ((reach x ex : Nat) : Rat) = (x.ceiling : Rat) + (ex.box.ceiling : Rat) :=
    Rat.natCast_add _ _
  rw [e]
  refine ⟨by grind, ?_⟩
  rcases magnitude_cases (v.at i) with h | h <;> rw [h]
  · exact hs.1
  · exact hs.2

/-- The magnitudes as a tensor. -/
@[expose] def Magnitudes.tensor (m : Magnitudes t) : Tensor Rat t := .ofFn m.val

/-- Magnitudes lie in their box. -/
theorem Magnitudes.tensor_mem (m : Magnitudes t) : m.box.Mem m.tensor := by
  intro k hk
  rw [tensor, Tensor.at_ofFn hk, hi_box, lo_box]
  exact ⟨m.val_nonneg k, Std.le_refl _⟩

omit [Format.Valid F] in
/-- Data are close to exact values if their errors have bounds that are below. -/
theorem Magnitudes.close_of {e : Magnitudes s} {x : Tensor Rat s} {d : Data F s} {bound : Nat → Rat}
    (h : ∀ k, k < Shape.size s → (d.at k).isFinite = true ∧ Differ (d.at k).toRat (x.at k) (bound k))
    (hb : ∀ k, k < Shape.size s → bound k ≤ e.val k) : e.Close x d := by
  intro k hk
  obtain ⟨h1, h2, h3⟩ := h k hk
  exact ⟨h1, Rat.le_trans h2 (hb k hk), Rat.le_trans h3 (hb k hk)⟩

/-- The entries that a sum of products reads, for the exact values and for their bounds: what
`dotBudget` is for. -/
theorem dotBudget_sound {n p q : Nat} {w : Const r} {b : Const s} {x : Box t} {ex m : Magnitudes t}
    {c : Magnitudes s} (h : dotBudget F n p q w b x ex m c = true) (hw : 0 < w.den)
    {v : Tensor Rat t} {d : Data F t} (hv : x.Mem v) (hd : ex.Close v d) {taps : List (Nat × Nat)}
    (hlen : taps.length ≤ n) (htaps : ∀ k ∈ taps, k.2 < Shape.size t) {i : Nat}
    (hi : i < Shape.size s) {z : Datum F}
    (hz : Float.DotResult (taps.map fun k => (w.datum F k.1, d.at k.2)) [b.datum F i] z) :
    z.isFinite = true ∧ Differ z.toRat (total (fun k => w.val k.1 * v.at k.2) taps + b.val i)
      (total (fun k => w.abs.val k.1 * m.val k.2) taps + c.val i) := by
  simp only [dotBudget, Bool.and_eq_true] at h
  obtain ⟨⟨⟨hg, hm⟩, hc⟩, hr⟩ := h
  obtain ⟨hp, hq, hg1, hg2, hg3⟩ := gammaCheck_sound hg
  have hshift := shiftCheck_sound (α := Rat) hp hq hc hi
  simp only [shiftCheck, Bool.and_eq_true] at hc
  have hb := Const.den_pos hc.1.1
  have hc := Magnitudes.den_pos hc.1.2
  have hD : 0 < Nat.lcm b.den c.den := Nat.lcm_pos hb hc
  obtain ⟨hr1, hr2⟩ := rangeCheck_sound hD hr
  have hV : ((Nat.mul (Nat.mul 8 (Nat.succ n))
      (Nat.mul (Nat.succ (Nat.add w.ceiling b.ceiling)) (Nat.succ (reach x ex))) : Nat) : Rat) =
      8 * ((n + 1 : Nat) : Rat) * (((w.ceiling + b.ceiling : Nat) : Rat) + 1) *
        ((reach x ex : Rat) + 1) := by
    have e1 : ((Nat.mul (Nat.mul 8 (Nat.succ n))
      (Nat.mul (Nat.succ (Nat.add w.ceiling b.ceiling)) (Nat.succ (reach x ex))) : Nat) : Rat) =
        ((8 * (n + 1) * ((w.ceiling + b.ceiling + 1) * (reach x ex + 1)) : Nat) : Rat) := rfl
    rw [e1]
    simp only [Rat.natCast_mul, Rat.natCast_add]
    grind
  have hP : w.ceiling + b.ceiling ≤ Nat.mul (Nat.mul 8 (Nat.succ n))
      (Nat.mul (Nat.succ (Nat.add w.ceiling b.ceiling)) (Nat.succ (reach x ex))) := by
    show _ ≤ 8 * (n + 1) * ((w.ceiling + b.ceiling + 1) * (reach x ex + 1))
    have h1 := Nat.le_mul_of_pos_right (w.ceiling + b.ceiling + 1) (show 0 < reach x ex + 1 by omega)
    have h2 := Nat.le_mul_of_pos_left ((w.ceiling + b.ceiling + 1) * (reach x ex + 1))
      (show 0 < 8 * (n + 1) by omega)
    omega
  have hPl := Rat.le_trans (rat_natCast_le hP) hr2
  have hwP : (w.ceiling : Rat) ≤ ((w.ceiling + b.ceiling : Nat) : Rat) := rat_natCast_le (by omega)
  have hbP : (b.ceiling : Rat) ≤ ((w.ceiling + b.ceiling : Nat) : Rat) := rat_natCast_le (by omega)
  rw [hV] at hr1 hr2
  have hB := Float.magnitude_le (Const.val_le_ceiling hb i)
  have hWle : ∀ k, w.abs.val k ≤ ((w.ceiling + b.ceiling : Nat) : Rat) := fun k =>
    Rat.le_trans (Const.val_le_ceiling (c := w.abs) hw k).2 hwP
  have hN : ∀ k : Nat, (0 : Rat) ≤ (k : Rat) := fun k => rat_natCast_le (Nat.zero_le k)
  have key := Float.DotResult.error (l := taps) (m := [i]) (w := fun k => w.datum F k.1)
    (x := fun k => d.at k.2) (b := fun k => b.datum F k) (r := z) (w₀ := fun k => w.val k.1)
    (W := fun k => w.abs.val k.1) (x₀ := fun k => v.at k.2) (X := fun k => magnitude (v.at k.2))
    (e := fun k => ex.val k.2) (b₀ := fun k => b.val k) (B := fun k => magnitude (b.val k))
    (n := n + 1) (γ := ratio p q) (τ := ratio 1 (Nat.lcm b.den c.den))
    (P := ((w.ceiling + b.ceiling : Nat) : Rat)) (Q := (reach x ex : Rat)) hz
    (fun k _ => Float.Format.nearest_error hw (w.abs_val hw k.1).1 (w.abs_val hw k.1).2.1
      (Rat.le_trans (hWle k.1) hPl))
    (fun k _ => ⟨(w.abs_val hw k.1).1, (w.abs_val hw k.1).2.1⟩)
    (fun k hk => hd k.2 (htaps k hk))
    (fun k _ => Float.le_magnitude _)
    (fun k hk => by
      rw [List.mem_singleton] at hk
      subst hk
      exact Float.Format.nearest_error hb (Float.le_magnitude (b.val k)).1
        (Float.le_magnitude (b.val k)).2 (Rat.le_trans hB (Rat.le_trans hbP hPl)))
    (fun k _ => Float.le_magnitude _)
    (by simpa using hlen) hg1 hg2 (hN _) (hN _) (fun k _ => hWle k.1)
    (fun k hk => (margin_of hp hq hm hv (htaps k hk)).1)
    (fun k hk => by rw [List.mem_singleton] at hk; subst hk; exact Rat.le_trans hB hbP)
    hr1 hr2
  refine ⟨key.1, ?_⟩
  have hle : total (fun k => w.abs.val k.1 * (ex.val k.2 + ratio p q * (magnitude (v.at k.2) + ex.val k.2)))
      taps ≤ total (fun k => w.abs.val k.1 * m.val k.2) taps :=
    total_le fun k hk => OrderedRing.mul_le_mul_of_nonneg_left
      (margin_of hp hq hm hv (htaps k hk)).2 (w.abs_val hw k.1).2.2
  have hcs : ratio p q * magnitude (b.val i) + ratio 1 (Nat.lcm b.den c.den) ≤ (c.val i : Rat) := by
    rcases magnitude_cases (b.val i) with h | h <;> rw [h]
    · exact hshift.1
    · exact hshift.2
  have hdiff := key.2
  simp only [total_cons, total_nil] at hdiff
  unfold Differ at *
  grind

end Lemmanet
