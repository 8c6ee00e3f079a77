"""What is kept of an impact assessment (个人信息保护影响评估, PIPL 55 and 56) of one target: what it found, until when.

The report itself stays where the organ keeps its papers; here stands which one it is. A row is never altered or
deleted: another assessment is another row.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Assessment(models.Model):
    """`made_by`: who assessed, in words. `title`: number or title of the report. `said`: measures, in a sentence.

    It holds up to and including `valid_until`.
    """

    class Conclusion(models.TextChoices):
        FIT = "fit", _("可以提供")
        MEASURES = "measures", _("采取所列措施后可以提供")
        UNFIT = "unfit", _("不得提供")

    id = models.BigAutoField(primary_key=True)
    target = models.ForeignKey("catalogue.Target", on_delete=models.PROTECT, related_name="assessments")
    made_on = models.DateField()
    made_by = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    conclusion = models.CharField(max_length=8, choices=Conclusion)
    said = models.CharField(max_length=300, blank=True)
    valid_until = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "catalogue"
        constraints = [
            models.CheckConstraint(condition=Q(valid_until__gte=F("made_on")), name="assessment_holds_for_a_time")
        ]
        indexes = [models.Index(fields=["target", "-id"], name="assessment_by_target")]
