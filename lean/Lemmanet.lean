module

public import Lemmanet.Spec.Notation
public import Lemmanet.Spec.Property
public import Lemmanet.Sound.Affine.Exact
public import Lemmanet.Sound.Affine.Extreme
public import Lemmanet.Sound.Affine.Input
public import Lemmanet.Sound.Affine.MaxPool
public import Lemmanet.Sound.Affine.Move
public import Lemmanet.Sound.Affine.Parts
public import Lemmanet.Sound.Affine.Pool
public import Lemmanet.Sound.Affine.Tighten
public import Lemmanet.Sound.Affine.TwoPiece
public import Lemmanet.Sound.Affine.Widen
public import Lemmanet.Sound.Ball
public import Lemmanet.Sound.Binary32
public import Lemmanet.Sound.Conv
public import Lemmanet.Sound.Elementwise
public import Lemmanet.Sound.Functional
public import Lemmanet.Sound.Goal
public import Lemmanet.Sound.Linear
public import Lemmanet.Sound.Movement
public import Lemmanet.Sound.Pool
public import Lemmanet.Sound.Prog
public import Lemmanet.Sound.Split
public import Lemmanet.Sound.Trace

/-!
# Lemmanet

Definitions of neural networks and of what is claimed of them (`Spec`), arithmetic that Lean's kernel
evaluates fast (`Exec`), and the proofs that what the arithmetic accepts is true (`Sound`). A reader who
trusts Lean needs to read `Spec` and the statement of a theorem only.
-/
