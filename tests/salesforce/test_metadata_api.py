"""The org's own make-up over SOAP: what is sent, what comes back, and what each refusal means."""

from collections.abc import Callable

import httpx2
import pytest
from lxml import etree

from apatar.salesforce.errors import (
    LimitReached,
    NotAnswered,
    NotUnderstood,
    OutcomeUnknown,
    RequestRefused,
    SessionRefused,
)
from apatar.salesforce.metadata_api import Component, MetadataClient, Value, each
from tests.salesforce.fake_org import Clock, FakeOrg, breaking, html, keeper_for, transport_to
from tests.shared_folder import needs_shared, shared

NS = "{http://soap.sforce.com/2006/04/metadata}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
BALANCE = Component("CustomField", "Account.Balance__c", {"label": "Balance", "type": "Currency", "unique": False})

Answering = Callable[[httpx2.Request], httpx2.Response]


class FakeSetup:
    """An org's door for its make-up: answers in turn, and keeps what it was sent."""

    def __init__(self, *answers: Answering) -> None:
        self.org = FakeOrg()
        self.answers = list(answers)
        self.sent: list[etree._Element] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if "/Soap/m/" not in request.url.path:
            return self.org(request)
        root = etree.fromstring(request.content)
        self.sent.append(root)
        if root.findtext(f".//{NS}sessionId") not in self.org.valid:
            return fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader")(request)
        return self.answers.pop(0)(request)


def client_of(setup: FakeSetup, clock: Clock | None = None) -> MetadataClient:
    clock = clock or Clock()
    return MetadataClient(keeper_for(setup.org, clock), transport_to(setup), sleep=clock.sleep)


def soap(inner: str, status: int = 200) -> Answering:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:sf="http://soap.sforce.com/2006/04/metadata">'
        f"<soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>"
    )
    return lambda _: httpx2.Response(status, content=body.encode(), headers={"Content-Type": "text/xml"})


def fault(code: str, text: str) -> Answering:
    return soap(
        f'<soapenv:Fault xmlns=""><faultcode>sf:{code}</faultcode><faultstring>{code}: {text}</faultstring>'
        "</soapenv:Fault>",
        500,
    )


def upserted(count: int, *, created: bool = True) -> Answering:
    row = f"<result><created>{str(created).lower()}</created><fullName>x</fullName><success>true</success></result>"
    return soap(f"<upsertMetadataResponse>{row * count}</upsertMetadataResponse>")


def refused(code: str, message: str) -> str:
    return (
        f"<result><created>false</created><errors><message>{message}</message><statusCode>{code}</statusCode></errors>"
        "<fullName>x</fullName><success>false</success></result>"
    )


def captured(name: str) -> Answering:
    body = shared(f"captures/salesforce/{name}").read_bytes()
    return lambda _: httpx2.Response(200, content=body, headers={"Content-Type": "text/xml"})


def test_a_field_is_sent_as_the_documentation_orders_it() -> None:
    setup = FakeSetup(upserted(1))
    (result,) = client_of(setup).upsert([BALANCE])
    assert (result.full_name, result.created, result.success) == ("Account.Balance__c", True, True)
    (metadata,) = setup.sent[0].iter(f"{NS}metadata")
    assert metadata.get(XSI_TYPE) == "CustomField"
    assert [(etree.QName(one).localname, one.text) for one in metadata] == [
        ("fullName", "Account.Balance__c"),
        ("label", "Balance"),
        ("type", "Currency"),
        ("unique", "false"),
    ]
    assert setup.sent[0].findtext(f".//{NS}allOrNone") == "false"


def test_nested_and_repeated_elements_keep_their_shape() -> None:
    setup = FakeSetup(upserted(1))
    values: Value = {"value": [{"fullName": "Open", "default": False}, {"fullName": "Paid", "default": False}]}
    client_of(setup).upsert([Component("CustomField", "X__c.S__c", {"valueSet": {"valueSetDefinition": values}})])
    assert [one.findtext(f"{NS}fullName") for one in setup.sent[0].iter(f"{NS}value")] == ["Open", "Paid"]


def test_only_ten_components_travel_in_a_call() -> None:
    setup = FakeSetup(upserted(10), upserted(10), upserted(3))
    assert len(client_of(setup).upsert([BALANCE] * 23)) == 23
    assert [len(list(root.iter(f"{NS}metadata"))) for root in setup.sent] == [10, 10, 3]


def test_one_refused_component_stops_no_other() -> None:
    good = "<result><created>true</created><fullName>y</fullName><success>true</success></result>"
    bad = refused("FIELD_INTEGRITY_EXCEPTION", "Can not specify 'required' for a CustomField of type Checkbox")
    setup = FakeSetup(soap(f"<upsertMetadataResponse>{bad}{good}</upsertMetadataResponse>"))
    first, second = client_of(setup).upsert([BALANCE, BALANCE])
    assert first.error is not None
    assert first.error.code == "FIELD_INTEGRITY_EXCEPTION"
    assert second.success


def test_only_what_is_there_is_read() -> None:
    there = (
        '<records xsi:type="CustomObject"><fullName>Account</fullName>'
        "<fields><fullName>A__c</fullName><type>Text</type></fields>"
        "<fields><fullName>B__c</fullName><type>Date</type></fields></records>"
    )
    setup = FakeSetup(soap(f'<readMetadataResponse><result>{there}<records xsi:nil="true"/></result>'
                           "</readMetadataResponse>"))  # fmt: skip
    (account,) = client_of(setup).read("CustomObject", ["Account", "Quote"])
    assert account.full_name == "Account"
    assert [field["fullName"] for field in each(account.body, "fields")] == ["A__c", "B__c"]
    assert each(account.body, "validationRules") == ()
    assert [one.text for one in setup.sent[-1].iter(f"{NS}fullNames")] == ["Account", "Quote"]


def test_one_element_reads_like_several() -> None:
    one = '<records xsi:type="CustomObject"><fullName>X</fullName><fields><type>Text</type></fields></records>'
    setup = FakeSetup(soap(f"<readMetadataResponse><result>{one}</result></readMetadataResponse>"))
    (found,) = client_of(setup).read("CustomObject", ["X"])
    assert each(found.body, "fields") == ({"type": "Text"},)


def test_components_are_removed_by_name() -> None:
    row = "<result><fullName>x</fullName><success>true</success></result>"
    setup = FakeSetup(soap(f"<deleteMetadataResponse>{row}</deleteMetadataResponse>"))
    (result,) = client_of(setup).delete("CustomObject", ["QuickBooks_Invoice__c"])
    assert result.success
    assert setup.sent[-1].findtext(f".//{NS}type") == "CustomObject"


@needs_shared
def test_recorded_answers_are_understood() -> None:
    setup = FakeSetup(
        captured("metadata_upsert_CustomFields_response.xml"),
        captured("metadata_upsert_CustomField_error.xml"),
        captured("metadata_upsert_PermissionSet_response.xml"),
    )
    client = client_of(setup)
    assert [one.created for one in client.upsert([BALANCE] * 6)] == [True, True, False, True, False, False]
    (result,) = client.upsert([BALANCE])
    assert result.error is not None
    assert "Checkbox" in result.error.sentence
    assert client.upsert([Component("PermissionSet", "Sync")])[0].success


@needs_shared
def test_our_request_has_the_form_of_a_recorded_one() -> None:
    setup = FakeSetup(upserted(1))
    client_of(setup).upsert([BALANCE])
    recorded = etree.parse(shared("captures/salesforce/metadata_upsert_CustomFields_request.xml")).getroot()
    ours = setup.sent[0]
    for path in (".//{*}upsertMetadata/{*}metadata", ".//{*}SessionHeader/{*}sessionId", ".//{*}AllOrNoneHeader"):
        assert [one.tag for one in ours.iterfind(path)] == [one.tag for one in recorded.iterfind(path)][:1]


def test_an_expired_session_is_renewed_once() -> None:
    setup, clock = FakeSetup(upserted(1), upserted(1)), Clock()
    client = client_of(setup, clock)
    client.upsert([BALANCE])
    setup.org.expire_sessions()
    clock.sleep(3_600)
    assert client.upsert([BALANCE])[0].success
    assert setup.org.logins == 2


def test_a_session_that_is_refused_at_once_ends_the_attempt() -> None:
    setup = FakeSetup()
    setup.org.refuses_every_session = True
    with pytest.raises(SessionRefused):
        client_of(setup).upsert([BALANCE])


def test_a_user_who_may_not_change_the_set_up_is_told_who_may() -> None:
    setup = FakeSetup(fault("INSUFFICIENT_ACCESS", "use of the Metadata API requires …"))
    with pytest.raises(RequestRefused, match="Log in as an administrator") as raised:
        client_of(setup).read("CustomObject", ["Account"])
    assert raised.value.code == "INSUFFICIENT_ACCESS"


def test_the_daily_limit_is_the_one_of_rest() -> None:
    with pytest.raises(LimitReached):
        client_of(FakeSetup(fault("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))).read("X", ["Y"])


def test_what_was_not_answered_is_asked_again() -> None:
    setup = FakeSetup(breaking(httpx2.ReadTimeout), upserted(1))
    assert client_of(setup).upsert([BALANCE])[0].success


def test_a_change_that_stays_unanswered_is_unknown() -> None:
    with pytest.raises(OutcomeUnknown):
        client_of(FakeSetup(html(503), html(503), html(503))).upsert([BALANCE])
    with pytest.raises(NotAnswered):
        client_of(FakeSetup(html(503), html(503), html(503))).read("CustomObject", ["X"])


@pytest.mark.parametrize("inner", ["", "<somethingElse/>", "<upsertMetadataResponse/>"])
def test_an_answer_in_another_form_is_not_understood(inner: str) -> None:
    with pytest.raises(NotUnderstood):
        client_of(FakeSetup(soap(inner))).upsert([BALANCE])


def test_a_doctype_is_not_read() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    with pytest.raises(NotUnderstood):
        client_of(FakeSetup(lambda _: httpx2.Response(200, content=bomb))).upsert([BALANCE])
