"""What a resident is told before anything is typed: who learns what, why, on which legal basis, and how to complain.

For everybody, signed in or not: it is shown on the tablet, and whoever wants to read it again at home finds it there
(个人信息保护法, articles 17, 30 and 35). Everything about the systems comes from the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from gridapp.catalogue.description import Description, describe
from gridapp.catalogue.targets import targets
from gridapp.contract import Kind
from gridapp.delivery.gates import window
from gridapp.desk import questions


@dataclass(frozen=True)
class Told:
    """One system in a resident's eyes. `of_people`, `of_homes`: what it receives, without repetition."""

    key: str
    name: str
    owner: str
    purpose: str
    basis: str
    concerns: str
    of_people: tuple[str, ...]
    of_homes: tuple[str, ...]


def notice(request: HttpRequest) -> HttpResponse:
    page = {
        "systems": systems(questions.language()),
        "contact": settings.COMPLAINTS_CONTACT,
        "months": settings.ATTEMPTS_KEPT_MONTHS,
    }
    return render(request, "desk/notice.html", page)


def systems(lang: str) -> list[Told]:
    """The systems that are told anything at all: a system that is switched off learns nothing."""
    return [_told(describe(one, window(one), lang)) for one in targets() if one.live]


def _told(one: Description) -> Told:
    people = next((part for part in one.parts if part.kind == Kind.RESIDENT), None)
    return Told(
        key=one.key,
        name=one.name,
        owner=one.owner,
        purpose=one.purpose,
        basis=one.basis,
        concerns=people.concerns if people else "",
        of_people=_labels(one, Kind.RESIDENT),
        of_homes=_labels(one, Kind.HOUSING),
    )


def _labels(one: Description, kind: Kind) -> tuple[str, ...]:
    entries = (entry for part in one.parts if part.kind == kind for entry in part.entries)
    return tuple(dict.fromkeys(entry.label for entry in entries))
