module

public import Lemmanet.Float.Nearest

/-!
# Rounding of rational numbers

`F.round direction x` is the number that `x` is rounded to in the format `F` with an unbounded exponent.
What IEEE 754 calls the result of an operation is the rounding of the exact result, where it does not
overflow. Inside the proofs, rational numbers are quotients `num / den` of integers, in units.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float.Format

variable (F : Format)

/-- The rounding of `num / den` units, in units, with unbounded exponent. -/
def roundUnits (direction : Direction) (num : Int) (den : Nat) : Int :=
  if num < 0 then -(F.units (F.roundedRank direction true num.natAbs den) : Int)
  else F.units (F.roundedRank direction false num.natAbs den)

/-- The rounding of a rational number, with unbounded exponent. -/
def round (direction : Direction) (x : Rat) : Rat :=
  (F.roundUnits direction (x.num * (2 ^ F.scale : Nat)) x.den : Rat) / (2 ^ F.scale : Nat)

/-- The least positive number of the format: the unit. -/
def unit : Rat := 1 / (2 ^ F.scale : Nat)

/-- `x` is a number of the format with unbounded exponent. -/
def Represents (x : Rat) : Prop :=
  ∃ (negative : Bool) (r : Nat),
    x = ((if negative then -(F.units r : Int) else F.units r : Int) : Rat) / (2 ^ F.scale : Nat)

theorem scale_pos : 0 < 2 ^ F.scale := Nat.pow_pos (by decide)

/-- A quotient of integers in lowest terms and the same quotient in any terms. -/
private theorem cross {x : Rat} {num : Int} {den : Nat} (hd : 0 < den)
    (hx : x = (num : Rat) / (den : Rat)) : x.num * den = num * x.den := by
  have h1 : x = Rat.divInt num den := by rw [hx, Rat.divInt_eq_div]; rfl
  have h2 : Rat.divInt x.num x.den = x := Rat.num_divInt_den x
  rw [h1] at h2
  have h0 : (den : Int) ≠ 0 := by omega
  have h3 : ((Rat.divInt num den).den : Int) ≠ 0 := by
    have := (Rat.divInt num den).den_nz
    omega
  rw [h1]
  exact (Rat.divInt_eq_divInt_iff h3 h0).1 h2

variable {F} [Valid F] {direction : Direction}

/-- Rounding preserves order. -/
theorem roundUnits_mono (direction : Direction) {num num' : Int} {den den' : Nat} (hd : 0 < den)
    (hd' : 0 < den') (h : num * den' ≤ num' * den) :
    F.roundUnits direction num den ≤ F.roundUnits direction num' den' := by
  have hp : (0 : Int) < den := by omega
  have hp' : (0 : Int) < den' := by omega
  unfold roundUnits
  split
  · next hn =>
    split
    · next hn' =>
      have h1 : num'.natAbs * den ≤ num.natAbs * den' := by
        have : ((num'.natAbs * den : Nat) : Int) ≤ ((num.natAbs * den' : Nat) : Int) := by
          have e1 : (num.natAbs : Int) = -num := by omega
          have e2 : (num'.natAbs : Int) = -num' := by omega
          rw [Int.natCast_mul, Int.natCast_mul, e1, e2, Int.neg_mul, Int.neg_mul]
          omega
        omega
      have h2 := F.units_le (roundedRank_mono (F := F) direction true hd' hd h1)
      omega
    · omega
  · next hn =>
    split
    · next hn' =>
      have h1 : num' * den < 0 := Int.mul_neg_of_neg_of_pos hn' hp
      have h2 : 0 ≤ num * den' := Int.mul_nonneg (by omega) (by omega)
      omega
    · next hn' =>
      have h1 : num.natAbs * den' ≤ num'.natAbs * den := by
        have : ((num.natAbs * den' : Nat) : Int) ≤ ((num'.natAbs * den : Nat) : Int) := by
          have e1 : (num.natAbs : Int) = num := by omega
          have e2 : (num'.natAbs : Int) = num' := by omega
          rw [Int.natCast_mul, Int.natCast_mul, e1, e2]
          exact h
        omega
      have h2 := F.units_le (roundedRank_mono (F := F) direction false hd hd' h1)
      omega

/-- Rounding depends on the quotient only. -/
theorem roundUnits_congr (direction : Direction) {num num' : Int} {den den' : Nat} (hd : 0 < den)
    (hd' : 0 < den') (h : num * den' = num' * den) :
    F.roundUnits direction num den = F.roundUnits direction num' den' :=
  Int.le_antisymm (roundUnits_mono _ hd hd' (by omega)) (roundUnits_mono _ hd' hd (by omega))

/-- The rounding of a quotient of integers. -/
theorem round_ratio (direction : Direction) (num : Int) {den : Nat} (hd : 0 < den) :
    F.round direction ((num : Rat) / ((den * 2 ^ F.scale : Nat) : Rat)) =
      (F.roundUnits direction num den : Rat) / (2 ^ F.scale : Nat) := by
  have hs := F.scale_pos
  have h := cross (Nat.mul_pos hd hs) (x := (num : Rat) / ((den * 2 ^ F.scale : Nat) : Rat)) rfl
  unfold round
  generalize (num : Rat) / ((den * 2 ^ F.scale : Nat) : Rat) = x at h ⊢
  congr 2
  refine roundUnits_congr _ (Nat.pos_of_ne_zero x.den_nz) hd ?_
  rw [← h, Int.natCast_mul]
  generalize ((2 ^ F.scale : Nat) : Int) = s
  grind

/-- The rounding of a multiple of the unit. -/
theorem round_unit (direction : Direction) (num : Int) :
    F.round direction ((num : Rat) / (2 ^ F.scale : Nat)) =
      (F.roundUnits direction num 1 : Rat) / (2 ^ F.scale : Nat) := by
  have := F.round_ratio direction num (den := 1) (by decide)
  rwa [Nat.one_mul] at this

/-- Rounding preserves order. -/
theorem round_mono (direction : Direction) {x y : Rat} (h : x ≤ y) :
    F.round direction x ≤ F.round direction y := by
  have h1 : F.roundUnits direction (x.num * (2 ^ F.scale : Nat)) x.den ≤
      F.roundUnits direction (y.num * (2 ^ F.scale : Nat)) y.den := by
    refine roundUnits_mono _ (Nat.pos_of_ne_zero x.den_nz) (Nat.pos_of_ne_zero y.den_nz) ?_
    have h2 := Int.mul_le_mul_of_nonneg_right ((Rat.le_iff x y).1 h)
      (Int.natCast_nonneg (2 ^ F.scale))
    generalize ((2 ^ F.scale : Nat) : Int) = s at *
    grind
  have h3 : (0 : Rat) < (2 ^ F.scale : Nat) := by exact_mod_cast F.scale_pos
  have h4 : (F.roundUnits direction (x.num * (2 ^ F.scale : Nat)) x.den : Rat) ≤
      (F.roundUnits direction (y.num * (2 ^ F.scale : Nat)) y.den : Rat) := by exact_mod_cast h1
  unfold round
  generalize ((F.roundUnits direction (x.num * (2 ^ F.scale : Nat)) x.den : Int) : Rat) = a at *
  generalize ((F.roundUnits direction (y.num * (2 ^ F.scale : Nat)) y.den : Int) : Rat) = b at *
  rw [Rat.div_def, Rat.div_def]
  exact Rat.mul_le_mul_of_nonneg_right h4 (Rat.le_of_lt (Rat.inv_pos.2 h3))

/-- A magnitude of the format with a sign is rounded to itself. -/
theorem roundUnits_exact (direction : Direction) (negative : Bool) (r : Nat) :
    F.roundUnits direction (if negative then -(F.units r : Int) else F.units r) 1 =
      if negative then -(F.units r : Int) else F.units r := by
  have h (s : Bool) : F.roundedRank direction s (F.units r) 1 = r :=
    roundedRank_exact (by decide) (by omega)
  unfold roundUnits
  cases negative
  · simp only [Bool.false_eq_true, if_false, Int.natAbs_natCast]
    rw [if_neg (by omega), h]
  · simp only [if_true, Int.natAbs_neg, Int.natAbs_natCast, h]
    split
    · rfl
    · omega

/-- A number of the format is rounded to itself. -/
theorem round_exact (direction : Direction) {x : Rat} (h : F.Represents x) :
    F.round direction x = x := by
  obtain ⟨negative, r, rfl⟩ := h
  rw [round_unit, roundUnits_exact]

omit [Valid F] in
/-- What is rounded is a number of the format. -/
theorem represents_round (direction : Direction) (x : Rat) : F.Represents (F.round direction x) := by
  unfold round roundUnits
  split
  · exact ⟨true, _, by rw [if_pos rfl]⟩
  · exact ⟨false, _, by rw [if_neg (by decide)]⟩

/-- Rounding twice is rounding once. -/
theorem round_round (direction direction' : Direction) (x : Rat) :
    F.round direction (F.round direction' x) = F.round direction' x :=
  round_exact direction (represents_round direction' x)

/-- The error of rounding to nearest, in units: relative where the number is normal, half a unit
elsewhere. -/
theorem roundUnits_error (hn : direction.IsNearest) (num : Int) {den : Nat} (hd : 0 < den) :
    2 * F.binade * (F.roundUnits direction num den * den - num).natAbs ≤ num.natAbs ∨
      2 * (F.roundUnits direction num den * den - num).natAbs ≤ den := by
  obtain ⟨q, hq, hc⟩ : ∃ q, (F.roundUnits direction num den * den - num).natAbs =
      ((q * den : Nat) - (num.natAbs : Int)).natAbs ∧
      (∃ r, F.units r * den ≤ num.natAbs ∧
        2 * num.natAbs ≤ 2 * (q * den) + F.spacing r * den ∧
        2 * (q * den) ≤ 2 * num.natAbs + F.spacing r * den) := by
    unfold roundUnits
    split
    · obtain ⟨r, hl, _, _, h1, h2⟩ := F.roundedRank_error true hn num.natAbs hd
      refine ⟨_, ?_, r, hl, h1, h2⟩
      rw [Int.natCast_mul, Int.neg_mul]
      generalize ((F.units _ : Nat) : Int) * _ = a
      omega
    · obtain ⟨r, hl, _, _, h1, h2⟩ := F.roundedRank_error false hn num.natAbs hd
      refine ⟨_, ?_, r, hl, h1, h2⟩
      rw [Int.natCast_mul]
      generalize ((F.units _ : Nat) : Int) * _ = a
      omega
  obtain ⟨r, hl, h1, h2⟩ := hc
  rw [hq]
  have he : 2 * ((q * den : Nat) - (num.natAbs : Int)).natAbs ≤ F.spacing r * den := by omega
  rcases Nat.lt_or_ge r F.binade with hr | hr
  · right
    rw [F.spacing_of_lt (by omega), Nat.one_mul] at he
    exact he
  · left
    have hs := Nat.mul_le_mul_right den (F.spacing_le hr)
    have hb := Nat.mul_le_mul_right F.binade he
    generalize ((q * den : Nat) - (num.natAbs : Int)).natAbs = e at *
    calc 2 * F.binade * e = 2 * e * F.binade := by grind
      _ ≤ F.spacing r * den * F.binade := hb
      _ = F.spacing r * F.binade * den := by grind
      _ ≤ F.units r * den := hs
      _ ≤ num.natAbs := hl

/-- A whole number of units, as sums and differences are, is rounded with a relative error only. -/
theorem roundUnits_error_whole (hn : direction.IsNearest) (num : Int) :
    2 * F.binade * (F.roundUnits direction num 1 - num).natAbs ≤ num.natAbs := by
  have h := F.roundUnits_error hn num (den := 1) (by decide)
  rw [show ((1 : Nat) : Int) = 1 from rfl, Int.mul_one] at h
  rcases h with h | h
  · exact h
  · have : (F.roundUnits direction num 1 - num).natAbs = 0 := by omega
    rw [this]
    omega

/-- Directions that do not look at the sign round a number and its negation alike. -/
theorem roundUnits_neg (hs : direction.IsNearest ∨ direction = .towardZero) (num : Int) {den : Nat}
    (hd : 0 < den) : F.roundUnits direction (-num) den = -F.roundUnits direction num den := by
  have e (n : Nat) : F.roundedRank direction true n den = F.roundedRank direction false n den := by
    have hu (odd : Bool) (t : Tail) : direction.up true odd t = direction.up false odd t := by
      rcases hs with (rfl | rfl) | rfl <;> cases t <;> rfl
    simp only [roundedRank, roundRank, hu]
  have h0 : F.units (F.roundedRank direction false 0 den) = 0 := by
    have h : F.units 0 = 0 := F.units_of_lt (by have := F.binade_pos; omega)
    rw [F.roundedRank_exact hd (r := 0) (by rw [h, Nat.zero_mul]), h]
  unfold roundUnits
  rw [Int.natAbs_neg]
  rcases Int.lt_trichotomy num 0 with h | h | h
  · rw [if_neg (by omega), if_pos h, e]
    omega
  · subst h
    simp [h0]
  · rw [if_pos (by omega), if_neg (by omega), e]

end Lemmanet.Float.Format
