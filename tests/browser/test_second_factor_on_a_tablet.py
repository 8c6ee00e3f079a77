"""Setting up a phone, signing in with it, proving once more: in both languages, fit for every eye and finger."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from gridapp import sealing
from gridapp.org.models import Factor, OpenSession, Role, User
from tests.browser.fitness import Walk
from tests.browser.test_fit_for_everyone import Server
from tests.conftest import OpenPage, SignIn
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=["zh", "en"])
def walk(request: pytest.FixtureRequest, open_page: OpenPage, live_server: Server) -> Walk:
    page = open_page(service_workers="block")
    page.context.add_cookies(
        [{"name": "django_language", "value": "en" if request.param == "en" else "zh-hans", "url": live_server.url}]
    )
    return Walk(page, live_server.url, request.param)


def code_of(user: User) -> str:
    row = Factor.objects.get(user=user)
    Factor.objects.filter(pk=row.pk).update(used_step=0)  # the last one was a while ago
    return pyotp.TOTP(sealing.unseal(row.sealed_secret, bound_to=row.bound_to).decode()).now()


def test_a_phone_is_set_up_and_asked_for(walk: Walk, sign_in: SignIn) -> None:
    user, page = UserFactory.create(username="heping", role=Role.SECURITY, areas=["990101"]), walk.page
    sign_in(page, user)

    walk.open("/factor/")
    walk.look("factor-none")
    page.locator("main form button.main").tap()
    expect(page.locator("main img")).to_be_visible()
    walk.look("factor-new")
    page.locator("#code").fill("000000")
    page.locator("main form button.main").tap()
    expect(page.locator(".summary")).to_be_visible()
    page.locator("#code").fill(code_of(user))
    page.locator("main form button.main").tap()
    expect(page.locator("main ol li")).to_have_count(10)
    walk.look("recovery-codes")
    page.locator("main a.main").tap()
    expect(page).to_have_url(walk.url + "/factor/")
    expect(page.locator("main details")).to_have_count(1)
    walk.look("factor")

    assert walk.found == []


def test_an_old_sign_in_is_proved_once_more(walk: Walk, sign_in: SignIn) -> None:
    user, page = UserFactory.create(username="heping", role=Role.SECURITY, areas=["990101"]), walk.page
    sign_in(page, user)
    OpenSession.objects.filter(user=user).update(started_at=timezone.now() - timedelta(minutes=14))

    walk.open("/review/accounts/new/")
    expect(page.locator("#proof")).to_be_visible()
    walk.look("prove")
    page.locator("#proof").fill("a long pass phrase")
    page.locator("main form button.main").tap()

    expect(page).to_have_url(walk.url + "/review/accounts/new/")
    assert walk.found == []


def test_signing_in_takes_both(walk: Walk) -> None:
    user, page = UserFactory.create(username="heping", role=Role.SECURITY, areas=["990101"]), walk.page
    row = Factor(user=user, confirmed_at=timezone.now())
    row.sealed_secret = sealing.seal(pyotp.random_base32().encode(), bound_to=row.bound_to)
    row.save()

    walk.open("/login/?next=/review/accounts/")
    page.locator("[name=username]").fill("heping")
    page.locator("[name=password]").fill("a long pass phrase")
    page.locator("main form button.main").tap()
    expect(page.locator("#code")).to_be_visible()
    walk.look("code")
    page.locator("#code").fill(code_of(user))
    page.locator("main form button.main").tap()

    expect(page).to_have_url(walk.url + "/review/accounts/")
    assert walk.found == []
