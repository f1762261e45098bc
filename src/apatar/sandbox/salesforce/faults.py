"""What can be made to go wrong, or be switched, in this org; kept with it, so that a restart changes nothing."""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from apatar.sandbox.salesforce.duplicates import duplicates_detected
from apatar.sandbox.salesforce.errors import JsonObject, Refused
from apatar.sandbox.salesforce.metadata_permissions import view_of
from apatar.sandbox.salesforce.schema import SObject, View
from apatar.sandbox.salesforce.state import Actor, Row, State
from apatar.sandbox.salesforce.switched_fields import SHAPING
from apatar.sandbox.salesforce.switches import apply_switches, check_switch
from apatar.sandbox.salesforce.wire import Request, Response


@dataclass(slots=True)
class Faults:
    """Switches of the org, and counters that run down to nought; the operator's own user meets none of them.

    `unavailable`, `cut_before`, `cut_after`, `hold` count requests that `only_method` and `only_path` (a part of the
    path) let through; `hold_seconds` is how long a held request waits before it is handled, or, with `hold_after`,
    after it.
    `locked_rows` maps an id to how many writes it refuses (-1: all). `duplicate_rule` is `{"object", "field"}`;
    `validation_rule` is `{"object", "message"}` with an optional `"field"` and `"value"` that trigger it.
    What follows `clock_offset` is told in `switches.py`.
    """

    unavailable: int = 0
    cut_before: int = 0
    cut_after: int = 0
    hold: int = 0
    hold_seconds: float = 0.0
    hold_after: bool = False
    only_method: str = ""
    only_path: str = ""
    locked_rows: dict[str, int] = field(default_factory=dict)
    request_limit: bool = False
    concurrent_limit: int = 0
    daily_limit: int = 15_000
    visibility_delay: float = 0.0
    duplicate_rule: dict[str, str] = field(default_factory=dict)
    validation_rule: dict[str, Any] = field(default_factory=dict)
    hidden_fields: list[str] = field(default_factory=list)
    deleted_names_stay: bool = False
    token_rotation: bool = True
    soap_login: bool = True
    user_locked: bool = False
    password_expired: bool = False
    user_approved: bool = True
    run_as_user: bool = True
    api_access: bool = True
    bulk_polls: int = 1
    page_size: int = 2_000
    clock_offset: float = 0.0
    validation_rules: list[dict[str, Any]] = field(default_factory=list)
    duplicate_rules: list[dict[str, Any]] = field(default_factory=list)
    required_fields: list[str] = field(default_factory=list)
    currencies: dict[str, str] = field(default_factory=dict)
    address_picklists: bool = False
    saving_flows: list[dict[str, Any]] = field(default_factory=list)


class FaultBook:
    """The faults of one org: read at every request, changed through the admin address or in the same process."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.in_force = Faults(**state.setting("faults", {}))
        self.switches = self._switched_on()

    def set(self, **changes: Any) -> None:
        """Change some faults; raises ValueError for a name or a kind of value that does not exist."""
        known = {one.name for one in fields(Faults)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"There is no fault called {name}. Known: {', '.join(sorted(known))}.")
            if not _fits(value, getattr(Faults(), name)):
                raise ValueError(f"{name} takes a {type(getattr(Faults(), name)).__name__}.")
            check_switch(name, value)
            setattr(self.in_force, name, value)
        self._save()
        if set(SHAPING) & set(changes):
            apply_switches(self._state, self.as_json())

    def reset(self) -> None:
        reshaped = any(getattr(self.in_force, name) for name in SHAPING)
        self.in_force = Faults()
        self._save()
        if reshaped:
            apply_switches(self._state, self.as_json())

    def as_json(self) -> JsonObject:
        return asdict(self.in_force)

    def take(self, counter: str, request: Request) -> bool:
        """Use up one of a counter's requests, if it has any left and this request is one it is meant for."""
        now = self.in_force
        left = getattr(now, counter)
        if not left or now.only_path not in request.target or now.only_method not in ("", request.method):
            return False
        setattr(now, counter, left - 1)
        self._save()
        return True

    def hidden(self, actor: Actor) -> View:
        """Return what permissions keep from someone, and what the switch for hidden fields does besides."""
        view = view_of(self._state, actor)
        if actor.is_operator or not self.in_force.hidden_fields:
            return view
        return replace(view, hidden=view.hidden | {one.lower() for one in self.in_force.hidden_fields})

    def check_row(self, actor: Actor, sobject: SObject, row: Row, *, allow_duplicates: bool) -> None:
        """Refuse a write that a lock, a validation rule or a duplicate rule stands against."""
        if actor.is_operator:
            return
        self._check_lock(row)
        self._check_validation(sobject, row)
        if not allow_duplicates:
            self._check_duplicates(sobject, row)

    def check_lock(self, actor: Actor, row: Row) -> None:
        if not actor.is_operator:
            self._check_lock(row)

    def _check_lock(self, row: Row) -> None:
        record_id = str(row["Id"])
        left = self.in_force.locked_rows.get(record_id, 0)
        if not left:
            return
        if left > 0:
            self.in_force.locked_rows[record_id] = left - 1
        message = f"unable to obtain exclusive access to this record or 1 records: {record_id[:15]}"
        raise Refused("UNABLE_TO_LOCK_ROW", message, fields=())

    def _check_validation(self, sobject: SObject, row: Row) -> None:
        rule = self.in_force.validation_rule
        if not rule or rule["object"].lower() != sobject.name.lower():
            return
        if "field" in rule and row.get(rule["field"]) != rule.get("value"):
            return
        named = (rule["field"],) if "field" in rule else ()
        raise Refused("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule["message"], fields=named)

    def _check_duplicates(self, sobject: SObject, row: Row) -> None:
        rule = self.in_force.duplicate_rule
        watched = sobject.field(rule["field"]) if rule and rule["object"].lower() == sobject.name.lower() else None
        if watched is None or row.get(watched.name) is None:
            return
        twins = [one for one in self._state.living(sobject, watched, row[watched.name]) if one["Id"] != row["Id"]]
        if twins:
            raise duplicates_detected(sobject, [str(one["Id"]) for one in twins])

    def _save(self) -> None:
        self._state.put_setting("faults", self.as_json())
        self.switches = self._switched_on()

    def _switched_on(self) -> JsonObject:
        """Return the administrators' switches, or nothing at all where every one of them is off."""
        names = ("validation_rules", "duplicate_rules", "saving_flows", *SHAPING)
        found = {name: getattr(self.in_force, name) for name in names}
        return found if any(found.values()) else {}


def answer_admin(book: FaultBook, request: Request) -> Response:
    """Serve /sandbox/faults: GET shows, POST changes some (`"reset": true` first clears all), DELETE clears all."""
    try:
        changes = json.loads(request.body or b"{}")
        if request.method == "DELETE" or changes.pop("reset", False):
            book.reset()
        book.set(**changes)
    except (ValueError, AttributeError, TypeError) as error:
        return Response(400, f"{error}\n".encode(), {"Content-Type": "text/plain;charset=UTF-8"})
    return Response(200, json.dumps(book.as_json()).encode(), {"Content-Type": "application/json"})


def _fits(value: Any, model: Any) -> bool:
    if isinstance(model, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(model, bool)
    return isinstance(value, int | float) if isinstance(model, float) else isinstance(value, type(model))
