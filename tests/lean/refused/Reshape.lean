module

public import Lemmanet

/-! A reshape from four entries to three: no such operator. -/

public noncomputable section

open Lemmanet

/-- Does not elaborate: the sizes differ. -/
@[expose] def mismatch : Op [[2, 2]] [3] := .reshape rfl -- refused here
