"""Packs a page's ES modules into one file for the wire. Plain modules are the source; this needs no node.

    pack(static / "widget" / "main.js", static)   one module: imports inlined, comments and idle spaces gone

It knows the JavaScript that this tree is written in, not all there is: imports and exports at the start of a line,
names that are not renamed on their way through, no cycles. It raises PackError on anything else.
"""

import re
from pathlib import Path

from hub.transport.squeeze import squeeze

COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/)[\s\S])*\*/[ \t]*|//[^\n]*)\n", re.MULTILINE)
IMPORT = re.compile(
    r'^import\s*(?:(?:\{(?P<names>[^}]*)\}|\*\s*as\s+(?P<whole>[\w$]+))\s*from\s*)?"(?P<target>[^"]+)";\n', re.MULTILINE
)
PASSED_ON = re.compile(r'^export\s*\{([^}]*)\}\s*from\s*"([^"]+)";\n', re.MULTILINE)
DECLARED = re.compile(r"^export\s+(?=(?:async\s+)?(?:function\*?|class|const)\s+([\w$]+))", re.MULTILINE)
LISTED = re.compile(r"^export\s*\{([^}]*)\};\n", re.MULTILINE)
LATER = re.compile(r'\bimport\("(\.[^"]+)"\)')
STRAY = re.compile(r"^(?:import\s|export\s).*", re.MULTILINE)


class PackError(ValueError):
    """A module is written in a way that packing does not know."""


def pack(entry: Path, root: Path) -> str:
    """`entry` with all that it imports statically, as one module.

    Vendored files stay imports of their own: they are cached on their own. So do dynamic imports; both get absolute
    URLs under /static, since the packed text no longer stands where its modules stood.
    """
    packer = _Packer(root.resolve())
    packer.add(entry.resolve(), ())
    return squeeze(packer.text())


class _Packer:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._vendored: dict[str, set[str]] = {}
        self._names: dict[Path, str] = {}  # of the constants that hold a module's exports
        self._parts: list[str] = []  # in the order of evaluation

    def text(self) -> str:
        shared = sorted(self._vendored.items())
        return "".join([f'import{{{",".join(sorted(names))}}}from"{url}";\n' for url, names in shared] + self._parts)

    def add(self, path: Path, above: tuple[Path, ...]) -> str:
        """Adds `path` after all that it needs; returns the name of its exports."""
        if path in above:
            raise PackError(f"{path.name} imports itself by way of {above[-1].name}")
        if path not in self._names:
            body = self._body(path, (*above, path))
            self._names[path] = name = f"${len(self._names)}"
            # The entry stands bare, so that it may await at its top level.
            self._parts.append(f"const {name} = (() => {{\n{body}}})();\n" if above else body)
        return self._names[path]

    def _body(self, path: Path, above: tuple[Path, ...]) -> str:
        # Comments go first: an example in one must not be taken for a statement.
        text = COMMENT.sub("", path.read_text())
        text = IMPORT.sub(lambda found: self._imported(path, above, found), text)
        exported = [_plain(path, names) for names, _ in PASSED_ON.findall(text)]
        text = PASSED_ON.sub(lambda m: f"const {{{m[1]}}} = {self.add(_near(path, m[2]), above)};\n", text)
        text = LATER.sub(lambda m: f'import("{self._url(_near(path, m[1]))}")', text)
        exported += DECLARED.findall(text) + [_plain(path, names) for names in LISTED.findall(text)]
        text = LISTED.sub("", DECLARED.sub("", text))
        if stray := STRAY.search(text):
            raise PackError(f"{path.name}: {stray[0]}")
        # What is loaded later, by import(), is asked for by its own exports.
        passes = "return" if len(above) > 1 else "export"
        return text + (f"{passes} {{{', '.join(exported)}}};\n" if exported else "")

    def _imported(self, path: Path, above: tuple[Path, ...], found: re.Match[str]) -> str:
        target = _near(path, found["target"])
        if "vendor" in target.relative_to(self._root).parts:
            names = _plain(path, found["names"] or "").split(", ")
            self._vendored.setdefault(self._url(target), set()).update(names)
            return ""
        exports = self.add(target, above)
        if found["whole"]:
            return f"const {found['whole']} = {exports};\n"
        # `a as b` of an import is `a: b` of a destructuring.
        return f"const {{{found['names'].replace(' as ', ': ')}}} = {exports};\n" if found["names"] else ""

    def _url(self, path: Path) -> str:
        return "/static/" + path.relative_to(self._root).as_posix()


def _near(path: Path, target: str) -> Path:
    return (path.parent / target).resolve()


def _plain(path: Path, names: str) -> str:
    """Names that are shared must mean the same everywhere."""
    if " as " in names:
        raise PackError(f"{path.name}: renames what it shares ({names.strip()})")
    return ", ".join(name.strip() for name in names.split(",") if name.strip())
