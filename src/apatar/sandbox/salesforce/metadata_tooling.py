"""The Tooling API's part of custom fields: /tooling/sobjects/CustomField, and its own queries (SALESFORCE.md 5.1)."""

import copy
import json
from typing import Any

from apatar.sandbox.salesforce.calls import Call
from apatar.sandbox.salesforce.errors import JsonObject, Refused, not_found
from apatar.sandbox.salesforce.ids import full_id, make_id
from apatar.sandbox.salesforce.metadata_components import Components
from apatar.sandbox.salesforce.metadata_facts import Facts
from apatar.sandbox.salesforce.metadata_permissions import may_customize
from apatar.sandbox.salesforce.querying import Queries
from apatar.sandbox.salesforce.schema import Schema, read_object
from apatar.sandbox.salesforce.state import State
from apatar.sandbox.salesforce.wire import Response, json_response

_OBJECTS = (
    """CustomField 00N Custom_Fields norecycle readonly
    DeveloperName string(80) label:Field_Name
    NamespacePrefix string(15)
    TableEnumOrId string(40)""",
    """CustomObject 01I Custom_Objects norecycle readonly
    DeveloperName string(80) label:Object_Name
    NamespacePrefix string(15)""",
)
_BORN_WITH = 62**4
"""Where the ids of the fields that the sample org is born with begin, far from those of any record."""


def create_field(call: Call) -> Response:
    facts = _facts(call.json_object())
    _components(call).put("CustomField", facts, may_create=True, may_update=False)
    made = {"id": _id_of(call.state, str(facts["fullName"])), "success": True}
    return json_response({**made, "errors": [], "warnings": [], "infos": []}, 201)


def read_field(call: Call, record_id: str) -> Response:
    owner, name = _named(call.state, record_id)
    facts = Components(call.state, call.actor).read("CustomField", f"{owner}.{name}") or {}
    url = f"/services/data/v{call.version}/tooling/sobjects/CustomField/{record_id}"
    shown: JsonObject = {"attributes": {"type": "CustomField", "url": url}, "Id": full_id(record_id)}
    shown |= {"DeveloperName": name.removesuffix("__c"), "TableEnumOrId": _table_id(call.state, owner)}
    return json_response({**shown, "NamespacePrefix": None, "FullName": f"{owner}.{name}", "Metadata": facts})


def update_field(call: Call, record_id: str) -> Response:
    owner, name = _named(call.state, record_id)
    body = {**call.json_object(), "FullName": f"{owner}.{name}"}
    _components(call).put("CustomField", _facts(body), may_create=False, may_update=True)
    return Response(204)


def delete_field(call: Call, record_id: str) -> Response:
    owner, name = _named(call.state, record_id)
    _components(call).delete("CustomField", f"{owner}.{name}")
    return Response(204)


def query(call: Call) -> Response:
    """Answer a query for CustomField or CustomObject; their tables are written anew from what there is."""
    soql = call.request.query.get("q", "")
    beside = copy.copy(call.state)
    beside.schema = _schema()
    for one in beside.schema.values():
        beside.make_table(one)
        beside.execute(f'DELETE FROM "{one.name}"')
    _fill(call.state, beside)
    page = Queries(beside, call.faults).first_page(soql, call.actor, version=call.version)
    text = json.dumps(page).replace(f"/v{call.version}/sobjects/", f"/v{call.version}/tooling/sobjects/")
    shown: JsonObject = {"size": page["totalSize"], "entityTypeName": None, "queryLocator": None}
    return json_response({**shown, **json.loads(text)})


def _components(call: Call) -> Components:
    if not may_customize(call.state, call.actor):
        # Facts 5.2 name the permission; code and text of the refusal are unverified.
        raise Refused("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", status=403)
    return Components(call.state, call.actor)


def _facts(body: JsonObject) -> Facts:
    metadata: Any = body.get("Metadata")
    if not isinstance(metadata, dict) or not body.get("FullName"):
        missing = "FullName" if not body.get("FullName") else "Metadata"
        raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{missing}]", fields=(missing,))
    return {**metadata, "fullName": str(body["FullName"])}


def _schema() -> Schema:
    found = [read_object(text, {}) for text in _OBJECTS]
    return {one.name.lower(): one for one in found}


def _fill(state: State, beside: State) -> None:
    now = int(state.now())
    shared = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
    for owner, name, record_id in _fields(state):
        row = {"Id": record_id, "DeveloperName": name.removesuffix("__c"), "TableEnumOrId": _table_id(state, owner)}
        beside.write_row(beside.object("CustomField"), {**row, **shared})
    for one in state.execute("SELECT * FROM custom_objects").fetchall():
        row = {"Id": one["id"], "DeveloperName": one["name"].removesuffix("__c")}
        beside.write_row(beside.object("CustomObject"), {**row, **shared})


def _fields(state: State) -> list[tuple[str, str, str]]:
    """Return object, name and id of every custom field."""
    made = {
        (one["object"].lower(), one["name"].lower()): str(one["id"])
        for one in state.execute("SELECT * FROM custom_fields").fetchall()
    }
    every = [(o.name, f.name) for o in state.schema.values() for f in o.fields.values() if f.custom]
    return [
        (owner, name, made.get((owner.lower(), name.lower())) or make_id("00N", _BORN_WITH + place))
        for place, (owner, name) in enumerate(every)
    ]


def _id_of(state: State, full_name: str) -> str:
    return next(found for owner, name, found in _fields(state) if f"{owner}.{name}".lower() == full_name.lower())


def _named(state: State, record_id: str) -> tuple[str, str]:
    whole = full_id(record_id)
    found = next(((owner, name) for owner, name, one in _fields(state) if one == whole), None)
    if found is None:
        raise not_found()
    return found


def _table_id(state: State, owner: str) -> str:
    """Return how the Tooling API names a field's object: a standard one by name, a custom one by id."""
    found = state.execute("SELECT id FROM custom_objects WHERE name = ?", (owner,)).fetchone()
    return owner if found is None else str(found["id"])
