from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("registry", "0013_sight")]

    operations = [
        migrations.AlterField(
            model_name="rightsrequest",
            name="seen",
            field=models.CharField(
                choices=[
                    ("card", "居民身份证"),
                    ("passport", "护照或通行证"),
                    ("permit", "居住证"),
                    ("register", "户口簿"),
                    ("guardian", "监护人证件和关系证明"),
                    ("proxy", "受托人证件和委托书"),
                    ("period", "无：保存期限届满，由本单位提出"),
                ],
                max_length=8,
            ),
        ),
    ]
