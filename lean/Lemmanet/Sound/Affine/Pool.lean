module

public import Lemmanet.Sound.Affine.Conv

/-!
# Steps through average pools

An average pool is a convolution of each channel by itself, with equal weights.
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind

variable {α : Type} [OrderedField α] {n : Nat}

/-! ## The pixels of a window -/

/-- The sum over two lists. -/
theorem sumOver_append [DecidableLE α] (x : Nat → α) (ks ls : List Nat) :
    sumOver x (ks ++ ls) = sumOver x ks + sumOver x ls := by
  induction ks with
  | nil => rw [List.nil_append, sumOver]; grind
  | cons k ks ih => rw [List.cons_append, sumOver, sumOver, ih]; grind

/-- The sum over several lists. -/
theorem sumOver_flatMap [DecidableLE α] (x : Nat → α) (f : Nat → List Nat) (m : Nat) :
    sumOver x ((List.range m).flatMap f) = sum m fun a => sumOver x (f a) := by
  induction m with
  | zero => rfl
  | succ m ih =>
    rw [List.range_succ, List.flatMap_append, sumOver_append, ih, sum]
    simp

/-- The sum over the members that a function gives. -/
theorem sumOver_filterMap [DecidableLE α] (x : Nat → α) (f : Nat → Option Nat) (m : Nat) :
    sumOver x ((List.range m).filterMap f) = sum m fun e => match f e with
      | some i => x i
      | none => 0 := by
  induction m with
  | zero => rfl
  | succ m ih =>
    rw [List.range_succ, List.filterMap_append, sumOver_append, ih, sum]
    congr 1
    cases h : f m with
    | none => simp [h, sumOver]
    | some i =>
      simp only [List.filterMap_cons, h, List.filterMap_nil, sumOver]
      grind

/-- The sum over the pixels of a window. -/
theorem sumOver_taps [DecidableLE α] {ch h w : Nat} (g : Window) (x : Tensor α [ch, h, w])
    (c i j : Nat) : sumOver x.at (g.taps h w c i j) =
      sum g.kernel.1 fun a => sum g.kernel.2 fun e => x.padded g.padding.1 g.padding.2 c
        (i * g.stride.1 + a * g.dilation.1) (j * g.stride.2 + e * g.dilation.2) := by
  unfold Window.taps
  rw [sumOver_flatMap]
  refine sum_congr fun a _ => ?_
  rw [sumOver_filterMap]
  refine sum_congr fun e _ => ?_
  unfold Tensor.padded
  split
  · next k hk =>
    dsimp only at hk
    split at hk
    · next hin => rw [if_pos hin]; cases hk; rfl
    · cases hk
  · next hk =>
    dsimp only at hk
    split at hk
    · cases hk
    · next hin => rw [if_neg hin]

/-- A function that gives a member for each index. -/
private theorem length_filterMap {f : Nat → Option Nat} {m : Nat}
    (h : ∀ e, e < m → (f e).isSome = true) : ((List.range m).filterMap f).length = m := by
  induction m with
  | zero => rfl
  | succ m ih =>
    rw [List.range_succ, List.filterMap_append, List.length_append, ih fun e he => h e (by omega)]
    cases hf : f m with
    | none => have := h m (by omega); rw [hf] at this; cases this
    | some i => simp [hf]

/-- Several lists of the same length. -/
private theorem length_flatMap {f : Nat → List Nat} {m l : Nat}
    (h : ∀ a, a < m → (f a).length = l) : ((List.range m).flatMap f).length = m * l := by
  induction m with
  | zero => simp
  | succ m ih =>
    rw [List.range_succ, List.flatMap_append, List.length_append, ih fun a ha => h a (by omega),
      Nat.succ_mul]
    simp [h m (by omega)]

/-- A window without padding has all of its pixels. -/
theorem length_taps {g : Window} {h w oh ow c i j : Nat} (h1 : g.padding.1 = 0) (h2 : g.padding.2 = 0)
    (h3 : (oh - 1) * g.stride.1 + (g.kernel.1 - 1) * g.dilation.1 < h)
    (h4 : (ow - 1) * g.stride.2 + (g.kernel.2 - 1) * g.dilation.2 < w) (hi : i < oh) (hj : j < ow) :
    (g.taps h w c i j).length = g.kernel.1 * g.kernel.2 := by
  unfold Window.taps
  refine length_flatMap fun a ha => length_filterMap fun e he => ?_
  have k1 := Nat.mul_le_mul_right g.stride.1 (show i ≤ oh - 1 by omega)
  have k2 := Nat.mul_le_mul_right g.dilation.1 (show a ≤ g.kernel.1 - 1 by omega)
  have k3 := Nat.mul_le_mul_right g.stride.2 (show j ≤ ow - 1 by omega)
  have k4 := Nat.mul_le_mul_right g.dilation.2 (show e ≤ g.kernel.2 - 1 by omega)
  rw [if_pos (by omega)]
  rfl

/-! ## The step -/

namespace Rows

/-- The sizes of a pool. -/
@[expose] def poolShape (g : Window) (c h w oh ow : Nat) : ConvShape :=
  ⟨g, c, 1, 1, g.kernel.1, g.kernel.2, h, w, oh, ow⟩

/-- The forms of an average pool as forms of its input. -/
@[expose] def poolBack (n : Nat) (g : Window) (c h w oh ow : Nat) (A : Rows) : Rows :=
  A.conv n (poolShape g c h w oh ow) (fun _ _ _ _ => 1) (fun _ _ _ _ => 0)
    (Nat.mul g.kernel.1 g.kernel.2) 0

/-- The check of a step through an average pool. Either the padding is counted, or there is none. -/
@[expose] def poolStepOk (n : Nat) (g : Window) (includePad : Bool) (c h w oh ow : Nat) (A : Rows)
    {Γ : List Shape} (v : Var Γ [c, h, w]) (T : Terms Γ) : Bool :=
  A.convOk (poolShape g c h w oh ow) (Nat.mul g.kernel.1 g.kernel.2) 0 &&
    (includePad || (Nat.beq g.padding.1 0 && Nat.beq g.padding.2 0 &&
      Nat.blt (Nat.add (Nat.mul (Nat.sub oh 1) g.stride.1)
        (Nat.mul (Nat.sub g.kernel.1 1) g.dilation.1)) h &&
      Nat.blt (Nat.add (Nat.mul (Nat.sub ow 1) g.stride.2)
        (Nat.mul (Nat.sub g.kernel.2 1) g.dilation.2)) w)) &&
    T.plusArgsOk n (.cons v .nil) (some (A.poolBack n g c h w oh ow), ())

end Rows

namespace Trace.Bounds

variable {s : Shape} {Γ : List Shape} {tr : Trace s Γ} {X : Post s} {cuts : Cuts Γ}
  {cs : Limits} {T : Terms Γ} {A : Rows} {d : Lanes}

/-- An average pool. -/
theorem avgPool2d {c h w oh ow : Nat} {g : Window} {includePad : Bool} {v : Var Γ [c, h, w]}
    (hok : A.poolStepOk n g includePad c h w oh ow v T = true)
    (hrest : tr.Bounds X n cuts
      (T.plusArgs n (.cons v .nil) (some (A.poolBack n g c h w oh ow), ())) d) :
    (tr.bind (.avgPool2d g includePad : Op [[c, h, w]] [c, oh, ow]) (.cons v .nil)).Bounds X n
      (cs, cuts) (some A, T) d := by
  rw [Rows.poolStepOk, Bool.and_eq_true, Bool.and_eq_true] at hok
  obtain ⟨⟨hconv, hpad⟩, hplus⟩ := hok
  have hconv := Rows.convChecked_of_ok hconv
  have hsize : ∀ k l m : Nat, Shape.size [k, l, m] = k * (l * m) := fun k l m => by simp [Shape.size]
  have hone : ∀ out ci a e : Nat, (fun _ _ _ _ => 1 : Nat → Nat → Nat → Nat → Nat) out ci a e ≤ 2 ^ 0 :=
    fun _ _ _ _ => Nat.le_refl 1
  have hzero : ∀ out ci a e : Nat, (fun _ _ _ _ => 0 : Nat → Nat → Nat → Nat → Nat) out ci a e ≤ 2 ^ 0 :=
    fun _ _ _ _ => Nat.zero_le _
  refine exactStep (ins := [[c, h, w]]) (M := (some (A.poolBack n g c h w oh ow), ()))
    (fun hA => ?_) hplus hrest
  rw [hsize] at hA
  have hA' : A.Good n ((Rows.poolShape g c h w oh ow).groups * (Rows.poolShape g c h w oh ow).og *
      ((Rows.poolShape g c h w oh ow).oh * (Rows.poolShape g c h w oh ow).ow)) := by
    show A.Good n (c * 1 * (oh * ow))
    rw [Nat.mul_one]; exact hA
  refine ⟨⟨?_, trivial⟩, fun α _ _ env r hr => ?_⟩
  · have := (hA'.conv (α := Rat) hconv hone hzero).1
    show (A.poolBack n g c h w oh ow).Good n (Shape.size [c, h, w])
    rw [hsize]
    have e : c * (1 * (h * w)) = c * (h * w) := by rw [Nat.one_mul]
    rw [← e]
    exact this
  · have hback := hA'.eval_back (α := α) (show c * 1 = c from Nat.mul_one c) hconv hone hzero
      (v.get env) hr
    show A.eval ((Op.avgPool2d g includePad : Op [[c, h, w]] [c, oh, ow]).denote (v.get env, ())) r =
      (A.poolBack n g c h w oh ow).eval (v.get env) r + 0
    rw [Rows.poolBack, ← hback, show ∀ a : α, a + 0 = a by intros; grind]
    unfold Rows.eval
    rw [hsize]
    show _ = sum (c * 1 * (oh * ow)) _
    rw [Nat.mul_one]
    refine sum_congr fun k hk => ?_
    have hk' : k < Shape.size [c, oh, ow] := by rw [hsize]; exact hk
    have hpos : 0 < oh * ow := Nat.pos_of_mul_pos_left (Nat.zero_lt_of_lt hk)
    have how : 0 < ow := Nat.pos_of_mul_pos_left hpos
    have hoh : 0 < oh := Nat.pos_of_mul_pos_right hpos
    rw [Op.denote, Tensor.at_ofFn hk']
    have hcount : (if includePad then g.kernel.1 * g.kernel.2 else
        (g.taps h w (k / (oh * ow)) (k / ow % oh) (k % ow)).length) = g.kernel.1 * g.kernel.2 := by
      split
      · rfl
      · next hne =>
        rw [Bool.or_eq_true] at hpad
        rcases hpad with hpad | hpad
        · exact (hne hpad).elim
        · simp only [Bool.and_eq_true, Nat.beq_eq, Nat.blt_eq] at hpad
          obtain ⟨⟨⟨h1, h2⟩, h3⟩, h4⟩ := hpad
          exact length_taps h1 h2 h3 h4 (Nat.mod_lt _ hoh) (Nat.mod_lt _ how)
    have hw : ∀ k : Nat, (ratio ((1 : Nat) - (0 : Nat) : Int) k : α) = 1 / (k : α) := fun k => by
      show ratio 1 k = _
      unfold ratio
      rw [Ring.intCast_one]
    congr 1
    show sumOver (v.get env).at _ / (((if includePad then _ else _ : Nat)) : α) = _
    rw [hcount, sumOver_taps]
    have e1 : ∀ (m : Nat) (f : Nat → α), sum 1 f = f 0 := fun _ f => by simp only [sum]; grind
    show _ = sum 1 _
    rw [e1 0]
    have e2 : ∀ z : α, z / ((g.kernel.1 * g.kernel.2 : Nat) : α) =
        ratio ((1 : Nat) - (0 : Nat) : Int) (Nat.mul g.kernel.1 g.kernel.2) * z := fun z => by
      rw [hw, Nat.mul_eq]; grind
    rw [e2, ← sum_mul_left]
    refine sum_congr fun a _ => ?_
    rw [← sum_mul_left]
    refine sum_congr fun e _ => ?_
    congr 2
    show k / (oh * ow) = k / (oh * ow) / 1 * 1 + 0
    rw [Nat.div_one, Nat.mul_one, Nat.add_zero]

end Trace.Bounds

end Lemmanet
