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
theorem holds_term {den : Nat} {b : Flat} {f : Nat → Nat → Shifted}
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

/-- The maximum of a window, in the given coefficients. -/
theorem window_le [DecidableLE α] {b : Box [c, h, w]} {f : Nat → Nat → Shifted}
    (hA : A.Good n (c * (oh * ow)))
    (hcheck : Bend.Checked n (c * taps g * (oh * ow)) b.flat.den A B f) (hb : b.regular = true)
    {x : Tensor α [c, h, w]} (hx : b.Mem x) {ch p : Nat} (hc : ch < c)
    (hseen : 0 < (seen g h w (p / ow) (p % ow)).length) (r : Nat) :
    A.val (ch * (oh * ow) + p) r * maxOver x.at (g.taps h w ch (p / ow) (p % ow)) ≤
      (sum (taps g) fun t => (Bend.wide n A B).val (line g oh ow ch p t) r *
        x.padded g.padding.1 g.padding.2 ch (row g (p / ow) t) (col g (p % ow) t)) +
        ratio (number g h w oh ow n A B b.flat ch p r) (Nat.lcm A.den B.den * b.flat.den) := by
  let l := seen g h w (p / ow) (p % ow)
  let place (j : Nat) : Nat := index g h w ch (p / ow) (p % ow) (l.getD j 0)
  have hlen : Nat.sub l.length 1 + 1 = l.length := by
    show l.length - 1 + 1 = l.length
    have : 0 < l.length := hseen
    omega
  have hmem : ∀ j, j < l.length → l.getD j 0 ∈ l := fun j hj => by
    rw [List.getD_eq_getElem?_getD, List.getElem?_eq_getElem hj]
    exact List.getElem_mem hj
  have hin : ∀ j, j < l.length → inside g h w (p / ow) (p % ow) (l.getD j 0) = true := fun j hj =>
    (List.mem_filter.1 (hmem j hj)).2
  have hne : g.taps h w ch (p / ow) (p % ow) ≠ [] := fun hnil => by
    have hi : place 0 ∈ g.taps h w ch (p / ow) (p % ow) := mem_taps.2 ⟨_, hmem 0 hseen, rfl⟩
    rw [hnil] at hi
    exact (List.not_mem_nil hi).elim
  obtain ⟨hle, k, hk, hmax⟩ := maxOver_spec x.at hne
  obtain ⟨t, ht, rfl⟩ := mem_taps.1 hk
  obtain ⟨j₀, hj₀, hj₀t⟩ : ∃ j, j < l.length ∧ l.getD j 0 = t := by
    obtain ⟨j, hj, e⟩ := List.getElem_of_mem ht
    exact ⟨j, hj, by rw [List.getD_eq_getElem?_getD, List.getElem?_eq_getElem hj]; exact e⟩
  have he := natCast_nonneg (α := α) b.flat.den
  have h1 := Maxima.le_cost (α := α) (m := Nat.sub l.length 1)
    (a := (Lanes.factor A.den B.den : Int) * A.int (ch * (oh * ow) + p) r)
    (g := fun j => (Lanes.factor B.den A.den : Int) *
      (Bend.wide n A B).int (line g oh ow ch p (l.getD j 0)) r)
    (e := fun j => b.flat.ends 1 (place j)) (x := fun j => x.at (place j) * (b.flat.den : α))
    (y := maxOver x.at (g.taps h w ch (p / ow) (p % ow)) * (b.flat.den : α))
    (fun j hj => by
      have := Box.mem_ends hb hx (index_lt hc (hin j (by omega))) 1
      rw [Nat.one_mul] at this
      exact this)
    (fun j hj => OrderedRing.mul_le_mul_of_nonneg_right
      (hle _ (mem_taps.2 ⟨_, hmem j (by omega), rfl⟩)) he)
    ⟨j₀, by omega, by rw [hmax, ← hj₀t]⟩
  rw [hlen] at h1
  have h2 := ratio_le_sum_of_scaled (Nat.lcm_pos hA.den hcheck.denominator) hcheck.box h1
  rw [← Bend.ratio_value hA hcheck] at h2
  have h3 : (sum l.length fun j => ratio ((Lanes.factor B.den A.den : Int) *
      (Bend.wide n A B).int (line g oh ow ch p (l.getD j 0)) r) (Nat.lcm A.den B.den) *
        x.at (place j)) =
      sum (taps g) fun t => (Bend.wide n A B).val (line g oh ow ch p t) r *
        x.padded g.padding.1 g.padding.2 ch (row g (p / ow) t) (col g (p % ow) t) := by
    have := sum_filter (inside g h w (p / ow) (p % ow)) (fun t =>
      (Bend.wide n A B).val (line g oh ow ch p t) r * x.at (index g h w ch (p / ow) (p % ow) t)) (taps g)
    refine Eq.trans (sum_congr fun j _ => ?_) (this.trans (sum_congr fun t _ => ?_))
    · rw [← Bend.ratio_given hA hcheck]
      rfl
    · rw [padded_eq]
      split
      · rfl
      · grind
  rw [h3] at h2
  exact h2

/-- The check of a step: forms `A` of the result, given coefficients `B` of the taps, what is left of the
forms and of their bounds. -/
@[expose] def stepOk (n : Nat) (g : Window) (c h w oh ow : Nat) (A B : Rows) {Γ : List Shape}
    (v : Var Γ [c, h, w]) (b : Box [c, h, w]) (T : Terms Γ) (d : Lanes) : Bool :=
  b.regular &&
    (allBelow (Nat.mul oh ow) fun p => Nat.blt 0 (seen g h w (Nat.div p ow) (Nat.mod p ow)).length) &&
    Bend.ok n A B (Nat.mul (Nat.mul c (taps g)) (Nat.mul oh ow)) b.flat.den
      (term g h w oh ow n A B b.flat) &&
    (Bend.wide n A B).convOk (shape g h w oh ow c) 1 0 &&
    (T.plusArgsOk n (.cons v .nil) (some (back g h w oh ow n c A B), ()) &&
      d.subOk (Bend.lanes A B b.flat.den (term g h w oh ow n A B b.flat)))

end WindowMax

/-- Maxima over windows, with coefficients `B` of the taps: a line for each channel, each tap and each
window, in this order. -/
theorem Trace.Bounds.maxPool2d {s : Shape} {Γ : List Shape} {n : Nat} {tr : Trace s Γ} {X : Post s}
    {cuts : Cuts Γ} {cs : Limits} {T : Terms Γ} {A : Rows} {d : Lanes} {bs : BoxEnv Γ}
    {c h w oh ow : Nat} {g : Window} {v : Var Γ [c, h, w]} (facts : tr.Facts X bs) (B : Rows)
    (hok : WindowMax.stepOk n g c h w oh ow A B v (v.box bs) T d = true)
    (hrest : tr.Bounds X n cuts
      (T.plusArgs n (.cons v .nil) (some (WindowMax.back g h w oh ow n c A B), ()))
      (d.sub n (Bend.lanes A B (v.box bs).flat.den
        (WindowMax.term g h w oh ow n A B (v.box bs).flat)))) :
    (tr.bind (.maxPool2d g : Op [[c, h, w]] [c, oh, ow]) (.cons v .nil)).Bounds X n (cs, cuts)
      (some A, T) d := by
  rw [WindowMax.stepOk, Bool.and_eq_true, Bool.and_eq_true, Bool.and_eq_true, Bool.and_eq_true] at hok
  obtain ⟨⟨⟨⟨hb, hseen⟩, hcheck⟩, hconv⟩, hrest'⟩ := hok
  have hcheck := Bend.checked_of_ok hcheck
  have hcheck : Bend.Checked n (c * WindowMax.taps g * (oh * ow)) (v.box bs).flat.den A B
    (WindowMax.term g h w oh ow n A B (v.box bs).flat) := hcheck
  have hconv := Rows.convChecked_of_ok hconv
  have hsize : ∀ k l m : Nat, Shape.size [k, l, m] = k * (l * m) := fun k l m => by simp [Shape.size]
  have hseen : ∀ p, p < oh * ow →
      0 < (WindowMax.seen g h w (p / ow) (p % ow)).length := fun p hp => by
    have := allBelow_iff.1 hseen p hp
    rwa [Nat.blt_eq] at this
  refine step (ins := [[c, h, w]]) (M := (some (WindowMax.back g h w oh ow n c A B), ()))
    (fun hA => ?_) hrest' hrest
  rw [hsize] at hA
  have hlanes := Bend.lanes_spec (v := fun k => WindowMax.number g h w oh ow n A B (v.box bs).flat
    (k / (oh * ow)) (k % (oh * ow))) hA hcheck fun k hk => by
      have hpos : 0 < oh * ow := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt hk)
      have hc : k / (oh * ow) < c := (Nat.div_lt_iff_lt_mul hpos).2 hk
      have hp := Nat.mod_lt k hpos
      have := WindowMax.holds_term (b := (v.box bs).flat) hA hcheck hc hp (hseen _ hp)
      have e : k / (oh * ow) * (oh * ow) + k % (oh * ow) = k := by
        have := Nat.div_add_mod k (oh * ow)
        rwa [Nat.mul_comm] at this
      rwa [e] at this
  have hback := (hcheck.rows.conv (α := Rat) (s := WindowMax.shape g h w oh ow c)
    (p := WindowMax.weight g) (q := fun _ _ _ _ => 0) hconv (fun out _ a e => by
      show cond _ 1 0 ≤ 1
      cases Nat.beq (Nat.mod out (WindowMax.taps g)) (Nat.add (Nat.mul a g.kernel.2) e) <;> decide)
    (fun _ _ _ _ => Nat.zero_le _)).1
  refine ⟨⟨?_, trivial⟩, hlanes.1, fun α _ _ env hr r hn _ => ?_⟩
  · rw [hsize]
    have e : c * (1 * (h * w)) = c * (h * w) := by rw [Nat.one_mul]
    rw [← e]
    exact hback
  · have hx := v.mem_box (facts α env hr)
    show A.eval ((Op.maxPool2d g : Op [[c, h, w]] [c, oh, ow]).denote (v.get env, ())) r ≤
      (WindowMax.back g h w oh ow n c A B).eval (v.get env) r + 0 + _
    rw [hlanes.2 α r hn, ← WindowMax.eval_back hcheck.rows hconv (v.get env) hn,
      show ∀ a b : α, a + 0 + b = a + b by intros; grind, sum_blocks, ← sum_add]
    unfold Rows.eval
    rw [hsize, sum_blocks]
    refine sum_le_sum fun ch hch => ?_
    rw [← sum_add]
    refine sum_le_sum fun p hp => ?_
    obtain ⟨e1, e2, e3⟩ := WindowMax.pixel (oh := oh) (ow := ow) ch hp
    have hk : ch * (oh * ow) + p < Shape.size [c, oh, ow] := by rw [hsize]; exact block_lt hch hp
    rw [Op.denote, Tensor.at_ofFn hk]
    show A.val (ch * (oh * ow) + p) r * maxOver (v.get env).at (g.taps h w
      ((ch * (oh * ow) + p) / (oh * ow)) ((ch * (oh * ow) + p) / ow % oh) ((ch * (oh * ow) + p) % ow)) ≤ _
    rw [e1, e2, e3]
    dsimp only
    rw [e1, (div_mod_block hp).2]
    exact WindowMax.window_le hA hcheck hb hx hch (hseen p hp) r

end Lemmanet
