module

public import Lemmanet.Spec.Box

/-!
# Properties

What a theorem says about a network: on every input of a box, the output satisfies a formula built
from linear inequalities; or the output's largest entry is that of a label.
-/

public noncomputable section

namespace Lemmanet

variable {α : Type} [OrderedField α]

/-- A linear form on the entries of a tensor, as pairs of coefficient and flat index. -/
abbrev Form := List (Int × Nat)

/-- The value of a linear form. -/
@[expose] def Form.eval {s : Shape} (form : Form) (y : Tensor α s) : α :=
  match form with
  | [] => 0
  | (c, i) :: rest => (c : α) * y.at i + Form.eval rest y

/-- A condition on an output: linear inequalities with rational bounds, "and", "or". -/
inductive Formula where
  /-- `form ≤ num / den` -/
  | le (form : Form) (num : Int) (den : Nat)
  /-- `form < num / den` -/
  | lt (form : Form) (num : Int) (den : Nat)
  /-- Both hold. -/
  | and (a b : Formula)
  /-- One of the two holds. -/
  | or (a b : Formula)
  /-- Always true. -/
  | true
  /-- Never true. -/
  | false

/-- What a formula says about a tensor. -/
@[expose] def Formula.Holds {s : Shape} (y : Tensor α s) : Formula → Prop
  | .le form num den => form.eval y ≤ ratio num den
  | .lt form num den => form.eval y < ratio num den
  | .and a b => a.Holds y ∧ b.Holds y
  | .or a b => a.Holds y ∨ b.Holds y
  | .true => True
  | .false => False

/-- On every tensor of the box, the output of the network satisfies the formula. -/
@[expose] def Prog.Ensures (p : Prog [s] t) (input : Box s) (post : Formula) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α] (x : Tensor α s),
    input.Mem x → post.Holds (p.run x)

/-- Some tensor of the box makes the output of the network violate the formula, over every field. -/
@[expose] def Prog.Violates (p : Prog [s] t) (input : Box s) (post : Formula) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α],
    ∃ x : Tensor α s, input.Mem x ∧ ¬ post.Holds (p.run x)

/-- The inputs that differ from `center` by at most `num / den` in each entry and whose entries lie
between the limits, where there are any (`linf` norm). -/
@[expose] def Near {s : Shape} (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (x : Tensor α s) : Prop :=
  ∀ k, k < Shape.size s →
    (center.val k - ratio num den ≤ x.at k ∧ x.at k ≤ center.val k + ratio num den) ∧
    match limits with
    | none => True
    | some ((p, q), (p', q')) => ratio p q ≤ x.at k ∧ x.at k ≤ ratio p' q'

/-- Every entry lies between the limits, where there are any. -/
@[expose] def Within {s : Shape} (limits : Option ((Int × Nat) × (Int × Nat)))
    (x : Tensor α s) : Prop :=
  ∀ k, k < Shape.size s → match limits with
    | none => True
    | some ((p, q), (p', q')) => ratio p q ≤ x.at k ∧ x.at k ≤ ratio p' q'

/-- The inputs whose differences from `center` have absolute values that add up to at most `num / den`,
and whose entries lie between the limits, where there are any (`l1` norm). -/
@[expose] def NearL1 [DecidableLE α] {s : Shape} (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (x : Tensor α s) : Prop :=
  (sum (Shape.size s) fun k => maxOf (x.at k - center.val k) (-(x.at k - center.val k))) ≤
    ratio num den ∧ Within limits x

/-- The inputs whose differences from `center` have squares that add up to at most the square of
`num / den`, and whose entries lie between the limits, where there are any (`l2` norm). -/
@[expose] def NearL2 {s : Shape} (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (x : Tensor α s) : Prop :=
  (sum (Shape.size s) fun k => (x.at k - center.val k) * (x.at k - center.val k)) ≤
    ratio num den * ratio num den ∧ Within limits x

/-- Output `label` exceeds every other output. -/
@[expose] def Wins {n : Nat} (label : Nat) (y : Tensor α [n]) : Prop :=
  ∀ j, j < n → j ≠ label → y.at j < y.at label

/-- Robustness: on every input near the center, the network answers `label`. -/
@[expose] def Prog.Robust (p : Prog [s] [n]) (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (label : Nat) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α] (x : Tensor α s),
    Near center num den limits x → Wins label (p.run x)

/-- Robustness fails: some input near the center makes another output at least as large. -/
@[expose] def Prog.NotRobust (p : Prog [s] [n]) (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (label : Nat) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α],
    ∃ x : Tensor α s, Near center num den limits x ∧ ¬ Wins label (p.run x)

/-- Robustness in the `l1` norm. -/
@[expose] def Prog.RobustL1 (p : Prog [s] [n]) (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (label : Nat) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α] (x : Tensor α s),
    NearL1 center num den limits x → Wins label (p.run x)

/-- Robustness in the `l1` norm fails. -/
@[expose] def Prog.NotRobustL1 (p : Prog [s] [n]) (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (label : Nat) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α],
    ∃ x : Tensor α s, NearL1 center num den limits x ∧ ¬ Wins label (p.run x)

/-- Robustness in the `l2` norm. -/
@[expose] def Prog.RobustL2 (p : Prog [s] [n]) (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (label : Nat) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α] (x : Tensor α s),
    NearL2 center num den limits x → Wins label (p.run x)

/-- Robustness in the `l2` norm fails. -/
@[expose] def Prog.NotRobustL2 (p : Prog [s] [n]) (center : Const s) (num : Int) (den : Nat)
    (limits : Option ((Int × Nat) × (Int × Nat))) (label : Nat) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α],
    ∃ x : Tensor α s, NearL2 center num den limits x ∧ ¬ Wins label (p.run x)

/-- Every entry of the constant is a value of binary32: an integer of at most 24 bits times a power
of two between 2⁻¹⁴⁹ and 2¹⁰⁴. -/
@[expose] def Const.IsBinary32 (c : Const s) : Prop :=
  ∀ k, k < Shape.size s → ∃ (m : Int) (e : Nat), m.natAbs < 2 ^ 24 ∧ e ≤ 253 ∧
    c.num k * 2 ^ 149 = m * 2 ^ e * c.den

end Lemmanet
