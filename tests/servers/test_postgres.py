"""The archive in PostgreSQL: all that it promises in SQLite, and conversations that go there and come back."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.settings import Settings
from tests.services import test_archiving
from tests.services.conftest import clock, untraced
from tests.store import test_archive

pytestmark = pytest.mark.servers

__all__ = ["clock", "untraced"]
BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"))), Path("/nowhere"))
# A store of Redis is in the place of the embedded one here (conftest.py): both are what a large company has.
globals().update({n: it for n, it in vars(test_archive).items() if n.startswith("test_") or n == "archive"})
globals().update(
    {n: it for n, it in vars(test_archiving).items() if n.startswith("test_") or n in ("process", "other")}
)


def as_postgres(*command: str | Path) -> None:
    """PostgreSQL refuses to run as root."""
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*user, *command], check=True, capture_output=True)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a server of our own, without TCP."""
    assert BIN.exists(), "make test-servers installs it"
    home = Path(tempfile.mkdtemp())
    if os.geteuid() == 0:
        shutil.chown(home, "postgres")
    as_postgres(BIN / "initdb", "-D", home / "db", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off"
    as_postgres(BIN / "pg_ctl", "-D", home / "db", "-l", home / "log", "-w", "-o", options, "start")
    yield f"postgresql+psycopg://postgres@/postgres?host={home}"
    as_postgres(BIN / "pg_ctl", "-D", home / "db", "-m", "fast", "-w", "stop")
    shutil.rmtree(home)


@pytest.fixture
def url(postgres: str) -> Iterator[str]:
    """An empty database."""
    home = postgres.rpartition("=")[2]
    ask = [BIN / "psql", "-h", home, "-U", "postgres", "-q", "-c"]
    as_postgres(*ask, "DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public")
    return postgres


@pytest.fixture
def settings(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"archive_url": url})
