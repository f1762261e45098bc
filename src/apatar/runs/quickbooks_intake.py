"""Taking in what QuickBooks printed: a record each, and the parts of it that are records of their own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django_scopes import scopes_disabled
from lxml import etree

from apatar.connections.models import Connection
from apatar.qbxml.answers import Ret, ret_of, with_custom_field
from apatar.runs import intake
from apatar.runs.intake import Incoming
from apatar.runs.models import Change, Link, Record, Run, Side
from apatar.runs.pairs import pairs_of_run
from apatar.runs.reading_list import QuickBooksRead, quickbooks_reads
from apatar.runs.remote import JOB, content_of, fields_of, incoming_of, lines_of
from apatar.runs.waking import wake_customers
from apatar.sync import record
from apatar.sync.accounts_customers import is_job
from apatar.sync.decision import Settings
from apatar.sync.field import CUSTOM_FIELD
from apatar.sync.mapping import ObjectMapping, Source

CONTACT, MAIN_CONTACT = "Contact", "MainContact"
_CONTACT_RET = "ContactsRet"


Moved = dict[str, dict[str, list[str]]]
"""By object and id of a list's record: the records to which documents of it went."""


def take_page(
    run: Run, one: QuickBooksRead, rets: Sequence[Ret], settings: Settings, *, now: datetime, restored: bool = False
) -> Moved:
    """Store what is new or changed; the rest costs one comparison of its EditSequence. Call in a transaction.

    `restored`: an older copy of the file was restored. Returns what documents left whom for whom.
    """
    ids = [ret.remote_id for ret in rets if ret.remote_id]
    known = intake.known_versions(run.connection, Side.QUICKBOOKS, one.object_type, ids)
    fresh = [
        ret for ret in rets if ret.remote_id and not intake.is_unchanged(known, ret.remote_id, ret.edit_sequence or "")
    ]
    moved = _moved(run, one, [ret for ret in fresh if ret.remote_id in known])
    older = [ret.remote_id or "" for ret in fresh if _is_older(known, ret, restored=restored)]
    _forget_agreements(run, (*one.pairs, *one.inside), older)
    for pair in one.inside if restored else ():
        # Parts have versions of their own: what a restored file holds of any of them counts as met for the first time.
        _forget_agreements(run, (pair,), _parts_of_these(run, pair, older))
    store_rets(run, one, fresh, settings, now=now)
    return moved


def _is_older(known: intake.Known, ret: Ret, *, restored: bool) -> bool:
    """Tell whether a record comes in an older state than the one that is known; of a restored file, any other one."""
    if ret.remote_id not in known:
        return False
    version, before = ret.edit_sequence or "", known[ret.remote_id][0]
    return restored or (version.isdigit() and before.isdigit() and int(version) < int(before))


def _parts_of_these(run: Run, pair: ObjectMapping, holders: Sequence[str]) -> list[str]:
    rows = Record.objects.filter(
        connection=run.connection, side=Side.QUICKBOOKS, object_type=pair.quickbooks_object, parent_id__in=holders
    )
    return list(rows.values_list("remote_id", flat=True))


def _forget_agreements(run: Run, pairs: Sequence[ObjectMapping], ids: Sequence[str]) -> None:
    """What came back in an older state agrees on nothing any more: its old values must not pass for new ones."""
    for start in range(0, len(ids), intake.CHUNK):
        Link.objects.filter(
            connection=run.connection,
            mapping__in=[pair.name for pair in pairs],
            quickbooks_id__in=ids[start : start + intake.CHUNK],
        ).update(base=record.Base().to_json())


def joined(moved: Moved, more: Moved) -> Moved:
    """Return both together, each record that documents went to once."""
    found = {name: dict(went) for name, went in moved.items()}
    for name, went in more.items():
        for old, new in went.items():
            held = found.setdefault(name, {}).get(old, [])
            found[name][old] = [*held, *(one for one in new if one not in held)]
    return found


def _moved(run: Run, one: QuickBooksRead, changed: Sequence[Ret]) -> Moved:
    """Find out which customers and items these documents named before, and name others instead of now."""
    moved: Moved = {}
    if one.source is not Source.TRANSACTION or not changed:
        return moved
    now_said = {ret.remote_id or "": ret.xml.decode("ascii") for ret in changed}
    rows = Record.objects.filter(
        connection=run.connection, side=Side.QUICKBOOKS, object_type=one.object_type, remote_id__in=list(now_said)
    )
    for remote_id, raw in rows.values_list("remote_id", "raw"):
        before, after = _named(raw), _named(now_said[remote_id])
        for (name, place), old in before.items():
            new = after.get((name, place), old)
            if new != old:
                moved = joined(moved, {name: {old: [new]}})
    return moved


def _named(raw: str) -> dict[tuple[str, str], str]:
    """Return the ids that a document names: its customer, and the item of each line by the line's id."""
    fields, lines = content_of(record.Side.QUICKBOOKS, raw)
    named = {("Item", line.id): str(line.fields.get("ItemRef.ListID") or "") for line in lines if line.id}
    named["Customer", ""] = str(fields.get("CustomerRef.ListID") or "")
    return {place: held for place, held in named.items() if held}


def store_rets(
    run: Run, one: QuickBooksRead, rets: Sequence[Ret], settings: Settings, *, now: datetime, dirty: bool = True
) -> None:
    """Store records as QuickBooks printed them, with the parts that are records of their own. Call in a transaction."""
    incoming = [incoming_ret(one.pairs, ret, settings) for ret in rets]
    intake.store(run.connection, Side.QUICKBOOKS, one.object_type, incoming, dirty=dirty)
    for pair in one.inside:
        _store_parts(run.connection, pair, rets, settings, now=now)
    if one.source is Source.TRANSACTION:
        wake_customers(run, {each.parent_id for each in incoming})


def read_of_object(pairs: Sequence[ObjectMapping], object_type: str) -> QuickBooksRead:
    """Return how an object is read for these pairs."""
    found = (one for one in quickbooks_reads(pairs) if one.object_type == object_type)
    return next(found, QuickBooksRead(object_type, Source.LIST, ()))


def incoming_ret(pairs: Sequence[ObjectMapping], ret: Ret, settings: Settings) -> Incoming:
    """Return a record as QuickBooks printed it, ready to be stored.

    Only what finds its counterpart, or whom it belongs to, is read here: all fields are read out of the stored text
    when it is decided.
    """
    object_type = pairs[0].quickbooks_object if pairs else ret.type
    one = _record(object_type, ret, _glance(ret))
    kind = JOB if object_type == "Customer" and is_job(one) else ""
    return incoming_of(pairs, one, ret.xml.decode("ascii"), settings, variant=kind or _variant(pairs, ret))


def _variant(pairs: Sequence[ObjectMapping], ret: Ret) -> str:
    return ret.type if any(one.variants for one in pairs) else ""


_GLANCED = (
    "Name", "FullName", "Sublevel", "IsActive", "RefNumber", "DueDate", "IsPaid", "BalanceRemaining", "FirstName",
    "LastName",
)  # fmt: skip


def _glance(ret: Ret) -> dict[str, str | None]:
    """Read what tells which record it is; reading all of every record would cost more than storing it."""
    found: dict[str, str | None] = {"@type": ret.type}
    for child in ret.element:
        if child.tag in _GLANCED:
            found[child.tag] = child.text
        elif child.tag in {"CustomerRef", "ParentRef"}:
            found[f"{child.tag}.ListID"] = child.findtext("ListID")
            found[f"{child.tag}.FullName"] = child.findtext("FullName")
    return found


def record_of_ret(mapping: ObjectMapping, ret: Ret) -> record.Record:
    """Return a record with all its fields."""
    return _record(mapping.quickbooks_object, ret, fields_of(record.Side.QUICKBOOKS, ret.xml.decode("ascii")))


def _record(object_type: str, ret: Ret, fields: record.Remote) -> record.Record:
    return record.Record(
        side=record.Side.QUICKBOOKS,
        object_type=object_type,
        remote_id=ret.remote_id or "",
        version=ret.edit_sequence or "",
        fields=fields,
        modified=ret.modified.estimated_utc() if ret.modified else None,
        foreign_key=ret.external_guid,
    )


def _store_parts(
    connection: Connection, pair: ObjectMapping, rets: Sequence[Ret], settings: Settings, *, now: datetime
) -> None:
    """Store what is part of these records; a part that is there no more is marked as gone."""
    parts = {ret.remote_id or "": list(parts_of(pair, ret)) for ret in rets}
    incoming = [incoming_part(pair, part, holder, settings) for holder, found in parts.items() for part in found]
    ids = [one.remote_id for one in incoming]
    known = intake.known_versions(connection, Side.QUICKBOOKS, pair.quickbooks_object, ids)
    fresh = [one for one in incoming if not intake.is_unchanged(known, one.remote_id, one.version)]
    intake.store(connection, Side.QUICKBOOKS, pair.quickbooks_object, fresh)
    _mark_vanished(connection, pair, list(parts), set(ids), now=now)


def _mark_vanished(
    connection: Connection, pair: ObjectMapping, holders: Sequence[str], present: set[str], *, now: datetime
) -> None:
    for start in range(0, len(holders), intake.CHUNK):
        rows = Record.objects.filter(
            connection=connection,
            side=Side.QUICKBOOKS,
            object_type=pair.quickbooks_object,
            parent_id__in=holders[start : start + intake.CHUNK],
            deleted_at=None,
        )
        gone = [one for one in rows.values_list("remote_id", flat=True) if one not in present]
        intake.mark_deleted(connection, Side.QUICKBOOKS, pair.quickbooks_object, gone, now=now)


def parts_of(pair: ObjectMapping, ret: Ret) -> Iterator[Ret]:
    """Yield what of a record is a record of its own: a customer's contacts, or its main contact.

    A job carries copies of its customer's contacts (facts, QBWC section 5): they are not looked at.
    """
    if ret.parent is not None:
        return
    if pair.quickbooks_object == MAIN_CONTACT:
        if ret.element.findtext("FirstName") or ret.element.findtext("LastName"):
            yield ret
        return
    for child in ret.element.iterchildren(_CONTACT_RET):
        yield ret_of(child)


def incoming_part(pair: ObjectMapping, part: Ret, holder: str, settings: Settings) -> Incoming:
    incoming = incoming_of([pair], _record(pair.quickbooks_object, part, _glance(part)), _text(part.element), settings)
    return replace(incoming, parent_id=holder)


def with_lines(one: record.Record, mapping: ObjectMapping, ret: Ret) -> record.Record:
    """Return a record with the lines that QuickBooks printed, where its pair has lines."""
    if mapping.lines is None and not mapping.variants:
        return one
    return replace(one, lines=lines_of(record.Side.QUICKBOOKS, ret.xml.decode("ascii")))


def store_inside(run: Run, object_type: str, rets: Sequence[Ret], settings: Settings, *, now: datetime) -> None:
    """Store what these records hold of other records: a customer that was just written may have new contacts."""
    for pair in read_of_object(pairs_of_run(run), object_type).inside:
        _store_parts(run.connection, pair, rets, settings, now=now)


def keep_version(run: Run, ret: Ret) -> None:
    """Keep the new EditSequence and text of a record one of whose parts was written; whether it is dirty stays."""
    Record.objects.filter(
        connection=run.connection, side=Side.QUICKBOOKS, object_type=ret.type, remote_id=ret.remote_id
    ).update(version=ret.edit_sequence or "", raw=ret.xml.decode("ascii"))


def note_custom_field(change: Change) -> None:
    """Write a custom field into the stored text: the answer to a DataExtMod does not show the record."""
    [(path, value)] = change.fields.items()
    rows = Record.objects.filter(
        connection_id=change.connection_id,
        side=Side.QUICKBOOKS,
        object_type=change.object_type,
        remote_id=change.remote_id,
    )
    for row in rows:
        row.raw = with_custom_field(row.raw, path.removeprefix(CUSTOM_FIELD), str(value or ""))
        row.save(update_fields=["raw"])


def _text(element: etree._Element) -> str:
    return etree.tostring(element, with_tail=False).decode("ascii")


def take_definitions(run: Run, rets: Sequence[Ret]) -> None:
    """Keep the names of the custom fields that people see, by the object that has them, for the map's page."""
    found: dict[str, list[str]] = {}
    for ret in rets:
        name = ret.element.findtext("DataExtName") or ""
        for assigned in ret.element.iterchildren("AssignToObject"):
            found.setdefault(assigned.text or "", []).append(name)
    fields = {object_type: sorted(names) for object_type, names in sorted(found.items()) if object_type}
    if fields == run.connection.quickbooks_fields:
        return
    run.connection.quickbooks_fields = fields
    with scopes_disabled():
        Connection.objects.filter(pk=run.connection_id).update(quickbooks_fields=fields)


def note_deleted_parts(run: Run, object_type: str, ids: Sequence[str], *, now: datetime) -> None:
    """What was part of a deleted record went with it: the contacts of a customer."""
    for pair in read_of_object(pairs_of_run(run), object_type).inside:
        _mark_vanished(run.connection, pair, ids, set(), now=now)


def note_deleted_documents(run: Run, gone: Mapping[str, Iterable[str]]) -> None:
    """What a deleted invoice was for is owed no more: its customer is worked out anew."""
    ids = [one for found in gone.values() for one in found]
    rows = Record.objects.filter(connection=run.connection, side=Side.QUICKBOOKS, remote_id__in=ids)
    wake_customers(run, set(rows.exclude(wake_on=None).values_list("parent_id", flat=True)))
