"""Practising: an installation of its own, where people are made up and nothing is counted.

Practice is never mixed into a real register: `GRIDAPP_PRACTICE=1` marks an installation (`make demo` is one, with
sandbox departments), every page of it says so, and `GRIDAPP_PRACTICE_URL` leads there from the real one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.dictionary import PRACTICE
from gridapp.dictionary.documents import check_digit
from gridapp.org.access import signed_in

_MAN, _WOMAN = 1, 0
_CAST: tuple[tuple[tuple[str, str], str | Promise, int, int], ...] = (
    (("练大山", "Lian Dashan"), _("户主，36 岁"), 36, _MAN),
    (("练小芳", "Lian Xiaofang"), _("户主的妻子，33 岁"), 33, _WOMAN),
    (("练明明", "Lian Mingming"), _("他们的儿子，8 岁，填监护人"), 8, _MAN),
    (("练桂花", "Lian Guihua"), _("户主的母亲，67 岁"), 67, _WOMAN),
    (("练志强", "Lian Zhiqiang"), _("一个人租房的工人，24 岁"), 24, _MAN),
)
TASKS: tuple[str | Promise, ...] = (
    _("给“一个人租房的工人”录入：录入居民，选楼栋、楼层、房号，先输号码。"),
    _("录入一家四口：第一个人按“保存并录下一人”，后面的人点“户籍相同”。"),
    _("打开刚录的人，按“在住，无变化，确认”。"),
    _("把一个人换到另一套房，再把另一个人搬离。"),
    _("把平板的网络关掉，再录一个人；打开网络，看它自己上传。"),
    _("故意输错号码的最后一位，看提示在哪里。"),
)


@dataclass(frozen=True)
class MadeUp:
    """Somebody who does not exist: the division of the number, 990101, is nowhere."""

    name: str
    spelt: str
    who: str | Promise
    number: str
    phone: str


@signed_in
def practice(request: HttpRequest) -> HttpResponse:
    """Whom to enter, and what to try; in a real installation the way to where that is done."""
    made_up = people(Random(), on=timezone.localdate()) if settings.PRACTICE else []
    return render(
        request, "desk/practice.html", {"people": made_up, "tasks": TASKS, "elsewhere": settings.PRACTICE_URL}
    )


def people(chance: Random, *, on: date) -> list[MadeUp]:
    """The cast with numbers drawn anew, so that whoever practises next does not meet them on file."""
    return [
        MadeUp(name, spelt, who, _number(age, sex, chance, on), f"13912345{chance.randrange(1000):03}")
        for (name, spelt), who, age, sex in _CAST
    ]


def marked(request: HttpRequest) -> dict[str, bool]:
    """For every template: whether this is a place to practise."""
    return {"is_practice": settings.PRACTICE}


def _number(age: int, sex: int, chance: Random, on: date) -> str:
    born = date(on.year - age - 1, chance.randint(1, 12), chance.randint(1, 28))
    if born.replace(year=born.year + age + 1) <= on:
        born = born.replace(year=born.year + 1)
    first = f"{PRACTICE}{born:%Y%m%d}{chance.randrange(50):02}{chance.randrange(5) * 2 + sex}"
    return first + check_digit(first)
