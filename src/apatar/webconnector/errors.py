"""What can go wrong at the Web Connector's door.

DoorError
├── CallRefused             the caller's fault
│   ├── NotSoap
│   ├── DoctypeRefused
│   ├── WrongNamespace
│   ├── UnknownOperation
│   ├── BadArgument
│   └── TooLarge
└── OperationFailed         ours
    └── BadAnswer
"""

from typing import ClassVar


class DoorError(Exception):
    """The service could not answer the Web Connector. Try again later."""

    side: ClassVar[str] = "Server"
    """Whose fault it is, in the word of SOAP 1.1 section 4.4.1."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or type(self).__doc__ or "")


class CallRefused(DoorError):
    """The service could not read this call; nothing was changed. Check the address in the Web Connector."""

    side = "Client"


class NotSoap(CallRefused):
    """This is not a SOAP message; nothing was changed. Check the address in the Web Connector."""


class DoctypeRefused(CallRefused):
    """A document type declaration is not allowed in a SOAP message; nothing was changed. Send it without one."""


class WrongNamespace(CallRefused):
    """This message does not use the Web Connector's namespace, http://developer.intuit.com/; nothing was changed."""


class UnknownOperation(CallRefused):
    """This service does not know that operation; nothing was changed. Call one of those that its ?wsdl lists."""


class BadArgument(CallRefused):
    """An argument of the call is not what the operation takes; nothing was changed. Compare it with the ?wsdl."""


class TooLarge(CallRefused):
    """This message is larger than the service accepts; nothing was changed. Ask for fewer records at a time."""


class OperationFailed(DoorError):
    """The service could not complete this call; nothing was changed. The next update tries again."""


class BadAnswer(OperationFailed):
    """The service had no proper answer to this call. The next update tries again."""
