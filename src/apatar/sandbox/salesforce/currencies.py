"""A multi-currency org: its currencies, and the one that a record gets."""

from decimal import Decimal

from apatar.sandbox.salesforce.errors import Refused
from apatar.sandbox.salesforce.schema import SObject
from apatar.sandbox.salesforce.state import Row, State


def keep_rates(state: State, rates: dict[str, str], author: str) -> None:
    """Write the rows of CurrencyType, the corporate one first, and give it to every record that has none."""
    kinds = state.object("CurrencyType")
    state.execute('DELETE FROM "CurrencyType"')
    at = int(state.now())
    for place, (code, rate) in enumerate(rates.items()):
        row: Row = {"Id": state.new_id(kinds.prefix), "IsoCode": code, "DecimalPlaces": 2, "IsActive": 1}
        row |= {"ConversionRate": int(Decimal(rate) * 1_000_000), "IsCorporate": int(place == 0)}
        row |= {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}
        state.write_row(kinds, {**row, "CreatedById": author, "LastModifiedById": author})
    for sobject in state.schema.values():
        if "currencyisocode" in sobject.fields:
            sql = f'UPDATE "{sobject.name}" SET "CurrencyIsoCode" = ? WHERE "CurrencyIsoCode" IS NULL'
            state.execute(sql, (next(iter(rates)),))


def give_currency(state: State, rates: dict[str, str], sobject: SObject, row: Row) -> None:
    """Give a detail its master's currency, and another record without one the corporate currency."""
    master = next((one for one in sobject.fields.values() if one.is_detail), None)
    if master is not None and row[master.name] is not None:
        above = state.row(state.object(master.references[0]), str(row[master.name]))
        row["CurrencyIsoCode"] = None if above is None else above["CurrencyIsoCode"]
    code = row["CurrencyIsoCode"] = row["CurrencyIsoCode"] or next(iter(rates))
    if code not in rates:
        message = f"Currency ISO Code: bad value for restricted picklist field: {code}"
        raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, fields=("CurrencyIsoCode",))
