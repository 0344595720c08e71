module

public import Lemmanet

/-! A bound for inputs from -2 to 1, used for inputs from -1 to 2: the limits of the form are not met. -/

public noncomputable section

open Lemmanet

/-- Inputs from `-low` to `high`. -/
@[expose] def inputs (low high : Nat) : Box [1] := ⟨1, 4, 1, [0], [low], [high], [0]⟩

/-- The forms of two parts of the inputs, side by side. -/
@[expose] def limits : Cuts [[1], [1]] :=
  ({}, { parts := [⟨1, (inputs 2 1).flat⟩, ⟨1, (inputs 1 2).flat⟩] }, ())

/-- The activation is at most 1 on the first part. -/
theorem exchanged (h : (Trace.input.bind (.relu : Op [[1]] [1]) (.cons .last .nil)).Bounds Post.all 2
      limits (some ⟨1, 4, 8, [0x99]⟩, Terms.none) ⟨1, 4, 8, 0xa9⟩) :
    (Trace.input.bind (.relu : Op [[1]] [1]) (.cons .last .nil)).Bounds (inputs 1 2).inputs 1 Cuts.none
      (some ⟨1, 4, 8, [0x9]⟩, Terms.none) ⟨1, 4, 8, 0x9⟩ :=
  h.part (.box _) 0 1 _ _ (by decide +kernel) -- refused here
