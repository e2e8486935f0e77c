"""Other people's programs that tests need: built or fetched once, by one process while the others wait.

They lie below .venv, so that git ignores them and `make clean` removes them. What is built is named by its version and
by the text that built it, so a changed seed is built anew.
"""

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

KEPT = Path(__file__).parents[1] / ".venv" / ".kept"
BUILD_S = 1_800.0  # a virtual environment and a database, on a machine that has other work


@contextmanager
def alone(name: str) -> Iterator[None]:
    """One process builds; the others wait and find it built."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def kept(name: str, *sources: Path, build: Callable[[Path], object]) -> Path:
    """The folder `name`, made by `build` unless it is there already. A build that failed leaves nothing."""
    text = b"".join(source.read_bytes() for source in sources)
    folder = KEPT / f"{name}-{hashlib.sha256(text).hexdigest()[:12]}" if sources else KEPT / name
    with alone(name):
        if not (folder / "built").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            build(folder)
            (folder / "built").touch()
    return folder


def run(*command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None, stdin: str = "") -> str:
    """Its output. What it wrote is told when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env=env, input=stdin, capture_output=True, text=True, timeout=BUILD_S, check=False
    )
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(words)} ended with {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
        )
    return done.stdout


def install(folder: Path, python: str, *packages: str) -> None:
    """A virtual environment in `folder`/venv with `packages`."""
    run(python, "-m", "venv", folder / "venv")
    run(folder / "venv" / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *packages)
