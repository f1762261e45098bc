"""The Django app of this room."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    """Registers the room's rows."""

    name = "apatar.runs"
    label = "runs"
    verbose_name = "Runs"
    default_auto_field = "django.db.models.BigAutoField"
