"""What became of a change: confirmed, refused, or to be decided again. Call everything here in a transaction.

The outcome, the new state of the record, the link and its base are written together: after a crash either all of
it stands or none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from django.db.models import QuerySet

from apatar.runs import intake, models, proposals
from apatar.runs.conflicts import settle_choices
from apatar.runs.models import Change, ChangeState, Link, Record, Run
from apatar.runs.pairs import pair_of_run, pairs_of_run
from apatar.runs.problems import Waiting, park, settle_problems
from apatar.runs.remote import change_of
from apatar.runs.updates import insert_rows, update_rows
from apatar.runs.waking import wake_after_links
from apatar.sync.change import Operation, settle
from apatar.sync.holds import FLIP_FLOP
from apatar.sync.known import NOTHING, Known
from apatar.sync.mapping import ObjectMapping, Owner, Source
from apatar.sync.pairs import declared
from apatar.sync.record import Base, Side
from apatar.sync.record import Record as CoreRecord

_NOTHING_AGREED = Base().to_json()


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A change that was applied: the id it has over there, the record as it now stands, and its fields.

    `answered` is the record the side answered with, None where it answered with none (Salesforce). `incoming` is None
    where the record was stored already.
    """

    change: Change
    remote_id: str
    incoming: intake.Incoming | None
    answered: CoreRecord | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change that was not applied, why, and what to do; `passes` and `retry_at` as a `Waiting` has them."""

    change: Change
    code: str
    sentence: str
    remedy: str
    retry_at: datetime | None = None
    passes: bool = False


def confirm(
    run: Run,
    mapping: ObjectMapping,
    confirmed: Sequence[Confirmed],
    *,
    now: datetime,
    late: bool = False,
    known: Known = NOTHING,
) -> None:
    """Write confirmed changes: the record, the link with its new base, the state of the change.

    `late`: the outcome was looked up. Both records rested until then; what people did to them meanwhile is decided now.
    """
    if not confirmed:
        return
    for side in Side:
        of_side = [one for one in confirmed if one.change.side == side]
        _store_records(run, mapping, side, of_side)
    _write_links(run, mapping, confirmed, now, known)
    for one in confirmed:
        one.change.state, one.change.remote_id, one.change.closed_at = ChangeState.CONFIRMED, one.remote_id, now
        one.change.error = one.change.error_code = ""
    fields = ["state", "remote_id", "closed_at", "error", "error_code"]
    update_rows([one.change for one in confirmed], fields)
    settle_choices(run, mapping, [one.change for one in confirmed], now=now)
    _settle_sources(run, mapping, confirmed, now)
    if late:
        _mark_dirty([one.change for one in confirmed])


def _store_records(run: Run, mapping: ObjectMapping, side: Side, confirmed: Sequence[Confirmed]) -> None:
    """Store what now stands over there; it is not dirty: its content is what both sides agreed on."""
    if not confirmed:
        return
    stored = models.Side(side.value)
    object_type = mapping.object_on(side)
    incoming = [one.incoming for one in confirmed if one.incoming]
    intake.store(run.connection, stored, object_type, incoming, dirty=False)
    _look_again_by_others(run, mapping, side, [one.remote_id for one in incoming])


def _look_again_by_others(run: Run, mapping: ObjectMapping, side: Side, ids: Sequence[str]) -> None:
    """A record of several pairs is looked at anew by the others: an invoice that a deal made is shown in Salesforce."""
    pairs = [one.name for one in pairs_of_run(run) if one.object_on(side) == mapping.object_on(side)]
    if len(pairs) < 2:
        return
    Record.objects.filter(
        connection=run.connection, side=side.value, object_type=mapping.object_on(side), remote_id__in=ids
    ).update(dirty=True, decided=0)


def _write_links(
    run: Run, mapping: ObjectMapping, confirmed: Sequence[Confirmed], now: datetime, around: Known
) -> None:
    known = _links_of(run, mapping, confirmed)
    new: list[Link] = []
    old: dict[int, Link] = {}
    for one in confirmed:
        salesforce_id, quickbooks_id = pair_of(one.change, one.remote_id)
        link = known.get(salesforce_id)
        if link is None and run.undoes_id is not None:
            continue  # what links them was deleted again
        if link is None:
            link = Link(
                connection=run.connection, mapping=mapping.name, salesforce_id=salesforce_id,
                quickbooks_id=quickbooks_id, linked_at=now, how="created", base=_NOTHING_AGREED,
            )  # fmt: skip
            known[salesforce_id] = link
            new.append(link)
        elif link.pk:
            old[link.pk] = link
        link.base = _base_after(mapping, link.base, one, around)
    insert_rows(new)
    update_rows(list(old.values()), ["base"])
    if new:
        proposals.now_linked(run, mapping, [(link.salesforce_id, link.quickbooks_id) for link in new])


def _base_after(mapping: ObjectMapping, before: str, one: Confirmed, around: Known) -> str:
    """Return the base after a confirmed change; where nothing was answered and none stood, what was sent is it."""
    if one.answered is None and before == _NOTHING_AGREED:
        return one.change.settles
    base = Base.from_json(before)
    return settle(mapping, base, change_of(one.change), written=one.answered, known=around).to_json()


def _links_of(run: Run, mapping: ObjectMapping, confirmed: Sequence[Confirmed]) -> dict[str, Link]:
    ids = [pair_of(one.change, one.remote_id)[0] for one in confirmed]
    found = Link.objects.filter(connection=run.connection, mapping=mapping.name, salesforce_id__in=ids)
    return {link.salesforce_id: link for link in found}


def pair_of(change: Change, remote_id: str) -> tuple[str, str]:
    """Return the Salesforce id and the QuickBooks id of the pair that a change belongs to."""
    return (remote_id, change.source_id) if change.side == Side.SALESFORCE else (change.source_id, remote_id)


def _settle_sources(run: Run, mapping: ObjectMapping, confirmed: Sequence[Confirmed], now: datetime) -> None:
    for side in Side:
        object_type = mapping.object_on(side)
        # A problem rests with the record that could not be carried over, so only this change's own source is settled:
        # the other half of the same pair may have been refused a moment ago.
        ids = [one.change.source_id for one in confirmed if one.change.side != side]
        # A field of its own that does not stay is nothing that this change could have put right.
        settle_problems(run, mapping, side.value, ids, now=now, but=(FLIP_FLOP,))
        created = [one.change.source_id for one in confirmed if _passes_on_an_id(mapping, one, side)]
        Record.objects.filter(
            connection=run.connection, side=side.value, object_type=object_type, remote_id__in=created
        ).update(dirty=True, decided=0)


def _passes_on_an_id(mapping: ObjectMapping, one: Confirmed, source: Side) -> bool:
    """Tell whether the source record now has more to do: learn its counterpart's id, or fields that come afterwards.

    A document that was changed has new totals, which its deal is to show.
    """
    if source is not Side.SALESFORCE or one.change.side != Side.QUICKBOOKS:
        return False
    if one.change.operation == Operation.CREATE:
        return bool(mapping.external_id_field) or _has_more_to_say(mapping)
    return mapping.source is Source.TRANSACTION and _has_more_to_say(mapping)


def _has_more_to_say(mapping: ObjectMapping) -> bool:
    """Custom fields of QuickBooks follow a create, and what is shown in Salesforce comes back from it."""
    return any(one.is_extension or one.owner is Owner.QUICKBOOKS for one in mapping.fields)


def refuse(run: Run, mapping: ObjectMapping, refusals: Sequence[Refusal], *, now: datetime) -> None:
    """Write refused changes; the record they came from is parked with the reason, the others go on (I4)."""
    waiting = []
    for one in refusals:
        change = one.change
        change.state, change.error_code, change.error, change.closed_at = (
            ChangeState.REFUSED, one.code[:80], one.sentence, now,
        )  # fmt: skip
        change.save(update_fields=["state", "error_code", "error", "closed_at"])
        source = Side(change.side).other
        waiting.append(
            Waiting(
                side=source.value,
                object_type=mapping.object_on(source),
                remote_id=change.source_id,
                name=change.name,
                code=one.code,
                sentence=one.sentence,
                remedy=one.remedy,
                retry_at=one.retry_at,
                passes=one.passes,
            )
        )
    park(run, mapping.name, waiting, now=now)
    _wake_who_counted_on(run, mapping, [one.change for one in refusals if one.change.operation == Operation.CREATE])


def _wake_who_counted_on(run: Run, mapping: ObjectMapping, refused: Sequence[Change]) -> None:
    """What waited for these is told that they do not come; a record that waited for itself is not created once more."""
    names = [one.name for one in pairs_of_run(run)]
    if not refused or mapping.name not in names:
        return
    source = Side(refused[0].side).other
    own = Record.objects.filter(
        connection=run.connection,
        side=source.value,
        object_type=mapping.object_on(source),
        remote_id__in=[one.source_id for one in refused],
        waiting=True,
        dirty=False,
    )
    ids = list(own.values_list("pk", flat=True))
    wake_after_links(run)
    Record.objects.filter(pk__in=ids).update(decided=1 << names.index(mapping.name))


def mapping_named(run: Run, name: str) -> ObjectMapping:
    """Return the pair of objects of a change as the connection has it, or as it is declared where it has it no more."""
    return pair_of_run(run, name) or declared(name)


def decide_again(changes: "QuerySet[Change]") -> int:
    """Drop changes whose ground has moved or that were never sent; both records of each are looked at anew."""
    look_at_both_again(list(changes.only("connection_id", "mapping", "side", "source_id", "remote_id")))
    return int(changes.update(state=ChangeState.DROPPED))


def look_at_both_again(changes: Sequence[Change]) -> None:
    """Mark both records of each change dirty."""
    for start in range(0, len(changes), intake.CHUNK):
        _mark_dirty(changes[start : start + intake.CHUNK])


def _mark_dirty(changes: Sequence[Change]) -> None:
    for name, side in product({change.mapping for change in changes}, Side):
        mapping = declared(name)
        mine = [change for change in changes if change.mapping == name]
        ids = [change.remote_id if change.side == side else change.source_id for change in mine]
        if not any(ids):
            continue
        Record.objects.filter(
            connection_id=mine[0].connection_id,
            side=side.value,
            object_type=mapping.object_on(side),
            remote_id__in=[one for one in ids if one],
        ).update(dirty=True, decided=0)
