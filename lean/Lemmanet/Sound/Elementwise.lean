module

public import Lemmanet.Exec.Elementwise
public import Lemmanet.Sound.Ends

/-!
# Checks of entrywise operators are sound
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

/-- If each entry of a tensor lies in an interval and the intervals lie within a box, the tensor lies
in the box. -/
theorem Box.mem_of_contains {α : Type} [OrderedField α] {s : Shape} {b : Box s} {I : Nat → Ival}
    {f : Nat → α} (h : b.contains I = true) (hm : ∀ k, k < Shape.size s → Ival.Mem (f k) (I k)) :
    b.Mem (Tensor.ofFn f) := by
  rw [Box.contains, Bool.and_eq_true, allBelow_iff] at h
  intro k hk
  have hw := h.2 k hk
  rw [Box.flat_ival h.1] at hw
  rw [Tensor.at_ofFn hk]
  exact Ival.of_within hw (Box.regular_iff.1 h.1).1 (hm k hk)

/-- The interval of an entry contains the entry. -/
theorem Box.mem_flat_ival {α : Type} [OrderedField α] {s : Shape} {b : Box s} {x : Tensor α s}
    (h : b.Mem x) (hr : b.regular = true) {k : Nat} (hk : k < Shape.size s) :
    Ival.Mem (x.at k) (b.flat.ival k) := by
  rw [Box.flat_ival hr]
  exact Box.mem_ival h (Box.regular_iff.1 hr).1 hk

/-- The interval of an entry of a constant contains the entry. -/
theorem Const.mem_flat_ival {α : Type} [OrderedField α] {s : Shape} {c : Const s}
    (hr : c.regular = true) (k : Nat) : Ival.Mem (c.val k : α) (c.box.flat.ival k) := by
  rw [Const.flat_ival hr]
  exact Ival.mem_point (Const.den_pos hr)

/-- Multiples by an entry of a constant. -/
theorem Const.mem_scale {α : Type} [OrderedField α] {s : Shape} {c : Const s} {x : α} {a : Ival}
    (hr : c.regular = true) (hx : a.Mem x) (k : Nat) :
    Ival.Mem (c.val k * x) (a.scale (c.box.flat.ival k).lo c.den) := by
  rw [Const.flat_ival hr]
  exact Ival.mem_scale (Const.den_pos hr) hx

/-- An entrywise operator with one argument maps boxes as its check says. -/
theorem unary_maps {op : Op [s] s} {f : Ival → Ival} {g : (α : Type) → [OrderedField α] →
    [DecidableLE α] → α → α} {x y : Box s}
    (hop : ∀ (α : Type) [OrderedField α] [DecidableLE α] (v : Tensor α s),
      op.denote (v, ()) = .ofFn fun k => g α (v.at k))
    (hf : ∀ (α : Type) [OrderedField α] [DecidableLE α] (v : α) (a : Ival), a.Mem v → (f a).Mem (g α v))
    (h : unaryCheck f x y = true) : op.Maps (x, ()) y := by
  rw [unaryCheck, Bool.and_eq_true] at h
  intro α _ _ ⟨v, u⟩ hv
  rw [show u = () from rfl, hop]
  exact Box.mem_of_contains h.2 fun k hk => hf α _ _ (Box.mem_flat_ival hv.1 h.1 hk)

/-- An entrywise operator with two arguments maps boxes as its check says. -/
theorem binary_maps {op : Op [s, s] s} {f : Ival → Ival → Ival} {g : (α : Type) →
    [OrderedField α] → [DecidableLE α] → α → α → α} {x y z : Box s}
    (hop : ∀ (α : Type) [OrderedField α] [DecidableLE α] (v w : Tensor α s),
      op.denote (v, w, ()) = .ofFn fun k => g α (v.at k) (w.at k))
    (hf : ∀ (α : Type) [OrderedField α] [DecidableLE α] (v w : α) (a b : Ival),
      a.Mem v → b.Mem w → (f a b).Mem (g α v w))
    (h : binaryCheck f x y z = true) : op.Maps (x, y, ()) z := by
  rw [binaryCheck, Bool.and_eq_true, Bool.and_eq_true] at h
  intro α _ _ ⟨v, w, u⟩ hv
  rw [show u = () from rfl, hop]
  exact Box.mem_of_contains h.2 fun k hk => hf α _ _ _ _
    (Box.mem_flat_ival hv.1 h.1.1 hk) (Box.mem_flat_ival hv.2.1 h.1.2 hk)

/-- Differences lie in the sum with the negation. -/
theorem Ival.mem_sub {α : Type} [OrderedField α] {x y : α} {a b : Ival} (hx : a.Mem x)
    (hy : b.Mem y) : (a.add b.neg).Mem (x - y) := by
  have := Ival.mem_add hx (Ival.mem_neg hy)
  rwa [show x + -y = x - y by grind] at this

/-- Absolute values lie in the interval of absolute values. -/
theorem Ival.mem_abs {α : Type} [OrderedField α] [DecidableLE α] {x : α} {a : Ival}
    (hx : a.Mem x) : a.abs.Mem (maxOf x (-x)) := by
  obtain ⟨ha, hl, hh⟩ := hx
  have hap := natCast_pos (α := α) ha
  have key : ∀ v : α, x ≤ v → -x ≤ v → (x * a.den ≤ v * a.den ∧ -(x * a.den) ≤ v * a.den) ∧
      0 ≤ v * a.den := by
    intro v h1 h2
    have h1 := OrderedRing.mul_le_mul_of_nonneg_right h1 (Std.le_of_lt hap)
    have h2 := OrderedRing.mul_le_mul_of_nonneg_right h2 (Std.le_of_lt hap)
    refine ⟨⟨h1, by grind⟩, by grind⟩
  have hx1 : x ≤ maxOf x (-x) := by unfold maxOf; split <;> grind
  have hx2 : -x ≤ maxOf x (-x) := by unfold maxOf; split <;> grind
  obtain ⟨⟨k1, k2⟩, k3⟩ := key _ hx1 hx2
  refine ⟨ha, ?_, ?_⟩ <;> simp only [abs]
  · rcases zmax_cases (zmax a.lo (-a.hi)) 0 with ⟨-, e⟩ | ⟨-, e⟩ <;> rw [e]
    · rw [Ring.intCast_zero]; exact k3
    · rcases zmax_cases a.lo (-a.hi) with ⟨-, e⟩ | ⟨-, e⟩ <;> rw [e]
      · rw [Ring.intCast_neg]; grind
      · grind
  · rcases zmax_cases a.hi (-a.lo) with ⟨hle, e⟩ | ⟨hle, e⟩ <;> rw [e] <;>
      have hle := intCast_le (α := α) hle <;> simp only [Ring.intCast_neg] at hle ⊢ <;>
      unfold maxOf <;> split <;> grind

/-- Leaky rectifications lie in the interval of them. -/
theorem Ival.mem_leakyRelu {α : Type} [OrderedField α] [DecidableLE α] {x : α} {a : Ival}
    {num : Int} {den : Nat} (hd : 0 < den) (hn : 0 ≤ num) (hx : a.Mem x) :
    (a.leakyRelu num den).Mem (if 0 ≤ x then x else ratio num den * x) := by
  obtain ⟨ha, hl, hh⟩ := hx
  have hap := natCast_pos (α := α) ha
  have hdp := natCast_pos (α := α) hd
  have hnn := intCast_le (α := α) hn
  rw [Ring.intCast_zero] at hnn
  have he : ratio num den * x * ((den : α) * (a.den : α)) = (num : α) * (x * (a.den : α)) := by
    unfold ratio; grind
  -- the value, multiplied out, is `den * X` or `num * X` with `X = x * a.den`
  have sgn : (0 ≤ x → 0 ≤ x * (a.den : α)) ∧ (¬ 0 ≤ x → x * (a.den : α) ≤ 0) := by
    constructor
    · exact fun h => OrderedRing.mul_nonneg h (Std.le_of_lt hap)
    · intro h
      have := OrderedRing.mul_le_mul_of_nonneg_right (a := x) (b := 0) (by grind) (Std.le_of_lt hap)
      grind
  have mapLo : ∀ v : Int, (v : α) ≤ x * (a.den : α) →
      ((cond (zle 0 v) (den * v) (num * v) : Int) : α) ≤
        (if 0 ≤ x then x else ratio num den * x) * ((den : α) * (a.den : α)) := by
    intro v hv
    have d1 := OrderedRing.mul_le_mul_of_nonneg_left hv (Std.le_of_lt hdp)
    have n1 := OrderedRing.mul_le_mul_of_nonneg_left hv hnn
    cases hz : zle 0 v <;> simp only [cond, Ring.intCast_mul, Ring.intCast_natCast]
    · have hv0 : v ≤ 0 := by
        have : ¬ 0 ≤ v := fun h => by simp [zle_iff.2 h] at hz
        omega
      have hv0 := intCast_le (α := α) hv0
      rw [Ring.intCast_zero] at hv0
      have nv := OrderedRing.mul_le_mul_of_nonneg_left hv0 hnn
      split
      · rename_i h0
        have := OrderedRing.mul_le_mul_of_nonneg_left (sgn.1 h0) (Std.le_of_lt hdp)
        grind
      · rw [he]; exact n1
    · have hv0 := intCast_le (α := α) (zle_iff.1 hz)
      rw [Ring.intCast_zero] at hv0
      split
      · grind
      · rename_i h0
        have hX := sgn.2 h0
        have hz : x * (a.den : α) = 0 := by grind
        have hv' : (v : α) = 0 := by grind
        rw [he, hz, hv']; grind
  have mapHi : ∀ v : Int, x * (a.den : α) ≤ (v : α) →
      (if 0 ≤ x then x else ratio num den * x) * ((den : α) * (a.den : α)) ≤
        ((cond (zle 0 v) (den * v) (num * v) : Int) : α) := by
    intro v hv
    have d1 := OrderedRing.mul_le_mul_of_nonneg_left hv (Std.le_of_lt hdp)
    have n1 := OrderedRing.mul_le_mul_of_nonneg_left hv hnn
    cases hz : zle 0 v <;> simp only [cond, Ring.intCast_mul, Ring.intCast_natCast]
    · have hv0 : v < 0 := by
        have : ¬ 0 ≤ v := fun h => by simp [zle_iff.2 h] at hz
        omega
      have hv0 := intCast_lt (α := α) hv0
      rw [Ring.intCast_zero] at hv0
      split
      · rename_i h0
        have := sgn.1 h0
        grind
      · rw [he]; exact n1
    · have hv0 := intCast_le (α := α) (zle_iff.1 hz)
      rw [Ring.intCast_zero] at hv0
      split
      · grind
      · rename_i h0
        have hX := sgn.2 h0
        have n0 := OrderedRing.mul_le_mul_of_nonneg_left hX hnn
        have d0 := OrderedRing.mul_le_mul_of_nonneg_left hv0 (Std.le_of_lt hdp)
        rw [he]; grind
  refine ⟨Nat.mul_pos hd ha, ?_, ?_⟩ <;> simp only [leakyRelu, Nat.mul_eq, Semiring.natCast_mul]
  · exact mapLo _ hl
  · exact mapHi _ hh

/-- A lower limit. -/
theorem Ival.mem_clipLow {α : Type} [OrderedField α] [DecidableLE α] {x : α} {a : Ival}
    {lo : Option (Int × Nat)} (h : limitOk lo = true) (hx : a.Mem x) :
    (a.clipLow lo).Mem (Lemmanet.clipLow lo x) := by
  match lo, h with
  | none, _ => exact hx
  | some (_, _), h => exact Ival.mem_max hx (Ival.mem_point (by simpa [limitOk] using h))

/-- An upper limit. -/
theorem Ival.mem_clipHigh {α : Type} [OrderedField α] [DecidableLE α] {x : α} {a : Ival}
    {hi : Option (Int × Nat)} (h : limitOk hi = true) (hx : a.Mem x) :
    (a.clipHigh hi).Mem (Lemmanet.clipHigh hi x) := by
  match hi, h with
  | none, _ => exact hx
  | some (_, _), h => exact Ival.mem_min hx (Ival.mem_point (by simpa [limitOk] using h))

/-- Soundness of the check of `constant`. -/
theorem constant_maps {c : Const s} {y : Box s} (h : constantCheck c y = true) :
    (Op.constant c).Maps () y := by
  rw [constantCheck, Bool.and_eq_true] at h
  intro α _ _ _ _
  exact Box.mem_of_contains h.2 fun k _ => Const.mem_flat_ival h.1 k

/-- What `Ends.within` says about single entries. -/
theorem Ends.within_iff {k n m m' : Nat} {x y : Ends} {a b c d : Nat → Int} (hk : 0 < k)
    (hm : m + m' < 2 ^ (k - 1)) (hxl : Signed k n m x.lowPos x.lowNeg a)
    (hxh : Signed k n m x.highPos x.highNeg b) (hyl : Signed k n m' y.lowPos y.lowNeg c)
    (hyh : Signed k n m' y.highPos y.highNeg d) :
    Ends.within k n x y = true ↔ ∀ i, i < n → c i ≤ a i ∧ b i ≤ d i := by
  rw [within, Bool.and_eq_true, lowLe, highLe, hyl.atMost_eq hxl (by omega) hk,
    hxh.atMost_eq hyh hm hk, allFlags_iff hk, allFlags_iff hk]
  simp only [decide_eq_true_eq]
  exact ⟨fun h i hi => ⟨h.1 i hi, h.2 i hi⟩, fun h => ⟨fun i hi => (h i hi).1, fun i hi => (h i hi).2⟩⟩

/-- A bound of a sum over a common denominator. -/
private theorem ratio_add_le {α : Type} [OrderedField α] {D d e g fd fe fg : Nat} {a b c : Int}
    (hd : 0 < d) (he : 0 < e) (hg : 0 < g) (hD : 0 < D) (h₁ : fd * d = D) (h₂ : fe * e = D)
    (h₃ : fg * g = D) :
    ((fd : Int) * a + fe * b ≤ fg * c → (ratio a d : α) + ratio b e ≤ ratio c g) ∧
      ((fg : Int) * c ≤ fd * a + fe * b → (ratio c g : α) ≤ ratio a d + ratio b e) := by
  have scale : ∀ {f q : Nat} {z : Int}, 0 < q → f * q = D →
      (ratio z q : α) = ratio (f * z) D := by
    intro f q z hq hf
    have h := congrArg (Nat.cast : Nat → α) hf
    have := natCast_pos (α := α) hq
    have := natCast_pos (α := α) hD
    simp only [Semiring.natCast_mul] at h
    unfold ratio
    rw [Ring.intCast_mul, Ring.intCast_natCast]
    grind
  have sum : (ratio a d : α) + ratio b e = ratio ((fd : Int) * a + fe * b) D := by
    rw [scale hd h₁, scale he h₂]
    unfold ratio
    rw [Ring.intCast_add]
    grind
  have := natCast_pos (α := α) hD
  have le : ∀ {u v : Int}, u ≤ v → (ratio u D : α) ≤ ratio v D := fun {u v} h => by
    refine (ratio_le_iff hD).2 ?_
    have h := intCast_le (α := α) h
    have : (ratio v D : α) * (D : α) = (v : α) := by unfold ratio; grind
    rwa [this]
  rw [sum, scale hg h₃]
  exact ⟨le, le⟩

/-- What `sumCheck` gives, for operators that map the second argument as `f` and `φ` do. -/
private theorem sum_maps {f : Ends → Ends} {x y z : Box s} (h : sumCheck f x y z = true)
    {lo hi : Nat → Int}
    (hlo : ∀ k g, y.width ≤ k → Signed k (Shape.size s) (g * 2 ^ y.width) (f (y.ends k g)).lowPos
      (f (y.ends k g)).lowNeg (fun i => g * lo i))
    (hhi : ∀ k g, y.width ≤ k → Signed k (Shape.size s) (g * 2 ^ y.width) (f (y.ends k g)).highPos
      (f (y.ends k g)).highNeg (fun i => g * hi i)) {α : Type} [OrderedField α] {i : Nat}
    (hi' : i < Shape.size s) :
    (z.lo.val i : α) ≤ x.lo.val i + ratio (lo i) y.den ∧
      x.hi.val i + ratio (hi i) y.den ≤ (z.hi.val i : α) := by
  simp only [sumCheck, Bool.and_eq_true] at h
  obtain ⟨⟨⟨hx, hy⟩, hz⟩, hw⟩ := h
  have hxd := (Box.regular_iff.1 hx).1
  have hyd := (Box.regular_iff.1 hy).1
  have hzd := (Box.regular_iff.1 hz).1
  have hD : 0 < commonDen x y z := Nat.lcm_pos (Nat.lcm_pos hxd hyd) hzd
  have dx : x.den ∣ commonDen x y z := Nat.dvd_trans (Nat.dvd_lcm_left ..) (Nat.dvd_lcm_left ..)
  have dy : y.den ∣ commonDen x y z := Nat.dvd_trans (Nat.dvd_lcm_right ..) (Nat.dvd_lcm_left ..)
  have dz : z.den ∣ commonDen x y z := Nat.dvd_lcm_right ..
  have ex := Nat.div_mul_cancel dx
  have ey := Nat.div_mul_cancel dy
  have ez := Nat.div_mul_cancel dz
  have px := Nat.div_pos (Nat.le_of_dvd hD dx) hxd
  have py := Nat.div_pos (Nat.le_of_dvd hD dy) hyd
  have pz := Nat.div_pos (Nat.le_of_dvd hD dz) hzd
  have room := lt_flagBits (commonDen x y z / x.den * 2 ^ x.width +
    commonDen x y z / y.den * 2 ^ y.width + commonDen x y z / z.den * 2 ^ z.width)
  have hk : 0 < tripleBits (commonDen x y z) x y z := Nat.succ_pos _
  have room : _ < 2 ^ (tripleBits (commonDen x y z) x y z - 1) := room
  generalize tripleBits (commonDen x y z) x y z = k at hw room hk
  generalize commonDen x y z = D at hw room hD ex ey ez px py pz
  simp only [show ∀ a b : Nat, Nat.div a b = a / b from fun _ _ => rfl] at hw
  generalize D / x.den = fx at hw room ex px
  generalize D / y.den = fy at hw room ey py
  generalize D / z.den = fz at hw room ez pz
  have width : ∀ {w g : Nat}, 0 < g → g * 2 ^ w < 2 ^ (k - 1) → w ≤ k := fun {w g} hg hlt => by
    have := Nat.lt_of_le_of_lt (Nat.le_mul_of_pos_left (2 ^ w) hg) hlt
    have := (Nat.pow_lt_pow_iff_right (a := 2) (by omega)).1 this
    omega
  have wx : x.width ≤ k := width px (by omega)
  have wy : y.width ≤ k := width py (by omega)
  have wz : z.width ≤ k := width pz (by omega)
  have hw := (Ends.within_iff hk room ((Box.signed_low (f := fx) hx wx).add (hlo k fy wy))
    ((Box.signed_high (f := fx) hx wx).add (hhi k fy wy)) (Box.signed_low (f := fz) hz wz)
    (Box.signed_high (f := fz) hz wz)).1 hw i hi'
  exact ⟨(ratio_add_le hxd hyd hzd hD ex ey ez).2 hw.1, (ratio_add_le hxd hyd hzd hD ex ey ez).1 hw.2⟩

/-- Soundness of the check of `add`. -/
theorem add_maps {x y z : Box s} (h : addCheck x y z = true) : Op.add.Maps (x, y, ()) z := by
  have hy : y.regular = true := by
    simp only [addCheck, sumCheck, Bool.and_eq_true] at h
    exact h.1.1.2
  intro α _ _ ⟨v, w, u⟩ hv k hk
  have := sum_maps (α := α) h (fun _ g => Box.signed_low (f := g) hy)
    (fun _ g => Box.signed_high (f := g) hy) hk
  have h₁ := hv.1 k hk
  have h₂ := hv.2.1 k hk
  have e₁ : (y.lo.val k : α) = ratio (y.lo.num k) y.den := rfl
  have e₂ : (y.hi.val k : α) = ratio (y.hi.num k) y.den := rfl
  show z.lo.val k ≤ Tensor.at (.ofFn fun k => v.at k + w.at k) k ∧
    Tensor.at (.ofFn fun k => v.at k + w.at k) k ≤ z.hi.val k
  rw [Tensor.at_ofFn hk]
  grind

/-- Soundness of the check of `sub`. -/
theorem sub_maps {x y z : Box s} (h : subCheck x y z = true) : Op.sub.Maps (x, y, ()) z := by
  have hy : y.regular = true := by
    simp only [subCheck, sumCheck, Bool.and_eq_true] at h
    exact h.1.1.2
  have turn : ∀ {k m p q g : Nat} {a : Nat → Int},
      Signed k (Shape.size s) m p q (fun i => g * a i) →
        Signed k (Shape.size s) m q p (fun i => g * -a i) := fun hs => by
    have := hs.neg
    simpa only [Int.mul_neg] using this
  intro α _ _ ⟨v, w, u⟩ hv k hk
  have := sum_maps (α := α) h (fun _ g hw => turn (Box.signed_high (f := g) hy hw))
    (fun _ g hw => turn (Box.signed_low (f := g) hy hw)) hk
  have h₁ := hv.1 k hk
  have h₂ := hv.2.1 k hk
  have neg : ∀ a : Int, (ratio (-a) y.den : α) = -ratio a y.den := fun a => by
    unfold ratio
    rw [Ring.intCast_neg]
    grind
  have e₁ : (y.lo.val k : α) = ratio (y.lo.num k) y.den := rfl
  have e₂ : (y.hi.val k : α) = ratio (y.hi.num k) y.den := rfl
  rw [neg, neg] at this
  show z.lo.val k ≤ Tensor.at (.ofFn fun k => v.at k - w.at k) k ∧
    Tensor.at (.ofFn fun k => v.at k - w.at k) k ≤ z.hi.val k
  rw [Tensor.at_ofFn hk]
  grind

/-- Soundness of the check of `max`. -/
theorem max_maps {x y z : Box s} (h : binaryCheck .max x y z = true) : Op.max.Maps (x, y, ()) z :=
  binary_maps (g := fun _ _ _ a b => maxOf a b) (fun _ _ _ _ _ => rfl)
    (fun _ _ _ _ _ _ _ => Ival.mem_max) h

/-- Soundness of the check of `min`. -/
theorem min_maps {x y z : Box s} (h : binaryCheck .min x y z = true) : Op.min.Maps (x, y, ()) z :=
  binary_maps (g := fun _ _ _ a b => minOf a b) (fun _ _ _ _ _ => rfl)
    (fun _ _ _ _ _ _ _ => Ival.mem_min) h

/-- Soundness of the check of `neg`. -/
theorem neg_maps {x y : Box s} (h : unaryCheck .neg x y = true) : Op.neg.Maps (x, ()) y :=
  unary_maps (g := fun _ _ _ a => -a) (fun _ _ _ _ => rfl) (fun _ _ _ _ _ => Ival.mem_neg) h

/-- Soundness of the check of `abs`. -/
theorem abs_maps {x y : Box s} (h : unaryCheck .abs x y = true) : Op.abs.Maps (x, ()) y :=
  unary_maps (g := fun _ _ _ a => maxOf a (-a)) (fun _ _ _ _ => rfl)
    (fun _ _ _ _ _ => Ival.mem_abs) h

/-- Soundness of the check of `relu`. -/
theorem relu_maps {x y : Box s} (h : reluCheck x y = true) : Op.relu.Maps (x, ()) y := by
  simp only [reluCheck, reluEnds, Bool.and_eq_true] at h
  obtain ⟨⟨hx, hy⟩, ⟨hlow, hhigh⟩, hnn⟩ := h
  have hxd := (Box.regular_iff.1 hx).1
  have hyd := (Box.regular_iff.1 hy).1
  have room := room_pairBits hx hy
  generalize pairBits x y = k at hlow hhigh hnn room
  have hf := factor_pos_of hxd hyd
  have hg := factor_pos_of hyd hxd
  have hden := factor_mul_den x.den y.den
  generalize Lanes.factor x.den y.den = f at hlow hhigh hnn room hf hden
  generalize Lanes.factor y.den x.den = g at hlow hhigh hnn room hg hden
  have sum' : g * 2 ^ y.width + f * 2 ^ x.width < 2 ^ (k - 1) := Nat.add_comm _ _ ▸ room.sum
  have xl := Box.signed_low (f := f) hx room.left
  have xh := Box.signed_high (f := f) hx room.left
  have yl := Box.signed_low (f := g) hy room.right
  have yh := Box.signed_high (f := g) hy room.right
  have yroom : g * 2 ^ y.width < 2 ^ (k - 1) := Nat.lt_of_le_of_lt (Nat.le_add_left _ _) room.sum
  rw [Ends.lowLe, yl.atMost_eq xl sum' room.pos, yl.nonpos_eq yroom room.pos,
    flags_lor room.pos, allFlags_iff room.pos] at hlow
  rw [Ends.highLe, xh.atMost_eq yh room.sum room.pos, allFlags_iff room.pos] at hhigh
  rw [digitsLe, yh.nonneg_eq yroom room.pos, allFlags_iff room.pos] at hnn
  simp only [Bool.or_eq_true, decide_eq_true_eq] at hlow hhigh hnn
  intro α _ _ ⟨v, u⟩ hv k hk
  obtain ⟨hvl, hvh⟩ := hv.1 k hk
  have hzero : (ratio 0 1 : α) = 0 := by unfold ratio; rw [Ring.intCast_zero]; grind
  have hhigh := ratio_le_of_scaled (α := α) hxd hyd hg hden (hhigh k hk)
  have hnn : (0 : α) ≤ y.hi.val k := by
    have := ratio_le_of_scaled (α := α) (f := g * y.den) (g := g) (d := 1) (a := 0) (b := y.hi.num k)
      (by omega) hyd hg (Nat.mul_one _) (by simpa using hnn k hk)
    rwa [hzero] at this
  show y.lo.val k ≤ Tensor.at (.ofFn fun k => maxOf (v.at k) 0) k ∧
    Tensor.at (.ofFn fun k => maxOf (v.at k) 0) k ≤ y.hi.val k
  rw [Tensor.at_ofFn hk]
  constructor
  · rcases hlow k hk with hlow | hlow
    · have : (y.lo.val k : α) ≤ x.lo.val k :=
        ratio_le_of_scaled hyd hxd hf hden.symm hlow
      unfold maxOf; split <;> grind
    · have := ratio_le_of_scaled (α := α) (f := g) (g := g * y.den) (e := 1) (a := y.lo.num k) (b := 0)
        hyd (by omega) (Nat.mul_pos hg hyd) (Nat.mul_one _).symm (by simpa using hlow)
      rw [hzero] at this
      have : (y.lo.val k : α) ≤ 0 := this
      unfold maxOf; split <;> grind
  · have : (x.hi.val k : α) ≤ y.hi.val k := hhigh
    unfold maxOf; split <;> grind

/-- Soundness of the check of `leakyRelu`. -/
theorem leakyRelu_maps {num : Int} {den : Nat} {x y : Box s}
    (h : leakyReluCheck num den x y = true) : (Op.leakyRelu num den).Maps (x, ()) y := by
  simp only [leakyReluCheck, Bool.and_eq_true, Nat.blt_eq, zle_iff] at h
  exact unary_maps (g := fun _ _ _ a => if 0 ≤ a then a else ratio num den * a)
    (fun _ _ _ _ => rfl) (fun _ _ _ _ _ => Ival.mem_leakyRelu h.1.1 h.1.2) h.2

/-- Soundness of the check of `clip`. -/
theorem clip_maps {lo hi : Option (Int × Nat)} {x y : Box s} (h : clipCheck lo hi x y = true) :
    (Op.clip lo hi).Maps (x, ()) y := by
  simp only [clipCheck, Bool.and_eq_true] at h
  exact unary_maps (g := fun _ _ _ a => clipHigh hi (clipLow lo a)) (fun _ _ _ _ => rfl)
    (fun _ _ _ _ _ hm => Ival.mem_clipHigh h.1.2 (Ival.mem_clipLow h.1.1 hm)) h.2

/-- Soundness of the check of `affine`. -/
theorem affine_maps {scale shift : Const [c]} {x y : Box s}
    (h : affineCheck scale shift x y = true) : (Op.affine scale shift).Maps (x, ()) y := by
  simp only [affineCheck, Bool.and_eq_true] at h
  obtain ⟨⟨⟨hx, hs⟩, ht⟩, hy⟩ := h
  intro α _ _ ⟨v, _⟩ hv
  exact Box.mem_of_contains hy fun k hk =>
    Ival.mem_add (Const.mem_scale hs (Box.mem_flat_ival hv.1 hx hk) _) (Const.mem_flat_ival ht _)

end Lemmanet
