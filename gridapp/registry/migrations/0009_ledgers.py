import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0008_objections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Ledger',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('area_code', models.CharField(blank=True, max_length=15)),
                ('grid_code', models.CharField(blank=True, max_length=15)),
                ('kind', models.CharField(choices=[('resident', '居民'), ('housing', '房屋')], max_length=8)),
                ('stage', models.CharField(choices=[('columns', '待核对列'), ('running', '导入中'), ('done', '已导入'), ('dropped', '已放弃')], default='columns', max_length=8)),
                ('fields', models.JSONField(default=list)),
                ('defaults', models.JSONField(default=dict)),
                ('heading', models.PositiveIntegerField(default=1)),
                ('sealed', models.BinaryField()),
                ('rows', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('entered', models.PositiveIntegerField(default=0)),
                ('same', models.PositiveIntegerField(default=0)),
                ('aside', models.PositiveIntegerField(default=0)),
                ('wrong', models.PositiveIntegerField(default=0)),
                ('taken', models.PositiveIntegerField(default=0)),
                ('kept', models.PositiveIntegerField(default=0)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-made_at'],
                'indexes': [models.Index(condition=models.Q(('stage', 'running')), fields=['started_at'], name='ledger_running')],
            },
        ),
        migrations.CreateModel(
            name='LedgerPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('sealed', models.BinaryField()),
                ('ledger', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='registry.ledger')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('ledger', 'number'), name='one_ledger_part_of_a_number')],
            },
        ),
        migrations.CreateModel(
            name='LedgerRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('why', models.CharField(choices=[('wrong', '有误'), ('differs', '与档案不一致'), ('alike', '疑似同一人')], max_length=8)),
                ('answer', models.CharField(blank=True, choices=[('taken', '以台账为准'), ('kept', '保留档案')], max_length=8)),
                ('sealed', models.BinaryField()),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ledger', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='left', to='registry.ledger')),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registry.record')),
            ],
            options={
                'indexes': [models.Index(fields=['ledger', 'why', 'number'], name='ledger_row_listed'), models.Index(condition=models.Q(('answer', ''), _negated=True), fields=['ledger', 'number'], name='ledger_row_answered')],
                'constraints': [models.UniqueConstraint(fields=('ledger', 'number'), name='one_ledger_row_of_a_number')],
            },
        ),
    ]
