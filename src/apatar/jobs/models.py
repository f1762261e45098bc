"""Rows of the embedded job engine."""

from django.db import models
from django.db.models import Q

WAITING = Q(taken_at=None, failed_at=None)


class QueuedJob(models.Model):
    """A job of the embedded engine: waiting, taken by a process, or failed for good. Done ones are deleted.

    The database keeps both promises: one running per lock, one waiting per queueing lock.
    """

    id = models.BigAutoField(primary_key=True)
    task = models.CharField(max_length=128)
    arguments = models.JSONField(default=dict)
    lock = models.CharField(max_length=200)
    queueing_lock = models.CharField(max_length=200, null=True, default=None)  # noqa: DJ001 nulls never collide
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often it failed, or its process died.")
    taken_at = models.DateTimeField(null=True, default=None)
    taken_by = models.CharField(max_length=32, blank=True, help_text="A mark of the process that runs it.")
    failed_at = models.DateTimeField(null=True, default=None)
    problem = models.CharField(max_length=200, blank=True, help_text="The kind of the last failure.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["lock"], condition=~Q(taken_at=None), name="job_runs_alone"),
            models.UniqueConstraint(fields=["queueing_lock"], condition=WAITING, name="job_waits_once"),
        ]
        indexes = [models.Index(fields=["due_at", "id"], condition=WAITING, name="job_due")]

    def __str__(self) -> str:
        return f"{self.task} [{self.pk}]"
