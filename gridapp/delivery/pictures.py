"""What was seen when a page was filled by the browser agent: masked pictures, for who answers for that system."""

from __future__ import annotations

from django.db.models import QuerySet

from gridapp import sealing
from gridapp.catalogue.targets import Configured
from gridapp.org import scope
from gridapp.org.models import User

from .models import Evidence


def of(one: Configured, by: User) -> QuerySet[Evidence]:
    """The pictures of one target within somebody's areas, newest first."""
    rows = scope.within(Evidence.objects.filter(delivery__target=one.target), by, "delivery__record__grid_code")
    return rows.select_related("delivery__record__building").defer("sealed").order_by("-pk")


def content(picture: Evidence) -> bytes:
    """The PNG. Raises sealing.Unsealable."""
    return sealing.unseal(bytes(picture.sealed), bound_to=picture.bound_to)
