"""``python -m bridge.lake``, or this file run by its path from the toolchain's ``bin/lake``."""

import sys
from pathlib import Path

# Run by path, Python does not know where the package lies; the project's own folder must not be
# searched, since whoever wrote the project could then replace this code.
if not __package__:
    sys.path.append(str(Path(__file__).resolve().parents[2]))

from bridge.lake.cli import main

if __name__ == "__main__":
    sys.exit(main())
