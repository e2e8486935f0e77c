"""Packs a page's ES modules into one file for the wire. Plain modules are the source; this needs no node.

    pack(static / "widget" / "main.js", static)   one module: imports inlined, comments and idle spaces gone

It knows the JavaScript that this tree is written in, not all there is: named imports and exports, one statement a
line at the top level, no cycles. It raises PackError on anything else, and a test packs every page.
"""

import re
from pathlib import Path

from hub.transport.squeeze import squeeze

IMPORT = re.compile(r'^import\s*(?:\{([^}]*)\}\s*from\s*)?"([^"]+)";\n', re.MULTILINE)
PASSED_ON = re.compile(r'^export\s*\{([^}]*)\}\s*from\s*"([^"]+)";\n', re.MULTILINE)
DECLARED = re.compile(r"^export\s+(?=(?:async\s+)?(?:function\*?|class|const)\s+([\w$]+))", re.MULTILINE)
LISTED = re.compile(r"^export\s*\{([^}]*)\};\n", re.MULTILINE)
LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')


class PackError(ValueError):
    """A module is written in a way that packing does not know."""


def pack(entry: Path, root: Path, keep: tuple[str, ...] = ("vendor/",)) -> str:
    """`entry` with all that it imports statically, as one module. Paths under `root` that start with one of `keep`
    stay imports of their own (they are cached on their own), under the absolute URL `/static/...`.
    """
    modules: dict[Path, tuple[str, str]] = {}
    kept: dict[str, set[str]] = {}
    _collect(entry.resolve(), root.resolve(), keep, modules, kept, ())
    imports = [f'import{{{",".join(sorted(names))}}}from"{url}";\n' for url, names in sorted(kept.items())]
    return squeeze("".join(imports) + "".join(text for _, text in modules.values()))


def _collect(
    path: Path,
    root: Path,
    keep: tuple[str, ...],
    modules: dict[Path, tuple[str, str]],
    kept: dict[str, set[str]],
    above: tuple[Path, ...],
) -> str:
    """Adds `path` and what it needs to `modules`, in the order of evaluation; returns the name of its exports."""
    if path in above:
        raise PackError(f"{path.name} imports itself by way of {above[-1].name}")
    if path in modules:
        return modules[path][0]

    def source(name: str) -> str:
        return _collect((path.parent / name).resolve(), root, keep, modules, kept, (*above, path))

    def inlined(found: re.Match[str]) -> str:
        names, target = found.groups()
        inside = (path.parent / target).resolve().relative_to(root).as_posix()
        if inside.startswith(keep):
            kept.setdefault(f"/static/{inside}", set()).update(_shared(path, names or ""))
            return ""
        exports = source(target)
        return f"const {{{_renamed(names)}}} = {exports};\n" if names else ""

    exported: list[str] = []

    def passed_on(found: re.Match[str]) -> str:
        exported.append(_plain(path, found[1]).strip())
        return f"const {{{found[1]}}} = {source(found[2])};\n"

    text = _without_comments(path.read_text())
    text = IMPORT.sub(inlined, text)
    text = PASSED_ON.sub(passed_on, text)
    text = LATER.sub(lambda m: f'import("/static/{_inside(path, m[1], root)}")', text)
    exported += DECLARED.findall(text)
    exported += [_renamed(names, listed=True) for names in LISTED.findall(text)]
    text = LISTED.sub("", DECLARED.sub("", text))
    if stray := re.search(r"^(?:import\s|export\s).*", text, re.MULTILINE):
        raise PackError(f"{path.name}: {stray[0]}")
    name = f"m{len(modules)}"
    returned = f"return {{{', '.join(exported)}}};\n" if exported else ""
    modules[path] = (name, f"const {name} = (() => {{\n{text}{returned}}})();\n")
    return name


def _inside(path: Path, target: str, root: Path) -> str:
    return (path.parent / target).resolve().relative_to(root).as_posix()


def _shared(path: Path, names: str) -> list[str]:
    """Names from a kept module: they are imported once for all, so nobody may rename them."""
    if " as " in names:
        raise PackError(f"{path.name}: renames an import that is shared")
    return [name.strip() for name in names.split(",") if name.strip()]


def _plain(path: Path, names: str) -> str:
    if " as " in names:
        raise PackError(f"{path.name}: renames what it passes on")
    return names


def _renamed(names: str, *, listed: bool = False) -> str:
    """`a as b` of an import becomes `a: b` of a destructuring; of an export list, `b: a` of an object."""
    pairs = [part.split(" as ") for part in (one.strip() for one in names.split(",")) if part]
    return ", ".join(p[0] if len(p) == 1 else f"{p[1]}: {p[0]}" if listed else f"{p[0]}: {p[1]}" for p in pairs)


def _without_comments(text: str) -> str:
    """Comments on lines of their own, so that an example in one is not taken for a statement."""
    text = re.sub(r"^[ \t]*/\*[\s\S]*?\*/[ \t]*\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^[ \t]*//[^\n]*\n", "", text, flags=re.MULTILINE)
