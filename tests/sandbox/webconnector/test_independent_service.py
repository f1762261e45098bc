"""A service that others wrote gets along with the sandbox's Web Connector, from its .qwc to its goodbye."""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from qbwc_kit import QBWCService, StaticAuthenticator, TaskContext, build_qwc, query
from qbwc_kit.qbxml import QBXMLRequest, ResponseSet

from apatar.sandbox.webconnector.adding import add_application
from apatar.sandbox.webconnector.conversation import Manner, Outcome
from apatar.sandbox.webconnector.home import Home
from apatar.sandbox.webconnector.log import Log
from apatar.sandbox.webconnector.updating import Desk, update_selected
from tests.sandbox.webconnector.stub import COMPANY_PATH, FILE, OWNER, FakeQuickBooks


class AskForCustomers:
    """One query; what was known of the company when it was asked, and the status of the answer, are kept."""

    name = "customers"

    def __init__(self) -> None:
        self.company_file = ""
        self.version = ""
        self.status = ""

    def run(self, ctx: TaskContext) -> Generator[QBXMLRequest, ResponseSet, None]:
        self.company_file, self.version = ctx.company_file, ctx.qbxml_version
        answer = yield QBXMLRequest([query("Customer", max_returned=5)])
        self.status = str(answer.first().status_code)


@contextmanager
def served(service: QBWCService) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(service.dispatch(body).encode())

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Keep the tests quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}/qbwc"
    finally:
        server.shutdown()
        server.server_close()


def talk(folder: Path, service: QBWCService, *, password: str) -> tuple[Outcome, FakeQuickBooks]:
    """Add the service's own .qwc, type the password and click Update Selected."""
    home, quickbooks = Home(folder), FakeQuickBooks()
    with served(service) as url:
        content = build_qwc(
            app_name="Theirs", app_id="", app_url=url, app_description="d", username="bob", owner_id=OWNER, file_id=FILE
        )
        add_application(home, content.encode(), agree=lambda _application: True, warn=print)
        home.set_password("bob", password)
        desk = Desk(home, Log(home.log_file), quickbooks, Manner(pause=lambda _seconds: None), timeout=5)
        [outcome] = update_selected(desk, [])
    return outcome, quickbooks


def test_an_independent_service_holds_a_whole_session(tmp_path: Path) -> None:
    task = AskForCustomers()
    service = QBWCService(StaticAuthenticator("bob", "secret", [task]))
    outcome, quickbooks = talk(tmp_path, service, password="secret")
    assert outcome.well, outcome.status
    assert "CustomerQueryRq" in quickbooks.processed[0]
    assert (task.company_file, task.version, task.status) == (COMPANY_PATH, "13.0", "1")


def test_an_independent_service_refuses_a_wrong_password(tmp_path: Path) -> None:
    service = QBWCService(StaticAuthenticator("bob", "secret", [AskForCustomers()]))
    outcome, quickbooks = talk(tmp_path, service, password="wrong")
    assert outcome.status == "Invalid password for username"
    assert quickbooks.processed == []
