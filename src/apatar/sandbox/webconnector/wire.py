"""HTTP as .NET Framework's SOAP client speaks it: keep-alive, Expect: 100-continue, no redirects, text/xml only."""

import http.client
import select
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Protocol
from urllib.parse import urlsplit

from apatar.sandbox.webconnector.envelope import INTUIT, read_fault
from apatar.sandbox.webconnector.errors import CallFailed

USER_AGENT = "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
"""Seen from other .NET Framework SOAP clients; never captured from the Web Connector itself."""

CONTINUE_WAIT = 0.35
"""Seconds .NET waits for `100 Continue` before it sends the body all the same."""


class Transport(Protocol):
    """Delivers one envelope and returns the answer's body; raises CallFailed."""

    def post(self, operation: str, envelope: bytes) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Probe:
    """What a plain GET was answered with; `status` is None where nobody answered, and `reason` then says why."""

    status: int | None
    reason: str
    certificate_refused: bool = False


class Wire:
    """One keep-alive connection to one address, with the cookies of one session."""

    def __init__(self, url: str, *, timeout: float = 100.0) -> None:
        self._url = url
        self._timeout = timeout
        self._cookies: SimpleCookie = SimpleCookie()
        self._connection: http.client.HTTPConnection | None = None
        self._server_continues = True

    def post(self, operation: str, envelope: bytes) -> bytes:
        try:
            response = self._exchange(operation, envelope)
            body = response.read()
        except TimeoutError as error:
            self.close()
            raise CallFailed("The operation has timed out.") from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise CallFailed(_broken(error)) from error
        self._keep_cookies(response)
        return _accepted(response, body)

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def _exchange(self, operation: str, envelope: bytes) -> http.client.HTTPResponse:
        connection = self._open()
        _send_head(connection, self._url, self._headers(operation, envelope))
        if self._server_continues:
            self._server_continues = _answers_within(connection, CONTINUE_WAIT)
        connection.send(envelope)
        return connection.getresponse()

    def _open(self) -> http.client.HTTPConnection:
        """Return the kept connection, or a new one where the server has closed it meanwhile."""
        if self._connection and not _still_open(self._connection):
            self.close()
        if not self._connection:
            self._connection = _connect(self._url, self._timeout)
        return self._connection

    def _headers(self, operation: str, envelope: bytes) -> dict[str, str]:
        headers = {
            "User-Agent": USER_AGENT,
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{INTUIT}{operation}"',
            "Host": urlsplit(self._url).netloc,
            "Content-Length": str(len(envelope)),
            "Expect": "100-continue",
            "Connection": "Keep-Alive",
        }
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={morsel.value}" for name, morsel in self._cookies.items())
        return headers

    def _keep_cookies(self, response: http.client.HTTPResponse) -> None:
        for header in response.headers.get_all("Set-Cookie") or []:
            try:
                self._cookies.load(header)
            except CookieError:
                continue


def probe(url: str, *, timeout: float = 30.0) -> Probe:
    """GET an address once, without following redirects, and say what came of it."""
    try:
        connection = _connect(url, timeout)
        try:
            connection.request("GET", _target(url), headers={"User-Agent": USER_AGENT})
            response = connection.getresponse()
            return Probe(response.status, response.reason)
        finally:
            connection.close()
    except ssl.SSLError as error:
        return Probe(None, str(error), certificate_refused=True)
    except (OSError, http.client.HTTPException) as error:
        return Probe(None, _broken(error))


def _connect(url: str, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=timeout, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=timeout)
    connection.connect()
    return connection


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _send_head(connection: http.client.HTTPConnection, url: str, headers: Mapping[str, str]) -> None:
    connection.putrequest("POST", _target(url), skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()


def _answers_within(connection: http.client.HTTPConnection, seconds: float) -> bool:
    readable, _, _ = select.select([connection.sock], [], [], seconds)
    return bool(readable)


def _still_open(connection: http.client.HTTPConnection) -> bool:
    """An idle connection has nothing to say: end of stream, or any byte at all, means it is of no more use."""
    sock: socket.socket | None = connection.sock
    if sock is None:
        return False
    sock.setblocking(False)
    try:
        sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    finally:
        sock.settimeout(connection.timeout)
    return False


def _accepted(response: http.client.HTTPResponse, body: bytes) -> bytes:
    """Return the body of an answer that .NET would go on to parse; raises CallFailed on every other."""
    content_type = response.headers.get_content_type() if "Content-Type" in response.headers else ""
    if response.status == http.client.INTERNAL_SERVER_ERROR and content_type == "text/xml":
        raise read_fault(body) or CallFailed(_http_failure(response))
    if response.status != http.client.OK:
        raise CallFailed(_http_failure(response))
    if content_type != "text/xml":
        raise CallFailed(f"Client found response content type of '{content_type}', but expected 'text/xml'.")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise CallFailed("Response is not well-formed XML: it is compressed, which nobody asked for.")
    return body


def _http_failure(response: http.client.HTTPResponse) -> str:
    return f"The request failed with HTTP status {response.status}: {response.reason}."


def _broken(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "The remote name could not be resolved."
    if isinstance(error, ConnectionRefusedError):
        return "Unable to connect to the remote server."
    if isinstance(error, ssl.SSLError):
        return "Could not establish trust relationship for the SSL/TLS secure channel."
    return f"The underlying connection was closed: The connection was closed unexpectedly ({type(error).__name__})."
