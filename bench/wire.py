"""The load generator's side of the wire: SOAP calls over kept-alive connections, as cheap as Python allows."""

import re
import socket
from html import unescape
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from apatar.sandbox.webconnector.envelope import write_call
from bench.processes import BenchError

OK = b"HTTP/1.1 200"
TIMEOUT = 120
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_STRINGS = re.compile(rb"<(?:\w+:)?string>([^<]*)</")
_RESULT = re.compile(rb"Result>(.*)</[^>]*Result>", re.DOTALL)


class Caller:
    """One connection that is kept alive. http.client would cost more than the service's own answer."""

    def __init__(self, url: str, path: str = "/webconnector/") -> None:
        parts = urlsplit(url)
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: "
        ).encode()
        self._socket = socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 80), timeout=TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def post(self, body: bytes) -> bytes:
        """Send one envelope and return the body of the answer. Raises BenchError for anything but a 200."""
        self._socket.sendall(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        received = self._socket.recv(65536)
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, answer = received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not head.startswith(OK) or length is None:
            raise BenchError(f"The service answered: {received[:2000]!r}")
        while len(answer) < int(length[1]):
            answer += self._more()
        return answer

    def ask(self, operation: str, *arguments: str) -> str:
        """Call an operation and return its text."""
        return text_of(self.post(write_call(operation, arguments)))

    def authenticate(self, user: str, password: str) -> list[str]:
        return strings_of(self.post(write_call("authenticate", (user, password))))

    def _more(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise BenchError("The service closed the connection in the middle of an answer.")
        return received


def strings_of(answer: bytes) -> list[str]:
    return [found.decode() for found in _STRINGS.findall(answer)]


def text_of(answer: bytes) -> str:
    found = _RESULT.search(answer)
    return unescape(found[1].decode()) if found else ""
