module

/-! Temporary: what the proofs in work are replaced by. -/

public section

namespace Lemmanet

/-- Not proved yet. -/
axiom pending (p : Prop) : p

end Lemmanet
