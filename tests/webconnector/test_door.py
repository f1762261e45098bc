"""The door over WSGI: what it answers, what it refuses, and what never leaves it."""

from collections.abc import Sequence
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from structlog.testing import capture_logs

from apatar.webconnector.soap import OPERATIONS, SOAP12
from tests.webconnector.callers import ADDRESS, Answer, Recorder, a_call, knock

CHUNKED = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


class Broken(Recorder):
    """Operations that fail with a secret in their message."""

    def authenticate(self, user: str, password: str, *, address: str) -> Sequence[str]:
        raise RuntimeError(f"no such user {user} with {password} at {address}")

    def close_connection(self, ticket: str) -> str:
        return len(ticket)  # type: ignore[return-value]


def fault_of(answer: Answer) -> str:
    assert answer.status == 500
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    return etree.fromstring(answer.body)[0][0].findtext("faultstring") or ""


def test_a_call_reaches_its_operation_and_the_answer_comes_back() -> None:
    recorder = Recorder()
    answer = knock(recorder, a_call("clientVersion", strVersion="2.3.0.215"))
    assert answer.status == 200
    assert recorder.heard == [("client_version", "2.3.0.215")]
    assert b"<clientVersionResult></clientVersionResult>" in answer.body


def test_answers_have_the_type_and_length_that_net_insists_on() -> None:
    answer = knock(body=a_call("serverVersion"))
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert not {"Location", "Content-Encoding", "Set-Cookie", "Transfer-Encoding"} & set(answer.headers)


def test_authenticate_hears_where_the_call_came_from() -> None:
    recorder = Recorder()
    knock(recorder, a_call("authenticate", strUserName="u", strPassword="p"))
    assert recorder.heard == [("authenticate", "u", "p", "192.0.2.7")]


def test_versions_arrive_as_numbers() -> None:
    recorder = Recorder()
    knock(recorder, a_call("sendRequestXML", ticket="t", qbXMLCountry="US", qbXMLMajorVers="16", qbXMLMinorVers=" 0 "))
    assert recorder.heard == [("send_request_xml", "t", "", "", "US", 16, 0)]


@pytest.mark.parametrize("version", ["13.0", "x", "1e3", "99999999999", "٣", "--1", "+-"])
def test_a_version_that_is_no_number_never_reaches_the_operation(version: str) -> None:
    recorder = Recorder()
    fault_of(knock(recorder, a_call("sendRequestXML", ticket="t", qbXMLMajorVers=version)))
    assert recorder.heard == []


def test_soap_1_2_is_answered_in_kind() -> None:
    answer = knock(body=a_call("serverVersion", soap=SOAP12))
    assert answer.headers["Content-Type"] == "application/soap+xml; charset=utf-8"
    assert etree.fromstring(answer.body).tag == f"{{{SOAP12}}}Envelope"


def test_a_broken_operation_is_logged_and_answered_without_details() -> None:
    with capture_logs() as logs:
        answer = knock(Broken(), a_call("authenticate", strUserName="u", strPassword="hunter2"))
    assert fault_of(answer) == (
        "The service could not complete authenticate; nothing was changed. The next update tries again."
    )
    assert [entry["operation"] for entry in logs] == ["authenticate"]
    assert not any(word in answer.body for word in (b"Traceback", b"RuntimeError", b"hunter2"))


def test_an_answer_of_the_wrong_kind_becomes_a_fault() -> None:
    assert "could not complete closeConnection" in fault_of(knock(Broken(), a_call("closeConnection", ticket="t")))


def test_a_get_says_what_this_address_is_for() -> None:
    answer = knock(method="GET")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"QuickBooks Web Connector" in answer.body


def test_a_head_has_the_length_of_the_page_and_no_body() -> None:
    answer = knock(method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Content-Length"] == knock(method="GET").headers["Content-Length"]


@pytest.mark.parametrize("query", ["wsdl", "WSDL", "wsdl="])
def test_the_wsdl_names_the_public_address(query: str) -> None:
    answer = knock(method="GET", environ={"QUERY_STRING": query})
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert ADDRESS.encode() in answer.body


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_are_refused(method: str) -> None:
    answer = knock(method=method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")


def test_a_chunked_body_is_read_to_its_end() -> None:
    recorder = Recorder()
    body = a_call("getLastError", ticket="t" * 3_000_000)
    knock(recorder, body, limit=1 << 23, environ=CHUNKED)
    assert recorder.heard == [("get_last_error", "t" * 3_000_000)]


def test_a_server_that_ends_the_input_itself_is_believed() -> None:
    recorder = Recorder()
    knock(recorder, a_call("getLastError", ticket="t"), environ={"CONTENT_LENGTH": "", "wsgi.input_terminated": True})
    assert recorder.heard == [("get_last_error", "t")]


def test_no_body_at_all_is_refused_without_waiting_for_one() -> None:
    fault_of(knock(body=a_call("serverVersion"), environ={"CONTENT_LENGTH": ""}))


@pytest.mark.parametrize("size", ["-1", "ten", "1_0", "٣"])
def test_a_length_that_is_no_number_is_refused(size: str) -> None:
    fault_of(knock(body=a_call("serverVersion"), environ={"CONTENT_LENGTH": size}))


class Slow(BytesIO):
    """A connection that delivers a few bytes at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(7, size) if size and size > 0 else 7)


def test_a_body_that_comes_in_small_pieces_is_read_whole() -> None:
    recorder, body = Recorder(), a_call("getLastError", ticket="t")
    knock(recorder, body, environ={"wsgi.input": Slow(body)})
    assert recorder.heard == [("get_last_error", "t")]


def test_a_body_that_breaks_off_is_refused() -> None:
    body = a_call("getLastError", ticket="t")
    assert "broke off" in fault_of(knock(body=body, environ={"CONTENT_LENGTH": str(len(body) + 1)}))


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_refused_with_a_remedy(chunked: bool) -> None:
    recorder, body = Recorder(), a_call("getLastError", ticket="t" * 2000)
    assert "fewer records" in fault_of(knock(recorder, body, limit=1000, environ=CHUNKED if chunked else None))
    assert recorder.heard == []


def test_a_body_of_exactly_the_limit_is_taken() -> None:
    body = a_call("getLastError", ticket="t")
    assert knock(body=body, limit=len(body)).status == 200


SHAPES: dict[str, tuple[type, ...]] = {
    "server_version": (),
    "client_version": (str,),
    "authenticate": (str, str, str),
    "send_request_xml": (str, str, str, str, int, int),
    "receive_response_xml": (str, str, str, str),
    "connection_error": (str, str, str),
    "get_last_error": (str,),
    "close_connection": (str,),
    "get_interactive_url": (str, str),
    "interactive_rejected": (str, str),
    "interactive_done": (str,),
}


def assert_only_proper_shapes(recorder: Recorder) -> None:
    for name, *arguments in recorder.heard:
        assert tuple(type(argument) for argument in arguments) == SHAPES[name]


@st.composite
def mutated_calls(draw: st.DrawFn) -> bytes:
    """A proper call with a few slices cut out, doubled or overwritten."""
    operation = OPERATIONS[draw(st.sampled_from(sorted(OPERATIONS)))]
    body = a_call(operation.name, **dict.fromkeys(operation.arguments, draw(st.sampled_from(["", "1", "x", "é"]))))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(body)))
        stop = draw(st.integers(start, min(len(body), start + 40)))
        change = draw(st.one_of(st.just(b""), st.binary(max_size=6), st.just(body[start:stop] * 2)))
        body = body[:start] + change + body[stop:]
    return body


@given(body=st.one_of(st.binary(max_size=200), mutated_calls()), action=st.none() | st.text(max_size=20))
def test_whatever_arrives_the_door_answers_and_operations_see_only_proper_arguments(
    body: bytes, action: str | None
) -> None:
    recorder = Recorder()
    answer = knock(recorder, body, environ=None if action is None else {"HTTP_SOAPACTION": action})
    assert answer.status in {200, 500}
    assert etree.fromstring(answer.body) is not None
    assert len(recorder.heard) == (answer.status == 200)
    assert_only_proper_shapes(recorder)
