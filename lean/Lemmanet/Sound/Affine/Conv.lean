module

public import Lemmanet.Sound.Affine.Linear
public import Lemmanet.Sound.Rows.Conv

/-!
# Steps through convolutions

Forms of a convolution are forms of its input and of the bias, exactly.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α] {n : Nat}

/-! ## Windows and pixels -/

/-- A pixel of a padded image, among all pixels of the image. -/
theorem padded_eq_sum {ch h w : Nat} (x : Tensor α [ch, h, w]) (top left c u v : Nat) (y : α) :
    (sum h fun r => sum w fun q => if r + top = u ∧ q + left = v then
      y * x.at ((c * h + r) * w + q) else 0) = y * x.padded top left c u v := by
  unfold Tensor.padded
  split
  · next hin =>
    rw [sum_eq_single (i := u - top) (by omega) fun r _ hr => ?_, sum_eq_single (i := v - left) (by omega)
      fun q _ hq => ?_]
    · rw [if_pos (by omega)]
    · exact if_neg (by omega)
    · exact sum_eq_zero fun q _ => if_neg (by omega)
  · next hin =>
    rw [sum_eq_zero fun r hr => sum_eq_zero fun q hq => if_neg (by omega)]
    grind

namespace Rows

variable {s : ConvShape} {A : Rows}

/-- The weights that connect two pixels, as fractions. -/
theorem ratio_convWeight (p q : Nat → Nat → Nat → Nat → Nat) (den group ci r c k : Nat) :
    (ratio ((convWeight s p group ci r c k : Int) - convWeight s q group ci r c k) den : α) =
      sum s.kh fun a => sum s.kw fun e =>
        if k / (s.oh * s.ow) / s.og = group ∧ place s r c = s.shift a e +
          ((s.grid 1).row * (k / s.ow % s.oh) + (s.grid 1).col * (k % s.ow)) then
          ratio ((p (k / (s.oh * s.ow)) ci a e : Int) - q (k / (s.oh * s.ow)) ci a e) den else 0 := by
  unfold convWeight ConvShape.coefficient
  rw [ratio_sub, natCast_nsum_int, natCast_nsum_int, ratio_isum, ratio_isum, ← sum_sub]
  refine sum_congr fun a _ => ?_
  rw [natCast_nsum_int, natCast_nsum_int, ratio_isum, ratio_isum, ← sum_sub]
  refine sum_congr fun e _ => ?_
  split
  · rw [ratio_sub]
  · rw [Int.natCast_zero, ratio_zero]; grind

/-- Two places are the same only in the same row and column. -/
theorem place_eq_iff {r c i j a e : Nat} (hj : j < s.ow) (he : e < s.kw) (hc : c < s.w) :
    place s r c = s.shift a e + ((s.grid 1).row * i + (s.grid 1).col * j) ↔
      r + s.window.padding.1 = i * s.window.stride.1 + a * s.window.dilation.1 ∧
        c + s.window.padding.2 = j * s.window.stride.2 + e * s.window.dilation.2 := by
  have hrow := s.row_spec
  have h1 := Nat.mul_le_mul_right s.window.stride.2 (show j ≤ s.ow - 1 by omega)
  have h2 := Nat.mul_le_mul_right s.window.dilation.2 (show e ≤ s.kw - 1 by omega)
  have e1 : s.shift a e + ((s.grid 1).row * i + (s.grid 1).col * j) =
      (i * s.window.stride.1 + a * s.window.dilation.1) * s.row +
        (j * s.window.stride.2 + e * s.window.dilation.2) := by
    show s.row * (a * s.window.dilation.1) + e * s.window.dilation.2 +
      (s.row * s.window.stride.1 * i + s.window.stride.2 * j) = _
    rw [Nat.add_mul, Nat.mul_comm s.row (a * _), Nat.mul_assoc s.row, Nat.mul_comm s.row (_ * i),
      Nat.mul_comm s.window.stride.1, Nat.mul_comm s.window.stride.2]
    omega
  have e2 : place s r c = (r + s.window.padding.1) * s.row + (c + s.window.padding.2) := by
    rw [place, Nat.mul_comm]
  rw [e1, e2]
  constructor
  · intro h
    have d1 := div_mod_block (m := s.row) (i := r + s.window.padding.1)
      (j := c + s.window.padding.2) (by omega)
    have d2 := div_mod_block (m := s.row) (i := i * s.window.stride.1 + a * s.window.dilation.1)
      (j := j * s.window.stride.2 + e * s.window.dilation.2) (by omega)
    rw [h] at d1
    exact ⟨d1.1.symm.trans d2.1, d1.2.symm.trans d2.2⟩
  · rintro ⟨h3, h4⟩
    rw [h3, h4]

end Rows

/-! ## The step -/

namespace Rows

variable {o cg kh kw c h wd oh ow : Nat}

/-- The sizes of a convolution. -/
@[expose] def convShape (g : Window) (groups : Nat) (_ : Const [o, cg, kh, kw]) (h wd oh ow : Nat) :
    ConvShape :=
  ⟨g, groups, cg, Nat.div o groups, kh, kw, h, wd, oh, ow⟩

/-- The digit of a weight, among those that are added. -/
@[expose] def posTap (w : Const [o, cg, kh, kw]) (out ci a e : Nat) : Nat :=
  w.posDigit (Nat.add (Nat.mul (Nat.add (Nat.mul (Nat.add (Nat.mul out cg) ci) kh) a) kw) e)

/-- The digit of a weight, among those that are subtracted. -/
@[expose] def negTap (w : Const [o, cg, kh, kw]) (out ci a e : Nat) : Nat :=
  w.negDigit (Nat.add (Nat.mul (Nat.add (Nat.mul (Nat.add (Nat.mul out cg) ci) kh) a) kw) e)

/-- The forms of a convolution as forms of its input. -/
@[expose] def convBack (n : Nat) (g : Window) (groups : Nat) (w : Const [o, cg, kh, kw])
    (h wd oh ow : Nat) (A : Rows) : Rows :=
  A.conv n (convShape g groups w h wd oh ow) (posTap w) (negTap w) w.den w.width

/-- The forms of the bias. -/
@[expose] def convBias (n : Nat) (b : Const [o]) (oh ow : Nat) (A : Rows) : Lanes :=
  A.dot n (Nat.mul o (Nat.mul oh ow)) (fun k => b.posDigit (Nat.div k (Nat.mul oh ow)))
    (fun k => b.negDigit (Nat.div k (Nat.mul oh ow))) b.den

/-- The check of a step through a convolution: forms `A` of the result, what is left of the forms and of
their bounds. -/
@[expose] def convStepOk (n : Nat) (g : Window) (groups : Nat) (w : Const [o, cg, kh, kw]) (b : Const [o])
    (c h wd oh ow : Nat) (A : Rows) {Γ : List Shape} (v : Var Γ [c, h, wd]) (T : Terms Γ) (d : Lanes) :
    Bool :=
  Nat.beq (Nat.mul groups cg) c && Nat.beq (Nat.mul groups (Nat.div o groups)) o &&
    A.convOk (convShape g groups w h wd oh ow) w.den w.width &&
    A.dotOk (Nat.mul o (Nat.mul oh ow)) (fun k => b.posDigit (Nat.div k (Nat.mul oh ow)))
      (fun k => b.negDigit (Nat.div k (Nat.mul oh ow))) b.den &&
    (T.plusArgsOk n (.cons v .nil) (some (A.convBack n g groups w h wd oh ow), ()) &&
      d.subOk (A.convBias n b oh ow))

variable {g : Window} {groups : Nat} {w : Const [o, cg, kh, kw]} {b : Const [o]} {A : Rows}

/-- Forms of a convolution, as forms of its input and of the bias. -/
theorem Good.eval_conv [DecidableLE α] (hA : A.Good n (o * (oh * ow))) (hc : groups * cg = c)
    (ho : groups * (o / groups) = o)
    (hcheck : ConvChecked (convShape g groups w h wd oh ow) w.den w.width A) (x : Tensor α [c, h, wd])
    {r : Nat} (hr : r < n) :
    A.eval ((Op.conv2d g groups w b : Op [[c, h, wd]] [o, oh, ow]).denote (x, ())) r =
      (A.convBack n g groups w h wd oh ow).eval x r +
        sum (o * (oh * ow)) fun k => A.val k r * b.val (k / (oh * ow)) := by
  let s := convShape g groups w h wd oh ow
  have hsize : ∀ l m k : Nat, Shape.size [l, m, k] = l * (m * k) := fun l m k => by simp [Shape.size]
  have hA' : A.Good n (s.groups * s.og * (s.oh * s.ow)) := by
    show A.Good n (groups * (o / groups) * (oh * ow))
    rw [ho]; exact hA
  have hval := (hA'.conv (α := α) (p := posTap w) (q := negTap w) hcheck
    (fun _ _ _ _ => Nat.le_of_lt (digit_lt ..)) (fun _ _ _ _ => Nat.le_of_lt (digit_lt ..))).2
  -- both sides as sums over pixels of the output
  have h1 : A.eval ((Op.conv2d g groups w b : Op [[c, h, wd]] [o, oh, ow]).denote (x, ())) r =
      sum (o * (oh * ow)) fun k => A.val k r * (sum cg fun ci => sum kh fun a => sum kw fun e =>
        w.val (((k / (oh * ow) * cg + ci) * kh + a) * kw + e) *
          x.padded g.padding.1 g.padding.2 (k / (oh * ow) / (o / groups) * cg + ci)
            (k / ow % oh * g.stride.1 + a * g.dilation.1) (k % ow * g.stride.2 + e * g.dilation.2)) +
        A.val k r * b.val (k / (oh * ow)) := by
    unfold eval
    rw [hsize]
    refine sum_congr fun k hk => ?_
    have hk : k < Shape.size [o, oh, ow] := by rw [hsize]; exact hk
    rw [Op.denote, Tensor.at_ofFn hk]
    have hdist : ∀ y z u : α, y * (z + u) = y * z + y * u := by intros; grind
    exact hdist ..
  have hindex : ∀ group ci i j : Nat, group * (cg * (h * wd)) + (ci * (h * wd) + (i * wd + j)) =
      ((group * cg + ci) * h + i) * wd + j := fun group ci i j => by
    simp only [Nat.add_mul, Nat.mul_assoc, Nat.add_assoc]
  have h2 : (A.convBack n g groups w h wd oh ow).eval x r =
      sum groups fun group => sum cg fun ci => sum h fun i => sum wd fun j =>
        (sum (o * (oh * ow)) fun k => A.val k r *
          ratio ((convWeight s (posTap w) group ci i j k : Int) -
            convWeight s (negTap w) group ci i j k) w.den) *
          x.at (((group * cg + ci) * h + i) * wd + j) := by
    unfold eval
    rw [hsize, show c * (h * wd) = groups * (cg * (h * wd)) by rw [← hc, Nat.mul_assoc], sum_blocks]
    refine sum_congr fun group hg => ?_
    rw [sum_blocks]
    refine sum_congr fun ci hci => ?_
    rw [sum_blocks]
    refine sum_congr fun i hi => sum_congr fun j hj => ?_
    rw [hindex]
    have := hval group hg ci hci i hi j hj r hr
    have e1 : s.groups * s.og * (s.oh * s.ow) = o * (oh * ow) := by
      show groups * (o / groups) * (oh * ow) = _
      rw [ho]
    rw [e1] at this
    have e2 : group * (s.cg * (s.h * s.w)) + (ci * (s.h * s.w) + (i * s.w + j)) =
        ((group * cg + ci) * h + i) * wd + j := hindex ..
    rw [e2] at this
    rw [← this]
    rfl
  -- one pixel of the output
  have hpixel : ∀ k, k < o * (oh * ow) →
      (sum groups fun group => sum cg fun ci => sum h fun i => sum wd fun j =>
        ratio ((convWeight s (posTap w) group ci i j k : Int) -
          convWeight s (negTap w) group ci i j k) w.den *
          x.at (((group * cg + ci) * h + i) * wd + j)) =
      sum cg fun ci => sum kh fun a => sum kw fun e =>
        w.val (((k / (oh * ow) * cg + ci) * kh + a) * kw + e) *
          x.padded g.padding.1 g.padding.2 (k / (oh * ow) / (o / groups) * cg + ci)
            (k / ow % oh * g.stride.1 + a * g.dilation.1)
            (k % ow * g.stride.2 + e * g.dilation.2) := by
    intro k hk
    have hpos : 0 < oh * ow := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt hk)
    have how : 0 < ow := Nat.pos_of_mul_pos_left hpos
    have hout : k / (oh * ow) < o := (Nat.div_lt_iff_lt_mul hpos).2 hk
    have hog : 0 < o / groups := by
      refine Nat.pos_of_ne_zero fun h => ?_
      rw [h, Nat.mul_zero] at ho
      exact absurd (ho ▸ hout) (Nat.not_lt_zero _)
    have hgroup : k / (oh * ow) / (o / groups) < groups := by
      rw [Nat.div_lt_iff_lt_mul hog, ho]
      exact hout
    rw [sum_eq_single hgroup fun group _ hne => ?_]
    · refine sum_congr fun ci _ => ?_
      have hterm : ∀ i, i < h → ∀ j, j < wd →
          ratio ((convWeight s (posTap w) (k / (oh * ow) / (o / groups)) ci i j k : Int) -
              convWeight s (negTap w) (k / (oh * ow) / (o / groups)) ci i j k) w.den *
            x.at (((k / (oh * ow) / (o / groups) * cg + ci) * h + i) * wd + j) =
          sum kh fun a => sum kw fun e =>
            if i + g.padding.1 = k / ow % oh * g.stride.1 + a * g.dilation.1 ∧
              j + g.padding.2 = k % ow * g.stride.2 + e * g.dilation.2 then
              w.val (((k / (oh * ow) * cg + ci) * kh + a) * kw + e) *
                x.at (((k / (oh * ow) / (o / groups) * cg + ci) * h + i) * wd + j) else 0 := by
        intro i _ j hj
        rw [ratio_convWeight, ← sum_mul_right]
        refine sum_congr fun a _ => ?_
        rw [← sum_mul_right]
        refine sum_congr fun e he => ?_
        have hiff := place_eq_iff (s := s) (r := i) (c := j) (i := k / ow % oh) (j := k % ow) (a := a)
          (e := e) (Nat.mod_lt k how) he hj
        by_cases hm : i + g.padding.1 = k / ow % oh * g.stride.1 + a * g.dilation.1 ∧
            j + g.padding.2 = k % ow * g.stride.2 + e * g.dilation.2
        · rw [if_pos hm, if_pos ⟨rfl, hiff.2 hm⟩, w.val_eq]
          rfl
        · rw [if_neg hm, if_neg fun h => hm (hiff.1 h.2)]
          grind
      rw [sum_congr fun i hi => sum_congr fun j hj => hterm i hi j hj]
      have hswap : ∀ f : Nat → Nat → Nat → Nat → α,
          (sum h fun i => sum wd fun j => sum kh fun a => sum kw fun e => f i j a e) =
            sum kh fun a => sum kw fun e => sum h fun i => sum wd fun j => f i j a e := fun f => by
        rw [sum_congr fun i _ => sum_comm .., sum_comm]
        refine sum_congr fun a _ => ?_
        rw [sum_congr fun i _ => sum_comm .., sum_comm]
      rw [hswap]
      exact sum_congr fun a _ => sum_congr fun e _ => padded_eq_sum ..
    · refine sum_eq_zero fun ci _ => sum_eq_zero fun i _ => sum_eq_zero fun j _ => ?_
      rw [ratio_convWeight, sum_eq_zero fun a _ => sum_eq_zero fun e _ => if_neg ?_]
      · grind
      · exact fun h => hne h.1.symm
  rw [h1, h2, sum_add]
  congr 1
  rw [sum_congr fun k hk => by rw [← hpixel k hk]]
  -- the order of the sums
  simp only [← sum_mul_left, ← sum_mul_right]
  rw [sum_comm]
  refine sum_congr fun group _ => ?_
  rw [sum_comm]
  refine sum_congr fun ci _ => ?_
  rw [sum_comm]
  refine sum_congr fun i _ => ?_
  rw [sum_comm]
  refine sum_congr fun j _ => sum_congr fun k _ => ?_
  grind

end Rows

namespace Trace.Bounds

variable {s : Shape} {Γ : List Shape} {tr : Trace s Γ} {X : Post s} {cuts : Cuts Γ}
  {cs : List Cut} {T : Terms Γ} {A : Rows} {d : Lanes}

/-- A convolution. -/
theorem conv2d {o cg kh kw c h wd oh ow : Nat} {g : Window} {groups : Nat}
    {w : Const [o, cg, kh, kw]} {b : Const [o]} {v : Var Γ [c, h, wd]}
    (hok : A.convStepOk n g groups w b c h wd oh ow v T d = true)
    (hrest : tr.Bounds X n cuts
      (T.plusArgs n (.cons v .nil) (some (A.convBack n g groups w h wd oh ow), ()))
      (d.sub n (A.convBias n b oh ow))) :
    (tr.bind (.conv2d g groups w b : Op [[c, h, wd]] [o, oh, ow]) (.cons v .nil)).Bounds X n (cs, cuts)
      (some A, T) d := by
  rw [Rows.convStepOk, Bool.and_eq_true, Bool.and_eq_true, Bool.and_eq_true, Bool.and_eq_true,
    Nat.beq_eq, Nat.beq_eq] at hok
  obtain ⟨⟨⟨⟨hc, ho⟩, hconv⟩, hdot⟩, hok⟩ := hok
  have hconv := Rows.convChecked_of_ok hconv
  have hsize : ∀ l m k : Nat, Shape.size [l, m, k] = l * (m * k) := fun l m k => by simp [Shape.size]
  refine step (ins := [[c, h, wd]]) (M := (some (A.convBack n g groups w h wd oh ow), ()))
    (c := A.convBias n b oh ow) (fun hA => ?_) hok hrest
  rw [hsize] at hA
  have hA' : A.Good n ((Rows.convShape g groups w h wd oh ow).groups *
      (Rows.convShape g groups w h wd oh ow).og *
      ((Rows.convShape g groups w h wd oh ow).oh * (Rows.convShape g groups w h wd oh ow).ow)) := by
    show A.Good n (groups * (o / groups) * (oh * ow))
    rw [show groups * (o / groups) = o from ho]
    exact hA
  refine ⟨⟨?_, trivial⟩, (hA.dot (α := Rat) hdot).1, fun α _ _ env _ r hr _ => ?_⟩
  · have := (hA'.conv (α := Rat) (p := Rows.posTap w) (q := Rows.negTap w) hconv
      (fun _ _ _ _ => Nat.le_of_lt (digit_lt ..)) (fun _ _ _ _ => Nat.le_of_lt (digit_lt ..))).1
    show (A.convBack n g groups w h wd oh ow).Good n (Shape.size [c, h, wd])
    have e : c * (h * wd) = groups * (cg * (h * wd)) := by rw [← hc, Nat.mul_eq, Nat.mul_assoc]
    rw [hsize, e]
    exact this
  · have h1 := hA.eval_conv (b := b) hc ho hconv (v.get env) hr
    have h2 := (hA.dot (α := α) hdot).2 r hr
    have h3 : (A.convBias n b oh ow).val r = sum (o * (oh * ow)) fun k =>
        A.val k r * (b.val (k / (oh * ow)) : α) := by
      refine h2.trans (sum_congr fun k _ => ?_)
      rw [b.val_eq]
      rfl
    show A.eval ((Op.conv2d g groups w b : Op [[c, h, wd]] [o, oh, ow]).denote (v.get env, ())) r ≤
      (A.convBack n g groups w h wd oh ow).eval (v.get env) r + 0 + _
    rw [h1, h3]
    grind

end Trace.Bounds

end Lemmanet
