"""Nobody is shown a way that ends in front of a closed door."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from gridapp.org.models import Role, User
from tests import factories

As = Callable[..., Client]
FIRST = {"worker": "/review/rights/", "officer": "/review/targets/", "security": "/review/accounts/"}
"""A page of this part that the role opens; the others open the first page."""
LINK = re.compile(r'<nav class="tabs"(.*?)</nav>', re.DOTALL)


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_every_way_that_somebody_is_shown_leads_somewhere(people: dict[str, User], role: str) -> None:
    client = Client()
    client.force_login(people[role] if role in people else factories.UserFactory.create(role=role, areas=["990101"]))

    page = client.get(FIRST.get(role, "/review/"))
    (ways,) = LINK.findall(page.content.decode())
    addresses = re.findall(r'href="([^"]+)"', ways)

    assert addresses
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)
