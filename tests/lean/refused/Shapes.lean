module

public import Lemmanet

/-! A relu of three entries on a variable of two: no such program. -/

public noncomputable section

open Lemmanet

/-- Does not elaborate: the shapes differ. -/
@[expose] def mismatch : Prog [[2]] [3] :=
  network fun x =>
  step (.relu : Op [[3]] [3]) x fun y => -- refused here
  result y
