"""The client of one org: queries, descriptions, collections of records, deletions, limits."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from apatar.salesforce.calls import Call, Caller, Repeat
from apatar.salesforce.credentials import Session
from apatar.salesforce.errors import NotExpressible, NotUnderstood, OutcomeUnknown, SalesforceError
from apatar.salesforce.ids import id18
from apatar.salesforce.limits import Budget, Usage
from apatar.salesforce.metadata import ObjectDescription, read_description
from apatar.salesforce.refusals import refusal
from apatar.salesforce.results import (
    Deletions,
    Page,
    Record,
    SaveResult,
    Updates,
    plain,
    read_deletions,
    read_page,
    read_saved,
    read_updates,
)
from apatar.salesforce.sessions import SessionSource
from apatar.salesforce.soql import name
from apatar.salesforce.transport import Answer, Transport
from apatar.salesforce.wire import spelled, write_json

DATA_VERSION = "62.0"
LARGEST_COLLECTION = 200
"""Records in one collections call (REST guide, sObject Collections)."""

_LONGEST_QUERY_STRING = 12_000
"""The request line may have 16,384 bytes; what is longer travels in the body of a composite request."""

_JSON = {"Content-Type": "application/json; charset=UTF-8"}
_PAGE_SIZE = {"Sforce-Query-Options": "batchSize=2000"}
_SAVE_DUPLICATES = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}


_Row = TypeVar("_Row")


class Client:
    """Speaks the REST API of one org at one data version, which has nothing to do with the version of the login.

    Every method raises errors of `apatar.salesforce.errors`. Reads are repeated up to three times, updates and upserts
    once, inserts never: an insert that was sent and not answered raises OutcomeUnknown. Writes of more than 200
    records are split; an error then carries the results so far (`done`, `unsure`). Who journals each call sends at most
    LARGEST_COLLECTION records at a time.
    """

    def __init__(
        self,
        session_source: SessionSource,
        transport: Transport,
        *,
        api_version: str = DATA_VERSION,
        budget: Budget | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.caller = Caller(
            source=session_source, transport=transport, api_version=api_version, budget=budget, sleep=sleep
        )

    @property
    def usage(self) -> Usage | None:
        """The org's daily API usage as the last answer told it."""
        return self.caller.transport.usage

    @property
    def calls(self) -> int:
        return self.caller.transport.calls

    @property
    def server_time(self) -> datetime | None:
        """Salesforce's clock at the last answer: windows of changes are cut by it, not by ours."""
        return self.caller.transport.server_time

    def session(self) -> Session:
        """The session in use; says which org this is."""
        return self.caller.source.current()

    def versions(self) -> tuple[str, ...]:
        """API versions that the instance offers, oldest first."""
        return tuple(entry["version"] for entry in self._read("/services/data"))

    def limits(self) -> dict[str, Usage]:
        """Every limit of the org by its name, such as DailyApiRequests."""
        body = self._read(self.caller.data("limits"))
        return {
            name_: Usage(used=entry["Max"] - entry["Remaining"], maximum=entry["Max"])
            for name_, entry in body.items()
            if "Max" in entry and "Remaining" in entry
        }

    def describe(self, object_name: str) -> ObjectDescription:
        return read_description(self._read(self._object(object_name, "describe")))

    def query(self, soql: str) -> Iterator[Page]:
        """Page after page; each may be stored with its `next_url`, from which `query_page` goes on."""
        return self._pages(self._first_page("query", soql))

    def query_all(self, soql: str) -> Iterator[Page]:
        """As `query`, with deleted and archived records."""
        return self._pages(self._first_page("queryAll", soql))

    def query_page(self, next_url: str) -> Page:
        """The page behind `next_url`. Raises RequestRefused with code INVALID_QUERY_LOCATOR after two days."""
        answer = self.caller.call(Call("GET", next_url, headers=_PAGE_SIZE))
        return read_page(answer.json(), read_at=self.server_time)

    def children(self, nested: Page | None) -> Iterator[Record]:
        """All records of a child sub-query in a record; Salesforce may give the first ones only."""
        for page in self._pages(nested) if nested else ():
            yield from page.records

    def retrieve(self, object_name: str, ids: Sequence[str], fields: Sequence[str]) -> list[Record | None]:
        """Records by id, in order; None for those that do not exist or are hidden."""
        found: list[Record | None] = []
        path = self.caller.data(f"composite/sobjects/{name(object_name)}")
        for some in _slices(ids):
            content = write_json({"ids": some, "fields": [name(field) for field in fields]})
            body = self.caller.call(Call("POST", path, headers=_JSON, content=content)).json()
            if not isinstance(body, list) or len(body) != len(some):
                raise NotUnderstood(code="RETRIEVE_ANSWER")
            found += [plain(record) if record else None for record in body]
        return found

    def deleted(self, object_name: str, *, start: datetime, end: datetime) -> Deletions:
        """What was deleted in a window of at least a minute, up to 15 days back.

        Raises RequestRefused with code INVALID_REPLICATION_DATE further back: compare all ids instead.
        """
        window = {"start": spelled(start), "end": spelled(end)}
        return read_deletions(self._read(self._object(object_name, "deleted"), window))

    def updated(self, object_name: str, *, start: datetime, end: datetime) -> Updates:
        """Ids changed in a window of at least a minute, up to 30 days back."""
        window = {"start": spelled(start), "end": spelled(end)}
        return read_updates(self._read(self._object(object_name, "updated"), window))

    def insert(
        self, object_name: str, records: Sequence[Mapping[str, Any]], *, save_duplicates: bool = False
    ) -> list[SaveResult]:
        """Create records; `save_duplicates` overrides duplicate rules that may be overridden. Never repeated."""
        return self._save(
            Call("POST", "composite/sobjects", Repeat.INSERT, headers=_SAVE_DUPLICATES if save_duplicates else {}),
            [_typed(object_name, record) for record in records],
            created=True,
        )

    def update(self, object_name: str, records: Sequence[Mapping[str, Any]]) -> list[SaveResult]:
        """Change records by their `Id`; None clears a field."""
        rows = [_typed(object_name, _with_id(record)) for record in records]
        return self._save(Call("PATCH", "composite/sobjects", Repeat.IDEMPOTENT_WRITE), rows, created=False)

    def upsert(
        self,
        object_name: str,
        external_id_field: str,
        records: Sequence[Mapping[str, Any]],
        *,
        save_duplicates: bool = False,
    ) -> list[SaveResult]:
        """Create or change records by an external id, which every record carries.

        Repeated once where it was not answered — but not by `Id`, because a record without one is an insert.
        """
        by_id = external_id_field.casefold() == "id"
        call = Call(
            "PATCH",
            f"composite/sobjects/{name(object_name)}/{name(external_id_field)}",
            Repeat.INSERT if by_id else Repeat.IDEMPOTENT_WRITE,
            headers=_SAVE_DUPLICATES if save_duplicates else {},
        )
        return self._save(call, [_typed(object_name, record) for record in records], created=None)

    def delete(self, ids: Sequence[str]) -> list[SaveResult]:
        """Delete records by their ids, whatever they are. Never repeated: what is gone cannot be deleted again."""
        done: list[SaveResult] = []
        for some in _slices(ids):
            params = {"ids": ",".join(map(id18, some)), "allOrNone": "false"}
            try:
                answer = self.caller.call(
                    Call("DELETE", self.caller.data("composite/sobjects"), Repeat.INSERT, params=params)
                )
                done += _read_saved(answer, count=len(some), created=False)
            except SalesforceError as error:
                raise error.after(tuple(done), sent=len(some)) from error.__cause__
        return done

    def _save(self, call: Call, rows: Sequence[Mapping[str, Any]], *, created: bool | None) -> list[SaveResult]:
        done: list[SaveResult] = []
        for some in _slices(rows):
            try:
                done += self._save_some(call, some, created=created)
            except SalesforceError as error:
                raise error.after(tuple(done), sent=len(some)) from error.__cause__
        return done

    def _save_some(
        self, call: Call, rows: Sequence[Mapping[str, Any]], *, created: bool | None
    ) -> tuple[SaveResult, ...]:
        content = write_json({"allOrNone": False, "records": rows})
        answer = self.caller.call(
            Call(
                call.method,
                self.caller.data(call.path),
                call.repeat,
                headers={**_JSON, **call.headers},
                content=content,
            )
        )
        return _read_saved(answer, count=len(rows), created=created)

    def _first_page(self, resource: str, soql: str) -> Page:
        path = self.caller.data(resource)
        if len(quote_plus(soql)) > _LONGEST_QUERY_STRING:
            return read_page(self._through_composite(f"{path}?q={quote(soql, safe='')}"), read_at=self.server_time)
        answer = self.caller.call(Call("GET", path, params={"q": soql}, headers=_PAGE_SIZE))
        return read_page(answer.json(), read_at=self.server_time)

    def _through_composite(self, address: str) -> Any:
        """Make one GET whose address is too long for a request line; still one API call."""
        request = {"method": "GET", "url": address, "referenceId": "query"}
        content = write_json({"allOrNone": False, "compositeRequest": [request]})
        answer = self.caller.call(Call("POST", self.caller.data("composite"), headers=_JSON, content=content))
        try:
            inner = answer.json()["compositeResponse"][0]
            status, body = int(inner["httpStatusCode"]), inner["body"]
        except (KeyError, IndexError, TypeError) as error:
            raise NotUnderstood(code="COMPOSITE_ANSWER") from error
        if status >= 300:
            raise refusal(Answer(status, {}, write_json(body)), writes=False)
        return body

    def _pages(self, page: Page) -> Iterator[Page]:
        yield page
        while page.next_url:
            page = self.query_page(page.next_url)
            yield page

    def _read(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        return self.caller.call(Call("GET", path, params=params or {})).json()

    def _object(self, object_name: str, what: str) -> str:
        return self.caller.data(f"sobjects/{name(object_name)}/{what}")


def _read_saved(answer: Answer, *, count: int, created: bool | None) -> tuple[SaveResult, ...]:
    """Whoever does not understand the answer to a write does not know what it did."""
    try:
        return read_saved(answer.json(), count=count, created=created)
    except NotUnderstood as error:
        raise OutcomeUnknown(code=error.code, status=answer.status) from error


def _typed(object_name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    return {"attributes": {"type": name(object_name)}, **record}


def _with_id(record: Mapping[str, Any]) -> dict[str, Any]:
    """Collections want the key in lower case; an update without an id must not leave the house."""
    known = next((value for key, value in record.items() if key.casefold() == "id" and value), None)
    if known is None:
        raise NotExpressible("A record to be changed in Salesforce has no Salesforce id. Match it again.", code="NO_ID")
    return {"id": known, **{key: value for key, value in record.items() if key.casefold() != "id"}}


def _slices(values: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    for start in range(0, len(values), LARGEST_COLLECTION):
        yield values[start : start + LARGEST_COLLECTION]
