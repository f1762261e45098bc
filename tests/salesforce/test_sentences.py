"""Every refusal reads as a sentence with a remedy."""

import inspect

import pytest

from apatar.salesforce import errors
from apatar.salesforce.sentences import LOGIN, LOGIN_ALIASES, LOGIN_PHRASES, RECORD, login_verdict, record_sentence


@pytest.mark.parametrize("sentence", [verdict.sentence for verdict in LOGIN.values()] + list(RECORD.values()))
def test_a_sentence_ends_with_a_full_stop_and_never_shows_a_code(sentence: str) -> None:
    shown = sentence.removesuffix("{message}")
    assert shown.rstrip().endswith((".", ":"))
    assert "_EXCEPTION" not in shown


@pytest.mark.parametrize("key", [*LOGIN_ALIASES.values(), *(key for _, key in LOGIN_PHRASES)])
def test_every_alias_leads_to_a_sentence(key: str) -> None:
    assert key in LOGIN


@pytest.mark.parametrize(
    ("code", "text", "key"),
    [
        ("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.", "INVALID_LOGIN"),
        (
            "INVALID_OPERATION",
            "SOAP API login() is disabled by default in this org. Contact the org administrator to enable it.",
            "LOGIN_DISABLED",
        ),
        (
            "INVALID_OPERATION",
            "The SOAP Login operation is not available in the API version specified (65.0).",
            "LOGIN_VERSION",
        ),
        ("API_CURRENTLY_DISABLED", "API is disabled for this User", "API_DISABLED_FOR_ORG"),
        ("invalid_grant", "authentication failure - Invalid Password", "INVALID_LOGIN"),
        ("invalid_grant", "expired access/refresh token", "expired_refresh_token"),
        ("invalid_grant", "user hasn't approved this consumer", "not_approved"),
        ("invalid_grant", "user hasn\u2019t approved this consumer", "not_approved"),
        ("invalid_request", "no client credentials user enabled", "no_run_as_user"),
        ("invalid_grant", "request not supported on this domain", "wrong_domain"),
        ("invalid_client_id", "client identifier invalid", "invalid_client_id"),
        ("invalid_client", "invalid client credentials", "invalid_client"),
    ],
)
def test_what_salesforce_says_beats_its_code(code: str, text: str, key: str) -> None:
    found, verdict = login_verdict(code, text)
    assert found == key
    assert verdict is LOGIN[key]
    assert verdict.permanent


@pytest.mark.parametrize(
    "code", ["SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "rate_limit_exceeded", "server_error"]
)
def test_what_goes_away_by_itself_is_not_permanent(code: str) -> None:
    assert not login_verdict(code, "")[1].permanent


def test_an_unknown_login_code_is_named_and_sent_to_the_administrator() -> None:
    key, verdict = login_verdict("BRAND_NEW", "")
    assert (key, verdict.permanent) == ("BRAND_NEW", True)
    assert "BRAND_NEW" in verdict.sentence


def test_a_record_sentence_names_the_fields() -> None:
    sentence = record_sentence("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ("LastName",))
    assert sentence.startswith("Salesforce requires a value in LastName. Fill it in")


def test_a_rule_of_the_org_speaks_in_its_own_words() -> None:
    assert "Ship {to} is empty" in record_sentence("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Ship {to}\n is empty")


def test_the_query_itself_is_left_out_of_a_sentence() -> None:
    message = "\nSELECT X FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'X' on entity 'Account'."
    sentence = record_sentence("INVALID_FIELD", message)
    assert "SELECT" not in sentence
    assert "No such column 'X' on entity 'Account'." in sentence


def test_an_unknown_record_code_is_shown_with_its_text() -> None:
    assert record_sentence("NEW_CODE", "Something odd") == "Salesforce refused this: Something odd (NEW_CODE)."


def test_every_error_has_a_sentence_of_its_own_and_stands_in_the_tree() -> None:
    kinds = [
        kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.SalesforceError)
    ]
    assert len(kinds) >= 16
    for kind in kinds:
        assert kind.__name__ in (errors.__doc__ or "")
        assert kind().sentence.endswith(".")
