"""Ids in both lengths."""

import json
import re

import pytest

from apatar.salesforce.errors import NotUnderstood
from apatar.salesforce.ids import id18
from tests.shared_folder import needs_shared, shared


@pytest.mark.parametrize(
    ("short", "full"), [("00D1a000000H3O9", "00D1a000000H3O9EAK"), ("003ak00000luKU1", "003ak00000luKU1AAM")]
)
def test_the_case_of_a_short_id_is_spelled_in_three_letters(short: str, full: str) -> None:
    assert id18(short) == full
    assert id18(full) == full


@pytest.mark.parametrize("text", ["", "001", "001ak00000luKU1A", "001ak00000luKU' OR", "../../evil/evil12", "None"])
def test_what_is_not_an_id_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        id18(text)


@needs_shared
def test_every_recorded_id_of_a_collections_call_has_the_right_ending() -> None:
    text = shared("captures/salesforce/collections_insert_and_upsert_by_external_id_200.json").read_text()
    ids = set(re.findall(r'"id": "(\w{18})"', text))
    assert ids
    assert all(id18(found[:15]) == found for found in ids)
    assert json.loads(text)
