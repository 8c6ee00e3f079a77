"""Forms that were set aside: what waits is kept however old it is, what is settled goes after the technical period."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gridapp.delivery import keeping
from gridapp.registry.models import SetAside
from tests import factories
from tests.setting_aside import kept

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.mark.parametrize(("days_since", "stays"), [(None, True), (150, True), (200, False)])
def test_what_is_settled_goes_when_its_time_is_over(days_since: int | None, stays: bool) -> None:
    row = kept(factories.cast().worker, "/entries/new/resident/", {"name": "测试甲"})
    settled_at = timezone.now() - days_since * DAY if days_since else None
    SetAside.objects.update(settled_at=settled_at, received_at=timezone.now() - 900 * DAY)

    done = keeping.tidy()

    assert done["forms set aside"] == (0 if stays else 1)
    assert SetAside.objects.filter(pk=row.pk).exists() == stays
