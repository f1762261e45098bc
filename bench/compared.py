"""What stands beside the service under the same server: an application that answers a constant, and qbwc-kit's own."""

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from qbwc_kit import QBWCService, StaticAuthenticator

from bench.installation import PASSWORD

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PEER_USER = "apatar-peer"
WEB_THREADS = 4
"""As many as `apatar serve` has."""
_ANSWER = (
    b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
    b'<soap:Body><serverVersionResponse xmlns="http://developer.intuit.com/"><serverVersionResult>1</serverVersionResult>'
    b"</serverVersionResponse></soap:Body></soap:Envelope>"
)
_service = QBWCService(StaticAuthenticator(PEER_USER, PASSWORD, []))


def constant(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    return _reply(_ANSWER, start_response)


def peer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer with qbwc-kit: one user, sessions in memory, no work queued."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    return _reply(_service.dispatch(body).encode(), start_response)


def _reply(answer: bytes, start_response: "StartResponse") -> Iterable[bytes]:
    headers = [("Content-Type", "text/xml; charset=utf-8"), ("Content-Length", str(len(answer)))]
    start_response("200 OK", headers)
    return [answer]


def _serve(application: str, port: int) -> None:
    Granian(
        f"bench.compared:{application}",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=WEB_THREADS,
        backlog=256,
        workers_kill_timeout=2,
        websockets=False,
        log_level=LogLevels.warning,
        http1_settings=HTTP1Settings(keep_alive=True),
    ).serve()


if __name__ == "__main__":
    print(f"process {os.getpid()}", flush=True)
    _serve(sys.argv[1], int(sys.argv[2]))
