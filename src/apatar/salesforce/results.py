"""What Salesforce's answers say, as facts: pages of records, outcomes of writes, deletions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apatar.salesforce.errors import NotUnderstood
from apatar.salesforce.refusals import matched_ids
from apatar.salesforce.sentences import RETRY_CODES, record_sentence
from apatar.salesforce.wire import instant

Record = dict[str, Any]
"""Field name → value without `attributes`; decimals are Decimal, times are Salesforce's text (`wire.instant` reads
them), a parent is a Record, children are a Page or None."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of a query; `next_url` leads on for two days, `read_at` is the server's clock."""

    records: tuple[Record, ...]
    next_url: str | None
    total: int
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SaveError:
    """Why one record was refused; `retry` where the cause goes away by itself, `matches` are ids of duplicates."""

    code: str
    message: str
    fields: tuple[str, ...]
    sentence: str
    retry: bool
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SaveResult:
    """The outcome of one record. After a repeated upsert `created` may be False though the first try made it."""

    id: str | None
    created: bool
    success: bool
    errors: tuple[SaveError, ...] = ()


@dataclass(frozen=True, slots=True)
class DeletedRecord:
    id: str
    deleted_at: datetime


@dataclass(frozen=True, slots=True)
class Deletions:
    """Deletions of a window; start the next one at `covered_until`."""

    records: tuple[DeletedRecord, ...]
    earliest: datetime
    covered_until: datetime


@dataclass(frozen=True, slots=True)
class Updates:
    """Ids changed in a window; start the next one at `covered_until`, which allows for late commits."""

    ids: tuple[str, ...]
    covered_until: datetime


def read_page(body: Any, *, read_at: datetime | None = None) -> Page:
    """Read a query answer. Raises NotUnderstood where it is something else."""
    try:
        return Page(
            records=tuple(map(plain, body["records"])),
            next_url=None if body["done"] else str(body["nextRecordsUrl"]),
            total=body["totalSize"],
            read_at=read_at,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise NotUnderstood(code="QUERY_ANSWER") from error


def plain(record: Mapping[str, Any]) -> Record:
    """Take the envelope off a record, its parents and its children."""
    return {name: _plain_value(value) for name, value in record.items() if name != "attributes"}


def read_saved(body: Any, *, count: int, created: bool | None = None) -> tuple[SaveResult, ...]:
    """Read a collections answer in the order of the records sent; `created` where the rows do not say it."""
    if not isinstance(body, list) or len(body) != count:
        raise NotUnderstood(code="COLLECTIONS_ANSWER")
    try:
        return tuple(_saved(row, created) for row in body)
    except (KeyError, TypeError, AttributeError) as error:
        raise NotUnderstood(code="COLLECTIONS_ANSWER") from error


def save_error(code: str, message: str, fields: tuple[str, ...] = (), *, matches: tuple[str, ...] = ()) -> SaveError:
    return SaveError(
        code=code,
        message=message,
        fields=fields,
        sentence=record_sentence(code, message, fields),
        retry=code in RETRY_CODES,
        matches=matches,
    )


def read_deletions(body: Any) -> Deletions:
    try:
        return Deletions(
            tuple(DeletedRecord(row["id"], instant(row["deletedDate"])) for row in body["deletedRecords"]),
            earliest=instant(body["earliestDateAvailable"]),
            covered_until=instant(body["latestDateCovered"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise NotUnderstood(code="DELETED_ANSWER") from error


def read_updates(body: Any) -> Updates:
    try:
        return Updates(tuple(body["ids"]), covered_until=instant(body["latestDateCovered"]))
    except (KeyError, TypeError, ValueError) as error:
        raise NotUnderstood(code="UPDATED_ANSWER") from error


def _plain_value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return read_page(value) if "records" in value and "done" in value else plain(value)


def _saved(row: Mapping[str, Any], created: bool | None) -> SaveResult:
    success = bool(row["success"])
    made = bool(row.get("created")) if created is None else created
    errors = () if success else tuple(map(_row_error, row["errors"]))
    return SaveResult(row.get("id"), created=success and made, success=success, errors=errors)


def _row_error(error: Mapping[str, Any]) -> SaveError:
    """Rows spell the code `statusCode`, not `errorCode`."""
    return save_error(
        str(error["statusCode"]),
        str(error.get("message", "")),
        tuple(map(str, error.get("fields") or ())),
        matches=matched_ids(dict(error)),
    )
