module

public import Lemmanet.Spec.Box

/-!
# Convolutions as products of big numbers
-/

public noncomputable section

namespace Lemmanet

@[expose] def cpack (k : Nat) (f : Nat → Nat) (n : Nat) : Nat :=
  Nat.rec 0 (fun i acc => Nat.add acc (Nat.shiftLeft (f i) (Nat.mul k i))) n

@[expose] def csum (n : Nat) (f : Nat → Nat) : Nat :=
  Nat.rec 0 (fun i acc => Nat.add acc (f i)) n

@[expose] def call (n : Nat) (p : Nat → Bool) : Bool :=
  Nat.rec true (fun i acc => cond (p i) acc false) n

@[expose] def boxDigit (width line : Nat) (l : List Nat) (k : Nat) : Nat :=
  digit width width (l.getD (Nat.div k line) 0) (Nat.mod k line)

@[expose] def imgPack (K S h wd width line : Nat) (l : List Nat) (ci : Nat) : Nat :=
  cpack (Nat.mul K S) (fun p => cpack K (fun q => boxDigit width line l (Nat.add (Nat.mul (Nat.add (Nat.mul ci h) p) wd) q)) wd) h

@[expose] def kerPack (K S kh kw dh dw : Nat) (f : Nat → Nat) : Nat :=
  csum kh fun a => csum kw fun e =>
    Nat.shiftLeft (f (Nat.add (Nat.mul a kw) e))
      (Nat.mul K (Nat.add (Nat.mul (Nat.mul (Nat.sub (Nat.sub kh 1) a) dh) S)
        (Nat.mul (Nat.sub (Nat.sub kw 1) e) dw)))

end Lemmanet
