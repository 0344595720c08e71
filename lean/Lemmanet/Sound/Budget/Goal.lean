module

public import Lemmanet.Exec.Budget.Goal
public import Lemmanet.Float.Correct
public import Lemmanet.Sound.Budget.Tracks
public import Lemmanet.Sound.Goal

/-!
# From exact properties and errors to floating-point properties

What holds of all exact outputs with room for the errors holds of the outputs of every floating-point
run.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind
open Float (Format Datum)

section

variable {α : Type} [OrderedField α] {s : Shape}

/-- What `Form.same` says. -/
theorem Form.eq_of_same {f f' : Form} (h : f.same f' = true) : f = f' := by
  induction f generalizing f' with
  | nil => cases f' with
    | nil => rfl
    | cons _ _ => simp [same] at h
  | cons a f ih =>
    obtain ⟨c, i⟩ := a
    cases f' with
    | nil => simp [same] at h
    | cons b f' =>
      obtain ⟨c', i'⟩ := b
      simp only [same, Bool.and_eq_true, zle_iff] at h
      obtain ⟨⟨⟨h1, h2⟩, h3⟩, h4⟩ := h
      rw [ih h4, Nat.eq_of_beq_eq_true h3, Int.le_antisymm h1 h2]

/-- How far errors move a form. -/
theorem Form.eval_sub_le {e : Magnitudes s} (hd : 0 < e.den) {x y : Tensor α s}
    (h : ∀ k, k < Shape.size s → y.at k - x.at k ≤ e.val k ∧ x.at k - y.at k ≤ e.val k) {f : Form}
    (hb : f.below (Shape.size s) = true) :
    (f.eval y - f.eval x) * (e.den : α) ≤ ((Form.spread e f : Nat) : α) := by
  induction f with
  | nil =>
    show (0 - 0) * (e.den : α) ≤ ((0 : Nat) : α)
    rw [Semiring.natCast_zero]
    grind
  | cons a f ih =>
    obtain ⟨c, i⟩ := a
    simp only [below, Bool.and_eq_true, Nat.blt_eq] at hb
    have ih := ih hb.2
    have hi := h i hb.1
    have hdp := natCast_pos (α := α) hd
    have hv : (e.val i : α) * (e.den : α) = (e.part i : α) := by
      rw [Magnitudes.val_eq, ratio, Ring.intCast_natCast]
      grind
    have h1 := OrderedRing.mul_le_mul_of_nonneg_right hi.1 (Std.le_of_lt hdp)
    have h2 := OrderedRing.mul_le_mul_of_nonneg_right hi.2 (Std.le_of_lt hdp)
    rw [hv] at h1 h2
    have hn := natCast_nonneg (α := α) c.natAbs
    have h3 := OrderedRing.mul_le_mul_of_nonneg_left h1 hn
    have h4 := OrderedRing.mul_le_mul_of_nonneg_left h2 hn
    have hs : ((spread e ((c, i) :: f) : Nat) : α) =
        (c.natAbs : α) * (e.part i : α) + (Form.spread e f : α) := by
      show ((c.natAbs * e.part i + Form.spread e f : Nat) : α) = _
      rw [Semiring.natCast_add, Semiring.natCast_mul]
    rw [hs]
    have hc : (c : α) = (c.natAbs : α) ∨ (c : α) = -(c.natAbs : α) := by
      rcases Int.natAbs_eq c with h | h
      · left
        exact (congrArg (Int.cast (R := α)) h).trans (Ring.intCast_natCast _)
      · right
        exact (congrArg (Int.cast (R := α)) h).trans (by rw [Ring.intCast_neg, Ring.intCast_natCast])
    simp only [eval]
    rcases hc with hc | hc <;> rw [hc] <;> grind

/-- A sum of fractions. -/
private theorem ratio_add {num spread : Int} {den d : Nat} (hden : 0 < den) (hd : 0 < d) :
    (ratio num den + ratio spread d : α) = ratio (num * d + spread * den) (den * d) := by
  have h1 := natCast_pos (α := α) hden
  have h2 := natCast_pos (α := α) hd
  unfold ratio
  simp only [Ring.intCast_add, Ring.intCast_mul, Ring.intCast_natCast, Semiring.natCast_mul]
  grind

/-- What a comparison of two inequalities gives. -/
private theorem form_bound {e : Magnitudes s} {f f' : Form} {num : Int} {den den' : Nat}
    (hc : comparable e f f' den den' = true) {x y : Tensor α s}
    (h : ∀ k, k < Shape.size s → y.at k - x.at k ≤ e.val k ∧ x.at k - y.at k ≤ e.val k) :
    f = f' ∧ 0 < den' ∧ 0 < den * e.den ∧
      (f.eval x ≤ ratio num den →
        f.eval y ≤ ratio (num * e.den + Form.spread e f * den) (den * e.den)) ∧
      (f.eval x < ratio num den →
        f.eval y < ratio (num * e.den + Form.spread e f * den) (den * e.den)) := by
  simp only [comparable, Bool.and_eq_true, Nat.blt_eq] at hc
  obtain ⟨⟨⟨⟨h1, h2⟩, h3⟩, h4⟩, h5⟩ := hc
  have hd := Magnitudes.den_pos h5
  have hm := (le_ratio_iff (α := α) (num := Form.spread e f) hd).2
    (by rw [Ring.intCast_natCast]; exact Form.eval_sub_le hd h h2)
  rw [← ratio_add h3 hd]
  exact ⟨Form.eq_of_same h1, h4, Nat.mul_pos h3 hd, fun h => by grind, fun h => by grind⟩

/-- What `Formula.covers` says: the second formula holds of every tensor that is within `e` of one of
which the first formula holds. -/
theorem Formula.holds_of_covers {e : Magnitudes s} {f f' : Formula} {x y : Tensor α s}
    (hc : f.covers e f' = Bool.true)
    (hd : ∀ k, k < Shape.size s → y.at k - x.at k ≤ e.val k ∧ x.at k - y.at k ≤ e.val k)
    (h : f.Holds x) : f'.Holds y := by
  induction f generalizing f' with
  | le f num den =>
    cases f' with
    | le f' num' den' =>
      simp only [covers, Bool.and_eq_true, shiftedLe, zle_iff] at hc
      obtain ⟨rfl, h1, h2, h3, -⟩ := form_bound (num := num) hc.1 hd
      exact Std.le_trans (h3 h) (ratio_le_ratio h2 h1 hc.2)
    | lt f' num' den' =>
      simp only [covers, Bool.and_eq_true, shiftedLt, zle_iff] at hc
      obtain ⟨rfl, h1, h2, h3, -⟩ := form_bound (num := num) hc.1 hd
      have h4 := h3 h
      have h5 := ratio_lt_ratio (α := α) h2 h1 hc.2
      simp only [Holds]
      grind
    | _ => simp [covers] at hc
  | lt f num den =>
    cases f' with
    | le f' num' den' =>
      simp only [covers, Bool.and_eq_true, shiftedLe, zle_iff] at hc
      obtain ⟨rfl, h1, h2, -, h3⟩ := form_bound (num := num) hc.1 hd
      exact Std.le_trans (Std.le_of_lt (h3 h)) (ratio_le_ratio h2 h1 hc.2)
    | lt f' num' den' =>
      simp only [covers, Bool.and_eq_true, shiftedLe, zle_iff] at hc
      obtain ⟨rfl, h1, h2, -, h3⟩ := form_bound (num := num) hc.1 hd
      have h4 := h3 h
      have h5 := ratio_le_ratio (α := α) h2 h1 hc.2
      simp only [Holds]
      grind
    | _ => simp [covers] at hc
  | and a b iha ihb =>
    cases f' with
    | and a' b' =>
      simp only [covers, Bool.and_eq_true] at hc
      exact ⟨iha hc.1 h.1, ihb hc.2 h.2⟩
    | _ => simp [covers] at hc
  | or a b iha ihb =>
    cases f' with
    | or a' b' =>
      simp only [covers, Bool.and_eq_true] at hc
      exact h.elim (fun h => .inl (iha hc.1 h)) (fun h => .inr (ihb hc.2 h))
    | _ => simp [covers] at hc
  | true =>
    cases f' with
    | true => trivial
    | _ => simp [covers] at hc
  | false => exact h.elim

/-- Without errors. -/
theorem Formula.holds_of_covers_self {e : Magnitudes s} {f f' : Formula} {x : Tensor α s}
    (hc : f.covers e f' = Bool.true) (h : f.Holds x) : f'.Holds x :=
  holds_of_covers hc (fun k _ => by have := e.val_nonneg (α := α) k; grind) h

end

variable {F : Format} {s t : Shape} {n : Nat}

/-! ## Comparisons -/

/-- Finite data compare as their values do. -/
theorem Float.Datum.compareQuietLess_of_lt {x y : Datum F} (hx : x.isFinite = true)
    (hy : y.isFinite = true) (h : x.toRat < y.toRat) : x.compareQuietLess y = true := by
  have hs : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
  have hu : x.units < y.units := by
    have h1 := OrderedRing.mul_lt_mul_of_pos_right h hs
    have e1 : x.toRat * (2 ^ F.scale : Nat) = x.units := by unfold toRat; grind
    have e2 : y.toRat * (2 ^ F.scale : Nat) = y.units := by unfold toRat; grind
    rw [e1, e2] at h1
    exact_mod_cast h1
  obtain ⟨a, r, rfl⟩ := finite_of_isFinite hx
  obtain ⟨b, q, rfl⟩ := finite_of_isFinite hy
  have ho : 0 < Int.sub (order (finite b q : Datum F)) (order (finite a r : Datum F)) := by
    show 0 < order (finite b q : Datum F) - order (finite a r : Datum F)
    have hz : F.units 0 = 0 := F.units_of_lt (by have := F.binade_pos; omega)
    have h1 : F.units r < F.units q ↔ r < q := F.units_lt_iff
    have h2 : F.units q < F.units r ↔ q < r := F.units_lt_iff
    have h3 : r = 0 → F.units r = 0 := fun h => h ▸ hz
    have h4 : q = 0 → F.units q = 0 := fun h => h ▸ hz
    cases a <;> cases b <;> simp only [units, order, cond_true, cond_false, Int.ofNat_eq_natCast,
      show ∀ z : Int, Int.neg z = -z from fun _ => rfl] at hu ⊢ <;> omega
  unfold compareQuietLess relation
  generalize Int.sub (order (finite b q : Datum F)) (order (finite a r : Datum F)) = z at ho
  cases z with
  | ofNat m => cases m with
    | zero => exact absurd ho (by decide)
    | succ m => rfl
  | negSucc m => omega

/-! ## Conclusions -/

/-- The exact property without the room for errors. -/
theorem Prog.Ensures.of_covers {p : Prog [s] t} {input : Box s} {post post' : Formula}
    {e : Magnitudes t} (h : p.Ensures input post') (hc : post'.covers e post = Bool.true) :
    p.Ensures input post :=
  fun α _ _ x hx => Formula.holds_of_covers_self hc (h α x hx)

/-- Exact robustness, from the formula with room for errors. -/
theorem Prog.Robust.of_covers {p : Prog [s] [n]} {b : Box s} {center : Const s} {num : Int} {den : Nat}
    {limits : Option ((Int × Nat) × (Int × Nat))} {label : Nat} {post' : Formula} {e : Magnitudes [n]}
    (h : p.Ensures b post') (hn : nearCheck center num den limits b = true)
    (hc : post'.coversWins e label = true) : p.Robust center num den limits label :=
  fun α _ _ x hx => wins_of_formula (Formula.holds_of_covers_self hc (h α x (nearCheck_mem hn hx)))

/-- What a run gives that is within `e` of exact values of which a formula holds. -/
private theorem holds_run {p : Prog [s] t} {b : Box s} {f f' : Formula} {e : Magnitudes t}
    (h : p.Ensures b f) (hw : p.Within F (b, ()) (Magnitudes.zero, ()) e)
    (hc : f.covers e f' = true) {x : Data F s} {y : Data F t} (hx : x.Finite) (hb : b.Mem x.toRat)
    (hy : p.Runs (x, ()) y) : y.Finite ∧ f'.Holds y.toRat := by
  have hr := hw (x.toRat, ()) (x, ()) y ⟨hb, trivial⟩ ⟨Magnitudes.close_zero hx, trivial⟩ hy
  refine ⟨Data.finite_of_lt fun k hk => (hr k hk).1,
    Formula.holds_of_covers hc (fun k hk => ?_) (h Rat x.toRat hb)⟩
  rw [Data.at_toRat]
  exact (hr k hk).2

/-- A property of all floating-point runs: the exact network ensures a formula that leaves room for the
errors. -/
theorem Prog.EnsuresIn.of_within {p : Prog [s] t} {input : Box s} {post post' : Formula}
    {e : Magnitudes t} (h : p.Ensures input post')
    (hw : p.Within F (input, ()) (Magnitudes.zero, ()) e) (hc : post'.covers e post = Bool.true) :
    p.EnsuresIn F input post :=
  fun _ _ hx hb hy => holds_run h hw hc hx hb hy

/-- Robustness of all floating-point runs. -/
theorem Prog.RobustIn.of_within {p : Prog [s] [n]} {b : Box s} {center : Const s} {num : Int}
    {den : Nat} {limits : Option ((Int × Nat) × (Int × Nat))} {label : Nat} {post' : Formula}
    {e : Magnitudes [n]} (h : p.Ensures b post') (hn : nearCheck center num den limits b = true)
    (hw : p.Within F (b, ()) (Magnitudes.zero, ()) e) (hc : post'.coversWins e label = true) :
    p.RobustIn F center num den limits label := by
  intro x y hx hnear hy j hj hne
  obtain ⟨hf, hh⟩ := holds_run h hw hc hx (nearCheck_mem hn hnear) hy
  have hl := wins_of_formula hh j hj hne
  rw [Data.at_toRat, Data.at_toRat] at hl
  exact Float.Datum.compareQuietLess_of_lt (hf j) (hf label) hl

end Lemmanet
