"""The world of the matrix, made once a module: a hundred and fifty addresses are asked about it some thousand times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from gridapp.catalogue import profiles
from gridapp.catalogue import targets as configured
from gridapp.catalogue.models import Target
from gridapp.org.models import Area
from tests.review.cast import PAPER, Paper
from tests.security import world as worlds


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[worlds.World]:
    """Nothing of it is left afterwards."""
    known = profiles._installed()
    with_paper = replace(
        known,
        profiles=MappingProxyType({**known.profiles, "paper": PAPER}),
        connectors=MappingProxyType({**known.connectors, "paper": Paper}),
    )
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(profiles, "_installed", lambda: with_paper)
        cache.clear()
        yield _made()
        transaction.set_rollback(True)
    cache.clear()


def _made() -> worlds.World:
    Area.objects.create(code="990101", name="测试区", name_en="Area")
    for row in configured.seed():
        row.enabled = profiles.connector(row.connector) is not None
        row.save(update_fields=["enabled"])
    return worlds.made(Target.objects.get(key=PAPER.key))
