"""Covers .ci/venv: which Python it takes, and what it says when there is none."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A clone's .ci, in which .venv would be made, on a machine where nothing can be installed."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "venv").write_bytes((ROOT / ".ci" / "venv").read_bytes())
    (tmp_path / ".ci" / "need").write_text('#!/bin/sh\necho "Please install $1" >&2\nexit 1\n')
    for script in (tmp_path / ".ci").iterdir():
        script.chmod(0o755)
    return tmp_path


def python(tree: Path, name: str, *, fits: bool, venv: bool) -> str:
    """An interpreter that is new enough or not, can make a .venv or not, and writes down what it was asked."""
    path = tree / name
    made = "mkdir -p .venv/bin; cp $0 .venv/bin/python" if venv else "exit 1"
    path.write_text(
        f"""#!/bin/sh
echo "{name} $*" >> {tree}/asked
case "$*" in
    *version_info*3,\\ 11*) exit {0 if fits else 1} ;;
    *ensurepip*) exit {0 if venv else 1} ;;
    *python%d.%d-venv*) echo no-such-package ;;
    "-m venv"*) {made} ;;
    --version) echo Python {name} ;;
esac
"""
    )
    path.chmod(0o755)
    return str(path)


def set_up(tree: Path, pythons: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/bin:/usr/bin", "PYTHON": pythons}
    return subprocess.run(
        [tree / ".ci" / "venv", "-e", "."], check=False, env=env, capture_output=True, text=True, timeout=60
    )


def test_the_first_that_fits_and_can_make_a_venv(tree: Path) -> None:
    old = python(tree, "old", fits=False, venv=True)
    bare = python(tree, "bare", fits=True, venv=False)
    good = python(tree, "good", fits=True, venv=True)
    ended = set_up(tree, f"{old} {bare} {good}")
    assert ended.returncode == 0, ended.stderr
    assert f"Setting up .venv with Python good ({good})" in ended.stdout
    assert "good -m pip install --quiet --disable-pip-version-check -e ." in (tree / "asked").read_text()


def test_what_is_missing_is_said_when_nothing_will_do(tree: Path) -> None:
    bare = python(tree, "bare", fits=True, venv=False)
    ended = set_up(tree, f"{bare} /nowhere/python")
    assert ended.returncode == 1
    assert ended.stderr == "Please install -:no-such-package\n"


def test_no_python_at_all(tree: Path) -> None:
    ended = set_up(tree, "/nowhere/python")
    assert ended.returncode == 1
    assert "needs Python 3.11 or newer" in ended.stderr
    assert "PYTHON=/path/to/python3.11" in ended.stderr
