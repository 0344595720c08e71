module

public import Lemmanet.Exec.Binary32

/-!
# The test for binary32 numbers is sound
-/

public noncomputable section

namespace Lemmanet

private theorem entry_of_check {c : Const s} {exponents : Nat} : ∀ n, binary32Check c exponents n = true →
    ∀ k, k < n → ∃ (m : Int) (e : Nat), m.natAbs < 2 ^ 24 ∧ e ≤ 253 ∧
      c.num k * 2 ^ 149 = m * 2 ^ e * c.den := by
  intro n
  induction n with
  | zero => intro _ k hk; omega
  | succ n ih =>
    intro h k hk
    rw [binary32Check, Bool.and_eq_true] at h
    rcases Nat.lt_succ_iff_lt_or_eq.1 hk with hk | rfl
    · exact ih h.2 k hk
    · have h := h.1
      simp only [Bool.and_eq_true, Nat.blt_eq, Nat.ble_eq] at h
      obtain ⟨⟨he, hm⟩, hb⟩ := h
      have hm := Nat.eq_of_beq_eq_true hm
      simp only [Nat.mul_eq, Nat.pow_eq] at hm hb
      generalize Nat.div _ _ = m at hm hb
      have hc : ((m : Int) * (2 ^ digit 8 8 exponents k * c.den)) = (c.num k).natAbs * 2 ^ 149 := by
        exact_mod_cast hm
      rcases Int.natAbs_eq (c.num k) with hs | hs
      · refine ⟨m, digit 8 8 exponents k, by simpa using hb, he, ?_⟩
        rw [hs, Int.mul_assoc, hc]
      · refine ⟨-m, digit 8 8 exponents k, by simpa using hb, he, ?_⟩
        rw [hs, Int.mul_assoc, Int.neg_mul, Int.neg_mul, hc]

/-- Soundness of `binary32Check`. -/
theorem binary32_of_check {c : Const s} (exponents : Nat)
    (h : binary32Check c exponents (Shape.size s) = true) : c.IsBinary32 :=
  entry_of_check _ h

end Lemmanet
