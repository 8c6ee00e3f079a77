"""The form's rules as data: what the tablet judges by while no check reaches the server, in static/rules.js.

Conditions, rows, readers, derivations and words come from where the server itself reads them. No personal data.
What is judged on arrival alone: see `UNTOLD`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from gridapp import dictionary
from gridapp.catalogue import asking, targets
from gridapp.contract import Condition, Inexpressible, Kind, Layout, Profile, Row
from gridapp.contract.conditions import is_known
from gridapp.contract.limits import limits_of
from gridapp.desk import groups, household, questions
from gridapp.desk.draft import Draft
from gridapp.dictionary import shipped

KINDS = (Kind.RESIDENT, Kind.HOUSING)
UNTOLD = frozenset({"divisions", "held", "wholes"})
"""What the tablet cannot judge and the server does.

`divisions`: names of places outside the home city are not at hand, so they are neither taken off an address nor offered
by a number. `held`: of values on file that the page masks, or has no field for, it is known that they are there, not
what they are. `wholes`: whether a system can express a value made of several fields, unless it is a code.
"""

_PLACES_OWN = frozenset({"housing.division_code", "housing.housing_code", "housing.grid_code"})
_PLAIN_TYPES = frozenset({"code", "codes", "bool", "date", "integer", "decimal", "division"})
_DERIVED = ("birth_date", "sex", "age")
_BUILDINGS_OWN = "housing.building_code"
HOUSEHOLD = "household.household_no"


@dataclass(frozen=True)
class Shipped:
    """The rules in one language as they are sent, and what they are recognised by."""

    body: bytes
    etag: str


@gzip_page
@require_safe
def ship(request: HttpRequest) -> HttpResponse:
    """GET /rules/: a script asks, so who is signed out is told so as JSON and not sent to another page."""
    if not request.user.is_authenticated:
        return JsonResponse({"ok": False, "reason": "signed_out"}, status=401)
    rules = current()
    kept = {"ETag": rules.etag, "Cache-Control": "private, no-cache"}
    response = HttpResponse(rules.body, content_type="application/json", headers=kept)
    return get_conditional_response(request, etag=rules.etag, response=response) or response


def current() -> Shipped:
    """The rules in the language of the page, as the targets are configured now."""
    named = tuple((one.profile.key, one.live) for one in targets.targets())
    return _shipped(questions.language(), named, settings.PRACTICE, settings.HOME_CITY)


@lru_cache(maxsize=4)
def _shipped(lang: str, named: tuple[tuple[str, bool], ...], practice: bool, home_city: str) -> Shipped:
    """Made once for each set of targets. `named`: key of each target and whether it is connected, in their order."""
    body = orjson.dumps(rules(lang, practice=practice, home_city=home_city), option=orjson.OPT_NON_STR_KEYS)
    return Shipped(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def rules(lang: str, *, practice: bool, home_city: str) -> dict[str, Any]:
    """Everything static/rules.js reads, in zh or en; conditions as `Condition.as_json` writes them."""
    names = list(dict.fromkeys([*(name for kind in KINDS for name in groups.names(kind)), _BUILDINGS_OWN]))
    tables = {field.table for name in names if (field := dictionary.field(name)).table}
    return {
        "language": lang,
        "practice": practice,
        "home_city": home_city,
        "kinds": {kind: _kind(kind) for kind in KINDS},
        "fields": shipped.fields(names, lang),
        "codes": shipped.codes(sorted(table for table in tables if table)),
        "words": shipped.words(lang),
        "doubts": shipped.doubts(lang),
        "kinship": shipped.kinship_of(),
        "patterns": shipped.patterns(),
        "documents": shipped.documents_of(),
        "agreements": shipped.agreements(),
        "derivations": shipped.derivations(),
        "paths": shipped.paths(home_city),
        "today": shipped.today(home_city),
        "why": shipped.why(lang),
        "why_former": shipped.why_former(lang),
        "derived": [_derived(name, lang) for name in _DERIVED],
        "follows": [_derived(name, lang) for name in groups.CAN_FOLLOW],
        "asking": _asking(),
        **_targets(lang),
        "ready": _("%(total)s 个系统，%(ready)s 个已齐") % {"total": "{total}", "ready": "{ready}"},
        "lacking": {key: _lacking(number) for key, number in (("one", 1), ("other", 2))},
        "still_asked": sorted({*household.ASKED_AT.values(), HOUSEHOLD}),
        "untold": sorted(UNTOLD),
    }


def _kind(kind: Kind) -> dict[str, Any]:
    return {
        "names": groups.names(kind),
        "always": groups.ALWAYS[kind],
        "placed": sorted(groups.PLACED),
        "of_housemates": groups.OF_HOUSEMATES,
    }


def _derived(name: str, lang: str) -> list[Any]:
    """A value that is shown, its label, and the words for its codes."""
    field = dictionary.field(name)
    table = dictionary.table(field.table).items if field.table else ()
    return [name, field.label(lang), {one.code: one.label(lang) for one in table}]


def _lacking(number: int) -> str:
    words = ngettext("还缺 %(number)s 项", "还缺 %(number)s 项", number)
    return words % {"number": "{number}"}


def _asking() -> dict[str, Any]:
    return {
        "follows_from": dict(asking.FOLLOWS_FROM),
        "stated": _as_json(asking.STATED),
        "alongside": {name: [extra, when.as_json()] for name, (extra, when) in asking.ALONGSIDE.items()},
        "narrower": _as_json(asking.NARROWER),
        "compulsory": _as_json(asking.COMPULSORY),
        "typed": sorted(asking.TYPED),
    }


def _as_json(conditions: Mapping[str, Condition]) -> dict[str, list[Any]]:
    return {name: condition.as_json() for name, condition in conditions.items()}


def _targets(lang: str) -> dict[str, Any]:
    """The targets in the order of pages, the names they give, and what everything they receive is called."""
    configured = targets.targets()
    rows = [row for one in configured for layout in one.profile.layouts.values() for row in layout.content_rows]
    names = {name for row in rows for name in (row.source, *row.inputs)}
    asked = {name for kind in KINDS for name in groups.names(kind)}
    sources = {source for follows in asking.FOLLOWS_FROM.values() for source in follows}
    labelled = sorted((names | asked | sources) & dictionary.FIELDS.keys())
    return {
        "targets": [_target(one.profile, lang, connected=one.live) for one in configured],
        "given": sorted({name for one in configured for name in one.profile.gives.values()}),
        "labels": {name: dictionary.field(name).label(lang) for name in labelled},
    }


def _target(profile: Profile, lang: str, *, connected: bool) -> dict[str, Any]:
    return {
        "key": profile.key,
        "name": profile.en if lang == "en" else profile.zh,
        "connected": connected,
        "layouts": {kind: _layout(layout) for kind, layout in profile.layouts.items()},
    }


def _layout(layout: Layout) -> dict[str, Any]:
    return {"applies": layout.applies.as_json(), "rows": [_row(row) for row in layout.content_rows]}


def _row(row: Row) -> dict[str, Any]:
    """One row. What goes without saying is left out: never required, asked where required, stands where known."""
    required, asked, stands = (one.as_json() for one in (row.required, row.asked_when, row.stands_when))
    said = {
        "source": row.source,
        "required": required if required != ["any_of", []] else None,
        "asked": asked if asked != required else None,
        "stands": stands if stands != ["known", row.source] else None,
        "names": row.asked_names if row.asked_names != (row.source,) else None,
        "typed": row.source in row.inputs or None,
        "codes": _refused_codes(row) or None,
        "limits": limits_of(row.format) or None,
    }
    return {key: value for key, value in said.items() if value is not None}


def _refused_codes(row: Row) -> dict[str, str]:
    """Of a coded field the codes that the target has no word for, and why: tried one by one."""
    field = dictionary.FIELDS.get(row.source)
    refused = {}
    for one in dictionary.table(field.table).items if field and field.table else ():
        try:
            row.value({row.source: [one.code] if field and field.type == "codes" else one.code})
        except Inexpressible as error:
            refused[one.code] = error.reason
    return refused


def known(draft: Draft) -> dict[str, Any]:
    """What a form's page knows besides what is typed (its data-known): codes, days, numbers, a resident's address.

    Names, texts and everything sensitive are only said to be there (`held`). `masked`: what stands empty in the form of
    a record and is not emptied by that.
    """
    there = {name: value for name, value in draft.known.items() if is_known(value)}
    told = {name: plain(value) for name, value in there.items() if _may_be_told(name, draft.kind)}
    building = draft.building
    place = {_BUILDINGS_OWN: building.code, "housing.room_no": draft.room_no} if building else {}
    place |= {"housing.floor_no": str(draft.floor)} if building and draft.floor is not None else {}
    return {
        "view": told,
        "held": sorted(there.keys() - told.keys()),
        "masked": sorted(draft.held),
        "told": sorted(draft.told),
        "place": place,
        "record": draft.record is not None,
        "beside": draft.housemate is not None,
        "numbered": HOUSEHOLD in draft.shared,
        "lends": {one: _lent(one, draft) for one in household.offered(draft.lends)},
    }


def _lent(one: str, draft: Draft) -> dict[str, Any]:
    """Our names -> values that one tap takes over, null for what is only said to be there."""
    pairs = [(ours, draft.lends.get(theirs)) for ours, theirs in household.TAKEN[one]]
    return {ours: plain(value) if _may_be_told(ours, draft.kind) else None for ours, value in pairs if value}


def _may_be_told(name: str, kind: str) -> bool:
    field = dictionary.FIELDS.get(name)
    if field is None or field.sensitivity in {"S2", "S3"}:
        return False
    if name == "housing.address":
        return kind == Kind.RESIDENT  # whether somebody lives where the hukou is
    return field.type in _PLAIN_TYPES or name in _PLACES_OWN


def plain(value: Any) -> Any:
    """A value of a view as JSON has it: days as ISO texts, decimals as numbers."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
