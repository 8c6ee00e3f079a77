"""Signing in at a government portal: against a real provider, and against one that lies in every way."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client

from gridapp.org.models import Federated, OpenSession, User
from tests.conftest import Until
from tests.desk import portals
from tests.desk.cast import PASSWORD
from tests.desk.portals import Crooked, back, configure, is_signed_in, there


def test_with_a_real_provider_one_links_once_and_is_signed_in_from_then_on(
    client: Client, worker: User, settings: Any, until: Until
) -> None:
    with portals.maintained(until, {"sub": "p-77"}) as issuer:
        configure(settings, issuer)

        unknown = back(client, portals.consent(there(client), "p-77"))
        page = client.get(unknown["Location"]).content.decode()
        asked = client.post("/login/", {"username": "worker", "password": PASSWORD, "next": "/portal/link/"})
        client.post("/portal/link/", {"act": "link"})
        client.post("/logout/")
        again = back(client, portals.consent(there(client, "/work/"), "p-77"))

    assert unknown["Location"] == "/login/?next=%2Fportal%2Flink%2F"
    assert "还没有与本系统的账号关联" in page
    assert asked["Location"] == "/portal/link/"
    assert Federated.objects.get().subject == "p-77"
    assert again["Location"] == "/work/"
    assert client.session["_auth_user_id"] == str(worker.pk)
    assert User.objects.count() == 1


def test_what_is_asked_of_the_portal(client: Client, liar: Crooked) -> None:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there(client)).query).items()}

    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == "http://testserver/portal/back/"
    assert len(asked["state"]) >= 20
    assert len(asked["nonce"]) >= 20
    assert (asked["max_age"], "prompt" in asked) == ("43200", False)
    assert "not a secret" not in str(asked)


def test_whoever_is_linked_is_signed_in_with_a_session_like_any_other(
    client: Client, linked: User, liar: Crooked
) -> None:
    back(client, liar.consent(there(client)))

    row = OpenSession.objects.get(user=linked)
    assert (row.ended_at, row.idle > 0) == (None, True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT what::text FROM audit_note WHERE act = 'session.in'")
        assert "portal" in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("what", "lie"),
    [
        ("another nonce", {"nonce": "x"}),
        ("no nonce", {"nonce": None}),
        ("another issuer", {"iss": "https://evil.example"}),
        ("no issuer", {"iss": None}),
        ("another audience", {"aud": "somebody-else"}),
        ("two audiences, not for us", {"aud": ["gridapp", "x"], "azp": "x"}),
        ("expired", {"exp": 1_700_000_000}),
        ("never expires", {"exp": None}),
        ("made tomorrow", {"iat": 4_100_000_000}),
        ("nobody", {"sub": None}),
        ("an empty name", {"sub": ""}),
    ],
)
def test_a_token_that_lies_signs_nobody_in(client: Client, linked: User, liar: Crooked, what: str, lie: Any) -> None:
    liar.claims = lie

    answer = back(client, liar.consent(there(client)))

    assert answer["Location"].startswith("/login/")
    assert not is_signed_in(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT result FROM audit_note WHERE act = 'session.failed'")
        assert cursor.fetchall() == [("failed",)]


@pytest.mark.parametrize("signs", ["none", "HS256", "stranger"])
def test_a_token_that_the_portal_did_not_sign_signs_nobody_in(
    client: Client, linked: User, liar: Crooked, signs: str
) -> None:
    liar.signs = signs

    back(client, liar.consent(there(client)))

    assert not is_signed_in(client)


def test_a_state_that_is_not_ours_or_nobodys_is_refused(client: Client, linked: User, liar: Crooked) -> None:
    address = liar.consent(there(client))

    back(client, address.replace(portals.state_of(address), "made-up"))
    back(Client(), address)

    assert not is_signed_in(client)
    assert not OpenSession.objects.filter(user=linked).exists()


def test_the_same_answer_again_signs_nobody_in(client: Client, linked: User, liar: Crooked) -> None:
    address = liar.consent(there(client))
    back(client, address)
    client.post("/logout/")

    again = back(client, address)

    assert again["Location"].startswith("/login/")
    assert not is_signed_in(client)


def test_a_code_of_another_browser_is_refused_by_its_verifier(client: Client, linked: User, liar: Crooked) -> None:
    stolen = liar.consent(there(Client()))
    mine = there(client)
    code = parse_qs(urlsplit(stolen).query)["code"][0]

    back(client, f"/portal/back/?code={code}&state={portals.state_of(mine)}")

    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil.example"]
)
def test_one_is_led_nowhere_else_afterwards(client: Client, linked: User, liar: Crooked, onward: str) -> None:
    answer = back(client, liar.consent(there(client, onward)))

    assert answer["Location"] == "/"


def test_a_closed_account_stays_closed(client: Client, linked: User, liar: Crooked) -> None:
    User.objects.filter(pk=linked.pk).update(is_active=False)

    back(client, liar.consent(there(client)))

    assert not is_signed_in(client)


def test_nobody_is_made_for_who_is_not_linked(client: Client, worker: User, liar: Crooked) -> None:
    liar.claims = {"role": "administrator", "staff_no": "W1"}

    back(client, liar.consent(there(client)))

    assert not is_signed_in(client)
    assert (User.objects.count(), Federated.objects.count()) == (1, 0)


def test_by_staff_number_only_where_that_is_on_and_one_account_has_it(
    client: Client, worker: User, other_worker: User, liar: Crooked, settings: Any
) -> None:
    User.objects.filter(pk=worker.pk).update(staff_no="W-9")
    liar.claims = {"employee_number": "W-9"}
    back(client, liar.consent(there(client)))
    without = is_signed_in(client)

    settings.OIDC_LINK_BY = "employee_number"
    User.objects.filter(pk=other_worker.pk).update(staff_no="W-9")
    back(client, liar.consent(there(client)))
    of_two = is_signed_in(client)
    User.objects.filter(pk=other_worker.pk).update(staff_no="")
    back(client, liar.consent(there(client)))

    assert (without, of_two, is_signed_in(client)) == (False, False, True)
    assert Federated.objects.get().linked_how == "staff_no"


def test_a_second_factor_is_asked_for_unless_the_portal_saw_one(
    client: Client, linked: User, liar: Crooked, settings: Any
) -> None:
    settings.SECOND_FACTOR, settings.OIDC_ACR, settings.OIDC_AMR = frozenset({"worker"}), ["loa3"], ["otp"]
    weak = back(client, liar.consent(there(client)))["Location"]
    before = is_signed_in(client)
    liar.claims = {"acr": "loa1", "amr": ["pwd"]}
    back(client, liar.consent(there(client)))
    still = is_signed_in(client)
    liar.claims = {"acr": "loa3"}
    back(client, liar.consent(there(client)))

    assert weak.startswith("/login/code/")
    assert (before, still, is_signed_in(client)) == (False, False, True)


def test_a_portal_that_is_down_leaves_the_password(client: Client, worker: User, settings: Any) -> None:
    configure(settings, "http://127.0.0.1:9")

    away = client.get("/portal/", follow=True).content.decode()
    client.post("/login/", {"username": "worker", "password": PASSWORD})

    assert "现在连不上" in away
    assert is_signed_in(client)


def test_a_portal_that_calls_itself_otherwise_is_none(client: Client, linked: User, liar: Crooked) -> None:
    liar.says_issuer = liar.issuer + "/"

    assert client.get("/portal/")["Location"].startswith("/login/")


def test_without_a_portal_there_is_no_button_and_no_page(client: Client, db: None) -> None:
    assert "政务统一身份认证" not in client.get("/login/").content.decode()
    assert {client.get(f"/portal/{part}").status_code for part in ("", "back/", "leave/")} == {404}


def test_with_one_the_button_carries_on_where_to_go(client: Client, liar: Crooked) -> None:
    page = client.get("/login/?next=/work/").content.decode()

    assert 'href="/portal/?next=/work/"' in page
    assert "政务统一身份认证" in page


def test_after_signing_out_one_can_leave_the_portal_too(client: Client, linked: User, liar: Crooked) -> None:
    back(client, liar.consent(there(client)))
    client.post("/logout/")

    page = client.get("/login/").content.decode()
    away = client.get("/portal/leave/")["Location"]

    assert 'href="/portal/leave/"' in page
    assert away.startswith(f"{liar.issuer}/out?")
    assert "post_logout_redirect_uri=http%3A%2F%2Ftestserver%2Flogin%2F" in away
    assert "可能还登录着" not in client.get("/login/").content.decode()


def test_an_account_of_the_portal_opens_one_account_only(
    client: Client, linked: User, other_worker: User, liar: Crooked
) -> None:
    client.force_login(other_worker)
    back(client, liar.consent(there(client)))
    client.post("/portal/link/", {"act": "link"})

    assert [row.user for row in Federated.objects.all()] == [linked]


def test_parted_accounts_do_not_open_each_other(client: Client, linked: User, liar: Crooked) -> None:
    client.force_login(linked)
    client.post("/portal/link/", {"act": "part"})
    client.post("/logout/")

    back(client, liar.consent(there(client)))

    assert not is_signed_in(client)
