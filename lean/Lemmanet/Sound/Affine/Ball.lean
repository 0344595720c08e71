module

public import Lemmanet.Exec.Ball
public import Lemmanet.Sound.Affine.Input

/-!
# Balls in the `l1` and `l2` norms

Forms of the input on a ball, by the dual norm.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α] {s t : Shape}

/-! ## Dual norms -/

/-- A positive factor can be left out. -/
private theorem le_of_mul_le {a b c : α} (hc : 0 < c) (h : c * a ≤ c * b) : a ≤ b :=
  Std.not_lt.1 fun hlt => by
    have := OrderedRing.mul_lt_mul_of_pos_left hlt hc
    grind

/-- A square is not negative. -/
theorem mul_self_nonneg (a : α) : 0 ≤ a * a := by
  rcases Std.le_total (a := (0 : α)) (b := a) with h | h
  · have := OrderedRing.mul_le_mul_of_nonneg_left h h
    grind
  · have := OrderedRing.mul_le_mul_of_nonneg_left (show 0 ≤ -a by grind) (show 0 ≤ -a by grind)
    grind

/-- A term of a sum whose terms are not negative. -/
theorem le_sum_of_nonneg {n : Nat} {f : Nat → α} (h : ∀ i, i < n → 0 ≤ f i) {k : Nat}
    (hk : k < n) : f k ≤ sum n f := by
  induction n with
  | zero => omega
  | succ n ih =>
    have h0 : ∀ m, m ≤ n → 0 ≤ sum m f := fun m hm => by
      have := sum_le_sum (n := m) (f := fun _ => 0) (g := f) fun i hi => h i (by omega)
      rwa [sum_zero] at this
    rw [sum]
    rcases Nat.lt_succ_iff_lt_or_eq.1 hk with hk | rfl
    · have h1 := ih (fun i hi => h i (by omega)) hk
      have h2 := h n (by omega)
      grind
    · have := h0 k (Nat.le_refl _)
      grind

variable [DecidableLE α]

/-- An absolute value and its number. -/
theorem abs_cases (z : α) :
    (0 ≤ z ∧ maxOf z (-z) = z) ∨ (z ≤ 0 ∧ maxOf z (-z) = -z) := by
  unfold maxOf
  split <;> grind

/-- The dual norm of `l1` is the largest absolute value. -/
theorem sum_mul_le_l1 {n : Nat} {a z : Nat → α} {R T : α} (hR : 0 < R) (hT : 0 ≤ T)
    (ha : ∀ k, k < n → a k * R ≤ T ∧ -a k * R ≤ T)
    (hz : (sum n fun k => maxOf (z k) (-z k)) ≤ R) : (sum n fun k => a k * z k) ≤ T := by
  refine le_of_mul_le hR ?_
  have h1 : (sum n fun k => R * (a k * z k)) ≤ sum n fun k => T * maxOf (z k) (-z k) :=
    sum_le_sum fun k hk => by
      obtain ⟨h1, h2⟩ := ha k hk
      rcases abs_cases (z k) with ⟨h, e⟩ | ⟨h, e⟩
      · rw [e]
        have := OrderedRing.mul_le_mul_of_nonneg_right h1 h
        grind
      · rw [e]
        have := OrderedRing.mul_le_mul_of_nonneg_right h2 (show 0 ≤ -z k by grind)
        grind
  rw [sum_mul_left, sum_mul_left] at h1
  have h2 := OrderedRing.mul_le_mul_of_nonneg_left hz hT
  rw [show R * T = T * R by grind]
  exact Std.le_trans h1 h2

omit [DecidableLE α] in
/-- The dual norm of `l2` is `l2`: where the squares of the coefficients, times the square of the radius,
add up to no more than the square of a bound. -/
theorem sum_mul_le_l2 {n : Nat} {a z : Nat → α} {R T : α} (hR : 0 < R) (hT : 0 < T)
    (ha : (sum n fun k => a k * a k) * (R * R) ≤ T * T)
    (hz : (sum n fun k => z k * z k) ≤ R * R) : (sum n fun k => a k * z k) ≤ T := by
  have hRR : 0 < R * R := OrderedRing.mul_pos hR hR
  have hc : 0 < T * (R * R) := OrderedRing.mul_pos hT hRR
  -- The square of `R * R * a - T * z` is not negative.
  have h1 : (sum n fun k => (T * (R * R) + T * (R * R)) * (a k * z k)) ≤
      sum n fun k => (R * R) * (R * R) * (a k * a k) + T * T * (z k * z k) :=
    sum_le_sum fun k _ => by
      have := mul_self_nonneg (R * R * a k - T * z k)
      grind
  rw [sum_mul_left, sum_add, sum_mul_left, sum_mul_left] at h1
  have h2 := OrderedRing.mul_le_mul_of_nonneg_left ha (Std.le_of_lt hRR)
  have h3 := OrderedRing.mul_le_mul_of_nonneg_left hz (mul_self_nonneg T)
  refine le_of_mul_le hc ?_
  grind

/-! ## Lanes -/

/-- The distance of a digit from its offset is the absolute value of what it stands for. -/
theorem gap_eq (u o : Nat) : gap u o = (Int.subNatNat u o).natAbs := by
  show (u - o) + (o - u) = _
  rw [Int.subNatNat_eq_coe]
  omega

/-- What `noneAbove` checks. -/
theorem noneAbove_spec {bits offset p m r : Nat} {xs : List Nat}
    (h : noneAbove bits offset p m r xs = true) {k : Nat} (hk : k < xs.length) :
    p * gap (digit bits bits (xs.getD k 0) r) offset ≤ m := by
  induction xs generalizing k with
  | nil => simp at hk
  | cons x xs ih =>
    have h : (Nat.ble (Nat.mul p (gap (digit bits bits x r) offset)) m &&
      noneAbove bits offset p m r xs) = true := h
    rw [Bool.and_eq_true] at h
    cases k with
    | zero => exact Nat.le_of_ble_eq_true h.1
    | succ k => simpa using ih h.2 (by simpa using hk)

/-- What `squares` computes. -/
theorem squares_eq (bits offset r : Nat) (xs : List Nat) : squares bits offset r xs =
    nsum xs.length fun k => gap (digit bits bits (xs.getD k 0) r) offset ^ 2 := by
  induction xs with
  | nil => rfl
  | cons x xs ih =>
    rw [List.length_cons, nsum_succ',
      show squares bits offset r (x :: xs) =
        gap (digit bits bits x r) offset ^ 2 + squares bits offset r xs from rfl, ih]
    simp only [List.getD_cons_zero, List.getD_cons_succ]

omit [DecidableLE α] in
/-- A fraction with a positive numerator is positive. -/
private theorem ratio_pos {a : Int} {d : Nat} (hd : 0 < d) (ha : 1 ≤ a) : (0 : α) < ratio a d := by
  have := ratio_lt_ratio (α := α) (a := 0) (b := a) hd hd (by
    have := Int.mul_le_mul_of_nonneg_right ha (show (0 : Int) ≤ d by omega)
    omega)
  rwa [ratio_zero] at this

omit [DecidableLE α] in
/-- An absolute value, as a fraction, bounds the fraction on both sides. -/
theorem ratio_natAbs {a : Int} {d : Nat} :
    (ratio a d : α) ≤ ratio (a.natAbs : Int) d ∧ -(ratio a d : α) ≤ ratio (a.natAbs : Int) d := by
  have h1 := ratio_nonneg (α := α) (a := (a.natAbs : Int) - a) d (by omega)
  have h2 := ratio_nonneg (α := α) (a := (a.natAbs : Int) + a) d (by omega)
  rw [ratio_sub] at h1
  rw [ratio_add] at h2
  constructor <;> grind

namespace Rows

variable {n p q : Nat} {A : Rows} {v : Lanes} {r : Nat} {x y : Tensor α s}

/-- A form of the difference from the center of an `l1` ball. -/
theorem le_of_l1Row (hA : A.Good n (Shape.size s)) (hv : 0 < v.den) (hp : 0 < p) (hq : 0 < q)
    (h : A.l1Row p q v r = true) {z : Nat → α}
    (hz : (sum (Shape.size s) fun k => maxOf (z k) (-z k)) ≤ ratio p q) :
    (sum (Shape.size s) fun k => A.val k r * z k) ≤ v.val r := by
  rw [l1Row, Bool.and_eq_true, zle_iff] at h
  have hR : (0 : α) < ratio p q := ratio_pos hq (by omega)
  refine sum_mul_le_l1 hR (ratio_nonneg v.den h.1) (fun k hk => ?_) hz
  have h1 := noneAbove_spec h.2 (k := k) (by rw [hA.length]; exact hk)
  rw [gap_eq, show Int.subNatNat (digit A.bits A.bits (A.entries.getD k 0) r) A.offset = A.int k r
    from rfl] at h1
  have h2 : (ratio ((A.int k r).natAbs * p : Int) (A.den * q) : α) ≤ v.val r := by
    refine ratio_le_ratio (Nat.mul_pos hA.den hq) hv ?_
    have h3 : ((p * v.den * (A.int k r).natAbs : Nat) : Int) ≤
        ((v.int r).toNat * (A.den * q) : Nat) := Int.ofNat_le.2 h1
    simp only [Int.natCast_mul, Int.toNat_of_nonneg h.1] at h3 ⊢
    grind
  rw [ratio_mul _ _ hA.den hq] at h2
  obtain ⟨h4, h5⟩ := ratio_natAbs (α := α) (a := A.int k r) (d := A.den)
  have h6 := OrderedRing.mul_le_mul_of_nonneg_right h4 (Std.le_of_lt hR)
  have h7 := OrderedRing.mul_le_mul_of_nonneg_right h5 (Std.le_of_lt hR)
  exact ⟨Std.le_trans h6 h2, Std.le_trans h7 h2⟩

omit [DecidableLE α] in
/-- A form of the difference from the center of an `l2` ball. -/
theorem le_of_l2Row (hA : A.Good n (Shape.size s)) (hv : 0 < v.den) (hp : 0 < p) (hq : 0 < q)
    (h : A.l2Row p q v r = true) {z : Nat → α}
    (hz : (sum (Shape.size s) fun k => z k * z k) ≤ ratio p q * ratio p q) :
    (sum (Shape.size s) fun k => A.val k r * z k) ≤ v.val r := by
  rw [l2Row, Bool.and_eq_true, zle_iff] at h
  have h0 : (0 : Int) ≤ v.int r := by omega
  refine sum_mul_le_l2 (ratio_pos hq (by omega)) (ratio_pos hv h.1) ?_ hz
  have h1 := Nat.le_of_ble_eq_true h.2
  rw [squares_eq, hA.length] at h1
  have hsq : (sum (Shape.size s) fun k => A.val k r * A.val k r) =
      (ratio ((nsum (Shape.size s) fun k =>
        gap (digit A.bits A.bits (A.entries.getD k 0) r) A.offset ^ 2 : Nat) : Int)
        (A.den * A.den) : α) := by
    rw [natCast_nsum_int, ratio_isum]
    refine sum_congr fun k _ => ?_
    rw [gap_eq, show Int.subNatNat (digit A.bits A.bits (A.entries.getD k 0) r) A.offset = A.int k r
      from rfl, show (((A.int k r).natAbs ^ 2 : Nat) : Int) = A.int k r * A.int k r by
        rw [Nat.pow_two, Int.natAbs_mul_self], ratio_mul _ _ hA.den hA.den]
    rfl
  rw [hsq]
  show _ * (ratio p q * ratio p q) ≤ (ratio (v.int r) v.den : α) * ratio (v.int r) v.den
  rw [← ratio_mul _ _ hq hq, ← ratio_mul _ _ hv hv,
    ← ratio_mul _ _ (Nat.mul_pos hA.den hA.den) (Nat.mul_pos hq hq)]
  refine ratio_le_ratio (Nat.mul_pos (Nat.mul_pos hA.den hA.den) (Nat.mul_pos hq hq))
    (Nat.mul_pos hv hv) ?_
  have h2 : (((nsum (Shape.size s) fun k =>
      gap (digit A.bits A.bits (A.entries.getD k 0) r) A.offset ^ 2) * (p * v.den) ^ 2 : Nat) : Int) ≤
      (((v.int r).toNat * (A.den * q)) ^ 2 : Nat) := Int.ofNat_le.2 h1
  simp only [Int.natCast_mul, Int.natCast_pow, Int.toNat_of_nonneg h0] at h2 ⊢
  grind

omit [DecidableLE α] in
/-- The bound from the box. -/
theorem le_of_boxRow {b : Box s} {cuts : List Cut} {d : Lanes} (hA : A.Good n (Shape.size s))
    (hd : 0 < d.den) (h : A.boxRow n b cuts d r = true) (hr : r < n) (hx : b.Mem x)
    (hc : ∀ c, c ∈ cuts → c.Holds x r) : A.eval x r ≤ d.val r := by
  rw [boxRow, Bool.and_eq_true, Bool.and_eq_true, zle_iff] at h
  have hsup := supChecked_of_ok h.1.2
  exact Std.le_trans (hA.eval_le_sup hsup (Box.mem_flat hx h.1.1) hr hc)
    (ratio_le_ratio (Nat.mul_pos hA.den hsup.den) hd h.2)

omit [DecidableLE α] in
/-- The bounds from a ball, or from the box: `row` bounds forms of the difference from the center. -/
theorem Good.le_of_ballOk {row : Lanes → Nat → Bool} {c : Const s} {num : Int} {den : Nat} {b : Box s}
    {cuts : List Cut} {d : Lanes} (hA : A.Good n (Shape.size s)) (hd : d.Good n)
    (h : A.ballOk row n c num den b cuts d = true) (hr : r < n) (hx : b.Mem x)
    (hc : ∀ c, c ∈ cuts → c.Holds x r)
    (hrow : 1 ≤ num → 0 < den → ∀ v : Lanes, 0 < v.den → row v r = true →
      (sum (Shape.size s) fun k => A.val k r * (x.at k - c.val k)) ≤ v.val r) :
    A.eval x r ≤ d.val r := by
  simp only [ballOk, Bool.and_eq_true, zle_iff, Nat.blt_eq, allBelow_iff, Bool.or_eq_true] at h
  obtain ⟨⟨⟨⟨⟨hreg, hnum⟩, hden⟩, hdot⟩, hsub⟩, hall⟩ := h
  rcases hall r hr with h | h
  · have hat : (A.atCenter n (Shape.size s) c.box.flat).Good n ∧ ∀ r, r < n →
        ((A.atCenter n (Shape.size s) c.box.flat).val r : α) = sum (Shape.size s) fun k =>
          A.val k r * ratio ((c.box.flat.get c.box.flat.lowPos k : Int) -
            (c.box.flat.get c.box.flat.lowNeg k : Int)) c.den := hA.dot (α := α) hdot
    obtain ⟨hs, hval⟩ := hd.sub (α := α) hat.1 hsub
    have h1 := hrow hnum hden _ hs.den h
    rw [hval r hr, hat.2 r hr] at h1
    have h2 : (sum (Shape.size s) fun k => A.val k r * (x.at k - c.val k)) =
        A.eval x r - sum (Shape.size s) fun k =>
          A.val k r * ratio ((c.box.flat.get c.box.flat.lowPos k : Int) -
            (c.box.flat.get c.box.flat.lowNeg k : Int)) c.den := by
      rw [eval, ← sum_sub]
      refine sum_congr fun k _ => ?_
      have hlo : ((c.box.flat.get c.box.flat.lowPos k : Int) -
          (c.box.flat.get c.box.flat.lowNeg k : Int)) = c.num k := by
        have h3 : (c.box.flat.ival k).lo = (Ival.point (c.num k) c.den).lo := by
          rw [Const.flat_ival hreg]
        exact Int.subNatNat_eq_coe.symm.trans h3
      rw [hlo, show (ratio (c.num k) c.den : α) = c.val k from rfl]
      grind
    rw [h2] at h1
    grind
  · exact le_of_boxRow hA hd.den h hr hx hc

end Rows

namespace Trace.Bounds

variable {n : Nat} {X : Post s} {cuts : Cuts [s]} {A : Rows} {d : Lanes} {b : Box s} {c : Const s}
  {num : Int} {den : Nat} {limits : Option ((Int × Nat) × (Int × Nat))}

/-- Forms of the input are bounded by their largest values on an `l1` ball, or on a box. -/
theorem l1 (facts : Trace.input.Facts X (b, ()))
    (near : ∀ (α : Type) [OrderedField α] [DecidableLE α] (x : Tensor α s), X α x →
      NearL1 c num den limits x)
    (hok : A.ballOk (A.l1Row num.toNat den) n c num den b cuts.1.cuts d = true) :
    Trace.input.Bounds X n cuts (some A, ()) d := by
  intro hg hd α _ _ env hr r hn hc
  have h := hg.1.le_of_ballOk hd hok hn (facts α env hr).1 hc.1.1 fun hnum hden v hv hrow => by
    refine Rows.le_of_l1Row hg.1 hv (by omega) hden hrow ?_
    rw [show ((num.toNat : Nat) : Int) = num by omega]
    exact (near α env.1 hr).1
  show A.eval env.1 r + 0 ≤ _
  grind

/-- Forms of the input are bounded by their largest values on an `l2` ball, or on a box. -/
theorem l2 (facts : Trace.input.Facts X (b, ()))
    (near : ∀ (α : Type) [OrderedField α] [DecidableLE α] (x : Tensor α s), X α x →
      NearL2 c num den limits x)
    (hok : A.ballOk (A.l2Row num.toNat den) n c num den b cuts.1.cuts d = true) :
    Trace.input.Bounds X n cuts (some A, ()) d := by
  intro hg hd α _ _ env hr r hn hc
  have h := hg.1.le_of_ballOk hd hok hn (facts α env hr).1 hc.1.1 fun hnum hden v hv hrow => by
    refine Rows.le_of_l2Row hg.1 hv (by omega) hden hrow ?_
    rw [show ((num.toNat : Nat) : Int) = num by omega]
    exact (near α env.1 hr).1
  show A.eval env.1 r + 0 ≤ _
  grind

end Trace.Bounds

end Lemmanet
