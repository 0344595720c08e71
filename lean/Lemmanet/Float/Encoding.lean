module

public import Lemmanet.Float.Ranks

/-!
# Encoding is lossless

Every datum of a format is the one that its bit pattern stands for.
-/

@[expose] public noncomputable section

namespace Lemmanet.Float

variable {F : Format} [Format.Valid F]

/-- The bit patterns of infinity and of what lies below it have no sign bit, nor have those of NaN. -/
theorem Format.infinityRank_lt (F : Format) [Valid F] :
    1 < F.quietBit ∧ F.infinityRank + F.quietBit < F.signWeight := by
  have hp := Valid.precision (F := F)
  have h1 : 2 ^ 1 ≤ 2 ^ (F.precision - 2) := Nat.pow_le_pow_right (by decide) (by omega)
  have h2 : 2 ^ (F.precision - 2) < 2 ^ (F.precision - 1) :=
    Nat.pow_lt_pow_right (by decide) (by omega)
  have h3 : 0 < 2 ^ F.exponentBits := Nat.pow_pos (by decide)
  have e1 : F.quietBit = 2 ^ (F.precision - 2) := rfl
  have e2 : F.infinityRank = (2 ^ F.exponentBits - 1) * 2 ^ (F.precision - 1) := rfl
  have e3 : F.signWeight = 2 ^ F.exponentBits * 2 ^ (F.precision - 1) := rfl
  rw [e1, e2, e3]
  generalize 2 ^ F.exponentBits = w at *
  obtain ⟨v, rfl⟩ : ∃ v, w = v + 1 := ⟨w - 1, by omega⟩
  rw [Nat.add_sub_cancel, Nat.add_mul, Nat.one_mul]
  omega

namespace Datum

omit [Format.Valid F] in
/-- The sign and the magnitude of a pattern that was put together from them. -/
private theorem split {negative : Bool} {m : Nat} (h : m < F.signWeight) :
    Nat.mod (signed F negative m) F.signWeight = m ∧
      Nat.beq (Nat.mod (Nat.div (signed F negative m) F.signWeight) 2) 1 = negative := by
  have hw : 0 < F.signWeight := by omega
  cases negative
  · have e : signed F false m = m := rfl
    have h1 : Nat.mod m F.signWeight = m := Nat.mod_eq_of_lt h
    have h2 : Nat.div m F.signWeight = 0 := Nat.div_eq_of_lt h
    rw [e, h1, h2]
    exact ⟨rfl, rfl⟩
  · have e : signed F true m = F.signWeight + m := rfl
    have h1 : Nat.mod (F.signWeight + m) F.signWeight = m :=
      (Nat.add_mod_left _ _).trans (Nat.mod_eq_of_lt h)
    have h2 : Nat.div (F.signWeight + m) F.signWeight = 1 :=
      Nat.div_eq_of_lt_le (by omega) (by omega)
    rw [e, h1, h2]
    exact ⟨rfl, rfl⟩

/-- A datum is the one of its bit pattern; the rank of a finite one has to be below that of infinity. -/
theorem ofBits_toBits {x : Datum F} (h : ∀ s r, x = .finite s r → r < F.infinityRank) :
    ofBits F x.toBits = x := by
  obtain ⟨h1, h2⟩ := F.infinityRank_lt
  cases x with
  | finite s r =>
    have hr := h s r rfl
    obtain ⟨e1, e2⟩ := split (F := F) (negative := s) (m := r) (by omega)
    have e : toBits (.finite s r : Datum F) = signed F s r := rfl
    simp only [ofBits, e, e1, e2]
    rw [show Nat.blt r F.infinityRank = true by rw [Nat.blt_eq]; exact hr, cond_true]
  | infinity s =>
    obtain ⟨e1, e2⟩ := split (F := F) (negative := s) (m := F.infinityRank) (by omega)
    have e : toBits (.infinity s : Datum F) = signed F s F.infinityRank := rfl
    simp only [ofBits, e, e1, e2]
    simp [cond_eq_ite, Nat.blt_eq]
  | nan s =>
    have key (m : Nat) (hm : F.infinityRank < m) (hm' : m < F.signWeight) : ofBits F m =
        .nan (Nat.blt m (Nat.add F.infinityRank F.quietBit)) := by
      have e1 : Nat.mod m F.signWeight = m := Nat.mod_eq_of_lt hm'
      have b1 : Nat.blt m F.infinityRank = false := by
        rw [← Bool.not_eq_true, Nat.blt_eq]
        omega
      have b2 : Nat.beq m F.infinityRank = false := by
        rw [← Bool.not_eq_true, Nat.beq_eq]
        omega
      simp only [ofBits, e1, b1, b2, cond_false]
    cases s
    · refine (key (F.infinityRank + F.quietBit) (by omega) (by omega)).trans (congrArg _ ?_)
      rw [← Bool.not_eq_true, Nat.blt_eq]
      exact Nat.lt_irrefl _
    · refine (key (F.infinityRank + 1) (by omega) (by omega)).trans (congrArg _ ?_)
      rw [Nat.blt_eq]
      exact Nat.add_lt_add_left h1 _

end Datum

end Lemmanet.Float
