"""The `lake` command of the registry toolchain: the part of Lake that Lemmanet uses."""
