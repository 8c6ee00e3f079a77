"""Pages go out compressed to who can read them so; the API does not."""

from __future__ import annotations

import gzip

from django.test import Client

from gridapp.org.models import User
from tests.desk.cast import areas, worker  # noqa: F401 - fixtures

GZIP = {"accept-encoding": "gzip, deflate"}


def test_a_page_is_compressed_for_who_can_read_it(client: Client, worker: User) -> None:  # noqa: F811
    client.force_login(worker)

    small, plain = client.get("/", headers=GZIP), client.get("/")

    assert small["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in small["Vary"]
    assert len(small.content) < len(plain.content) / 2
    assert "录入居民" in gzip.decompress(small.content).decode()
    assert "Content-Encoding" not in plain


def test_small_answers_and_the_api_stay_as_they_are(client: Client, worker: User) -> None:  # noqa: F811
    client.force_login(worker)

    for path in ("/divisions/?for=x&x=南山", "/api/schema/?format=json"):
        assert "Content-Encoding" not in client.get(path, headers=GZIP)
