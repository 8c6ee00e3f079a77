from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('org', '0003_suggestion'),
    ]

    operations = [
        migrations.AddField(
            model_name='device',
            name='tried',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='device',
            name='tried_at',
            field=models.DateTimeField(null=True),
        ),
    ]
