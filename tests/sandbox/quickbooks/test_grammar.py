import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from apatar.sandbox.quickbooks.grammar import ONLY_NAMED, REQUESTS, message
from apatar.sandbox.quickbooks.kinds import ENTITIES, ITEMS, KINDS
from apatar.sandbox.quickbooks.notation import MANY, Choice, Element, Particle, Version, read, version_of
from tests.shared_folder import needs_shared, shared

TYPES = {
    "STRTYPE": "str",
    "IDTYPE": "id",
    "BOOLTYPE": "bool",
    "DATETYPE": "date",
    "DATETIMETYPE": "time",
    "GUIDTYPE": "guid",
    "AMTTYPE": "amt",
    "PRICETYPE": "price",
    "QUANTYPE": "quan",
    "PERCENTTYPE": "pct",
    "INTTYPE": "int",
    "FLOATTYPE": "float",
    "TIMEINTERVALTYPE": "span",
    "ENUMTYPE": "enum",
}

# Repeat limits exist only in the XSD (QBWC section 4.2), which the fact file does not carry.
REPEATS = {"ShipToAddress", "AdditionalContactRef"}


# The table gives this to another edition, yet QuickBooks Desktop takes it and says 530 (captured).
TAKEN_ALL_THE_SAME = {"IsStatementWithParent"}


@cache
def facts() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(shared("facts/qbxml_messages.json").read_text())["requests"]
    return loaded


def flat(particle: Particle, floor: Version) -> Any:
    """A comparable picture: a choice as a list of alternatives, an element as its name, type, count and version.

    Nothing is older than the message it stands in: `floor`.
    """
    if isinstance(particle, Choice):
        return (
            "choice",
            particle.required,
            particle.repeats,
            [[flat(inner, floor) for inner in alternative] for alternative in particle.alternatives],
        )
    kind = "group" if particle.kind in {"group", "ref"} else particle.kind
    most = MANY if particle.name in REPEATS and particle.most > 1 else particle.most
    inside = [flat(inner, floor) for inner in particle.inside]
    low, high, values = particle.low, particle.high, sorted(particle.values)
    return (
        particle.name,
        kind,
        particle.least,
        most,
        max(floor, particle.since),
        particle.limit,
        low,
        high,
        values,
        inside,
    )


def documented(node: dict[str, Any], floor: Version) -> Any:
    if node.get("choice"):
        alternatives = [
            [documented(inner, floor) for inner in alternative if here(inner)] for alternative in node["alternatives"]
        ]
        return (
            "choice",
            bool(node["min"]),
            node["max"] == "unbounded",
            [alternative for alternative in alternatives if alternative],
        )
    most = MANY if node["max"] == "unbounded" else node["max"]
    since = max(floor, version_of(node.get("since", "1.0")))
    limit = (node.get("maxLength") or {}).get("QBD", 0)
    low, high = (int(node[bound]) if node.get(bound) else None for bound in ("minValue", "maxValue"))
    kind = "group" if node["type"] == "AGGREGATE" else TYPES[node["type"]]
    inside = [documented(inner, floor) for inner in node.get("children", []) if here(inner)]
    return (node["name"], kind, node["min"], most, since, limit, low, high, sorted(node.get("enum", [])), inside)


def here(node: dict[str, Any]) -> bool:
    if node.get("name") in TAKEN_ALL_THE_SAME:
        return True
    return "QBD" not in node.get("notIn", []) and not (
        node.get("choice") and not any(map(any_here, node["alternatives"]))
    )


def any_here(alternative: list[dict[str, Any]]) -> bool:
    return any(map(here, alternative))


@needs_shared
@pytest.mark.parametrize("name", sorted(REQUESTS))
def test_a_message_has_the_shape_that_the_facts_describe(name: str) -> None:
    known, fact = message(name), facts()[f"{name}Rq"]
    assert known is not None
    shape = [documented(node, known.since) for node in fact["children"] if here(node)]
    assert [flat(particle, known.since) for particle in known.content] == shape
    assert known.attributes == set(fact["attributes"])
    assert known.since == version_of(fact.get("since", "1.0"))


@needs_shared
def test_every_message_of_qbxml_is_known_at_least_by_name() -> None:
    assert {f"{name}Rq" for name in {*REQUESTS, *ONLY_NAMED}} == set(facts())


def test_a_mistake_in_the_table_is_named() -> None:
    with pytest.raises(ValueError, match="Name has the unknown type 'text'"):
        read("Name:text", {})


def test_an_unreadable_piece_of_the_table_is_shown() -> None:
    with pytest.raises(ValueError, match="not understood"):
        read("Name:41! name", {})


def test_the_notation_reads_counts_versions_and_references() -> None:
    name, ship, parent = read("Name:41! ShipToAddress*50@12{ Addr1:41 } ParentRef>209", {})
    assert isinstance(name, Element)
    assert isinstance(ship, Element)
    assert isinstance(parent, Element)
    assert (name.least, name.limit) == (1, 41)
    assert (ship.most, ship.since, ship.kind) == (50, (12, 0), "group")
    assert [inner.name for inner in parent.inside if isinstance(inner, Element)] == ["ListID", "FullName"]


def ret_of(name: str) -> Iterator[dict[str, Any]]:
    """The elements below a kind's Ret, alternatives one after the other."""
    responses = json.loads(shared("facts/qbxml_messages.json").read_text())["responses"]
    message_name = "EntityQueryRs" if name in ENTITIES else f"{name}QueryRs"
    ret = next(node for node in flattened(responses[message_name]["children"]) if node["name"] == f"{name}Ret")
    return flattened(ret["children"])


def flattened(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if node.get("choice"):
            for alternative in node["alternatives"]:
                yield from flattened(alternative)
        elif here(node):
            yield node


@needs_shared
@pytest.mark.parametrize("name", ITEMS)
def test_an_items_ret_has_the_order_and_the_versions_of_the_facts(name: str) -> None:
    facts_of_ret = {node["name"]: node.get("since", "1.0") for node in ret_of(name)}
    known = message(f"{name}Query")
    assert known is not None
    assert KINDS[name].order == tuple(facts_of_ret)
    assert {element: max(known.since, since) for element, since in KINDS[name].since.items()} == {
        element: max(known.since, version_of(since)) for element, since in facts_of_ret.items()
    }
