module

public import Lemmanet.Float.Format
public import Lemmanet.Sound.Budget.Boxes
public import Lemmanet.Sound.Budget.Goal
public import Lemmanet.Sound.Budget.Linear
public import Lemmanet.Sound.Budget.Selecting
public import Lemmanet.Sound.Budget.Sums
public import Lemmanet.Sound.Runs.Blocks
public import Lemmanet.Spec.Runs

/-!
# Floating-point runs of networks

What every run of a network in a binary format gives (`Spec.Runs`), and theorems about it: how far a run
can be from the exact values (`Exec.Budget`, `Sound.Budget`), and what an exact property with room for
these errors says about all runs.
-/
