"""The door: a WSGI application that turns SOAP calls into operations and never shows a trace. No Django.

It stands before Django's request cycle, because .NET's client follows no redirect, accepts no compression it did not
ask for and no Content-Type but text/xml, and because a poll of every company every few minutes must cost little.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

import structlog

from apatar.webconnector import soap
from apatar.webconnector.errors import BadArgument, CallRefused, DoorError, NotSoap, OperationFailed, TooLarge
from apatar.webconnector.soap import SOAP11, Call
from apatar.webconnector.wsdl import wsdl

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

MIB = 1024 * 1024
CHUNK = 1 * MIB
MAX_INT = 2**31 - 1
TEXT_XML = "text/xml; charset=utf-8"
SOAP12_XML = "application/soap+xml; charset=utf-8"
METHODS = "GET, HEAD, POST"
PAGE = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Apatar On-Demand: Web Connector address</title></head>
<body><h1>This address is for the QuickBooks Web Connector</h1>
<p>Nothing is to be done here in a browser. Download <b>ApatarQBW.qwc</b> from your connection's page, add it to the
QuickBooks Web Connector on the PC where QuickBooks runs, and type your password there.</p>
<p>Programs find the <a href="?wsdl">description of this service</a> here.</p></body></html>
"""


class Operations(Protocol):
    """What stands behind the door: the eleven operations, typed. Unknown and expired tickets are its business."""

    def server_version(self) -> str: ...

    def client_version(self, version: str, /) -> str: ...

    def authenticate(self, user: str, password: str, /, *, address: str) -> Sequence[str]:
        """`address` is where the call came from, as the server saw it."""

    def send_request_xml(
        self, ticket: str, hcp_response: str, company_file_name: str, country: str, major: int, minor: int, /
    ) -> str: ...

    def receive_response_xml(self, ticket: str, response: str, hresult: str, message: str, /) -> int: ...

    def connection_error(self, ticket: str, hresult: str, message: str, /) -> str: ...

    def get_last_error(self, ticket: str, /) -> str: ...

    def close_connection(self, ticket: str, /) -> str: ...

    def get_interactive_url(self, ticket: str, session_id: str, /) -> str: ...

    def interactive_rejected(self, ticket: str, reason: str, /) -> str: ...

    def interactive_done(self, ticket: str, /) -> str: ...


def door(operations: Operations, *, address: Callable[[], str], limit: int = 64 * MIB) -> "WSGIApplication":
    """Return the WSGI application; `address` tells the public URL for the WSDL, `limit` the largest body in bytes."""
    answers = _Answers(operations)

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            reply = _answer_call(answers, environ, limit)
        elif method in ("GET", "HEAD"):
            reply = _show(environ, address)
        else:
            reply = _Reply(HTTPStatus.METHOD_NOT_ALLOWED, b"Only GET and POST are answered here.\n", "text/plain")
        headers = [
            ("Content-Type", reply.content_type),
            ("Content-Length", str(len(reply.body))),
            ("Cache-Control", "no-store"),  # what is said to one session is nobody else's to keep
        ]
        if reply.status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", METHODS))
        start_response(f"{reply.status.value} {reply.status.phrase}", headers)
        return [b"" if method == "HEAD" else reply.body]

    return application


@dataclass(frozen=True, slots=True)
class _Reply:
    """What goes back over HTTP."""

    status: HTTPStatus
    body: bytes
    content_type: str


class _Answers:
    """Calls the operation that a message names, with arguments of the right types."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def answer(self, call: Call, *, address: str) -> str | int | Sequence[str]:
        """Call the operation. Raises BadArgument before any operation ran, and whatever the operation raises."""
        it = self._operations
        texts = tuple(call.arguments.values())
        match call.operation:
            case "authenticate":
                return it.authenticate(*texts, address=address)
            case "sendRequestXML":
                ticket, hcp_response, company, country, major, minor = texts
                return it.send_request_xml(ticket, hcp_response, company, country, _number(major), _number(minor))
            case operation:
                plain: Callable[..., str | int] = getattr(it, _METHODS[operation])
                return plain(*texts)


_METHODS = {
    "serverVersion": "server_version",
    "clientVersion": "client_version",
    "receiveResponseXML": "receive_response_xml",
    "connectionError": "connection_error",
    "getLastError": "get_last_error",
    "closeConnection": "close_connection",
    "getInteractiveURL": "get_interactive_url",
    "interactiveRejected": "interactive_rejected",
    "interactiveDone": "interactive_done",
}


def _number(text: str) -> int:
    """An xsd:int; a missing one counts as 0. Raises BadArgument."""
    digits = text.strip()
    if not digits:
        return 0
    if not (digits.isascii() and digits.lstrip("+-").isdigit() and len(digits) <= 11 and abs(int(digits)) <= MAX_INT):
        raise BadArgument
    return int(digits)


def _answer_call(answers: _Answers, environ: "WSGIEnvironment", limit: int) -> _Reply:
    """Every refusal is a fault with status 500: .NET reads the sentence of a fault from no other status."""
    envelope = SOAP11
    try:
        call = soap.read_call(_body(environ, limit), soap_action=environ.get("HTTP_SOAPACTION"))
        envelope = call.envelope
        body = _run(answers, call, environ.get("REMOTE_ADDR", ""))
    except CallRefused as refusal:
        log.warning("webconnector call refused", reason=str(refusal))
        fault: DoorError = refusal
    except OperationFailed as failure:
        fault = failure
    else:
        return _soap_reply(HTTPStatus.OK, body, envelope)
    return _soap_reply(HTTPStatus.INTERNAL_SERVER_ERROR, soap.write_fault(fault, envelope=envelope), envelope)


def _run(answers: _Answers, call: Call, address: str) -> bytes:
    """Whatever breaks inside an operation is logged here, and leaves as a sentence without details."""
    try:
        return soap.write_answer(call.operation, answers.answer(call, address=address), envelope=call.envelope)
    except CallRefused:
        raise
    except Exception as error:
        log.exception("webconnector operation failed", operation=call.operation)
        sentence = f"The service could not complete {call.operation}; nothing was changed. The next update tries again."
        raise OperationFailed(sentence) from error


def _soap_reply(status: HTTPStatus, body: bytes, envelope: str) -> _Reply:
    return _Reply(status, body, TEXT_XML if envelope == SOAP11 else SOAP12_XML)


def _show(environ: "WSGIEnvironment", address: Callable[[], str]) -> _Reply:
    """The Web Connector GETs the address when it is added over https and wants a 200 (QBWC1048 otherwise)."""
    if environ.get("QUERY_STRING", "").partition("=")[0].lower() == "wsdl":
        return _Reply(HTTPStatus.OK, wsdl(address()), TEXT_XML)
    return _Reply(HTTPStatus.OK, PAGE, "text/html; charset=utf-8")


def _body(environ: "WSGIEnvironment", limit: int) -> bytes:
    """Read the whole body, chunked ones too. Raises TooLarge, or NotSoap where it broke off."""
    declared = environ.get("CONTENT_LENGTH", "")
    if declared:
        if not (declared.isascii() and declared.isdigit()):
            raise NotSoap
        return _exactly(environ, int(declared), limit)
    ends_by_itself = (
        environ.get("wsgi.input_terminated") or "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    )
    return _until_the_end(environ, limit) if ends_by_itself else b""


def _exactly(environ: "WSGIEnvironment", size: int, limit: int) -> bytes:
    if size > limit:
        raise TooLarge
    body: bytes = environ["wsgi.input"].read(size)
    while len(body) < size:
        more = environ["wsgi.input"].read(size - len(body))
        if not more:
            raise NotSoap("The message broke off before its end; nothing was changed. Run the update again.")
        body += more
    return body


def _until_the_end(environ: "WSGIEnvironment", limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while chunk := environ["wsgi.input"].read(min(CHUNK, limit + 1 - size)):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise TooLarge
    return b"".join(chunks)
