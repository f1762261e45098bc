"""Rows of a connection: one Salesforce org paired with one QuickBooks company file."""

import secrets
import uuid
from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from apatar.accounts.models import Person, Workspace


class Direction(models.TextChoices):
    """The three choices of the form (PRODUCT.md, the journey)."""

    TO_QUICKBOOKS = "to-quickbooks", "Salesforce → QuickBooks"
    TO_SALESFORCE = "to-salesforce", "QuickBooks → Salesforce"
    BOTH = "both", "Both ways"


class SalesforceMethod(models.TextChoices):
    """How the service logs in to Salesforce."""

    PASSWORD = "password", "User name, password and security token"
    WEB_SERVER = "web-server", "Connect with Salesforce"
    CLIENT_CREDENTIALS = "client-credentials", "Client credentials"
    JWT = "jwt", "JWT bearer"


class ConflictPolicy(models.TextChoices):
    """Who wins where both sides changed a shared field."""

    NEWEST = "newest", "The newer change wins"
    ASK = "ask", "Ask me"


class NamePolicy(models.TextChoices):
    """How a name longer than QuickBooks' 41 characters is shortened."""

    END = "end", "Cut the end"
    MIDDLE = "middle", "Cut the middle"
    SUFFIX = "suffix", "Cut the end and add a short mark"


def new_webconnector_user() -> str:
    return f"apatar-{secrets.token_hex(5)}"


class Connection(models.Model):
    """What one form describes, and what the service has seen of it since."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="connections")
    owner = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        related_name="connections",
        help_text="Whose On-Demand password the Web Connector gives.",
    )
    namespace = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    company = models.CharField(max_length=512)
    direction = models.CharField(max_length=16, choices=Direction.choices, default=Direction.BOTH)
    frequency_minutes = models.PositiveIntegerField(null=True, blank=True)
    settings_changed_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    sync_asked_at = models.DateTimeField(null=True, blank=True)
    dry_run_asked_at = models.DateTimeField(null=True, blank=True, help_text="The next run shows its plan only.")
    first_released_at = models.DateTimeField(
        null=True, blank=True, help_text="When a person first released a plan; until then every run only shows."
    )
    hold_creates = models.PositiveIntegerField(
        null=True, blank=True, help_text="A run that would create more records than this waits for a release."
    )
    hold_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="A run that would change more of the linked records, in percent, waits too."
    )
    conflict_policy = models.CharField(max_length=8, choices=ConflictPolicy.choices, default=ConflictPolicy.NEWEST)
    name_policy = models.CharField(max_length=8, choices=NamePolicy.choices, default=NamePolicy.END)

    salesforce_method = models.CharField(
        max_length=20, choices=SalesforceMethod.choices, default=SalesforceMethod.PASSWORD
    )
    salesforce_url = models.URLField(max_length=255, default="https://login.salesforce.com")
    salesforce_user = models.CharField(max_length=255, blank=True)
    sealed_credentials = models.TextField(blank=True, help_text="Sealed by the vault, bound to this row.")
    sealed_session = models.TextField(blank=True, help_text="Sealed by the vault, bound to this row.")
    login_lease_until = models.DateTimeField(null=True, blank=True, help_text="Somebody is logging in until then.")
    salesforce_problem = models.TextField(blank=True, help_text="Why the last login failed, in plain words.")
    salesforce_org_id = models.CharField(max_length=18, blank=True, help_text="The org bound to this connection.")
    salesforce_org_name = models.CharField(max_length=255, blank=True)
    salesforce_schema = models.JSONField(default=dict, help_text="What the org's describe offers, by object.")
    salesforce_schema_at = models.DateTimeField(null=True, blank=True)
    salesforce_types = models.JSONField(
        default=dict, blank=True, help_text="What the org's describe says about each field, for the map: label, type, …"
    )
    quickbooks_fields = models.JSONField(
        default=dict, blank=True, help_text="Names of the custom fields that QuickBooks has shown, by object."
    )
    tables = models.JSONField(
        default=dict,
        blank=True,
        help_text="Look-up tables read from both sides: currencies, sales reps, the standard price book",
    )
    map_number = models.PositiveIntegerField(default=0, help_text="The version of the map in use; 0 is the defaults.")
    salesforce_checked_at = models.DateTimeField(null=True, blank=True)

    webconnector_user = models.CharField(max_length=64, unique=True, default=new_webconnector_user)
    webconnector_proof = models.CharField(
        max_length=64, blank=True, help_text="HMAC of the machine-made password; empty: the owner's password counts."
    )
    file_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    company_name = models.CharField(max_length=255, blank=True, help_text="The company bound to this connection.")
    company_path = models.CharField(max_length=512, blank=True)
    company_machine = models.CharField(max_length=64, blank=True)
    former_places = models.JSONField(
        default=list, blank=True, help_text="Where the company file was open before: path, PC, until when."
    )
    quickbooks_product = models.CharField(max_length=255, blank=True)
    qbxml_version = models.CharField(max_length=5, blank=True)

    decided_with = models.CharField(
        max_length=64, blank=True, help_text="Digest of the choices and the map that the last decisions were made with."
    )

    qwc_downloaded_at = models.DateTimeField(null=True, blank=True)
    first_call_at = models.DateTimeField(null=True, blank=True)
    last_call_at = models.DateTimeField(null=True, blank=True)
    call_before_last_at = models.DateTimeField(null=True, blank=True)
    alarmed_at = models.DateTimeField(null=True, blank=True, help_text="When its silence was reported by mail.")
    last_refusal = models.TextField(blank=True, help_text="Why the last call was turned away, in plain words.")

    objects: ClassVar[models.Manager["Connection"]] = ScopedManager(workspace="workspace")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.company


def seldom_read(path: str = "") -> tuple[str, ...]:
    """Return the large columns that most calls do without, for `defer`: who reads one has it fetched by itself.

    An org of many objects fills them with a megabyte of JSON, and the Web Connector calls often.
    """
    names = ("salesforce_schema", "salesforce_types", "quickbooks_fields")
    return tuple(f"{path}__{name}" if path else name for name in names)


class MapVersion(models.Model):
    """One version of a connection's map: what differs from the defaults, who changed it, when, why."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="map_versions")
    number = models.PositiveIntegerField()
    document = models.JSONField(default=dict, help_text="See apatar.sync.custom_map.")
    author = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="map_versions")
    who = models.CharField(
        max_length=254, blank=True, help_text="The address at the time, kept when the person leaves."
    )
    made_at = models.DateTimeField()
    note = models.TextField(blank=True)

    objects: ClassVar[models.Manager["MapVersion"]] = ScopedManager(connection="connection")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["connection", "number"], name="map_version_once")]

    def __str__(self) -> str:
        return f"map {self.number}"
