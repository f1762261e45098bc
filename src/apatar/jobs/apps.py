"""The Django app of this room; it finds the tasks of all rooms."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """Registers the queue's rows, and imports every room's tasks.py so that its tasks are known."""

    name = "apatar.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        autodiscover_modules("tasks")
