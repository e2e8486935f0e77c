"""Vendored modules are byte for byte what the lock file says, and cannot write raw HTML behind our back."""

import base64
import gzip
import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "static" / "vendor"
LOCK = json.loads((VENDOR / "vendor.lock.json").read_text())


def test_every_script_is_locked() -> None:
    assert {path.name for path in VENDOR.glob("*.js")} == set(LOCK["files"])


def test_files_are_the_locked_ones() -> None:
    for name, locked in LOCK["files"].items():
        content = (VENDOR / name).read_bytes()
        integrity = "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
        assert (integrity, len(content)) == (locked["integrity"], locked["size"])


def test_versions_are_exact() -> None:
    assert LOCK["packages"]["lit"]["version"] == "3.3.3"
    for package in LOCK["packages"].values():
        assert package["version"].replace(".", "").isdigit()
        assert package["integrity"].startswith("sha512-")


def test_lit_is_small_and_has_no_unsafe_directive() -> None:
    text = (VENDOR / "lit.js").read_text()
    assert len(gzip.compress(text.encode(), 9)) <= 8_192
    assert "unsafe" not in (VENDOR / "entry.mjs").read_text().split("export", 1)[1].lower()
    for name in ("LitElement", "html", "css", "nothing", "svg", "repeat", "classMap", "live", "ref"):
        assert f"as {name}," in text or f"as {name}}}" in text
