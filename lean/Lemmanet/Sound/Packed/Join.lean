module

public import Lemmanet.Sound.Packed.Pack

/-!
# Pieces of numbers, and numbers joined from pieces
-/

public noncomputable section

namespace Lemmanet

/-- The value of a shift. -/
theorem shiftLeft_eq_mul (a b : Nat) : Nat.shiftLeft a b = 2 ^ b * a := by
  rw [Nat.mul_comm]; exact Nat.shiftLeft_eq a b

/-- The value of a piece. -/
theorem bitsAt_eq (x i n : Nat) : bitsAt x i n = x >>> i % 2 ^ n := Nat.and_two_pow_sub_one_eq_mod ..

/-- The bits of a piece. -/
theorem testBit_bitsAt (x i n b : Nat) :
    (bitsAt x i n).testBit b = (decide (b < n) && x.testBit (i + b)) := by
  rw [bitsAt_eq, Nat.testBit_mod_two_pow, Nat.testBit_shiftRight]

/-- A piece is small. -/
theorem bitsAt_lt (x i n : Nat) : bitsAt x i n < 2 ^ n := by
  rw [bitsAt_eq]; exact Nat.mod_lt _ (Nat.two_pow_pos n)

/-- The digits of a piece. -/
theorem digit_bitsAt {width stride : Nat} (hw : width ≤ stride) (x e : Nat) {n t : Nat}
    (ht : t < n) :
    digit width stride (bitsAt x (stride * e) (stride * n)) t = digit width stride x (e + t) := by
  apply Nat.eq_of_testBit_eq
  intro b
  rw [testBit_digit, testBit_digit, testBit_bitsAt, Nat.mul_add, Nat.add_assoc]
  by_cases hb : b < width
  · have : stride * (t + 1) ≤ stride * n := Nat.mul_le_mul_left _ ht
    rw [Nat.mul_succ] at this
    simp [hb, show stride * t + b < stride * n by omega]
  · simp [hb]

/-- A list of digits with one more digit at the bottom. -/
theorem pack_cons (k x : Nat) (l : List Nat) :
    pack k (fun i => (x :: l).getD i 0) (l.length + 1) =
      x + 2 ^ k * pack k (fun i => l.getD i 0) l.length := by
  rw [Nat.add_comm, pack_append, pack_succ, pack_zero]
  simp [Nat.add_comm 1]

/-- Joining neighbors keeps the number. -/
theorem pack_joinPairs (bits : Nat) : ∀ l : List Nat,
    pack (bits * 2) (fun i => (joinPairs bits l).getD i 0) (joinPairs bits l).length =
      pack bits (fun i => l.getD i 0) l.length
  | [] => rfl
  | [x] => by simp [joinPairs, pack_succ, pack_zero]
  | x :: y :: l => by
    have h : joinPairs bits (x :: y :: l) = (x + y <<< bits) :: joinPairs bits l := rfl
    rw [h, List.length_cons, pack_cons, pack_joinPairs bits l]
    show _ = pack bits (fun i => (x :: y :: l).getD i 0) ((y :: l).length + 1)
    rw [pack_cons, List.length_cons, pack_cons, Nat.shiftLeft_eq, Nat.mul_two, Nat.pow_add,
      Nat.mul_add, Nat.mul_assoc, Nat.add_assoc, Nat.mul_comm y]

/-- A round of joining does not make a list longer. -/
theorem length_joinPairs_le (bits : Nat) : ∀ l : List Nat, (joinPairs bits l).length ≤ l.length
  | [] => Nat.le_refl _
  | [_] => Nat.le_refl _
  | _ :: _ :: l => by
    have := length_joinPairs_le bits l
    simp only [joinPairs, List.length_cons]
    omega

/-- As many rounds as there are numbers join them all. -/
theorem joinRounds_eq (t bits : Nat) (l : List Nat) (h : l.length ≤ t) :
    joinRounds t bits l = pack bits (fun i => l.getD i 0) l.length := by
  induction t generalizing bits l with
  | zero =>
    obtain rfl : l = [] := List.eq_nil_of_length_eq_zero (by omega)
    rfl
  | succ t ih =>
    match l, h with
    | [], _ => rfl
    | [x], _ => simp [joinRounds, pack_succ, pack_zero]
    | x :: y :: l, h =>
      rw [← pack_joinPairs, ← Nat.mul_eq, ← ih _ _ ?_]
      · rfl
      · have := length_joinPairs_le bits l
        simp only [joinPairs, List.length_cons] at h ⊢
        omega

/-- The value of joined literals. -/
theorem joined_eq (bits : Nat) (l : List Nat) :
    joined bits l = pack bits (fun i => l.getD i 0 % 2 ^ bits) l.length := by
  rw [joined, joinRounds_eq _ _ _ (by rw [List.length_map]; exact Nat.le_refl _), List.length_map]
  refine pack_congr fun i hi => ?_
  simp [List.getD_eq_getElem?_getD, hi]
  rfl

/-- The digits of literals that are joined. -/
theorem digit_joined {width stride line : Nat} (hw : width ≤ stride) (hl : 0 < line) (l : List Nat)
    (k : Nat) : digit width stride (joined (stride * line) l) k =
      digit width stride (l.getD (k / line) 0) (k % line) := by
  have hk : k % line < line := Nat.mod_lt k hl
  have hpiece := digit_bitsAt hw (joined (stride * line) l) (line * (k / line)) hk
  rw [Nat.div_add_mod, ← Nat.mul_assoc] at hpiece
  have hliteral := digit_bitsAt hw (l.getD (k / line) 0) 0 hk
  rw [Nat.zero_add] at hliteral
  rw [← hpiece, ← hliteral, bitsAt_eq, bitsAt_eq]
  congr 1
  simp only [Nat.shiftRight_eq_div_pow]
  rw [Nat.mul_zero, Nat.pow_zero, Nat.div_one, ← digit_eq]
  rw [joined_eq]
  by_cases hlen : k / line < l.length
  · exact digit_pack (fun i _ => Nat.mod_lt _ (Nat.two_pow_pos _)) hlen
  · have hlt := pack_lt (k := stride * line) (f := fun i => l.getD i 0 % 2 ^ (stride * line))
      (n := l.length) fun i _ => Nat.mod_lt _ (Nat.two_pow_pos _)
    rw [digit_eq, Nat.div_eq_of_lt (Nat.lt_of_lt_of_le hlt
      (Nat.pow_le_pow_right (by omega) (Nat.mul_le_mul_left _ (by omega)))), Nat.zero_mod,
      List.getD_eq_getElem?_getD, List.getElem?_eq_none (by omega)]
    exact (Nat.zero_mod _).symm

end Lemmanet
