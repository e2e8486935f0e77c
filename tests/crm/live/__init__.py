"""Real CRMs for the tests: how each is built, started, killed, and asked directly."""

from pathlib import Path

HERE = Path(__file__).parent
CAST = HERE.parent / "cast.py"  # what both are seeded with
