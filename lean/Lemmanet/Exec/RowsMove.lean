module

public import Lemmanet.Exec.RowsConv

/-!
# Forms under operators that move or add up entries

Sums over an axis, pools, concatenation, and operators whose output entries are copies of input entries.
-/

public noncomputable section

namespace Lemmanet

namespace Rows

/-! ## Sums over an axis -/

/-- Each block of `inner` numbers `d` times, one after the other. -/
@[expose] def repeatBlocks (inner d outer : Nat) (xs : List Nat) : List Nat :=
  collect (fun o => collect (fun _ acc => (blocks inner outer xs).getD o [] ++ acc) d) outer []

/-- Forms of a sum over an axis of `d` entries, `inner` entries apart, divided by `count`. -/
@[expose] def repeatAxis (inner d outer count : Nat) (A : Rows) : Rows :=
  ⟨Nat.mul A.den count, A.bits, A.offset, repeatBlocks inner d outer A.entries⟩

/-! ## Concatenation -/

/-- Of each block of `w` numbers those from `first` on, `count` in number. -/
@[expose] def partBlocks (w first count outer : Nat) (xs : List Nat) : List Nat :=
  collect (fun o acc => (((blocks w outer xs).getD o []).drop first).take count ++ acc) outer []

/-- The part of the forms that concerns one of two tensors that are put together in blocks. -/
@[expose] def part (w first count outer : Nat) (A : Rows) : Rows :=
  ⟨A.den, A.bits, A.offset, partBlocks w first count outer A.entries⟩

/-! ## Copies

Output entry `k` is a copy of input entry `source k`, or a constant where there is none. The certificate
names, for each input entry, the output entry that is a copy of it: digit `j` is zero if there is none and
`k + 1` for entry `k`. -/

/-- The numbers of a list in pieces of 64, so that one of them is found in fewer steps. -/
@[expose] def pieces (xs : List Nat) : List (List Nat) := blocks 64 (Nat.succ (Nat.div xs.length 64)) xs

/-- Number `k` of a list in pieces. -/
@[expose] def getPiece (pieces : List (List Nat)) (k : Nat) : Nat :=
  (pieces.getD (Nat.div k 64) []).getD (Nat.mod k 64) 0

/-- The forms of the input. -/
@[expose] def gather (n size width targets : Nat) (A : Rows) : Rows where
  den := A.den
  bits := A.bits
  offset := A.offset
  entries := collect (fun j acc =>
    (match digit width width targets j with
      | 0 => Nat.mul A.offset (ones A.bits n)
      | k + 1 => getPiece (pieces A.entries) k) :: acc) size []

/-- The named output entries are those that copy an input entry, and no others do. -/
@[expose] def gatherOk (size outputs width targets : Nat) (source : Nat → Option Nat) (A : Rows) : Bool :=
  Nat.blt 0 A.bits && Nat.blt (Nat.mul 2 A.offset) (Nat.pow 2 A.bits) &&
    (allBelow outputs fun k => match source k with
      | none => true
      | some j => Nat.ble size j || Nat.beq (digit width width targets j) (Nat.succ k)) &&
    allBelow size fun j => match digit width width targets j with
      | 0 => true
      | k + 1 => Nat.blt k outputs && (match source k with
        | none => false
        | some i => Nat.beq i j)

end Rows

end Lemmanet
