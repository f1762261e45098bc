"""The one form that describes a connection. Its labels are a contract with everyone who wrote them down."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.crypto import salted_hmac

from apatar.connections.credentials import forget_refusal, read_credentials, store_credentials
from apatar.connections.models import ConflictPolicy, Connection, Direction, NamePolicy, SalesforceMethod
from apatar.salesforce.errors import HostRefused
from apatar.salesforce.hosts import HostRule, origin

SECRETS = ("salesforce_password", "security_token", "client_secret", "private_key")
SEALED = (*SECRETS, "client_id")
"""What is kept sealed. The consumer key is no secret: it names the app, and is shown."""
STORED_AS = {"salesforce_password": "password"}
"""Field name → the name under which the secret is sealed, where the two differ."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    SalesforceMethod.PASSWORD: ("salesforce_user", "salesforce_password"),
    SalesforceMethod.CLIENT_CREDENTIALS: ("client_id", "client_secret"),
    SalesforceMethod.JWT: ("salesforce_user", "client_id", "private_key"),
    SalesforceMethod.WEB_SERVER: ("client_id",),
}
"""What each way to log in cannot do without. A token is not needed from a trusted network, so it never is required."""
SALESFORCE_FIELDS = ("method", "salesforce_url", "salesforce_user", *SEALED)
LOGIN_ADDRESS = "https://login.salesforce.com"
MOST_CREATES = 1_000_000
LONGEST_FREQUENCY = 7 * 24 * 60
"""A week, in minutes."""
WAYS = (
    (SalesforceMethod.PASSWORD, "By user name and password"),
    (SalesforceMethod.WEB_SERVER, "Connect with Salesforce"),
    (SalesforceMethod.CLIENT_CREDENTIALS, "Client credentials"),
    (SalesforceMethod.JWT, "JWT bearer"),
)
"""No choice repeats the label of a field: who reaches a field by its label must reach one."""
WORDS = {
    "salesforce_user": "Fill in the user name that logs in to Salesforce.",
    "salesforce_password": "Fill in the password of this Salesforce user.",
    "client_id": "Fill in the consumer key of the app in Salesforce.",
    "client_secret": "Fill in the consumer secret of the app in Salesforce.",
    "private_key": "Paste the private key that belongs to the certificate of the app in Salesforce.",
}


def _secret(label: str, help_text: str = "") -> forms.CharField:
    """A field whose value is never shown again."""
    widget = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=512, strip=True, widget=widget)


def _number_errors(what: str, largest: int) -> dict[str, str]:
    sentence = f"{what} is a whole number from 0 to {largest:,}. Type one, or leave the field empty."
    return dict.fromkeys(("invalid", "min_value", "max_value"), sentence)


class ConnectionForm(forms.Form):
    """Company file, direction, Salesforce login and frequency; an empty secret keeps the stored one."""

    COLUMNS = (
        "company", "direction", "frequency_minutes", "settings_changed_at", "salesforce_method", "salesforce_url",
        "salesforce_user", "sealed_credentials", "sealed_session", "salesforce_problem", "salesforce_checked_at",
        "conflict_policy", "name_policy", "hold_creates", "hold_percent",
    )  # fmt: skip
    """What `apply` may write: the rest of the row belongs to the Web Connector's calls and to the runs."""

    company = forms.CharField(
        label="Company/Organization",
        max_length=512,
        help_text="The name, or the full path, of the QuickBooks company file. "
        r"For example: C:\Users\Public\Documents\Intuit\QuickBooks\Company Files\Rock Castle.qbw",
    )
    direction = forms.ChoiceField(
        label="Direction of synchronization",
        choices=Direction.choices,
        widget=forms.RadioSelect,
        initial=Direction.BOTH,
    )
    method = forms.ChoiceField(
        label="How to log in to Salesforce",
        choices=WAYS,
        widget=forms.RadioSelect,
        initial=SalesforceMethod.PASSWORD,
        required=False,
    )
    salesforce_url = forms.URLField(
        label="Salesforce login address",
        required=False,
        initial=LOGIN_ADDRESS,
        assume_scheme="https",
        max_length=255,
        widget=forms.URLInput(attrs={"list": "login-addresses", "autocomplete": "off"}),
        help_text="For a sandbox: https://test.salesforce.com. "
        "Client credentials need your own address: https://your-company.my.salesforce.com",
    )
    salesforce_user = forms.CharField(
        label="Salesforce user name",
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    salesforce_password = _secret("Salesforce password")
    security_token = _secret(
        "Security token",
        "To get a new one by mail: in Salesforce, Setup > Personal Setup > My Personal Information > "
        "Reset My Security Token.",
    )
    client_id = forms.CharField(
        label="Consumer key",
        required=False,
        max_length=512,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text="From the app in Salesforce: External Client App, Settings, OAuth.",
    )
    client_secret = _secret("Consumer secret")
    private_key = forms.CharField(
        label="Private key",
        required=False,
        max_length=16_384,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
        help_text="It begins with -----BEGIN PRIVATE KEY-----",
    )
    frequency = forms.IntegerField(
        label="Integration Frequency",
        required=False,
        min_value=1,
        max_value=LONGEST_FREQUENCY,
        help_text="In minutes. Leave it empty to set the time in the Web Connector itself (Every_Min).",
    )

    hold_creates = forms.IntegerField(
        label="A run that would create more records than",
        required=False,
        min_value=0,
        max_value=MOST_CREATES,
        help_text="On one side. For example 50. Leave it empty to let every run create what it must.",
        error_messages=_number_errors("A number of records", MOST_CREATES),
    )
    hold_percent = forms.IntegerField(
        label="A run that would change more of the linked records than, in %",
        required=False,
        min_value=0,
        max_value=100,
        help_text="On one side. For example 20. Fewer than five changes never wait. "
        "Leave it empty to let every run change what it must.",
        error_messages=_number_errors("A percentage", 100),
    )
    conflict_policy = forms.ChoiceField(
        label="When both sides changed the same field",
        choices=ConflictPolicy.choices,
        widget=forms.RadioSelect,
        initial=ConflictPolicy.NEWEST,
        required=False,
        help_text="The value that loses is kept in either case.",
    )
    name_policy = forms.ChoiceField(
        label="Names longer than QuickBooks' 41 characters",
        choices=NamePolicy.choices,
        widget=forms.RadioSelect,
        initial=NamePolicy.END,
        required=False,
    )

    def __init__(self, data: Any = None, *, connection: Connection | None = None) -> None:
        self.stored = read_credentials(connection) if connection else {}
        shown = {"client_id": self.stored.get("client_id", "")}
        super().__init__(data, initial={**_initial(connection), **shown} if connection else None)
        for name in SECRETS:
            if self.is_stored(name):
                self.fields[name].help_text = f"Saved. Leave it empty to keep it. {self.fields[name].help_text}".strip()

    def is_stored(self, name: str) -> bool:
        return name in SECRETS and bool(self.stored.get(STORED_AS.get(name, name)))

    def clean_company(self) -> str:
        company: str = self.cleaned_data["company"]
        return company.strip().strip('"')

    def clean_method(self) -> str:
        return str(self.cleaned_data["method"] or SalesforceMethod.PASSWORD)

    def clean_conflict_policy(self) -> str:
        return str(self.cleaned_data["conflict_policy"] or ConflictPolicy.NEWEST)

    def clean_name_policy(self) -> str:
        return str(self.cleaned_data["name_policy"] or NamePolicy.END)

    def clean_salesforce_url(self) -> str:
        """Keep scheme, host and port; refuse hosts that are neither Salesforce's nor allowed by the operator."""
        rule = HostRule.allowing(settings.APATAR_SALESFORCE_HOSTS)
        try:
            return origin(rule.check(self.cleaned_data["salesforce_url"] or LOGIN_ADDRESS))
        except HostRefused as error:
            raise forms.ValidationError(error.sentence) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in NEEDED.get(cleaned.get("method", ""), ()):
            if name not in self.errors and not cleaned.get(name) and not self.is_stored(name):
                self.add_error(name, WORDS[name])
        return cleaned

    @property
    def salesforce_errors(self) -> list[str]:
        """What keeps the Salesforce login from being tried, whatever the rest of the form says."""
        return [str(error) for name in SALESFORCE_FIELDS for error in self.errors.get(name, [])]

    @property
    def changes_login(self) -> bool:
        """Whether the login in the form is another one than the saved one."""
        return not set(SALESFORCE_FIELDS).isdisjoint(self.changed_data)

    def fingerprint(self) -> str:
        """Tell one typed login from another without keeping it: a keyed digest of all its parts."""
        parts = [str(self.cleaned_data.get(name, "")) for name in SALESFORCE_FIELDS]
        return salted_hmac("apatar.connections.tried", json.dumps(parts), algorithm="sha256").hexdigest()

    def apply(self, connection: Connection, *, now: datetime) -> Connection:
        """Put what was typed into the row, which is not saved here; the next run works with it."""
        cleaned = self.cleaned_data
        connection.company = cleaned.get("company", connection.company)
        connection.direction = cleaned.get("direction", connection.direction)
        connection.frequency_minutes = cleaned.get("frequency")
        connection.conflict_policy = cleaned.get("conflict_policy", connection.conflict_policy)
        connection.name_policy = cleaned.get("name_policy", connection.name_policy)
        connection.hold_creates = cleaned.get("hold_creates")
        connection.hold_percent = cleaned.get("hold_percent")
        connection.settings_changed_at = now
        self._apply_login(connection)
        return connection

    def _apply_login(self, connection: Connection) -> None:
        """Seal the login anew only where it changed: storing it drops the session that is open."""
        cleaned = self.cleaned_data
        before = (connection.salesforce_method, connection.salesforce_url, connection.salesforce_user)
        after = (cleaned["method"], cleaned["salesforce_url"], cleaned["salesforce_user"])
        connection.salesforce_method, connection.salesforce_url, connection.salesforce_user = after
        typed = {STORED_AS.get(name, name): cleaned[name] for name in SECRETS if cleaned.get(name)}
        if cleaned.get("client_id", "") not in ("", self.stored.get("client_id")):
            typed["client_id"] = cleaned["client_id"]
        if typed or before != after:
            connection.salesforce_checked_at = None
            store_credentials(connection, typed)
        elif connection.salesforce_problem:
            forget_refusal(connection)


def _initial(connection: Connection) -> dict[str, Any]:
    return {
        "company": connection.company,
        "direction": connection.direction,
        "method": connection.salesforce_method,
        "salesforce_url": connection.salesforce_url,
        "salesforce_user": connection.salesforce_user,
        "frequency": connection.frequency_minutes,
        "hold_creates": connection.hold_creates,
        "hold_percent": connection.hold_percent,
        "conflict_policy": connection.conflict_policy,
        "name_policy": connection.name_policy,
    }
