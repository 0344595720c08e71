module

public import Lemmanet.Float.Ranks
public import Lemmanet.Sound.Budget.Compare
public import Lemmanet.Sound.Prog
public import Lemmanet.Spec.Runs

/-!
# Errors of floating-point runs, step by step

A bound on how far a floating-point run of a program can be from the exact values is put together from
bounds for its operators, each of which is a theorem of its own.
-/

public noncomputable section

namespace Lemmanet

open Float (Format Datum)

variable {F : Format} {Γ ins : List Shape} {s t out : Shape}

/-- Data are finite, and within errors up to `e` of the entries of `x`. -/
@[expose] def Magnitudes.Close (e : Magnitudes s) (x : Tensor Rat s) (d : Data F s) : Prop :=
  ∀ k, k < Shape.size s → (d.at k).isFinite = true ∧
    (d.at k).toRat - x.at k ≤ e.val k ∧ x.at k - (d.at k).toRat ≤ e.val k

/-- Data of several tensors are close to their exact values. -/
@[expose] def MagnitudesEnv.Close : {Γ : List Shape} → MagnitudesEnv Γ → Env Rat Γ → DataEnv F Γ → Prop
  | [], _, _, _ => True
  | _ :: _, (e, es), (x, xs), (d, ds) => e.Close x d ∧ MagnitudesEnv.Close es xs ds

/-- For exact values in the boxes `bs` and data with errors up to `es`, every run of the operator gives
data with errors up to `e`. -/
@[expose] def Op.Tracks (F : Format) (op : Op ins out) (bs : BoxEnv ins) (es : MagnitudesEnv ins)
    (e : Magnitudes out) : Prop :=
  ∀ (xs : Env Rat ins) (ds : DataEnv F ins) (z : Data F out), bs.Mem xs → es.Close xs ds →
    op.Runs ds z → e.Close (op.denote xs) z

/-- For exact values in the boxes `bs` and data with errors up to `es`, every run of the program gives
data with errors up to `e`. -/
@[expose] def Prog.Within (F : Format) (p : Prog Γ out) (bs : BoxEnv Γ) (es : MagnitudesEnv Γ)
    (e : Magnitudes out) : Prop :=
  ∀ (env : Env Rat Γ) (data : DataEnv F Γ) (y : Data F out), bs.Mem env → es.Close env data →
    p.Runs data y → e.Close (p.denote env) y

/-- The error of a variable. -/
theorem Var.close_error (v : Var Γ s) {es : MagnitudesEnv Γ} {env : Env Rat Γ} {data : DataEnv F Γ}
    (h : es.Close env data) : (v.error es).Close (v.get env) (v.data data) := by
  induction v with
  | last => exact h.1
  | before v ih => exact ih h.2

/-- The errors of arguments. -/
theorem Args.close_errors (a : Args Γ ins) {es : MagnitudesEnv Γ} {env : Env Rat Γ}
    {data : DataEnv F Γ} (h : es.Close env data) : (a.errors es).Close (a.get env) (a.data data) := by
  induction a with
  | nil => trivial
  | cons v rest ih => exact ⟨v.close_error h, ih⟩

/-- Binding: a box and an error bound for the operator, and then the rest with these. -/
theorem Prog.Within.bind {op : Op ins t} {args : Args Γ ins} {rest : Prog (t :: Γ) out} {bs : BoxEnv Γ}
    {es : MagnitudesEnv Γ} {b : Box t} {e : Magnitudes t} {e' : Magnitudes out}
    (hm : op.Maps (args.boxes bs) b) (ht : op.Tracks F (args.boxes bs) (args.errors es) e)
    (h : rest.Within F (b, bs) (e, es) e') : (Prog.bind op args rest).Within F bs es e' := by
  intro env data y hb he ⟨z, hz, hy⟩
  exact h (op.denote (args.get env), env) (z, data) y
    ⟨hm Rat _ (args.mem_boxes hb), hb⟩
    ⟨ht _ _ z (args.mem_boxes hb) (args.close_errors he) hz, he⟩ hy

/-- Returning: the error of the variable. -/
theorem Prog.Within.ret {v : Var Γ out} {bs : BoxEnv Γ} {es : MagnitudesEnv Γ} :
    (Prog.ret v).Within F bs es (v.error es) := by
  intro env data y _ he hy
  rw [show y = v.data data from hy]
  exact v.close_error he

/-- The value of an entry. -/
theorem Data.at_toRat (d : Data F s) (k : Nat) : d.toRat.at k = (d.at k).toRat := by
  unfold Tensor.at Data.at
  by_cases h : k < Shape.size s
  · rw [dif_pos h, dif_pos h]; rfl
  · rw [dif_neg h, dif_neg h]
    have hz : F.units 0 = 0 := F.units_of_lt (by have := F.binade_pos; omega)
    show (0 : Rat) = ((Int.ofNat (F.units 0) : Int) : Rat) / (2 ^ F.scale : Nat)
    rw [hz]
    show (0 : Rat) = ((0 : Int) : Rat) / (2 ^ F.scale : Nat)
    grind

/-- Whether an entry is a finite number can be seen from those in range. -/
theorem Data.finite_of_lt {d : Data F s} (h : ∀ k, k < Shape.size s → (d.at k).isFinite = true) :
    d.Finite := by
  intro k
  by_cases hk : k < Shape.size s
  · exact h k hk
  · rw [Data.at, dif_neg hk]; rfl

/-- Data with bounds on their errors are finite. -/
theorem MagnitudesEnv.finite_of_close : {Γ : List Shape} → {es : MagnitudesEnv Γ} → {xs : Env Rat Γ} →
    {ds : DataEnv F Γ} → es.Close xs ds → ds.Finite
  | [], _, _, _, _ => trivial
  | _ :: _, (_, _), (_, _), (_, _), h =>
    ⟨Data.finite_of_lt fun k hk => (h.1 k hk).1, finite_of_close h.2⟩

/-- No error at all. -/
theorem Magnitudes.close_zero {d : Data F s} (h : d.Finite) : zero.Close d.toRat d := by
  intro k _
  have := Magnitudes.val_nonneg (α := Rat) (zero (s := s)) k
  rw [Data.at_toRat]
  exact ⟨h k, by grind, by grind⟩

end Lemmanet
