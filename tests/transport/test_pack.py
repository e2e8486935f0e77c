"""Covers hub/transport/pack.py, squeeze.py and served.py: what goes over the wire does what its source does."""

import shutil
import subprocess
from pathlib import Path

import pytest

from hub.transport.pack import PackError, pack
from hub.transport.served import PAGES, served, stamp
from hub.transport.squeeze import squeeze, squeeze_sheet

STATIC = Path(__file__).parents[2] / "static"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="node only checks scripts; OneThread runs without it")

TRICKY = r"""
// a comment
let n = 1
const a = 8 / 2 / 2, re = /[/"'`{}\]] {2,}\/(\w+)/g; /* "not" a string */
const text = "// not a comment", other = 'it\'s /* neither */';
const signs = [a + -n, a - -n, a % 2 + +n, n++ + n, n-- - --n, "x" in { x: 1 }, typeof "s" + "t"];
const nested = `a  b ${[1, 2].map((n) => `<${n + +1} ${"}"}>`).join(" - ")} // kept
    c`;
const markup = (strings, ...more) => strings.join("|") + more;
const html = markup;
const shown = html`<p>
      two  spaces ${a}
    </p>`;
function f(x) { return /x  y/.test(x) ? x / 2 : - -x }
let i = 1
let j = i
++i
const chain = [3, 1, 2]
  .map((n) => n * 2)
  .filter((n) => n > 2)
const o = { async g() { return typeof /r/ }, "k" : 1, [`d${i}`]: { } }
for (const k of /a/.exec("a")) j += k.length
const all = [a, signs, "x/'  yy".match(re), text, other, nested, f("x  y"), f(4), i, j, chain];
console.log(JSON.stringify([...all, Object.keys(o)]));
console.log(shown.replace(/\s+/g, " "));
"""


def run(text: str, path: Path) -> str:
    path.write_text(text)
    ran = subprocess.run([str(NODE), str(path)], capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@needs_node
def test_a_squeezed_script_does_the_same(tmp_path: Path) -> None:
    small = squeeze(TRICKY)
    assert run(small, tmp_path / "b.mjs") == run(TRICKY, tmp_path / "a.mjs")
    assert "comment" not in small.replace("// not a comment", "")
    assert len(small) < 0.9 * len(TRICKY)


@pytest.mark.parametrize("script", sorted(STATIC.rglob("*.js")), ids=lambda path: path.relative_to(STATIC).as_posix())
def test_squeezing_twice_changes_nothing(script: Path) -> None:
    once = squeeze(script.read_text())
    assert squeeze(once) == once


@pytest.mark.parametrize("broken", ["f(`${1`", "{", "}", "`abc", "`${ { }`"])
def test_what_does_not_match_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match=r"without|does not end"):
        squeeze(broken)


SHEET = """/* a; b */
.a :hover ,
.b { margin : 0;
  font: var(--t1)/1.5 var(--f); content: ""; }
@media (max-width: 9px) { }
"""
SMALL = '.a :hover,.b{margin :0;font:var(--t1)/1.5 var(--f);content:""}@media (max-width:9px){}\n'


def test_a_squeezed_sheet_says_the_same() -> None:
    assert squeeze_sheet(SHEET) == SMALL


MODULES = {
    "main.js": """
        import { twice as double, Base } from "./lib/math.js";
        import * as words from "./lib/words.js";
        import "./lib/effect.js";
        import { shout } from "./lib/index.js";
        // import { nothing } from "./nowhere.js";
        const later = await import("./lib/later.js");
        console.log(double(21), new Base().name, shout(words.hello), globalThis.effects, later.value);
    """,
    "lib/math.js": """
        import { add } from "./add.js";
        /** A comment. */ const own = 2;
        export const twice = (n) => add(n, n) * (own / 2);
        export class Base { name = "base"; }
    """,
    "lib/add.js": "export function add(a, b) {\n  return a + b;\n}\nglobalThis.effects = ['add'];\n",
    "lib/words.js": "const hello = 'hello';\nexport { hello };\n",
    "lib/index.js": 'export { shout } from "./shout.js";\n',
    "lib/shout.js": "export const shout = (text) => text.toUpperCase();\n",
    "lib/effect.js": "globalThis.effects.push('effect');\n",
    "lib/later.js": "export const value = 'later';\n",
}


def lay_out(root: Path, modules: dict[str, str]) -> Path:
    for name, text in modules.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("\n".join(line.strip() for line in text.splitlines()) + "\n")
    return root


@needs_node
def test_packed_modules_do_what_they_did_apart(tmp_path: Path) -> None:
    root = lay_out(tmp_path, MODULES | {"package.json": '{"type": "module"}'})
    apart = subprocess.run([str(NODE), str(root / "main.js")], capture_output=True, text=True, timeout=30, check=True)
    packed = pack(root / "main.js", root)
    assert 'import("/static/lib/later.js")' in packed
    here = packed.replace("/static/", f"{root.as_uri()}/")
    assert run(here, tmp_path / "packed.mjs") == apart.stdout == "42 base HELLO [ 'add', 'effect' ] later\n"


# Names that mean something else elsewhere: of two modules, of the browser, of a parameter that is spread, of the entry.
SAME_NAMES = {
    "main.js": """
        import { pick } from "./one.js";
        import { pick as other } from "./two.js";
        import { twice } from "./uses.js";
        import { last } from "./spreads.js";
        const label = "main's";
        console.log(pick(), other(), twice(4), last([1, 2]), label, atob("aGk="));
    """,
    "one.js": "export const pick = () => 'one';",
    "two.js": "export const pick = () => 'two';",
    "browser.js": "export const atob = (n) => n + n;\nexport const label = 'ours';",
    "uses.js": 'import { atob, label } from "./browser.js";\nexport const twice = (n) => label + atob(n);',
    "items.js": "export const items = 'nobody';\nexport const plain = (it) => it.items ?? items;",
    "spreads.js": 'import { plain } from "./items.js";\nexport const last = (items) => [...items, plain({})].at(-1);',
}


@needs_node
def test_a_name_that_means_something_else_elsewhere_is_kept_apart(tmp_path: Path) -> None:
    root = lay_out(tmp_path, SAME_NAMES | {"package.json": '{"type": "module"}'})
    apart = subprocess.run([str(NODE), str(root / "main.js")], capture_output=True, text=True, timeout=30, check=True)
    packed = pack(root / "main.js", root)
    assert run(packed, tmp_path / "packed.mjs") == apart.stdout == "one two ours8 nobody main's hi\n"
    assert "const{twice}=" in packed  # nobody else says it


def test_vendored_modules_are_imported_once(tmp_path: Path) -> None:
    root = lay_out(
        tmp_path,
        {
            "main.js": 'import { html, svg } from "./vendor/lit.js";\nimport { a } from "./a.js";\nhtml(svg, a);',
            "a.js": 'import { css, html } from "./vendor/lit.js";\nexport const a = html(css);',
            "vendor/lit.js": "throw 1;",
        },
    )
    packed = pack(root / "main.js", root)
    assert packed.startswith('import{css,html,svg}from"/static/vendor/lit.js";')
    assert packed.count("lit.js") == 1
    assert "throw" not in packed


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("export default 1;", "export default"),
        ('import a from "./a.js";', "import a"),
        ("export let a = 1;", "export let"),
        ('import { b } from "./b.js";', "imports itself"),
        ('import { html as h } from "./vendor/lit.js";', "renames"),
    ],
)
def test_what_it_does_not_know_it_refuses(tmp_path: Path, text: str, why: str) -> None:
    root = lay_out(
        tmp_path, {"main.js": 'import "./a.js";', "a.js": text, "b.js": 'import "./a.js";\nexport const b = 1;'}
    )
    with pytest.raises(PackError, match=why):
        pack(root / "main.js", root)


@needs_node
@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_page_packs_to_a_valid_module(page: str, tmp_path: Path) -> None:
    target = tmp_path / "page.mjs"
    target.write_bytes(served(STATIC / page, STATIC))
    checked = subprocess.run(
        [str(NODE), "--check", str(target)], capture_output=True, text=True, timeout=30, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_vendored_files_are_served_as_they_are() -> None:
    assert served(STATIC / "vendor" / "lit.js", STATIC) == (STATIC / "vendor" / "lit.js").read_bytes()


def test_a_packed_page_is_as_new_as_its_newest_module(tmp_path: Path) -> None:
    root = lay_out(tmp_path, {"widget/main.js": 'import "../a.js";', "a.js": "1;"})
    assert stamp(root / "widget" / "main.js", root) >= (root / "a.js").stat().st_mtime_ns
    assert stamp(root / "a.js", root) == (root / "a.js").stat().st_mtime_ns


@needs_node
def test_an_entry_that_is_loaded_later_keeps_its_exports(tmp_path: Path) -> None:
    (tmp_path / "add.js").write_text("export const add = (a, b) => a + b;\n")
    (tmp_path / "later.js").write_text(
        'import { add } from "./add.js";\nexport function three() {\n  return add(1, 2);\n}\n'
    )
    packed = tmp_path / "packed.mjs"
    packed.write_text(pack(tmp_path / "later.js", tmp_path))
    assert run("import { three } from './packed.mjs';\nconsole.log(three());", tmp_path / "use.mjs") == "3\n"
