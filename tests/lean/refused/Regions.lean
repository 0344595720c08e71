module

public import Lemmanet

/-! Regions with a gap between them: what holds on both does not hold on the box. -/

public noncomputable section

open Lemmanet

/-- The numbers from `-low` to `high`. -/
@[expose] def interval (low high : Nat) : Box [1] := ⟨1, 4, 1, [], [low], [high], []⟩

/-- The numbers from `low` to `high`. -/
@[expose] def positive (low high : Nat) : Box [1] := ⟨1, 4, 1, [low], [], [high], []⟩

/-- From a part below zero and a part above it. -/
theorem right {p : Prog [[1]] [1]} {post : Post [1]} (low : p.Sat (interval 2 0, ()) post)
    (high : p.Sat (positive 0 2, ()) post) : p.Sat (interval 2 2, ()) post :=
  .split 0 (interval 2 0) (positive 0 2) (by decide +kernel) low high

/-- Not from a part above one. -/
theorem wrong {p : Prog [[1]] [1]} {post : Post [1]} (low : p.Sat (interval 2 0, ()) post)
    (high : p.Sat (positive 1 2, ()) post) : p.Sat (interval 2 2, ()) post :=
  .split 0 (interval 2 0) (positive 1 2) (by decide +kernel) low high -- refused here
