"""Tokens with scopes and an end. Those of before may all that their accounts may, and end in a year at the latest."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

EVERY = [
    "entries:write", "records:read", "targets:read", "lanes:read", "lanes:act", "objections:read", "changes:read",
    "webhooks:manage",
]


class Migration(migrations.Migration):
    dependencies = [("org", "0007_signing_in")]

    operations = [
        migrations.AlterField("apitoken", "prefix", models.CharField(max_length=20)),
        migrations.AddField(
            "apitoken",
            "scopes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=32), default=EVERY, size=None
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "apitoken",
            "networks",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=43), default=list, size=None
            ),
        ),
        migrations.AddField("apitoken", "purpose", models.CharField(blank=True, max_length=100, default=""), preserve_default=False),
        migrations.AddField("apitoken", "contact", models.CharField(blank=True, max_length=100, default=""), preserve_default=False),
        migrations.AddField(
            "apitoken",
            "made_by",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField("apitoken", "last_used_at", models.DateTimeField(null=True)),
        migrations.AddField("apitoken", "last_address", models.GenericIPAddressField(null=True)),
        migrations.RunSQL(
            "UPDATE org_apitoken SET expires_at = now() + interval '365 days' WHERE expires_at IS NULL",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField("apitoken", "expires_at", models.DateTimeField()),
    ]
