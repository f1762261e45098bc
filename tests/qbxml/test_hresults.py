"""The COM errors that the Web Connector passes on."""

import json

import pytest

from apatar.qbxml.status import hresult
from tests.shared_folder import needs_shared, shared


@pytest.mark.parametrize("code", ["0x8004040A", "0x8004040a", "8004040A", " 0x8004040A "])
def test_a_code_is_known_however_it_is_printed(code: str) -> None:
    assert hresult(code).code == "0x8004040A"


def test_a_refused_message_set_changed_nothing() -> None:
    refused = hresult("0x80040400")

    assert refused.outcome_known
    assert refused.permanent


@pytest.mark.parametrize("code", ["0x80040402", "0x8004040D", "0x80040414", "0x80010105", "0x80040421"])
def test_after_a_break_in_the_middle_nobody_knows(code: str) -> None:
    assert not hresult(code).outcome_known


def test_an_unknown_code_leaves_the_outcome_unknown() -> None:
    unknown = hresult("0x80049999")

    assert "0x80049999" in unknown.sentence
    assert not unknown.outcome_known


@needs_shared
def test_every_code_of_the_facts_is_explained() -> None:
    facts = json.loads(shared("facts/qbxml_status_codes.json").read_text())["hresults"]

    for fact in facts:
        found = hresult(fact["hresult"])
        assert "not known here" not in found.sentence
        assert found.sentence.endswith(".")
        assert found.remedy.endswith(".")
