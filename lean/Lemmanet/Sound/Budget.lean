module

public import Lemmanet.Sound.Budget.Boxes
public import Lemmanet.Sound.Budget.Goal
public import Lemmanet.Sound.Budget.Rounding
public import Lemmanet.Sound.Budget.Selecting

/-!
# Floating-point budgets

What a theorem about floating-point runs is put together from.
-/
