"""What can go wrong in the language of QuickBooks, as one tree.

QbxmlError
  GrammarError             a request that QuickBooks would refuse, found before anything was sent
    UnknownMessage           no such message
    UnknownElement           no such element at this place
    MissingElement           a required element is absent or empty
    TooLong                  longer than QuickBooks stores
    WrongType                a value that the element can't hold
    UnrepresentableText      characters that QuickBooks can't store
    NotInVersion             newer than the running QuickBooks
    TooMany                  repeated more often than allowed
    ChoiceViolated           elements that exclude each other
    IteratorNotAllowed       an iterator where QuickBooks has none, or used wrongly
    RequestIdTooLong         over 50 characters
    MessageSetIdTooLong      over 24 characters
  AnswerError              an answer that can't be read
"""

from collections.abc import Sequence


class QbxmlError(Exception):
    """Anything wrong in a conversation in qbXML."""

    permanent = True
    """Sending the same thing again can't help."""


class GrammarError(QbxmlError):
    """A request that QuickBooks would refuse, together with its whole message set."""

    def __init__(self, problem: str, *, message: str, path: Sequence[str] = ()) -> None:
        self.message = message
        self.path = ".".join(path)
        self.problem = problem
        place = f"{message}: {self.path}" if path else message
        super().__init__(f"{place}: {problem}")


class UnknownMessage(GrammarError):
    """No such message."""


class UnknownElement(GrammarError):
    """No such element at this place."""


class MissingElement(GrammarError):
    """A required element is absent or empty."""


class TooLong(GrammarError):
    """Longer than QuickBooks stores. `length` is what it has, `limit` what is allowed."""

    def __init__(self, *, length: int, limit: int, message: str, path: Sequence[str] = ()) -> None:
        self.length = length
        self.limit = limit
        problem = f"has {length} characters, QuickBooks takes {limit}. Shorten it."
        super().__init__(problem, message=message, path=path)


class WrongType(GrammarError):
    """A value that the element can't hold."""


class UnrepresentableText(GrammarError):
    """Characters outside Windows-1252, or control characters; `text.to_windows_1252` replaces them."""


class NotInVersion(GrammarError):
    """Newer than the running QuickBooks; `requests.drop_unsupported` removes what is optional."""


class TooMany(GrammarError):
    """Repeated more often than allowed."""


class ChoiceViolated(GrammarError):
    """Elements that exclude each other."""


class IteratorNotAllowed(GrammarError):
    """An iterator where QuickBooks has none, or one that is used wrongly."""


class RequestIdTooLong(GrammarError):
    """A requestID of more than 50 characters (QuickBooks would answer 1060)."""


class MessageSetIdTooLong(GrammarError):
    """A message set's id of more than 24 characters (QuickBooks would answer 9004)."""


class AnswerError(QbxmlError):
    """An answer of QuickBooks that can't be read."""
