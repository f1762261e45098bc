"""The Web Connector's door called in this process, with nothing of HTTP around it. Needs Django set up."""

import io
from typing import Any

from django_scopes import scopes_disabled

from apatar.runs.models import Record
from apatar.sandbox.webconnector.envelope import write_call
from apatar.webconnector.calls import webconnector_door
from bench.installation import PASSWORD
from bench.processes import BenchError
from bench.wire import strings_of, text_of


class Door:
    def __init__(self) -> None:
        self._application = webconnector_door()

    def post(self, body: bytes) -> bytes:
        """Return the body of the answer. Raises BenchError for anything but a 200."""
        told: list[str] = []

        def start_response(status: str, *_more: Any) -> Any:
            told.append(status)

        environ = {
            "REQUEST_METHOD": "POST",
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(body),
        }
        answer = b"".join(self._application(environ, start_response))
        if not told[0].startswith("200"):
            raise BenchError(f"The door answered {told[0]}: {answer[:2000]!r}")
        return answer

    def ask(self, operation: str, *arguments: str) -> str:
        return text_of(self.post(write_call(operation, arguments)))

    def number(self, body: bytes) -> int:
        return int(text_of(self.post(body)))

    def authenticate(self, user: str) -> str:
        """Return a ticket. Raises BenchError where the service finds no work."""
        ticket, word, *_ = strings_of(self.post(write_call("authenticate", (user, PASSWORD))))
        if word in ("none", "nvu", "busy"):
            raise BenchError(f"The service answered {word!r} instead of letting the Web Connector in.")
        return ticket

    @staticmethod
    def stored(object_type: str) -> int:
        """Return how many records of an object lie in the database."""
        with scopes_disabled():
            return int(Record.objects.filter(object_type=object_type).count())
