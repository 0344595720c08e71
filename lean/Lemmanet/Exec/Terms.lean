module

public import Lemmanet.Exec.Flat
public import Lemmanet.Exec.Rows
public import Lemmanet.Spec.Prog

/-!
# Forms of several variables

An inequality relates variables of a program: for each of them there are rows, or none. Where a variable
is used twice, its contributions add up.
-/

public noncomputable section

namespace Lemmanet

/-- Rows for the variables of a context. -/
@[expose] def Terms : List Shape → Type
  | [] => Unit
  | _ :: Γ => Option Rows × Terms Γ

namespace Terms

/-- No rows at all. -/
@[expose] def none : {Γ : List Shape} → Terms Γ
  | [] => ()
  | _ :: _ => (Option.none, none)

/-- More rows for one variable. -/
@[expose] def plus (n : Nat) : {Γ : List Shape} → {s : Shape} → Var Γ s → Rows → Terms Γ → Terms Γ
  | _, _, .last, A, (.none, T) => (some A, T)
  | _, _, .last, A, (some B, T) => (some (B.plus n A), T)
  | _, _, .before v, A, (o, T) => (o, plus n v A T)

/-- No digit of `plus` overflows. -/
@[expose] def plusOk : {Γ : List Shape} → {s : Shape} → Var Γ s → Rows → Terms Γ → Bool
  | _, _, .last, _, (.none, _) => true
  | _, _, .last, A, (some B, _) => B.plusOk A
  | _, _, .before v, A, (_, T) => plusOk v A T

/-- More rows for the arguments of an operator. -/
@[expose] def plusArgs (n : Nat) : {Γ ins : List Shape} → Args Γ ins → Terms Γ → Terms ins → Terms Γ
  | _, _, .nil, T, _ => T
  | _, _, .cons _ rest, T, (.none, M) => plusArgs n rest T M
  | _, _, .cons v rest, T, (some A, M) => plusArgs n rest (plus n v A T) M

/-- No digit of `plusArgs` overflows. -/
@[expose] def plusArgsOk (n : Nat) : {Γ ins : List Shape} → Args Γ ins → Terms Γ → Terms ins → Bool
  | _, _, .nil, _, _ => true
  | _, _, .cons _ rest, T, (.none, M) => plusArgsOk n rest T M
  | _, _, .cons v rest, T, (some A, M) => plusOk v A T && plusArgsOk n rest (plus n v A T) M

end Terms

/-! ## Limits

Not all forms have to be bounded on all inputs. -/

/-- A form may be bounded on a part of the inputs only: where an entry of a variable is on one side of a
number. Each bit stands for a form. -/
structure Cut where
  /-- The entry. -/
  entry : Nat
  /-- The numerator of the number. -/
  num : Int
  /-- The denominator of the number. -/
  den : Nat
  /-- The forms that are bounded only where the entry is at least the number. -/
  above : Nat
  /-- The forms that are bounded only where the entry is at most the number. -/
  below : Nat

/-- Some forms, one after the other, may be bounded only where a variable lies in a box. -/
structure Part where
  /-- How many forms. -/
  count : Nat
  /-- The box. -/
  box : Flat

/-- Where forms are bounded, as far as it depends on one variable. -/
structure Limits where
  /-- The sides of entries on which forms rely. -/
  cuts : List Cut := []
  /-- The boxes on which forms rely: those of the first forms, those of the next ones, and so on. -/
  parts : List Part := []

/-- Limits for each variable of a context. -/
@[expose] def Cuts : List Shape → Type
  | [] => Unit
  | _ :: Γ => Limits × Cuts Γ

/-- No limits: every form is bounded on all inputs. -/
@[expose] def Cuts.none : {Γ : List Shape} → Cuts Γ
  | [] => ()
  | _ :: _ => ({}, none)

/-- The limits of a variable. -/
@[expose] def Var.limits : {Γ : List Shape} → {s : Shape} → Var Γ s → Cuts Γ → Limits
  | _, _, .last, cuts => cuts.1
  | _, _, .before v, cuts => v.limits cuts.2

end Lemmanet
