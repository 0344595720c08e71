module

public import Lemmanet.Exec.Budget.Goal
public import Lemmanet.Sound.Budget.Tracks
public import Lemmanet.Sound.Goal

/-!
# From exact properties and errors to floating-point properties

What holds of all exact outputs with room for the errors holds of the outputs of every floating-point
run.
-/

public noncomputable section

namespace Lemmanet

open Float (Format Datum)

variable {F : Format} {s t : Shape} {n : Nat}

/-- What `Formula.covers` says: the second formula holds of every tensor that is within `e` of one of
which the first formula holds. -/
theorem Formula.holds_of_covers {α : Type} [OrderedField α] {e : Magnitudes s} {f f' : Formula}
    {x y : Tensor α s} (hc : f.covers e f' = Bool.true)
    (hd : ∀ k, k < Shape.size s → y.at k - x.at k ≤ e.val k ∧ x.at k - y.at k ≤ e.val k)
    (h : f.Holds x) : f'.Holds y := by
  sorry

/-- The exact property without the room for errors. -/
theorem Prog.Ensures.of_covers {p : Prog [s] t} {input : Box s} {post post' : Formula}
    {e : Magnitudes t} (h : p.Ensures input post') (hc : post'.covers e post = Bool.true) :
    p.Ensures input post := by
  sorry

/-- Exact robustness, from the formula with room for errors. -/
theorem Prog.Robust.of_covers {p : Prog [s] [n]} {b : Box s} {center : Const s} {num : Int} {den : Nat}
    {limits : Option ((Int × Nat) × (Int × Nat))} {label : Nat} {post' : Formula} {e : Magnitudes [n]}
    (h : p.Ensures b post') (hn : nearCheck center num den limits b = Bool.true)
    (hc : post'.coversWins e label = Bool.true) : p.Robust center num den limits label := by
  sorry

/-- A property of all floating-point runs: the exact network ensures a formula that leaves room for the
errors. -/
theorem Prog.EnsuresIn.of_within {p : Prog [s] t} {input : Box s} {post post' : Formula}
    {e : Magnitudes t} (h : p.Ensures input post')
    (hw : p.Within F (input, ()) (Magnitudes.zero, ()) e) (hc : post'.covers e post = Bool.true) :
    p.EnsuresIn F input post := by
  sorry

/-- Robustness of all floating-point runs. -/
theorem Prog.RobustIn.of_within {p : Prog [s] [n]} {b : Box s} {center : Const s} {num : Int}
    {den : Nat} {limits : Option ((Int × Nat) × (Int × Nat))} {label : Nat} {post' : Formula}
    {e : Magnitudes [n]} (h : p.Ensures b post') (hn : nearCheck center num den limits b = Bool.true)
    (hw : p.Within F (b, ()) (Magnitudes.zero, ()) e) (hc : post'.coversWins e label = Bool.true) :
    p.RobustIn F center num den limits label := by
  sorry

end Lemmanet
