module

public import Lemmanet.Exec.Shifted

/-!
# Relaxations of maxima

For a coefficient `a` of a maximum of `m + 1` values in intervals and coefficients `g j` of the values, a
number `c` with `a * max x ≤ Σ g j * x j + c`. It is the smallest of these, whatever the signs are:

- the largest over `j` of what it takes if `x j` is the maximum, the smallest number for `a ≥ 0`;
- for some `j` what it takes if `x j` stands for the maximum, plus what it may fall short of it if `a > 0`;
- for some `j` the same, where negative `g i` times the maximum are replaced by `g i * x i` before.
-/

public noncomputable section

namespace Lemmanet

/-- The ends of an interval, as differences of digits over one denominator. -/
structure Reach where
  /-- The part of the lower end that is added. -/
  lowPos : Nat
  /-- The part of the lower end that is subtracted. -/
  lowNeg : Nat
  /-- The part of the upper end that is added. -/
  highPos : Nat
  /-- The part of the upper end that is subtracted. -/
  highNeg : Nat

namespace Reach

/-- How long the interval is. -/
@[expose] def width (e : Reach) : Nat :=
  Nat.sub (Nat.add e.highPos e.lowNeg) (Nat.add e.highNeg e.lowPos)

/-- The interval of the negative values. -/
@[expose] def mirror (e : Reach) : Reach := ⟨e.highNeg, e.highPos, e.lowNeg, e.lowPos⟩

end Reach

/-- The interval of entry `k` of a box, with its denominator times a factor. -/
@[expose] def Flat.ends (f : Flat) (factor k : Nat) : Reach :=
  ⟨Nat.mul factor (f.get f.lowPos k), Nat.mul factor (f.get f.lowNeg k),
    Nat.mul factor (f.get f.highPos k), Nat.mul factor (f.get f.highNeg k)⟩

namespace Maxima

variable (k n m : Nat) (a : Shifted) (g : Nat → Shifted) (e : Nat → Reach)

/-- The part of `g j` below zero, as a positive number. -/
@[expose] def below (j : Nat) : Shifted := .positive k n (.neg k n (g j))

/-- The largest value of `-g j * x j`. -/
@[expose] def own (j : Nat) : Shifted :=
  .plus k (.times k n (e j).lowNeg (e j).lowPos (g j)) (.times k n (e j).width 0 (below k n g j))

/-- The sum of them. -/
@[expose] def all : Shifted := .sum k (own k n g e) (Nat.succ m)

/-- The largest value of `a * x j - Σ g i * x i`. -/
@[expose] def need (j : Nat) : Shifted :=
  .plus k (.plus k (all k n m g e) (.times k n (e j).lowPos (e j).lowNeg a))
    (.times k n (e j).width 0
      (.plus k (.positive k n (.plus k a (.neg k n (g j)))) (.neg k n (below k n g j))))

/-- No two of the values are further apart. -/
@[expose] def apart : Nat :=
  Nat.add (addUp (Nat.succ m) fun j => (e j).highPos) (addUp (Nat.succ m) fun j => (e j).lowNeg)

/-- What it takes if `x j` stands for the maximum. -/
@[expose] def one (j : Nat) : Shifted :=
  .plus k (need k n m a g e j) (.times k n (apart m e) 0 (.positive k n a))

/-- The coefficient of the maximum when all negative `g i` have been taken care of. -/
@[expose] def rest : Shifted := .plus k a (.sum k (below k n g) (Nat.succ m))

/-- The largest value of `Σ -(g i)⁺ * x i`. -/
@[expose] def lows : Shifted :=
  .sum k (fun j => .times k n (e j).lowNeg (e j).lowPos (.plus k (g j) (below k n g j))) (Nat.succ m)

/-- What it takes if the others have negative coefficients and `x j` stands for the rest. -/
@[expose] def mean (j : Nat) : Shifted :=
  .plus k
    (.plus k (lows k n m g e) (.times k n (e j).lowPos (e j).lowNeg (rest k n m a g)))
    (.plus k
      (.times k n (e j).width 0
        (.positive k n (.plus k (rest k n m a g) (.neg k n (.plus k (g j) (below k n g j))))))
      (.times k n (apart m e) 0
        (.positive k n (.plus k (rest k n m a g) (.neg k n (below k n g j))))))

/-- The constant. -/
@[expose] def cost : Shifted :=
  .smallest k n
    (.smallest k n (.largest k n (need k n m a g e) m) (one k n m a g e) (Nat.succ m))
    (mean k n m a g e) (Nat.succ m)

end Maxima

end Lemmanet
