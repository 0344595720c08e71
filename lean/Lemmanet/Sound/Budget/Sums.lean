module

public import Lemmanet.Sound.Budget.Linear
public import Lemmanet.Sound.Pool
public import Lemmanet.Sound.Runs.Mean

/-!
# Budgets of sums and means are sound
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind
open Float (Format Datum magnitude)

variable {F : Format} [Format.Valid F] {s t u : Shape}

/-- What `raised` says about the numbers that are flushed. -/
theorem raised_range {v : Nat} {r : Magnitudes s} {e : Magnitudes t} (h : raised F v r e = true) :
    (v : Rat) * F.leastNormal ≤ ratio 1 (Nat.lcm r.den e.den) ∧ (v : Rat) ≤ F.largest := by
  simp only [raised, Bool.and_eq_true] at h
  exact rangeCheck_sound
    (Nat.lcm_pos (Magnitudes.den_pos h.1.1.1.1) (Magnitudes.den_pos h.1.1.1.2)) h.1.2

private theorem natCast_nonneg' (n : Nat) : (0 : Rat) ≤ (n : Rat) := rat_natCast_le (Nat.zero_le n)

/-! ## Sums of two -/

/-- A sum of two data, with bounds on their errors. -/
private theorem adds_close {p q : Nat} {x y : Box s} {ex ey mx my r e : Magnitudes s}
    (h : addBudget F p q x y ex ey mx my r e = true) {v w v' w' : Tensor Rat s} {a b z : Datum F}
    (hv : x.Mem v) (hw : y.Mem w) {k : Nat} (hk : k < Shape.size s)
    (hv' : magnitude (v'.at k) = magnitude (v.at k)) (hw' : magnitude (w'.at k) = magnitude (w.at k))
    (ha : a.isFinite = true ∧ Differ a.toRat (v'.at k) (ex.val k))
    (hb : b.isFinite = true ∧ Differ b.toRat (w'.at k) (ey.val k)) (hz : a.Adds b z) :
    z.isFinite = true ∧ Differ z.toRat (v'.at k + w'.at k) (e.val k) := by
  simp only [addBudget, Bool.and_eq_true] at h
  obtain ⟨⟨⟨⟨hg, hx⟩, hy⟩, hadd⟩, hr⟩ := h
  obtain ⟨hp, hq, hg1, hg2, -⟩ := gammaCheck_sound hg
  obtain ⟨hr1, hr2⟩ := raised_range hr
  have hV : ((Nat.mul 16 (Nat.succ (Nat.add (reach x ex) (reach y ey))) : Nat) : Rat) =
      8 * ((2 : Nat) : Rat) * (((reach x ex + reach y ey : Nat) : Rat) + 1) := by
    rw [show Nat.mul 16 (Nat.succ (Nat.add (reach x ex) (reach y ey))) =
      8 * 2 * (reach x ex + reach y ey + 1) from rfl, Rat.natCast_mul, Rat.natCast_mul,
      Rat.natCast_add]
    rfl
  rw [hV] at hr1 hr2
  have m1 := margin_of hp hq hx hv hk
  have m2 := margin_of hp hq hy hw hk
  have q1 : (reach x ex : Rat) ≤ ((reach x ex + reach y ey : Nat) : Rat) := rat_natCast_le (by omega)
  have q2 : (reach y ey : Rat) ≤ ((reach x ex + reach y ey : Nat) : Rat) := rat_natCast_le (by omega)
  have key := Float.SumResult.error (l := [true, false]) (x := fun i => cond i a b) (r := z)
    (x₀ := fun i => cond i (v'.at k) (w'.at k))
    (X := fun i => cond i (magnitude (v.at k)) (magnitude (w.at k)))
    (e := fun i => cond i (ex.val k) (ey.val k)) (n := 2) (γ := ratio p q)
    (τ := ratio 1 (Nat.lcm r.den e.den)) (Q := ((reach x ex + reach y ey : Nat) : Rat)) hz.sumResult
    (fun i _ => by
      cases i
      · exact hb
      · exact ha)
    (fun i _ => by
      cases i
      · exact hw' ▸ Float.le_magnitude (w'.at k)
      · exact hv' ▸ Float.le_magnitude (v'.at k))
    (by simp) hg1 hg2 (natCast_nonneg' _)
    (fun i _ => by
      cases i
      · exact Rat.le_trans m2.1 q2
      · exact Rat.le_trans m1.1 q1)
    hr1 hr2
  have hmaj := (add_maps hadd Rat (mx.tensor, my.tensor, ())
    ⟨mx.tensor_mem, my.tensor_mem, trivial⟩ k hk).2
  rw [Op.denote, Tensor.at_ofFn hk, Magnitudes.tensor, Magnitudes.tensor, Tensor.at_ofFn hk,
    Tensor.at_ofFn hk, Magnitudes.hi_box] at hmaj
  have h4 := raised_sound (α := Rat) hr hk
  refine ⟨key.1, ?_⟩
  have key := key.2
  simp only [total_cons, total_nil, cond_true, cond_false] at key
  unfold Differ at *
  grind

/-- Soundness of `addBudget`, for sums. -/
theorem add_tracks {x y : Box s} {ex ey e : Magnitudes s} (p q : Nat) (mx my r : Magnitudes s)
    (h : addBudget F p q x y ex ey mx my r e = true) :
    Op.add.Tracks F (x, y, ()) (ex, ey, ()) e := by
  intro (v, w, _) (d, d', _) z hv hd hz k hk
  have hz : (d.at k).Adds (d'.at k) (z.at k) := hz (MagnitudesEnv.finite_of_close hd) k hk
  rw [Op.denote, Tensor.at_ofFn hk]
  exact adds_close h hv.1 hv.2.1 hk rfl rfl (hd.1 k hk) (hd.2.1 k hk) hz

/-- Soundness of `addBudget`, for differences. -/
theorem sub_tracks {x y : Box s} {ex ey e : Magnitudes s} (p q : Nat) (mx my r : Magnitudes s)
    (h : addBudget F p q x y ex ey mx my r e = true) :
    Op.sub.Tracks F (x, y, ()) (ex, ey, ()) e := by
  intro (v, w, _) (d, d', _) z hv hd hz k hk
  have hz : (d.at k).Adds (d'.at k).negate (z.at k) := hz (MagnitudesEnv.finite_of_close hd) k hk
  have hn : (Tensor.ofFn fun i => -w.at i : Tensor Rat s).at k = -w.at k := Tensor.at_ofFn hk
  have hm : ∀ a : Rat, magnitude (-a) = magnitude a := by
    intro a
    unfold magnitude
    split <;> split <;> grind
  have hb := hd.2.1 k hk
  have key := adds_close (w' := .ofFn fun i => -w.at i) h hv.1 hv.2.1 hk rfl (by rw [hn, hm])
    (hd.1 k hk) ⟨by rw [Datum.isFinite_negate]; exact hb.1, by
      rw [Datum.toRat_negate, hn]
      have hb := hb.2
      unfold Differ
      grind⟩ hz
  rw [hn] at key
  rw [Op.denote, Tensor.at_ofFn hk, Rat.sub_eq_add_neg (v.at k)]
  exact key

/-! ## Leaky rectification -/

/-- Soundness of `leakyReluBudget`. -/
theorem leakyRelu_tracks {num : Int} {den : Nat} {x : Box s} {ex e : Magnitudes s} (p q : Nat)
    (m : Magnitudes s) (h : leakyReluBudget F p q num den x ex m e = true) :
    (Op.leakyRelu num den).Tracks F (x, ()) (ex, ()) e := by
  simp only [leakyReluBudget, Bool.and_eq_true, Nat.blt_eq, zle_iff] at h
  obtain ⟨⟨⟨⟨⟨hden, hn0⟩, hn1⟩, hg⟩, hx⟩, hr⟩ := h
  obtain ⟨hp, hq, hg1, hg2, hg3⟩ := gammaCheck_sound hg
  obtain ⟨hr1, hr2⟩ := raised_range hr
  have hV : ((Nat.mul 16 (Nat.succ (reach x ex)) : Nat) : Rat) =
      8 * ((1 : Nat) : Rat) * (1 + 1) * ((reach x ex : Rat) + 1) := by
    rw [show Nat.mul 16 (Nat.succ (reach x ex)) = 8 * 1 * 2 * (reach x ex + 1) from rfl,
      Rat.natCast_mul, Rat.natCast_mul, Rat.natCast_mul, Rat.natCast_add]
    have : ((2 : Nat) : Rat) = 1 + 1 := by grind
    rw [this]
    rfl
  rw [hV] at hr1 hr2
  have s0 : (0 : Rat) ≤ ratio num den := by
    refine (le_ratio_iff (α := Rat) hden).2 ?_
    have := intCast_le (α := Rat) hn0
    rw [Ring.intCast_zero] at this
    grind
  have s1 : (ratio num den : Rat) ≤ 1 := by
    refine (ratio_le_iff (α := Rat) hden).2 ?_
    have := intCast_le (α := Rat) hn1
    rw [Ring.intCast_natCast] at this
    grind
  have hη := F.leastNormal_pos
  have hQ := natCast_nonneg' (reach x ex)
  have hQη := OrderedRing.mul_nonneg hQ (Rat.le_of_lt hη)
  have e1 : ((1 : Nat) : Rat) = 1 := rfl
  intro (v, _) (d, _) z hv hd hz k hk
  have hz := hz (MagnitudesEnv.finite_of_close hd) k hk
  have hd := hd.1 k hk
  have hm := margin_of hp hq hx hv.1 hk
  have h4 := raised_sound (α := Rat) hr hk
  have hX := Float.le_magnitude (v.at k)
  have hE := ex.val_nonneg (α := Rat) k
  have hd2 := hd.2
  have hmag : magnitude (d.at k).toRat ≤ magnitude (v.at k) + ex.val k :=
    Float.magnitude_le (by grind)
  have hγ := OrderedRing.mul_le_mul_of_nonneg_left hmag hg3
  have hlip : Differ (if 0 ≤ (d.at k).toRat then (d.at k).toRat else ratio num den * (d.at k).toRat)
      (if 0 ≤ v.at k then v.at k else ratio num den * v.at k) (ex.val k) := by
    generalize (d.at k).toRat = a at *
    generalize v.at k = b at *
    generalize (ratio num den : Rat) = g at *
    have k1 : ∀ c : Rat, 0 ≤ c → 0 ≤ g * c ∧ g * c ≤ c := fun c hc => by
      have h1 := OrderedRing.mul_nonneg s0 hc
      have h2 := OrderedRing.mul_le_mul_of_nonneg_right s1 hc
      grind
    unfold Differ
    split <;> split
    · exact hd2
    · have := k1 (-b) (by grind)
      grind
    · have := k1 (-a) (by grind)
      grind
    · rcases Std.le_total (a := a) (b := b) with h | h
      · have := k1 (b - a) (by grind)
        grind
      · have := k1 (a - b) (by grind)
        grind
  rw [Op.denote, Tensor.at_ofFn hk]
  have hz : if 0 ≤ (d.at k).toRat then (z.at k).Is (d.at k).toRat else
    (F.nearest num den).Multiplies (d.at k) (z.at k) := hz
  by_cases hs : 0 ≤ (d.at k).toRat
  · rw [if_pos hs] at hz hlip
    have hmn := Float.magnitude_nonneg (v.at k)
    have := OrderedRing.mul_nonneg hg3 (Rat.add_nonneg hmn hE)
    have h5 := hz.error
    refine ⟨hz.1, ?_⟩
    show (z.at k).toRat - _ ≤ _ ∧ _ - (z.at k).toRat ≤ _
    unfold Differ at h5 hlip
    grind
  · rw [if_neg hs] at hz hlip
    have key := Float.DotResult.error (l := [()]) (m := ([] : List Unit))
      (w := fun _ => F.nearest num den) (x := fun _ => d.at k) (b := fun _ => d.at k) (r := z.at k)
      (w₀ := fun _ => ratio num den) (W := fun _ => 1) (x₀ := fun _ => (d.at k).toRat)
      (X := fun _ => magnitude (d.at k).toRat) (e := fun _ => 0) (b₀ := fun _ => 0) (B := fun _ => 0)
      (n := 1) (γ := ratio p q) (τ := ratio 1 (Nat.lcm m.den e.den)) (P := 1)
      (Q := (reach x ex : Rat)) hz.dotResult
      (fun _ _ => Float.Format.nearest_error hden (by grind) s1 F.one_le_largest)
      (fun _ _ => by grind)
      (fun _ _ => ⟨hd.1, by unfold Differ; grind⟩)
      (fun _ _ => Float.le_magnitude _) (by simp) (by simp) (by simp) hg1 hg2 (by grind) hQ
      (fun _ _ => Rat.le_refl) (fun _ _ => by grind) (by simp) hr1 hr2
    refine ⟨key.1, ?_⟩
    have key := key.2
    simp only [total_cons, total_nil] at key
    show (z.at k).toRat - _ ≤ _ ∧ _ - (z.at k).toRat ≤ _
    unfold Differ at key hlip
    grind

/-! ## Sums and means of many -/

/-- A sum of entries: what `sumBudget` is for. -/
theorem sumBudget_sound {n p q : Nat} {x : Box t} {ex m : Magnitudes t} {r e : Magnitudes u}
    (h : sumBudget F n p q x ex m r e = true) {v : Tensor Rat t} {d : Data F t} (hv : x.Mem v)
    (hd : ex.Close v d) {l : List Nat} (hlen : l.length ≤ n) (hl : ∀ i ∈ l, i < Shape.size t)
    {z : Datum F} (hz : Float.SumResult (l.map d.at) z) :
    z.isFinite = true ∧ Differ z.toRat (total v.at l)
      (total m.val l + ratio 1 (Nat.lcm r.den e.den)) := by
  simp only [sumBudget, Bool.and_eq_true] at h
  obtain ⟨⟨hg, hx⟩, hr⟩ := h
  obtain ⟨hp, hq, hg1, hg2, -⟩ := gammaCheck_sound hg
  obtain ⟨hr1, hr2⟩ := raised_range hr
  have hV : ((Nat.mul (Nat.mul 8 n) (Nat.succ (reach x ex)) : Nat) : Rat) =
      8 * (n : Rat) * ((reach x ex : Rat) + 1) := by
    rw [show Nat.mul (Nat.mul 8 n) (Nat.succ (reach x ex)) = 8 * n * (reach x ex + 1) from rfl,
      Rat.natCast_mul, Rat.natCast_mul, Rat.natCast_add]
    rfl
  rw [hV] at hr1 hr2
  have key := Float.SumResult.error (x₀ := v.at) (X := fun i => magnitude (v.at i)) (e := ex.val)
    (n := n) (γ := ratio p q) (Q := (reach x ex : Rat)) hz (fun i hi => hd i (hl i hi))
    (fun i _ => Float.le_magnitude _) hlen hg1 hg2 (natCast_nonneg' _)
    (fun i hi => (margin_of hp hq hx hv (hl i hi)).1) hr1 hr2
  have hle := total_le fun i hi => (margin_of hp hq hx hv (hl i hi)).2
  refine ⟨key.1, Rat.le_trans key.2.1 ?_, Rat.le_trans key.2.2 ?_⟩ <;> exact Rat.add_le_add_right.2 hle

/-- A mean of entries: what `meanBudget` is for. -/
theorem meanBudget_sound {n p q : Nat} {x : Box t} {ex m : Magnitudes t} {r e : Magnitudes u}
    (h : meanBudget F n p q x ex m r e = true) {v : Tensor Rat t} {d : Data F t} (hv : x.Mem v)
    (hd : ex.Close v d) {l : List Nat} (hlen : l.length ≤ n) (hl : ∀ i ∈ l, i < Shape.size t)
    {count : Nat} (hc : 0 < count) (hcn : count ≤ n) {z : Datum F}
    (hz : Float.MeanResult count (l.map d.at) z) :
    z.isFinite = true ∧ Differ z.toRat (total v.at l / count)
      (total m.val l / count + ratio 1 (Nat.lcm r.den e.den)) := by
  simp only [meanBudget, Bool.and_eq_true] at h
  obtain ⟨⟨hg, hx⟩, hr⟩ := h
  obtain ⟨hp, hq, hg1, hg2, -⟩ := gammaCheck_sound hg
  obtain ⟨hr1, hr2⟩ := raised_range hr
  have hle : n ≤ Nat.mul (Nat.mul 32 (Nat.succ n)) (Nat.succ (reach x ex)) := by
    show n ≤ 32 * (n + 1) * (reach x ex + 1)
    have := Nat.le_mul_of_pos_right (32 * (n + 1)) (show 0 < reach x ex + 1 by omega)
    omega
  have hcl : (count : Rat) ≤ F.largest := Rat.le_trans (rat_natCast_le (Nat.le_trans hcn hle)) hr2
  have hV : ((Nat.mul (Nat.mul 32 (Nat.succ n)) (Nat.succ (reach x ex)) : Nat) : Rat) =
      32 * ((n : Rat) + 1) * ((reach x ex : Rat) + 1) := by
    rw [show Nat.mul (Nat.mul 32 (Nat.succ n)) (Nat.succ (reach x ex)) =
      32 * (n + 1) * (reach x ex + 1) from rfl, Rat.natCast_mul, Rat.natCast_mul, Rat.natCast_add,
      Rat.natCast_add]
    rfl
  rw [hV] at hr1 hr2
  have key := Float.MeanResult.error (x₀ := v.at) (X := fun i => magnitude (v.at i)) (e := ex.val)
    (n := n) (γ := ratio p q) (Q := (reach x ex : Rat)) hz hc (fun i hi => hd i (hl i hi))
    (fun i _ => Float.le_magnitude _) hlen hg1 hg2 (natCast_nonneg' _)
    (fun i hi => (margin_of hp hq hx hv (hl i hi)).1) hcl hr1 hr2
  have hle := total_le fun i hi => (margin_of hp hq hx hv (hl i hi)).2
  have hle := div_natCast_le (α := Rat) hle hc
  refine ⟨key.1, Rat.le_trans key.2.1 ?_, Rat.le_trans key.2.2 ?_⟩ <;> exact Rat.add_le_add_right.2 hle

omit [Format.Valid F] in
/-- From the bound on a result before flushing to the bound with it. -/
private theorem close_of_raised {v : Nat} {r e : Magnitudes u} (hr : raised F v r e = true)
    {x : Tensor Rat u} {d : Data F u} {bound : Nat → Rat}
    (h : ∀ k, k < Shape.size u → (d.at k).isFinite = true ∧
      Differ (d.at k).toRat (x.at k) (bound k + ratio 1 (Nat.lcm r.den e.den)) ∧ bound k ≤ r.val k) :
    e.Close x d :=
  Magnitudes.close_of (fun k hk => ⟨(h k hk).1, (h k hk).2.1⟩) fun k hk => by
    have h1 := raised_sound (α := Rat) hr hk
    have h2 := (h k hk).2.2
    grind

/-- The entries of a sum over an axis are entries of the tensor, and the divisor is positive. -/
private theorem axis_facts {n inner count : Nat} {x : Box s} {y : Box t}
    (h : axisMeanCheck n inner count x y = true) {k : Nat} (hk : k < Shape.size t) :
    0 < count ∧ ∀ i, i < n → (k / inner * n + i) * inner + k % inner < Shape.size s := by
  simp only [axisMeanCheck, meanEntry, Bool.and_eq_true, allBelow_iff, allOf_iff, Nat.blt_eq] at h
  obtain ⟨⟨⟨hc, hin⟩, -⟩, -⟩ := h.2 k hk
  refine ⟨hc, fun i hi => ?_⟩
  have key : ∀ (n start i : Nat), i < n → start + i * inner ∈ progression inner n start := by
    intro n
    induction n with
    | zero => intro _ i hi; omega
    | succ n ih =>
      intro start i hi
      rw [progression]
      cases i with
      | zero => simp
      | succ i =>
        have := ih (start + inner) i (by omega)
        refine List.mem_cons_of_mem _ ?_
        rwa [show start + (i + 1) * inner = start + inner + i * inner by rw [Nat.succ_mul]; omega]
  have h1 := hin _ (key n _ i hi)
  have e : Nat.add (Nat.mul (Nat.mul (Nat.div k inner) n) inner) (Nat.mod k inner) + i * inner =
      (k / inner * n + i) * inner + k % inner := by
    rw [Nat.add_mul, Nat.add_right_comm]
    rfl
  rwa [e] at h1

/-- Soundness of `reduceSumBudget`. -/
theorem reduceSum_tracks {axis : Nat} {x : Box s} {ex : Magnitudes s} {e : Magnitudes (s.eraseIdx axis)}
    (p q : Nat) (m : Magnitudes s) (r : Magnitudes (s.eraseIdx axis))
    (h : reduceSumBudget F p q axis x ex m r e = true) :
    (Op.reduceSum axis).Tracks F (x, ()) (ex, ()) e := by
  rw [reduceSumBudget, Bool.and_eq_true] at h
  have hmaj := reduceSum_maps h.2 Rat (m.tensor, ()) ⟨m.tensor_mem, trivial⟩
  have hr := h.1
  simp only [sumBudget, Bool.and_eq_true] at hr
  intro (v, _) (d, _) z hv hd hz
  refine close_of_raised (bound := (Op.denote (.reduceSum axis) (m.tensor, ())).at) hr.2 fun k hk => ?_
  have hin := (axis_facts h.2 hk).2
  have hl : ∀ i ∈ axisTerms s axis k, i < Shape.size s := by
    intro i hi
    obtain ⟨j, hj, rfl⟩ := List.mem_map.1 hi
    exact hin j (List.mem_range.1 hj)
  have key := sumBudget_sound h.1 hv.1 hd.1 (l := axisTerms s axis k) (by simp [axisTerms]) hl
    (hz (MagnitudesEnv.finite_of_close hd) k hk)
  refine ⟨key.1, ?_, (hmaj k hk).2⟩
  have key := key.2
  have e2 : total m.val (axisTerms s axis k) = total m.tensor.at (axisTerms s axis k) :=
    total_congr fun i hi => by rw [Magnitudes.tensor, Tensor.at_ofFn (hl i hi)]
  rw [e2, axisTerms, total_map, total_map, total_range, total_range] at key
  rw [Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  exact key

/-- Soundness of `reduceMeanBudget`. -/
theorem reduceMean_tracks {axis : Nat} {x : Box s} {ex : Magnitudes s}
    {e : Magnitudes (s.eraseIdx axis)} (p q : Nat) (m : Magnitudes s)
    (r : Magnitudes (s.eraseIdx axis)) (h : reduceMeanBudget F p q axis x ex m r e = true) :
    (Op.reduceMean axis).Tracks F (x, ()) (ex, ()) e := by
  rw [reduceMeanBudget, Bool.and_eq_true] at h
  have hmaj := reduceMean_maps h.2 Rat (m.tensor, ()) ⟨m.tensor_mem, trivial⟩
  have hr := h.1
  simp only [meanBudget, Bool.and_eq_true] at hr
  intro (v, _) (d, _) z hv hd hz
  refine close_of_raised (bound := (Op.denote (.reduceMean axis) (m.tensor, ())).at) hr.2 fun k hk => ?_
  have hin := axis_facts h.2 hk
  have hl : ∀ i ∈ axisTerms s axis k, i < Shape.size s := by
    intro i hi
    obtain ⟨j, hj, rfl⟩ := List.mem_map.1 hi
    exact hin.2 j (List.mem_range.1 hj)
  have key := meanBudget_sound h.1 hv.1 hd.1 (l := axisTerms s axis k) (by simp [axisTerms]) hl hin.1
    (Nat.le_refl _) (hz (MagnitudesEnv.finite_of_close hd) k hk)
  refine ⟨key.1, ?_, (hmaj k hk).2⟩
  have key := key.2
  have e2 : total m.val (axisTerms s axis k) = total m.tensor.at (axisTerms s axis k) :=
    total_congr fun i hi => by rw [Magnitudes.tensor, Tensor.at_ofFn (hl i hi)]
  rw [e2, axisTerms, total_map, total_map, total_range, total_range] at key
  rw [Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  exact key

/-- Soundness of `globalAvgPoolBudget`. -/
theorem globalAvgPool_tracks {x : Box [c, h, w]} {ex : Magnitudes [c, h, w]} {e : Magnitudes [c, 1, 1]}
    (p q : Nat) (m : Magnitudes [c, h, w]) (r : Magnitudes [c, 1, 1])
    (hc : globalAvgPoolBudget F p q x ex m r e = true) :
    Op.globalAvgPool.Tracks F (x, ()) (ex, ()) e := by
  rw [globalAvgPoolBudget, Bool.and_eq_true] at hc
  have hmaj := globalAvgPool_maps hc.2 Rat (m.tensor, ()) ⟨m.tensor_mem, trivial⟩
  have hr := hc.1
  simp only [meanBudget, Bool.and_eq_true] at hr
  intro (v, _) (d, _) z hv hd hz
  refine close_of_raised (bound := (Op.denote .globalAvgPool (m.tensor, ())).at) hr.2 fun k hk => ?_
  have hin := axis_facts hc.2 hk
  have hl : ∀ i ∈ (List.range (h * w)).map fun i => k * (h * w) + i, i < Shape.size [c, h, w] := by
    intro i hi
    obtain ⟨j, hj, rfl⟩ := List.mem_map.1 hi
    have := hin.2 j (List.mem_range.1 hj)
    simpa only [Nat.mul_eq, Nat.div_one, Nat.mod_one, Nat.mul_one, Nat.add_zero] using this
  have hmap : ((List.range (h * w)).map fun i => k * (h * w) + i).map d.at =
      (List.range (h * w)).map fun i => d.at (k * (h * w) + i) := List.map_map
  have hrun : Float.MeanResult (h * w) ((List.range (h * w)).map fun i => d.at (k * (h * w) + i))
      (z.at k) := hz (MagnitudesEnv.finite_of_close hd) k hk
  rw [← hmap] at hrun
  have key := meanBudget_sound hc.1 hv.1 hd.1 (by simp) hl hin.1 (Nat.le_refl _) hrun
  refine ⟨key.1, ?_, (hmaj k hk).2⟩
  have key := key.2
  have e2 := total_congr (f := m.val) (g := m.tensor.at) fun i hi => by
    rw [Magnitudes.tensor, Tensor.at_ofFn (hl i hi)]
  rw [e2, total_map, total_map, total_range, total_range] at key
  rw [Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  exact key

/-- Sums over lists. -/
private theorem total_eq_sumOver (f : Nat → Rat) (l : List Nat) : total f l = sumOver f l := by
  induction l with
  | nil => rfl
  | cons i l ih => rw [total_cons, ih]; rfl

/-- A window has no more pixels than its kernel has places. -/
private theorem length_taps_le (g : Window) (h w c i j : Nat) :
    (g.taps h w c i j).length ≤ g.kernel.1 * g.kernel.2 := by
  unfold Window.taps
  refine length_flatMap_range_le _ _ _ fun a => ?_
  exact Nat.le_trans (List.length_filterMap_le ..) (by simp)

/-- Soundness of `avgPool2dBudget`. -/
theorem avgPool2d_tracks {g : Window} {includePad : Bool} {x : Box [c, h, w]}
    {ex : Magnitudes [c, h, w]} {e : Magnitudes [c, oh, ow]} (p q : Nat) (m : Magnitudes [c, h, w])
    (r : Magnitudes [c, oh, ow]) (hc : avgPool2dBudget F p q g includePad x ex m r e = true) :
    (Op.avgPool2d g includePad).Tracks F (x, ()) (ex, ()) e := by
  rw [avgPool2dBudget, Bool.and_eq_true] at hc
  have hmaj := avgPool2d_maps hc.2 Rat (m.tensor, ()) ⟨m.tensor_mem, trivial⟩
  have hr := hc.1
  simp only [meanBudget, Bool.and_eq_true] at hr
  intro (v, _) (d, _) z hv hd hz
  refine close_of_raised
    (bound := (Op.denote (.avgPool2d g includePad : Op [[c, h, w]] [c, oh, ow]) (m.tensor, ())).at)
    hr.2 fun k hk => ?_
  have hpix := hc.2
  simp only [avgPool2dCheck, Bool.and_eq_true] at hpix
  have hpix := apply_allPixels hpix.2 hk
  rw [Window.pixels_eq_taps] at hpix
  simp only [meanEntry, Bool.and_eq_true, allOf_iff, Nat.blt_eq] at hpix
  obtain ⟨⟨⟨hpos, hl⟩, -⟩, -⟩ := hpix
  have hlen := length_taps_le g h w (k / (oh * ow)) (k / ow % oh) (k % ow)
  have hcount : (cond includePad (Nat.mul g.kernel.1 g.kernel.2)
      (g.taps h w (k / (oh * ow)) (k / ow % oh) (k % ow)).length) ≤ g.kernel.1 * g.kernel.2 := by
    cases includePad
    · exact hlen
    · exact Nat.le_refl _
  have hz := hz (MagnitudesEnv.finite_of_close hd) k hk
  have key := meanBudget_sound hc.1 hv.1 hd.1 (l := g.taps h w (k / (oh * ow)) (k / ow % oh) (k % ow))
    hlen hl hpos hcount (z := z.at k) (by cases includePad <;> exact hz)
  refine ⟨key.1, ?_, (hmaj k hk).2⟩
  have key := key.2
  have e2 := total_congr (f := m.val) (g := m.tensor.at) fun i hi => by
    rw [Magnitudes.tensor, Tensor.at_ofFn (hl i hi)]
  rw [e2, total_eq_sumOver, total_eq_sumOver] at key
  rw [Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  cases includePad <;> exact key

end Lemmanet
