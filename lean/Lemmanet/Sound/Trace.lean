module

public import Lemmanet.Sound.Goal

/-!
# Traces

`Prog.Sat` follows a program with boxes and forgets how the values came about. Inequalities that relate
several values need to know it. A trace is the part of a program that has run: `Trace.Reach` says which
values it can have produced from an input, and facts about these are proved one by one, each in a
theorem of its own.
-/

public noncomputable section

namespace Lemmanet

/-- The operators that were applied, one after the other, to one input of shape `s`. The values that
they produced are the variables of the context. -/
inductive Trace (s : Shape) : List Shape → Type
  /-- The input alone. -/
  | input : Trace s [s]
  /-- One operator more. -/
  | bind (tr : Trace s Γ) (op : Op ins t) (args : Args Γ ins) : Trace s (t :: Γ)

variable {s t out : Shape} {Γ ins : List Shape}

/-- The values that a trace produces from an input that satisfies `X`. -/
@[expose] def Trace.Reach {α : Type} [OrderedField α] [DecidableLE α] (X : Tensor α s → Prop) :
    {Γ : List Shape} → Trace s Γ → Env α Γ → Prop
  | _, .input, env => X env.1
  | _, .bind tr op args, env => env.1 = op.denote (args.get env.2) ∧ tr.Reach X env.2

/-- The tensors of a box, as a condition on inputs. -/
@[expose] def Box.inputs (b : Box s) : Post s := fun _ _ _ x => b.Mem x

/-! ## Programs after a trace -/

/-- The rest `p` of a program gives a tensor that satisfies `post`, whenever the trace before it has run
from an input that satisfies `X`. -/
@[expose] def Prog.SatOn (p : Prog Γ out) (tr : Trace s Γ) (X : Post s) (post : Post out) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α] (env : Env α Γ),
    tr.Reach (X α) env → post α (p.denote env)

/-- The trace grows with the program. -/
theorem Prog.SatOn.bind {op : Op ins t} {args : Args Γ ins} {rest : Prog (t :: Γ) out}
    {tr : Trace s Γ} {X : Post s} {post : Post out} (h : rest.SatOn (tr.bind op args) X post) :
    (Prog.bind op args rest).SatOn tr X post :=
  fun α _ _ _ hr => h α _ ⟨rfl, hr⟩

/-- At the end: what holds of the returned variable. -/
theorem Prog.SatOn.ret {v : Var Γ out} {tr : Trace s Γ} {X : Post s} {post : Post out}
    (h : ∀ (α : Type) [OrderedField α] [DecidableLE α] (env : Env α Γ),
      tr.Reach (X α) env → post α (v.get env)) : (Prog.ret v).SatOn tr X post :=
  fun α _ _ env hr => h α env hr

/-- A program on the inputs of a box, started with an empty trace. -/
theorem Prog.Sat.of_satOn {p : Prog [s] out} {b : Box s} {post : Post out}
    (h : p.SatOn .input b.inputs post) : p.Sat (b, ()) post :=
  fun α _ _ env he => h α env he.1

/-! ## Boxes along a trace -/

/-- Whatever the trace produces lies in the boxes. -/
@[expose] def Trace.Facts (tr : Trace s Γ) (X : Post s) (bs : BoxEnv Γ) : Prop :=
  ∀ (α : Type) [OrderedField α] [DecidableLE α] (env : Env α Γ), tr.Reach (X α) env → bs.Mem env

/-- At the start there is the box of the input. -/
theorem Trace.Facts.input {X : Post s} {b : Box s}
    (h : ∀ (α : Type) [OrderedField α] [DecidableLE α] (x : Tensor α s), X α x → b.Mem x) :
    Trace.input.Facts X (b, ()) :=
  fun α _ _ _ hr => ⟨h α _ hr, trivial⟩

/-- At the start, for the inputs of a box. -/
theorem Trace.Facts.box (b : Box s) : Trace.input.Facts b.inputs (b, ()) :=
  .input fun _ _ _ _ h => h

/-- An operator adds a box that it maps its arguments' boxes into. -/
theorem Trace.Facts.bind {tr : Trace s Γ} {X : Post s} {bs : BoxEnv Γ} {op : Op ins t}
    {args : Args Γ ins} (h : tr.Facts X bs) (b : Box t) (hb : op.Maps (args.boxes bs) b) :
    (tr.bind op args).Facts X (b, bs) := by
  intro α _ _ env ⟨he, hr⟩
  have hbs := h α env.2 hr
  exact ⟨he ▸ hb α _ (args.mem_boxes hbs), hbs⟩

/-- At the end: what holds of every tensor of the returned variable's box. -/
theorem Prog.SatOn.of_facts {v : Var Γ out} {tr : Trace s Γ} {X : Post s} {bs : BoxEnv Γ}
    {post : Post out} (hf : tr.Facts X bs)
    (h : ∀ (α : Type) [OrderedField α] [DecidableLE α] (y : Tensor α out),
      (v.box bs).Mem y → post α y) : (Prog.ret v).SatOn tr X post :=
  .ret fun α _ _ env hr => h α _ (v.mem_box (hf α env hr))

end Lemmanet
