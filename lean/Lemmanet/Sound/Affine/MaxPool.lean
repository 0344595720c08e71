module

public import Lemmanet.Sound.Affine.Pool
public import Lemmanet.Sound.WindowMax

/-!
# Steps through maxima over windows
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

namespace WindowMax

variable {g : Window} {c h w oh ow n : Nat} {A B : Rows} {α : Type} [OrderedField α]

/-- Row and column of a pixel. -/
theorem pixel (u : Nat) {p : Nat} (hp : p < oh * ow) : (u * (oh * ow) + p) / (oh * ow) = u ∧
    (u * (oh * ow) + p) / ow % oh = p / ow ∧ (u * (oh * ow) + p) % ow = p % ow := by
  have how : 0 < ow := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt hp)
  have hi : p / ow < oh := (Nat.div_lt_iff_lt_mul how).2 hp
  have e : u * (oh * ow) + p = (u * oh + p / ow) * ow + p % ow := by
    have := Nat.div_add_mod p ow
    rw [Nat.add_mul, Nat.mul_assoc, Nat.mul_comm (p / ow)]
    omega
  refine ⟨(div_mod_block hp).1, ?_, ?_⟩
  · rw [e, (div_mod_block (Nat.mod_lt p how)).1, (div_mod_block hi).2]
  · rw [e, (div_mod_block (Nat.mod_lt p how)).2]

/-- A pixel that a tap sees lies in the image. -/
theorem index_lt {ch i j t : Nat} (hc : ch < c) (hin : inside g h w i j t = true) :
    index g h w ch i j t < Shape.size [c, h, w] := by
  simp only [inside, Bool.and_eq_true, Nat.ble_eq, Nat.blt_eq] at hin
  have hsize : Shape.size [c, h, w] = c * h * w := by simp [Shape.size, Nat.mul_assoc]
  rw [hsize]
  have h1 : Nat.sub (row g i t) g.padding.1 < h := by
    have := hin.1.1.1; have := hin.1.1.2
    show row g i t - g.padding.1 < h
    have e : Nat.add g.padding.1 h = g.padding.1 + h := rfl
    omega
  have h2 : Nat.sub (col g j t) g.padding.2 < w := by
    have := hin.1.2; have := hin.2
    show col g j t - g.padding.2 < w
    have e : Nat.add g.padding.2 w = g.padding.2 + w := rfl
    omega
  exact block_lt (block_lt hc h1) h2

/-- One tap out of all. -/
theorem sum_weight {u : Nat} (t : Nat) (ht : t < taps g) (hu : u % taps g = t) (f : Nat → Nat → α) :
    (sum g.kernel.1 fun a => sum g.kernel.2 fun e =>
      ratio ((weight g u 0 a e : Int) - (0 : Nat)) 1 * f a e) = f (t / g.kernel.2) (t % g.kernel.2) := by
  have hT : taps g = g.kernel.1 * g.kernel.2 := rfl
  have hpos : 0 < g.kernel.2 := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt (hT ▸ ht))
  have ha : t / g.kernel.2 < g.kernel.1 := (Nat.div_lt_iff_lt_mul hpos).2 (hT ▸ ht)
  have hone : ∀ a e, e < g.kernel.2 → (ratio ((weight g u 0 a e : Int) - (0 : Nat)) 1 : α) =
      if t / g.kernel.2 = a ∧ t % g.kernel.2 = e then 1 else 0 := fun a e he => by
    have hw : weight g u 0 a e = if t = a * g.kernel.2 + e then 1 else 0 := by
      show cond (Nat.beq (u % taps g) (a * g.kernel.2 + e)) 1 0 = _
      rw [hu]
      by_cases h : t = a * g.kernel.2 + e
      · rw [if_pos h, ← h, Nat.beq_refl]; rfl
      · rw [if_neg h]
        cases hb : Nat.beq t (a * g.kernel.2 + e)
        · rfl
        · exact absurd (Nat.eq_of_beq_eq_true hb) h
    have hiff : t = a * g.kernel.2 + e ↔ t / g.kernel.2 = a ∧ t % g.kernel.2 = e := by
      constructor
      · rintro rfl; exact div_mod_block he
      · rintro ⟨rfl, rfl⟩
        have := Nat.div_add_mod t g.kernel.2
        rw [Nat.mul_comm] at this
        exact this.symm
    have e1 : (ratio 1 1 : α) = 1 := by
      unfold ratio; rw [Ring.intCast_one, Semiring.natCast_one]; grind
    rw [hw]
    by_cases h : t = a * g.kernel.2 + e
    · rw [if_pos h, if_pos (hiff.1 h)]; exact e1
    · rw [if_neg h, if_neg fun h' => h (hiff.2 h')]; exact ratio_zero 1
  rw [sum_eq_single ha fun a _ hne => ?_, sum_eq_single (Nat.mod_lt t hpos) fun e he hne => ?_]
  · rw [hone _ _ (Nat.mod_lt t hpos), if_pos ⟨rfl, rfl⟩]
    grind
  · rw [hone _ _ he, if_neg fun h => hne h.2.symm]
    grind
  · exact sum_eq_zero fun e he => by
      rw [hone _ _ he, if_neg fun h => hne h.1.symm]
      grind

/-- The given coefficients as forms of the image. -/
theorem eval_back (hW : (Bend.wide n A B).Good n (c * taps g * (oh * ow)))
    (hcheck : Rows.ConvChecked (shape g h w oh ow c) 1 0 (Bend.wide n A B)) (x : Tensor α [c, h, w])
    {r : Nat} (hr : r < n) :
    (sum c fun ch => sum (oh * ow) fun p => sum (taps g) fun t =>
      (Bend.wide n A B).val (line g oh ow ch p t) r *
        x.padded g.padding.1 g.padding.2 ch (row g (p / ow) t) (col g (p % ow) t)) =
      (back g h w oh ow n c A B).eval x r := by
  have hp : ∀ out ci a e, weight g out ci a e ≤ 2 ^ 0 := fun out _ a e => by
    show cond _ 1 0 ≤ 1
    cases Nat.beq (Nat.mod out (taps g)) (Nat.add (Nat.mul a g.kernel.2) e) <;> decide
  have hback := hW.eval_back (α := α) (s := shape g h w oh ow c) (p := weight g)
    (q := fun _ _ _ _ => 0) (show c * 1 = c from Nat.mul_one c) hcheck hp
    (fun _ _ _ _ => Nat.zero_le _) x hr
  rw [back, ← hback]
  show _ = sum (c * taps g * (oh * ow)) _
  rw [sum_blocks, sum_blocks]
  refine sum_congr fun ch hch => ?_
  rw [sum_comm]
  refine sum_congr fun t ht => sum_congr fun p hp => ?_
  have hpos : 0 < taps g := Nat.zero_lt_of_lt ht
  obtain ⟨e1, e2, e3⟩ := pixel (oh := oh) (ow := ow) (ch * taps g + t) hp
  have d := div_mod_block (m := taps g) (i := ch) (j := t) ht
  show (Bend.wide n A B).val (line g oh ow ch p t) r * _ =
    (Bend.wide n A B).val ((ch * taps g + t) * (oh * ow) + p) r *
      sum 1 fun ci => sum g.kernel.1 fun a => sum g.kernel.2 fun e =>
        ratio ((weight g (((ch * taps g + t) * (oh * ow) + p) / (oh * ow)) ci a e : Int) - (0 : Nat)) 1 *
          x.padded g.padding.1 g.padding.2
            (((ch * taps g + t) * (oh * ow) + p) / (oh * ow) / taps g * 1 + ci)
            (((ch * taps g + t) * (oh * ow) + p) / ow % oh * g.stride.1 + a * g.dilation.1)
            (((ch * taps g + t) * (oh * ow) + p) % ow * g.stride.2 + e * g.dilation.2)
  have e4 : ∀ f : Nat → α, sum 1 f = f 0 := fun f => by simp only [sum]; grind
  rw [e1, e2, e3, e4, d.1, sum_weight (α := α) (g := g) t ht d.2 fun a e =>
    x.padded g.padding.1 g.padding.2 (ch * 1 + 0) (p / ow * g.stride.1 + a * g.dilation.1)
      (p % ow * g.stride.2 + e * g.dilation.2), Nat.mul_one, Nat.add_zero]
  rfl

/-- What window `p` of channel `ch` needs in form `r`. -/
@[expose] def number (g : Window) (h w oh ow n : Nat) (A B : Rows) (box : Flat) (ch p r : Nat) : Int :=
  Maxima.icost (Nat.sub (seen g h w (p / ow) (p % ow)).length 1)
    ((Lanes.factor A.den B.den : Int) * A.int (ch * (oh * ow) + p) r)
    (fun l => (Lanes.factor B.den A.den : Int) *
      (Bend.wide n A B).int (line g oh ow ch p ((seen g h w (p / ow) (p % ow)).getD l 0)) r)
    (fun l => box.ends 1 (index g h w ch (p / ow) (p % ow) ((seen g h w (p / ow) (p % ow)).getD l 0)))

/-- A line of a tap. -/
theorem line_lt {ch p t : Nat} (hc : ch < c) (hp : p < oh * ow) (ht : t < taps g) :
    line g oh ow ch p t < c * taps g * (oh * ow) :=
  block_lt (block_lt hc ht) hp

/-- The lanes of a window. -/
theorem holds_term {den : Nat} {b : Flat} {f : Nat → Nat → Signed}
    (hA : A.Good n (c * (oh * ow))) (hcheck : Bend.Checked n (c * taps g * (oh * ow)) den A B f)
    {ch p : Nat} (hc : ch < c) (hp : p < oh * ow)
    (hseen : 0 < (seen g h w (p / ow) (p % ow)).length) :
    (term g h w oh ow n A B b (ch * (oh * ow) + p) (A.entries.getD (ch * (oh * ow) + p) 0)).Holds
      A.bits n (number g h w oh ow n A B b ch p) := by
  obtain ⟨e1, e2, e3⟩ := pixel (oh := oh) (ow := ow) ch hp
  have e4 : p / ow * ow + p % ow = p := by
    have := Nat.div_add_mod p ow
    rwa [Nat.mul_comm] at this
  have hterm : term g h w oh ow n A B b (ch * (oh * ow) + p) (A.entries.getD (ch * (oh * ow) + p) 0) =
      Maxima.cost A.bits n (Nat.sub (seen g h w (p / ow) (p % ow)).length 1)
        (Bend.value A B (A.entries.getD (ch * (oh * ow) + p) 0))
        (fun l => Bend.given n A B
          (line g oh ow ch p ((seen g h w (p / ow) (p % ow)).getD l 0)))
        (fun l => b.ends 1
          (index g h w ch (p / ow) (p % ow) ((seen g h w (p / ow) (p % ow)).getD l 0))) := by
    show window g h w oh ow n A B b ((ch * (oh * ow) + p) / (oh * ow)) ((ch * (oh * ow) + p) / ow % oh)
      ((ch * (oh * ow) + p) % ow) _ = _
    rw [e1, e2, e3, window]
    show Maxima.cost _ _ _ _ (fun l => Bend.given n A B (line g oh ow ch (p / ow * ow + p % ow) _)) _ = _
    rw [e4]
  rw [hterm]
  refine Maxima.holds_cost hcheck.bits (Bend.holds_value hA hcheck (block_lt hc hp)) fun l hl => ?_
  refine Bend.holds_given hcheck (line_lt hc hp ?_)
  have hl : l < (seen g h w (p / ow) (p % ow)).length := by
    have e : Nat.sub (seen g h w (p / ow) (p % ow)).length 1 =
      (seen g h w (p / ow) (p % ow)).length - 1 := rfl
    omega
  have hmem : (seen g h w (p / ow) (p % ow)).getD l 0 ∈ seen g h w (p / ow) (p % ow) := by
    rw [List.getD_eq_getElem?_getD, List.getElem?_eq_getElem hl]
    exact List.getElem_mem hl
  have := (List.mem_filter.1 hmem).1
  exact List.mem_range.1 this

end WindowMax

end Lemmanet
