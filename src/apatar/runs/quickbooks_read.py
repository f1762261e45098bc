"""Reading QuickBooks through the Web Connector: one object after another, page by page, then what was deleted.

An iterator lives only as long as its conversation (QBWC.md, section 4.5): a new conversation starts the object anew,
and what was already taken in costs one comparison each.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from apatar.connections.map import chosen_pairs, settings_of
from apatar.qbxml.answers import Answer, AnswerSet
from apatar.qbxml.requests import Request, deleted_query, drop_unsupported, list_query, message_set, txn_query
from apatar.qbxml.status import Outcome
from apatar.qbxml.versions import Version
from apatar.qbxml.wallclock import WallClock
from apatar.runs import intake, quickbooks_intake, quickbooks_roster, quickbooks_witness, watermarks
from apatar.runs.models import Run, Side, Watermark
from apatar.runs.pairs import pairs_of_run
from apatar.runs.reading_list import DEFINITIONS, QuickBooksRead, quickbooks_reads
from apatar.runs.steps import Ask, GoOn, Refused, Taken
from apatar.sync.mapping import Source

log = structlog.get_logger()

PAGE = 1_000
"""Records asked for at once: about 1.2 MB of qbXML."""
DOCUMENTS_PAGE = 250
"""Documents come with their lines: about 1 MB again."""
OVERLAP = timedelta(hours=2)
"""QuickBooks' times are the PC's wall clock, which repeats an hour every autumn (QBWC.md, section 4.3)."""
DEFINITIONS_AGE = timedelta(hours=24)
FURTHEST_ZONE = timedelta(hours=26)
"""From the westernmost to the easternmost clock on earth."""
WITNESS, RECORDS, DELETED, ROSTER = "witness", "records", "deleted", "roster"
NOTHING_SEEN = "1970-01-01T00:00:00"
CLOCK_TEXT = len("2026-11-23T01:02:03")
NOT_HERE = frozenset({Outcome.FEATURE_OFF, Outcome.UNSUPPORTED})
"""A feature that this company has switched off, or a list that this edition lacks, holds nothing."""


def reads_of(run: Run) -> tuple[QuickBooksRead, ...]:
    """Return how each object of the map is read, whatever the org can take of it."""
    return quickbooks_reads(chosen_pairs(run.connection, run.map_number))


def needed(run: Run) -> frozenset[str]:
    """Return the objects that are worth reading: those for which the org has a place, once that is known."""
    known = run.connection.salesforce_schema_at is not None
    reads = quickbooks_reads(pairs_of_run(run)) if known else reads_of(run)
    return frozenset(one.object_type for one in reads)


def next_question(run: Run, *, conversation: int, version: Version, now: datetime) -> Ask:
    """Return what to ask next; writes the cursor, so call it in the transaction that keeps `asked`."""
    reads = reads_of(run)
    cursor = _cursor(run, reads, conversation, now)
    mark = secrets.token_hex(6)
    if cursor["stage"] == WITNESS:
        requests = quickbooks_witness.questions(reads, cursor, mark)
        spoken = [drop_unsupported(one, version)[0] for one in requests]
        return Ask(message_set(spoken, version=version), {"what": WITNESS, "id": mark})
    if cursor["stage"] == DELETED:
        source = Source(cursor["kinds"][0])
        return _ask(_deleted(reads, source, cursor, mark), version, {"what": DELETED, "id": mark})
    if cursor["stage"] == ROSTER:
        request = quickbooks_roster.question(_read_called(reads, cursor["roster"][0]), cursor, mark)
        return _ask(drop_unsupported(request, version)[0], version, {"what": ROSTER, "id": mark})
    if cursor["objects"][0] == DEFINITIONS:
        request = Request(f"{DEFINITIONS}Query", {"OwnerID": ["0"]}, request_id=mark)
    else:
        request = _records(_read_called(reads, cursor["objects"][0]), cursor, mark)
    return _ask(request, version, {"what": RECORDS, "id": mark})


def _definitions_are_old(run: Run, now: datetime) -> bool:
    """Custom fields are defined rarely: they are asked for once a day."""
    asked = Watermark.objects.filter(connection=run.connection, side=Side.QUICKBOOKS, object_type=DEFINITIONS)
    return not asked.filter(read_at__gt=now - DEFINITIONS_AGE).exists()


def _ask(request: Request, version: Version, asked: dict[str, Any]) -> Ask:
    return Ask(message_set([request], version=version), asked)


def _read_called(reads: Sequence[QuickBooksRead], name: str) -> QuickBooksRead:
    return next(one for one in reads if one.object_type == name)


def _cursor(run: Run, reads: Sequence[QuickBooksRead], conversation: int, now: datetime) -> dict[str, Any]:
    """Return how far the read is; a new conversation begins the object anew that the last one was at."""
    cursor: dict[str, Any] = run.quickbooks_cursor
    if cursor.get("conversation") == conversation and "objects" in cursor:
        return cursor
    fresh: dict[str, Any] = {**cursor, "conversation": conversation, "iterator": None}
    if "objects" not in cursor:
        worth_reading = needed(run)
        names = [one.object_type for one in reads if one.object_type in worth_reading]
        names += [DEFINITIONS] if _definitions_are_old(run, now) else []
        # Both questions about an object go back to the same moment, however far the first one advances.
        read_to = _read_to(run, now)
        since = {name: read_to[name].minus(OVERLAP).text() for name in names if name in read_to}
        fresh |= {"objects": names, "all": names, "since": since, "high": {}, "stage": RECORDS, "kinds": []}
        fresh |= {"witnesses": quickbooks_witness.witnesses_for(run, reads, since), "newest": {}}
        fresh |= {"stage": WITNESS, "restored": quickbooks_roster.is_again(run)}
    if fresh["stage"] == WITNESS and not fresh["witnesses"]:
        quickbooks_witness.pass_on(run, fresh)
    run.quickbooks_cursor = fresh
    run.save(update_fields=["quickbooks_cursor"])
    return fresh


def _records(one: QuickBooksRead, cursor: dict[str, Any], mark: str) -> Request:
    since = WallClock.read(cursor["since"].get(one.object_type))
    step: Any = "Continue" if cursor.get("iterator") else "Start"
    paging: dict[str, Any] = {}
    if one.iterates:
        size = DOCUMENTS_PAGE if one.source is Source.TRANSACTION else PAGE
        paging = {"max_returned": size, "iterator": step, "iterator_id": cursor.get("iterator")}
    ask = txn_query if one.source is Source.TRANSACTION else list_query
    custom_fields = one.iterates
    return ask(one.object_type, request_id=mark, modified_since=since, custom_fields=custom_fields, **paging)


def _deleted(reads: Sequence[QuickBooksRead], source: Source, cursor: dict[str, Any], mark: str) -> Request:
    mine = [one for one in reads if one.source is source and one.object_type in cursor["since"]]
    since = min(cursor["since"][one.object_type] for one in mine)
    types = [name for one in mine for name in one.deleted_types]
    what: Any = "Txn" if source is Source.TRANSACTION else "List"
    return deleted_query(what, types, since=WallClock.read(since), request_id=mark)


def _read_to(run: Run, now: datetime) -> dict[str, WallClock]:
    """Return up to where QuickBooks was read, by object; without those that lie in a future that a clock dreamt."""
    newest = _newest_possible(now)
    found = watermarks.positions(run.connection, Side.QUICKBOOKS)
    # A name with @ is no object: the calendar's position is a day.
    read = {name: WallClock.read(text) for name, text in found.items() if text <= newest and name[0] != "@"}
    return {name: mark for name, mark in read.items() if mark}


def _newest_possible(now: datetime) -> str:
    """Return the latest wall-clock time that any PC on earth can show; a later stamp is a wrong clock's."""
    return (now + FURTHEST_ZONE).replace(tzinfo=None).isoformat(timespec="seconds")


def take_witnesses(run: Run, answers: AnswerSet, *, now: datetime) -> Taken:
    """Take in whether the company file knows what it must know. Call in a transaction."""
    return quickbooks_witness.take(run, reads_of(run), answers, now=now)


def take_records(run: Run, answers: AnswerSet, *, now: datetime) -> Taken:
    """Take in a page of one object, with the cursor. Call in a transaction."""
    answer = answers.answers[0] if answers.answers else None
    cursor = dict(run.quickbooks_cursor)
    name = cursor["objects"][0]
    if answer is not None and answer.status.outcome in NOT_HERE:
        log.info("quickbooks has no such list", object=name, code=answer.status.code)
        return _next_object(run, cursor, now)
    if answer is None or not answer.status.applied:
        return _not_read(run, answer)
    if name == DEFINITIONS:
        quickbooks_intake.take_definitions(run, answer.rets)
        return _next_object(run, cursor, now)
    one = _read_called(reads_of(run), name)
    settings, restored = settings_of(run.connection, run.direction), bool(cursor.get("restored"))
    moved = quickbooks_intake.take_page(run, one, answer.rets, settings, now=now, restored=restored)
    cursor["moved"] = quickbooks_intake.joined(cursor.get("moved", {}), moved)
    cursor["high"] = {**cursor["high"], name: _high(cursor, name, answer, now)}
    cursor["newest"] = {**cursor.get("newest", {}), name: _newest(cursor, name, answer)}
    cursor["iterator"] = answer.iterator_id
    if answer.iterator_remaining:
        return _keep(run, cursor)
    return _next_object(run, cursor, now)


def _keep(run: Run, cursor: dict[str, Any]) -> Taken:
    run.quickbooks_cursor = cursor
    run.save(update_fields=["quickbooks_cursor", "quickbooks_read"])
    return GoOn()


def _next_object(run: Run, cursor: dict[str, Any], now: datetime) -> Taken:
    """Go on to the next object; after the last one, to what was deleted of those that were known before."""
    # Salesforce may have said meanwhile what it has a place for.
    worth_reading = needed(run) | {DEFINITIONS}
    left = [name for name in cursor["objects"][1:] if name in worth_reading]
    read = [name for name in cursor["all"] if name in worth_reading or name not in cursor["objects"]]
    cursor |= {"objects": left, "all": read, "iterator": None}
    if not cursor["objects"]:
        reads = reads_of(run)
        kinds = dict.fromkeys(one.source.value for one in reads if one.object_type in cursor["since"])
        # Nothing that was deleted before the first read was ever known here.
        cursor |= {"stage": DELETED, "kinds": list(kinds)}
        if not kinds:
            _call_the_roll(run, cursor, now)
    return _keep(run, cursor)


def _call_the_roll(run: Run, cursor: dict[str, Any], now: datetime) -> None:
    """Go on to who is still there, where that is due; else the read is complete."""
    cursor |= {"stage": ROSTER, "roster": quickbooks_roster.objects_due(run, reads_of(run), cursor, now=now)}
    if not cursor["roster"]:
        _complete(run, cursor, now)


def _not_read(run: Run, answer: Answer | None) -> Taken:
    if answer is not None and answer.status.outcome is Outcome.ITERATOR_LOST:
        log.info("quickbooks lost its place; reading again")
        run.quickbooks_cursor = {**run.quickbooks_cursor, "conversation": None}
        run.save(update_fields=["quickbooks_cursor"])
        return GoOn()
    if answer is None:
        return Refused("QuickBooks gave no answer to the question for its records. The next run asks again.")
    return Refused(f"{answer.status.sentence()} {answer.status.remedy()}".strip())


def _high(cursor: dict[str, Any], name: str, answer: Answer, now: datetime) -> str:
    """Return the newest wall-clock time seen in this run; as printed, without the offset, texts order as times do."""
    limit = _newest_possible(now)
    printed = (ret.time_modified[:CLOCK_TEXT] for ret in answer.rets if ret.time_modified)
    return max([cursor["high"].get(name) or "", *(text for text in printed if text <= limit)])


def _newest(cursor: dict[str, Any], name: str, answer: Answer) -> list[list[str]]:
    """Return the times and ids of what was changed last, of all pages of an object so far."""
    seen = [
        [ret.time_modified[:CLOCK_TEXT], ret.remote_id] for ret in answer.rets if ret.time_modified and ret.remote_id
    ]
    return sorted([*cursor.get("newest", {}).get(name, []), *seen], reverse=True)[: quickbooks_witness.LATEST]


def _complete(run: Run, cursor: dict[str, Any], now: datetime) -> None:
    """Move the watermarks: everything up to them has been read, what was deleted included."""
    run.quickbooks_read = True
    known = {name: mark.text() for name, mark in _read_to(run, now).items()}
    reached = {name: max(cursor["high"].get(name) or NOTHING_SEEN, known.get(name, "")) for name in cursor["all"]}
    before, newest = watermarks.witnesses(run.connection, Side.QUICKBOOKS), cursor.get("newest", {})
    seen = {name: ((at, remote_id) for at, remote_id in newest.get(name, [])) for name in reached}
    latest = {name: quickbooks_witness.latest_of(before.get(name, []), seen[name]) for name in reached}
    watermarks.move(run.connection, Side.QUICKBOOKS, reached, now=now, witnesses=latest)


def take_deleted(run: Run, answers: AnswerSet, *, now: datetime) -> Taken:
    """Take in what was deleted, of lists or of transactions; after both the read is complete. Call in a transaction."""
    answer = answers.answers[0] if answers.answers else None
    if answer is None or not answer.status.applied:
        return _not_read(run, answer)
    objects = {name: one.object_type for one in reads_of(run) for name in one.deleted_types}
    gone: dict[str, list[str]] = {}
    for ret in answer.rets:
        if ret.remote_id and ret.deleted_type in objects:
            gone.setdefault(objects[ret.deleted_type], []).append(ret.remote_id)
    for object_type, ids in gone.items():
        intake.mark_deleted(run.connection, Side.QUICKBOOKS, object_type, ids, now=now)
        quickbooks_intake.note_deleted_parts(run, object_type, ids, now=now)
    quickbooks_intake.note_deleted_documents(run, gone)
    cursor = {**run.quickbooks_cursor, "kinds": run.quickbooks_cursor["kinds"][1:]}
    if not cursor["kinds"]:
        _call_the_roll(run, cursor, now)
    return _keep(run, cursor)


def take_roster(run: Run, answers: AnswerSet, *, now: datetime) -> Taken:
    """Take in who is still on a list; after the last list the read is complete. Call in a transaction."""
    answer = answers.answers[0] if answers.answers else None
    is_here = answer is None or answer.status.outcome not in NOT_HERE
    if answer is None or (is_here and not answer.status.applied):
        return _not_read(run, answer)
    cursor = dict(run.quickbooks_cursor)
    name = cursor["roster"][0]
    quickbooks_roster.take(run, name, answer.rets)
    cursor["iterator"] = answer.iterator_id
    if not answer.iterator_remaining:
        if is_here:
            quickbooks_roster.close(run, name, cursor.get("moved", {}), now=now)
        cursor |= {"roster": cursor["roster"][1:], "iterator": None}
    if not cursor["roster"]:
        quickbooks_roster.note_called(run, now=now)
        _complete(run, cursor, now)
    return _keep(run, cursor)
