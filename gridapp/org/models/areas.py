"""The area tree as it is and was, and how it was redrawn."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Area(models.Model):
    """District (6 digits), sub-district (9), community (12) or grid (15): scope is a prefix of `code`.

    GB/T 2260 and GB/T 10114, plus three digits for the grid (local). What it was before: AreaVersion. A closed one
    keeps its code for ever: nothing is founded there any more.
    """

    code = models.CharField(_("代码"), max_length=15, primary_key=True)
    name = models.CharField(_("名称"), max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    version = models.PositiveIntegerField(default=1)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def is_grid(self) -> bool:
        return len(self.code) == 15


class GridMapping(models.Model):
    """The code that one target uses for one of our grids (derivation D8): police grid, safety grid …"""

    grid = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="mappings")
    system = models.CharField(max_length=32)
    code = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["grid", "system"], name="one_code_per_grid_and_system")]


class AreaVersion(models.Model):
    """One area as it was from a moment on, until its next version. Append-only. `since` None: as it was found.

    `mapped`: system -> the code it used for the grid then. `by` None: by nobody in particular, or a command.
    """

    id = models.BigAutoField(primary_key=True)
    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100, blank=True)
    mapped = models.JSONField(default=dict)
    is_open = models.BooleanField(default=True)
    why = models.CharField(max_length=200, blank=True)
    since = models.DateTimeField(null=True)
    by = models.ForeignKey("org.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["area", "number"], name="one_version_of_an_area")]


class Redrawing(models.Model):
    """Buildings that go from grids to others, or grids whose codes in other systems changed: their records follow.

    `area_code`: the smallest area that holds all its grids; who oversees that area sees it. `closes`: a grid that is
    closed when it has been emptied. A task carries it part by part: RedrawnPart.
    """

    class Kind(models.TextChoices):
        MOVED = "moved", _("调整楼栋")
        MAPPED = "mapped", _("对应编码有变化")

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=6, choices=Kind)
    area_code = models.CharField(max_length=15)
    closes = models.CharField(max_length=15, blank=True)
    why = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey("org.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-id"], condition=models.Q(finished_at=None), name="redrawing_under_way")]


class RedrawnPart(models.Model):
    """One building on its way to another grid; without a building, one grid whose records are planned anew.

    `after`: the record up to which it has come. `records`: how many records it has taken along or looked at.
    """

    id = models.BigAutoField(primary_key=True)
    redrawing = models.ForeignKey(Redrawing, on_delete=models.CASCADE, related_name="parts")
    building_code = models.CharField(max_length=19, blank=True)
    from_code = models.CharField(max_length=15)
    to_code = models.CharField(max_length=15)
    after = models.UUIDField(null=True)
    records = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["building_code"],
                condition=models.Q(done_at=None) & ~models.Q(building_code=""),
                name="a_building_goes_one_way",
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(done_at=None), name="redrawn_part_open"),
            models.Index(fields=["building_code", "-id"], name="redrawn_part_of_building"),
        ]
