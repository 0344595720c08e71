module

public import Lemmanet.Exec.Split
public import Lemmanet.Sound.Affine.Goal

/-!
# Splits cover

What holds at every leaf of a tree of splits holds on all inputs.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α] {s t : Shape} {Γ : List Shape}

/-! ## What is known at a leaf -/

/-- An entry lies on the given side of a number. -/
@[expose] def Side.Holds (side : Side) (x : Tensor α s) : Prop :=
  if side.above then ratio side.num side.den ≤ x.at side.entry
  else x.at side.entry ≤ ratio side.num side.den

namespace Sides

/-- All entries of all variables lie where they are known to lie. -/
@[expose] def Hold : {Γ : List Shape} → Sides Γ → Env α Γ → Prop
  | [], _, _ => True
  | _ :: _, (sides, rest), env => (∀ side, side ∈ sides → side.Holds env.1) ∧ rest.Hold env.2

/-- Nothing known holds of everything. -/
theorem hold_none : {Γ : List Shape} → (env : Env α Γ) → (Sides.none : Sides Γ).Hold env
  | [], _ => trivial
  | _ :: _, env => ⟨fun _ h => (List.not_mem_nil h).elim, hold_none env.2⟩

/-- One more thing known. -/
theorem hold_add {side : Side} {v : Var Γ s} {sides : Sides Γ} {env : Env α Γ} (h : sides.Hold env)
    (hs : side.Holds (v.get env)) : (sides.add side v).Hold env := by
  induction v with
  | last =>
    refine ⟨fun side' h' => ?_, h.2⟩
    rcases List.mem_cons.1 h' with rfl | h'
    · exact hs
    · exact h.1 side' h'
  | before v ih => exact ⟨h.1, ih h.2 hs⟩

/-- What `above` finds. -/
theorem le_of_above {c : Cut} {sides : List Side} {x : Tensor α s} (h : above c sides = true)
    (hs : ∀ side, side ∈ sides → side.Holds x) : ratio c.num c.den ≤ x.at c.entry := by
  induction sides with
  | nil => cases h
  | cons side sides ih =>
    simp only [above, Bool.or_eq_true, Bool.and_eq_true, Nat.beq_eq, Nat.blt_eq, zle_iff] at h
    rcases h with ⟨⟨⟨⟨h1, h2⟩, h3⟩, h4⟩, h5⟩ | h
    · have := hs side List.mem_cons_self
      rw [Side.Holds, if_pos h1, h2] at this
      exact Std.le_trans (ratio_le_ratio h4 h3 h5) this
    · exact ih h fun side' h' => hs side' (List.mem_cons_of_mem _ h')

/-- What `below` finds. -/
theorem le_of_below {c : Cut} {sides : List Side} {x : Tensor α s} (h : below c sides = true)
    (hs : ∀ side, side ∈ sides → side.Holds x) : x.at c.entry ≤ ratio c.num c.den := by
  induction sides with
  | nil => cases h
  | cons side sides ih =>
    simp only [below, Bool.or_eq_true, Bool.and_eq_true, Nat.beq_eq, Nat.blt_eq, zle_iff,
      Bool.not_eq_true'] at h
    rcases h with ⟨⟨⟨⟨h1, h2⟩, h3⟩, h4⟩, h5⟩ | h
    · have := hs side List.mem_cons_self
      rw [Side.Holds, h1, if_neg (by decide), h2] at this
      exact Std.le_trans this (ratio_le_ratio h3 h4 h5)
    · exact ih h fun side' h' => hs side' (List.mem_cons_of_mem _ h')

/-- A form that is not among those of some cuts, or else the cuts are known to hold. -/
private theorem not_testBit {a b r : Nat} (h : a &&& b = 0) (hb : b.testBit r = true) :
    ¬ a.testBit r = true := fun ha => by
  have := congrArg (Nat.testBit · r) h
  simp [ha, hb] at this

/-- What is known of a variable implies its cuts. -/
theorem holds_of_impliesAll {forms r : Nat} (hr : forms.testBit r = true) {sides : List Side}
    {cuts : List Cut} {x : Tensor α s} (h : impliesAll forms sides cuts = true)
    (hs : ∀ side, side ∈ sides → side.Holds x) : ∀ c, c ∈ cuts → c.Holds x r := by
  induction cuts with
  | nil => exact fun _ h => (List.not_mem_nil h).elim
  | cons c cuts ih =>
    simp only [impliesAll, Bool.or_eq_true, Bool.and_eq_true, Nat.beq_eq] at h
    obtain ⟨⟨h1, h2⟩, h3⟩ := h
    intro c' hc'
    rcases List.mem_cons.1 hc' with rfl | hc'
    · refine ⟨fun ha => ?_, fun hb => ?_⟩
      · rcases h1 with h1 | h1
        · exact (not_testBit h1 hr ha).elim
        · exact le_of_above h1 hs
      · rcases h2 with h2 | h2
        · exact (not_testBit h2 hr hb).elim
        · exact le_of_below h2 hs
    · exact ih h3 c' hc'

/-- What is known implies the cuts of all variables. -/
theorem holds_of_implies {forms r : Nat} (hr : forms.testBit r = true) :
    {Γ : List Shape} → {sides : Sides Γ} → {cuts : Cuts Γ} → {env : Env α Γ} →
      sides.implies forms cuts = true → sides.Hold env → cuts.Holds env r
  | [], _, _, _, _, _ => trivial
  | _ :: _, (sides, rest), (limits, cuts), env, h, hs => by
    have h : (limits.parts.isEmpty && impliesAll forms sides limits.cuts &&
      rest.implies forms cuts) = true := h
    rw [Bool.and_eq_true, Bool.and_eq_true, List.isEmpty_iff] at h
    exact ⟨⟨holds_of_impliesAll hr h.1.2 hs.1, h.1.1 ▸ trivial⟩, holds_of_implies hr h.2 hs.2⟩

end Sides

/-! ## Trees -/

/-- The bits of the forms of a leaf. -/
private theorem testBit_forms {first count r : Nat} (h1 : first ≤ r) (h2 : r < first + count) :
    (Nat.shiftLeft (Nat.sub (Nat.pow 2 count) 1) first).testBit r = true := by
  show ((2 ^ count - 1) <<< first).testBit r = true
  rw [Nat.testBit_shiftLeft, Nat.testBit_two_pow_sub_one]
  simp [h1, show r - first < count by omega]

/-- A tree of splits shows the formula. -/
theorem Tree.holds_of_ok {A : Rows} {d : Lanes} {cuts : Cuts Γ} {n : Nat} {f : Formula} {tree : Tree Γ}
    {env : Env α Γ} {y : Tensor α t}
    (hb : ∀ r, r < n → cuts.Holds env r → A.eval y r ≤ d.val r) {sides : Sides Γ}
    (h : tree.ok (Shape.size t) A d cuts n f sides = true) (hs : sides.Hold env) : f.Holds y := by
  induction tree generalizing sides with
  | leaf first count =>
    simp only [ok, Bool.and_eq_true] at h
    obtain ⟨⟨hn, hgoal⟩, himp⟩ := h
    have hn : first + count ≤ n := Nat.le_of_ble_eq_true hn
    exact Rows.holds_of_goalOk hgoal fun r h1 h2 => hb r (by omega)
      (Sides.holds_of_implies (testBit_forms h1 h2) himp hs)
  | split v entry num den low high ihl ihh =>
    rw [ok, Bool.and_eq_true] at h
    rcases Std.le_total (a := (v.get env).at entry) (b := ratio num den) with hle | hle
    · refine ihl h.1 (Sides.hold_add hs ?_)
      rw [Side.Holds, if_neg Bool.false_ne_true]
      exact hle
    · refine ihh h.2 (Sides.hold_add hs ?_)
      rw [Side.Holds, if_pos rfl]
      exact hle

/-- A program that returns a variable whose forms are bounded, each on a part of the inputs, gives what
the bounds show at the leaves of a tree of splits. -/
theorem Prog.SatOn.of_tree {v : Var Γ t} {tr : Trace s Γ} {X : Post s} {n : Nat} {cuts : Cuts Γ}
    {A : Rows} {d : Lanes} {f : Formula} (tree : Tree Γ)
    (h : tr.Bounds X n cuts (Terms.none.plus n v A) d)
    (hok : (A.ok n (Shape.size t) && d.ok n &&
      tree.ok (Shape.size t) A d cuts n f Sides.none) = true) :
    (Prog.ret v).SatOn tr X fun _ _ _ y => f.Holds y := by
  rw [Bool.and_eq_true, Bool.and_eq_true] at hok
  obtain ⟨hg, hev⟩ := Terms.plus_spec (v := v) Terms.good_none (Rows.good_of_ok hok.1.1)
    (Terms.plusOk_none v A)
  refine .ret fun α _ _ env hr => tree.holds_of_ok (fun r hn hc => ?_) hok.2 (Sides.hold_none env)
  have := h hg (Lanes.good_of_ok hok.1.2) α env hr r hn hc
  rw [hev α env r hn, Terms.eval_none] at this
  grind

/-! ## Regions -/

/-- Every tensor of a box lies in one of the parts. -/
theorem mem_or_mem_of_splitOk {b low high : Box s} {k : Nat} (h : splitOk b low high k = true)
    {x : Tensor α s} (hx : b.Mem x) : low.Mem x ∨ high.Mem x := by
  simp only [splitOk, Bool.and_eq_true, Nat.blt_eq, allBelow_iff, Bool.or_eq_true, Nat.beq_eq] at h
  obtain ⟨⟨⟨⟨⟨hb, hl⟩, hh⟩, hk⟩, hmeet⟩, hall⟩ := h
  have hmeet : (high.lo.val k : α) ≤ low.hi.val k := by
    rw [Box.flat_lowPos hh, Box.flat_lowNeg hh, Box.flat_highPos hl, Box.flat_highNeg hl] at hmeet
    exact ratio_le_of_fractionLe hmeet (Box.regular_iff.1 hh).1 (Box.regular_iff.1 hl).1
  have key : ∀ j, j < Shape.size s →
      (low.lo.val j ≤ x.at j ∧ x.at j ≤ high.hi.val j) ∧
        (j ≠ k → x.at j ≤ low.hi.val j ∧ high.lo.val j ≤ x.at j) := fun j hj => by
    obtain ⟨⟨h1, h2⟩, h3⟩ := hall j hj
    obtain ⟨x1, x2⟩ := hx j hj
    refine ⟨⟨Std.le_trans (Flat.low_le hl hb h1) x1, Std.le_trans x2 (Flat.high_le hb hh h2)⟩,
      fun hne => ?_⟩
    rcases h3 with h3 | h3
    · exact (hne h3).elim
    · exact ⟨Std.le_trans x2 (Flat.high_le hb hl h3.1), Std.le_trans (Flat.low_le hh hb h3.2) x1⟩
  rcases Std.le_total (a := x.at k) (b := low.hi.val k) with hle | hle
  · refine .inl fun j hj => ⟨(key j hj).1.1, ?_⟩
    by_cases hjk : j = k
    · rw [hjk]; exact hle
    · exact ((key j hj).2 hjk).1
  · refine .inr fun j hj => ⟨?_, (key j hj).1.2⟩
    by_cases hjk : j = k
    · rw [hjk]; exact Std.le_trans hmeet hle
    · exact ((key j hj).2 hjk).2

/-- A program satisfies a condition on a box if it does so on two boxes that cover it, which differ from
it in entry `k`. -/
theorem Prog.Sat.split {p : Prog [s] t} {b : Box s} {post : Post t} (k : Nat) (low high : Box s)
    (hok : splitOk b low high k = true) (hlow : p.Sat (low, ()) post) (hhigh : p.Sat (high, ()) post) :
    p.Sat (b, ()) post := by
  intro α _ _ env he
  rcases mem_or_mem_of_splitOk hok he.1 with h | h
  · exact hlow α env ⟨h, trivial⟩
  · exact hhigh α env ⟨h, trivial⟩

end Lemmanet
