"""What a new org holds beside its two users: more people, and the stages of its opportunities."""

from apatar.sandbox.salesforce.schema import SObject
from apatar.sandbox.salesforce.state import Row, State

_PEOPLE = (
    ("Maria", "Alvarez", "malva", True), ("Tom", "Becker", "tbeck", True), ("Priya", "Desai", "pdesa", True),
    ("Jon", "Hale", "jhale", True), ("Left", "Leaver", "lleav", False),
)  # fmt: skip
# Stage, probability, category, closed, won: the values of a fresh org.
_STAGES = (
    ("Prospecting", 10, "Pipeline", False, False), ("Qualification", 10, "Pipeline", False, False),
    ("Needs Analysis", 20, "Pipeline", False, False), ("Value Proposition", 50, "Pipeline", False, False),
    ("Id. Decision Makers", 60, "Pipeline", False, False), ("Perception Analysis", 70, "Pipeline", False, False),
    ("Proposal/Price Quote", 75, "Pipeline", False, False), ("Negotiation/Review", 90, "Pipeline", False, False),
    ("Closed Won", 100, "Closed", True, True), ("Closed Lost", 0, "Omitted", True, False),
)  # fmt: skip


def add_samples(state: State, admin: str) -> None:
    """Write the rows, once in an org's life; the last of the people is inactive."""
    if state.setting("samples_added", default=False):
        return
    at = int(state.now())
    shared: Row = {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}
    shared |= {"CreatedById": admin, "LastModifiedById": admin}
    for name, rows in (("User", _people()), ("OpportunityStage", _stages())):
        sobject = state.object(name)
        for row in rows:
            state.write_row(sobject, {**row, **shared, "Id": _fresh_id(state, sobject)})
    state.put_setting("samples_added", value=True)


def _fresh_id(state: State, sobject: SObject) -> str:
    """Return an id that is not taken: those of the org's first users were made without the series of ids."""
    record_id = state.new_id(sobject.prefix)
    while state.row(sobject, record_id) is not None:
        record_id = state.new_id(sobject.prefix)
    return record_id


def _people() -> list[Row]:
    return [
        {
            "Username": f"{alias}@sandbox.example", "Email": f"{alias}@sandbox.example", "FirstName": first,
            "LastName": last, "Name": f"{first} {last}", "Alias": alias, "CommunityNickname": alias,
            "IsActive": int(active), "UserType": "Standard", "LocaleSidKey": "en_US", "EmailEncodingKey": "UTF-8",
            "TimeZoneSidKey": "America/New_York", "LanguageLocaleKey": "en_US",
        }
        for first, last, alias, active in _PEOPLE
    ]  # fmt: skip


def _stages() -> list[Row]:
    return [
        {
            "MasterLabel": name, "ApiName": name, "IsActive": 1, "SortOrder": place, "IsClosed": int(closed),
            "IsWon": int(won), "ForecastCategory": category, "ForecastCategoryName": category,
            "DefaultProbability": probability,
        }
        for place, (name, probability, category, closed, won) in enumerate(_STAGES, 1)
    ]  # fmt: skip
