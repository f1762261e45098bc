"""Asking the company file for what it must know, before anything of it is read: is it the one we left, and no older?

The witnesses are the records that the last run saw changed last, those that we wrote last, and the oldest ones. One
message set asks for all of them, by id, and for what was deleted since.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from apatar.qbxml.answers import Answer, AnswerSet
from apatar.qbxml.requests import Request, deleted_query
from apatar.qbxml.status import Outcome
from apatar.qbxml.wallclock import WallClock
from apatar.runs import company_binding, stopping, watermarks
from apatar.runs.models import Change, ChangeState, Record, Run, Side
from apatar.runs.reading_list import QuickBooksRead
from apatar.runs.steps import GoOn, Refused, Taken
from apatar.sync.backwards import Key, Witness, judge
from apatar.sync.mapping import Source

LATEST, WRITTEN, OLDEST = 8, 8, 3
"""So many of each object are asked for."""
LOOKED_THROUGH = 200
"""So many of the latest writes."""
DELETED = ("ListDeletedQuery", "TxnDeletedQuery")
GONE = frozenset({Outcome.OBJECT_MISSING, Outcome.NOTHING_FOUND})


def witnesses_for(run: Run, reads: Sequence[QuickBooksRead], since: Mapping[str, str]) -> dict[str, list[list[str]]]:
    """Return id, version and name of the witnesses, by object, the latest first; objects never read have none."""
    known = [one for one in reads if one.pairs and one.object_type in since]
    written, seen = _written_lately(run), watermarks.witnesses(run.connection, Side.QUICKBOOKS)
    wanted = {
        one.object_type: [*seen.get(one.object_type, []), *written.get(one.object_type, [])[:WRITTEN]] for one in known
    }
    found = {name: _of(run, name, ids) for name, ids in wanted.items()}
    return {name: rows for name, rows in found.items() if rows}


def _of(run: Run, object_type: str, wanted: Sequence[str]) -> list[list[str]]:
    rows = Record.objects.filter(
        connection=run.connection, side=Side.QUICKBOOKS, object_type=object_type, deleted_at=None
    ).exclude(version="")
    columns = ("remote_id", "version", "name", "modified_at")
    late = sorted(rows.filter(remote_id__in=wanted).values_list(*columns), key=_when, reverse=True)
    old = [row for row in rows.order_by("remote_id").values_list(*columns)[:OLDEST] if row not in late]
    return [
        [remote_id, version, name] for remote_id, version, name, _ in (*late, *sorted(old, key=_when, reverse=True))
    ]


def _when(row: tuple[str, str, str, datetime | None]) -> str:
    return row[3].isoformat() if row[3] else ""


def _written_lately(run: Run) -> dict[str, list[str]]:
    """Return the ids that we wrote last, by object: of the latest writes only, however long the journal is."""
    changes = Change.objects.filter(connection=run.connection, state=ChangeState.CONFIRMED, side=Side.QUICKBOOKS)
    found: dict[str, list[str]] = {}
    for object_type, remote_id in changes.order_by("-id").values_list("object_type", "remote_id")[:LOOKED_THROUGH]:
        if remote_id not in found.setdefault(object_type, []):
            found[object_type].append(remote_id)
    return found


def latest_of(known: Sequence[str], seen: Iterable[tuple[str, str]]) -> list[str]:
    """Return the ids that are to be witnesses next: those seen just now by their time, then those known before."""
    fresh = [remote_id for _, remote_id in sorted(seen, reverse=True)]
    return list(dict.fromkeys([*fresh, *known]))[:LATEST]


def questions(reads: Sequence[QuickBooksRead], cursor: Mapping[str, Any], mark: str) -> list[Request]:
    """Return the requests of the message set; all carry one id, for they are one question."""
    asked = [one for one in reads if one.object_type in cursor["witnesses"]]
    requests = [_question(one, [row[0] for row in cursor["witnesses"][one.object_type]], mark) for one in asked]
    for source, what in ((Source.LIST, "List"), (Source.TRANSACTION, "Txn")):
        mine = [one for one in asked if one.source is source]
        if mine:
            since = WallClock.read(min(cursor["since"][one.object_type] for one in mine))
            types = [name for one in mine for name in one.deleted_types]
            requests.append(deleted_query(what, types, since=since, request_id=mark))  # type: ignore[arg-type]
    return requests


def _question(one: QuickBooksRead, ids: Sequence[str], mark: str) -> Request:
    tag = "TxnID" if one.source is Source.TRANSACTION else "ListID"
    fields = {tag: list(ids), "IncludeRetElement": [tag, "TimeModified", "EditSequence"]}
    return Request(f"{one.object_type}Query", fields, request_id=mark)


def take(run: Run, reads: Sequence[QuickBooksRead], answers: AnswerSet, *, now: datetime) -> Taken:
    """Stop the run where the file is not what we left; else take the file for ours. Call in a transaction."""
    cursor = dict(run.quickbooks_cursor)
    named = {answer.message: answer for answer in answers.answers}
    asked = [one for one in reads if one.object_type in cursor["witnesses"]]
    told = [(one, answer) for one in asked if (answer := named.get(f"{one.object_type}Query"))]
    gone = [answer for message, answer in named.items() if message in DELETED]
    found = {key: version for one, answer in told for key, version in _versions(one, answer)}
    heard = {one.object_type for one, answer in told if answer.status.applied or answer.status.outcome in GONE}
    witnesses = [
        Witness((name, remote_id), called, version)
        for name, rows in cursor["witnesses"].items()
        if name in heard
        for remote_id, version, called in rows
    ]
    if why := judge(witnesses, found, set(_deleted(reads, gone))):
        stopping.finish(run, why, now=now)
        return Refused(run.message)
    pass_on(run, cursor)
    return GoOn()


def pass_on(run: Run, cursor: dict[str, Any]) -> None:
    """The file is the one we know: it is bound under the name and place that it has now, and read."""
    cursor |= {"stage": "records", "witnesses": {}}
    run.quickbooks_cursor = cursor
    company_binding.settle(run)
    run.save(update_fields=["quickbooks_cursor"])


def _versions(one: QuickBooksRead, answer: Answer) -> Iterable[tuple[Key, str]]:
    return (((one.object_type, ret.remote_id), ret.edit_sequence or "") for ret in answer.rets if ret.remote_id)


def _deleted(reads: Sequence[QuickBooksRead], answers: Sequence[Answer]) -> Iterable[Key]:
    objects = {name: one.object_type for one in reads for name in one.deleted_types}
    rets = (ret for answer in answers for ret in answer.rets)
    return ((objects[ret.deleted_type], ret.remote_id) for ret in rets if ret.remote_id and ret.deleted_type in objects)
