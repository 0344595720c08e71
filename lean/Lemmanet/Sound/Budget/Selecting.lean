module

public import Lemmanet.Exec.Budget.Selecting
public import Lemmanet.Sound.Budget.Dot
public import Lemmanet.Sound.Movement
public import Lemmanet.Sound.Pool

/-!
# Budgets of operators that select are sound
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind
open Float (Format Datum)

variable {F : Format} [Format.Valid F] {ins : List Shape} {r s t u out : Shape}

/-! ## One operator for all -/

omit [Format.Valid F] in
/-- Values of data differ from the exact ones by at most the errors, also out of range. -/
theorem Magnitudes.Close.differ {e : Magnitudes s} {x : Tensor Rat s} {d : Data F s}
    (h : e.Close x d) (i : Nat) : Differ (d.toRat.at i) (x.at i) (e.tensor.at i) := by
  by_cases hi : i < Shape.size s
  · rw [Data.at_toRat, tensor, Tensor.at_ofFn hi]
    exact (h i hi).2
  · rw [Tensor.at, Tensor.at, Tensor.at, dif_neg hi, dif_neg hi, dif_neg hi]
    unfold Differ
    grind

omit [Format.Valid F] in
/-- The same within range. -/
theorem Magnitudes.Close.differ_val {e : Magnitudes s} {x : Tensor Rat s} {d : Data F s}
    (h : e.Close x d) {i : Nat} (hi : i < Shape.size s) :
    Differ (d.toRat.at i) (x.at i) (e.val i) := by
  rw [Data.at_toRat]
  exact (h i hi).2

/-- A bound before flushing, and room for it. -/
theorem Op.Tracks.of_selecting {op exact : Op ins out} (hs : op.selecting F = some exact)
    {bs : BoxEnv ins} {es : MagnitudesEnv ins} {m : Magnitudes r} {e : Magnitudes out}
    (hr : raised F 1 m e = true)
    (h : ∀ (xs : Env Rat ins) (ds : DataEnv F ins), bs.Mem xs → es.Close xs ds →
      ∀ k, k < Shape.size out →
        Differ ((exact.denote ds.toRat).at k) ((op.denote xs).at k) (m.val k)) :
    op.Tracks F bs es e := by
  intro xs ds z hv hd hz k hk
  have h1 := hz (MagnitudesEnv.finite_of_close hd) k hk
  simp only [hs] at h1
  have h2 := h1.error
  have h3 := h xs ds hv hd k hk
  have hr' := hr
  simp only [raised, Bool.and_eq_true] at hr'
  have hsize := Nat.eq_of_beq_eq_true hr'.1.1.2
  have h4 := raised_sound (α := Rat) hr (i := k) (hsize ▸ hk)
  have h5 := (rangeCheck_sound
    (Nat.lcm_pos (Magnitudes.den_pos hr'.1.1.1.1) (Magnitudes.den_pos hr'.1.1.1.2)) hr'.1.2).1
  have e1 : ((1 : Nat) : Rat) = 1 := rfl
  rw [e1, Rat.one_mul] at h5
  refine ⟨h1.1, ?_⟩
  unfold Differ at h2 h3
  grind

/-! ## Entry by entry -/

/-- The larger of two numbers moves by at most as much as they do. -/
theorem Differ.maxOf {a b a' b' e : Rat} (h : Differ a a' e) (h' : Differ b b' e) :
    Differ (maxOf a b) (maxOf a' b') e := by
  unfold Differ Lemmanet.maxOf at *
  split <;> split <;> grind

/-- The smaller of two numbers moves by at most as much as they do. -/
theorem Differ.minOf {a b a' b' e : Rat} (h : Differ a a' e) (h' : Differ b b' e) :
    Differ (minOf a b) (minOf a' b') e := by
  unfold Differ Lemmanet.minOf at *
  split <;> split <;> grind

/-- Negatives. -/
theorem Differ.neg {a a' e : Rat} (h : Differ a a' e) : Differ (-a) (-a') e := by
  unfold Differ at *
  grind

/-- A number does not move from itself. -/
theorem Differ.self (a : Rat) {e : Rat} (h : 0 ≤ e) : Differ a a e := by
  unfold Differ
  grind

/-- A larger bound. -/
theorem Differ.mono {a a' e e' : Rat} (h : Differ a a' e) (he : e ≤ e') : Differ a a' e' :=
  ⟨Rat.le_trans h.1 he, Rat.le_trans h.2 he⟩

/-- Soundness of `copyBudget`, for `reshape`. -/
theorem reshape_tracks {hs : Shape.size s = Shape.size t} {x : Box s} {ex : Magnitudes s}
    {e : Magnitudes t} (h : copyBudget F ex e = true) :
    (Op.reshape hs).Tracks F (x, ()) (ex, ()) e := by
  refine .of_selecting rfl h fun (v, _) (d, _) _ hd k hk => ?_
  rw [DataEnv.toRat, Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  exact hd.1.differ_val (hs ▸ hk)

/-- Soundness of `copyBudget`, for `neg`. -/
theorem neg_tracks {x : Box s} {ex e : Magnitudes s} (h : copyBudget F ex e = true) :
    Op.neg.Tracks F (x, ()) (ex, ()) e := by
  refine .of_selecting rfl h fun (v, _) (d, _) _ hd k hk => ?_
  rw [DataEnv.toRat, Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  exact (hd.1.differ_val hk).neg

/-- Soundness of `copyBudget`, for `abs`. -/
theorem abs_tracks {x : Box s} {ex e : Magnitudes s} (h : copyBudget F ex e = true) :
    Op.abs.Tracks F (x, ()) (ex, ()) e := by
  refine .of_selecting rfl h fun (v, _) (d, _) _ hd k hk => ?_
  rw [DataEnv.toRat, Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  exact (hd.1.differ_val hk).maxOf (hd.1.differ_val hk).neg

/-- What two errors with room for flushing need: the larger one has it. -/
private theorem pair_tracks {op : Op [s, s] s} (hop : op.selecting F = some op)
    {g : Rat → Rat → Rat}
    (hden : ∀ (v w : Tensor Rat s) (k : Nat), k < Shape.size s →
      (op.denote (v, w, ())).at k = g (v.at k) (w.at k))
    (hg : ∀ a b a' b' e : Rat, Differ a a' e → Differ b b' e → Differ (g a b) (g a' b') e)
    {x y : Box s} {ex ey e : Magnitudes s} (h : pairBudget F ex ey e = true) :
    op.Tracks F (x, y, ()) (ex, ey, ()) e := by
  rw [pairBudget, Bool.and_eq_true] at h
  intro (v, w, _) (d, d', _) z hv hd hz k hk
  have h1 := hz (MagnitudesEnv.finite_of_close hd) k hk
  simp only [hop] at h1
  have h2 := h1.error
  have room : ∀ {m : Magnitudes s}, raised F 1 m e = true → m.val k ≤ e.val k - F.leastNormal := by
    intro m hr
    have h4 := raised_sound (α := Rat) hr hk
    simp only [raised, Bool.and_eq_true] at hr
    have h5 := (rangeCheck_sound
      (Nat.lcm_pos (Magnitudes.den_pos hr.1.1.1.1) (Magnitudes.den_pos hr.1.1.1.2)) hr.1.2).1
    have e1 : ((1 : Nat) : Rat) = 1 := rfl
    rw [e1, Rat.one_mul] at h5
    grind
  have h3 := hg _ _ _ _ _ ((hd.1.differ_val hk).mono (room h.1))
    ((hd.2.1.differ_val hk).mono (room h.2))
  have e1 : (op.denote (DataEnv.toRat (d, d', ()))).at k = g (d.toRat.at k) (d'.toRat.at k) :=
    hden _ _ k hk
  have e2 := hden v w k hk
  refine ⟨h1.1, ?_⟩
  show (z.at k).toRat - (op.denote (v, w, ())).at k ≤ _ ∧ (op.denote (v, w, ())).at k - (z.at k).toRat ≤ _
  have h2 : Differ (z.at k).toRat ((op.denote (DataEnv.toRat (d, d', ()))).at k) F.leastNormal := h2
  rw [e1] at h2
  rw [e2]
  unfold Differ at h2 h3
  grind

/-- Soundness of `pairBudget`, for `max`. -/
theorem max_tracks {x y : Box s} {ex ey e : Magnitudes s} (h : pairBudget F ex ey e = true) :
    Op.max.Tracks F (x, y, ()) (ex, ey, ()) e :=
  pair_tracks rfl (fun _ _ _ hk => by rw [Op.denote, Tensor.at_ofFn hk])
    (fun _ _ _ _ _ => Differ.maxOf) h

/-- Soundness of `pairBudget`, for `min`. -/
theorem min_tracks {x y : Box s} {ex ey e : Magnitudes s} (h : pairBudget F ex ey e = true) :
    Op.min.Tracks F (x, y, ()) (ex, ey, ()) e :=
  pair_tracks rfl (fun _ _ _ hk => by rw [Op.denote, Tensor.at_ofFn hk])
    (fun _ _ _ _ _ => Differ.minOf) h

/-! ## Constants -/

omit [Format.Valid F] in
/-- A fraction that is a number of the format is rounded to itself. -/
theorem ratio_nearestFraction {num : Int} {den : Nat} (h : exactFraction F num den = true) :
    (ratio (nearestFraction F num den).1 (nearestFraction F num den).2 : Rat) = ratio num den := by
  simp only [exactFraction, zeq, Bool.and_eq_true, Nat.blt_eq, zle_iff] at h
  obtain ⟨hd, h1, h2⟩ := h
  have h3 := Int.le_antisymm h1 h2
  have h4 : (F.nearest num den).units * (den : Int) = num * ((2 ^ F.scale : Nat) : Int) := h3
  have hs : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
  have hdp : (0 : Rat) < (den : Rat) := by exact_mod_cast hd
  have h5 : ((F.nearest num den).units : Rat) * (den : Rat) = (num : Rat) * ((2 ^ F.scale : Nat) : Rat) := by
    exact_mod_cast h4
  show ((F.nearest num den).units : Rat) / ((2 ^ F.scale : Nat) : Rat) = (num : Rat) / (den : Rat)
  grind

omit [Format.Valid F] in
private theorem differ_clipLow {lo : Option (Int × Nat)} (h : exactLimit F lo = true) {a a' e : Rat}
    (he : 0 ≤ e) (hd : Differ a a' e) :
    Differ (clipLow (lo.map fun l => nearestFraction F l.1 l.2) a) (clipLow lo a') e := by
  match lo, h with
  | none, _ => exact hd
  | some (num, den), h =>
    show Differ (Lemmanet.maxOf a (ratio (nearestFraction F num den).1 (nearestFraction F num den).2)) _ e
    rw [ratio_nearestFraction h]
    exact hd.maxOf (.self _ he)

omit [Format.Valid F] in
private theorem differ_clipHigh {hi : Option (Int × Nat)} (h : exactLimit F hi = true) {a a' e : Rat}
    (he : 0 ≤ e) (hd : Differ a a' e) :
    Differ (clipHigh (hi.map fun l => nearestFraction F l.1 l.2) a) (clipHigh hi a') e := by
  match hi, h with
  | none, _ => exact hd
  | some (num, den), h =>
    show Differ (Lemmanet.minOf a (ratio (nearestFraction F num den).1 (nearestFraction F num den).2)) _ e
    rw [ratio_nearestFraction h]
    exact hd.minOf (.self _ he)

/-- Soundness of `clipBudget`. -/
theorem clip_tracks {lo hi : Option (Int × Nat)} {x : Box s} {ex e : Magnitudes s}
    (h : clipBudget F lo hi ex e = true) : (Op.clip lo hi).Tracks F (x, ()) (ex, ()) e := by
  simp only [clipBudget, Bool.and_eq_true] at h
  refine .of_selecting rfl h.2 fun (v, _) (d, _) _ hd k hk => ?_
  rw [DataEnv.toRat, Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  exact differ_clipHigh h.1.2 (ex.val_nonneg k) (differ_clipLow h.1.1 (ex.val_nonneg k)
    (hd.1.differ_val hk))

/-! ## Movements and maxima -/

/-- The largest entry of a list moves by at most as much as the entries do. -/
theorem Differ.maxOver {f g e : Nat → Rat} (h : ∀ i, Differ (f i) (g i) (e i)) (ks : List Nat) :
    Differ (maxOver f ks) (maxOver g ks) (maxOver e ks) := by
  induction ks with
  | nil => exact .self 0 (by show (0 : Rat) ≤ 0; grind)
  | cons k ks ih =>
    cases ks with
    | nil => exact h k
    | cons l ks =>
      have h1 : ∀ a b : Rat, a ≤ Lemmanet.maxOf a b ∧ b ≤ Lemmanet.maxOf a b := by
        intro a b; unfold Lemmanet.maxOf; split <;> grind
      exact ((h k).mono (h1 _ _).1).maxOf (ih.mono (h1 _ _).2)

/-- Soundness of `maxPool2dBudget`. -/
theorem maxPool2d_tracks {g : Window} {x : Box [c, h, w]} {ex : Magnitudes [c, h, w]}
    {e : Magnitudes [c, oh, ow]} (m : Magnitudes [c, oh, ow]) (hc : maxPool2dBudget F g ex m e = true) :
    (Op.maxPool2d g).Tracks F (x, ()) (ex, ()) e := by
  rw [maxPool2dBudget, Bool.and_eq_true] at hc
  have hmaj := maxPool2d_maps hc.1 Rat (ex.tensor, ()) ⟨ex.tensor_mem, trivial⟩
  refine .of_selecting rfl hc.2 fun (v, _) (d, _) _ hd k hk => ?_
  have h2 := (hmaj k hk).2
  rw [Op.denote, Tensor.at_ofFn hk] at h2
  rw [DataEnv.toRat, Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  exact (Differ.maxOver hd.1.differ _).mono h2

/-- Soundness of `transposeBudget`. -/
theorem transpose_tracks {perm : List Nat} {x : Box s} {ex : Magnitudes s}
    {e : Magnitudes (perm.map fun a => s.getD a 1)} (m : Magnitudes (perm.map fun a => s.getD a 1))
    (h : transposeBudget F perm ex m e = true) : (Op.transpose perm).Tracks F (x, ()) (ex, ()) e := by
  rw [transposeBudget, Bool.and_eq_true] at h
  have hmaj := transpose_maps h.1 Rat (ex.tensor, ()) ⟨ex.tensor_mem, trivial⟩
  refine .of_selecting rfl h.2 fun (v, _) (d, _) _ hd k hk => ?_
  have h2 := (hmaj k hk).2
  rw [Op.denote, Tensor.at_ofFn hk] at h2
  rw [DataEnv.toRat, Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  exact (hd.1.differ _).mono h2

/-- Soundness of `concatBudget`. -/
theorem concat_tracks {outer a b : Nat} {x : Box s} {y : Box t} {ex : Magnitudes s} {ey : Magnitudes t}
    {e : Magnitudes u} (m : Magnitudes u) (h : concatBudget F outer a b ex ey m e = true) :
    (Op.concat outer a b).Tracks F (x, y, ()) (ex, ey, ()) e := by
  rw [concatBudget, Bool.and_eq_true] at h
  have hmaj := concat_maps h.1 Rat (ex.tensor, ey.tensor, ()) ⟨ex.tensor_mem, ey.tensor_mem, trivial⟩
  refine .of_selecting rfl h.2 fun (v, w, _) (d, d', _) _ hd k hk => ?_
  have h2 := (hmaj k hk).2
  rw [Op.denote, Tensor.at_ofFn hk] at h2
  simp only [DataEnv.toRat]
  rw [Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  by_cases hi : k % (a + b) < a
  · simp only [hi, if_true] at h2 ⊢
    exact (hd.1.differ _).mono h2
  · simp only [hi, if_false] at h2 ⊢
    exact (hd.2.1.differ _).mono h2

/-- Soundness of `sliceBudget`. -/
theorem slice_tracks {start step : List Int} {x : Box s} {ex : Magnitudes s} {e : Magnitudes t}
    (m : Magnitudes t) (h : sliceBudget F start step ex m e = true) :
    (Op.slice start step).Tracks F (x, ()) (ex, ()) e := by
  rw [sliceBudget, Bool.and_eq_true] at h
  have hmaj := slice_maps h.1 Rat (ex.tensor, ()) ⟨ex.tensor_mem, trivial⟩
  refine .of_selecting rfl h.2 fun (v, _) (d, _) _ hd k hk => ?_
  have h2 := (hmaj k hk).2
  rw [Op.denote, Tensor.at_ofFn hk] at h2
  rw [DataEnv.toRat, Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  exact (hd.1.differ _).mono h2

/-- Soundness of `padBudget`. -/
theorem pad_tracks {before : List Nat} {num : Int} {den : Nat} {x : Box s} {ex : Magnitudes s}
    {e : Magnitudes t} (m : Magnitudes t) (h : padBudget F before num den ex m e = true) :
    (Op.pad before num den).Tracks F (x, ()) (ex, ()) e := by
  simp only [padBudget, Bool.and_eq_true] at h
  have hmaj := pad_maps h.1.2 Rat (ex.tensor, ()) ⟨ex.tensor_mem, trivial⟩
  refine .of_selecting rfl h.2 fun (v, _) (d, _) _ hd k hk => ?_
  have h2 := (hmaj k hk).2
  rw [Op.denote, Tensor.at_ofFn hk] at h2
  rw [DataEnv.toRat, Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  cases hi : padIndex s t before k with
  | some i =>
    simp only [hi] at h2 ⊢
    exact (hd.1.differ _).mono h2
  | none =>
    simp only []
    rw [ratio_nearestFraction h.1.1]
    exact .self _ (m.val_nonneg k)

/-! ## Positive parts -/

/-- What `reluBudget` says about an entry. -/
private theorem reluBudget_sound {x : Box s} {ex e : Magnitudes s} (h : reluBudget F x ex e = true)
    {i : Nat} (hi : i < Shape.size s) :
    F.leastNormal ≤ e.val i ∧ (ex.val i + F.leastNormal ≤ e.val i ∨
      x.hi.val i + ex.val i + F.leastNormal ≤ e.val i) := by
  simp only [reluBudget, Bool.and_eq_true] at h
  obtain ⟨⟨⟨⟨hx, hex⟩, he⟩, hr⟩, h⟩ := h
  have dx := (Box.regular_iff.1 hx).1
  have dex := Magnitudes.den_pos hex
  have de := Magnitudes.den_pos he
  have hD : 0 < marginDen x ex e := Nat.lcm_pos (Nat.lcm_pos dx dex) de
  have e₁ : x.den ∣ marginDen x ex e := Nat.dvd_trans (Nat.dvd_lcm_left ..) (Nat.dvd_lcm_left ..)
  have e₂ : ex.den ∣ marginDen x ex e := Nat.dvd_trans (Nat.dvd_lcm_right ..) (Nat.dvd_lcm_left ..)
  have e₃ : e.den ∣ marginDen x ex e := Nat.dvd_lcm_right ..
  have hk : 0 < reluBits (marginDen x ex e) x ex e := Nat.succ_pos _
  have room : marginDen x ex e / x.den * 2 ^ x.width + marginDen x ex e / ex.den * 2 ^ ex.width +
      (marginDen x ex e / e.den * 2 ^ e.width + 1) < 2 ^ (reluBits (marginDen x ex e) x ex e - 1) :=
    lt_flagBits _
  have htiny := (rangeCheck_sound hD hr).1
  have e1 : ((1 : Nat) : Rat) = 1 := rfl
  rw [e1, Rat.one_mul] at htiny
  generalize reluBits (marginDen x ex e) x ex e = k at h hk room
  generalize marginDen x ex e = D at h hD e₁ e₂ e₃ room htiny
  have f₁ := Nat.div_pos (Nat.le_of_dvd hD e₁) dx
  have f₂ := Nat.div_pos (Nat.le_of_dvd hD e₂) dex
  have f₃ := Nat.div_pos (Nat.le_of_dvd hD e₃) de
  have w₁ : x.width ≤ k := width_le f₁ (by omega)
  have w₂ : ex.width ≤ k := width_le f₂ (by omega)
  have w₃ : e.width ≤ k := width_le f₃ (by omega)
  have h : reluDigits k (Shape.size s) ⟨_, _, Nat.mul (D / x.den) (x.digits k x.highPos),
    Nat.mul (D / x.den) (x.digits k x.highNeg)⟩ (ex.scaled k (D / ex.den)) (e.scaled k (D / e.den)) =
      true := h
  have b₁ := fun l i => x.mul_part_le (D / x.den) l i
  have b₂ := fun i => ex.mul_part_le (D / ex.den) i
  have b₃ := fun i => e.mul_part_le (D / e.den) i
  simp only [reluDigits, Bool.and_eq_true, Box.mul_digits_eq hx w₁, Magnitudes.scaled_eq hex w₂,
    Magnitudes.scaled_eq he w₃, ones_eq hk, Nat.add_eq, ← pack_add] at h
  rw [digitsLe_iff hk (fun i _ => by omega) (fun i _ => by have := b₃ i; omega),
    atMost_eq hk (fun i _ => by have := b₂ i; omega) (fun i _ => by have := b₃ i; omega),
    atMost_eq hk (fun i _ => by have := b₁ x.highPos i; have := b₂ i; omega)
      (fun i _ => by have := b₁ x.highNeg i; have := b₃ i; omega),
    flags_lor hk, allFlags_iff hk] at h
  obtain ⟨h1, h2⟩ := h
  have h1 := h1 i hi
  have h2 := h2 i hi
  simp only [Bool.or_eq_true, decide_eq_true_eq] at h2
  have hDp := natCast_pos (α := Rat) hD
  have g₁ : x.hi.val i * (D : Rat) = ((D / x.den : Nat) : Rat) *
      ((x.part x.highPos i : Rat) - (x.part x.highNeg i : Rat)) := by
    have h := ratio_mul_common (α := Rat) (a := x.hi.num i) dx e₁
    rw [Const.num_cast] at h
    exact h
  have g₂ := ratio_mul_common (α := Rat) (a := (ex.part i : Int)) dex e₂
  have g₃ := ratio_mul_common (α := Rat) (a := (e.part i : Int)) de e₃
  rw [← Magnitudes.val_eq, Ring.intCast_natCast] at g₂ g₃
  have g₄ : (ratio 1 D : Rat) * (D : Rat) = 1 := by
    unfold ratio; rw [Ring.intCast_one]; grind
  have c1 := natCast_le (α := Rat) h1
  rw [Semiring.natCast_one, Semiring.natCast_mul, ← g₃] at c1
  have up : ∀ {a b : Rat}, a * (D : Rat) ≤ b * (D : Rat) → a ≤ b := fun {a b} h =>
    le_of_mul_le_mul hDp (by rw [Rat.mul_comm _ a, Rat.mul_comm _ b]; exact h)
  have c1 : ratio 1 D ≤ e.val i := up (by rw [g₄]; exact c1)
  refine ⟨Rat.le_trans htiny c1, ?_⟩
  rcases h2 with h2 | h2
  · left
    have c2 := natCast_le (α := Rat) h2
    rw [Semiring.natCast_add, Semiring.natCast_one, Semiring.natCast_mul, Semiring.natCast_mul, ← g₂,
      ← g₃] at c2
    have c2 : ex.val i + ratio 1 D ≤ e.val i := up (by rw [Rat.add_mul, g₄]; exact c2)
    grind
  · right
    have c2 := natCast_le (α := Rat) h2
    simp only [Semiring.natCast_add, Semiring.natCast_one, Semiring.natCast_mul] at c2
    rw [← g₂, ← g₃] at c2
    have c2 : x.hi.val i + ex.val i + ratio 1 D ≤ e.val i := up (by
      rw [Rat.add_mul, Rat.add_mul, g₄, g₁]
      grind)
    grind

/-- Soundness of `reluBudget`. -/
theorem relu_tracks {x : Box s} {ex e : Magnitudes s} (h : reluBudget F x ex e = true) :
    Op.relu.Tracks F (x, ()) (ex, ()) e := by
  intro (v, _) (d, _) z hv hd hz k hk
  have h1 : (z.at k).Is ((Op.denote .relu (d.toRat, ())).at k) :=
    hz (MagnitudesEnv.finite_of_close hd) k hk
  have h2 := h1.error
  obtain ⟨h3, h4⟩ := reluBudget_sound h hk
  have h5 := hd.1.differ_val hk
  have h6 := (hv.1 k hk).2
  have h7 := ex.val_nonneg (α := Rat) k
  refine ⟨h1.1, ?_⟩
  rw [Op.denote, Tensor.at_ofFn hk] at h2
  rw [Op.denote, Tensor.at_ofFn hk]
  unfold Differ at h2 h5
  unfold maxOf at *
  split at h2 <;> split <;> grind

end Lemmanet
