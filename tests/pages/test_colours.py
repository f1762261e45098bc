"""The design tokens keep the contrast that WCAG 2.2 AA asks for, in light and in dark."""

import re
from pathlib import Path

import pytest

import apatar.pages

TOKENS = (Path(apatar.pages.__file__).parent / "static" / "pages" / "tokens.css").read_text(encoding="utf-8")
TEXT, LARGE_OR_CONTROL = 4.5, 3.0
"""Success criteria 1.4.3 and 1.4.11."""
PAIRS = [
    *[("ink", on, TEXT) for on in ("paper", "surface", "sunken", "accent-soft", "good-soft", "wait-soft", "bad-soft")],
    *[("muted", on, TEXT) for on in ("paper", "surface", "sunken", "accent-soft")],
    *[("link", on, TEXT) for on in ("paper", "surface", "bad-soft")],
    *[("on-accent", on, TEXT) for on in ("accent", "accent-strong")],
    *[(tone, f"{tone}-soft", TEXT) for tone in ("good", "wait", "bad")],
    *[("bad", on, TEXT) for on in ("surface", "paper")],
    *[("control", on, LARGE_OR_CONTROL) for on in ("surface", "paper")],
    *[("focus", on, LARGE_OR_CONTROL) for on in ("surface", "paper", "accent-soft")],
]


def colours(scheme: str) -> dict[str, str]:
    light, dark = TOKENS.split("@media (prefers-color-scheme: dark)")
    found = re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light if scheme == "light" else light + dark)
    return dict(found)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
def test_contrast_is_enough(scheme: str, front: str, back: str, least: float) -> None:
    named = colours(scheme)
    assert contrast(named[front], named[back]) >= least


def test_only_the_tokens_hold_raw_colours() -> None:
    folder = Path(apatar.pages.__file__).parent / "static" / "pages"
    others = [sheet for sheet in folder.glob("*.css") if sheet.name != "tokens.css"]
    raw = [found for sheet in others for found in re.findall(r"#[0-9a-fA-F]{3,6}\b(?![^{]*\{)", sheet.read_text())]
    assert raw in ([], ["#ffffff"])  # the white that a scanner needs behind the picture of a code
