"""Requests and message sets: written strictly, before anything is sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from apatar.qbxml import grammar
from apatar.qbxml.downgrade import without_newer
from apatar.qbxml.errors import (
    GrammarError,
    IteratorNotAllowed,
    MessageSetIdTooLong,
    MissingElement,
    NotInVersion,
    RequestIdTooLong,
    WrongType,
)
from apatar.qbxml.grammar import Message, names_of
from apatar.qbxml.text import escape
from apatar.qbxml.versions import Version
from apatar.qbxml.wallclock import WallClock
from apatar.qbxml.writing import Fields, Place, Sibling, nested, write_level

__all__ = [
    "Request",
    "Sibling",
    "ask_outcome",
    "customers_modified_since",
    "deleted_query",
    "drop_unsupported",
    "forget_outcome",
    "list_query",
    "message_set",
    "set_custom_field",
    "txn_query",
]

OnError = Literal["continueOnError", "stopOnError", "rollbackOnError"]
IteratorStep = Literal["Start", "Continue", "Stop"]
Metadata = Literal["NoMetaData", "MetaDataOnly", "MetaDataAndResponseData"]

_REQUEST_ID_LIMIT = 50
_MESSAGE_SET_ID_LIMIT = 24


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `message` is the schema's name without `Rq`: `CustomerAdd`.

    `fields` maps elements to values, in any order, nested or by dotted paths: text, Decimal, int, bool, date,
    WallClock, None or "" to clear, a list for repeats, a mapping for what holds other elements. The fields of an Add,
    Mod or Del are given without the inner element that repeats the message's name.
    """

    message: str
    fields: Fields = field(default_factory=dict)
    request_id: str | None = None
    iterator: IteratorStep | None = None
    iterator_id: str | None = None
    metadata: Metadata | None = None


def message_set(
    requests: Iterable[Request],
    *,
    version: Version,
    on_error: OnError = "continueOnError",
    new_message_set_id: str | None = None,
    old_message_set_id: str | None = None,
) -> str:
    """Return a complete document; raise a GrammarError for the first request that QuickBooks would refuse.

    One fault anywhere would make QuickBooks refuse the whole set with 0x80040400 and without a hint (QBWC facts 4.1).
    With `new_message_set_id` QuickBooks keeps the outcome, see `ask_outcome`.
    """
    for message_set_id in (new_message_set_id, old_message_set_id):
        _check_message_set_id(message_set_id)
    ids = {"onError": on_error, "newMessageSetID": new_message_set_id, "oldMessageSetID": old_message_set_id}
    body = "".join(write(request, version=version) for request in requests)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><?qbxml version="{version}"?>'
        f"<QBXML><QBXMLMsgsRq{_attributes(ids)}>{body}</QBXMLMsgsRq></QBXML>"
    )


def write(request: Request, *, version: Version) -> str:
    """Return one request as it stands inside a message set; raise a GrammarError."""
    message = grammar.message(request.message)
    place = Place(request.message, version)
    if message.since > version:
        raise NotInVersion(f"exists since qbXML {message.since}; QuickBooks speaks {version}.", message=message.name)
    fields = _wrapped(message, nested(request.fields, message=message.name))
    attributes = _request_attributes(message, request, fields)
    body = "".join(write_level(message.children, fields, place))
    return f"<{message.name}Rq{_attributes(attributes)}>{body}</{message.name}Rq>"


def ask_outcome(message_set_id: str, version: Version) -> str:
    """Return the question what became of a message set; nothing is executed (QBWC facts 4.6).

    The answer is the stored one, or has messageSetStatusCode 600 or 9002 where QuickBooks stored none.
    """
    return message_set((), version=version, new_message_set_id=message_set_id, old_message_set_id=message_set_id)


def forget_outcome(message_set_id: str, version: Version) -> str:
    """Return the request that lets QuickBooks forget a stored outcome."""
    return message_set((), version=version, old_message_set_id=message_set_id)


def drop_unsupported(request: Request, version: Version) -> tuple[Request, tuple[str, ...]]:
    """Remove optional elements that are newer than the running version; return also their dotted paths.

    What is required stays, and is then refused by `message_set` with NotInVersion.
    """
    message = grammar.message(request.message)
    whole = _wrapped(message, nested(request.fields, message=message.name))
    kept, dropped = without_newer(message.children, whole, version)
    return replace(request, fields=kept), dropped


def list_query(
    listed: str,
    *,
    request_id: str | None = None,
    modified_since: WallClock | None = None,
    max_returned: int | None = None,
    iterator: IteratorStep | None = None,
    iterator_id: str | None = None,
    custom_fields: bool = False,
    **more: Any,
) -> Request:
    """Ask for the entries of a list, inactive ones included: `list_query("Customer", …)`.

    QuickBooks leaves inactive entries out unless ActiveStatus says All, so that a deactivation would look like nothing.
    """
    fields = {"ActiveStatus": "All", "MaxReturned": max_returned, "FromModifiedDate": modified_since, **more}
    if custom_fields:
        fields["OwnerID"] = "0"
    return _query(f"{listed}Query", fields, request_id, iterator, iterator_id)


def customers_modified_since(
    since: WallClock | None,
    *,
    request_id: str,
    max_returned: int = 500,
    iterator: IteratorStep | None = "Start",
    iterator_id: str | None = None,
) -> Request:
    """Ask for customers and jobs with their custom fields, page by page."""
    return list_query(
        "Customer",
        request_id=request_id,
        modified_since=since,
        max_returned=max_returned,
        iterator=iterator,
        iterator_id=iterator_id,
        custom_fields=True,
    )


def txn_query(
    txn: str,
    *,
    request_id: str | None = None,
    modified_since: WallClock | None = None,
    max_returned: int | None = None,
    iterator: IteratorStep | None = None,
    iterator_id: str | None = None,
    custom_fields: bool = True,
    **more: Any,
) -> Request:
    """Ask for documents of one type with their lines, links and custom fields: `txn_query("Invoice", …)`."""
    changed = {"FromModifiedDate": modified_since} if modified_since else None
    fields: dict[str, Any] = {"MaxReturned": max_returned, "ModifiedDateRangeFilter": changed, **more}
    allowed = names_of(grammar.message(f"{txn}Query").children)
    for name in ("IncludeLineItems", "IncludeLinkedTxns"):
        if name in allowed:
            fields[name] = True
    if custom_fields and "OwnerID" in allowed:
        fields["OwnerID"] = "0"
    return _query(f"{txn}Query", fields, request_id, iterator, iterator_id)


def deleted_query(
    what: Literal["List", "Txn"], types: Iterable[str], *, since: WallClock | None, request_id: str | None = None
) -> Request:
    """Ask what was deleted. QuickBooks is said to remember 90 days; no text of Intuit confirms it (QBWC facts 4.7)."""
    changed = {"FromDeletedDate": since} if since else None
    fields = {f"{what}DelType": tuple(types), "DeletedDateRangeFilter": changed}
    return _query(f"{what}DeletedQuery", fields, request_id, None, None)


def set_custom_field(
    *, object_type: str, remote_id: str, name: str, value: str | None, request_id: str | None = None
) -> Request:
    """Set a public custom field of a Customer, Vendor, Employee, OtherName, Account, Item, or of a transaction."""
    fields: dict[str, Any] = {"OwnerID": "0", "DataExtName": name, "DataExtValue": value}
    if object_type in ("Account", "Customer", "Employee", "Item", "OtherName", "Vendor"):
        fields |= {"ListDataExtType": object_type, "ListObjRef": {"ListID": remote_id}}
    else:
        fields |= {"TxnDataExtType": object_type, "TxnID": remote_id}
    return Request("DataExtMod", fields, request_id)


def _query(
    message: str,
    fields: Mapping[str, Any],
    request_id: str | None,
    iterator: IteratorStep | None,
    iterator_id: str | None,
) -> Request:
    given = {name: value for name, value in fields.items() if value is not None}
    return Request(message, given, request_id, iterator, iterator_id)


def _wrapped(message: Message, fields: dict[str, Any]) -> dict[str, Any]:
    """Put the fields of an Add, Mod or Del into the inner element that bears the message's name."""
    if message.body() is None or message.name in fields:
        return fields
    outside = names_of(message.children)
    inner = {name: value for name, value in fields.items() if name not in outside}
    return {message.name: inner, **{name: value for name, value in fields.items() if name in outside}}


def _request_attributes(message: Message, request: Request, fields: Fields) -> dict[str, str | None]:
    if request.request_id is not None and len(request.request_id) > _REQUEST_ID_LIMIT:
        raise RequestIdTooLong(f"a requestID has at most {_REQUEST_ID_LIMIT} characters.", message=message.name)
    if request.metadata is not None and not message.counts:
        raise WrongType("takes no metaData.", message=message.name)
    _check_iterator(message, request, fields)
    return {
        "requestID": request.request_id,
        "metaData": request.metadata,
        "iterator": request.iterator,
        "iteratorID": request.iterator_id,
    }


def _check_iterator(message: Message, request: Request, fields: Fields) -> None:
    """Refuse what QuickBooks can't parse: many queries have no iterator at all (QBWC facts 4.5)."""
    if request.iterator is None and request.iterator_id is None:
        return
    problem = _iterator_problem(message, request)
    if problem:
        raise IteratorNotAllowed(problem, message=message.name)
    if request.iterator != "Stop" and "MaxReturned" not in fields:
        raise MissingElement(
            "an iterator needs it: how many to return a page.", message=message.name, path=("MaxReturned",)
        )


def _iterator_problem(message: Message, request: Request) -> str | None:
    if not message.iterates:
        return "has no iterator. Ask for everything at once."
    if request.iterator is None:
        return "has an iteratorID but no iterator."
    if request.iterator == "Start" and request.iterator_id is not None:
        return "an iterator gets its id from QuickBooks; Start has none."
    if request.iterator != "Start" and not request.iterator_id:
        return f"{request.iterator} needs the iteratorID of the answer before."
    return None


def _check_message_set_id(message_set_id: str | None) -> None:
    if message_set_id is not None and len(message_set_id) > _MESSAGE_SET_ID_LIMIT:
        limit = _MESSAGE_SET_ID_LIMIT
        raise MessageSetIdTooLong(f"a message set's id has at most {limit} characters.", message="QBXMLMsgsRq")
    if message_set_id == "":
        raise GrammarError("a message set's id can't be empty.", message="QBXMLMsgsRq")


def _attributes(values: Mapping[str, str | None]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in values.items() if value is not None)
