module

public import Lemmanet.Sound.Budget.Dot
public import Lemmanet.Sound.Conv

/-!
# Budgets of linear layers and convolutions are sound
-/

public noncomputable section

namespace Lemmanet

open Lean.Grind
open Float (Format Datum)

variable {F : Format} [Format.Valid F]

/-- Soundness of `constantBudget`. -/
theorem constant_tracks {v : Const s} {e : Magnitudes s} (p q : Nat)
    (h : constantBudget F p q v e = true) : (Op.constant v).Tracks F () () e := by
  simp only [constantBudget, Bool.and_eq_true] at h
  obtain ⟨⟨hg, hc⟩, hr⟩ := h
  obtain ⟨hp, hq, hg1, -, -⟩ := gammaCheck_sound hg
  rw [Rat.pow_succ, Rat.pow_zero, Rat.one_mul] at hg1
  have hc' := hc
  simp only [shiftCheck, Bool.and_eq_true] at hc'
  have hv := Const.den_pos hc'.1.1
  have hD := Nat.lcm_pos hv (Magnitudes.den_pos hc'.1.2)
  obtain ⟨hr1, hr2⟩ := rangeCheck_sound hD hr
  have hV : ((Nat.mul 4 (Nat.succ v.ceiling) : Nat) : Rat) = 4 * ((v.ceiling : Rat) + 1) := by
    rw [show Nat.mul 4 (Nat.succ v.ceiling) = 4 * (v.ceiling + 1) from rfl, Rat.natCast_mul,
      Rat.natCast_add]
    rfl
  rw [hV] at hr1 hr2
  have h0 : (0 : Rat) ≤ (v.ceiling : Rat) := rat_natCast_le (Nat.zero_le _)
  have hη := F.leastNormal_pos
  have hu := F.roundoff_le
  intro _ _ z _ _ hz k hk
  have hz : (v.datum F k).Flushed (z.at k) := hz trivial k hk
  have h1 := Float.magnitude_le (v.val_le_ceiling hv k)
  have h2 := Float.Format.nearest_error (F := F) hv (Float.le_magnitude (v.val k)).1
    (Float.le_magnitude (v.val k)).2 (by grind)
  have h3 := hz.error h2.1
  have h4 := shiftCheck_sound (α := Rat) hp hq hc hk
  have h5 : ratio p q * Float.magnitude (v.val k) + ratio 1 (Nat.lcm v.den e.den) ≤ e.val k := by
    rcases magnitude_cases (v.val k) with h | h <;> rw [h]
    · exact h4.1
    · exact h4.2
  have h6 := OrderedRing.mul_le_mul_of_nonneg_right (show F.roundoff ≤ ratio p q by grind)
    (Float.magnitude_nonneg (v.val k))
  have h7 := OrderedRing.mul_le_mul_of_nonneg_right hu (Rat.le_of_lt hη)
  have h8 := OrderedRing.mul_nonneg h0 (Rat.le_of_lt hη)
  refine ⟨h3.1, ?_⟩
  have h9 := h2.2
  have h3 := h3.2
  rw [Op.denote, Tensor.at_ofFn hk]
  have e1 : (ratio (v.num k) v.den : Rat) = v.val k := rfl
  rw [e1] at h9
  have e2 : (v.datum F k).toRat = (F.nearest (v.num k) v.den).toRat := rfl
  rw [← e2] at h9
  unfold Differ at h3 h9
  grind

/-- Soundness of `linearBudget`. -/
theorem linear_tracks {w : Const [n, l]} {b : Const [l]} {x : Box [n]} {ex : Magnitudes [n]}
    {e : Magnitudes [l]} (p q : Nat) (m : Magnitudes [n]) (c : Magnitudes [l])
    (h : linearBudget F p q w b x ex m c e = true) : (Op.linear w b).Tracks F (x, ()) (ex, ()) e := by
  rw [linearBudget, Bool.and_eq_true] at h
  obtain ⟨hdot, hlin⟩ := h
  have hw : 0 < w.den := by
    rw [linearCheck, Bool.and_eq_true, Bool.and_eq_true] at hlin
    exact (LinearCheck.wellFormed_sound hlin.1.1).wden
  intro ⟨v, _⟩ ⟨d, ds⟩ z hv hd hz
  have hfin := MagnitudesEnv.finite_of_close hd
  have hmaj := linear_maps hlin Rat (m.tensor, ()) ⟨m.tensor_mem, trivial⟩
  have hn : Shape.size [n] = n := Nat.mul_one n
  refine Magnitudes.close_of (bound := (Op.denote (.linear w.abs c.const) (m.tensor, ())).at)
    (fun k hk => ?_) (fun k hk => (hmaj k hk).2)
  have hk' : k < Shape.size [l] := hk
  have hdr : Float.DotResult
      (((List.range n).map fun j => (j * l + k, j)).map fun t => (w.datum F t.1, d.at t.2))
      [b.datum F k] (z.at k) := by
    rw [List.map_map]
    exact hz hfin k hk
  have key := dotBudget_sound hdot hw hv.1 hd.1 (by simp) (fun t ht => by
    obtain ⟨j, hj, rfl⟩ := List.mem_map.1 ht
    rw [hn]
    exact List.mem_range.1 hj) hk' hdr
  refine ⟨key.1, ?_⟩
  have key := key.2
  rw [total_map, total_map, total_range, total_range] at key
  rw [Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  have e1 : sum n (fun j => v.at j * w.val (j * l + k)) = sum n (fun j => w.val (j * l + k) * v.at j) :=
    sum_congr fun j _ => Rat.mul_comm _ _
  have e2 : sum n (fun j => m.tensor.at j * w.abs.val (j * l + k)) =
      sum n (fun j => w.abs.val (j * l + k) * m.val j) :=
    sum_congr fun j hj => by
      rw [Magnitudes.tensor, Tensor.at_ofFn (by rw [hn]; exact hj)]
      exact Rat.mul_comm _ _
  rw [e1, e2]
  exact key

/-! ## Convolutions -/

/-- A list that a list of `n` lists of at most `b` entries is joined to. -/
theorem length_flatMap_range_le {ι : Type} (n b : Nat) (f : Nat → List ι)
    (h : ∀ i, (f i).length ≤ b) : ((List.range n).flatMap f).length ≤ n * b := by
  induction n with
  | zero => simp
  | succ n ih =>
    rw [List.range_succ, List.flatMap_append, List.length_append, Nat.succ_mul]
    have := h n
    simp only [List.flatMap_cons, List.flatMap_nil, List.append_nil]
    omega

namespace Window

variable (g : Window) (cg kh kw h w out first i j : Nat)

/-- A window has no more products than its kernel has entries. -/
theorem length_products_le : (g.products cg kh kw h w out first i j).length ≤ cg * (kh * kw) := by
  unfold products
  refine length_flatMap_range_le _ _ _ fun c => length_flatMap_range_le _ _ _ fun a => ?_
  exact Nat.le_trans (List.length_filterMap_le ..) (by simp)

/-- The pixels of products are those of the image. -/
theorem lt_of_mem_products {c : Nat} (hc : first + cg ≤ c) {t : Nat × Nat}
    (ht : t ∈ g.products cg kh kw h w out first i j) : t.2 < Shape.size [c, h, w] := by
  simp only [products, List.mem_flatMap, List.mem_range, List.mem_filterMap] at ht
  obtain ⟨ci, hci, a, -, e, -, he⟩ := ht
  split at he
  · next hin =>
    have he := Option.some.inj he
    subst he
    obtain ⟨h1, h2, h3, h4⟩ := hin
    generalize i * g.stride.1 + a * g.dilation.1 = r at *
    generalize j * g.stride.2 + e * g.dilation.2 = q at *
    show ((first + ci) * h + (r - g.padding.1)) * w + (q - g.padding.2) < c * (h * (w * 1))
    have h5 : (first + ci) * h + (r - g.padding.1) + 1 ≤ c * h := by
      have := Nat.mul_le_mul_right h (show first + ci + 1 ≤ c by omega)
      rw [Nat.add_mul, Nat.one_mul] at this
      omega
    have h6 := Nat.mul_le_mul_right w h5
    rw [Nat.add_mul, Nat.one_mul, Nat.mul_assoc c] at h6
    rw [Nat.mul_one]
    omega
  · exact absurd he (by simp)

/-- The sum of products with the padding is the sum of the others. -/
theorem total_products (f : Nat → Rat) {c : Nat} (x : Tensor Rat [c, h, w]) :
    total (fun t => f t.1 * x.at t.2) (g.products cg kh kw h w out first i j) =
      sum cg (fun c' => sum kh fun a => sum kw fun e =>
        f (((out * cg + c') * kh + a) * kw + e) * x.padded g.padding.1 g.padding.2 (first + c')
          (i * g.stride.1 + a * g.dilation.1) (j * g.stride.2 + e * g.dilation.2)) := by
  simp only [products, total_flatMap, total_filterMap, total_range]
  refine sum_congr fun c' _ => sum_congr fun a _ => sum_congr fun e _ => ?_
  unfold Tensor.padded
  split
  · rfl
  · show (0 : Rat) = _
    rw [Rat.mul_zero]

end Window

/-- Soundness of `conv2dBudget`. -/
theorem conv2d_tracks {g : Window} {groups : Nat} {w : Const [o, cg, kh, kw]} {b : Const [o]}
    {x : Box [c, h, wd]} {ex : Magnitudes [c, h, wd]} {e : Magnitudes [o, oh, ow]} (bits p q : Nat)
    (m : Magnitudes [c, h, wd]) (shift : Magnitudes [o])
    (hc : conv2dBudget F bits p q g groups w b x ex m shift e = true) :
    (Op.conv2d g groups w b).Tracks F (x, ()) (ex, ()) e := by
  rw [conv2dBudget, Bool.and_eq_true] at hc
  obtain ⟨hdot, hcheck⟩ := hc
  have hmaj := conv_maps hcheck Rat (m.tensor, ()) ⟨m.tensor_mem, trivial⟩
  rw [convCheck, ConvPlan.check, Bool.and_eq_true, Bool.and_eq_true] at hcheck
  obtain ⟨⟨hgeometry, hscale⟩, -⟩ := hcheck
  generalize ConvPlan.make bits _ g w.abs shift.const m.box e.box = pl at hgeometry hscale
  have hp := ConvPlan.good_of hgeometry hscale
  have hw : 0 < w.den := Nat.pos_of_mul_pos_right
    (Nat.pos_of_mul_pos_left (hp.product ▸ hp.den : 0 < pl.product * (w.abs.den * m.box.den)))
  intro ⟨v, _⟩ ⟨d, ds⟩ z hv hd hz
  have hfin := MagnitudesEnv.finite_of_close hd
  refine Magnitudes.close_of
    (bound := (Op.denote (.conv2d g groups w.abs shift.const : Op [[c, h, wd]] [o, oh, ow])
      (m.tensor, ())).at) (fun k hk => ?_) (fun k hk => (hmaj k hk).2)
  have hk' : k < o * (oh * ow) := by simpa [Shape.size] using hk
  have hpos : 0 < oh * ow := by
    refine Nat.pos_of_ne_zero fun h => ?_
    rw [h, Nat.mul_zero] at hk'
    omega
  have hout : k / (oh * ow) < o := (Nat.div_lt_iff_lt_mul hpos).2 hk'
  have hsize : 0 < o / groups := by
    refine Nat.pos_of_ne_zero fun h => ?_
    have := hp.outputs
    rw [h, Nat.zero_mul] at this
    exact absurd (this ▸ hout) (Nat.not_lt_zero _)
  have hgroup : k / (oh * ow) / (o / groups) < groups := by
    rw [Nat.div_lt_iff_lt_mul hsize, Nat.mul_comm groups, hp.outputs]
    exact hout
  have hfirst : k / (oh * ow) / (o / groups) * cg + cg ≤ c := by
    rw [← Nat.succ_mul, ← hp.channels]
    exact Nat.mul_le_mul_right _ hgroup
  have key := dotBudget_sound hdot hw hv.1 hd.1
    (g.length_products_le cg kh kw h wd (k / (oh * ow)) (k / (oh * ow) / (o / groups) * cg)
      (k / ow % oh) (k % ow))
    (fun t ht => g.lt_of_mem_products cg kh kw h wd _ _ _ _ hfirst ht)
    (i := k / (oh * ow)) (by simpa [Shape.size] using hout) (hz hfin k hk)
  refine ⟨key.1, ?_⟩
  have key := key.2
  have e2 : total (fun t : Nat × Nat => w.abs.val t.1 * m.val t.2)
      (g.products cg kh kw h wd (k / (oh * ow)) (k / (oh * ow) / (o / groups) * cg)
        (k / ow % oh) (k % ow)) =
      total (fun t => w.abs.val t.1 * m.tensor.at t.2)
        (g.products cg kh kw h wd (k / (oh * ow)) (k / (oh * ow) / (o / groups) * cg)
          (k / ow % oh) (k % ow)) :=
    total_congr fun t ht => by
      rw [Magnitudes.tensor, Tensor.at_ofFn (g.lt_of_mem_products cg kh kw h wd _ _ _ _ hfirst ht)]
  rw [e2, g.total_products, g.total_products] at key
  rw [Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk]
  exact key

/-- Soundness of `affineBudget`. -/
theorem affine_tracks {scale shift : Const [c]} {x : Box s} {ex e : Magnitudes s} (p q : Nat)
    (m : Magnitudes s) (d : Magnitudes [c]) (h : affineBudget F p q scale shift x ex m d e = true) :
    (Op.affine scale shift).Tracks F (x, ()) (ex, ()) e := by
  rw [affineBudget, Bool.and_eq_true, Bool.and_eq_true] at h
  obtain ⟨⟨hsize, hdot⟩, hcheck⟩ := h
  have hsize : Shape.size s / c * c = Shape.size s := Nat.eq_of_beq_eq_true hsize
  have hmaj := affine_maps hcheck Rat (m.tensor, ()) ⟨m.tensor_mem, trivial⟩
  have hw : 0 < scale.den := by
    simp only [affineCheck, Bool.and_eq_true] at hcheck
    exact Const.den_pos (c := scale.abs) hcheck.1.1.2
  intro ⟨v, _⟩ ⟨dx, ds⟩ z hv hd hz
  have hfin := MagnitudesEnv.finite_of_close hd
  refine Magnitudes.close_of (bound := (Op.denote (.affine scale.abs d.const) (m.tensor, ())).at)
    (fun k hk => ?_) (fun k hk => (hmaj k hk).2)
  have hch : k / (Shape.size s / c) < Shape.size [c] := by
    show _ < c * 1
    rw [Nat.mul_one]
    exact Nat.div_lt_of_lt_mul (hsize.symm ▸ hk)
  have key := dotBudget_sound hdot hw hv.1 hd.1 (taps := [(k / (Shape.size s / c), k)]) (by simp)
    (fun t ht => by rw [List.mem_singleton] at ht; subst ht; exact hk) hch (hz hfin k hk)
  refine ⟨key.1, ?_⟩
  have key := key.2
  simp only [total_cons, total_nil] at key
  rw [Op.denote, Op.denote, Tensor.at_ofFn hk, Tensor.at_ofFn hk, Magnitudes.tensor,
    Tensor.at_ofFn hk]
  have e1 : ∀ a b : Rat, a + 0 + b = a + b := by grind
  rw [e1, e1] at key
  exact key

end Lemmanet
