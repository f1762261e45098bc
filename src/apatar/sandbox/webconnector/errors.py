"""What can go wrong in the Web Connector of the sandbox.

WebConnectorError
├── Refused          the application may not be added, or an update may not start (with its QBWC10xx code)
├── CallFailed       a call to the web service failed: the session ends with the code of that call
├── Abandoned        a fault was asked for: the conversation stops here and nobody says goodbye
└── UnusableHome     the folder with the applications cannot be read or is in use
"""


class WebConnectorError(Exception):
    """Something the user of the Web Connector is told about."""


class Refused(WebConnectorError):
    """The Web Connector refuses; `code` is the number its users search for, such as `QBWC1010`."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class CallFailed(WebConnectorError):
    """A call was not answered in a way that .NET accepts; `tolerable` where the service merely lacks the operation."""

    def __init__(self, sentence: str, *, tolerable: bool = False) -> None:
        super().__init__(sentence)
        self.tolerable = tolerable


class Abandoned(WebConnectorError):
    """The Web Connector vanished on purpose: no further call is made."""


class UnusableHome(WebConnectorError):
    """The folder of the Web Connector cannot be used; the message says why and what to do."""
