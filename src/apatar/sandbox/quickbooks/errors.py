"""What QuickBooks raises instead of an answer.

QuickBooksError            carries the HRESULT and QuickBooks' own text
├── MessageSetRefused      0x80040400: the message set broke the grammar; nothing of it was done
└── AccessRefused          a session could not be opened, or its ticket is no longer good
CompanyFileError           the file on disk is missing, in the way, or not a sandbox company; says what to do
"""

PARSE_ERROR = "0x80040400"


class QuickBooksError(Exception):
    """An error of the request processor: `hresult` ("0x8004…") and `text`."""

    def __init__(self, hresult: str, text: str) -> None:
        super().__init__(f"{hresult}: {text}")
        self.hresult = hresult
        self.text = text


class MessageSetRefused(QuickBooksError):
    """The set did not follow the grammar; `place` is for people who test, real QuickBooks gives no hint."""

    def __init__(self, place: str = "") -> None:
        super().__init__(PARSE_ERROR, "QuickBooks found an error when parsing the provided XML text stream.")
        self.place = place


class AccessRefused(QuickBooksError):
    """QuickBooks did not let the application in."""


class CompanyFileError(Exception):
    """The file is not one that this command can use; the text says what to do."""
