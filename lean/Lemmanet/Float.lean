module

public import Lemmanet.Float.Decimal
public import Lemmanet.Float.Encoding
public import Lemmanet.Float.Error
public import Lemmanet.Float.Order
public import Lemmanet.Float.Root

/-!
# Binary floating point

IEEE 754-2019 in Lean: the data of a format and their bit patterns (`Format`), rounding (`Rounding`), the
operations (`Arithmetic`, `Comparison`, `Conversion`), and what is proved of them: no datum is lost in its
bit pattern (`Encoding`); rounding is to the nearest number, ties to even, and monotone (`Ranks`,
`Nearest`, `Round`); operations deliver the rounding of the exact result (`Correct`, `Root`); what is
exact, and how large errors are (`Exact`, `Error`).
-/
