module

public import Lemmanet.Exec.Grid
public import Lemmanet.Sound.Packed

/-!
# Numbers with given digits

`Packs k x f`: `x` is the number with the digits `f 0, f 1, …`, all but finitely many of which are
zero. Unlike for `pack`, the number of digits need not be carried along.
-/

public noncomputable section

namespace Lemmanet

/-- `x` is the number with the digits `f 0, f 1, …`, one every `k` bits. -/
@[expose] def Packs (k x : Nat) (f : Nat → Nat) : Prop :=
  ∃ n, x = pack k f n ∧ ∀ i, n ≤ i → f i = 0

/-- The value of `addUp`. -/
theorem addUp_eq (n : Nat) (f : Nat → Nat) : addUp n f = nsum n f := by
  induction n with
  | zero => rfl
  | succ n ih => rw [addUp, ih]; rfl

/-- Digits that are zero can be left out at the top. -/
theorem pack_eq_of_le {k m n : Nat} {f : Nat → Nat} (hmn : m ≤ n) (h : ∀ i, m ≤ i → i < n → f i = 0) :
    pack k f n = pack k f m := by
  obtain ⟨e, rfl⟩ := Nat.le.dest hmn
  rw [← pack_extend k f m e]
  refine pack_congr fun i hi => ?_
  split
  · rfl
  · exact h i (by omega) hi

namespace Packs

variable {k x y : Nat} {f g : Nat → Nat}

/-- Any number of digits is right that leaves out no digit but zeros. -/
theorem eq_pack (h : Packs k x f) {n : Nat} (hn : ∀ i, n ≤ i → f i = 0) : x = pack k f n := by
  obtain ⟨m, rfl, hm⟩ := h
  by_cases hmn : m ≤ n
  · exact (pack_eq_of_le hmn fun i hi _ => hm i hi).symm
  · exact pack_eq_of_le (by omega) fun i hi _ => hn i hi

/-- Equal digits. -/
theorem congr (h : Packs k x f) (hfg : ∀ i, f i = g i) : Packs k x g := by
  obtain rfl : f = g := funext hfg
  exact h

/-- Zero. -/
theorem zero (k : Nat) : Packs k 0 (fun _ => 0) := ⟨0, rfl, fun _ _ => rfl⟩

/-- Sums. -/
theorem add (hx : Packs k x f) (hy : Packs k y g) : Packs k (x + y) (fun i => f i + g i) := by
  obtain ⟨m, hm⟩ := hx
  obtain ⟨n, hn⟩ := hy
  have hz : ∀ i, max m n ≤ i → f i = 0 ∧ g i = 0 := fun i hi =>
    ⟨hm.2 i (by omega), hn.2 i (by omega)⟩
  refine ⟨max m n, ?_, fun i hi => by simp [hz i hi]⟩
  rw [pack_add, ← eq_pack ⟨m, hm⟩ fun i hi => (hz i hi).1, ← eq_pack ⟨n, hn⟩ fun i hi => (hz i hi).2]

/-- Multiples. -/
theorem mul_left (hx : Packs k x f) (c : Nat) : Packs k (c * x) (fun i => c * f i) := by
  obtain ⟨n, rfl, hn⟩ := hx
  exact ⟨n, (pack_mul_left k c f n).symm, fun i hi => by simp [hn i hi]⟩

/-- Shifts. -/
theorem shift (hx : Packs k x f) (e : Nat) :
    Packs k (2 ^ (k * e) * x) (fun i => if e ≤ i then f (i - e) else 0) := by
  obtain ⟨n, rfl, hn⟩ := hx
  refine ⟨e + n, (pack_shift k f e n).symm, fun i hi => ?_⟩
  exact (if_pos (by omega)).trans (hn _ (by omega))

/-- A single digit. -/
theorem single (k v e : Nat) : Packs k (2 ^ (k * e) * v) (fun i => if i = e then v else 0) := by
  have h : Packs k v (fun i => if i = 0 then v else 0) :=
    ⟨1, by simp [pack_succ, pack_zero], fun i hi => if_neg (by omega)⟩
  refine (h.shift e).congr fun i => ?_
  by_cases hi : i = e <;> by_cases he : e ≤ i <;> simp [hi, he] <;> omega

/-- Sums of several numbers. -/
theorem nsum {n : Nat} {xs : Nat → Nat} {fs : Nat → Nat → Nat}
    (h : ∀ j, j < n → Packs k (xs j) (fs j)) :
    Packs k (nsum n xs) (fun i => Lemmanet.nsum n fun j => fs j i) := by
  induction n with
  | zero => exact zero k
  | succ n ih => exact (ih fun j hj => h j (by omega)).add (h n (by omega))

/-- Digits that do not overlap can be read. -/
theorem digit_eq (hx : Packs k x f) (hf : ∀ i, f i < 2 ^ k) (i : Nat) : digit k k x i = f i := by
  obtain ⟨n, _, hn⟩ := id hx
  rw [hx.eq_pack (n := max n (i + 1)) fun j hj => hn j (by omega)]
  exact digit_pack (fun j _ => hf j) (by omega)

end Packs

end Lemmanet
