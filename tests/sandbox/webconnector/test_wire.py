"""HTTP is spoken as .NET Framework's SOAP client speaks it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from apatar.sandbox.webconnector.envelope import write_call
from apatar.sandbox.webconnector.errors import CallFailed
from apatar.sandbox.webconnector.wire import Wire, probe
from tests.sandbox.webconnector import stub
from tests.sandbox.webconnector.stub import Raw, serving

CALL = write_call("serverVersion", [])


@contextmanager
def listening(answer: bytes) -> Iterator[str]:
    """Answer every connection at once with these bytes and nothing else; an empty answer stays silent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def accept() -> None:
            try:
                while True:
                    connection, _address = server.accept()
                    kept.append(connection)
                    if answer:
                        connection.recv(65536)
                        connection.sendall(answer)
            except OSError:
                return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://localhost:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)
        for connection in kept:
            connection.close()


def post(service: stub.Service, *, times: int = 1) -> None:
    with closing(Wire(service.url, timeout=5)) as wire:
        for _ in range(times):
            wire.post("serverVersion", CALL)


def test_the_headers_are_those_of_a_net_client() -> None:
    with serving() as service:
        post(service)
    [seen] = service.seen
    assert seen.headers["SOAPAction"] == '"http://developer.intuit.com/serverVersion"'
    assert seen.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert seen.headers["Expect"] == "100-continue"
    assert seen.headers["User-Agent"].startswith("Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol ")
    assert "Accept-Encoding" not in seen.headers
    assert seen.body == CALL


def test_one_connection_serves_all_calls() -> None:
    with serving() as service:
        post(service, times=3)
    assert len({seen.connection for seen in service.seen}) == 1


def test_a_connection_that_the_server_closed_is_replaced() -> None:
    closing = Raw(stub.envelope("serverVersion", "1"), headers={"Content-Type": "text/xml", "Connection": "close"})
    with serving(serverVersion=closing) as service:
        post(service, times=2)
    assert len({seen.connection for seen in service.seen}) == 2


def test_cookies_last_for_the_session() -> None:
    given = Raw(stub.envelope("serverVersion", "1"), headers={"Content-Type": "text/xml", "Set-Cookie": "id=7; path=/"})
    with serving(serverVersion=given) as service:
        post(service, times=2)
    assert [seen.headers.get("Cookie") for seen in service.seen] == [None, "id=7"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "application/xml"},
        {"Content-Type": "application/soap+xml; charset=utf-8"},
        {"Content-Type": "text/html"},
        {"Content-Type": "text/xml", "Content-Encoding": "gzip"},
    ],
)
def test_only_plain_text_xml_is_accepted(headers: dict[str, str]) -> None:
    with serving(serverVersion=Raw(stub.envelope("serverVersion", "1"), headers=headers)) as service:  # noqa: SIM117
        with pytest.raises(CallFailed):
            post(service)


@pytest.mark.parametrize("status", [201, 202, 204, 301, 302, 307, 308, 400, 401, 403, 404, 405, 413, 500, 502, 503])
def test_only_200_is_an_answer(status: int) -> None:
    with serving(serverVersion=Raw(b"", status=status)) as service, pytest.raises(CallFailed, match=str(status)):
        post(service)
    assert len(service.seen) == 1


def test_silence_is_a_timeout() -> None:
    with listening(b"") as url, pytest.raises(CallFailed, match="timed out"):
        Wire(url, timeout=0.05).post("serverVersion", CALL)


def test_nobody_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(CallFailed, match="Unable to connect"):
        Wire(f"http://localhost:{port}/", timeout=5).post("serverVersion", CALL)


def test_an_answer_cut_short_fails_the_call() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 5000\r\n\r\n<?xml"
    with listening(cut) as url, pytest.raises(CallFailed):
        Wire(url, timeout=0.2).post("serverVersion", CALL)


def test_a_chunked_answer_is_read() -> None:
    body = stub.envelope("serverVersion", "1")
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    with listening(answer) as url, closing(Wire(url, timeout=5)) as wire:
        assert wire.post("serverVersion", CALL) == body


def test_a_probe_follows_no_redirect() -> None:
    with serving() as service:
        service.get_status = 302
        assert probe(service.url).status == 302


def test_a_probe_of_an_unknown_name_says_so() -> None:
    seen = probe("http://no-such-host.invalid/")
    assert seen.status is None
    assert seen.reason
