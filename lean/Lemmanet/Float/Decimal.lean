module

public import Lemmanet.Float.Conversion

/-!
# Decimal numbers

Between data and decimal numbers, and their text: IEEE 754-2019, 5.12. Reading rounds once, in any
direction. Printing gives the fewest digits that are read back as the same datum, and of these the
nearest to it.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float

/-- The decimal number `±digits * 10 ^ exponent`; zeros have signs. -/
structure Decimal where
  /-- Below zero, or minus zero. -/
  negative : Bool
  /-- The digits, as one number. -/
  digits : Nat
  /-- The power of ten that they count. -/
  exponent : Int
deriving DecidableEq

namespace Decimal

/-- The exponent, drawn to where it is certain that a number with so many digits overflows or lies
below half of the least positive number: powers of ten stay small. -/
def clamp (F : Format) (digits : Nat) (exponent : Int) : Int :=
  let low := Int.neg (Int.ofNat (Nat.add (Nat.add (Nat.log2 digits) 2) F.scale))
  let high := Int.ofNat (Nat.add F.bias 2)
  bif Nat.beq digits 0 then 0
  else bif decide (exponent < low) then low
  else bif decide (high < exponent) then high
  else exponent

/-- The decimal number, rounded to the format. -/
def round (F : Format) (direction : Direction) (d : Decimal) : Result F :=
  Datum.convertFromDecimal F direction d.negative d.digits (clamp F d.digits d.exponent)

/-- Whether the decimal number is read as the finite datum of sign `negative` and rank `r`. -/
def reads (F : Format) (r : Nat) (d : Decimal) : Bool :=
  decide ((d.round F .tiesToEven).datum = (.finite d.negative r : Datum F))

/-- Of two neighboring multiples of `10 ^ exponent` around a magnitude the nearest that is read as it.
`twice` is twice the magnitude, rounded down to a multiple of `10 ^ exponent`. -/
def choose (F : Format) (negative : Bool) (r twice : Nat) (exponent : Int) : Option Decimal :=
  let low : Decimal := ⟨negative, Nat.div twice 2, exponent⟩
  let high : Decimal := ⟨negative, Nat.add (Nat.div twice 2) 1, exponent⟩
  bif Nat.beq (Nat.mod twice 2) 0 then
    (bif low.reads F r then some low else bif high.reads F r then some high else none)
  else (bif high.reads F r then some high else bif low.reads F r then some low else none)

/-- Look for a decimal number that is read as the datum, from few digits to many. -/
def search (F : Format) (negative : Bool) (r : Nat) : Nat → Int → Option Decimal
  | 0, _ => none
  | fuel + 1, exponent =>
    let twice := match exponent with
      | .ofNat k => Nat.div (Nat.mul 2 (F.units r)) (Nat.mul (Nat.pow 2 F.scale) (Nat.pow 10 k))
      | .negSucc k => Nat.div (Nat.mul (Nat.mul 2 (F.units r)) (Nat.pow 10 (Nat.add k 1)))
          (Nat.pow 2 F.scale)
    match choose F negative r twice exponent with
    | some d => some d
    | none => search F negative r fuel (Int.sub exponent 1)

/-- The exact value of a finite datum. -/
def exact (F : Format) (negative : Bool) (r : Nat) : Decimal :=
  ⟨negative, Nat.mul (F.units r) (Nat.pow 5 F.scale), Int.neg (Int.ofNat F.scale)⟩

/-- A power of ten that is above the magnitude of rank `r`, by a factor below 100. -/
def top (F : Format) (r : Nat) : Int :=
  Int.add (Int.ediv (Int.mul (Int.subNatNat (Nat.add (Nat.log2 (F.units r)) 1) F.scale) 30103) 100000) 1

/-- The fewest digits that are read as the datum of sign `negative` and rank `r`. -/
def shortest (F : Format) (negative : Bool) (r : Nat) : Decimal :=
  bif Nat.beq r 0 then ⟨negative, 0, 0⟩
  else
    match search F negative r (Nat.add (Nat.div (Nat.mul F.precision 30103) 100000) 4) (top F r) with
    | some d => d
    | none => exact F negative r

/-! ## Text -/

/-- The value of a decimal digit. -/
def digit (c : Char) : Option Nat :=
  bif Nat.ble 48 c.toNat && Nat.ble c.toNat 57 then some (Nat.sub c.toNat 48) else none

/-- Read digits: their number, appended to `value`, how many they are, and what follows. -/
def takeDigits (value count : Nat) : List Char → Nat × Nat × List Char
  | [] => (value, count, [])
  | c :: rest =>
    match digit c with
    | some d => takeDigits (Nat.add (Nat.mul 10 value) d) (Nat.add count 1) rest
    | none => (value, count, c :: rest)

/-- A sign that may be missing. -/
def takeSign : List Char → Bool × List Char
  | '+' :: rest => (false, rest)
  | '-' :: rest => (true, rest)
  | rest => (false, rest)

/-- Read an exponent, up to the end. -/
def takeExponent : List Char → Option Int
  | [] => some 0
  | c :: rest =>
    bif c == 'e' || c == 'E' then
      let signed := takeSign rest
      match takeDigits 0 0 signed.2 with
      | (_, 0, _) => none
      | (n, _, []) => some (bif signed.1 then Int.neg (Int.ofNat n) else Int.ofNat n)
      | _ => none
    else none

/-- Read a magnitude, up to the end: digits with at most one point among them, and an exponent. -/
def takeMagnitude (negative : Bool) (text : List Char) : Option Decimal :=
  let whole := takeDigits 0 0 text
  let fraction := match whole.2.2 with
    | '.' :: rest => takeDigits whole.1 0 rest
    | rest => (whole.1, 0, rest)
  bif Nat.beq (Nat.add whole.2.1 fraction.2.1) 0 then none
  else match takeExponent fraction.2.2 with
    | some exponent => some ⟨negative, fraction.1, Int.sub exponent (Int.ofNat fraction.2.1)⟩
    | none => none

/-- Whether the text is the word, given in lower case, in letters of either case. -/
def spells : List Char → List Char → Bool
  | [], [] => true
  | w :: word, c :: text =>
    (Nat.beq c.toNat w.toNat || Nat.beq (Nat.add c.toNat 32) w.toNat) && spells word text
  | _, _ => false

/-- The digits of `n`, at most `fuel` many, before `rest`. -/
def showDigits (fuel n : Nat) (rest : List Char) : List Char :=
  match fuel with
  | 0 => rest
  | fuel + 1 =>
    let text := Char.ofNat (Nat.add 48 (Nat.mod n 10)) :: rest
    bif Nat.blt n 10 then text else showDigits fuel (Nat.div n 10) text

/-- The digits of `n`, before `rest`. -/
def showNat (n : Nat) (rest : List Char) : List Char := showDigits (Nat.add (Nat.log2 n) 1) n rest

/-- The number of characters of a text. -/
def length : List Char → Nat
  | [] => 0
  | _ :: rest => Nat.add (length rest) 1

/-- The text of a power of ten. -/
def showExponent : Int → List Char
  | .ofNat 0 => []
  | .ofNat n => 'e' :: showNat n []
  | .negSucc n => 'e' :: '-' :: showNat (Nat.add n 1) []

/-- The text of a decimal number, with one digit before the point: `-1.25e-7`. -/
def toChars (d : Decimal) : List Char :=
  let places := Nat.sub (length (showNat d.digits [])) 1
  let magnitude := match showNat d.digits (showExponent (Int.add d.exponent (Int.ofNat places))) with
    | [] => []
    | c :: rest => bif Nat.beq places 0 then c :: rest else c :: '.' :: rest
  bif d.negative then '-' :: magnitude else magnitude

end Decimal

namespace Datum

variable {F : Format}

/-- The datum that a text stands for: a decimal number such as `-12.5e3`, rounded in the direction;
`inf`, `infinity`, `nan` or `snan` in letters of either case, with a sign or without. `none` for other
texts. -/
def ofChars (F : Format) (direction : Direction) (text : List Char) : Option (Result F) :=
  let signed := Decimal.takeSign text
  let is := fun word => Decimal.spells word signed.2
  bif is ['i', 'n', 'f'] || is ['i', 'n', 'f', 'i', 'n', 'i', 't', 'y'] then
    some (.exact (.infinity signed.1))
  else bif is ['n', 'a', 'n'] then some (.exact (.nan false))
  else bif is ['s', 'n', 'a', 'n'] then some (.exact (.nan true))
  else match Decimal.takeMagnitude signed.1 signed.2 with
    | some d => some (d.round F direction)
    | none => none

/-- `ofChars` of a string. -/
def ofString (F : Format) (direction : Direction) (text : String) : Option (Result F) :=
  ofChars F direction text.toList

/-- The text of a datum: of a finite one the fewest digits that are read back as it. -/
def toChars (x : Datum F) : List Char :=
  match x with
  | .nan signaling => bif signaling then ['s', 'n', 'a', 'n'] else ['n', 'a', 'n']
  | .infinity negative => bif negative then ['-', 'i', 'n', 'f'] else ['i', 'n', 'f']
  | .finite negative r => (Decimal.shortest F negative r).toChars

/-- `toChars` as a string. -/
def toString (x : Datum F) : String := String.ofList x.toChars

end Datum

end Lemmanet.Float
