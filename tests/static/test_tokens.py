"""The design tokens: every text/background pair is readable, in both themes, and the two dark blocks agree."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "static" / "tokens.css").read_text()
SURFACES = ("surface", "surface-raised", "surface-sunken")
PAIRS = [
    *[(ink, ground) for ink in ("text", "text-muted", "accent", "ok", "warn", "danger") for ground in SURFACES],
    *[("text", ground) for ground in ("bot", "agent", "note", "accent-soft")],
    *[("text-muted", ground) for ground in ("bot", "agent", "note", "accent-soft")],
    ("on-accent", "accent"),
    ("accent", "accent-soft"),
    ("ok", "ok-soft"),
    ("warn", "warn-soft"),
    ("danger", "danger-soft"),
]


def block(selector: str) -> dict[str, str]:
    """The custom properties of the rule that `selector` opens."""
    body = CSS.split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});", body))


LIGHT = block(":root")
DARK = block(':root:not([data-theme="light"])')


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_is_readable(theme: dict[str, str], ink: str, ground: str) -> None:
    assert contrast(theme[ink], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_controls_and_focus_stand_out(theme: dict[str, str]) -> None:
    """WCAG 1.4.11: 3:1 for what a control is recognised by."""
    for role in ("line-strong", "focus"):
        assert contrast(theme[role], theme["surface"]) >= 3
        assert contrast(theme[role], theme["surface-raised"]) >= 3


def test_the_two_ways_to_dark_agree() -> None:
    assert block(':root[data-theme="dark"]') == DARK


def test_dark_recolours_every_role() -> None:
    assert set(LIGHT) == set(DARK)
