"""Duplicate rules: what an org answers to a record that is there already."""

from typing import Any

from apatar.sandbox.salesforce.errors import JsonObject, Refused
from apatar.sandbox.salesforce.schema import SObject
from apatar.sandbox.salesforce.state import Row, State

_MESSAGE = "You're creating a duplicate record. We recommend you use an existing record instead."


def refuse_duplicate(state: State, rule: dict[str, Any], sobject: SObject, row: Row, *, save_anyway: bool) -> None:
    """Refuse a record whose values of a rule's fields are all those of another living record.

    A rule is `{"object", "fields": […]}`, with `"allow_save": false` where the caller's header must not help, and
    an optional `"message"`.
    """
    allowed = bool(rule.get("allow_save", True))
    if str(rule["object"]).lower() != sobject.name.lower() or (save_anyway and allowed):
        return
    watched = [sobject.field(str(name)) for name in rule["fields"]]
    known = [one for one in watched if one is not None and row.get(one.name) is not None]
    if not known or len(known) < len(watched):
        return
    where = " AND ".join(f'"{one.name}" = ?' for one in known)
    values = tuple(row[one.name] for one in known)
    found = state.rows(sobject, f'{where} AND "Id" <> ? AND "IsDeleted" = 0', (*values, row["Id"]))
    if found:
        message = str(rule.get("message", _MESSAGE))
        raise duplicates_detected(sobject, [str(one["Id"]) for one in found], message=message, allow_save=allowed)


def duplicates_detected(
    sobject: SObject, twins: list[str], *, message: str = _MESSAGE, allow_save: bool = True
) -> Refused:
    """Return a duplicate rule's answer; the key's odd spelling is recorded (rest_400_DUPLICATES_DETECTED_v50)."""
    result = {
        "allowSave": allow_save,
        "duplicateRule": f"{sobject.name}s_DR",
        "duplicateRuleEntityType": sobject.name,
        "errorMessage": message,
        "matchResults": [_match_result(sobject, twins)],
    }
    return Refused("DUPLICATES_DETECTED", message, extra={"duplicateResut": result})


def _match_result(sobject: SObject, twins: list[str]) -> JsonObject:
    return {
        "entityType": sobject.name,
        "errors": [],
        "matchEngine": "ExactMatchEngine",
        "matchRecords": [_match(sobject, one) for one in twins],
        "rule": f"{sobject.name}_MR",
        "size": len(twins),
        "success": True,
    }


def _match(sobject: SObject, twin: str) -> JsonObject:
    url = f"/services/data/v50.0/sobjects/{sobject.name}/{twin}"
    record = {"attributes": {"type": sobject.name, "url": url}, "Id": twin}
    return {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100, "record": record}
