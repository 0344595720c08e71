module

public import Lemmanet.Sound.Affine.Ball
public import Lemmanet.Sound.Split

/-!
# Networks on balls

What is shown on the part of a box that lies in an `l1` or `l2` ball, and what follows for networks.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {s t : Shape} {n : Nat}

/-! ## Boxes and balls together -/

/-- The tensors of a box that satisfy another condition, too. -/
@[expose] def Box.inputsIn (b : Box s) (near : Post s) : Post s := fun α _ _ x => b.Mem x ∧ near α x

/-- They lie in the box. -/
theorem Trace.Facts.boxIn (b : Box s) (near : Post s) :
    Trace.input.Facts (b.inputsIn near) (b, ()) :=
  .input fun _ _ _ _ h => h.1

/-- The inputs of a box that lie near a center in the `l1` norm. -/
@[expose] def Box.inputsL1 (b : Box s) (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) : Post s :=
  b.inputsIn fun _ _ _ x => NearL1 center num den limits x

/-- The inputs of a box that lie near a center in the `l2` norm. -/
@[expose] def Box.inputsL2 (b : Box s) (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) : Post s :=
  b.inputsIn fun _ _ _ x => NearL2 center num den limits x

/-- A program satisfies a condition on a part of a box if it does so on the parts of two boxes that cover
it. -/
theorem Prog.SatOn.split {p : Prog [s] t} {b : Box s} {near : Post s} {post : Post t} (k : Nat)
    (low high : Box s) (hok : splitOk b low high k = true)
    (hlow : p.SatOn .input (low.inputsIn near) post)
    (hhigh : p.SatOn .input (high.inputsIn near) post) :
    p.SatOn .input (b.inputsIn near) post := by
  intro α _ _ env hr
  rcases mem_or_mem_of_splitOk hok hr.1 with h | h
  · exact hlow α env ⟨h, hr.2⟩
  · exact hhigh α env ⟨h, hr.2⟩

/-! ## The box around a ball -/

section Near

variable {α : Type} [OrderedField α] {center : Const s} {num : Int} {den : Nat}
  {limits : Option ((Int × Nat) × (Int × Nat))}

/-- What is near in the `l1` norm is near in each entry. -/
theorem near_of_nearL1 [DecidableLE α] {x : Tensor α s} (h : NearL1 center num den limits x) :
    Near center num den limits x := by
  intro k hk
  refine ⟨?_, h.2 k hk⟩
  have h1 := le_sum_of_nonneg (f := fun k => maxOf (x.at k - center.val k) (-(x.at k - center.val k)))
    (fun i _ => by
      rcases abs_cases (x.at i - center.val i) with ⟨h, e⟩ | ⟨h, e⟩ <;> simp only [e] <;> grind) hk
  have h2 := Std.le_trans h1 h.1
  rcases abs_cases (x.at k - center.val k) with ⟨h, e⟩ | ⟨h, e⟩ <;> simp only [e] at h2 <;>
    constructor <;> grind

/-- What is near in the `l2` norm is near in each entry, if the radius is not negative. -/
theorem near_of_nearL2 {x : Tensor α s} (hnum : 0 ≤ num) (h : NearL2 center num den limits x) :
    Near center num den limits x := by
  intro k hk
  refine ⟨?_, h.2 k hk⟩
  have h1 := le_sum_of_nonneg (f := fun k => (x.at k - center.val k) * (x.at k - center.val k))
    (fun i _ => mul_self_nonneg _) hk
  have h2 := Std.le_trans h1 h.1
  have hR : (0 : α) ≤ ratio num den := ratio_nonneg den hnum
  have key : ∀ z : α, z * z ≤ ratio num den * ratio num den → z ≤ ratio num den := fun z hz =>
    Std.not_lt.1 fun hlt => by
      have h3 := OrderedRing.mul_le_mul_of_nonneg_left (Std.le_of_lt hlt) hR
      have h4 := OrderedRing.mul_lt_mul_of_pos_right hlt (show 0 < z by grind)
      grind
  have h3 := key _ h2
  have h4 := key (-(x.at k - center.val k)) (by grind)
  constructor <;> grind

/-- Every input near the center lies in the box. -/
theorem mem_of_nearCheckBall_l1 [DecidableLE α] {b : Box s}
    (h : nearCheckBall center num den limits b = true) {x : Tensor α s}
    (hx : NearL1 center num den limits x) : b.Mem x := by
  rw [nearCheckBall, Bool.and_eq_true] at h
  exact nearCheck_mem h.2 (near_of_nearL1 hx)

/-- Every input near the center lies in the box. -/
theorem mem_of_nearCheckBall_l2 [DecidableLE α] {b : Box s}
    (h : nearCheckBall center num den limits b = true) {x : Tensor α s}
    (hx : NearL2 center num den limits x) : b.Mem x := by
  rw [nearCheckBall, Bool.and_eq_true, zle_iff] at h
  exact nearCheck_mem h.2 (near_of_nearL2 h.1 hx)

/-- The distance of an entry of a point from that of the center. -/
private theorem pointGap_spec {x : Const s} (hc : center.regular = true) (hx : x.regular = true)
    (k : Nat) : (x.val k - center.val k : α) =
      ratio ((x.box.flat.ival k).lo * center.den - (center.box.flat.ival k).lo * x.den)
        (x.den * center.den) := by
  rw [Const.flat_ival hc, Const.flat_ival hx, ratio_sub]
  show _ = ratio (x.num k * (center.den : Int)) (x.den * center.den) -
    ratio (center.num k * (x.den : Int)) (x.den * center.den)
  rw [Int.mul_comm (x.num k), Nat.mul_comm x.den, ratio_mul_left (Const.den_pos hc) (Const.den_pos hx),
    Int.mul_comm (center.num k), Nat.mul_comm center.den,
    ratio_mul_left (Const.den_pos hx) (Const.den_pos hc)]
  rfl

/-- What `nearPoint` checks of the literals. -/
private theorem regular_of_nearPoint {x : Const s} (h : nearPoint center num den limits x = true) :
    center.regular = true ∧ 0 < den ∧ x.regular = true := by
  simp only [nearPoint, Bool.and_eq_true, Nat.blt_eq] at h
  exact ⟨h.1.1.1.1, h.1.1.1.2, h.1.1.2⟩

/-- A point that passes `nearPointL1` is near the center. -/
theorem near_of_nearPointL1 [DecidableLE α] {x : Const s}
    (h : nearPointL1 center num den limits x = true) :
    NearL1 center num den limits (x.tensor α) := by
  rw [nearPointL1, Bool.and_eq_true, zle_iff] at h
  obtain ⟨hc, hd, hx⟩ := regular_of_nearPoint h.1
  refine ⟨?_, fun k hk => (near_of_nearPoint h.1 k hk).2⟩
  have hpos := Nat.mul_pos (Const.den_pos hx) (Const.den_pos hc)
  have h1 : (sum (Shape.size s) fun k => maxOf ((x.tensor α).at k - center.val k)
      (-((x.tensor α).at k - center.val k))) ≤
      ratio ((nsum (Shape.size s) (pointGap center x) : Nat) : Int) (x.den * center.den) := by
    rw [natCast_nsum_int, ratio_isum]
    refine sum_le_sum fun k hk => ?_
    rw [Const.tensor, Tensor.at_ofFn hk, pointGap_spec hc hx]
    obtain ⟨h1, h2⟩ := ratio_natAbs (α := α)
      (a := (x.box.flat.ival k).lo * center.den - (center.box.flat.ival k).lo * x.den)
      (d := x.den * center.den)
    rcases abs_cases (ratio ((x.box.flat.ival k).lo * center.den -
      (center.box.flat.ival k).lo * x.den) (x.den * center.den) : α) with ⟨_, e⟩ | ⟨_, e⟩ <;> rw [e]
    · exact h1
    · exact h2
  refine Std.le_trans h1 (ratio_le_ratio hpos hd ?_)
  have h2 := h.2
  rw [addUp_eq] at h2
  exact h2

/-- A point that passes `nearPointL2` is near the center. -/
theorem near_of_nearPointL2 {x : Const s} (h : nearPointL2 center num den limits x = true) :
    NearL2 center num den limits (x.tensor α) := by
  rw [nearPointL2, Bool.and_eq_true, zle_iff] at h
  obtain ⟨hc, hd, hx⟩ := regular_of_nearPoint h.1
  refine ⟨?_, fun k hk => (near_of_nearPoint h.1 k hk).2⟩
  have hpos := Nat.mul_pos (Const.den_pos hx) (Const.den_pos hc)
  have h1 : (sum (Shape.size s) fun k => ((x.tensor α).at k - center.val k) *
      ((x.tensor α).at k - center.val k)) =
      ratio ((nsum (Shape.size s) fun k => pointGap center x k ^ 2 : Nat) : Int)
        ((x.den * center.den) * (x.den * center.den)) := by
    rw [natCast_nsum_int, ratio_isum]
    refine sum_congr fun k hk => ?_
    rw [Const.tensor, Tensor.at_ofFn hk, pointGap_spec hc hx, ← ratio_mul _ _ hpos hpos, pointGap,
      Nat.pow_two, Int.natAbs_mul_self]
  rw [h1, ← ratio_mul _ _ hd hd]
  refine ratio_le_ratio (Nat.mul_pos hpos hpos) (Nat.mul_pos hd hd) ?_
  have h2 := h.2
  rw [addUp_eq] at h2
  exact h2

end Near

/-! ## Networks -/

section Networks

variable {p : Prog [s] [n]} {center : Const s} {num : Int} {den : Nat}
  {limits : Option ((Int × Nat) × (Int × Nat))} {label : Nat} {b : Box s}

/-- A network is robust in the `l1` norm when its steps show it on a box around the ball. -/
theorem Prog.RobustL1.of_sat (hb : nearCheckBall center num den limits b = true)
    (h : p.Sat (b, ()) fun _ _ _ y => (winsFormula label n).Holds y) :
    p.RobustL1 center num den limits label :=
  fun α _ _ _ hx => wins_of_formula (h α _ ⟨mem_of_nearCheckBall_l1 hb hx, trivial⟩)

/-- A network is robust in the `l1` norm when its steps show it on the ball. -/
theorem Prog.RobustL1.of_satOn (hb : nearCheckBall center num den limits b = true)
    (h : p.SatOn .input (b.inputsL1 center num den limits)
      fun _ _ _ y => (winsFormula label n).Holds y) :
    p.RobustL1 center num den limits label :=
  fun α _ _ x hx => wins_of_formula (h α (x, ()) ⟨mem_of_nearCheckBall_l1 hb hx, hx⟩)

/-- A network is not robust in the `l1` norm when its steps, from a point of the ball, show another
output at least as large. -/
theorem Prog.NotRobustL1.of_sat (x : Const s) (hx : nearPointL1 center num den limits x = true)
    (hb : pointWithin x b = true)
    (h : p.Sat (b, ()) fun _ _ _ y => (losesFormula label n).Holds y) :
    p.NotRobustL1 center num den limits label :=
  fun α _ _ => ⟨x.tensor α, near_of_nearPointL1 hx,
    not_wins_of_formula (h α _ ⟨point_mem hb, trivial⟩)⟩

/-- A network is robust in the `l2` norm when its steps show it on a box around the ball. -/
theorem Prog.RobustL2.of_sat (hb : nearCheckBall center num den limits b = true)
    (h : p.Sat (b, ()) fun _ _ _ y => (winsFormula label n).Holds y) :
    p.RobustL2 center num den limits label :=
  fun α _ _ _ hx => wins_of_formula (h α _ ⟨mem_of_nearCheckBall_l2 hb hx, trivial⟩)

/-- A network is robust in the `l2` norm when its steps show it on the ball. -/
theorem Prog.RobustL2.of_satOn (hb : nearCheckBall center num den limits b = true)
    (h : p.SatOn .input (b.inputsL2 center num den limits)
      fun _ _ _ y => (winsFormula label n).Holds y) :
    p.RobustL2 center num den limits label :=
  fun α _ _ x hx => wins_of_formula (h α (x, ()) ⟨mem_of_nearCheckBall_l2 hb hx, hx⟩)

/-- A network is not robust in the `l2` norm when its steps, from a point of the ball, show another
output at least as large. -/
theorem Prog.NotRobustL2.of_sat (x : Const s) (hx : nearPointL2 center num den limits x = true)
    (hb : pointWithin x b = true)
    (h : p.Sat (b, ()) fun _ _ _ y => (losesFormula label n).Holds y) :
    p.NotRobustL2 center num den limits label :=
  fun α _ _ => ⟨x.tensor α, near_of_nearPointL2 hx,
    not_wins_of_formula (h α _ ⟨point_mem hb, trivial⟩)⟩

end Networks

end Lemmanet
