"""Covers README.md and docs/: what they name exists, what exists is named, and their examples work."""

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from typer.main import get_command

from hub.cli import app
from hub.settings import PREFIX, Settings
from hub.transport.generate.catalogue import events, registry

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
SECRET = "an example secret of thirty-two bytes"


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """The page without its code blocks: what may hold links and headings."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def snippets(page: Path, language: str) -> list[str]:
    """The code blocks of a language ("" = those that name none)."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [code for found, code in blocks if found == language]


def links(page: Path) -> list[str]:
    return re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", prose(page))


def commands() -> set[str]:
    """Every command of `onethread`, nested ones as two words."""
    found = set()
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        nested = getattr(command, "commands", None)
        found |= {f"{name} {inner}" for inner in nested} if nested else {name}
    return found


# --- links and names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_internal_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_every_page_can_be_found_from_the_readme() -> None:
    seen, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if "://" not in link]
    assert set(PAGES) - seen == set()


def test_paths_that_the_readme_names_exist() -> None:
    block = next(text for text in snippets(ROOT / "README.md", "") if "hub/model/" in text)
    named = re.findall(r"(?:^|\s)((?:hub|channels|static|docs|tests|bench)/[\w./]*)", block)
    assert len(named) > 8
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_only_known_settings_are_named() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | {f"{PREFIX}CONFIG"}
    for page in PAGES:
        named = set(re.findall(rf"{PREFIX}[A-Z_0-9]+", page.read_text()))
        assert {name.removesuffix("_FILE") for name in named if name != f"{PREFIX}"} - known == set(), page


# --- everything is described ------------------------------------------------------------------------------


def test_every_setting_has_its_heading() -> None:
    assert set(Settings.model_fields) <= anchors(ROOT / "docs/settings.md")


def test_every_command_has_its_heading() -> None:
    named = set(re.findall(r"^### onethread (.+)$", prose(ROOT / "docs/operations.md"), re.MULTILINE))
    assert named == commands()


def test_every_error_is_listed() -> None:
    page = (ROOT / "docs/protocol/errors.md").read_text()
    assert [error.code for error in registry() if f"| `{error.code}` |" not in page] == []


def test_every_event_is_listed_with_its_audience() -> None:
    page = (ROOT / "docs/protocol/README.md").read_text()
    for name, event in events().items():
        audience = {"e": "everyone", "s": "**staff**"}[event.audience]
        assert f"| `{name}` | {audience} |" in page


def test_make_commands_of_the_docs_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+)%?:", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        code = " ".join(re.findall(r"`(make [a-z-]+)", page.read_text()) + snippets(page, "sh"))
        assert set(re.findall(r"\bmake ([a-z-]+)", code)) <= targets, page


def test_make_help_lists_every_command_that_the_docs_use() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"demo", "test", "test-servers", "lint", "bench"} <= set(
        re.findall(r"^make ([a-z-]+)", listed, re.MULTILINE)
    )


def test_onethread_commands_of_the_docs_exist() -> None:
    for page in PAGES:
        code = "\n".join(snippets(page, "sh") + snippets(page, "ini"))
        named = re.findall(r"\bonethread ((?:crm )?[a-z]+(?: add)?)\b", code)
        assert set(named) <= commands(), page


def test_the_procfile_runs_commands_that_exist() -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    assert {line.partition(": onethread ")[2] for line in lines} == {"serve", "work", "media"}
    assert {"serve", "work", "media"} <= commands()


# --- examples work ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_python_and_json_examples_parse(page: Path) -> None:
    for code in snippets(page, "python"):
        compile(code, name_of(page), "exec")
    for code in snippets(page, "json"):
        json.loads(code)


def decoded(token: str) -> dict[str, Any]:
    """As the hub judges it: our secret, our site, not expired, at most an hour."""
    assert jwt.get_unverified_header(token)["kid"] == "2026-11"
    claims: dict[str, Any] = jwt.decode(token, SECRET, algorithms=["HS256"], audience="acme")
    assert 0 < claims["exp"] - time.time() <= 3_600
    return claims


def test_the_python_backend_example_signs_a_valid_token() -> None:
    code = next(text for text in snippets(ROOT / "README.md", "python") if "onethread_token" in text)
    scope: dict[str, Any] = {}
    exec(code, scope)
    claims = decoded(scope["onethread_token"]("4711", "王丽", "li@example.com", SECRET))
    assert claims["sub"] == "4711"
    assert claims["email_verified"] is True


def test_the_node_backend_example_signs_a_valid_token(tmp_path: Path) -> None:
    code = next(text for text in snippets(ROOT / "README.md", "js") if "onethreadToken" in text)
    call = f"console.log(onethreadToken({{ id: '4711', name: '王丽' }}, {json.dumps(SECRET)}))"
    (tmp_path / "run.mjs").write_text(f"{code}\n{call}\n")
    done = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30)
    claims = decoded(done.stdout.strip())
    assert claims["sub"] == "4711"
    assert claims["name"] == "王丽"
