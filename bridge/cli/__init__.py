"""The command line, `lemmanet`."""

from bridge.cli.app import main

__all__ = ["main"]
