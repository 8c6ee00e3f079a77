"""What workers wait for when hundreds of them are out at once, beside a page that does nothing.

Every tablet is a worker of a grid of their own, signed in, over the web server of the product on this machine. No
lane runs meanwhile. A minute of work is a home page, a form, what it asks while it is filled in, the entry, and
looking how far it came.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import get_random_string

from gridapp.bench import filling, live
from gridapp.bench.empty import ADDRESS
from gridapp.bench.entering import web
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row, at
from gridapp.bench.sizes import Bench
from gridapp.bench.standing import Person, people
from gridapp.bench.tablets import Seen, Step, Tablet, carried
from gridapp.bench.town import RESIDENTS_OF_A_GRID

PAUSE = 6.0
"""Seconds between two requests of a tablet."""
_ROUNDS = 2
_EMPTY = Step("an empty page", ADDRESS)


def run(bench: Bench) -> Iterator[Row]:
    """All of them at an empty page, then at work with an empty page in between; milliseconds, and their ratio."""
    count = bench.size.tablets
    with own_database() as environment:
        known = people(filling.fill(count * RESIDENTS_OF_A_GRID, history=False), count)
        with web(environment, application="gridapp.bench.entering:with_an_empty_page()") as port:
            _at(port, known, lambda _one: [_EMPTY])  # each process has answered before it is measured
            rest = _at(port, known, lambda one: [_EMPTY] * len(_work(one)))
            work = _at(port, known, lambda one: [step for _ in range(_ROUNDS) for step in _work(one)])
    alone = at(sorted(rest.took[_EMPTY.name]), 0.95)
    yield _row("all of them at an empty page", rest, [_EMPTY.name], alone)
    yield _row("all at work: everything", work, [name for name in work.took if name != _EMPTY.name], alone)
    for name in work.took:
        yield _row(f"all at work: {name}", work, [name], alone)


def _at(port: int, known: Sequence[Person], does: Callable[[Person], Sequence[Step]]) -> Seen:
    tablets = [_tablet(one, _from(number, does(one))) for number, one in enumerate(known)]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(carried, (f"http://127.0.0.1:{port}", tablets, PAUSE))


def _from(number: int, steps: Sequence[Step]) -> list[Step]:
    """The same steps begun at another one: not all of them enter at the same moment."""
    first = number % len(steps)
    return [*steps[first:], *steps[:first]]


def _tablet(one: Person, steps: Sequence[Step]) -> Tablet:
    csrf = get_random_string(32)
    session = one.client.cookies[settings.SESSION_COOKIE_NAME].value
    return Tablet({settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: csrf}, csrf, steps)


def _work(one: Person) -> list[Step]:
    """What a worker does for one resident."""
    form = live.FORMS["a whole form"](one)
    said = urlencode(form, doseq=True)
    begun = urlencode({name: form[name] for name in ("entry_id", "housing", "id_type", "id_number")})
    check = reverse("desk:check", args=["resident"])
    deliveries = reverse("desk:deliveries", args=[one.record.id])
    return [
        Step("home", reverse("desk:home")),
        Step("a form", f"{reverse('desk:new_resident')}?housing={one.housing}"),
        Step("a check", check, begun),
        Step("a check", check, said),
        Step("an entry", reverse("desk:new_resident"), said, 302),
        Step("a record", reverse("desk:record", args=[one.record.id])),
        Step("how far it came", deliveries),
        _EMPTY,
        Step("is somebody signed in", reverse("desk:session")),
        Step("how far it came", deliveries),
    ]


def _row(what: str, seen: Seen, names: Sequence[str], alone: float) -> Row:
    took = sorted(one for name in names for one in seen.took[name])
    wrong = sum(count for told, count in seen.wrong.items() if told.partition(": ")[0] in names)
    figures = {
        "requests": len(took) + wrong,
        "p50_ms": at(took, 0.5),
        "p95_ms": at(took, 0.95),
        "p95_of_an_empty_page_alone": at(took, 0.95) / alone if alone else 0.0,
        "wrong_share": wrong / max(1, len(took) + wrong),
    }
    note = ", ".join(f"{told} × {count}" for told, count in seen.wrong.items() if told.partition(": ")[0] in names)
    return Row("tablets", "ours", what, figures, note)
