module

/-!
# Scalars

The numbers that a network is evaluated over. Everything in `Spec` is stated for an arbitrary
linearly ordered field, in the vocabulary of core Lean, so that `Rat` is an instance here and the
real numbers of any library are one elsewhere.
-/

public noncomputable section

namespace Lemmanet

/-- A linearly ordered field, bundled from core's own classes. There are no further laws: any type
with those instances is an `OrderedField` without further work. -/
class abbrev OrderedField (α : Type) :=
  Lean.Grind.Field α, LE α, LT α, Std.LawfulOrderLT α, Std.IsLinearOrder α, Lean.Grind.OrderedRing α

attribute [scoped instance 100] Lean.Grind.Semiring.natCast Lean.Grind.Ring.intCast

variable {α : Type} [OrderedField α]

/-- `sum n f` is `f 0 + f 1 + … + f (n - 1)`. -/
@[expose] def sum (n : Nat) (f : Nat → α) : α :=
  match n with
  | 0 => 0
  | n + 1 => sum n f + f n

/-- The larger of two scalars. -/
@[expose] def maxOf [DecidableLE α] (a b : α) : α := if a ≤ b then b else a

/-- The smaller of two scalars. -/
@[expose] def minOf [DecidableLE α] (a b : α) : α := if a ≤ b then a else b

/-- The rational number `num / den`, as a scalar. -/
@[expose] def ratio (num : Int) (den : Nat) : α := (num : α) / (den : α)

end Lemmanet
