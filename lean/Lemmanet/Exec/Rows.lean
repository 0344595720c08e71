module

public import Lemmanet.Exec.Grid
public import Lemmanet.Exec.Lanes
public import Lemmanet.Spec.Const

/-!
# Rows

The coefficients of many linear forms on the entries of a tensor: one number for each entry, with a lane
for each form. A linear form of the result of a linear operator is a linear form of its arguments; the
functions here compute the coefficients of the latter, for all forms at once.
-/

public noncomputable section

namespace Lemmanet

/-- Coefficients of linear forms on a tensor. The coefficient of form `r` for entry `k` is lane `r` of
number `k`. -/
structure Rows where
  /-- The denominator of all coefficients. -/
  den : Nat
  /-- The number of bits of a digit. -/
  bits : Nat
  /-- What is added to each numerator to make it a digit. -/
  offset : Nat
  /-- The numbers, one for each entry of the tensor. -/
  entries : List Nat

/-! ## Lists of numbers

These are inner loops of the kernel, hence written with the recursor. -/

/-- A function of each number. -/
@[expose] def mapEntries (f : Nat → Nat) (xs : List Nat) : List Nat :=
  List.rec [] (fun x _ rest => f x :: rest) xs

/-- A function of each pair of numbers. -/
@[expose] def zipEntries (f : Nat → Nat → Nat) (xs ys : List Nat) : List Nat :=
  List.rec (motive := fun _ => List Nat → List Nat) (fun _ => [])
    (fun x _ rest ys => List.rec [] (fun y ys _ => f x y :: rest ys) ys) xs ys

/-- A function of each number and its index, which counts on from `k`. -/
@[expose] def mapIndexed (f : Nat → Nat → Nat) (xs : List Nat) (k : Nat) : List Nat :=
  List.rec (motive := fun _ => Nat → List Nat) (fun _ => [])
    (fun x _ rest k => f k x :: rest (Nat.succ k)) xs k

/-- The sum of `f k x y` over pairs of numbers, where `k` counts on from the given index. -/
@[expose] def sumPairs (f : Nat → Nat → Nat → Nat) (xs ys : List Nat) (k : Nat) : Nat :=
  List.rec (motive := fun _ => List Nat → Nat → Nat) (fun _ _ => 0)
    (fun x _ rest ys k => List.rec 0 (fun y ys _ => Nat.add (f k x y) (rest ys (Nat.succ k))) ys) xs ys k

/-- The sum of all numbers. -/
@[expose] def addAll (xs : List Nat) : Nat := List.rec 0 (fun x _ rest => Nat.add x rest) xs

/-- The combination of numbers with the digits of `u`, `s` bits each, lowest digit first. -/
@[expose] def weigh (s : Nat) (xs : List Nat) (u : Nat) : Nat :=
  List.rec (motive := fun _ => Nat → Nat) (fun _ => 0)
    (fun x _ rest u => Nat.add (Nat.mul (Nat.mod u (Nat.pow 2 s)) x) (rest (Nat.shiftRight u s))) xs u

namespace Rows

/-- The coefficients for entry `k`. -/
@[expose] def lane (A : Rows) (k : Nat) : Lanes := ⟨A.den, A.bits, A.offset, A.entries.getD k 0⟩

/-- The numerator of the coefficient of form `r` for entry `k`. -/
@[expose] def int (A : Rows) (k r : Nat) : Int := (A.lane k).int r

/-- The coefficient of form `r` for entry `k`. -/
@[expose] def val {α : Type} [OrderedField α] (A : Rows) (k r : Nat) : α := (A.lane k).val r

/-- The literals are the coefficients of `n` forms on `size` entries, none larger than the offset. -/
@[expose] def ok (n size : Nat) (A : Rows) : Bool :=
  Nat.blt 0 A.den && Nat.ble (Nat.pow 2 A.bits) (Nat.succ (Nat.mul 2 A.offset)) &&
    Nat.beq (rowCount A.entries) size && Nat.blt (lorAll A.entries) (Nat.pow 2 (Nat.mul A.bits n))

/-- The same coefficients in digits of `k` bits. -/
@[expose] def widen (n k : Nat) (A : Rows) : Rows :=
  ⟨A.den, k, A.offset, mapEntries (Lemmanet.widen A.bits k n) A.entries⟩

/-- Digits of `k` bits are wide enough for the coefficients. -/
@[expose] def widenOk (k : Nat) (A : Rows) : Bool :=
  Nat.ble A.bits k && Nat.blt (Nat.mul 2 A.offset) (Nat.pow 2 k)

/-! ## Sums -/

/-- The wider one of two digits. -/
@[expose] def bitsOf (A B : Rows) : Nat := cond (Nat.ble A.bits B.bits) B.bits A.bits

/-- The offset of a sum. -/
@[expose] def plusOffset (A B : Rows) : Nat :=
  Nat.add (Nat.mul (Lanes.factor A.den B.den) A.offset)
    (Nat.mul (Lanes.factor B.den A.den) B.offset)

/-- Sums of forms. -/
@[expose] def plus (n : Nat) (A B : Rows) : Rows where
  den := Nat.lcm A.den B.den
  bits := bitsOf A B
  offset := plusOffset A B
  entries := zipEntries (fun x y => Nat.add
    (Nat.mul (Lanes.factor A.den B.den) (Lemmanet.widen A.bits (bitsOf A B) n x))
    (Nat.mul (Lanes.factor B.den A.den) (Lemmanet.widen B.bits (bitsOf A B) n y)))
    A.entries B.entries

/-- No digit of the sum overflows. -/
@[expose] def plusOk (A B : Rows) : Bool :=
  Nat.blt (Nat.mul 2 (plusOffset A B)) (Nat.pow 2 (bitsOf A B))

/-! ## Multiples -/

/-- The negative of each form. -/
@[expose] def neg (n : Nat) (A : Rows) : Rows :=
  ⟨A.den, A.bits, A.offset, mapEntries (laneNeg A.bits n A.offset) A.entries⟩

/-- No digit of the negative overflows. -/
@[expose] def negOk (A : Rows) : Bool :=
  Nat.blt 0 A.bits && Nat.blt (Nat.mul 2 A.offset) (Nat.pow 2 A.bits)

/-- The offset of coefficients that are multiplied by numbers below `bound`. -/
@[expose] def scaleOffset (bound : Nat) (A : Rows) : Nat := Nat.mul 2 (Nat.mul bound A.offset)

/-- The coefficients for each entry `k` times `(p k - q k) / den`, where `p k` and `q k` are below
`bound`. -/
@[expose] def scale (n : Nat) (p q : Nat → Nat) (den bound : Nat) (A : Rows) : Rows where
  den := Nat.mul A.den den
  bits := A.bits
  offset := scaleOffset bound A
  entries := mapIndexed (fun k x => Nat.add
    (Nat.add (Nat.mul (p k) x) (Nat.mul (q k) (laneNeg A.bits n A.offset x)))
    (Nat.mul (Nat.sub (scaleOffset bound A) (Nat.mul A.offset (Nat.add (p k) (q k))))
      (ones A.bits n))) A.entries 0

/-- No digit of the multiples overflows. -/
@[expose] def scaleOk (den bound : Nat) (A : Rows) : Bool :=
  Nat.blt 0 den && Nat.blt 0 A.bits &&
    Nat.blt (Nat.mul 2 (scaleOffset bound A)) (Nat.pow 2 A.bits)

/-! ## Constants -/

/-- The largest values of the forms on tensors no larger than the constant with entries `p k - q k`. -/
@[expose] def dotOffset (size : Nat) (p q : Nat → Nat) (A : Rows) : Nat :=
  Nat.mul A.offset (Nat.add (addUp size p) (addUp size q))

/-- The forms of the tensor with entries `(p k - q k) / den`. -/
@[expose] def dot (n size : Nat) (p q : Nat → Nat) (den : Nat) (A : Rows) : Lanes where
  den := Nat.mul A.den den
  bits := A.bits
  offset := dotOffset size p q A
  num := Nat.add (comb p A.entries 0)
    (Nat.sub (Nat.mul (Nat.mul (Nat.mul 2 A.offset) (addUp size q)) (ones A.bits n))
      (comb q A.entries 0))

/-- No digit of the forms of a constant overflows. -/
@[expose] def dotOk (size : Nat) (p q : Nat → Nat) (den : Nat) (A : Rows) : Bool :=
  Nat.blt 0 den && Nat.blt 0 A.bits &&
    Nat.blt (Nat.mul 2 (dotOffset size p q A)) (Nat.pow 2 A.bits)

/-! ## Linear layers -/

variable {inputs outputs : Nat}

/-- A number that exceeds every weight. -/
@[expose] def weightOffset (w : Const [inputs, outputs]) : Nat := Nat.pow 2 w.width

/-- The weights of one input, each with the offset of weights added. -/
@[expose] def weights (w : Const [inputs, outputs]) (p q : Nat) : Nat :=
  Nat.sub (Nat.add p (Nat.mul (weightOffset w) (ones w.stride outputs))) q

/-- The offset of pulled coefficients. -/
@[expose] def linearOffset (w : Const [inputs, outputs]) (A : Rows) : Nat :=
  Nat.mul outputs (Nat.mul (weightOffset w) A.offset)

/-- The coefficients for one input: what the digits of the weights give, without the parts that the
offsets of weights and of coefficients contribute. The sum of the digits of a number in base `b` is its
remainder modulo `b - 1`. -/
@[expose] def linearEntry (n : Nat) (w : Const [inputs, outputs]) (A : Rows) (u : Nat) : Nat :=
  Nat.sub
    (Nat.add (weigh w.stride A.entries u)
      (Nat.mul
        (Nat.sub (Nat.mul 2 (linearOffset w A))
          (Nat.mul A.offset (Nat.mod u (Nat.sub (Nat.pow 2 w.stride) 1))))
        (ones A.bits n)))
    (Nat.mul (weightOffset w) (addAll A.entries))

/-- The coefficients of forms of `x · w`, as forms of `x`. -/
@[expose] def linear (n : Nat) (w : Const [inputs, outputs]) (A : Rows) : Rows where
  den := Nat.mul A.den w.den
  bits := A.bits
  offset := linearOffset w A
  entries := zipEntries (fun p q => linearEntry n w A (weights w p q)) w.pos w.neg

/-- The weight has the form that `linear` needs, and no digit overflows. -/
@[expose] def linearOk (w : Const [inputs, outputs]) (A : Rows) : Bool :=
  Nat.blt 0 w.den && Nat.blt 0 A.bits && Nat.blt w.width w.stride && Nat.beq w.line outputs &&
    Nat.beq (rowCount w.pos) inputs && Nat.beq (rowCount w.neg) inputs &&
    fits w.width w.stride outputs (Nat.lor (lorAll w.pos) (lorAll w.neg)) &&
    Nat.blt (Nat.mul outputs (Nat.mul 2 (weightOffset w))) (Nat.sub (Nat.pow 2 w.stride) 1) &&
    Nat.blt (Nat.mul 2 (linearOffset w A)) (Nat.pow 2 A.bits)

end Rows

end Lemmanet
