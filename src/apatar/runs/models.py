"""Rows of the sync: runs, records, links, changes, conflicts, problems and watermarks.

Queries need a connection in scope (`with scope(connection=...)`): the tenant's gate hands out the connection.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from apatar.connections.models import Connection
from apatar.runs import proposal  # noqa: F401 Django finds its rows through this module


class Side(models.TextChoices):
    """The two systems, as stored; the same words as `apatar.sync.record.Side`."""

    SALESFORCE = "salesforce", "Salesforce"
    QUICKBOOKS = "quickbooks", "QuickBooks"


class Phase(models.TextChoices):
    """How far a run is. The flow is drawn in `pipeline`."""

    READING = "reading", "Reading both sides"
    DECIDING = "deciding", "Comparing"
    WRITING = "writing", "Writing both sides"
    DONE = "done", "Done"


class Outcome(models.TextChoices):
    """How a run ended."""

    RUNNING = "", "Running"
    OK = "ok", "Everything agrees"
    WITH_PROBLEMS = "with-problems", "Done, some records wait for you"
    STOPPED = "stopped", "Stopped before writing"
    SHOWN = "shown", "Shows what it would write"
    FAILED = "failed", "Failed"
    INTERRUPTED = "interrupted", "Interrupted"


class Run(models.Model):
    """One execution: what was read, decided and written, with its cursors."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField()
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.READING)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.RUNNING, blank=True)
    started_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    message = models.TextField(blank=True, help_text="How it ended, in plain words, with the remedy.")
    direction = models.CharField(max_length=16)
    quickbooks_read = models.BooleanField(default=False)
    salesforce_read = models.BooleanField(default=False)
    quickbooks_written = models.BooleanField(default=False)
    salesforce_written = models.BooleanField(default=False)
    quickbooks_cursor = models.JSONField(default=dict, help_text="How far QuickBooks is read: iterator, newest time.")
    salesforce_cursor = models.JSONField(default=dict, help_text="How far Salesforce is read: next page, newest stamp.")
    counts = models.JSONField(default=dict, help_text='{"quickbooks": {"created": 1, …}, "salesforce": {…}}')
    salesforce_calls = models.PositiveIntegerField(default=0)
    is_dry = models.BooleanField(default=False, help_text="It shows what it would write, and writes nothing.")
    released_at = models.DateTimeField(null=True, blank=True, help_text="When a person released what it showed.")
    undo_asked_at = models.DateTimeField(null=True, blank=True, help_text="When a person asked to take this run back.")
    undo_asked_by = models.CharField(max_length=254, blank=True)
    undo_only = models.JSONField(default=list, blank=True, help_text="The changes to take back; empty: all of them.")
    undoes = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="undone_by",
        help_text="The run that this one takes back.",
    )
    stop_code = models.CharField(
        max_length=24, blank=True, default="", db_default="", help_text="Why it stopped, where a person can answer."
    )
    released_by = models.CharField(max_length=254, blank=True)
    carries_out = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="carried_out_by",
        help_text="The dry run whose plan it carries out.",
    )
    told = models.BooleanField(default=False, help_text="Whether Salesforce's records know how they fare.")
    links_made = models.PositiveIntegerField(default=0, help_text="Records created so far, as of the last look.")
    map_number = models.PositiveIntegerField(default=0, help_text="The version of the map that it works by.")
    generation = models.PositiveIntegerField(default=0, help_text="Grows when the run is taken back to its beginning.")
    rounds = models.PositiveSmallIntegerField(default=0, help_text="How often the run has decided.")

    objects: ClassVar[models.Manager["Run"]] = ScopedManager(connection="connection")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "number"], name="run_number_once"),
            models.UniqueConstraint(fields=["connection"], condition=Q(finished_at=None), name="one_open_run"),
        ]

    def __str__(self) -> str:
        return f"run {self.number}"


class Record(models.Model):
    """The last known state of one remote object, as the remote side wrote it."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="records", db_index=False)
    side = models.CharField(max_length=10, choices=Side.choices)
    object_type = models.CharField(max_length=40)
    remote_id = models.CharField(max_length=40)
    version = models.CharField(max_length=40, help_text="EditSequence | SystemModstamp; empty after our own write.")
    modified_at = models.DateTimeField(null=True)
    name = models.CharField(max_length=255, blank=True)
    match_key = models.CharField(max_length=255, blank=True)
    second_key = models.CharField(max_length=255, blank=True, help_text="The key of another way to shorten the name.")
    foreign_key = models.CharField(max_length=60, blank=True, help_text="Our id found on the other side's object.")
    variant = models.CharField(
        max_length=24, blank=True, help_text="Which of several kinds it is: ItemService, job, person."
    )
    parent_id = models.CharField(
        max_length=40,
        blank=True,
        help_text="The QuickBooks record it belongs to: a job's, contact's, invoice's customer.",
    )
    raw = models.TextField(help_text="qbXML element or JSON object as received.")
    dirty = models.BooleanField(default=True)
    decided = models.BigIntegerField(default=0, help_text="A bit for each pair that has decided since it became dirty.")
    wanted = models.BooleanField(default=False, db_default=False, help_text="Another record needs its counterpart.")
    waiting = models.BooleanField(
        default=False, db_default=False, help_text="It refers to something that has no counterpart yet."
    )
    wake_on = models.DateField(
        null=True, help_text="The day on which it changes by itself: an open invoice gets overdue."
    )
    open_amount = models.DecimalField(max_digits=18, decimal_places=5, null=True, help_text="What is still to be paid.")
    deleted_at = models.DateTimeField(null=True)
    merged_into = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="Of one that is gone: what it became part of."
    )
    gone_known = models.BooleanField(
        default=False, db_default=False, help_text="A run has dealt with its being gone, or a person said it was meant."
    )
    roster = models.PositiveIntegerField(
        default=0, db_default=0, help_text="The run that last found it when it called the roll of its list."
    )

    objects: ClassVar[models.Manager["Record"]] = ScopedManager(connection="connection")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "side", "object_type", "remote_id"], name="one_record_per_remote_object"
            )
        ]
        indexes = [
            models.Index(fields=["connection", "side", "object_type", "match_key"], name="record_by_match_key"),
            models.Index(fields=["connection", "second_key"], name="record_by_second_key", condition=~Q(second_key="")),
            models.Index(
                fields=["connection", "foreign_key"], name="record_by_foreign_key", condition=~Q(foreign_key="")
            ),
            models.Index(fields=["connection", "id"], name="record_dirty", condition=Q(dirty=True)),
            models.Index(fields=["connection", "id"], name="record_waiting", condition=Q(waiting=True)),
            models.Index(fields=["connection", "parent_id"], name="record_by_parent", condition=~Q(parent_id="")),
            models.Index(
                fields=["connection", "id"],
                name="record_newly_gone",
                condition=Q(deleted_at__isnull=False, gone_known=False),
            ),
            models.Index(fields=["connection", "wake_on"], name="record_by_day", condition=Q(wake_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.object_type} {self.remote_id}"


class Link(models.Model):
    """The pairing of two records, with the base: both sides' values at their last agreement."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="links", db_index=False)
    mapping = models.CharField(max_length=40)
    salesforce_id = models.CharField(max_length=18)
    quickbooks_id = models.CharField(max_length=40)
    base = models.TextField(default="{}")
    linked_at = models.DateTimeField()
    how = models.CharField(max_length=20, help_text="matched by id, by name, or created.")

    objects: ClassVar[models.Manager["Link"]] = ScopedManager(connection="connection")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "mapping", "salesforce_id"], name="one_link_per_account"),
            models.UniqueConstraint(fields=["connection", "mapping", "quickbooks_id"], name="one_link_per_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.salesforce_id} ↔ {self.quickbooks_id}"


class Batch(models.Model):
    """Changes that were sent together: a message set to QuickBooks, or one call to Salesforce."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="batches")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="batches")
    side = models.CharField(max_length=10, choices=Side.choices)
    message_set_id = models.CharField(max_length=24, unique=True, null=True)  # noqa: DJ001 one NULL per call to Salesforce
    conversation = models.BigIntegerField(null=True, help_text="The Web Connector's session in which it was sent.")
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True, help_text="When it became clear that no answer came.")
    forgotten_at = models.DateTimeField(null=True, help_text="When QuickBooks was told to forget its outcome.")

    objects: ClassVar[models.Manager["Batch"]] = ScopedManager(connection="connection")

    def __str__(self) -> str:
        return f"batch {self.pk} to {self.side}"


class ChangeState(models.TextChoices):
    """planned → sent → confirmed | refused | unknown (SYNC.md, the words)."""

    PLANNED = "planned", "Planned"
    SENT = "sent", "Sent"
    CONFIRMED = "confirmed", "Done"
    REFUSED = "refused", "Refused"
    UNKNOWN = "unknown", "Outcome unknown"
    DROPPED = "dropped", "Decided again"
    SHOWN = "shown", "Shown, not written"
    UNDONE = "undone", "Taken back"


class Change(models.Model):
    """One intended create or update, journaled before it is sent."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="changes", db_index=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="changes", db_index=False)
    batch = models.ForeignKey(Batch, on_delete=models.SET_NULL, null=True, related_name="changes")
    mapping = models.CharField(max_length=40)
    side = models.CharField(max_length=10, choices=Side.choices, help_text="The side that is written.")
    object_type = models.CharField(max_length=40)
    variant = models.CharField(
        max_length=24, blank=True, help_text="Which of several kinds the object is: ItemService."
    )
    operation = models.CharField(max_length=10)
    remote_id = models.CharField(max_length=40, blank=True, help_text="Empty until a create is confirmed.")
    source_id = models.CharField(max_length=40, help_text="The record on the other side.")
    version = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=255, blank=True)
    fields = models.JSONField(default=dict, help_text="What is written, by remote field name.")
    before = models.JSONField(default=dict, help_text="What stood there.")
    settles = models.TextField(default="{}")
    notes = models.JSONField(default=list)
    idempotency_key = models.CharField(max_length=40)
    content = models.CharField(max_length=64, blank=True, help_text="Digest of what a person was shown of it.")
    is_later = models.BooleanField(default=False, help_text="It waits for something that is on its way itself.")
    state = models.CharField(max_length=10, choices=ChangeState.choices, default=ChangeState.PLANNED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=80, blank=True)
    error = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Change"]] = ScopedManager(connection="connection")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "idempotency_key"],
                condition=Q(operation="create", state__in=["planned", "sent", "unknown", "confirmed"]),
                name="one_create_per_source",
            )
        ]
        indexes = [
            # Whole, not partial: SQLite finds a partial index by constants only, and Django sends parameters.
            models.Index(
                fields=["run", "state", "side", "mapping", "attempts", "-operation", "id"], name="change_to_send_next"
            ),
            models.Index(fields=["run", "state", "side", "attempts", "-operation", "id"], name="change_to_ask_next"),
            models.Index(fields=["connection", "source_id", "side", "operation"], name="change_by_source"),
            models.Index(fields=["connection", "idempotency_key"], name="change_by_idempotency_key"),
            models.Index(fields=["connection", "state", "side"], name="change_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.object_type} in {self.side}"


class Conflict(models.Model):
    """One field that both sides changed, or that its owner took back; the losing value is kept."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="conflicts")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="conflicts")
    mapping = models.CharField(max_length=40)
    salesforce_id = models.CharField(max_length=18)
    quickbooks_id = models.CharField(max_length=40)
    name = models.CharField(max_length=255, blank=True)
    field = models.CharField(max_length=60)
    label = models.CharField(max_length=80)
    salesforce_value = models.TextField(blank=True)
    quickbooks_value = models.TextField(blank=True)
    base_value = models.TextField(blank=True)
    values = models.JSONField(default=dict, help_text="Both values and both bases in canonical form, packed.")
    salesforce_at = models.DateTimeField(null=True, help_text="When the record was last changed in Salesforce.")
    salesforce_by = models.CharField(max_length=121, blank=True, help_text="By whom.")
    quickbooks_at = models.DateTimeField(null=True, help_text="The same in QuickBooks, which does not say by whom.")
    winner = models.CharField(max_length=10, choices=Side.choices, blank=True, help_text="Empty: waits for a person.")
    chosen = models.CharField(
        max_length=10, choices=Side.choices, blank=True, help_text="Whose value a person chose; the next run writes it."
    )
    chosen_by = models.CharField(max_length=254, blank=True)
    chosen_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Conflict"]] = ScopedManager(connection="connection")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.label} of {self.name}"


class Problem(models.Model):
    """One record that waits: the reason in plain words, what to do, and when it is tried again."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="problems")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="problems", help_text="Where it was last seen.")
    mapping = models.CharField(max_length=40)
    side = models.CharField(max_length=10, choices=Side.choices, help_text="Where the record is that waits.")
    object_type = models.CharField(max_length=40)
    remote_id = models.CharField(max_length=40)
    name = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=80)
    sentence = models.TextField()
    remedy = models.TextField(blank=True)
    attempts = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    retry_at = models.DateTimeField(null=True, help_text="For transient causes; else when either side changes.")
    snoozed_until = models.DateTimeField(null=True, help_text="Until then nobody needs to see it.")
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Problem"]] = ScopedManager(connection="connection")

    class Meta:
        ordering = ["-seen_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "mapping", "side", "object_type", "remote_id"],
                condition=Q(closed_at=None),
                name="one_open_problem_per_record",
            )
        ]

    def __str__(self) -> str:
        return self.sentence


class Watermark(models.Model):
    """Up to where one side has been read, in that side's own terms."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="watermarks")
    side = models.CharField(max_length=10, choices=Side.choices)
    object_type = models.CharField(max_length=40)
    position = models.CharField(max_length=60, help_text="QuickBooks: wall clock; Salesforce: UTC instant.")
    read_at = models.DateTimeField()
    witnesses = models.JSONField(default=list, help_text="Ids of what was changed last, as of the last read.")

    objects: ClassVar[models.Manager["Watermark"]] = ScopedManager(connection="connection")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "side", "object_type"], name="one_watermark_per_object")
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.object_type} up to {self.position}"
