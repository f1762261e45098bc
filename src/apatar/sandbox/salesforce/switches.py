"""What the administrators of an org may have switched on, off by default: rules for saving, currencies, picklists.

Each is an entry of `/sandbox/faults`, or of `org.faults.set(…)`:

- `validation_rules`: `[{"object", "when", "message", "field"?}]`; `when` is a SOQL condition such as
  `Amount < 0 AND StageName = 'Closed Won'`, and a record for which it holds is refused.
- `duplicate_rules`: `[{"object", "fields": […], "allow_save"?, "message"?}]`.
- `required_fields`: `["Account.Region__c"]`: fields that may not be empty, as a required custom field.
- `currencies`: `{"USD": "1", "EUR": "0.92"}`, the first being the corporate one: a multi-currency org.
- `address_picklists`: state and country picklists.
"""

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


def complete_by_switch(switches: JsonObject, sobject: SObject, row: Row, before: Row | None) -> None:
    """Fill in and check what switched-on currencies and address picklists ask of a record."""
    if switches["currencies"] and "CurrencyIsoCode" in row:
        give_currency(switches["currencies"], row)
    if switches["address_picklists"]:
        complete_addresses(sobject, row, before)


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


def _holds(state: State, sobject: SObject, condition: str, row: Row) -> bool:
    query = parse(f"SELECT Id FROM {sobject.name} WHERE Id = '{row['Id']}' AND ({condition})")
    planner = Planner(state.schema, query, hidden=View(), with_deleted=True, now=state.now())
    plan = planner.rows()
    return state.execute(plan.ids_sql, plan.params).fetchone() is not None
