module

/-! What Lean does most for Lemmanet, run once at installation so that V8 compiles it well. -/

public section

namespace Training

@[expose] def dot : List Int → List Int → Int
  | x :: xs, y :: ys => x * y + dot xs ys
  | _, _ => 0

@[expose] def pack (bits : Nat) : List Nat → Nat
  | [] => 0
  | digit :: digits => digit + 2 ^ bits * pack bits digits

@[expose] def steps : Nat → Nat → Nat
  | 0, acc => acc
  | n + 1, acc => steps n ((n * n + acc) % 1000003)

theorem steps_value : Nat.ble (steps 4000 1) 1000003 = true := by decide +kernel

theorem dot_nil (xs : List Int) : dot xs [] = 0 := by cases xs <;> rfl

theorem dot_smul (c : Int) (xs ys : List Int) :
    dot (xs.map (c * ·)) ys = c * dot xs ys := by
  induction xs generalizing ys with
  | nil => simp [dot]
  | cons x xs ih =>
    cases ys with
    | nil => simp [dot]
    | cons y ys => simp [dot, ih, Int.mul_add, Int.mul_assoc]

theorem pack_lt (bits : Nat) (digits : List Nat) (h : ∀ d ∈ digits, d < 2 ^ bits) :
    pack bits digits < 2 ^ (bits * digits.length) := by
  induction digits with
  | nil => simp [pack]
  | cons d ds ih =>
    have hd := h d (by simp)
    have hs := ih (fun e he => h e (by simp [he]))
    have step : d + 2 ^ bits * pack bits ds < 2 ^ bits * (pack bits ds + 1) := by
      rw [Nat.mul_add]; omega
    calc d + 2 ^ bits * pack bits ds
        < 2 ^ bits * (pack bits ds + 1) := step
      _ ≤ 2 ^ bits * 2 ^ (bits * ds.length) := Nat.mul_le_mul_left _ hs
      _ = 2 ^ (bits * (ds.length + 1)) := by rw [← Nat.pow_add, Nat.mul_add]; congr 1; omega

theorem linear (a b c : Int) (h : a ≤ b) (h' : b + c ≤ 3) : a + c ≤ 4 := by omega

theorem ring (a b : Rat) : (a + b) * (a - b) = a * a - b * b := by grind

theorem order (a b c : Rat) (h : a < b) (h' : b ≤ c) : a < c := by grind

inductive Tree where
  | leaf (value : Int)
  | node (left right : Tree)
  deriving Repr, DecidableEq

@[expose] def Tree.sum : Tree → Int
  | leaf value => value
  | node left right => left.sum + right.sum

theorem big : (0xfedcba98765432100123456789abcdef0123456789abcdef * 0x1234567890abcdef) %
    0xffffffffffff < 0xffffffffffff := by decide +kernel

end Training
