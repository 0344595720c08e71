module

public import Lemmanet.Exec.Budget.Selecting
public import Lemmanet.Sound.Budget.Tracks
public import Lemmanet.Sound.Movement
public import Lemmanet.Sound.Pool

/-!
# Budgets of operators that select are sound
-/

public noncomputable section

namespace Lemmanet

open Float (Format)

variable {F : Format} [Format.Valid F]

/-- Soundness of `reluBudget`. -/
theorem relu_tracks {x : Box s} {ex e : Magnitudes s} (h : reluBudget F x ex e = true) :
    Op.relu.Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `copyBudget`, for `reshape`. -/
theorem reshape_tracks {hs : Shape.size s = Shape.size t} {x : Box s} {ex : Magnitudes s}
    {e : Magnitudes t} (h : copyBudget F ex e = true) : (Op.reshape hs).Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `copyBudget`, for `neg`. -/
theorem neg_tracks {x : Box s} {ex e : Magnitudes s} (h : copyBudget F ex e = true) :
    Op.neg.Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `copyBudget`, for `abs`. -/
theorem abs_tracks {x : Box s} {ex e : Magnitudes s} (h : copyBudget F ex e = true) :
    Op.abs.Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `pairBudget`, for `max`. -/
theorem max_tracks {x y : Box s} {ex ey e : Magnitudes s} (h : pairBudget F ex ey e = true) :
    Op.max.Tracks F (x, y, ()) (ex, ey, ()) e := by
  sorry

/-- Soundness of `pairBudget`, for `min`. -/
theorem min_tracks {x y : Box s} {ex ey e : Magnitudes s} (h : pairBudget F ex ey e = true) :
    Op.min.Tracks F (x, y, ()) (ex, ey, ()) e := by
  sorry

/-- Soundness of `clipBudget`. -/
theorem clip_tracks {lo hi : Option (Int × Nat)} {x : Box s} {ex e : Magnitudes s}
    (h : clipBudget F lo hi ex e = true) : (Op.clip lo hi).Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `maxPool2dBudget`. -/
theorem maxPool2d_tracks {g : Window} {x : Box [c, h, w]} {ex : Magnitudes [c, h, w]}
    {e : Magnitudes [c, oh, ow]} (m : Magnitudes [c, oh, ow]) (hc : maxPool2dBudget F g ex m e = true) :
    (Op.maxPool2d g).Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `transposeBudget`. -/
theorem transpose_tracks {perm : List Nat} {x : Box s} {ex : Magnitudes s}
    {e : Magnitudes (perm.map fun a => s.getD a 1)} (m : Magnitudes (perm.map fun a => s.getD a 1))
    (h : transposeBudget F perm ex m e = true) : (Op.transpose perm).Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `concatBudget`. -/
theorem concat_tracks {outer a b : Nat} {x : Box s} {y : Box t} {ex : Magnitudes s} {ey : Magnitudes t}
    {e : Magnitudes u} (m : Magnitudes u) (h : concatBudget F outer a b ex ey m e = true) :
    (Op.concat outer a b).Tracks F (x, y, ()) (ex, ey, ()) e := by
  sorry

/-- Soundness of `sliceBudget`. -/
theorem slice_tracks {start step : List Int} {x : Box s} {ex : Magnitudes s} {e : Magnitudes t}
    (m : Magnitudes t) (h : sliceBudget F start step ex m e = true) :
    (Op.slice start step).Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `padBudget`. -/
theorem pad_tracks {before : List Nat} {num : Int} {den : Nat} {x : Box s} {ex : Magnitudes s}
    {e : Magnitudes t} (m : Magnitudes t) (h : padBudget F before num den ex m e = true) :
    (Op.pad before num den).Tracks F (x, ()) (ex, ()) e := by
  sorry

end Lemmanet
