"""Connections that are there already go on with accounts and customers alone: an upgrade must not widen them."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

NOTE = (
    "Made by the upgrade: this connection kept accounts and customers in step, and goes on with just these. "
    "Switch other pairs on when you want them."
)
NEW_PAIRS = (
    "contacts", "main_contacts", "products_items", "prices_items", "opportunity_estimate", "opportunity_salesorder",
    "opportunity_invoice", "opportunity_salesreceipt", "quote_estimate", "order_salesorder", "order_invoice",
    "invoices", "credit_memos", "payments",
)  # fmt: skip
"""Every pair beside accounts that is on for new connections; jobs are off for everybody."""
DOCUMENT = {"format": 1, "pairs": {name: {"enabled": False} for name in NEW_PAIRS}}


def keep_what_was_there(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    connections = apps.get_model("connections", "Connection").objects.using(using)
    versions = apps.get_model("connections", "MapVersion").objects.using(using)
    there = list(connections.filter(map_number=0).values_list("pk", flat=True))
    facts = {"number": 1, "document": DOCUMENT, "who": "the service", "made_at": timezone.now(), "note": NOTE}
    versions.bulk_create(versions.model(connection_id=pk, **facts) for pk in there)
    connections.filter(map_number=0).update(map_number=1)


class Migration(migrations.Migration):
    dependencies = [("connections", "0002_the_map")]

    operations = [migrations.RunPython(keep_what_was_there, migrations.RunPython.noop)]
