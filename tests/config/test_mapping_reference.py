"""The reference of the map is what the declarations say."""

from pathlib import Path

from apatar.config.mapping_reference import text
from apatar.sync.map_rules import every_field
from apatar.sync.pairs import PAIRS
from apatar.sync.values import Kind

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "mapping.md"


def test_the_page_is_what_the_declarations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == text(), "Run `make reference`, and commit docs/reference/mapping.md."


def test_every_pair_and_every_field_stands_in_it() -> None:
    page = text()
    for pair in PAIRS:
        assert f"(`{pair.name}`)" in page
        own = [one for _, one in every_field(pair) if one.kind is not Kind.LINES]
        assert [one.name for one in own if f"{one.label} (`{one.name}`)" not in page] == []
