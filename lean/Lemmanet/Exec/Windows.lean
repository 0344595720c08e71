module

public import Lemmanet.Exec.Ends
public import Lemmanet.Exec.Layout

/-!
# Windows compared as a whole

The check of maximum pooling for all windows at once. The pixels are laid out so that those that all
windows see at one of their places are the same number, shifted, and the outputs stand where the first
place of their window is. The margin is where no pixel lies: flags say where the pixels are.
-/

public noncomputable section

namespace Lemmanet

/-- The larger of two numbers. -/
@[expose] def larger (a b : Nat) : Nat := cond (Nat.ble a b) b a

/-- All bits that occur in some number `f 0`, …, `f (n - 1)`. -/
@[expose] def lorBelow (n : Nat) (f : Nat → Nat) : Nat :=
  match n with
  | 0 => 0
  | n + 1 => Nat.lor (lorBelow n f) (f n)

/-- Whether all bits of `m` are bits of `x`. -/
@[expose] def covers (m x : Nat) : Bool := Nat.beq (Nat.land m x) m

namespace Ends

/-- The ends of an image of `c × h × w` pixels, laid out. -/
@[expose] def place (u : Ends) (g : Layout) (k c h w : Nat) : Ends where
  lowPos := g.place k c h w u.lowPos
  lowNeg := g.place k c h w u.lowNeg
  highPos := g.place k c h w u.highPos
  highNeg := g.place k c h w u.highNeg

/-- The ends `e` entries on. -/
@[expose] def shifted (u : Ends) (k e : Nat) : Ends where
  lowPos := Nat.shiftRight u.lowPos (Nat.mul k e)
  lowNeg := Nat.shiftRight u.lowNeg (Nat.mul k e)
  highPos := Nat.shiftRight u.highPos (Nat.mul k e)
  highNeg := Nat.shiftRight u.highNeg (Nat.mul k e)

end Ends

namespace Window

variable (g : Window) (h w oh ow : Nat)

/-- The distance in digits between rows: room for the pixels and for all windows. -/
@[expose] def rowDigits : Nat :=
  larger (Nat.add g.padding.2 w)
    (Nat.add (Nat.mul ow g.stride.2) (Nat.mul g.kernel.2 g.dilation.2))

/-- The number of rows of a channel. -/
@[expose] def rowsOf : Nat :=
  larger (Nat.add g.padding.1 h)
    (Nat.add (Nat.mul oh g.stride.1) (Nat.mul g.kernel.1 g.dilation.1))

/-- The distance in digits between channels. -/
@[expose] def imageDigits : Nat := Nat.mul (g.rowsOf h oh) (g.rowDigits w ow)

/-- Where the pixels are. -/
@[expose] def pixelLayout : Layout :=
  ⟨1, g.padding.2, g.rowDigits w ow, Nat.mul g.padding.1 (g.rowDigits w ow),
    g.imageDigits h w oh ow⟩

/-- Where the windows are: at the first pixel that they see. -/
@[expose] def windowLayout : Layout :=
  ⟨g.stride.2, 0, Nat.mul g.stride.1 (g.rowDigits w ow), 0, g.imageDigits h w oh ow⟩

/-- The distance in digits of a place in a window from the first one. -/
@[expose] def placeDigit (a e : Nat) : Nat :=
  Nat.add (Nat.mul (Nat.mul a g.dilation.1) (g.rowDigits w ow)) (Nat.mul e g.dilation.2)

/-- Flags for the pixels, seen from the windows at the place `(a, e)`. -/
@[expose] def seen (k c a e : Nat) : Nat :=
  Nat.shiftRight
    ((g.pixelLayout h w oh ow).place k c h w (topBits k (Nat.mul (Nat.mul c h) w)))
    (Nat.mul k (g.placeDigit w ow a e))

/-- Flags for the windows. -/
@[expose] def windows (k c : Nat) : Nat :=
  (g.windowLayout h w oh ow).place k c oh ow (topBits k (Nat.mul (Nat.mul c oh) ow))

/-- For all windows: no pixel that they see has an upper end above theirs. -/
@[expose] def highsOk (k c : Nat) (x y : Ends) : Bool :=
  allBelow g.kernel.1 fun a => allBelow g.kernel.2 fun e =>
    covers (Nat.land (g.windows h w oh ow k c) (g.seen h w oh ow k c a e))
      ((x.shifted k (g.placeDigit w ow a e)).highLe k (Nat.mul c (g.imageDigits h w oh ow)) y)

/-- For all windows: some pixel that they see has a lower end that is not below theirs. -/
@[expose] def lowsOk (k c : Nat) (x y : Ends) : Bool :=
  covers (g.windows h w oh ow k c)
    (lorBelow g.kernel.1 fun a => lorBelow g.kernel.2 fun e =>
      Nat.land (g.seen h w oh ow k c a e)
        (y.lowLe k (Nat.mul c (g.imageDigits h w oh ow)) (x.shifted k (g.placeDigit w ow a e))))

end Window

end Lemmanet
