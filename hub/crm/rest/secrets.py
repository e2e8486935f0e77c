"""The values of `${NAME}` in a mapping file: from the environment, or from a file that NAME_FILE names."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from hub.model.errors import BadRequest


def secrets_from(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Raises BadRequest that names all that are not set. A value's last line break is none of it."""
    found: dict[str, str] = {}
    missing: list[str] = []
    for name in sorted(names):
        if name in environ:
            found[name] = environ[name]
        elif path := environ.get(f"{name}_FILE"):
            found[name] = _read(name, Path(path))
        else:
            missing.append(name)
    if missing:
        raise BadRequest(f"not set: {', '.join(missing)}. Export each of them, or NAME_FILE with the path of its value")
    return found


def _read(name: str, path: Path) -> str:
    try:
        return path.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise BadRequest(f"{name}_FILE: {path} can't be read") from None
