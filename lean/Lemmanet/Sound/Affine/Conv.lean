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

/-- Forms of a convolution without bias, as forms of its input. -/
theorem Good.eval_back {p q : Nat → Nat → Nat → Nat → Nat} {den width c : Nat}
    (hA : A.Good n (s.groups * s.og * (s.oh * s.ow))) (hc : s.groups * s.cg = c)
    (hcheck : ConvChecked s den width A) (hp : ∀ out ci a e, p out ci a e ≤ 2 ^ width)
    (hq : ∀ out ci a e, q out ci a e ≤ 2 ^ width) (x : Tensor α [c, s.h, s.w]) {r : Nat} (hr : r < n) :
    (sum (s.groups * s.og * (s.oh * s.ow)) fun k => A.val k r *
      sum s.cg fun ci => sum s.kh fun a => sum s.kw fun e =>
        ratio ((p (k / (s.oh * s.ow)) ci a e : Int) - q (k / (s.oh * s.ow)) ci a e) den *
          x.padded s.window.padding.1 s.window.padding.2 (k / (s.oh * s.ow) / s.og * s.cg + ci)
            (k / s.ow % s.oh * s.window.stride.1 + a * s.window.dilation.1)
            (k % s.ow * s.window.stride.2 + e * s.window.dilation.2)) =
      (A.conv n s p q den width).eval x r := by
  have hval := (hA.conv (α := α) (p := p) (q := q) hcheck hp hq).2
  have hindex : ∀ group ci i j : Nat,
      group * (s.cg * (s.h * s.w)) + (ci * (s.h * s.w) + (i * s.w + j)) =
        ((group * s.cg + ci) * s.h + i) * s.w + j := fun group ci i j => by
    simp only [Nat.add_mul, Nat.mul_assoc, Nat.add_assoc]
  have hinput : (A.conv n s p q den width).eval x r =
      sum s.groups fun group => sum s.cg fun ci => sum s.h fun i => sum s.w fun j =>
        (sum (s.groups * s.og * (s.oh * s.ow)) fun k => A.val k r *
          ratio ((convWeight s p group ci i j k : Int) - convWeight s q group ci i j k) den) *
          x.at (((group * s.cg + ci) * s.h + i) * s.w + j) := by
    unfold eval
    rw [show Shape.size [c, s.h, s.w] = s.groups * (s.cg * (s.h * s.w)) by
      rw [← hc]; simp [Shape.size, Nat.mul_assoc], sum_blocks]
    refine sum_congr fun group hg => ?_
    rw [sum_blocks]
    refine sum_congr fun ci hci => ?_
    rw [sum_blocks]
    refine sum_congr fun i hi => sum_congr fun j hj => ?_
    rw [← hval group hg ci hci i hi j hj r hr, hindex]
  -- one pixel of the output
  have hpixel : ∀ k, k < s.groups * s.og * (s.oh * s.ow) →
      (sum s.groups fun group => sum s.cg fun ci => sum s.h fun i => sum s.w fun j =>
        ratio ((convWeight s p group ci i j k : Int) - convWeight s q group ci i j k) den *
          x.at (((group * s.cg + ci) * s.h + i) * s.w + j)) =
      sum s.cg fun ci => sum s.kh fun a => sum s.kw fun e =>
        ratio ((p (k / (s.oh * s.ow)) ci a e : Int) - q (k / (s.oh * s.ow)) ci a e) den *
          x.padded s.window.padding.1 s.window.padding.2 (k / (s.oh * s.ow) / s.og * s.cg + ci)
            (k / s.ow % s.oh * s.window.stride.1 + a * s.window.dilation.1)
            (k % s.ow * s.window.stride.2 + e * s.window.dilation.2) := by
    intro k hk
    have hpos : 0 < s.oh * s.ow := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt hk)
    have how : 0 < s.ow := Nat.pos_of_mul_pos_left hpos
    have hout : k / (s.oh * s.ow) < s.groups * s.og := (Nat.div_lt_iff_lt_mul hpos).2 hk
    have hog : 0 < s.og := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt hout)
    have hgroup : k / (s.oh * s.ow) / s.og < s.groups := (Nat.div_lt_iff_lt_mul hog).2 hout
    rw [sum_eq_single hgroup fun group _ hne => ?_]
    · refine sum_congr fun ci _ => ?_
      have hterm : ∀ i, i < s.h → ∀ j, j < s.w →
          ratio ((convWeight s p (k / (s.oh * s.ow) / s.og) ci i j k : Int) -
              convWeight s q (k / (s.oh * s.ow) / s.og) ci i j k) den *
            x.at (((k / (s.oh * s.ow) / s.og * s.cg + ci) * s.h + i) * s.w + j) =
          sum s.kh fun a => sum s.kw fun e =>
            if i + s.window.padding.1 =
                k / s.ow % s.oh * s.window.stride.1 + a * s.window.dilation.1 ∧
              j + s.window.padding.2 = k % s.ow * s.window.stride.2 + e * s.window.dilation.2 then
              ratio ((p (k / (s.oh * s.ow)) ci a e : Int) - q (k / (s.oh * s.ow)) ci a e) den *
                x.at (((k / (s.oh * s.ow) / s.og * s.cg + ci) * s.h + i) * s.w + j) else 0 := by
        intro i _ j hj
        rw [ratio_convWeight, ← sum_mul_right]
        refine sum_congr fun a _ => ?_
        rw [← sum_mul_right]
        refine sum_congr fun e he => ?_
        have hiff := place_eq_iff (s := s) (r := i) (c := j) (i := k / s.ow % s.oh) (j := k % s.ow)
          (a := a) (e := e) (Nat.mod_lt k how) he hj
        by_cases hm : i + s.window.padding.1 =
            k / s.ow % s.oh * s.window.stride.1 + a * s.window.dilation.1 ∧
            j + s.window.padding.2 = k % s.ow * s.window.stride.2 + e * s.window.dilation.2
        · rw [if_pos hm, if_pos ⟨rfl, hiff.2 hm⟩]
        · rw [if_neg hm, if_neg fun h => hm (hiff.1 h.2)]
          grind
      rw [sum_congr fun i hi => sum_congr fun j hj => hterm i hi j hj]
      have hswap : ∀ f : Nat → Nat → Nat → Nat → α,
          (sum s.h fun i => sum s.w fun j => sum s.kh fun a => sum s.kw fun e => f i j a e) =
            sum s.kh fun a => sum s.kw fun e => sum s.h fun i => sum s.w fun j => f i j a e :=
        fun f => by
          rw [sum_congr fun i _ => sum_comm .., sum_comm]
          refine sum_congr fun a _ => ?_
          rw [sum_congr fun i _ => sum_comm .., sum_comm]
      rw [hswap]
      exact sum_congr fun a _ => sum_congr fun e _ => padded_eq_sum ..
    · refine sum_eq_zero fun ci _ => sum_eq_zero fun i _ => sum_eq_zero fun j _ => ?_
      rw [ratio_convWeight, sum_eq_zero fun a _ => sum_eq_zero fun e _ => if_neg ?_]
      · grind
      · exact fun h => hne h.1.symm
  rw [hinput, sum_congr fun k hk => by rw [← hpixel k hk]]
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
  have hsize : Shape.size [o, oh, ow] = o * (oh * ow) := by simp [Shape.size]
  have hA' : A.Good n (groups * (o / groups) * (oh * ow)) := by rw [ho]; exact hA
  have hback := Good.eval_back (s := convShape g groups w h wd oh ow) (p := posTap w) (q := negTap w)
    hA' hc hcheck (fun _ _ _ _ => Nat.le_of_lt (digit_lt ..))
    (fun _ _ _ _ => Nat.le_of_lt (digit_lt ..)) x hr
  rw [convBack, ← hback]
  have e : (convShape g groups w h wd oh ow).groups * (convShape g groups w h wd oh ow).og *
      ((convShape g groups w h wd oh ow).oh * (convShape g groups w h wd oh ow).ow) =
      o * (oh * ow) := by
    show groups * (o / groups) * (oh * ow) = _
    rw [ho]
  rw [e, ← sum_add]
  unfold eval
  rw [hsize]
  refine sum_congr fun k hk => ?_
  have hk : k < Shape.size [o, oh, ow] := by rw [hsize]; exact hk
  rw [Op.denote, Tensor.at_ofFn hk]
  have hdist : ∀ y z u : α, y * (z + u) = y * z + y * u := by intros; grind
  refine (hdist ..).trans ?_
  congr 2
  refine sum_congr fun ci _ => sum_congr fun a _ => sum_congr fun e _ => ?_
  rw [w.val_eq]
  rfl

end Rows

namespace Trace.Bounds

variable {s : Shape} {Γ : List Shape} {tr : Trace s Γ} {X : Post s} {cuts : Cuts Γ}
  {cs : Limits} {T : Terms Γ} {A : Rows} {d : Lanes}

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
