"""Connections that have written already go on writing: only new ones wait for a first release."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

WROTE = ("ok", "with-problems")
SENT = ("sent", "unknown", "confirmed", "refused")


def go_on_as_before(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    connections = apps.get_model("connections", "Connection").objects.using(using)
    runs = apps.get_model("runs", "Run").objects.using(using).filter(is_dry=False)
    changes = apps.get_model("runs", "Change").objects.using(using).filter(state__in=SENT)
    open_or_done = [runs.filter(outcome__in=WROTE), runs.filter(finished_at=None)]
    wrote = {pk for rows in (*open_or_done, changes) for pk in rows.values_list("connection_id", flat=True).distinct()}
    connections.filter(pk__in=wrote).update(first_released_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("runs", "0009_proposals")]

    operations = [migrations.RunPython(go_on_as_before, migrations.RunPython.noop)]
