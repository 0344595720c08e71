module

public import Lemmanet.Float.Accuracy
public import Lemmanet.Float.Decimal
public import Lemmanet.Float.Encoding
public import Lemmanet.Float.IntervalQuotient
public import Lemmanet.Float.Special

/-!
# Binary floating point

IEEE 754-2019 in Lean: the data of a format and their bit patterns (`Format`), rounding (`Rounding`), the
operations (`Arithmetic`, `Comparison`, `Conversion`, `Decimal`), intervals (`Interval`), and what is
proved of them: no datum is lost in its bit pattern (`Encoding`); rounding is to the nearest number, ties
to even, and monotone (`Ranks`, `Nearest`, `Round`); operations deliver the rounding of the exact result
(`Correct`, `Root`), special values as the standard says (`Special`), and comparisons are those of values
(`Order`); what is exact, and how large errors are (`Exact`, `Error`, `Accuracy`); rounding in a direction
gives bounds (`Directed`, `Enclosure`, `RootBounds`), so that interval arithmetic is sound
(`IntervalEnds`, `IntervalSound`,
`IntervalQuotient`).
-/
