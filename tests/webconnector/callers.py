"""A caller of the door: envelopes as the Web Connector writes them, and a door with a recorder behind it."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from apatar.webconnector.door import Operations, door
from apatar.webconnector.soap import NAMESPACE, SOAP11

ADDRESS = "https://apatar.example/webconnector/"


def envelope(inner: str, *, soap: str = SOAP11) -> bytes:
    """Wrap body content as .NET does: one line, declaration first."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{soap}"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
        f"<soap:Body>{inner}</soap:Body></soap:Envelope>"
    ).encode()


def a_call(operation: str, *, soap: str = SOAP11, **arguments: str) -> bytes:
    """A call with a default namespace on the wrapper and its arguments in the given order."""
    inner = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in arguments.items())
    return envelope(f'<{operation} xmlns="{NAMESPACE}">{inner}</{operation}>', soap=soap)


class Recorder:
    """The eleven operations: keeps what reached them and gives fixed answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def server_version(self) -> str:
        self.heard.append(("server_version",))
        return "Apatar 1.0"

    def client_version(self, version: str) -> str:
        self.heard.append(("client_version", version))
        return ""

    def authenticate(self, user: str, password: str, *, address: str) -> Sequence[str]:
        self.heard.append(("authenticate", user, password, address))
        return ["ticket-1", "C:\\Books\\Müller & Co.qbw", "", "300"]

    def send_request_xml(
        self, ticket: str, hcp_response: str, company_file_name: str, country: str, major: int, minor: int
    ) -> str:
        self.heard.append(("send_request_xml", ticket, hcp_response, company_file_name, country, major, minor))
        return '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML>é & "x"</QBXML>'

    def receive_response_xml(self, ticket: str, response: str, hresult: str, message: str) -> int:
        self.heard.append(("receive_response_xml", ticket, response, hresult, message))
        return 42

    def connection_error(self, ticket: str, hresult: str, message: str) -> str:
        self.heard.append(("connection_error", ticket, hresult, message))
        return "done"

    def get_last_error(self, ticket: str) -> str:
        self.heard.append(("get_last_error", ticket))
        return "NoOp"

    def close_connection(self, ticket: str) -> str:
        self.heard.append(("close_connection", ticket))
        return "OK"

    def get_interactive_url(self, ticket: str, session_id: str) -> str:
        self.heard.append(("get_interactive_url", ticket, session_id))
        return "https://apatar.example/support/"

    def interactive_rejected(self, ticket: str, reason: str) -> str:
        self.heard.append(("interactive_rejected", ticket, reason))
        return "Nothing was changed."

    def interactive_done(self, ticket: str) -> str:
        self.heard.append(("interactive_done", ticket))
        return "Done"


class Answer(NamedTuple):
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes


def knock(
    operations: Operations | None = None,
    body: bytes = b"",
    *,
    method: str = "POST",
    limit: int = 1 << 20,
    environ: Mapping[str, Any] | None = None,
) -> Answer:
    """Send one request through the door in this process; `environ` overrides its WSGI environment."""
    answers: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        answers.append((status, headers))

    request = {
        "REQUEST_METHOD": method,
        "QUERY_STRING": "",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "text/xml; charset=utf-8",
        "REMOTE_ADDR": "192.0.2.7",
        "wsgi.input": BytesIO(body),
        **(environ or {}),
    }
    application = door(operations or Recorder(), address=lambda: ADDRESS, limit=limit)
    content = b"".join(application(request, start_response))
    [(status, headers)] = answers
    return Answer(int(status.split()[0]), dict(headers), content)
