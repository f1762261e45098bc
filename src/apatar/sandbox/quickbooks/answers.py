"""Printing the answer to a message set: attribute order, line ends and self-closed elements as QuickBooks has them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apatar.sandbox.quickbooks.markup import escaped
from apatar.sandbox.quickbooks.statuses import Refused, severity, status_text


@dataclass(frozen=True, slots=True)
class Answer:
    """One …Rs: `data` is what stands inside it, `extra` the attributes after the status."""

    name: str
    request_id: str
    code: int
    message: str
    data: str = ""
    extra: Sequence[tuple[str, str]] = ()

    @property
    def is_error(self) -> bool:
        return self.code >= 1000


def refusal(name: str, request_id: str, refused: Refused) -> Answer:
    return Answer(name, request_id, refused.code, refused.message, refused.ret)


def refusal_of(name: str, request_id: str, code: int) -> Answer:
    return Answer(name, request_id, code, status_text(code))


def printed_answer(answer: Answer, *, with_data: bool) -> str:
    status = (
        ("statusCode", str(answer.code)),
        ("statusSeverity", severity(answer.code)),
        ("statusMessage", answer.message),
    )
    identity = (("requestID", answer.request_id),) if answer.request_id else ()
    data = answer.data if with_data else ""
    return _printed(f"{answer.name}Rs", (*identity, *status, *answer.extra), data)


def printed_set(responses: str, attributes: Iterable[tuple[str, str]] = ()) -> str:
    """Print the whole document; a response carries no <?qbxml?> (QBWC section 4.1)."""
    inside = _printed("QBXMLMsgsRs", attributes, responses)
    return f'<?xml version="1.0" ?>\n<QBXML>\n{inside}</QBXML>\n'


def _printed(name: str, attributes: Iterable[tuple[str, str]], inside: str) -> str:
    head = name + "".join(f' {key}="{escaped(value)}"' for key, value in attributes)
    return f"<{head}>\n{inside}</{name}>\n" if inside else f"<{head} />\n"
