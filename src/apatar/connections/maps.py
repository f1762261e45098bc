"""The versions of a connection's map: what is in use, saving a new one, going back, export and import."""

import json
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django_scopes import scopes_disabled

from apatar.accounts.models import Person
from apatar.connections.models import Connection, MapVersion
from apatar.connections.org_fields import quickbooks_offers, salesforce_offers
from apatar.qbxml.catalogue import CUSTOM_FIELD, CUSTOM_LENGTH, fields_of
from apatar.sync.custom_map import Map, default_map, pruned, read_map, read_stored, write_map
from apatar.sync.field import ALTERNATIVE, Field
from apatar.sync.findings import Finding, MapError, Severity
from apatar.sync.map_check import check_map
from apatar.sync.mapping import ObjectMapping

LARGEST_FILE = 512 * 1024
"""Bytes of an imported map; the largest sensible one has a tenth of it."""
MOST_VERSIONS = 500
"""How many versions of a map are kept; the oldest go first."""

Document = dict[str, Any]


def map_of(connection: Connection, number: int | None = None) -> Map:
    """Return a version of the map; without a number the one in use. Raises MapVersion.DoesNotExist."""
    return _of_version(connection, number)[0]


def troubles_of(connection: Connection) -> tuple[Finding, ...]:
    """Return what of the map in use this release cannot use, though it was saved: the pairs it is about are off."""
    return _of_version(connection, None)[1]


def _of_version(connection: Connection, number: int | None) -> tuple[Map, tuple[Finding, ...]]:
    wanted = connection.map_number if number is None else number
    return _kept(connection.file_id, connection.pk, wanted) if wanted else _understood("{}")


@lru_cache(maxsize=512)
def _kept(file_id: UUID, connection_id: int, number: int) -> tuple[Map, tuple[Finding, ...]]:
    """Keep what was understood once: a version never changes, and every call of the Web Connector asks for it.

    `file_id` tells connections apart that had one row's number one after the other.
    """
    del file_id
    return _understood(json.dumps(document_of(Connection(pk=connection_id), number), sort_keys=True))


def document_of(connection: Connection, number: int | None = None) -> Document:
    """Return the document of a version; without a number the one in use. Raises MapVersion.DoesNotExist."""
    wanted = connection.map_number if number is None else number
    if wanted == 0:
        return {}
    with scopes_disabled():
        found: Document = versions_of(connection).get(number=wanted).document
    return found


def versions_of(connection: Connection) -> "QuerySet[MapVersion]":
    """Return the versions of one connection, newest first; the query carries its tenant in its own filter."""
    with scopes_disabled():
        rows: QuerySet[MapVersion] = MapVersion.objects.filter(connection_id=connection.pk)
    return rows


def findings_of(connection: Connection, found: Map) -> list[Finding]:
    """Hold a map against what both systems said about their own fields when they were last asked."""
    return check_map(found, salesforce_offers(connection), quickbooks_offers(connection, found.every_pair))


def save_map(
    connection: Connection, document: Document, author: Person | None, note: str, *, now: datetime | None = None
) -> MapVersion | None:
    """Make a document the map in use from the next run on; None where it says what is in use already.

    Raises MapError, with a finding for each thing that is wrong. Warnings keep nothing from being saved, nor does what
    stands against the map in use already: a field that the org lost must not keep people from changing others.
    """
    found = read_map(document)
    known = set(findings_of(connection, map_of(connection)))
    wrong = [one for one in findings_of(connection, found) if one.severity is Severity.ERROR and one not in known]
    if wrong:
        raise MapError(wrong)
    return _keep(connection, write_map(found), author, note, now or timezone.now())


def restore(connection: Connection, number: int, author: Person | None) -> MapVersion | None:
    """Go back to a version, as a new version; 0 is the defaults. Raises MapVersion.DoesNotExist, MapError."""
    note = f"Back to version {number}" if number else "Back to the defaults"
    return save_map(connection, pruned(document_of(connection, number)), author, note)


def exported(connection: Connection, number: int | None = None) -> bytes:
    """Return a version as one readable file. Raises MapVersion.DoesNotExist."""
    document = {"format": 1, **document_of(connection, number)}
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def imported(content: bytes) -> Document:
    """Read an exported file, strictly. Raises MapError."""
    if len(content) > LARGEST_FILE:
        raise MapError([Finding(sentence="The file is larger than any map. Choose a file that was exported here.")])
    try:
        document = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_each_once, parse_constant=_no_number)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        sentence = (
            f"The file cannot be read as JSON in UTF-8: {str(error)[:120]}. Export the map anew, and change that file."
        )
        raise MapError([Finding(sentence=sentence)]) from None
    _refuse_what_nobody_can_store(document)
    if not isinstance(document, dict) or document.get("format") != 1:
        sentence = 'The file is no map: it does not begin with "format": 1. Choose a file that was exported here.'
        raise MapError([Finding(sentence=sentence)])
    return document


def _keep(
    connection: Connection, document: Document, author: Person | None, note: str, now: datetime
) -> MapVersion | None:
    with transaction.atomic(), scopes_disabled():
        row = Connection.objects.select_for_update().get(pk=connection.pk)
        if document == write_map(map_of(row)) and not troubles_of(row):
            return None
        newest = versions_of(connection).aggregate(newest=Max("number"))["newest"] or 0
        version = MapVersion.objects.create(
            connection=row,
            number=newest + 1,
            document=document,
            author=author,
            who=author.email if author else "the service",
            made_at=now,
            note=note[:2_000],
        )
        Connection.objects.filter(pk=row.pk).update(map_number=version.number, settings_changed_at=now)
        versions_of(connection).filter(number__lte=version.number - MOST_VERSIONS).delete()
    connection.map_number, connection.settings_changed_at = version.number, now
    return version


@lru_cache(maxsize=256)
def _understood(text: str) -> tuple[Map, tuple[Finding, ...]]:
    document = json.loads(text)
    found, findings = read_stored(document) if document else (default_map(), ())
    return replace(found, every_pair=tuple(_measured(one) for one in found.every_pair)), findings


def _measured(pair: ObjectMapping) -> ObjectMapping:
    """Give QuickBooks' lengths to fields that were added or moved; the defaults know theirs."""
    fields = tuple(_with_length(one, pair.quickbooks_object) for one in pair.fields)
    return pair if fields == pair.fields else replace(pair, fields=fields)


def _with_length(one: Field, object_name: str) -> Field:
    if one.lines is not None:
        inner = tuple(_with_length(each, one.lines.quickbooks_line) for each in one.lines.fields)
        return one if inner == one.lines.fields else replace(one, lines=replace(one.lines, fields=inner))
    if one.quickbooks_length or not one.kind.is_text or not one.quickbooks:
        return one
    lengths = _lengths(object_name)
    known = [lengths.get(path, 0) for whole in one.quickbooks for path in whole.split(ALTERNATIVE)]
    shortest = min((length for length in known if length), default=0)
    if one.is_extension:
        shortest = CUSTOM_LENGTH
    return replace(one, quickbooks_length=shortest) if shortest else one


@lru_cache(maxsize=64)
def _lengths(object_name: str) -> dict[str, int]:
    return {
        one.path: one.length for one in fields_of(object_name) if one.length and not one.path.startswith(CUSTOM_FIELD)
    }


def _refuse_what_nobody_can_store(document: object) -> None:
    """JSON can spell characters that a database cannot keep: NUL, and halves of surrogate pairs. Raises MapError."""
    text = json.dumps(document, ensure_ascii=False)
    if "\\u0000" in text or any("\ud800" <= one <= "\udfff" for one in text):
        sentence = "The file holds characters that are no text. Export the map anew, and change that file."
        raise MapError([Finding(sentence=sentence)])


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is written twice in one object")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")
