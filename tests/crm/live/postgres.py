"""A PostgreSQL of our own in a temporary folder, by an unprivileged user: no service of the system,
no TCP, nothing left behind.

What it holds can be packed while it is stopped and unpacked elsewhere, which is much faster than restoring a dump.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), Path("/nowhere"))
START_S = 120.0


def available() -> bool:
    return (PROGRAMS / "initdb").exists()


def unprivileged(*command: str | Path) -> str:
    """PostgreSQL refuses to run as root. Raises CalledProcessError."""
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*user, *command], check=True, capture_output=True, text=True, cwd="/", timeout=START_S)
    return done.stdout


def _home() -> Path:
    """In /tmp, which an unprivileged user can reach; short, for a socket's path has 107 characters at most."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    return folder


@dataclass
class Postgres:
    """`home` has the data, the log and the socket; it is what a client takes as host. Removed by `remove`."""

    home: Path = field(default_factory=_home)

    def create(self) -> None:
        folder = self.home / "data"
        unprivileged(PROGRAMS / "initdb", "-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

    def pack(self, file: Path) -> None:
        """Stopped."""
        subprocess.run(["tar", "-C", str(self.home), "-cf", str(file), "data"], check=True)

    def unpack(self, file: Path) -> None:
        subprocess.run(["tar", "-C", str(self.home), "-xpf", str(file)], check=True)

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.home} -c fsync=off -c shared_buffers=64MB"
        where = ("-D", self.home / "data", "-l", self.home / "log")
        unprivileged(PROGRAMS / "pg_ctl", *where, "-w", "-t", "100", "-o", options, "start")

    def end(self) -> None:
        unprivileged(PROGRAMS / "pg_ctl", "-D", self.home / "data", "-m", "fast", "-w", "stop")

    def remove(self) -> None:
        shutil.rmtree(self.home)

    def ask(self, database: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of the answer; none for a statement that has no answer."""
        with psycopg.connect(host=str(self.home), user="postgres", dbname=database, autocommit=True) as connection:
            cursor = connection.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []
