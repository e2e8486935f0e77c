"""`python -m hub.transport.generate [--check]`, run at the repository's root."""

import argparse
import sys
from pathlib import Path

from hub.transport.generate.outputs import stale, write


def main() -> int:
    """Exit code 1 when `--check` finds stale files."""
    parser = argparse.ArgumentParser(prog="python -m hub.transport.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    only_check = parser.parse_args().check
    paths = stale(Path.cwd()) if only_check else write(Path.cwd())
    for path in paths:
        print(f"{'stale' if only_check else 'wrote'} {path.relative_to(Path.cwd())}")
    return 1 if only_check and paths else 0


if __name__ == "__main__":
    sys.exit(main())
