"""Status codes as outcomes and sentences."""

import json

import pytest

from apatar.qbxml.status import NO_CODE, Outcome, Retry, Status
from tests.shared_folder import needs_shared, shared

LOCK = "There was an error.  QuickBooks error message: This list has been modified by another user."
BROKEN = 'Error when saving a Customer list, element "A".  QuickBooks error message: This record has an error in it.'
OVERPAID = (
    'The "AppliedToTxnAdd payment amount" field has an invalid value "9.00".  '
    "QuickBooks error message: You cannot pay more than the amount due."
)


def error(code: int, message: str = "") -> Status:
    return Status(code, "Error", message)


@pytest.mark.parametrize(
    ("status", "outcome", "applied", "retry"),
    [
        (Status(0, "Info", "Status OK"), Outcome.OK, True, Retry.NEVER),
        (Status(1, "Info", ""), Outcome.NOTHING_FOUND, True, Retry.NEVER),
        (Status(500, "Warn", ""), Outcome.PARTLY_FOUND, True, Retry.NEVER),
        (Status(530, "Warn", ""), Outcome.DONE_WITH_WARNING, True, Retry.NEVER),
        (Status(999, "Warn", ""), Outcome.DONE_WITH_WARNING, True, Retry.NEVER),
        (error(1000), Outcome.INTERNAL, False, Retry.LATER),
        (error(1060), Outcome.VALUE_REFUSED, False, Retry.NEVER),
        (error(2500), Outcome.UNSUPPORTED, False, Retry.NEVER),
        (error(3070), Outcome.VALUE_REFUSED, False, Retry.NEVER),
        (error(3090), Outcome.VALUE_REFUSED, False, Retry.NEVER),
        (error(3100), Outcome.NAME_IN_USE, False, Retry.NEVER),
        (error(3120), Outcome.OBJECT_MISSING, False, Retry.NEVER),
        (error(3140), Outcome.REFERENCE_MISSING, False, Retry.NEVER),
        (error(3170, LOCK), Outcome.LOCKED, False, Retry.NOW),
        (error(3170, "Cannot be changed."), Outcome.REFUSED, False, Retry.NEVER),
        (error(3170, "The date is before the closing date."), Outcome.PERIOD_CLOSED, False, Retry.NEVER),
        (error(3175), Outcome.LOCKED, False, Retry.NOW),
        (error(3176, "The internals could not be locked."), Outcome.LOCKED, False, Retry.NOW),
        (error(3180, LOCK), Outcome.LOCKED, False, Retry.NOW),
        (error(3180, BROKEN), Outcome.REFUSED, False, Retry.NEVER),
        (error(3200), Outcome.STALE, False, Retry.NOW),
        (error(3210, OVERPAID), Outcome.VALUE_REFUSED, False, Retry.NEVER),
        (error(3231), Outcome.NOT_PROCESSED, False, Retry.NOW),
        (error(3250), Outcome.FEATURE_OFF, False, Retry.NEVER),
        (error(3260), Outcome.PERMISSION, False, Retry.NEVER),
        (error(3391), Outcome.ITERATOR_LOST, False, Retry.NOW),
        (error(3999), Outcome.REFUSED, False, Retry.NEVER),
        (error(NO_CODE), Outcome.INTERNAL, False, Retry.LATER),
    ],
)
def test_codes_have_outcomes(status: Status, outcome: Outcome, applied: bool, retry: Retry) -> None:
    assert (status.outcome, status.applied, status.retry) == (outcome, applied, retry)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (error(3100, 'The name "Ann" of the list element is already in use.'), "already uses the name “Ann”"),
        (error(3140, 'There is an invalid reference to QuickBooks Terms "Net 45" in the Customer.'), "has no “Net 45”"),
        (error(3210, OVERPAID), "“9.00” for AppliedToTxnAdd payment amount: You cannot pay more than the amount due."),
        (error(3090, 'error when storing "A:B" in the "customer name" field.'), "“A:B” for customer name"),
        (error(3180, BROKEN), "(code 3180): This record has an error in it."),
        (error(3000), "a value"),
        (error(3999), "no reason"),
        (error(3999, "A {brace} in it"), "A {brace} in it"),
    ],
)
def test_sentences_name_what_the_message_names(status: Status, words: str) -> None:
    assert words in status.sentence()


@needs_shared
def test_every_code_of_the_facts_has_a_sentence_and_failures_have_a_remedy() -> None:
    facts = json.loads(shared("facts/qbxml_status_codes.json").read_text())["statusCodes"]

    for fact in facts:
        status = Status(fact["statusCode"], fact["severity"], fact["messageTemplate"])
        assert status.sentence()
        assert status.applied or status.remedy().endswith(".")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_can_be_said(outcome: Outcome) -> None:
    codes = (
        code for code in range(-1, 4000) if error(code, BROKEN if code in (3170, 3180) else LOCK).outcome is outcome
    )

    assert error(next(codes)).sentence()
