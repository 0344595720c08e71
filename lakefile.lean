import Lake
open Lake DSL

package lemmanet

@[default_target]
lean_lib Lemmanet where
  srcDir := "lean"
  globs := #[.one `Lemmanet, .one `Lemmanet.Float, .one `Lemmanet.Runs]
