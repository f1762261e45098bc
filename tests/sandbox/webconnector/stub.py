"""A small web service, a small QuickBooks and a .qwc, with which a Web Connector can be tried."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from apatar.sandbox.webconnector.calls import WebService
from apatar.sandbox.webconnector.companyfile import RequestProcessor
from apatar.sandbox.webconnector.conversation import Conversation, Manner, Outcome
from apatar.sandbox.webconnector.faults import Fault, Faulty
from apatar.sandbox.webconnector.log import Level, Log
from apatar.sandbox.webconnector.qwc import Application
from apatar.sandbox.webconnector.wire import Wire

INTUIT = "http://developer.intuit.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
OWNER = "{57F3B9B1-86F1-4fcc-B1EE-566DE1813D20}"
FILE = "{90A44FB5-33D9-4815-AC85-BC87A7E7D1EB}"
HCP = (
    '<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n'
    '<HostQueryRs requestID="0" statusCode="0" statusSeverity="Info" statusMessage="Status OK">\n<HostRet>\n'
    "<ProductName>QuickBooks Pro 2014</ProductName>\n<Country>US</Country>\n"
    "<SupportedQBXMLVersion>9.0</SupportedQBXMLVersion>\n<SupportedQBXMLVersion>13.0</SupportedQBXMLVersion>\n"
    "</HostRet>\n</HostQueryRs>\n</QBXMLMsgsRs>\n</QBXML>\n"
)
COMPANY_PATH = "C:\\Books\\Rock Castle.QBW"
EMPTY = (
    '<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n<CustomerQueryRs statusCode="1" statusSeverity="Info" '
    'statusMessage="A query request did not find a matching object in QuickBooks" />\n</QBXMLMsgsRs>\n</QBXML>\n'
)
PASSWORD = "pa$$ <word> & more"


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer given byte for byte."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/xml; charset=utf-8"})


class Hangup(Exception):
    """The service closes the connection without an answer."""


Answer = str | int | None | Sequence[str | None] | Raw
Answers = Answer | Callable[[dict[str, str]], Answer]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived."""

    operation: str
    arguments: dict[str, str]
    body: bytes
    headers: dict[str, str]
    connection: int


@dataclass(slots=True)
class Service:
    """A service whose answers are a table: operation → answer, or a function of the arguments."""

    url: str
    answers: dict[str, Answers]
    seen: list[Seen] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)
    get_status: int = 200

    @property
    def operations(self) -> list[str]:
        return [seen.operation for seen in self.seen]

    def calls(self, operation: str) -> list[dict[str, str]]:
        return [seen.arguments for seen in self.seen if seen.operation == operation]


def well_behaved(requests: int = 1) -> dict[str, Answers]:
    """Answers of a service that has so many requests and then is done."""
    left = iter(range(requests - 1, -1, -1))
    return {
        "serverVersion": "1.0",
        "clientVersion": "",
        "authenticate": ["the-ticket", ""],
        "sendRequestXML": "<QBXML/>",
        "receiveResponseXML": lambda _arguments: 100 if next(left) == 0 else 50,
        "getLastError": "",
        "connectionError": "done",
        "closeConnection": "OK",
    }


@contextmanager
def serving(answers: dict[str, Answers] | None = None, **changed: Answers) -> Iterator[Service]:
    """Serve on a free port of localhost; `changed` replaces single answers of a well-behaved service."""
    server = ThreadingHTTPServer(("localhost", 0), _handler())
    server.daemon_threads = True
    url = f"http://localhost:{server.server_port}/soap"
    service = Service(url, {**(answers or well_behaved()), **changed})
    server.service = service  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()


def _handler() -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        @property
        def service(self) -> Service:
            service: Service = self.server.service  # type: ignore[attr-defined]
            return service

        def do_GET(self) -> None:
            self.service.gets.append(self.path)
            self.send_response(self.service.get_status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            operation, arguments = read(body)
            headers = dict(self.headers.items())
            self.service.seen.append(Seen(operation, arguments, body, headers, self.client_address[1]))
            answer = self.service.answers[operation]
            try:
                self._answer(operation, answer(arguments) if callable(answer) else answer)
            except Hangup:
                self.close_connection = True

        def _answer(self, operation: str, answer: Answer) -> None:
            raw = answer if isinstance(answer, Raw) else Raw(envelope(operation, answer))
            self.send_response(raw.status)
            for name, value in raw.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw.body)))
            self.end_headers()
            self.wfile.write(raw.body)

        def log_message(self, *_arguments: Any) -> None:
            """Keep the tests quiet."""

    return Handler


def read(body: bytes) -> tuple[str, dict[str, str]]:
    call = etree.fromstring(body)[0][0]
    return etree.QName(call).localname, {etree.QName(child).localname: child.text or "" for child in call}


def envelope(operation: str, answer: str | int | Sequence[str | None] | None) -> bytes:
    """Return a correct answer; None leaves the result element out."""
    if answer is None:
        result = ""
    elif isinstance(answer, str | int):
        result = f"<{operation}Result>{escape(str(answer))}</{operation}Result>"
    else:
        strings = "".join(
            '<string xsi:nil="true"/>' if text is None else f"<string>{escape(text)}</string>" for text in answer
        )
        result = f"<{operation}Result>{strings}</{operation}Result>"
    return enveloped(f'<{operation}Response xmlns="{INTUIT}">{result}</{operation}Response>')


def enveloped(content: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Body>'
        f"{content}</s:Body></s:Envelope>"
    ).encode()


def fault(sentence: str, code: str = "soap:Server") -> Raw:
    body = enveloped(f"<s:Fault><faultcode>{code}</faultcode><faultstring>{sentence}</faultstring></s:Fault>")
    return Raw(body, status=500)


class QuickBooksSays(Exception):
    """An error of QuickBooks, known by its HRESULT."""

    def __init__(self, hresult: str, text: str) -> None:
        super().__init__(text)
        self.hresult = hresult
        self.text = text


@dataclass(slots=True)
class FakeQuickBooks:
    """Answers every request with a tiny document; files in `refusing` and requests in `failing` are refused."""

    refusing: dict[str, QuickBooksSays] = field(default_factory=dict)
    failing: dict[str, QuickBooksSays] = field(default_factory=dict)
    hcp_problem: QuickBooksSays | None = None
    end_problem: QuickBooksSays | None = None
    opened: list[str] = field(default_factory=list)
    processed: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def open_connection(self, app_name: str) -> None:
        self.opened.append(app_name)

    def begin_session(self, company: str) -> str:
        if company in self.refusing:
            raise self.refusing[company]
        return f"session of {company}"

    def process(self, ticket: str, text: str) -> str:  # noqa: ARG002
        self.processed.append(text)
        if text in self.failing:
            raise self.failing[text]
        return EMPTY

    def host_company_preferences(self, owner_id: str, file_id: str, machine: str) -> str:
        if self.hcp_problem:
            raise self.hcp_problem
        self.asked.append((owner_id, file_id, machine))
        return HCP

    def company_file_name(self, ticket: str) -> str:  # noqa: ARG002
        return COMPANY_PATH

    def end_session(self, ticket: str) -> None:
        self.ended.append(ticket)
        if self.end_problem:
            raise self.end_problem


def application(url: str, **changed: Any) -> Application:
    given: dict[str, Any] = {
        "app_name": "Test Application",
        "app_url": url,
        "app_support": url,
        "description": "a test",
        "user_name": "user",
        "owner_id": OWNER,
        "file_id": FILE,
    }
    return Application(**{**given, **changed})


def hold(
    service: Service,
    *,
    folder: Path | None = None,
    quickbooks: RequestProcessor | None = None,
    manner: Manner | None = None,
    faults: Sequence[Fault] = (),
    **changed: Any,
) -> Outcome:
    """Hold one conversation with a service; pauses cost no time."""
    log = Log(folder / "QWCLog.txt", level=Level.VERBOSE) if folder else Log(Path("unused"), level=Level.NONE)
    transport = Faulty(Wire(service.url, timeout=5), faults)
    conversation = Conversation(
        application(service.url, **changed),
        WebService(transport, log),
        quickbooks or FakeQuickBooks(),
        log,
        manner or Manner(pause=lambda _seconds: None),
    )
    return conversation.run(PASSWORD)


def qwc(**changed: str | None) -> bytes:
    """Return a correct .qwc with elements replaced, added, or left out where the value is None."""
    elements: dict[str, str | None] = {
        "AppName": "Test Application",
        "AppID": "",
        "AppURL": "https://books.example.com/soap",
        "AppDescription": "a test",
        "AppSupport": "https://books.example.com/support",
        "UserName": "user",
        "OwnerID": OWNER,
        "FileID": FILE,
        "QBType": "QBFS",
        **changed,
    }
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in elements.items() if value is not None)
    return f'<?xml version="1.0"?><QBWCXML>{inner}</QBWCXML>'.encode()
