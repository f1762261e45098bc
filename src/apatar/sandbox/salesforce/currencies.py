"""A multi-currency org: its currencies, and the one that a record gets."""

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.state import Row, State


def keep_rates(state: State, rates: dict[str, str], author: str) -> None:
    """Write the rows of CurrencyType; the first currency is the corporate one."""
    kinds = state.object("CurrencyType")
    state.execute('DELETE FROM "CurrencyType"')
    at = int(state.now())
    for place, (code, rate) in enumerate(rates.items()):
        row: Row = {"Id": state.new_id(kinds.prefix), "IsoCode": code, "DecimalPlaces": 2, "IsActive": 1}
        row |= {"ConversionRate": round(float(rate) * 1_000_000), "IsCorporate": int(place == 0)}
        row |= {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}
        state.write_row(kinds, {**row, "CreatedById": author, "LastModifiedById": author})


def give_currency(rates: dict[str, str], row: Row) -> None:
    """Give a record without a currency the corporate one, and refuse one that the org does not have."""
    code = row["CurrencyIsoCode"] = row["CurrencyIsoCode"] or next(iter(rates))
    if code not in rates:
        message = f"Currency ISO Code: bad value for restricted picklist field: {code}"
        raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=("CurrencyIsoCode",))
