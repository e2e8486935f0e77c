"""Packs a page's ES modules into one file for the wire. Plain modules are the source; this needs no node.

    pack(static / "widget" / "main.js", static)   one module: imports inlined, comments and idle spaces gone

It knows the JavaScript that this tree is written in, not all there is: imports and exports at the start of a line,
names that are not renamed on their way through, no cycles. It raises PackError on anything else.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
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
WORD = re.compile(r"(?<![\w$#])(?:(?<!\.)|(?<=\.\.\.))[\w$]+")
ALL = "*"
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


@dataclass
class _Module:
    """`body` has no import statements any more; `imports` are (from where, {name here: name there})."""

    path: Path
    body: str = ""
    imports: list[tuple[Path, dict[str, str]]] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)

    @cached_property
    def words(self) -> set[str]:
        """What stands for something of its own, or of the browser's. (A property may be called anything.)"""
        return (set(WORD.findall(self.body)) | self._names(own=True)) - self._names(own=False)

    def _names(self, *, own: bool) -> set[str]:
        """Imported ones, by a name of its own or by that which they have there."""
        return {here for _, names in self.imports for here, there in names.items() if (here != there) is own}


class _Packer:
    """Each module is a function that is called at once and returns its exports. They become constants of the whole
    text, by their own names where nobody else says these, so that whoever imports them need not say it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._vendored: dict[str, set[str]] = {}
        self._modules: dict[Path, _Module] = {}  # in the order of evaluation

    def text(self) -> str:
        shared = sorted(self._vendored.items())
        heads = [f'import{{{",".join(sorted(names))}}}from"{url}";\n' for url, names in shared]
        *modules, entry = self._modules.values()
        held = {it.path: f"${n}" for n, it in enumerate(modules) if not self._plain(it)}
        parts = [self._wrapped(it, held) for it in modules]
        # The entry stands bare, so that it may await at its top level.
        passes = f"export {{{', '.join(entry.exports)}}};\n" if entry.exports else ""
        return "".join([*heads, *parts, self._body(entry, held), passes])

    def _plain(self, module: _Module) -> bool:
        """Can its exports keep their names in the whole text?"""
        others = [it for it in self._modules.values() if it is not module]
        whole = any(path == module.path and ALL in names.values() for it in others for path, names in it.imports)
        taken = set(chain(*self._vendored.values(), *(it.exports for it in others)))
        return not whole and not any(name in taken or any(name in it.words for it in others) for name in module.exports)

    def _wrapped(self, module: _Module, held: dict[Path, str]) -> str:
        exports = f"{{{', '.join(module.exports)}}}"
        name = held.get(module.path, exports)
        if not module.exports:
            return f"(() => {{\n{self._body(module, held)}}})();\n"
        return f"const {name} = (() => {{\n{self._body(module, held)}return {exports};\n}})();\n"

    def _body(self, module: _Module, held: dict[Path, str]) -> str:
        lines = [_line(names, held.get(path, "")) for path, names in module.imports]
        return "".join([*lines, module.body])

    def add(self, path: Path, above: tuple[Path, ...]) -> Path:
        """Adds `path` after all that it needs."""
        if path in above:
            raise PackError(f"{path.name} imports itself by way of {above[-1].name}")
        if path not in self._modules:
            module = self._read(path, (*above, path))
            self._modules[path] = module
        return path

    def _read(self, path: Path, above: tuple[Path, ...]) -> _Module:
        module = _Module(path)
        # Comments go first: an example in one must not be taken for a statement.
        text = COMMENT.sub("", path.read_text())
        text = IMPORT.sub(lambda found: self._imported(module, above, found), text)
        text = PASSED_ON.sub(lambda found: self._passed_on(module, above, found), text)
        text = LATER.sub(lambda m: f'import("{self._url(_near(path, m[1]))}")', text)
        module.exports += DECLARED.findall(text) + _plain(path, ",".join(LISTED.findall(text)))
        module.body = LISTED.sub("", DECLARED.sub("", text))
        if stray := STRAY.search(module.body):
            raise PackError(f"{path.name}: {stray[0]}")
        return module

    def _imported(self, module: _Module, above: tuple[Path, ...], found: re.Match[str]) -> str:
        target = _near(module.path, found["target"])
        if "vendor" in target.relative_to(self._root).parts:
            self._vendored.setdefault(self._url(target), set()).update(_plain(module.path, found["names"] or ""))
        else:
            names = {found["whole"]: ALL} if found["whole"] else _pairs(found["names"] or "")
            module.imports.append((self.add(target, above), names))
        return ""

    def _passed_on(self, module: _Module, above: tuple[Path, ...], found: re.Match[str]) -> str:
        names = _plain(module.path, found[1])
        module.imports.append((self.add(_near(module.path, found[2]), above), {name: name for name in names}))
        module.exports += names
        return ""

    def _url(self, path: Path) -> str:
        return "/static/" + path.relative_to(self._root).as_posix()


def _near(path: Path, target: str) -> Path:
    return (path.parent / target).resolve()


def _pairs(names: str) -> dict[str, str]:
    """{name here: name there} of `there as here, both`."""
    words = [name.split() for name in names.split(",") if name.strip()]
    return {it[-1]: it[0] for it in words}


def _plain(path: Path, names: str) -> list[str]:
    """Names that are shared must mean the same everywhere."""
    if " as " in names:
        raise PackError(f"{path.name}: renames what it shares ({names.strip()})")
    return list(_pairs(names))


def _line(names: dict[str, str], held: str) -> str:
    """What makes another module's exports known here; `held` is the constant that has them, if they need one."""
    if ALL in names.values():
        return "".join(f"const {here} = {held};\n" for here in names)
    if held:
        named = ", ".join(here if here == there else f"{there}: {here}" for here, there in names.items())
        return f"const {{{named}}} = {held};\n" if names else ""
    return "".join(f"const {here} = {there};\n" for here, there in names.items() if here != there)
