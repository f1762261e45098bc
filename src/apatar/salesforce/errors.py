"""What can go wrong between us and Salesforce.

SalesforceError
├── HostRefused            the address is neither Salesforce's nor allowed by the operator: nothing was sent
├── NotReached             no connection came about: nothing was sent, a repeat is safe
├── NotAnswered            the request went out and no usable answer came back
│   └── OutcomeUnknown     … and it may have changed data: look before you repeat
├── NotUnderstood          the answer is not what the documentation promises
├── LoginRefused           the credentials, the user, the application or the org stand in the way
│   └── LoginPaused        a login failed a short while ago: nothing was sent
├── SessionRefused         a brand-new session was refused as well
├── LimitReached           the daily or the concurrent limit of the org, or our own share of it
├── RequestRefused         Salesforce understood the request and refused it (`code` is Salesforce's own)
│   ├── NotFound           the record, object or address does not exist, or no longer
│   ├── SeveralMatch       more than one record carries the external id
│   └── DuplicatesDetected a duplicate rule objects (`matches` are the ids it names)
├── BulkJobFailed          a bulk job ended in Failed or Aborted
└── NotExpressible         a value cannot be written in the format asked for: nothing was sent
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apatar.salesforce.results import SaveResult


class SalesforceError(Exception):
    """Salesforce could not be used. Try again later."""

    permanent = False
    outcome_unknown = False
    retry_after: timedelta | None = None

    def __init__(
        self,
        sentence: str = "",
        *,
        code: str = "",
        detail: str = "",
        status: int | None = None,
        permanent: bool | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        """Take the sentence for people, Salesforce's own `code` and words (`detail`), never a secret."""
        self.sentence = sentence or type(self).__doc__ or ""
        super().__init__(self.sentence)
        self.code = code
        self.detail = detail
        self.status = status
        self.permanent = type(self).permanent if permanent is None else permanent
        self.retry_after = retry_after or type(self).retry_after
        self.done: tuple[SaveResult, ...] = ()
        self.unsure = 0

    def after(self, done: tuple[SaveResult, ...], *, sent: int) -> SalesforceError:
        """Note what earlier calls of one long write did.

        The records `[:len(done)]` have certain results; where the outcome is unknown, so are the next `unsure`
        records; whatever follows was not sent.
        """
        self.done = done
        self.unsure = sent if self.outcome_unknown else 0
        return self


class HostRefused(SalesforceError):
    """This address does not belong to Salesforce. Correct it, or ask the operator to allow the host."""

    permanent = True


class NotReached(SalesforceError):
    """Salesforce could not be reached. Check the internet connection and the address; we try again by ourselves."""

    retry_after = timedelta(minutes=1)


class NotAnswered(SalesforceError):
    """Salesforce gave no usable answer. It may be busy or in maintenance; we try again by ourselves."""

    retry_after = timedelta(minutes=1)


class OutcomeUnknown(NotAnswered):
    """A change was sent to Salesforce and not answered. We look whether it arrived before we send it again."""

    outcome_unknown = True


class NotUnderstood(SalesforceError):
    """Salesforce answered in a form that we do not know. Check that the address is that of a Salesforce org."""

    permanent = True


class LoginRefused(SalesforceError):
    """Salesforce refused the login. Check the credentials in the form."""

    permanent = True


class LoginPaused(LoginRefused):
    """The last login failed a short while ago. We wait before the next one, so that nobody is locked out."""

    permanent = False


class SessionRefused(SalesforceError):
    """Salesforce refused a session that it had just opened. Ask the administrator whether the user may use the API."""

    retry_after = timedelta(minutes=5)


class LimitReached(SalesforceError):
    """The limit of API calls of this Salesforce org is used up. We go on when it frees up."""

    retry_after = timedelta(hours=1)


class RequestRefused(SalesforceError):
    """Salesforce refused the request."""

    permanent = True
    fields: tuple[str, ...] = ()


class NotFound(RequestRefused):
    """The record does not exist in Salesforce, or not any more."""


class SeveralMatch(RequestRefused):
    """Several Salesforce records carry the same external id. Remove it from all but one of them."""


class DuplicatesDetected(RequestRefused):
    """A duplicate rule of Salesforce sees this record as a duplicate. Link it with the record that is there."""

    matches: tuple[str, ...] = ()


class BulkJobFailed(SalesforceError):
    """Salesforce gave up on a bulk job."""

    permanent = True


class NotExpressible(SalesforceError):
    """A value cannot be sent to Salesforce in this form."""

    permanent = True
