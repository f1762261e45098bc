"""Status codes of QuickBooks as typed outcomes, and as sentences for a bookkeeper."""

import re
from dataclasses import dataclass
from enum import StrEnum

from apatar.qbxml.hresults import Hresult, hresult

__all__ = ["NO_CODE", "Hresult", "Outcome", "Retry", "Status", "hresult"]

NO_CODE = -1
"""Stands for a status code that is missing or no number; it counts as an internal error, never as done."""


class Outcome(StrEnum):
    """What became of one request."""

    OK = "ok"
    NOTHING_FOUND = "nothing found"
    PARTLY_FOUND = "partly found"
    DONE_WITH_WARNING = "done with a warning"
    STALE = "stale"
    NAME_IN_USE = "name in use"
    REFERENCE_MISSING = "reference missing"
    OBJECT_MISSING = "object missing"
    LOCKED = "locked"
    NOT_PROCESSED = "not processed"
    VALUE_REFUSED = "value refused"
    NOT_ALLOWED_NOW = "not allowed now"
    PERMISSION = "permission"
    FEATURE_OFF = "feature off"
    ITERATOR_LOST = "iterator lost"
    PERIOD_CLOSED = "period closed"
    UNSUPPORTED = "unsupported"
    INTERNAL = "internal"
    REFUSED = "refused"


class Retry(StrEnum):
    """Whether sending it again can help. NEVER holds until one of the two records, or a setting, is changed."""

    NEVER = "never"
    NOW = "now"
    LATER = "later"


# The first table: captured, documented, or quoted from production (QBWC facts 4.9). The second: tagged UNVERIFIED
# there, only the meaning is known, by recollection. 3170, 3175, 3176 and 3180 are decided by their text.
_OUTCOMES = {
    0: Outcome.OK,
    1: Outcome.NOTHING_FOUND,
    500: Outcome.PARTLY_FOUND,
    NO_CODE: Outcome.INTERNAL,
    1000: Outcome.INTERNAL,
    1010: Outcome.INTERNAL,
    1030: Outcome.UNSUPPORTED,
    3000: Outcome.OBJECT_MISSING,
    3090: Outcome.VALUE_REFUSED,
    3100: Outcome.NAME_IN_USE,
    3120: Outcome.OBJECT_MISSING,
    3140: Outcome.REFERENCE_MISSING,
    3200: Outcome.STALE,
    3210: Outcome.VALUE_REFUSED,
    3231: Outcome.NOT_PROCESSED,
    3250: Outcome.FEATURE_OFF,
    3260: Outcome.PERMISSION,
    3261: Outcome.PERMISSION,
    3391: Outcome.ITERATOR_LOST,
}
_UNVERIFIED_OUTCOMES = {
    3130: Outcome.REFERENCE_MISSING,
    3160: Outcome.NOT_ALLOWED_NOW,
    3161: Outcome.PERIOD_CLOSED,
    3171: Outcome.PERIOD_CLOSED,
    3173: Outcome.NOT_ALLOWED_NOW,
    3177: Outcome.REFERENCE_MISSING,
    3185: Outcome.NOT_ALLOWED_NOW,
    3220: Outcome.NOT_ALLOWED_NOW,
    3230: Outcome.NOT_PROCESSED,
    3240: Outcome.OBJECT_MISSING,
    3262: Outcome.PERMISSION,
    3270: Outcome.VALUE_REFUSED,
    3280: Outcome.VALUE_REFUSED,
    3290: Outcome.VALUE_REFUSED,
}
_DECIDED_BY_TEXT = frozenset({3170, 3175, 3176, 3180})
_LOCK_TEXTS = (
    "has been modified by another user",
    "internals could not be locked",
    "failed to acquire the lock",
    "list element is in use",
)
_CLOSED_TEXTS = ("closing date", "closed period", "period is closed")
_RETRIES = {
    Outcome.STALE: Retry.NOW,
    Outcome.LOCKED: Retry.NOW,
    Outcome.NOT_PROCESSED: Retry.NOW,
    Outcome.ITERATOR_LOST: Retry.NOW,
    Outcome.INTERNAL: Retry.LATER,
}
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Status:
    """The status of one answer. Severity is `Info`, `Warn` or `Error`."""

    code: int
    severity: str
    message: str

    @property
    def outcome(self) -> Outcome:
        if self.code in _DECIDED_BY_TEXT:
            return self._outcome_by_text()
        known = _OUTCOMES.get(self.code) or _UNVERIFIED_OUTCOMES.get(self.code)
        return known or self._outcome_by_range()

    @property
    def applied(self) -> bool:
        """Whether QuickBooks did what was asked; warnings mean yes (500 to 999: processed, data returned)."""
        return self.outcome in (Outcome.OK, Outcome.DONE_WITH_WARNING, Outcome.PARTLY_FOUND, Outcome.NOTHING_FOUND)

    @property
    def retry(self) -> Retry:
        return _RETRIES.get(self.outcome, Retry.NEVER)

    def sentence(self) -> str:
        """Say in plain words what happened, with the names that QuickBooks put into its message."""
        return _SENTENCES[self.outcome].format(
            name=self._name(), field=self._field(), code=self.code, said=self._said()
        )

    def remedy(self) -> str:
        """Say what to do about it; empty where nothing is to be done."""
        return _REMEDIES.get(self.outcome, "")

    def _outcome_by_text(self) -> Outcome:
        message = self.message.lower()
        if any(text in message for text in _LOCK_TEXTS):
            return Outcome.LOCKED
        if any(text in message for text in _CLOSED_TEXTS):
            return Outcome.PERIOD_CLOSED
        # 3175 and 3176 are lock errors by themselves, whatever their text (library, not captured).
        return Outcome.LOCKED if self.code in (3175, 3176) else Outcome.REFUSED

    def _outcome_by_range(self) -> Outcome:
        if self.code < 500:
            return Outcome.OK
        if self.code < 1000:
            return Outcome.DONE_WITH_WARNING
        if self.code < 2000:
            return Outcome.INTERNAL if self.code != 1060 else Outcome.VALUE_REFUSED
        if self.code < 3000:
            return Outcome.UNSUPPORTED
        return (
            Outcome.VALUE_REFUSED
            if self.code < 3100 or self.code in (3110, 3150, 3151, 3153, 3190)
            else Outcome.REFUSED
        )

    def _name(self) -> str:
        """Return the name or value that the message quotes first, in quotation marks, or a plain word."""
        quoted = _QUOTED.findall(self.message)
        value_second = self.code == 3210 and len(quoted) > 1
        return f"“{quoted[1 if value_second else 0]}”" if quoted else "a value"

    def _field(self) -> str:
        quoted = _QUOTED.findall(self.message)
        if self.code == 3210 and quoted:
            return f" for {quoted[0]}"
        return f" for {quoted[1]}" if len(quoted) > 1 else ""

    def _said(self) -> str:
        """Return QuickBooks' own explanation, one space between words."""
        own = self.message.rpartition("QuickBooks error message:")[2] or self.message
        return " ".join(own.split()) or "no reason"


_SENTENCES = {
    Outcome.OK: "QuickBooks did it.",
    Outcome.NOTHING_FOUND: "QuickBooks found nothing that matches.",
    Outcome.PARTLY_FOUND: "QuickBooks did not find {name}.",
    Outcome.DONE_WITH_WARNING: "QuickBooks did it, with a remark: {said}",
    Outcome.STALE: "Somebody changed this record in QuickBooks meanwhile.",
    Outcome.NAME_IN_USE: (
        "QuickBooks already uses the name {name}; customers, vendors, employees and other names share one set of names."
    ),
    Outcome.REFERENCE_MISSING: "QuickBooks has no {name}, which this record points to.",
    Outcome.OBJECT_MISSING: "This record is no longer in QuickBooks ({name}).",
    Outcome.LOCKED: "Somebody has this record or its list open in QuickBooks.",
    Outcome.NOT_PROCESSED: "QuickBooks did not get to this record, because an earlier one failed.",
    Outcome.VALUE_REFUSED: "QuickBooks does not accept {name}{field}: {said}",
    Outcome.NOT_ALLOWED_NOW: "QuickBooks does not allow this: {said}",
    Outcome.PERMISSION: "QuickBooks does not let this application do that.",
    Outcome.FEATURE_OFF: "This needs a feature that is off, or that this edition of QuickBooks lacks.",
    Outcome.ITERATOR_LOST: "QuickBooks lost its place while reading.",
    Outcome.PERIOD_CLOSED: "The books are closed for the date of this record.",
    Outcome.UNSUPPORTED: "This version of QuickBooks can't do that.",
    Outcome.INTERNAL: "QuickBooks had an internal error: {said}",
    Outcome.REFUSED: "QuickBooks refused this record (code {code}): {said}",
}
_REMEDIES = {
    Outcome.STALE: "Nothing to do: the two versions are merged and sent again.",
    Outcome.NAME_IN_USE: "If both are the same, give them exactly the same name; otherwise change one of the names.",
    Outcome.REFERENCE_MISSING: "Create it in QuickBooks, or choose another in the record, then try again.",
    Outcome.OBJECT_MISSING: "If it was deleted on purpose, delete it in Salesforce too; otherwise enter it again.",
    Outcome.LOCKED: "Nothing to do: it is sent again. If it stays, close the record's window in QuickBooks.",
    Outcome.NOT_PROCESSED: "Nothing to do: it is sent again.",
    Outcome.VALUE_REFUSED: "Change the value in Salesforce; it is then tried again by itself.",
    Outcome.NOT_ALLOWED_NOW: "Open the record in QuickBooks, and settle there what stands in the way.",
    Outcome.PERMISSION: (
        "In QuickBooks, as administrator: Edit > Preferences > Integrated Applications > Company Preferences; give "
        "“QuickBooks and SalesForce synchronization” access."
    ),
    Outcome.FEATURE_OFF: "Turn the feature on in QuickBooks (Edit > Preferences).",
    Outcome.ITERATOR_LOST: "Nothing to do: reading starts again.",
    Outcome.PERIOD_CLOSED: "Date the record after the closing date, or let the administrator move that date.",
    Outcome.UNSUPPORTED: "Update QuickBooks.",
    Outcome.INTERNAL: "It is tried again later. If it stays, restart QuickBooks and verify the company file.",
    Outcome.REFUSED: "Open the record in QuickBooks and try the same change there: it says more about the reason.",
}
