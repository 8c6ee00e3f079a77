"""Other sites may link to us and no more; pages know three methods; what says nothing of keeping is not kept."""

from __future__ import annotations

import pytest
from django.test import Client

LINKED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
READS = [
    {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
    for site in ("cross-site", "same-site")
    for mode, dest in (
        ("cors", "empty"), ("no-cors", "script"), ("no-cors", "image"), ("navigate", "iframe"), ("navigate", "embed"),
        ("no-cors", "style"), ("websocket", "websocket"), ("no-cors", "object"), ("navigate", "frame"),
    )
]  # fmt: skip
PAGES = ["/session/", "/rules/", "/login/", "/api/v1/changes/", "/api/schema/", "/search/?q=x", "/review/"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_another_site_reads_nothing(client: Client, path: str) -> None:
    for headers in READS:
        answer = client.get(path, headers=headers)

        assert (answer.status_code, answer.content) == (403, b"")


@pytest.mark.django_db
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_sends_nothing_even_by_a_form_that_a_person_presses(client: Client, site: str) -> None:
    sent = client.post("/login/", {"username": "x"}, headers={**LINKED, "Sec-Fetch-Site": site})

    assert sent.status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [LINKED, {}, {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, {"Sec-Fetch-Site": "same-origin"}],
)
def test_a_link_a_bookmark_our_own_page_and_an_old_browser_come_through(
    client: Client, headers: dict[str, str]
) -> None:
    assert client.get("/login/", headers=headers).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", [*PAGES, "/nowhere/"])
def test_no_other_origin_is_told_anything(client: Client, path: str) -> None:
    for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
        answer = client.get(path, headers=headers)

        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/changes/?callback=steal", "/session/?callback=steal", "/rules/?jsonp=steal"])
def test_nothing_is_answered_as_a_script(client: Client, path: str) -> None:
    answer = client.get(path)

    assert b"steal(" not in answer.content
    assert "javascript" not in answer["Content-Type"]
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login/", "/notice/", "/complaints/", "/nowhere/", "/api/schema/", "/session/"])
def test_an_answer_is_kept_by_nobody_unless_it_says_so(client: Client, path: str) -> None:
    said = client.get(path)["Cache-Control"]

    assert "no-store" in said or "no-cache" in said
    assert "public" not in said
