module

public import Lemmanet.Sound.Budget.Goal

/-!
# Budgets over larger boxes

The box of a budget may differ from that of the exact property.
-/

public noncomputable section

namespace Lemmanet

open Float (Format)

variable {F : Format} {s t : Shape} {n : Nat}

/-- What holds on a box holds on every box within it. -/
theorem Prog.Within.of_boxWithin {p : Prog [s] t} {a b : Box s} {es : MagnitudesEnv [s]}
    {e : Magnitudes t} (h : p.Within F (b, ()) es e) (hb : boxWithin a b = true) :
    p.Within F (a, ()) es e :=
  fun env data y hm => h env data y ⟨boxWithin_mem hb hm.1, trivial⟩

/-- Robustness of all floating-point runs, by a budget over another box than that of the exact
property; both contain all inputs near the center. -/
theorem Prog.RobustIn.of_within_near {p : Prog [s] [n]} {b b' : Box s} {center : Const s} {num : Int}
    {den : Nat} {limits : Option ((Int × Nat) × (Int × Nat))} {label : Nat} {post' : Formula}
    {e : Magnitudes [n]} (h : p.Ensures b post') (hn : nearCheck center num den limits b = true)
    (hw : p.Within F (b', ()) (Magnitudes.zero, ()) e)
    (hn' : nearCheck center num den limits b' = true) (hc : post'.coversWins e label = true) :
    p.RobustIn F center num den limits label := by
  sorry

end Lemmanet
