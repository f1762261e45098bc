"""What a reference must point at, and what must be there only once."""

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.schema import Field, SObject
from apatar.sandbox.salesforce.state import Row, State


def check_reference(state: State, sobject: SObject, link: Field, value: str) -> None:
    """Refuse a reference to a record of another kind, to none, to a deleted one, or to an owner who has left."""
    targets = [state.object(name) for name in link.references if name.lower() in state.schema]
    target = next((one for one in targets if value.startswith(one.prefix)), None)
    if target is None:
        message = f"{link.label}: id value of incorrect type: {value}"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, fields=(link.name,))
    column = "IsDeleted" if target.recycles else "IsActive" if target.name == "User" else "Id"
    found = state.execute(f'SELECT "{column}" FROM "{target.name}" WHERE "Id" = ?', (value,)).fetchone()
    if found is None or (target.recycles and found[0]):
        # Facts 2.4: the same code stands for an unknown, an inaccessible and a deleted record.
        raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=())
    if link.name == "OwnerId" and target.name == "User" and not found[0]:
        message = f"operation performed with inactive user [{value[:15]}] as owner of {sobject.name.lower()}"
        raise Refused("INACTIVE_OWNER_OR_USER", message, fields=())


def check_unique(state: State, sobject: SObject, one: Field, row: Row) -> None:
    alive = ' AND "IsDeleted" = 0' if sobject.recycles else ""
    found = state.execute(
        f'SELECT "Id" FROM "{sobject.name}" WHERE "{one.name}" = ? AND "Id" <> ?{alive} LIMIT 1',
        (row[one.name], row["Id"]),
    ).fetchone()
    if found is not None:
        message = f"duplicate value found: {one.name} duplicates value on record with id: {found[0][:15]}"
        raise Refused("DUPLICATE_VALUE", message, fields=())
