module

public import Lemmanet.Spec.Property

/-!
# Values of binary32

The test that the entries of a constant are binary32 numbers, given their exponents.
-/

public noncomputable section

namespace Lemmanet

/-- Each entry is an integer below 2²⁴ in magnitude times 2^(e - 149), where `e` is the 8-bit digit of
`exponents` for that entry. -/
@[expose] def binary32Check (c : Const s) (exponents : Nat) : Nat → Bool
  | 0 => true
  | k + 1 =>
    (let e := digit 8 8 exponents k
     let a := Nat.mul (c.num k).natAbs (Nat.pow 2 149)
     let d := Nat.mul (Nat.pow 2 e) c.den
     let m := Nat.div a d
     Nat.ble e 253 && Nat.beq (Nat.mul m d) a && Nat.blt m (Nat.pow 2 24)) &&
    binary32Check c exponents k

end Lemmanet
