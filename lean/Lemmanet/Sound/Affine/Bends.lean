module

public import Lemmanet.Exec.Bends
public import Lemmanet.Sound.Maxima
public import Lemmanet.Sound.Rows.Move

/-!
# Constants of relaxations are right

The lanes that `Bend.lanes` computes are the sums of what the entries need.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

/-- An inequality over the denominators `d` of coefficients and `e` of values. -/
theorem ratio_le_sum_of_scaled {α : Type} [OrderedField α] {d e m : Nat} (hd : 0 < d) (he : 0 < e)
    {u c : Int} {y : α} {g : Nat → Int} {x : Nat → α}
    (h : (u : α) * (y * (e : α)) ≤ (sum m fun j => (g j : α) * (x j * (e : α))) + (c : α)) :
    ratio u d * y ≤ (sum m fun j => ratio (g j) d * x j) + ratio c (d * e) := by
  have hdp := natCast_pos (α := α) hd
  have hscale : ∀ (v : Int) (z : α), ratio v d * z * ((d * e : Nat) : α) = (v : α) * (z * (e : α)) :=
    fun v z => by rw [Semiring.natCast_mul]; unfold ratio; grind
  have hsum : (sum m fun j => ratio (g j) d * x j) * ((d * e : Nat) : α) =
      sum m fun j => (g j : α) * (x j * (e : α)) := by
    rw [← sum_mul_right]; exact sum_congr fun j _ => hscale _ _
  have h1 : ratio u d * y - (sum m fun j => ratio (g j) d * x j) ≤ ratio c (d * e) := by
    rw [le_ratio_iff (Nat.mul_pos hd he)]
    have h2 := hscale u y
    grind
  grind

namespace Bend

variable {n size lines den : Nat} {A B : Rows} {term : Nat → Nat → Shifted} {v : Nat → Nat → Int}

/-- What `ok` says. -/
structure Checked (n lines den : Nat) (A B : Rows) (term : Nat → Nat → Shifted) : Prop where
  /-- The given coefficients. -/
  rows : (wide n A B).Good n lines
  /-- Their denominator is positive. -/
  denominator : 0 < B.den
  /-- Lanes have digits. -/
  bits : 0 < A.bits
  /-- The denominator of boxes is positive. -/
  box : 0 < den
  /-- No lane overflows. -/
  sum : (all A term).ok = true

/-- `ok` checks it. -/
theorem checked_of_ok (h : ok n A B lines den term = true) : Checked n lines den A B term := by
  simp only [ok, Bool.and_eq_true, Nat.blt_eq] at h
  obtain ⟨⟨⟨⟨h₁, h₂⟩, h₃⟩, h₄⟩, h₅⟩ := h
  have hB := Rows.good_of_ok h₁
  exact ⟨(hB.widen (α := Rat) h₂).1, hB.den, h₃, h₄, h₅⟩

/-- The coefficients of the result. -/
theorem holds_value (hA : A.Good n size) (h : Checked n lines den A B term) {k : Nat} (hk : k < size) :
    (value A B (A.entries.getD k 0)).Holds A.bits n fun r => (Lanes.factor A.den B.den : Int) * A.int k r :=
  Shifted.holds_of_packed _ (hA.packed k hk) h.bits

/-- The given coefficients. -/
theorem holds_given (h : Checked n lines den A B term) {i : Nat} (hi : i < lines) :
    (given n A B i).Holds A.bits n fun r =>
      (Lanes.factor B.den A.den : Int) * (wide n A B).int i r := by
  unfold given
  rw [Rows.getPiece_eq _ (by rw [h.rows.length]; exact hi)]
  exact Shifted.holds_of_packed _ (h.rows.packed i hi) h.bits

/-- They as fractions over the common denominator. -/
theorem ratio_value {α : Type} [OrderedField α] (hA : A.Good n size)
    (h : Checked n lines den A B term) (k r : Nat) :
    (A.val k r : α) = ratio ((Lanes.factor A.den B.den : Int) * A.int k r) (Nat.lcm A.den B.den) :=
  (Lanes.ratio_factor hA.den h.denominator _).symm

/-- The same for the given ones. -/
theorem ratio_given {α : Type} [OrderedField α] (hA : A.Good n size)
    (h : Checked n lines den A B term) (i r : Nat) :
    ((wide n A B).val i r : α) =
      ratio ((Lanes.factor B.den A.den : Int) * (wide n A B).int i r) (Nat.lcm A.den B.den) :=
  (Lanes.ratio_factor' hA.den h.denominator _).symm

/-- The constants, if `v k r` is what entry `k` needs for form `r`. -/
theorem lanes_spec (hA : A.Good n size) (h : Checked n lines den A B term)
    (hv : ∀ k, k < size → (term k (A.entries.getD k 0)).Holds A.bits n (v k)) :
    (lanes A B den term).Good n ∧ ∀ (α : Type) [OrderedField α] (r : Nat), r < n →
      ((lanes A B den term).val r : α) =
        Lemmanet.sum size fun k => ratio (v k r) (Nat.lcm A.den B.den * den) := by
  have hall : (all A term).Holds A.bits n fun r => isum A.entries.length fun k => v k r :=
    Shifted.holds_total h.bits fun j hj => by rw [Nat.zero_add]; exact hv j (hA.length ▸ hj)
  obtain ⟨hp, _⟩ := hall h.sum
  have hp : Packed A.bits n (lanes A B den term).offset (lanes A B den term).num
    fun r => isum A.entries.length fun k => v k r := hp
  have hd : 0 < (lanes A B den term).den := Nat.mul_pos (Nat.lcm_pos hA.den h.denominator) h.box
  refine ⟨(Lanes.good_of_packed (v := lanes A B den term) hd hp).1, fun α _ r hr => ?_⟩
  rw [Lanes.val_of_packed (v := lanes A B den term) hp hr, ratio_isum, hA.length]
  rfl

end Bend

/-- An entry of a box that is read from its joined literals, over a multiple of its denominator. -/
theorem Box.mem_ends {α : Type} [OrderedField α] {s : Shape} {b : Box s} (h : b.regular = true)
    {x : Tensor α s} (hx : b.Mem x) {k : Nat} (hk : k < Shape.size s) (factor : Nat) :
    (b.flat.ends factor k).Mem (x.at k * ((factor * b.den : Nat) : α)) := by
  obtain ⟨h1, h2⟩ := Box.flat_bounds h hx hk
  have hf := natCast_nonneg (α := α) factor
  have h3 := OrderedRing.mul_le_mul_of_nonneg_left h1 hf
  have h4 := OrderedRing.mul_le_mul_of_nonneg_left h2 hf
  have hm : ∀ a b : Nat, ((Nat.mul a b : Nat) : α) = (a : α) * (b : α) := fun a b =>
    Semiring.natCast_mul a b
  simp only [Reach.Mem, Flat.ends, hm, Semiring.natCast_mul]
  constructor <;> grind

/-- The interval of the negative values. -/
theorem Reach.mem_mirror {α : Type} [OrderedField α] {e : Reach} {x : α} (h : e.Mem x) :
    e.mirror.Mem (-x) := by
  obtain ⟨h1, h2⟩ := h
  simp only [Reach.Mem, Reach.mirror]
  constructor <;> grind

end Lemmanet
