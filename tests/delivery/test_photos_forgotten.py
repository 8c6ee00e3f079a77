"""Photos whose form never came: they go after a week."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from gridapp.delivery import keeping
from gridapp.registry import photos
from gridapp.registry.models import Photo
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("days", "stays"), [(0, True), (6, True), (8, False)])
def test_a_photo_without_a_form_goes_after_a_week(days: int, stays: bool) -> None:
    with transaction.atomic():
        photos.keep(uuid4(), 1, b"seen", by=factories.cast().worker)
    Photo.objects.update(received_at=timezone.now() - timedelta(days=days))

    done = keeping.tidy()

    assert done["photos without a form"] == (0 if stays else 1)
    assert Photo.objects.exists() == stays
