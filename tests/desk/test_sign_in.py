from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from gridapp.org.models import User
from tests.desk.cast import PASSWORD

LOGIN = "/login/"


def test_somebody_unknown_is_sent_to_sign_in_and_back(db: None) -> None:
    response = Client().get(reverse("desk:home"))

    assert response.status_code == 302
    assert response["Location"] == "/login/?next=/"


def test_the_right_password_leads_on(worker: User) -> None:
    response = Client().post(LOGIN, {"username": "worker", "password": PASSWORD, "next": "/complaints/"})

    assert response["Location"] == "/complaints/"


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org/", "javascript:alert(1)", "\\\\example.org"]
)
def test_signing_in_never_leads_to_another_site(worker: User, elsewhere: str) -> None:
    response = Client().post(LOGIN, {"username": "worker", "password": PASSWORD, "next": elsewhere})

    assert response["Location"] == "/"
