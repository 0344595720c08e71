module

public import Lemmanet.Sound.Blocks
public import Lemmanet.Sound.Conv.Grid
public import Lemmanet.Sound.Rows.Combine

/-!
# A convolution turned round, in numbers

The pixels that `ConvShape.back` computes are combinations of the pixels of the output, with the weights of
the taps that connect them.
-/

public noncomputable section

namespace Lemmanet

namespace ConvShape

variable {s : ConvShape} {bits : Nat}

/-- Where pixel `(i, j)` of the output lies in the number of a channel. -/
@[expose] def grid (s : ConvShape) (bits : Nat) : Grid :=
  ⟨bits, s.row * s.window.stride.1, s.window.stride.2⟩

/-- How far the tap `(a, e)` moves it. -/
@[expose] def shift (s : ConvShape) (a e : Nat) : Nat :=
  s.row * (a * s.window.dilation.1) + e * s.window.dilation.2

/-- No window and no row of the input is longer than a row. -/
theorem row_spec (s : ConvShape) :
    (s.ow - 1) * s.window.stride.2 + (s.kw - 1) * s.window.dilation.2 < s.row ∧
      s.w + s.window.padding.2 ≤ s.row := by
  have e : s.row = (s.ow - 1) * s.window.stride.2 + (s.kw - 1) * s.window.dilation.2 + 1 +
      (s.w + s.window.padding.2 -
        ((s.ow - 1) * s.window.stride.2 + (s.kw - 1) * s.window.dilation.2 + 1)) := rfl
  omega

/-- Different pixels have different places. -/
theorem apart (h1 : 0 < s.window.stride.1) (h2 : 0 < s.window.stride.2) :
    (s.grid bits).Apart s.ow := by
  refine ⟨h2, fun j hj => ?_⟩
  have h3 := s.row_spec.1
  have h4 := Nat.mul_le_mul_right s.window.stride.2 (show j ≤ s.ow - 1 by omega)
  have h5 := Nat.le_mul_of_pos_right s.row h1
  show s.window.stride.2 * j < s.row * s.window.stride.1
  rw [Nat.mul_comm]
  omega

/-- The pixels of a channel. -/
theorem packs_image {xs : List Nat} (h : xs.length = s.oh * s.ow) :
    Packs bits (s.image bits xs) ((s.grid bits).at s.oh s.ow fun k => xs.getD k 0) := by
  obtain ⟨hlen, hget⟩ := blocks_spec s.ow s.oh h
  have e : s.image bits xs = nsum s.oh fun i => nsum s.ow fun j =>
      2 ^ (bits * ((s.grid bits).row * i + (s.grid bits).col * j)) * xs.getD (i * s.ow + j) 0 := by
    show packList (bits * (s.row * s.window.stride.1))
      ((blocks s.ow s.oh xs).map (packList (bits * s.window.stride.2))) = _
    rw [packList_eq, pack_eq_nsum, List.length_map, hlen]
    refine nsum_congr fun i hi => ?_
    obtain ⟨h1, h2⟩ := hget i hi
    rw [getD_map _ _ [] (by rw [hlen]; exact hi), packList_eq, pack_eq_nsum, h1, ← nsum_mul_right]
    refine nsum_congr fun j hj => ?_
    rw [h2 j hj, Nat.mul_add, Nat.pow_add]
    show _ * 2 ^ (bits * s.window.stride.2 * j) * 2 ^ (bits * (s.row * s.window.stride.1) * i) =
      2 ^ (bits * (s.row * s.window.stride.1 * i)) * 2 ^ (bits * (s.window.stride.2 * j)) * _
    simp only [Nat.mul_assoc]
    ac_rfl
  rw [e]
  refine (Packs.nsum fun i _ => Packs.nsum fun j _ => Packs.single _ _ _).congr fun t => ?_
  rw [nsum_comm]
  rfl

/-- The pixels of all channels. -/
theorem packs_images {xs : List Nat} (h : xs.length = s.groups * s.og * (s.oh * s.ow)) :
    (s.images bits xs).length = s.groups * s.og ∧ ∀ out, out < s.groups * s.og →
      Packs bits ((s.images bits xs).getD out 0)
        ((s.grid bits).at s.oh s.ow fun k => xs.getD (out * (s.oh * s.ow) + k) 0) := by
  obtain ⟨hlen, hget⟩ := blocks_spec (s.oh * s.ow) (s.groups * s.og) h
  refine ⟨(List.length_map _).trans hlen, fun out hout => ?_⟩
  obtain ⟨h1, h2⟩ := hget out hout
  have e : (s.images bits xs).getD out 0 =
      s.image bits ((blocks (s.oh * s.ow) (s.groups * s.og) xs).getD out []) :=
    getD_map _ _ [] (show out < _ from hlen ▸ hout)
  rw [e]
  refine (packs_image h1).congr fun t => nsum_congr fun j hj => nsum_congr fun i hi => ?_
  show (if _ then ((blocks (s.oh * s.ow) (s.groups * s.og) xs).getD out []).getD (i * s.ow + j) 0
    else 0) = _
  rw [h2 _ (block_lt hi hj)]

/-- A weighed channel. -/
theorem weighed_eq (p q x y : Nat) : weighed p q x y = p * x + q * y := by
  unfold weighed
  cases hp : Nat.beq p 0 <;> cases hq : Nat.beq q 0
  · rfl
  · rw [Nat.eq_of_beq_eq_true hq, Nat.zero_mul, Nat.add_zero]; rfl
  · rw [Nat.eq_of_beq_eq_true hp, Nat.zero_mul, Nat.zero_add]; rfl
  · rw [Nat.eq_of_beq_eq_true hp, Nat.eq_of_beq_eq_true hq, Nat.zero_mul, Nat.zero_mul]; rfl

/-- What a channel contributes at place `t` through the taps, with the weights `p`. -/
@[expose] def through (s : ConvShape) (bits : Nat) (p : Nat → Nat → Nat → Nat → Nat) (f : Nat → Nat)
    (group ci t : Nat) : Nat :=
  nsum s.kh fun a => nsum s.kw fun e => nsum s.og fun oo => p (group * s.og + oo) ci a e *
    if s.shift a e ≤ t then
      (s.grid bits).at s.oh s.ow (fun k => f ((group * s.og + oo) * (s.oh * s.ow) + k))
        (t - s.shift a e)
    else 0

/-- The places of a channel of the input. -/
theorem packs_back {p q : Nat → Nat → Nat → Nat → Nat} {xs ys : List Nat}
    (hx : xs.length = s.groups * s.og * (s.oh * s.ow))
    (hy : ys.length = s.groups * s.og * (s.oh * s.ow)) {group : Nat} (hg : group < s.groups)
    (ci : Nat) :
    Packs bits (s.back bits p q (s.images bits xs) (s.images bits ys) group ci) (fun t =>
      s.through bits p (fun k => xs.getD k 0) group ci t +
        s.through bits q (fun k => ys.getD k 0) group ci t) := by
  obtain ⟨lx, px⟩ := packs_images (bits := bits) hx
  obtain ⟨ly, py⟩ := packs_images (bits := bits) hy
  have hgo : group * s.og + s.og ≤ s.groups * s.og := by
    rw [← Nat.succ_mul]; exact Nat.mul_le_mul_right _ hg
  have htake : ∀ zs : List Nat, zs.length = s.groups * s.og →
      ((zs.drop (group * s.og)).take s.og).length = s.og ∧
        ∀ t, t < s.og → ((zs.drop (group * s.og)).take s.og).getD t 0 =
          zs.getD (group * s.og + t) 0 := fun zs hz =>
    ⟨by rw [List.length_take, List.length_drop]; omega,
      fun t ht => by rw [getD_take ht, getD_drop]⟩
  obtain ⟨tx, gx⟩ := htake _ lx
  obtain ⟨ty, gy⟩ := htake _ ly
  unfold back
  simp only [addUp_eq]
  refine (Packs.nsum fun a _ => Packs.nsum fun e _ => ?_ : Packs bits _ (fun t => nsum s.kh fun a =>
    nsum s.kw fun e => if s.shift a e ≤ t then nsum s.og fun oo =>
      p (group * s.og + oo) ci a e * (s.grid bits).at s.oh s.ow
        (fun k => xs.getD ((group * s.og + oo) * (s.oh * s.ow) + k) 0) (t - s.shift a e) +
      q (group * s.og + oo) ci a e * (s.grid bits).at s.oh s.ow
        (fun k => ys.getD ((group * s.og + oo) * (s.oh * s.ow) + k) 0) (t - s.shift a e)
      else 0)).congr fun t => ?_
  · show Packs bits (Nat.shiftLeft (sumPairs _ _ _ _) (bits * s.shift a e)) _
    rw [shiftLeft_eq_mul]
    refine Packs.shift (f := fun t => nsum s.og fun oo =>
      p (group * s.og + oo) ci a e * (s.grid bits).at s.oh s.ow
        (fun k => xs.getD ((group * s.og + oo) * (s.oh * s.ow) + k) 0) t +
      q (group * s.og + oo) ci a e * (s.grid bits).at s.oh s.ow
        (fun k => ys.getD ((group * s.og + oo) * (s.oh * s.ow) + k) 0) t) ?_ (s.shift a e)
    show Packs bits (sumPairs _ ((List.drop (group * s.og) _).take s.og)
      ((List.drop (group * s.og) _).take s.og) (group * s.og)) _
    rw [sumPairs_eq _ (tx.trans ty.symm), tx]
    refine Packs.nsum fun oo hoo => ?_
    rw [weighed_eq, gx oo hoo, gy oo hoo]
    exact ((px _ (by omega)).mul_left _).add ((py _ (by omega)).mul_left _)
  · unfold through
    rw [← nsum_add]
    refine nsum_congr fun a _ => ?_
    rw [← nsum_add]
    refine nsum_congr fun e _ => ?_
    rw [← nsum_add]
    by_cases h : s.shift a e ≤ t
    · simp only [h, if_true]
    · simp only [h, if_false, Nat.mul_zero, Nat.add_zero, nsum_zero]

/-! ## As combinations of all pixels -/

/-- With which weight pixel `k` of the output contributes at place `t`. -/
@[expose] def coefficient (s : ConvShape) (bits : Nat) (p : Nat → Nat → Nat → Nat → Nat)
    (group ci t k : Nat) : Nat :=
  nsum s.kh fun a => nsum s.kw fun e =>
    if k / (s.oh * s.ow) / s.og = group ∧ t = s.shift a e +
      ((s.grid bits).row * (k / s.ow % s.oh) + (s.grid bits).col * (k % s.ow)) then
      p (k / (s.oh * s.ow)) ci a e else 0

/-- The channel, the row and the column of a pixel. -/
theorem index_parts {h w out i j : Nat} (hi : i < h) (hj : j < w) :
    (out * (h * w) + (i * w + j)) / (h * w) = out ∧
      (out * (h * w) + (i * w + j)) / w % h = i ∧ (out * (h * w) + (i * w + j)) % w = j := by
  have e : out * (h * w) + (i * w + j) = (out * h + i) * w + j := by
    rw [Nat.add_mul, Nat.mul_assoc, Nat.add_assoc]
  refine ⟨(div_mod_block (block_lt hi hj)).1, ?_, ?_⟩
  · rw [e, (div_mod_block hj).1, (div_mod_block hi).2]
  · rw [e, (div_mod_block hj).2]

/-- What contributes at a place, summed over all pixels. -/
theorem sum_coefficient (bits : Nat) (p : Nat → Nat → Nat → Nat → Nat)
    (f : Nat → Nat) {group : Nat} (hg : group < s.groups) (ci t : Nat) :
    (nsum (s.groups * s.og * (s.oh * s.ow)) fun k => s.coefficient bits p group ci t k * f k) =
      s.through bits p f group ci t := by
  have hswap : ∀ (n m l : Nat) (g : Nat → Nat → Nat → Nat),
      (nsum n fun k => nsum m fun a => nsum l fun e => g k a e) =
        nsum m fun a => nsum l fun e => nsum n fun k => g k a e := fun n m l g => by
    rw [nsum_comm]
    exact nsum_congr fun a _ => nsum_comm ..
  unfold coefficient through
  simp only [← nsum_mul_right]
  rw [hswap]
  refine nsum_congr fun a _ => nsum_congr fun e _ => ?_
  rw [nsum_blocks, nsum_blocks, nsum_single hg]
  · refine nsum_congr fun oo hoo => ?_
    rw [nsum_blocks]
    have hterm : ∀ i, i < s.oh → ∀ j, j < s.ow →
        (if ((group * s.og + oo) * (s.oh * s.ow) + (i * s.ow + j)) / (s.oh * s.ow) / s.og = group ∧
            t = s.shift a e + ((s.grid bits).row *
              (((group * s.og + oo) * (s.oh * s.ow) + (i * s.ow + j)) / s.ow % s.oh) +
              (s.grid bits).col * (((group * s.og + oo) * (s.oh * s.ow) + (i * s.ow + j)) % s.ow))
          then p (((group * s.og + oo) * (s.oh * s.ow) + (i * s.ow + j)) / (s.oh * s.ow)) ci a e
          else 0) * f ((group * s.og + oo) * (s.oh * s.ow) + (i * s.ow + j)) =
        p (group * s.og + oo) ci a e * if s.shift a e ≤ t then
          (if t - s.shift a e = (s.grid bits).row * i + (s.grid bits).col * j then
            f ((group * s.og + oo) * (s.oh * s.ow) + (i * s.ow + j)) else 0) else 0 := by
      intro i hi j hj
      obtain ⟨e1, e2, e3⟩ := index_parts (out := group * s.og + oo) hi hj
      rw [e1, e2, e3, (div_mod_block hoo).1]
      by_cases h1 : s.shift a e ≤ t
      · by_cases h2 : t - s.shift a e = (s.grid bits).row * i + (s.grid bits).col * j
        · rw [if_pos ⟨rfl, by omega⟩, if_pos h1, if_pos h2]
        · rw [if_neg (by omega), if_pos h1, if_neg h2, Nat.zero_mul, Nat.mul_zero]
      · rw [if_neg (by omega), if_neg h1, Nat.zero_mul, Nat.mul_zero]
    rw [nsum_congr fun i hi => nsum_congr fun j hj => hterm i hi j hj]
    by_cases h1 : s.shift a e ≤ t
    · simp only [h1, if_true, nsum_mul_left]
      rw [nsum_comm]
      rfl
    · simp only [h1, if_false, Nat.mul_zero, nsum_zero]
  · intro g' _ hne
    rw [nsum_congr (g := fun _ => 0), nsum_zero]
    intro oo hoo
    rw [nsum_congr (g := fun _ => 0), nsum_zero]
    intro k hk
    rw [if_neg, Nat.zero_mul]
    rw [(div_mod_block hk).1, (div_mod_block hoo).1]
    exact fun h => hne h.1

/-- The sum of all weights that contribute at a place. -/
theorem sum_coefficient_le (h1 : 0 < s.window.stride.1) (h2 : 0 < s.window.stride.2)
    (bits : Nat) {p q : Nat → Nat → Nat → Nat → Nat} {width : Nat}
    (hp : ∀ out ci a e, p out ci a e ≤ 2 ^ width) (hq : ∀ out ci a e, q out ci a e ≤ 2 ^ width)
    {group : Nat} (hg : group < s.groups) (ci t : Nat) :
    (nsum (s.groups * s.og * (s.oh * s.ow)) fun k => s.coefficient bits p group ci t k +
      s.coefficient bits q group ci t k) ≤ s.bound width := by
  have key : ∀ p : Nat → Nat → Nat → Nat → Nat, (∀ out ci a e, p out ci a e ≤ 2 ^ width) →
      (nsum (s.groups * s.og * (s.oh * s.ow)) fun k => s.coefficient bits p group ci t k) ≤
        s.kh * (s.kw * (s.og * 2 ^ width)) := fun p hp => by
    have e := sum_coefficient bits p (fun _ => 1) hg ci t
    simp only [Nat.mul_one] at e
    rw [e, through, ← nsum_const s.kh]
    refine nsum_le_nsum fun a _ => ?_
    rw [← nsum_const s.kw]
    refine nsum_le_nsum fun e _ => ?_
    rw [← nsum_const s.og]
    refine nsum_le_nsum fun oo _ => ?_
    have hat : (if s.shift a e ≤ t then (s.grid bits).at s.oh s.ow (fun _ => 1)
        (t - s.shift a e) else 0) ≤ 1 := by
      split
      · exact Nat.le_of_lt_succ (Grid.at_lt (apart h1 h2) (fun _ => by omega) _)
      · omega
    have := Nat.mul_le_mul (hp (group * s.og + oo) ci a e) hat
    rwa [Nat.mul_one] at this
  rw [nsum_add]
  refine Nat.le_trans (Nat.add_le_add (key p hp) (key q hq)) (Nat.le_of_eq ?_)
  show _ = s.og * (s.kh * s.kw) * (2 * 2 ^ width)
  rw [← Nat.two_mul]
  ac_rfl

end ConvShape

end Lemmanet
