module

public import Lemmanet.Sound.Budget.Goal

/-!
# Budgets over larger boxes

The box of a budget may differ from that of the exact property, and that is one of a certificate.
-/

public noncomputable section

namespace Lemmanet

open Float (Format)

variable {F : Format} {s t : Shape} {n : Nat}

/-- A network ensures on a box what its steps show there. -/
theorem Prog.Sat.ensures {p : Prog [s] t} {b : Box s} {f : Formula}
    (h : p.Sat (b, ()) fun _ _ _ y => f.Holds y) : p.Ensures b f :=
  fun α _ _ _ hx => h α _ ⟨hx, trivial⟩

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
  intro x y hx hnear hy j hj hne
  have hr := hw (x.toRat, ()) (x, ()) y ⟨nearCheck_mem hn' hnear, trivial⟩
    ⟨Magnitudes.close_zero hx, trivial⟩ hy
  have hh := Formula.holds_of_covers hc (fun k hk => by rw [Data.at_toRat]; exact (hr k hk).2)
    (h Rat x.toRat (nearCheck_mem hn hnear))
  have hl := wins_of_formula hh j hj hne
  rw [Data.at_toRat, Data.at_toRat] at hl
  have hf := Data.finite_of_lt fun k hk => (hr k hk).1
  exact Float.Datum.compareQuietLess_of_lt (hf j) (hf label) hl

end Lemmanet
