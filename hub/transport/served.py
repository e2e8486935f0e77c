"""What goes over the wire for a file of static/: pages' scripts packed, other scripts and sheets squeezed."""

from pathlib import Path

from hub.transport.pack import pack
from hub.transport.squeeze import squeeze, squeeze_sheet

PAGES = frozenset(
    {
        "widget/main.js",
        "widget/call/open.js",
        "widget/call/calls.js",
        "widget/files/open.js",
        "console/main.js",
        "assist/main.js",
        "guest/main.js",
        "demo/shop.js",
        "demo/app.js",
        "demo/crm.js",
    }
)


def served(file: Path, root: Path) -> bytes:
    """The bytes to send. Raises OSError when there is no such file, ValueError when it can't be packed."""
    name = file.relative_to(root).as_posix()
    if name in PAGES:
        return pack(file, root).encode()
    if name.startswith("vendor/"):
        return file.read_bytes()  # small already, and byte for byte what the lock file says
    if file.suffix == ".js":
        return squeeze(file.read_text()).encode()
    if file.suffix == ".css":
        return squeeze_sheet(file.read_text()).encode()
    return file.read_bytes()


def stamp(file: Path, root: Path) -> int:
    """When what is served last changed, in ns. A packed page changes with any module. Raises OSError."""
    own = file.stat().st_mtime_ns
    if file.relative_to(root).as_posix() not in PAGES:
        return own
    return max(own, *(module.stat().st_mtime_ns for module in root.rglob("*.js")))
