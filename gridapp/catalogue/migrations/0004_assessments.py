"""Impact assessments of targets, and that one was filed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0003_code_changes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='targetchange',
            name='what',
            field=models.CharField(choices=[('settings', '改了设置'), ('hours', '改了时段和速度'), ('checked', '测试了连接'), ('officer', '指定了专员'), ('no_officer', '撤下了专员'), ('asked', '申请了启用'), ('consented', '同意了启用'), ('refused', '没有同意启用'), ('withdrawn', '撤回了申请'), ('disabled', '停用了'), ('backfill', '要求了补报'), ('drain', '要求送完再停'), ('assessed', '登记了影响评估')], max_length=10),
        ),
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('made_on', models.DateField()),
                ('made_by', models.CharField(max_length=100)),
                ('title', models.CharField(max_length=200)),
                ('conclusion', models.CharField(choices=[('fit', '可以提供'), ('measures', '采取所列措施后可以提供'), ('unfit', '不得提供')], max_length=8)),
                ('said', models.CharField(blank=True, max_length=300)),
                ('valid_until', models.DateField()),
                ('recorded_at', models.DateTimeField(auto_now_add=True)),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='catalogue.target')),
            ],
            options={
                'indexes': [models.Index(fields=['target', '-id'], name='assessment_by_target')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_until__gte', models.F('made_on'))), name='assessment_holds_for_a_time')],
            },
        ),
    ]
