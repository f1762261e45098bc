"""Preparing a Salesforce org: looking at what it has of the org kit, making what it lacks, and taking it all away.

Whoever does it needs the right to change the org's set-up. That is the connected user where it may, else an
administrator, whose login is used for this once and kept nowhere.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django_scopes import scopes_disabled

from apatar.connections.errors import ConnectionProblem
from apatar.connections.models import Connection
from apatar.connections.orgkit import KIT, PERMISSION_SET, kit_object
from apatar.connections.orgkit_components import field_component, object_component, permission_component
from apatar.connections.orgkit_plan import (
    Act,
    Plan,
    Seen,
    Step,
    fields_to_remove,
    grants_in,
    objects_to_remove,
    seen_in_describe,
    seen_in_metadata,
    wanted_grants,
)
from apatar.connections.salesforce import bind_org, open_client, transport_of
from apatar.salesforce import soql
from apatar.salesforce.client import Client
from apatar.salesforce.credentials import Credentials
from apatar.salesforce.errors import NotFound, RequestRefused, SalesforceError
from apatar.salesforce.metadata_api import MOST_COMPONENTS, Component, MetadataClient, MetadataResult
from apatar.salesforce.results import SaveResult
from apatar.salesforce.sessions import InMemoryStore, SessionKeeper
from apatar.salesforce.transport import Timeouts, Transport

NO_PERMISSION_SET = "there is no permission set to assign."
NO_OBJECT = "its object is not there."
NOT_TRIED = "it was not tried, because Salesforce could not be used any more. What is done stays done; prepare again."


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one step, in plain words."""

    step: Step
    ok: bool
    sentence: str


class OrgSetup:
    """The set-up of one org, opened by somebody who may change it or not.

    `user_id` is the connected user, who gets the permission set; `trouble` says why it is unknown.
    """

    def __init__(self, client: Client, connection: Connection, *, user_id: str, trouble: str = "") -> None:
        self._client = client
        self._metadata = MetadataClient(client.caller.source, client.caller.transport)
        self._connection = connection
        self._user_id = user_id
        self._trouble = trouble
        self._over = False

    def look(self) -> Seen:
        """See what of the kit is there: all of it where the session may, else what its user may see.

        Raises SalesforceError.
        """
        try:
            return self._whole_look()
        except RequestRefused as refused:
            return self._narrow_look(refused.sentence)

    def prepare(self, plan: Plan) -> Generator[Done, None, None]:
        """Do what the plan says; every step is answered for, one failure hides no other.

        Whoever closes it half-way leaves the rest to the next preparation.
        """
        try:
            yield from self._make(plan)
        finally:
            forget_schema(self._connection)

    def remove(self) -> Iterator[Done]:
        """Take away what `prepare` makes, with all data in it. Raises SalesforceError before anything is changed."""
        seen = self.look()
        try:
            yield from self._take_away(seen)
        finally:
            forget_schema(self._connection)

    def _whole_look(self) -> Seen:
        found = self._metadata.read("CustomObject", [one.name for one in KIT])
        sets = self._metadata.read("PermissionSet", [PERMISSION_SET])
        return Seen(
            {one.full_name: seen_in_metadata(one) for one in found},
            grants=grants_in(sets[0]) if sets else None,
            assigned=bool(sets and self._user_id and self._assignments(self._user_id)),
        )

    def _narrow_look(self, why: str) -> Seen:
        objects = {}
        for one in KIT:
            try:
                objects[one.name] = seen_in_describe(self._client.describe(one.name))
            except NotFound:
                continue
        return Seen(objects, why_narrow=why)

    def _make(self, plan: Plan) -> Iterator[Done]:
        objects = [kit_object(step.object_name) for step in plan.of(Act.OBJECT)]
        missing: set[str] = set()
        for some in ([one for one in objects if not one.master], [one for one in objects if one.master]):
            steps = [Step(Act.OBJECT, one.name) for one in some]
            for done in self._upserted(steps, [object_component(one) for one in some]):
                missing |= set() if done.ok else {done.step.object_name}
                yield done
        yield from self._make_fields(plan.of(Act.FIELD), missing)
        for step in plan.of(Act.GRANT):
            yield from self._each([step], lambda: self._metadata.upsert([self._permissions()]), "Granted")
        for step in plan.of(Act.ASSIGN):
            yield from self._each([step], self._assign, "Made")

    def _make_fields(self, steps: Sequence[Step], missing: set[str]) -> Iterator[Done]:
        for step in steps:
            if step.object_name in missing:
                yield _failed(step, NO_OBJECT)
        for some in _tens([step for step in steps if step.object_name not in missing]):
            yield from self._upserted(some, [_field_of(step) for step in some])

    def _take_away(self, seen: Seen) -> Iterator[Done]:
        if seen.grants is not None:
            yield from self._each([Step(Act.ASSIGN)], self._unassign, "Removed")
            yield from self._deleted("PermissionSet", [Step(Act.GRANT)], [PERMISSION_SET])
        for some in _tens(fields_to_remove(seen)):
            yield from self._deleted("CustomField", some, [f"{one.object_name}.{one.field_name}" for one in some])
        for these in objects_to_remove(seen):
            yield from self._deleted("CustomObject", these, [one.object_name for one in these])

    def _upserted(self, steps: Sequence[Step], components: Sequence[Component]) -> Iterator[Done]:
        return self._each(steps, lambda: self._metadata.upsert(components), "Created")

    def _deleted(self, kind: str, steps: Sequence[Step], names: Sequence[str]) -> Iterator[Done]:
        return self._each(steps, lambda: self._metadata.delete(kind, names), "Removed")

    def _each(
        self, steps: Sequence[Step], act: Callable[[], Sequence[MetadataResult | SaveResult]], word: str
    ) -> Iterator[Done]:
        """Act once for all the steps; after a failure that is not about them, nothing more is tried."""
        if not steps:
            return
        if self._over:
            yield from (_failed(step, NOT_TRIED) for step in steps)
            return
        try:
            results = act()
        except (SalesforceError, ConnectionProblem) as error:
            self._over = not isinstance(error, RequestRefused | ConnectionProblem)
            yield from (_failed(step, error.sentence) for step in steps)
            return
        yield from (_told(step, result, word) for step, result in zip(steps, results, strict=True))

    def _permissions(self) -> Component:
        """The permission set with everything that is there by now; what others granted in it stays."""
        seen = self._whole_look()
        there = self._metadata.read("PermissionSet", [PERMISSION_SET])
        return permission_component(wanted_grants(seen), there=there[0] if there else None)

    def _assign(self) -> list[SaveResult]:
        if not self._user_id:
            raise ConnectionProblem(self._trouble)
        found = self._ids("PermissionSet", soql.equal("Name", PERMISSION_SET))
        if not found:
            raise ConnectionProblem(NO_PERMISSION_SET)
        if self._assignments(self._user_id):
            return [SaveResult(None, created=False, success=True)]
        row = {"AssigneeId": self._user_id, "PermissionSetId": found[0]}
        return self._client.insert("PermissionSetAssignment", [row])

    def _unassign(self) -> list[SaveResult]:
        """A permission set that somebody still has cannot be removed."""
        refused = [one for one in self._client.delete(self._assignments()) if not one.success]
        return refused[:1] or [SaveResult(None, created=False, success=True)]

    def _assignments(self, user_id: str = "") -> list[str]:
        ours = soql.equal("PermissionSet.Name", PERMISSION_SET)
        return self._ids(
            "PermissionSetAssignment", f"{ours} AND {soql.equal('AssigneeId', user_id)}" if user_id else ours
        )

    def _ids(self, object_name: str, where: str) -> list[str]:
        pages = self._client.query(soql.select(object_name, (), where=where))
        return [str(record["Id"]) for page in pages for record in page.records]


@contextmanager
def open_setup(
    connection: Connection, *, admin: Credentials | None = None, timeouts: Timeouts | None = None
) -> Iterator[OrgSetup]:
    """Open the org's set-up with the connection's own session, or once with an administrator's credentials.

    Raises SalesforceError and ConnectionProblem: of the connection's own login, or of the administrator's.
    """
    with transport_of(timeouts=timeouts) as transport:
        if admin is None:
            client, session = open_client(connection, transport)
            yield OrgSetup(client, connection, user_id=session.user_id)
        else:
            yield _admin_setup(connection, admin, transport)


def forget_schema(connection: Connection) -> None:
    """Let the next run learn what the org offers."""
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(salesforce_schema_at=None)


def _admin_setup(connection: Connection, admin: Credentials, transport: Transport) -> OrgSetup:
    client = Client(SessionKeeper(credentials=admin, transport=transport, store=InMemoryStore()), transport)
    session = client.session()
    user_id, trouble = "", ""
    try:
        user_id = open_client(connection, transport)[1].user_id
    except (SalesforceError, ConnectionProblem) as error:
        trouble = f"the connected user is not known: {error.sentence}"
    if connection.salesforce_org_id:
        bind_org(connection, session)
    return OrgSetup(client, connection, user_id=user_id, trouble=trouble)


def _field_of(step: Step) -> Component:
    one = kit_object(step.object_name)
    return field_component(one, next(wanted for wanted in one.fields if wanted.name == step.field_name))


def _told(step: Step, result: MetadataResult | SaveResult, word: str) -> Done:
    error = result.error if isinstance(result, MetadataResult) else next(iter(result.errors), None)
    if result.success or error is None:
        return Done(step, ok=True, sentence=f"{word} {step.what}.")
    return _failed(step, error.sentence)


def _failed(step: Step, reason: str) -> Done:
    return Done(step, ok=False, sentence=f"Not done, {step.what}: {reason}")


def _tens(steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    for start in range(0, len(steps), MOST_COMPONENTS):
        yield steps[start : start + MOST_COMPONENTS]
