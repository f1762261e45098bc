"""Every request that we can write is one that Intuit's own schema of qbXML 13.0 accepts."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from apatar.qbxml import grammar
from apatar.qbxml.requests import Request, ask_outcome, forget_outcome, message_set
from apatar.qbxml.versions import Version
from tests.qbxml.drawing import fullest, requests
from tests.shared_folder import needs_shared, schema_of_quickbooks

pytestmark = needs_shared

V13 = Version(13)
MESSAGES = [name for name in grammar.messages() if grammar.message(name).since <= V13]


def faults(document: str) -> list[str]:
    """Return what the schema finds wrong."""
    valid = schema_of_quickbooks()
    valid.validate(etree.fromstring(document.encode()))
    return [str(error.message) for error in valid.error_log]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("last", [False, True], ids=["first alternatives", "last alternatives"])
def test_the_fullest_request_of_each_message_is_valid(name: str, last: bool) -> None:
    fields = fullest(grammar.message(name).children, V13, last=last)

    assert faults(message_set([Request(name, fields, "1")], version=V13)) == []


def test_the_schema_really_judges() -> None:
    """Guard of the two tests beside it: a document in the wrong order must be found."""
    document = message_set([Request("CustomerAdd", {"Name": "Ann", "Phone": "1"})], version=V13)
    swapped = document.replace("<Name>Ann</Name><Phone>1</Phone>", "<Phone>1</Phone><Name>Ann</Name>")

    assert swapped != document
    assert faults(swapped)


@given(data=st.data())
@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_whatever_the_grammar_allows_is_valid(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(MESSAGES))
    request = data.draw(requests(name, V13))

    assert faults(message_set([request], version=V13, new_message_set_id="run-42")) == []


@pytest.mark.parametrize("question", [ask_outcome, forget_outcome])
def test_the_recovery_questions_are_valid(question: Callable[[str, Version], str]) -> None:
    assert faults(question("AB1F2395", V13)) == []
