"""ApatarQBW.qwc, read by the sandbox's Web Connector as Intuit's reads it."""

from uuid import UUID

import pytest
from lxml import etree

from apatar.connections.models import Connection
from apatar.connections.qwc import APP_NAME, FILE_NAME, OWNER_ID, braced, qwc_file
from apatar.sandbox.webconnector.errors import Refused
from apatar.sandbox.webconnector.qwc import read_qwc

BASE = "https://apatar.example"
ID = UUID("11111111-aaaa-bbbb-cccc-00000000000a")


def a_connection(**values: object) -> Connection:
    return Connection(company="Rock Castle", file_id=ID, webconnector_user="apatar-0123456789", **values)


def test_the_web_connector_takes_it() -> None:
    application = read_qwc(qwc_file(a_connection(), BASE))
    assert application.app_name == APP_NAME == "QuickBooks and SalesForce synchronization"
    assert application.app_url == "https://apatar.example/webconnector/"
    assert application.app_support == "https://apatar.example/support/"
    assert application.user_name == "apatar-0123456789"
    assert (application.owner_id, application.file_id) == (OWNER_ID, "{11111111-AAAA-BBBB-CCCC-00000000000A}")
    assert (application.qb_type, application.read_only, application.every_seconds) == ("QBFS", False, None)
    assert FILE_NAME == "ApatarQBW.qwc"


def test_a_frequency_leaves_every_later_frequency_possible() -> None:
    assert read_qwc(qwc_file(a_connection(frequency_minutes=15), BASE)).every_seconds == 60


def test_http_is_for_localhost_only() -> None:
    assert read_qwc(qwc_file(a_connection(), "http://localhost:8000")).app_url == "http://localhost:8000/webconnector/"
    with pytest.raises(Refused, match="QBWC1010"):
        read_qwc(qwc_file(a_connection(), "http://apatar.example"))


def test_nothing_that_may_change_in_the_form_stands_in_it() -> None:
    """It never has to be downloaded again (PRODUCT.md, the journey, step 3)."""
    one = a_connection(direction="both", salesforce_user="ada@example.com")
    two = a_connection(direction="to-quickbooks", salesforce_user="bob@example.com")
    two.company = r"D:\Other.qbw"
    assert qwc_file(one, BASE) == qwc_file(two, BASE)


def test_its_elements_stand_in_the_order_of_the_guide() -> None:
    names = [child.tag for child in etree.fromstring(qwc_file(a_connection(frequency_minutes=5), BASE))]
    assert names[:9] == [
        "AppName", "AppID", "AppURL", "AppDescription", "AppSupport", "UserName", "OwnerID", "FileID", "QBType",
    ]  # fmt: skip
    assert names[-1] == "Scheduler"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text[:-12], "QBWC1039"),
        (lambda text: text.replace(b"<UserName>apatar-0123456789</UserName>", b""), "QBWC1039"),
        (lambda text: text.replace(b"{11111111", b"11111111"), "QBWC1039"),
        (lambda text: text.replace(b"<QBWCXML>", b"<!DOCTYPE x [<!ENTITY a 'b'>]><QBWCXML>"), "QBWC1039"),
        (lambda text: text.replace(b"apatar.example", b"192.0.2.1"), "QBWC1001"),
        (lambda text: text.replace(b"apatar.example/support", b"other.example/support"), "QBWC1000"),
    ],
    ids=["cut short", "without its user", "a bad FileID", "a document type", "an IP address", "another machine"],
)
def test_a_malformed_file_is_refused_by_the_web_connector(spoil: "object", code: str) -> None:
    assert callable(spoil)
    with pytest.raises(Refused, match=code):
        read_qwc(spoil(qwc_file(a_connection(), BASE)))


def test_ids_are_written_as_quickbooks_writes_them() -> None:
    assert braced(ID) == "{11111111-AAAA-BBBB-CCCC-00000000000A}"
