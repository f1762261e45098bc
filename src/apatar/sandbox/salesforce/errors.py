"""What the org answers when it refuses, and how a connection ends without an answer.

OrgRefusal
├── Refused          a REST request or one record of it: code, message, fields
├── LoginFault       a SOAP login
└── OAuthRefused     an OAuth request
ConnectionCut        nothing is answered at all: an injected fault
"""

from typing import Any

JsonObject = dict[str, Any]


class OrgRefusal(Exception):
    """The org understood who asks and says no."""


class Refused(OrgRefusal):
    """A REST request, or one record of a collection, is refused; `extra` holds further keys of the answer."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        fields: tuple[str, ...] | None = None,
        extra: JsonObject | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields
        self.extra = extra or {}

    def as_rest(self) -> JsonObject:
        """Return one entry of the array that a refused REST request is answered with."""
        fields = {} if self.fields is None else {"fields": list(self.fields)}
        return {**self.extra, "message": self.message, "errorCode": self.code, **fields}

    def as_row(self) -> JsonObject:
        """Return one entry of `errors` of a record's result: here the code is called `statusCode`."""
        return {**self.extra, "statusCode": self.code, "message": self.message, "fields": list(self.fields or ())}


class LoginFault(OrgRefusal):
    """A SOAP call is answered with a fault; `kind` is the fault's type in the WSDL."""

    def __init__(self, code: str, message: str, *, kind: str = "LoginFault") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.kind = kind


class OAuthRefused(OrgRefusal):
    """An OAuth request is refused; both texts go into the answer."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status


class ConnectionCut(Exception):
    """The connection ends without an answer."""


def not_found() -> Refused:
    """Return what an unknown resource, object or id is answered with."""
    return Refused("NOT_FOUND", "The requested resource does not exist", status=404)


def is_deleted() -> Refused:
    """Return what an already deleted record is answered with (captures/rest_delete_404_ENTITY_IS_DELETED)."""
    return Refused("ENTITY_IS_DELETED", "entity is deleted", status=404, fields=())
