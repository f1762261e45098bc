"""The person of the story fills in forms as a browser does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from apatar.sandbox.story_stage import OrgAccess, StoryError
from apatar.sandbox.story_visitor import Visitor, complaints

ORG = OrgAccess("http://localhost:9", "bob@example.com", "pw", "token", "c", "s")
TOKEN = '<input type="hidden" name="csrfmiddlewaretoken" value="from-the-page">'
PAGES = {
    "/register/": f"""<form method="post" action="/logout/">{TOKEN}</form><form method="post">{TOKEN}
        <input name="email"><input name="password1" type="password"><button>Register</button></form>""",
    "/connections/new/": f"""<form method="post">{TOKEN}<input name="company">
        <input type="radio" name="direction" value="both"><input type="radio" name="direction" value="to-quickbooks"
        checked><select name="method"><option value="password" selected>P</option><option value="jwt">J</option>
        </select><input name="salesforce_url" value="https://login.salesforce.com"><input name="salesforce_user">
        <input name="salesforce_password"><input name="security_token"><input name="frequency">
        <input name="new_field" value="its default"></form>""",
    "/connections/7/": '<a href="/connections/7/ApatarQBW.qwc">Download</a>',
    "/connections/7/ApatarQBW.qwc": "<QBWCXML/>",
}


@contextmanager
def site(after: dict[str, str]) -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """Serve the pages; a POST redirects to `after[path]` and is noted."""
    posted: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGES.get(self.path, "<p class='errorlist'>This field is required.</p>").encode()
            self.send_response(404 if self.path == "/missing/" else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = {name: values[0] for name, values in parse_qs(content, keep_blank_values=True).items()}
            posted.append((self.path, fields))
            self.send_response(302)
            self.send_header("Location", after[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Keep the tests quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}", posted
    finally:
        server.shutdown()
        server.server_close()


def test_registering_sends_the_token_of_the_page() -> None:
    with site({"/register/": "/connections/7/"}) as (url, posted), Visitor(url) as visitor:
        visitor.register("demo@example.com", "secret")
    fields = {"csrfmiddlewaretoken": "from-the-page", "email": "demo@example.com", "password1": "secret"}
    assert posted == [("/register/", fields)]


def test_the_form_is_filled_in_and_leads_to_the_qwc() -> None:
    with site({"/connections/new/": "/connections/7/"}) as (url, posted), Visitor(url) as visitor:
        address = visitor.connect(company="Castle Rock", org=ORG)
        assert visitor.download(address) == b"<QBWCXML/>"
    assert address == f"{url}/connections/7/ApatarQBW.qwc"
    [(_path, fields)] = posted
    assert fields == {
        "csrfmiddlewaretoken": "from-the-page",
        "company": "Castle Rock",
        "direction": "both",
        "method": "password",
        "salesforce_url": "http://localhost:9",
        "salesforce_user": "bob@example.com",
        "salesforce_password": "pw",
        "security_token": "token",
        "frequency": "",
        "new_field": "its default",
    }


def test_a_form_that_was_not_accepted_is_quoted() -> None:
    refused = site({"/connections/new/": "/refused/"})
    complaint = pytest.raises(StoryError, match="This field is required")
    with refused as (url, _posted), Visitor(url) as visitor, complaint:
        visitor.connect(company="", org=ORG)


def test_a_missing_page_stops_the_story() -> None:
    with site({}) as (url, _posted), Visitor(url) as visitor, pytest.raises(StoryError, match="404"):
        visitor.download("/missing/")


def test_complaints_are_found_on_a_page() -> None:
    assert (
        complaints("<ul class='errorlist'><li>Too short</li></ul><p role='alert'>Try again</p>")
        == "Too short Try again"
    )
    assert complaints("") == ""
