"""What the administrators of an org may have switched on, off by default: rules for saving, currencies, picklists.

Each is an entry of `/sandbox/faults`, or of `org.faults.set(…)`:

- `validation_rules`: `[{"object", "when", "message", "field"?}]`; `when` is a SOQL condition such as
  `Amount < 0 AND StageName = 'Closed Won'`, and a record for which it holds is refused.
- `duplicate_rules`: `[{"object", "fields": […], "allow_save"?, "message"?}]`.
- `required_fields`: `["Account.Region__c"]`: fields that may not be empty, as a required custom field.
- `currencies`: `{"USD": "1", "EUR": "0.92"}`, the first being the corporate one: a multi-currency org.
- `address_picklists`: state and country picklists.
- `saving_flows`: `[{"object", "field", "value", "instead_of"?}]`: a flow that runs before each save and gives the field
  this value, whoever saves; with `instead_of`, only where that stands there.
"""

import re
from typing import Any

from apatar.sandbox.salesforce.currencies import give_currency, keep_rates
from apatar.sandbox.salesforce.duplicates import refuse_duplicate
from apatar.sandbox.salesforce.errors import JsonObject, Refused
from apatar.sandbox.salesforce.places import complete_addresses
from apatar.sandbox.salesforce.schema import SObject, View
from apatar.sandbox.salesforce.soql import parse
from apatar.sandbox.salesforce.soql_sql import Planner
from apatar.sandbox.salesforce.state import Row, State


def required_by_switch(needed: list[str], sobject: SObject) -> list[str]:
    """Return the fields of an object that a switch makes required, by their exact names."""
    split = [full.partition(".") for full in needed]
    named = [sobject.field(name) for owner, _, name in split if owner.lower() == sobject.name.lower()]
    return [one.name for one in named if one is not None]


def complete_by_switch(state: State, switches: JsonObject, sobject: SObject, row: Row, before: Row | None) -> None:
    """Fill in and check what switched-on currencies and address picklists ask of a record."""
    if switches["currencies"] and "CurrencyIsoCode" in row:
        give_currency(state, switches["currencies"], sobject, row)
    if switches["address_picklists"]:
        complete_addresses(sobject, row, before)
    for flow in switches["saving_flows"]:
        _run_flow(flow, sobject, row)


def _run_flow(flow: JsonObject, sobject: SObject, row: Row) -> None:
    one = sobject.field(str(flow["field"])) if str(flow["object"]).lower() == sobject.name.lower() else None
    if one is not None and ("instead_of" not in flow or row.get(one.name) == flow["instead_of"]):
        row[one.name] = flow["value"]


def refuse_by_rule(state: State, switches: JsonObject, sobject: SObject, row: Row, *, allow_duplicates: bool) -> None:
    """Refuse a record, already written in an undoable block, that a validation or a duplicate rule stands against."""
    for rule in switches["validation_rules"]:
        if str(rule["object"]).lower() == sobject.name.lower() and _holds(state, sobject, rule["when"], row):
            named = (str(rule["field"]),) if rule.get("field") else ()
            raise Refused("FIELD_CUSTOM_VALIDATION_EXCEPTION", str(rule["message"]), fields=named)
    for rule in switches["duplicate_rules"]:
        refuse_duplicate(state, rule, sobject, row, save_anyway=allow_duplicates)


def apply_switches(state: State, switches: JsonObject) -> None:
    """Give the org the fields of its switches, and the rows of its currencies."""
    state.load_schema()
    if switches["currencies"]:
        keep_rates(state, switches["currencies"], state.setting("founded")["admin"])
    state.note_change_of_setup()


def check_switch(name: str, value: Any) -> None:
    """Check a switch before it is set; raises ValueError where a rule cannot be read, or a rate is no number."""
    if name == "validation_rules":
        for rule in value:
            _check_keys(rule, "object", "when", "message")
            _check_condition(str(rule["object"]), str(rule["when"]))
    if name == "duplicate_rules":
        for rule in value:
            _check_keys(rule, "object", "fields")
    if name == "saving_flows":
        for flow in value:
            _check_keys(flow, "object", "field", "value")
    if name == "currencies":
        for code, rate in value.items():
            if not isinstance(rate, str) or not re.fullmatch(r"\d+(?:\.\d+)?", rate):
                raise ValueError(f'The rate of {code} must be a number in quotes, such as "0.92".')


def _check_keys(rule: Any, *needed: str) -> None:
    missing = [one for one in needed if not isinstance(rule, dict) or not rule.get(one)]
    if missing:
        raise ValueError(f"A rule lacks {', '.join(missing)}.")


def _check_condition(name: str, condition: str) -> None:
    try:
        parse(f"SELECT Id FROM {name} WHERE {condition}")
    except Refused as refusal:
        raise ValueError(f"The condition of a rule cannot be read: {refusal.message}") from None


def _holds(state: State, sobject: SObject, condition: str, row: Row) -> bool:
    query = parse(f"SELECT Id FROM {sobject.name} WHERE Id = '{row['Id']}' AND ({condition})")
    planner = Planner(state.schema, query, hidden=View(), with_deleted=True, now=state.now())
    plan = planner.rows()
    return state.execute(plan.ids_sql, plan.params).fetchone() is not None
