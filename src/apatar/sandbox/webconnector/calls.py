"""The eleven calls to the web service, each with its log lines and with the code its failure has."""

from collections.abc import Sequence

from apatar.sandbox.webconnector import envelope
from apatar.sandbox.webconnector.errors import CallFailed
from apatar.sandbox.webconnector.log import MASK, Log
from apatar.sandbox.webconnector.wire import Transport

CODES = {
    "clientVersion": "QBWC1036",
    "authenticate": "QBWC1012",
    "sendRequestXML": "QBWC1041",
    "receiveResponseXML": "QBWC1042",
    "getLastError": "QBWC1043",
    "closeConnection": "QBWC1044",
    "connectionError": "QBWC1045",
}
"""Exceptions by operation (Guide, appendix A); the interactive calls and serverVersion have no code of their own."""

PAYLOADS = frozenset({"HCPResponse", "response"})
MISSING = ("", "", "", "")
"""The log always shows four strings of authenticate."""


class WebService:
    """The service at the other end; a method raises CallFailed with the sentence that .NET would show."""

    def __init__(self, transport: Transport, log: Log) -> None:
        self._transport = transport
        self._log = log
        self.called: list[str] = []

    def server_version(self) -> str | None:
        return self._text("serverVersion", ())

    def client_version(self, version: str) -> str | None:
        return self._text("clientVersion", (version,), clientVersion=version)

    def authenticate(self, user: str, password: str) -> list[str | None]:
        """Return at least two strings; fewer are an index out of bounds inside the Web Connector."""
        self._announce("authenticate", {"userName": user, "password": MASK})
        body = self._post("authenticate", (user, password))
        strings = envelope.read_strings("authenticate", body) or []
        found = " ".join(
            f'authRet[{place}]="{text or ""}"' for place, text in enumerate([*strings, *MISSING[len(strings) :]])
        )
        self._log.write("do_authenticate", f"Received from authenticate() following parameters: {found}")
        if len(strings) < 2:
            raise CallFailed("Index was outside the bounds of the array.")
        return strings

    def send_request_xml(
        self, ticket: str, hcp: str, *, company_file: str, country: str, version: tuple[int, int]
    ) -> str | None:
        return self._text(
            "sendRequestXML",
            (ticket, hcp, company_file, country, str(version[0]), str(version[1])),
            wcTicket=ticket,
            HCPResponse=hcp,
            companyFileName=company_file,
            qbNationality=country,
            qbXMLMajorVers=str(version[0]),
            qbXMLMinorVers=str(version[1]),
        )

    def receive_response_xml(self, ticket: str, response: str, *, hresult: str, message: str) -> int:
        """Return the percentage done, below zero for an error."""
        self._announce(
            "receiveResponseXML",
            {"wcTicket": ticket, "response": response, "hresult": hresult, "message": message},
        )
        body = self._post("receiveResponseXML", (ticket, response, hresult, message))
        percent = envelope.read_integer("receiveResponseXML", body)
        self._log.write(
            "do_receiveResponseXML", f'Received from receiveResponseXML() following parameters: "{percent}"'
        )
        return percent

    def connection_error(self, ticket: str, *, hresult: str, message: str) -> str | None:
        return self._text(
            "connectionError", (ticket, hresult, message), wcTicket=ticket, hresult=hresult, message=message
        )

    def get_last_error(self, ticket: str) -> str | None:
        return self._text("getLastError", (ticket,), wcTicket=ticket)

    def close_connection(self, ticket: str) -> str | None:
        return self._text("closeConnection", (ticket,), wcTicket=ticket)

    def get_interactive_url(self, ticket: str, session_id: str) -> str | None:
        return self._text("getInteractiveURL", (ticket, session_id), wcTicket=ticket, sessionID=session_id)

    def interactive_done(self, ticket: str) -> str | None:
        return self._text("interactiveDone", (ticket,), wcTicket=ticket)

    def interactive_rejected(self, ticket: str, reason: str) -> str | None:
        return self._text("interactiveRejected", (ticket, reason), wcTicket=ticket, reason=reason)

    def close(self) -> None:
        self._transport.close()

    def _text(self, operation: str, arguments: Sequence[str], **shown: str) -> str | None:
        self._announce(operation, shown)
        text = envelope.read_text(operation, self._post(operation, arguments))
        received = f'Received from {operation}() following parameters: "{self._log.excerpt(text)}"'
        if operation == "sendRequestXML":
            received += f" size (bytes) = {len((text or '').encode())}"
        self._log.write(f"do_{operation}", received)
        return text

    def _announce(self, operation: str, shown: dict[str, str]) -> None:
        listed = " ".join(f'{name}="{self._shown(name, value)}"' for name, value in shown.items())
        self._log.write(f"do_{operation}", f"*** Calling {operation}() with following parameters: {listed}".rstrip())

    def _shown(self, name: str, value: str) -> str:
        return self._log.excerpt(value) if name in PAYLOADS else value

    def _post(self, operation: str, arguments: Sequence[str]) -> bytes:
        self.called.append(operation)
        return self._transport.post(operation, envelope.write_call(operation, arguments))
