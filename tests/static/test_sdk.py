"""Runs the tests of static/sdk and of the widget's pure parts, which are written in JavaScript: `node --test`."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is only needed to test the SDK, never to run OneThread")
@pytest.mark.parametrize("script", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.stem)
def test_script(script: Path) -> None:
    ran = subprocess.run([str(NODE), "--test", str(script)], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "# pass 0" not in ran.stdout
