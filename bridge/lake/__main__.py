"""``python -m bridge.lake``, or this file run by its path from the toolchain's ``bin/lake``."""

import os
import sys

# Run by path, Python does not know where the package lies; the project's own folder must not be
# searched, since whoever wrote the project could then replace this code.
if not __package__:
    sys.path.append(os.path.abspath(os.path.join(__file__, *[os.pardir] * 3)))

if __name__ == "__main__":
    from bridge.lake.direct import run_lean

    run_lean(sys.argv[1:])

    if sys.flags.no_site:  # spared so far; what follows needs installed packages
        import site

        site.main()

    from bridge.lake.cli import main

    sys.exit(main())
