"""What the pages of supervisors cost in a large district: the first page down to a grid, causes, search, queues.

By the real views in this process, as in standing.py, for who oversees a community, a street and all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from django.test import Client
from django.urls import reverse

from gridapp.catalogue.targets import targets
from gridapp.delivery import causes
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.review.causes_said import address

from .filling import Filled
from .standing import TARGET, Took, got, measure, posted, signed_in

PAGE, SEARCH = 300, 200
"""Milliseconds that nine of ten, and another half, may wait for a page; for what was searched."""
BY = ("community", "supervisor", "chief", "administrator")


def pages(filled: Filled, *, calls: int, by: Sequence[str] = BY) -> Iterator[Took]:
    """Every page that a large district could make slow. `by`: names of accounts."""
    for name in by:
        user = User.objects.get(username=name)
        client = signed_in(user)
        addresses = _front(filled) if scope.has_all(user) else _front_of_theirs()
        addresses |= _lanes() if scope.may_administer(user) else {}
        for what, path in {**addresses, **_listed(), **_causes(user)}.items():
            yield measure(f"{name}: {what}", partial(got, client, path), calls=calls, budget=PAGE)
        if scope.may_decide(user):
            yield from _searched(name, client, calls)


def _front(filled: Filled) -> dict[str, str]:
    """What who has all of it sees besides: down from the district to the grid in the middle of it."""
    front, grid = reverse("review:dashboard"), filled.grids[len(filled.grids) // 2].code
    words = {6: "a district", 9: "a street", 12: "a community", 15: "a grid"}
    down = {f"down to {word}": f"{front}?period=month&area={grid[:size]}" for size, word in words.items()}
    return _front_of_theirs() | down | {"to talk over, a street": f"{reverse('review:returned')}?area={grid[:9]}"}


def _lanes() -> dict[str, str]:
    return {"lanes": reverse("review:lanes"), "a lane": reverse("review:lane", args=[TARGET])}


def _front_of_theirs() -> dict[str, str]:
    front = reverse("review:dashboard")
    return {"first page": front, "first page, a week": f"{front}?period=week",
            "first page, a month": f"{front}?period=month"}  # fmt: skip


def _listed() -> dict[str, str]:
    talked_over = reverse("review:returned")
    return {
        "to talk over": talked_over,
        "to talk over, 30 days": f"{talked_over}?days=30",
        "objections": reverse("review:objections"),
        "conflicts": reverse("review:conflicts"),
        "queues by hand": reverse("review:byhand"),
        "a queue by hand": reverse("review:queue", args=[TARGET]),
        "doubts": reverse("review:doubts"),
        "a target's side": reverse("review:side", args=[TARGET]),
        "exports": reverse("review:exports"),
    }


def _causes(user: User) -> dict[str, str]:
    """The list of causes, parts of it, and the pages of the largest and the smallest."""
    listed, known = reverse("review:causes"), {one.target.pk: one for one in targets()}
    pages = {
        "causes": listed,
        "causes of a target": f"{listed}?target={TARGET}",
        "causes, what was sent back": f"{listed}?status=returned",
    }
    if seen := sorted((one.number, place, one.cause) for place, one in enumerate(causes.every(user))):
        for word, (_, _, cause) in {"the largest cause": seen[-1], "the smallest cause": seen[0]}.items():
            pages[word] = address(cause, known[cause.target_id])
    return pages


def _searched(name: str, client: Client, calls: int) -> Iterator[Took]:
    """What is searched by filters."""
    asked: Mapping[str, dict[str, str]] = {
        "a surname": {"q": "王"},
        "a name that nobody has": {"q": "欧阳不在"},
        "what was sent back": {"status": "returned"},
        "what failed": {"status": "failed"},
        "what a system sent back": {"status": "returned", "target": TARGET},
        "what a system has": {"status": "delivered", "target": TARGET},
        "what waits for long": {"status": "returned", "age": "30"},
        "homes that are let": {"rental": "yes"},
        "people in homes that are let": {"rental": "yes", "kind": "resident"},
        "people not verified for long": {"stale": "30", "kind": "resident"},
        "let, sent back, not verified for long": {
            "rental": "yes", "kind": "resident", "status": "returned", "stale": "90",
        },
        "a surname, sent back by a system": {"q": "王", "status": "returned", "target": TARGET},
    }  # fmt: skip
    for what, form in asked.items():
        call = partial(posted, client, reverse("review:search"), form)
        yield measure(f"{name} searches: {what}", call, calls=calls, budget=SEARCH)
