"""A .qwc file is taken or refused as Intuit's Web Connector does it."""

import pytest

from apatar.sandbox.webconnector.errors import Refused
from apatar.sandbox.webconnector.qwc import REQUIRED, read_qwc
from tests.sandbox.webconnector.stub import FILE, OWNER, qwc
from tests.shared_folder import needs_shared, shared


def test_a_correct_file_is_read() -> None:
    application = read_qwc(qwc(Scheduler="<RunEveryNMinutes>15</RunEveryNMinutes>", AuthFlags="0xF"))
    assert application.app_url == "https://books.example.com/soap"
    assert (application.owner_id, application.file_id) == (OWNER, FILE)
    assert (application.every_seconds, application.auth_flags) == (900, 15)


def test_the_first_interval_wins() -> None:
    both = "<RunEveryNSeconds>30</RunEveryNSeconds><RunEveryNMinutes>5</RunEveryNMinutes>"
    assert read_qwc(qwc(Scheduler=both)).every_seconds == 30


def test_without_a_schedule_the_interval_is_left_to_the_user() -> None:
    assert read_qwc(qwc()).every_seconds is None


def test_a_misspelt_element_does_no_harm() -> None:
    assert read_qwc(qwc(PersonalDataPrep="pdpNotNeeded")).app_name == "Test Application"


@pytest.mark.parametrize("name", REQUIRED)
def test_every_required_element_is_missed(name: str) -> None:
    with pytest.raises(Refused, match=f"QBWC1039.*{name} is missing"):
        read_qwc(qwc(**{name: None}))


@pytest.mark.parametrize("name", ["AppName", "UserName", "OwnerID", "FileID", "AppURL"])
def test_an_empty_element_is_refused(name: str) -> None:
    with pytest.raises(Refused, match=f"QBWC1039.*{name} is empty"):
        read_qwc(qwc(**{name: ""}))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"AppURL": "https://192.0.2.7/soap"}, "QBWC1001"),
        ({"AppURL": "http://127.0.0.1:8000/soap", "AppSupport": "http://127.0.0.1:8000/"}, "QBWC1001"),
        ({"AppURL": "http://[::1]/soap"}, "QBWC1001"),
        ({"AppSupport": "https://192.0.2.7/"}, "QBWC1002"),
        ({"AppURL": "http://books.example.com/soap"}, "QBWC1010"),
        ({"AppSupport": "https://help.example.com/"}, "QBWC1000"),
        ({"AppURL": "http://localhost/soap"}, "QBWC1000"),
        ({"QBType": "QBO"}, "QBWC1039"),
        ({"OwnerID": "57F3B9B1-86F1-4fcc-B1EE-566DE1813D20"}, "QBWC1039"),
        ({"FileID": "{not-a-guid}"}, "QBWC1039"),
        ({"AuthFlags": "all"}, "QBWC1039"),
        ({"Style": "RPC"}, "QBWC1039"),
        ({"UnattendedModePref": "always"}, "QBWC1039"),
        ({"Scheduler": "<RunEveryNMinutes>0</RunEveryNMinutes>"}, "QBWC1039"),
        ({"AppURL": "ftp://books.example.com/"}, "QBWC1039"),
    ],
)
def test_what_intuit_refuses_is_refused_with_its_code(changed: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_qwc(qwc(**changed))
    assert refusal.value.code == code


def test_http_is_allowed_on_localhost_with_any_port() -> None:
    application = read_qwc(qwc(AppURL="http://localhost:8000/soap", AppSupport="http://localhost:9000/support"))
    assert application.app_url == "http://localhost:8000/soap"


def test_support_may_be_http_beside_https() -> None:
    assert read_qwc(qwc(AppSupport="http://Books.Example.com/support")).app_support.startswith("http://")


@pytest.mark.parametrize(
    "content",
    [b"", b"not xml", b"<QBWCXML>", b"<Other/>", b"<!DOCTYPE QBWCXML [<!ENTITY e 'x'>]><QBWCXML>&e;</QBWCXML>"],
)
def test_what_is_no_qwc_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="QBWC1039"):
        read_qwc(content)


@needs_shared
@pytest.mark.parametrize("name", ["HTTPSWebService", "HTTPWebService", "TestService"])
def test_intuits_own_samples_are_taken(name: str) -> None:
    content = shared(f"captures/qbxml/qwc_intuit_{name}.qwc").read_bytes()
    assert read_qwc(content).qb_type == "QBFS"
