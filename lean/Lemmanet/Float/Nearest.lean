module

public import Lemmanet.Float.Ranks
public import Lemmanet.Float.Rounding

/-!
# Rounding is correct

Magnitudes are quotients `num / den` of natural numbers, in units, with `0 < den`. Such a number lies
between a rank and the next; it is rounded to one of the two, to itself if it is a magnitude of the
format, and to the nearest one by the directions to nearest. Rounding preserves order.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float

/-- What a tail says about `num / den` units, from the magnitude `low` on. -/
def Tail.Holds (low spacing num den : Nat) : Tail → Prop
  | .exact => num = low * den
  | .low => low * den < num ∧ 2 * num < 2 * (low * den) + spacing * den
  | .half => 2 * num = 2 * (low * den) + spacing * den
  | .high => 2 * (low * den) + spacing * den < 2 * num

/-- The tail of a quotient is right. -/
theorem tailOf_holds {low spacing num den : Nat} (hd : 0 < den) (hl : low * den ≤ num) :
    (tailOf low spacing (2 * num / den) (!Nat.beq (2 * num % den) 0)).Holds low spacing num den := by
  have hm := Nat.mod_lt (2 * num) hd
  have hq := Nat.div_add_mod (2 * num) den
  have h2 : 2 * low ≤ 2 * num / den := by
    rw [Nat.le_div_iff_mul_le hd, Nat.mul_assoc]
    omega
  obtain ⟨v, hv⟩ := Nat.exists_eq_add_of_le h2
  generalize he : 2 * num % den = e at *
  have hn : 2 * num = 2 * (low * den) + v * den + e := by
    rw [← hq, hv]
    grind
  have ho : Nat.sub (2 * num / den) (Nat.mul 2 low) = v := by
    rw [hv]; exact Nat.add_sub_cancel_left _ _
  simp only [tailOf, ho, cond_eq_ite, Nat.blt_eq, Bool.and_eq_true, Nat.beq_eq, Bool.not_not]
  rcases Nat.lt_trichotomy v spacing with h | h | h
  · have hs : (v + 1) * den ≤ spacing * den := Nat.mul_le_mul_right _ h
    rw [Nat.add_mul, Nat.one_mul] at hs
    rw [if_pos h]
    split
    · next hz =>
      have hz1 := hz.1
      have hz2 := hz.2
      subst hz1 hz2
      simp only [Tail.Holds]
      omega
    · next hz =>
      refine ⟨?_, by omega⟩
      rcases Nat.eq_zero_or_pos v with h0 | h0
      · subst h0
        have : e ≠ 0 := fun h => hz ⟨rfl, h⟩
        omega
      · have : 1 * den ≤ v * den := Nat.mul_le_mul_right _ h0
        omega
  · subst h
    rw [if_neg (by omega)]
    split
    · next hz =>
      have hz2 := hz.2
      subst hz2
      exact hn
    · next hz =>
      have : e ≠ 0 := fun h => hz ⟨rfl, h⟩
      simp only [Tail.Holds]
      omega
  · have hs : (spacing + 1) * den ≤ v * den := Nat.mul_le_mul_right _ h
    rw [Nat.add_mul, Nat.one_mul] at hs
    rw [if_neg (by omega), if_neg (by omega)]
    simp only [Tail.Holds]
    omega

/-- A larger number between the same neighbors is rounded up where a smaller one is. -/
theorem up_mono (direction : Direction) (negative odd : Bool) {low spacing : Nat} {t t' : Tail}
    {num den num' den' : Nat} (hs : 0 < spacing) (hd : 0 < den) (hd' : 0 < den')
    (h : t.Holds low spacing num den) (h' : t'.Holds low spacing num' den')
    (hle : num * den' ≤ num' * den) :
    direction.up negative odd t = true → direction.up negative odd t' = true := by
  -- no numeral lies between: `2 * num' / den' ≤ k < 2 * num / den` is impossible, nor `<` and `≤`
  have cross (k : Nat) : ¬(2 * num' ≤ k * den' ∧ k * den < 2 * num) := by
    intro ⟨h1, h2⟩
    have h3 := Nat.mul_lt_mul_of_pos_right h2 hd'
    have h4 := Nat.mul_le_mul_right den h1
    grind
  have cross' (k : Nat) : ¬(2 * num' < k * den' ∧ k * den ≤ 2 * num) := by
    intro ⟨h1, h2⟩
    have h3 := Nat.mul_le_mul_right den' h2
    have h4 := Nat.mul_lt_mul_of_pos_right h1 hd
    grind
  have hp := Nat.mul_pos hs hd
  have c1 := cross (2 * low)
  have c2 := cross (2 * low + spacing)
  have c3 := cross' (2 * low + spacing)
  simp only [Nat.add_mul, Nat.mul_assoc] at c1 c2 c3
  cases t <;> cases t' <;> simp only [Tail.Holds] at h h' <;>
    first
    | (exfalso; omega)
    | (cases direction <;> cases negative <;> cases odd <;> simp [Direction.up])

namespace Format

variable (F : Format)

/-- The rank that `num / den` units are rounded to, with unbounded exponent. -/
def roundedRank (direction : Direction) (negative : Bool) (num den : Nat) : Nat :=
  let twice := 2 * num / den
  let r := F.rank (twice / 2)
  roundRank direction negative r (F.tail r twice (!Nat.beq (2 * num % den) 0))

variable {F} [Valid F] {direction : Direction} {negative : Bool} {num den : Nat}

/-- A quotient lies between a rank and the next, its tail is known, and it is rounded to one of the
two. -/
theorem roundedRank_cases (direction : Direction) (negative : Bool) (num : Nat) (hd : 0 < den) :
    ∃ r t, F.units r * den ≤ num ∧ num < F.units r * den + F.spacing r * den ∧
      t.Holds (F.units r) (F.spacing r) num den ∧
      F.roundedRank direction negative num den =
        bif direction.up negative (Nat.beq (r % 2) 1) t then r + 1 else r := by
  have hq : 2 * num / den / 2 = num / den := by
    rw [Nat.div_div_eq_div_mul, Nat.mul_comm den 2, Nat.mul_div_mul_left _ _ (by decide)]
  have hr := F.units_rank (num / den)
  have hl := (Nat.le_div_iff_mul_le hd).1 hr.1
  have hu := (Nat.div_lt_iff_lt_mul hd).1 hr.2
  rw [Nat.add_mul] at hu
  refine ⟨F.rank (num / den), _, hl, hu, tailOf_holds hd hl, ?_⟩
  simp only [roundedRank, hq]
  rfl

omit [Valid F] in
/-- Only one rank lies directly below a number. -/
theorem below_unique {r s : Nat} (hr : F.units r * den ≤ num) (hr' : num < F.units (r + 1) * den)
    (hs : F.units s * den ≤ num) (hs' : num < F.units (s + 1) * den) : r = s := by
  have h1 := Nat.lt_of_mul_lt_mul_right (Nat.lt_of_le_of_lt hr hs')
  have h2 := Nat.lt_of_mul_lt_mul_right (Nat.lt_of_le_of_lt hs hr')
  rw [F.units_lt_iff] at h1 h2
  omega

/-- A magnitude of the format is rounded to itself. -/
theorem roundedRank_exact (hd : 0 < den) {r : Nat} (h : num = F.units r * den) :
    F.roundedRank direction negative num den = r := by
  obtain ⟨s, t, hl, hu, ht, he⟩ := F.roundedRank_cases direction negative num hd
  have hp : F.units r * den < F.units (r + 1) * den :=
    Nat.mul_lt_mul_of_pos_right (F.units_lt (Nat.lt_succ_self r)) hd
  have hs : s = r := F.below_unique hl (by rw [F.units_succ, Nat.add_mul]; exact hu)
    (by omega) (by omega)
  subst hs
  have hpos : 0 < F.spacing s * den := Nat.mul_pos (F.spacing_pos s) hd
  rw [he]
  cases t <;> simp only [Tail.Holds] at ht
  · cases direction <;> rfl
  all_goals exfalso; omega

/-- Rounding preserves the order of magnitudes. -/
theorem roundedRank_mono (direction : Direction) (negative : Bool) {num' den' : Nat} (hd : 0 < den)
    (hd' : 0 < den') (h : num * den' ≤ num' * den) :
    F.roundedRank direction negative num den ≤ F.roundedRank direction negative num' den' := by
  obtain ⟨r, t, hl, _, ht, he⟩ := F.roundedRank_cases direction negative num hd
  obtain ⟨s, t', _, hu, ht', he'⟩ := F.roundedRank_cases direction negative num' hd'
  have hrs : r < s + 1 := by
    rw [← F.units_lt_iff, F.units_succ]
    rw [← Nat.add_mul] at hu
    have h1 := Nat.mul_le_mul_right den' hl
    have h2 := Nat.mul_lt_mul_of_pos_right hu hd
    have h3 : F.units r * (den * den') < (F.units s + F.spacing s) * (den * den') := by grind
    exact Nat.lt_of_mul_lt_mul_right h3
  rw [he, he']
  rcases Nat.lt_succ_iff_lt_or_eq.1 hrs with hrs | rfl
  · simp only [cond_eq_ite]
    split <;> split <;> omega
  · have := up_mono direction negative (Nat.beq (r % 2) 1) (F.spacing_pos r) hd hd' ht ht' h
    simp only [cond_eq_ite]
    split <;> split <;> first | omega | simp_all

/-- Rounding depends on the quotient only. -/
theorem roundedRank_congr (direction : Direction) (negative : Bool) {num' den' : Nat} (hd : 0 < den)
    (hd' : 0 < den') (h : num * den' = num' * den) :
    F.roundedRank direction negative num den = F.roundedRank direction negative num' den' :=
  Nat.le_antisymm (roundedRank_mono _ _ hd hd' (by omega)) (roundedRank_mono _ _ hd' hd (by omega))

end Format

/-- The two directions to nearest. -/
def Direction.IsNearest (direction : Direction) : Prop :=
  direction = .tiesToEven ∨ direction = .tiesToAway

namespace Format

variable {F : Format} [Valid F] {direction : Direction} {num den : Nat}

/-- To nearest, the error is at most half the spacing where the number lies. -/
theorem roundedRank_error (negative : Bool) (hn : direction.IsNearest) (num : Nat) (hd : 0 < den) :
    ∃ r, F.units r * den ≤ num ∧ num < F.units (r + 1) * den ∧
      (F.roundedRank direction negative num den = r ∨
        F.roundedRank direction negative num den = r + 1) ∧
      2 * num ≤ 2 * (F.units (F.roundedRank direction negative num den) * den) + F.spacing r * den ∧
      2 * (F.units (F.roundedRank direction negative num den) * den) ≤
        2 * num + F.spacing r * den := by
  obtain ⟨r, t, hl, hu, ht, he⟩ := F.roundedRank_cases direction negative num hd
  refine ⟨r, hl, by rw [F.units_succ, Nat.add_mul]; exact hu, ?_⟩
  have hs : F.units (r + 1) * den = F.units r * den + F.spacing r * den := by
    rw [F.units_succ, Nat.add_mul]
  rw [he, cond_eq_ite]
  split
  · next h =>
    rw [hs]
    refine ⟨.inr rfl, ?_, ?_⟩
    · omega
    · rcases hn with rfl | rfl <;> cases t <;> simp_all [Tail.Holds, Direction.up] <;> omega
  · next h =>
    refine ⟨.inl rfl, ?_, ?_⟩
    · rcases hn with rfl | rfl <;> cases t <;> simp_all [Tail.Holds, Direction.up] <;> omega
    · omega

/-- To nearest: no magnitude of the format is closer. -/
theorem roundedRank_nearest (negative : Bool) (hn : direction.IsNearest) (num : Nat) (hd : 0 < den)
    (s : Nat) :
    ((num : Int) - F.units (F.roundedRank direction negative num den) * den).natAbs ≤
      ((num : Int) - F.units s * den).natAbs := by
  obtain ⟨r, hl, hu, hc, h1, h2⟩ := F.roundedRank_error negative hn num hd
  generalize F.roundedRank direction negative num den = q at *
  have hs : F.units (r + 1) * den = F.units r * den + F.spacing r * den := by
    rw [F.units_succ, Nat.add_mul]
  have hsr : F.units s * den ≤ F.units r * den ∨ F.units (r + 1) * den ≤ F.units s * den := by
    rcases Nat.lt_or_ge r s with h | h
    · exact .inr (Nat.mul_le_mul_right _ (F.units_le h))
    · exact .inl (Nat.mul_le_mul_right _ (F.units_le h))
  rw [← Int.natCast_mul, ← Int.natCast_mul]
  rcases hc with rfl | rfl <;> omega

/-- Ties to even: of two nearest magnitudes, the one with even rank, whose significand is even. -/
theorem roundedRank_even (negative : Bool) (num : Nat) (hd : 0 < den) {s : Nat}
    (hs : s ≠ F.roundedRank .tiesToEven negative num den)
    (h : ((num : Int) - F.units s * den).natAbs ≤
      ((num : Int) - F.units (F.roundedRank .tiesToEven negative num den) * den).natAbs) :
    F.roundedRank .tiesToEven negative num den % 2 = 0 := by
  obtain ⟨r, t, hl, hu, ht, he⟩ := F.roundedRank_cases .tiesToEven negative num hd
  rw [he] at hs h ⊢
  have hu' : F.units (r + 1) * den = F.units r * den + F.spacing r * den := by
    rw [F.units_succ, Nat.add_mul]
  have hsr : s < r ∨ s = r ∨ s = r + 1 ∨ r + 1 < s := by omega
  have hlow : s < r → F.units s * den < F.units r * den := fun h =>
    Nat.mul_lt_mul_of_pos_right (F.units_lt h) hd
  have hhigh : r + 1 < s → F.units (r + 1) * den < F.units s * den := fun h =>
    Nat.mul_lt_mul_of_pos_right (F.units_lt h) hd
  rw [← Int.natCast_mul, ← Int.natCast_mul] at h
  have hp : 0 < F.spacing r * den := Nat.mul_pos (F.spacing_pos r) hd
  cases t <;> simp only [Tail.Holds] at ht <;>
    simp only [Direction.up, cond_true, cond_false] at hs h ⊢
  · rcases hsr with h1 | rfl | rfl | h1
    · have := hlow h1; omega
    · omega
    · omega
    · have := hhigh h1; omega
  · rcases hsr with h1 | rfl | rfl | h1
    · have := hlow h1; omega
    · omega
    · omega
    · have := hhigh h1; omega
  · rcases Nat.mod_two_eq_zero_or_one r with h1 | h1
    · have e : Nat.beq (r % 2) 1 = false := by rw [h1]; rfl
      rw [e, cond_false]
      exact h1
    · have e : Nat.beq (r % 2) 1 = true := by rw [h1]; rfl
      rw [e, cond_true]
      omega
  · rcases hsr with h1 | rfl | rfl | h1
    · have := hlow h1; omega
    · omega
    · omega
    · have := hhigh h1; omega

end Format

end Lemmanet.Float
