"""Words that names of an exported project must keep away from, and where each of them comes from.

The lists hold for Lean 4.28. A word that is missing cannot make a theorem false: Lean would refuse
the file.
"""

from __future__ import annotations

__all__ = ["CORE_NAMESPACES", "KEYWORDS", "LAKE", "LIBRARY", "REFUSED", "RESERVED"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEYWORDS = _words(
    """
    abbrev add_decl_doc assert_not_exists assert_not_imported at attribute axiom axioms bif
    binder_predicate break builtin_dsimproc builtin_dsimproc_decl builtin_grind_propagator
    builtin_simproc builtin_simproc_decl by by_elab calc catch class coinductive
    coinductive_fixpoint continue dbg_trace declare_bitwise_int_theorems
    declare_bitwise_uint_theorems declare_int_theorems declare_simp_like_tactic
    declare_uint_theorems decreasing_by def deriving do docs_to_verso dsimproc dsimproc_decl elab
    elab_rules else end eval_prec eval_prio example exists export extends finally for forall from
    fun generalizing grind_annotated grind_propagator have hiding if import in include include_str
    inductive inductive_fixpoint infix infixl infixr init_quot initialize instance leading_parser
    let let_delayed let_fun let_tmp local macro macro_rules match match_expr matches max_prec meta
    mod_cast module mut mutual namespace nat_lit no_index nofun nomatch noncomputable nonrec
    norm_cast_add_elim notation omit opaque open partial partial_fixpoint postfix prefix prelude
    private protected public recommended_spelling register_tactic_tag renaming repeat return
    run_cmd run_elab run_meta scoped seal section set_library_suggestions set_option show show_term
    show_term_elab simproc simproc_decl sorry structure suffices syntax tactic_alt
    tactic_extension tactic_tag termination_by then theorem trailing_parser try unif_hint universe
    unless unsafe unseal until using variable where while with with_weak_namespace
    without_expected_type
    """
)
"""What Lean's parser keeps to itself: all words of core that a binder refuses, tried one by one."""

REFUSED = _words(
    """
    admit builtin_initialize bv_decide declare_syntax_cat native_decide notation3 run_tac
    """
)
"""What else the scan of exported sources refuses (`bridge.check.scan`)."""

LIBRARY = _words(
    """
    before false given join last model network none result rfl some step true zero
    """
)
"""What exported files take from the library and from core, but for lemmas, which have endings.

`before`, `last` and `zero` are constructors; a variable of that name draws a warning of Lean.
"""

LAKE = _words("package require script target")
"""Words of lakefiles that a package cannot be called."""

RESERVED = KEYWORDS | REFUSED | LIBRARY
"""What neither a variable nor a claim is called."""

CORE_NAMESPACES = _words(
    """
    Acc Add Alternative And AndOp AndThen Append Applicative Array Bind BitVec Bool ByteArray Char
    Classical Coe CoeDep CoeFun CoeHead CoeOut CoeSort CoeTail Complement Decidable DerivingHelpers
    Div Dvd Dyadic Dynamic Empty EmptyCollection Eq Equivalence Except Exists False Fin Float
    FloatArray FloatSpec ForIn ForInStep Function Functor GetElem HasEquiv HasModel HasSubset
    Hashable HomogeneousPow Id Iff Inhabited Init Insert Int IntCast Inter Inv InvImage Lake
    LawfulApplicative LawfulFunctor LawfulGetElem LawfulHashable LawfulMonad LawfulMonadAttach
    LawfulMonadLift LawfulSingleton Lean List ListSlice Max Membership Min Mod Monad MonadAttach
    MonadControl MonadEval MonadExcept MonadExceptOf MonadFinally MonadFunctor MonadLift
    MonadReader MonadReaderOf MonadShareCommon MonadState MonadStateOf MonadWithReader
    MonadWithReaderOf Mul Nat NatCast NatPow Ne NeZero Neg NonScalar Nonempty NonemptyType Not
    OfNat OfScientific One Option Or OrElse OrOp Ord Ordering Pi Pow Prod Prop Pure Quot Quotient
    RandomGen Rat Relation Repr ReprAtom ReprTuple Runtime Sep Seq SeqLeft SeqRight Setoid
    ShareCommon ShiftLeft ShiftRight Sigma Singleton SizeOf Sort Squash Std StdGen Stream String
    Sub Subarray SubarrayIterator Subrelation Subsingleton Substring Subtype Sum System Task Thunk
    ToBool ToStream ToString Trans True Type TypeName Union Unit Vector Void WeaklyLawfulMonadAttach
    WellFounded WellFoundedRelation XorOp Zero
    """
)
"""Namespaces of core, whose contents would be in the way of a project of that name."""
