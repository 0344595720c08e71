module

public import Lemmanet.Exec.Budget.Rounding
public import Lemmanet.Sound.Budget.Tracks
public import Lemmanet.Sound.Conv
public import Lemmanet.Sound.Linear
public import Lemmanet.Sound.Pool

/-!
# Budgets of operators that round are sound
-/

public noncomputable section

namespace Lemmanet

open Float (Format)

variable {F : Format} [Format.Valid F]

/-- Soundness of `constantBudget`. -/
theorem constant_tracks {v : Const s} {e : Magnitudes s} (p q : Nat)
    (h : constantBudget F p q v e = true) : (Op.constant v).Tracks F () () e := by
  sorry

/-- Soundness of `linearBudget`. -/
theorem linear_tracks {w : Const [n, l]} {b : Const [l]} {x : Box [n]} {ex : Magnitudes [n]}
    {e : Magnitudes [l]} (p q : Nat) (m : Magnitudes [n]) (c : Magnitudes [l])
    (h : linearBudget F p q w b x ex m c e = true) : (Op.linear w b).Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `conv2dBudget`. -/
theorem conv2d_tracks {g : Window} {groups : Nat} {w : Const [o, cg, kh, kw]} {b : Const [o]}
    {x : Box [c, h, wd]} {ex : Magnitudes [c, h, wd]} {e : Magnitudes [o, oh, ow]} (bits p q : Nat)
    (m : Magnitudes [c, h, wd]) (shift : Magnitudes [o])
    (hc : conv2dBudget F bits p q g groups w b x ex m shift e = true) :
    (Op.conv2d g groups w b).Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `affineBudget`. -/
theorem affine_tracks {scale shift : Const [c]} {x : Box s} {ex e : Magnitudes s} (p q : Nat)
    (m : Magnitudes s) (d : Magnitudes [c]) (h : affineBudget F p q scale shift x ex m d e = true) :
    (Op.affine scale shift).Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `addBudget`, for sums. -/
theorem add_tracks {x y : Box s} {ex ey e : Magnitudes s} (p q : Nat) (mx my r : Magnitudes s)
    (h : addBudget F p q x y ex ey mx my r e = true) :
    Op.add.Tracks F (x, y, ()) (ex, ey, ()) e := by
  sorry

/-- Soundness of `addBudget`, for differences. -/
theorem sub_tracks {x y : Box s} {ex ey e : Magnitudes s} (p q : Nat) (mx my r : Magnitudes s)
    (h : addBudget F p q x y ex ey mx my r e = true) :
    Op.sub.Tracks F (x, y, ()) (ex, ey, ()) e := by
  sorry

/-- Soundness of `leakyReluBudget`. -/
theorem leakyRelu_tracks {num : Int} {den : Nat} {x : Box s} {ex e : Magnitudes s} (p q : Nat)
    (m : Magnitudes s) (h : leakyReluBudget F p q num den x ex m e = true) :
    (Op.leakyRelu num den).Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `avgPool2dBudget`. -/
theorem avgPool2d_tracks {g : Window} {includePad : Bool} {x : Box [c, h, w]}
    {ex : Magnitudes [c, h, w]} {e : Magnitudes [c, oh, ow]} (p q : Nat) (m : Magnitudes [c, h, w])
    (r : Magnitudes [c, oh, ow]) (hc : avgPool2dBudget F p q g includePad x ex m r e = true) :
    (Op.avgPool2d g includePad).Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `globalAvgPoolBudget`. -/
theorem globalAvgPool_tracks {x : Box [c, h, w]} {ex : Magnitudes [c, h, w]} {e : Magnitudes [c, 1, 1]}
    (p q : Nat) (m : Magnitudes [c, h, w]) (r : Magnitudes [c, 1, 1])
    (hc : globalAvgPoolBudget F p q x ex m r e = true) :
    Op.globalAvgPool.Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `reduceSumBudget`. -/
theorem reduceSum_tracks {axis : Nat} {x : Box s} {ex : Magnitudes s} {e : Magnitudes (s.eraseIdx axis)}
    (p q : Nat) (m : Magnitudes s) (r : Magnitudes (s.eraseIdx axis))
    (h : reduceSumBudget F p q axis x ex m r e = true) :
    (Op.reduceSum axis).Tracks F (x, ()) (ex, ()) e := by
  sorry

/-- Soundness of `reduceMeanBudget`. -/
theorem reduceMean_tracks {axis : Nat} {x : Box s} {ex : Magnitudes s}
    {e : Magnitudes (s.eraseIdx axis)} (p q : Nat) (m : Magnitudes s)
    (r : Magnitudes (s.eraseIdx axis)) (h : reduceMeanBudget F p q axis x ex m r e = true) :
    (Op.reduceMean axis).Tracks F (x, ()) (ex, ()) e := by
  sorry

end Lemmanet
