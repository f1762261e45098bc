"""The org over HTTP/1.1: keep-alive, chunked bodies, and connections that a fault cuts."""

import http.server
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import cast

from apatar.sandbox.salesforce.errors import ConnectionCut
from apatar.sandbox.salesforce.org import Org
from apatar.sandbox.salesforce.wire import Request, Response

_LARGEST = 160_000_000
_OWN_NAMES = re.compile(r"(?:127\.0\.0\.1|localhost)(?::\d+)?")


class OrgServer(http.server.ThreadingHTTPServer):
    """One thread a connection; none of them outlives the server."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, org: Org, port: int) -> None:
        self.org = org
        super().__init__(("127.0.0.1", port), _Conversation)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that has died; everything else is told as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def server_bind(self) -> None:
        """Bind without asking the resolver for this machine's name, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])


@contextmanager
def serve(org: Org, port: int = 0) -> Iterator[OrgServer]:
    """Serve an org on this machine while the block runs; port 0 takes a free one, `server.url` tells which."""
    server = OrgServer(org, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        org.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(2)


class _Conversation(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 120

    def answer(self) -> None:
        body = self._body()
        if body is None:
            self._send(Response(413))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        host = headers.get("host", "")
        server = cast("OrgServer", self.server)
        base = f"http://{host}" if _OWN_NAMES.fullmatch(host) else server.url
        try:
            answer = server.org.handle(Request(self.command, self.path, headers, body, base))
        except ConnectionCut:
            self._cut()
            return
        self._send(answer)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 - http.server's own names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        """Say nothing: requests carry session ids."""

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = int(self.headers.get("Content-Length") or 0)
        return None if length > _LARGEST else self.rfile.read(length)

    def _chunks(self) -> bytes | None:
        parts: list[bytes] = []
        while size := int(self.rfile.readline().split(b";")[0].strip() or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
            if sum(map(len, parts)) > _LARGEST:
                return None
        while self.rfile.readline().strip():
            continue
        return b"".join(parts)

    def _send(self, answer: Response) -> None:
        self.send_response_only(answer.status)
        org = cast("OrgServer", self.server).org
        self.send_header("Date", formatdate(org.now(), usegmt=True))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)
