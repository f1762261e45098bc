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
        known = STATES.get(country or "", {})
        if country is None and (row[f"{stem}State"] or row[f"{stem}StateCode"]):
            label = sobject.fields[f"{stem}State".lower()].label
            raise Refused("FIELD_INTEGRITY_EXCEPTION", f"{_NO_COUNTRY}: {label}", fields=(f"{stem}State",))
        _agree(sobject, row, before, f"{stem}State", known)


def _agree(sobject: SObject, row: Row, before: Row | None, name: str, known: dict[str, str]) -> str | None:
    """Return the code that a name or a code stands for, and write both; the one that was changed decides."""
    code, text = f"{name}Code", row[name]
    changed = before is None or row[code] != before.get(code)
    given = row[code] if changed and row[code] is not None else text
    if changed and row[code] is None and before is not None and text == before.get(name):
        given = None
    found = next(
        (one for one in known.items() if str(given).casefold() in (one[0].casefold(), one[1].casefold())), None
    )
    if given is not None and found is None:
        label = sobject.fields[name.lower()].label
        kind = "Country" if name.endswith("Country") else "State"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", f"{_PROBLEM[kind]}: {label}", fields=(name,))
    row[code], row[name] = found or (None, None)
    return None if found is None else found[0]
