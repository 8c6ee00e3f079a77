"""The desk in a real browser: the cast of tests/desk behind a live server, on both sides of a tablet."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from gridapp.org.models import User
from tests.browser.tablets import house, new_tablet, tab  # noqa: F401 - fixtures
from tests.conftest import SignIn
from tests.desk.cast import (  # noqa: F401 - fixtures
    areas,
    building,
    flat,
    other_worker,
    resident,
    static_root,
    targets,
    worker,
)


@pytest.fixture
def on_tablet(tablet: Page, sign_in: SignIn, worker: User) -> Page:  # noqa: F811
    """The worker's tablet, signed in."""
    sign_in(tablet, worker)
    return tablet
