module

public import Lemmanet.Float.Arithmetic

/-!
# Order

Comparisons, minimum and maximum, and the neighbors of a datum: IEEE 754-2019, 5.11, 9.6 and 5.3.1.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float

variable {F : Format}

/-- The four relations of which exactly one holds between two data. -/
inductive Relation where
  /-- The first is below the second. -/
  | less
  /-- Both have the same value; zeros of either sign do. -/
  | equal
  /-- The first is above the second. -/
  | greater
  /-- One of the two is NaN. -/
  | unordered
deriving DecidableEq

namespace Datum

/-- A rank with a sign: its order is that of values, infinities included. -/
def order : Datum F → Int
  | .nan _ => 0
  | .infinity negative =>
    bif negative then Int.neg (Int.ofNat F.infinityRank) else Int.ofNat F.infinityRank
  | .finite negative r => bif negative then Int.neg (Int.ofNat r) else Int.ofNat r

/-- How two data compare. -/
def relation (x y : Datum F) : Relation :=
  bif x.isNaN || y.isNaN then .unordered
  else match Int.sub y.order x.order with
    | .ofNat n => bif Nat.beq n 0 then .equal else .less
    | .negSucc _ => .greater

/-- `x = y`; false for NaN. -/
def compareQuietEqual (x y : Datum F) : Bool := x.relation y == .equal

/-- `x < y`; false for NaN. -/
def compareQuietLess (x y : Datum F) : Bool := x.relation y == .less

/-- `x ≤ y`; false for NaN. -/
def compareQuietLessEqual (x y : Datum F) : Bool := x.relation y == .less || x.relation y == .equal

/-- `x > y`; false for NaN. -/
def compareQuietGreater (x y : Datum F) : Bool := y.compareQuietLess x

/-- `x ≥ y`; false for NaN. -/
def compareQuietGreaterEqual (x y : Datum F) : Bool := y.compareQuietLessEqual x

/-- One of the two is NaN. -/
def compareQuietUnordered (x y : Datum F) : Bool := x.relation y == .unordered

/-- What a quiet comparison signals. -/
def quietFlags (x y : Datum F) : Flags := { invalid := x.isSignaling || y.isSignaling }

/-- What a signaling comparison signals. -/
def signalingFlags (x y : Datum F) : Flags := { invalid := x.isNaN || y.isNaN }

/-- The smaller of two numbers; minus zero is smaller than plus zero. -/
def lesser (x y : Datum F) : Datum F :=
  match x.relation y with
  | .less => x
  | .equal => bif x.isSignMinus then x else y
  | _ => y

/-- The larger of two numbers; plus zero is larger than minus zero. -/
def larger (x y : Datum F) : Datum F :=
  match x.relation y with
  | .greater => x
  | .equal => bif x.isSignMinus then y else x
  | _ => y

/-- `pick x y` for two numbers, NaN if one of them is NaN. -/
def orNaN (pick : Datum F → Datum F → Datum F) (x y : Datum F) : Result F :=
  bif x.isNaN || y.isNaN then .propagated (x.isSignaling || y.isSignaling) else .exact (pick x y)

/-- `pick x y` for two numbers, the number if one of them is NaN. -/
def orNumber (pick : Datum F → Datum F → Datum F) (x y : Datum F) : Result F :=
  ⟨bif x.isNaN && y.isNaN then .nan false else bif x.isNaN then y else bif y.isNaN then x else pick x y,
    { invalid := x.isSignaling || y.isSignaling }⟩

/-- The smaller of two data; NaN if one is NaN. -/
def minimum (x y : Datum F) : Result F := orNaN lesser x y

/-- The larger of two data; NaN if one is NaN. -/
def maximum (x y : Datum F) : Result F := orNaN larger x y

/-- The smaller of two data; the number if only one is NaN. -/
def minimumNumber (x y : Datum F) : Result F := orNumber lesser x y

/-- The larger of two data; the number if only one is NaN. -/
def maximumNumber (x y : Datum F) : Result F := orNumber larger x y

/-- The datum `r` ranks above plus zero. -/
def above (r : Nat) : Datum F := bif Nat.blt r F.infinityRank then .finite false r else .infinity false

/-- The least datum above `x`. -/
def nextUp (x : Datum F) : Result F :=
  match x with
  | .nan signaling => .propagated signaling
  | .infinity negative =>
    .exact (bif negative then .finite true (Nat.sub F.infinityRank 1) else .infinity false)
  | .finite negative r =>
    .exact (bif negative && Nat.blt 0 r then .finite true (Nat.sub r 1) else
      bif negative then above 1 else above (Nat.add r 1))

/-- The greatest datum below `x`. -/
def nextDown (x : Datum F) : Result F := ⟨x.negate.nextUp.datum.negate, x.negate.nextUp.flags⟩

end Datum

end Lemmanet.Float
