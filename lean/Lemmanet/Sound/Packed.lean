module

public import Lemmanet.Sound.Packed.Compare
public import Lemmanet.Sound.Packed.Join
public import Lemmanet.Sound.Packed.Pack
public import Lemmanet.Sound.Packed.Rows

/-!
# Packed arithmetic is arithmetic on vectors

What the operations of `Exec.Packed` do to the digits.
-/
