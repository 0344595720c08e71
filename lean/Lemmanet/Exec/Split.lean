module

public import Lemmanet.Exec.Conclude

/-!
# Splits

The inputs are split by where entries of values lie, relative to given numbers: the sign of the argument of
an activation, or a threshold on an entry of the input. Each leaf of the tree of splits has forms of its
own, which are bounded only where the conditions on the way to that leaf hold.
-/

public noncomputable section

namespace Lemmanet

/-- A tree of splits of the values of a context. -/
inductive Tree (Γ : List Shape) where
  /-- A leaf: its forms are those from `first` on, `count` in number. -/
  | leaf (first count : Nat)
  /-- Entry `entry` of a variable is at most `num / den` in the first part, and at least that in the
  second. -/
  | split {s : Shape} (v : Var Γ s) (entry : Nat) (num : Int) (den : Nat) (low high : Tree Γ)

/-- On which side of a number an entry lies. -/
structure Side where
  /-- The entry. -/
  entry : Nat
  /-- The numerator of the number. -/
  num : Int
  /-- The denominator of the number. -/
  den : Nat
  /-- The entry is at least the number; else it is at most the number. -/
  above : Bool

/-- What is known of each variable of a context. -/
@[expose] def Sides : List Shape → Type
  | [] => Unit
  | _ :: Γ => List Side × Sides Γ

namespace Sides

/-- Nothing is known. -/
@[expose] def none : {Γ : List Shape} → Sides Γ
  | [] => ()
  | _ :: _ => ([], none)

/-- One more thing is known of a variable. -/
@[expose] def add (side : Side) : {Γ : List Shape} → {s : Shape} → Var Γ s → Sides Γ → Sides Γ
  | _, _, .last, (sides, rest) => (side :: sides, rest)
  | _, _, .before v, (sides, rest) => (sides, add side v rest)

/-- Some side says that the entry of a cut is at least its number. -/
@[expose] def above (c : Cut) : List Side → Bool
  | [] => false
  | side :: sides =>
    (side.above && Nat.beq side.entry c.entry && Nat.blt 0 side.den && Nat.blt 0 c.den &&
      zle (c.num * side.den) (side.num * c.den)) || above c sides

/-- Some side says that the entry of a cut is at most its number. -/
@[expose] def below (c : Cut) : List Side → Bool
  | [] => false
  | side :: sides =>
    (!side.above && Nat.beq side.entry c.entry && Nat.blt 0 side.den && Nat.blt 0 c.den &&
      zle (side.num * c.den) (c.num * side.den)) || below c sides

/-- The cuts that concern one of the forms `forms`, given as bits, are known to hold. -/
@[expose] def impliesAll (forms : Nat) (sides : List Side) : List Cut → Bool
  | [] => true
  | c :: cuts =>
    (Nat.beq (Nat.land c.above forms) 0 || above c sides) &&
      (Nat.beq (Nat.land c.below forms) 0 || below c sides) && impliesAll forms sides cuts

/-- The same for all variables. -/
@[expose] def implies (forms : Nat) : {Γ : List Shape} → Sides Γ → Cuts Γ → Bool
  | [], _, _ => true
  | _ :: _, (sides, rest), (limits, cuts) =>
    limits.parts.isEmpty && impliesAll forms sides limits.cuts && implies forms rest cuts

end Sides

/-- At each leaf the formula follows from the bounds of the leaf's forms, and what is known there implies
all cuts of these forms. -/
@[expose] def Tree.ok {Γ : List Shape} (size : Nat) (A : Rows) (d : Lanes) (cuts : Cuts Γ) (n : Nat)
    (f : Formula) : Tree Γ → Sides Γ → Bool
  | .leaf first count, sides =>
    Nat.ble (Nat.add first count) n && A.goalOk size d first count f &&
      sides.implies (Nat.shiftLeft (Nat.sub (Nat.pow 2 count) 1) first) cuts
  | .split v entry num den low high, sides =>
    low.ok size A d cuts n f (sides.add ⟨entry, num, den, false⟩ v) &&
      high.ok size A d cuts n f (sides.add ⟨entry, num, den, true⟩ v)

/-- Every tensor of the box `b` lies in `low` or in `high`. The boxes may differ from `b` in the ends of
entry `k` between them, where they must meet. -/
@[expose] def splitOk (b low high : Box s) (k : Nat) : Bool :=
  b.regular && low.regular && high.regular && Nat.blt k (Shape.size s) &&
    fractionLe (high.flat.get high.flat.lowPos k) (high.flat.get high.flat.lowNeg k) high.den
      (low.flat.get low.flat.highPos k) (low.flat.get low.flat.highNeg k) low.den &&
    allBelow (Shape.size s) fun j =>
      low.flat.lowLe j b.flat j && b.flat.highLe j high.flat j &&
        (Nat.beq j k || (b.flat.highLe j low.flat j && high.flat.lowLe j b.flat j))

end Lemmanet
