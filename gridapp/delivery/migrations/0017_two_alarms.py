"""Alarms of requests that are overdue, and of addresses that were switched off."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0016_restricted'),
    ]

    operations = [
        migrations.AlterField(
            model_name='alarm',
            name='kind',
            field=models.CharField(choices=[('stopped', '通道已停下'), ('rejections', '退回过多，已暂停'), ('late', '刚录入的还没有送到'), ('old', '积压过久'), ('snapshot', '数据库有长时间未结束的事务'), ('restored', '数据库是从备份恢复的'), ('audit', '审计记录有问题'), ('rights', '居民的权利请求超期'), ('webhook', '通知地址已自动停用')], max_length=10),
        ),
    ]
