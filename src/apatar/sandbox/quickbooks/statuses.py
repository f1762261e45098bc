"""The status codes that this company file answers with, and their texts.

Facts: QBWC section 4.9. The texts of 3035 to 3065, 3085, 3130, 3160 to 3171, 3230, 3270 and 3280 are unverified: only
the meaning is known.
"""

INFO, WARN, ERROR = "Info", "Warn", "Error"

_NO_RECORD = "QuickBooks error message: Invalid argument.  The specified record does not exist in the list."

_TEXTS = {
    0: "Status OK",
    1: "A query request did not find a matching object in QuickBooks",
    500: 'The query request has not been fully completed. There was a required element ("{value}") that could not be '
    "found in QuickBooks.",
    530: 'The field "{field}" is not supported by this implementation.',
    570: 'Unable to link to transaction "{value}" because it has already been closed.',
    1000: "There has been an internal error when processing the request.",
    1030: "This request is not supported by this implementation.",
    1060: 'The request ID "{value}" is invalid, possibly too long, max 50 chars.',
    3000: 'The given object ID "{value}" in the field "{field}" is invalid.',
    3010: 'There was an error when converting the boolean value "{value}" in the field "{field}"',
    3020: 'There was an error when converting the date value "{value}" in the field "{field}"',
    3030: "Invalid date range: From date is greater than To date.",
    3031: 'The "From" or "To" values in the provided {field} are invalid.',
    3035: 'There was an error when converting the time interval "{value}" in the field "{field}".',
    3040: 'There was an error when converting the amount "{value}" in the field "{field}".',
    3045: 'There was an error when converting the price "{value}" in the field "{field}".',
    3050: 'There was an error when converting the percent "{value}" in the field "{field}".',
    3060: 'There was an error when converting the quantity "{value}" in the field "{field}".',
    3065: 'There was an error when converting the GUID "{value}" in the field "{field}".',
    3070: 'The string "{value}" in the field "{field}" is too long.',
    3085: 'There was an error when converting the number "{value}" in the field "{field}".',
    3090: 'There was an error when storing "{value}" in the "{field}" field.  QuickBooks error message: {text}',
    3100: 'The name "{value}" of the list element is already in use.',
    3120: 'Object "{value}" specified in the request cannot be found.  ' + _NO_RECORD,
    3130: 'There was an invalid parent reference "{value}" in the {field}.',
    3140: 'There is an invalid reference to QuickBooks {field} "{value}" in the {text}.  ' + _NO_RECORD,
    3150: 'There is a missing element: "{value}".',
    3160: 'Cannot delete the object specified by the id = "{value}".  QuickBooks error message: {text}',
    3161: 'Cannot delete the object specified by the id = "{value}": it is dated on or before the closing date.',
    3171: 'The transaction "{value}" is dated on or before the closing date.',
    3180: 'There was an error when saving a {field} list, element "{value}".  QuickBooks error message: {text}',
    3190: "Cannot clear the element in the {field} field. ",
    3200: 'The provided edit sequence "{value}" is out-of-date. ',
    3210: 'The "{field}" field has an invalid value "{value}".  QuickBooks error message: {text}',
    3230: "The request has been rolled back.",
    3231: "The request has not been processed.",
    3250: "This feature is not enabled or not available in this version of QuickBooks.",
    3270: 'There is a missing posting account: "{field}".',
    3280: 'The item "{value}" cannot be used on a line of the {field}.',
    3391: 'The iteratorID "{value}" is not valid.',
}

# QuickBooks' own words for a colon in a name (captured with status 3090).
COLON = (
    "Names in this list cannot contain a colon.  The colon is a special character used to indicate a parent/child "
    "relationship."
)
IN_USE = "This list element is in use and cannot be deleted."


class Refused(Exception):
    """One request cannot be done: `code` and `message` go into its answer; `ret` only with 3200."""

    def __init__(self, code: int, *, value: str = "", field: str = "", text: str = "", ret: str = "") -> None:
        self.code = code
        self.message = status_text(code, value=value, field=field, text=text)
        self.ret = ret
        super().__init__(f"{code} {self.message}")


def status_text(code: int, *, value: str = "", field: str = "", text: str = "") -> str:
    return _TEXTS[code].format(value=value, field=field, text=text)


def severity(code: int) -> str:
    """Ranges of QBWC section 4.9: below 500 Info, below 1000 Warn."""
    if code < 500:
        return INFO
    return WARN if code < 1000 else ERROR
