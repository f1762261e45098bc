"""State and country picklists: addresses take only known countries and states, by name or by code."""

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.schema import SObject
from apatar.sandbox.salesforce.state import Row
from apatar.sandbox.salesforce.switched_fields import address_stems

COUNTRIES = {
    "US": "United States", "CA": "Canada", "MX": "Mexico", "GB": "United Kingdom", "IE": "Ireland", "DE": "Germany",
    "FR": "France", "ES": "Spain", "IT": "Italy", "NL": "Netherlands", "AU": "Australia", "NZ": "New Zealand",
}  # fmt: skip
STATES = {
    "US": {
        "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
        "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
        "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
        "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts",
        "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana",
        "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
        "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma",
        "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
        "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington",
        "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
    },
    "CA": {
        "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick",
        "NL": "Newfoundland and Labrador", "NS": "Nova Scotia", "ON": "Ontario", "PE": "Prince Edward Island",
        "QC": "Quebec", "SK": "Saskatchewan",
    },
}  # fmt: skip
_PROBLEM = {
    "Country": "There's a problem with this country, even though it may appear correct. Please select a "
    "country/territory from the list of valid countries.",
    "State": "There's a problem with this state, even though it may appear correct. Please select a state from the "
    "list of valid states.",
}
_NO_COUNTRY = "A country/territory must be specified before specifying a state value for field"


def complete_addresses(sobject: SObject, row: Row, before: Row | None) -> None:
    """Let names and codes of states and countries agree; raises FIELD_INTEGRITY_EXCEPTION for what is not known."""
    for stem in address_stems(sobject):
        country = _agree(sobject, row, before, f"{stem}Country", COUNTRIES)
        if country is None:
            _clear_state(sobject, row, before, stem)
        else:
            _agree(sobject, row, before, f"{stem}State", STATES.get(country, {}))


def _clear_state(sobject: SObject, row: Row, before: Row | None, stem: str) -> None:
    """Let a state go with its country; one that is written without a country is refused."""
    state, code = f"{stem}State", f"{stem}StateCode"
    if any(row[name] is not None and row[name] != (before or {}).get(name) for name in (state, code)):
        label = sobject.fields[state.lower()].label
        raise Refused("FIELD_INTEGRITY_EXCEPTION", f"{_NO_COUNTRY}: {label}", fields=(state,))
    row[state] = row[code] = None


def _agree(sobject: SObject, row: Row, before: Row | None, name: str, known: dict[str, str]) -> str | None:
    """Return the code that a name or a code stands for, and write both; the one that was changed decides."""
    code, was = f"{name}Code", before or {}
    text_changed, code_changed = row[name] != was.get(name), row[code] != was.get(code)
    if not text_changed and not code_changed:
        return None if row[code] is None else str(row[code])
    given = row[name] if text_changed and (row[code] is None or not code_changed) else row[code]
    if given is None:
        row[code] = row[name] = None
        return None
    row[code], row[name] = found = _place(sobject, name, str(given), known)
    return found[0]


def _place(sobject: SObject, name: str, given: str, known: dict[str, str]) -> tuple[str, str]:
    folded = given.casefold()
    for code, text in known.items():
        if folded in (code.casefold(), text.casefold()):
            return code, text
    kind = "Country" if name.endswith("Country") else "State"
    label = sobject.fields[name.lower()].label
    raise Refused("FIELD_INTEGRITY_EXCEPTION", f"{_PROBLEM[kind]}: {label}", fields=(name,))
