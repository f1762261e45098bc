# The map: its versions, and what both systems say about their fields

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="map_number",
            field=models.PositiveIntegerField(default=0, help_text="The version of the map in use; 0 is the defaults."),
        ),
        migrations.AddField(
            model_name="connection",
            name="quickbooks_fields",
            field=models.JSONField(
                blank=True, default=dict, help_text="Names of the custom fields that QuickBooks has shown, by object."
            ),
        ),
        migrations.AddField(
            model_name="connection",
            name="salesforce_types",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="What the org's describe says about each field, for the map: label, type, …",
            ),
        ),
        migrations.AddField(
            model_name="connection",
            name="tables",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Look-up tables read from both sides: currencies, sales reps, the standard price book",
            ),
        ),
        migrations.CreateModel(
            name="MapVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("document", models.JSONField(default=dict, help_text="See apatar.sync.custom_map.")),
                (
                    "who",
                    models.CharField(
                        blank=True, help_text="The address at the time, kept when the person leaves.", max_length=254
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("note", models.TextField(blank=True)),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="map_versions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="map_versions",
                        to="connections.connection",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [models.UniqueConstraint(fields=("connection", "number"), name="map_version_once")],
            },
        ),
    ]
