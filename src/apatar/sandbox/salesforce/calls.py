"""One authenticated REST call, and what its handlers share: the org's parts, the caller's view, the body."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apatar.sandbox.salesforce.access import Access
from apatar.sandbox.salesforce.errors import JsonObject, Refused, not_found
from apatar.sandbox.salesforce.faults import FaultBook
from apatar.sandbox.salesforce.querying import Queries
from apatar.sandbox.salesforce.saving import Writer
from apatar.sandbox.salesforce.schema import Schema, SObject
from apatar.sandbox.salesforce.state import Actor, State
from apatar.sandbox.salesforce.wire import Request, Response


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose caller is known; `version` is the API version of its path, such as `68.0`."""

    state: State
    faults: FaultBook
    access: Access
    queries: Queries
    actor: Actor
    version: str
    request: Request
    kept_writer: Writer | None = None

    def object(self, name: str) -> SObject:
        """Return an object as the caller sees it; raises NOT_FOUND."""
        found, view = self.state.schema.get(name.lower()), self.faults.hidden(self.actor)
        if found is None or not view.sees(name):
            raise not_found()
        return found.without(view) if self.kept_writer is None else self.kept_writer.shape(found).visible

    @property
    def schema(self) -> Schema:
        """The objects that the caller sees, as the caller sees them."""
        return self.faults.hidden(self.actor).schema(self.state.schema)

    @property
    def writer(self) -> Writer:
        """The caller's writer; parts of one request may share it, since it remembers what it learns of objects."""
        if self.kept_writer is not None:
            return self.kept_writer
        header = self.request.headers.get("sforce-duplicate-rule-header", "")
        allowed = "allowsave=true" in header.replace(" ", "").lower()
        return Writer(self.state, self.faults, self.actor, allow_duplicates=allowed)

    def json(self) -> Any:
        """Return the body; raises JSON_PARSER_ERROR. Numbers with a point are Decimal."""
        try:
            return json.loads(self.request.body, parse_float=Decimal)
        except ValueError as error:
            raise Refused("JSON_PARSER_ERROR", f"{error}") from None

    def json_object(self) -> JsonObject:
        body = self.json()
        if not isinstance(body, dict):
            raise Refused("JSON_PARSER_ERROR", "Cannot deserialize request body: a JSON object is expected")
        return body


Handler = Callable[..., Response]
