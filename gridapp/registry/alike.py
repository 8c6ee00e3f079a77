"""Is the person who is being typed known already? For certain by the document, perhaps by what else agrees.

Only people of the user's own areas are compared: what a worker types never tells who lives elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Q

from gridapp import direct
from gridapp.dictionary import documents as numbers
from gridapp.dictionary import holder
from gridapp.org.models import User

from .documents import opened
from .identity import blind_identities
from .models import FormerDocument, NotSame, Record
from .reach import searchable, visible
from .search_tokens import ways_of_query

_COMPARED = 60
_SHOWN = 3


# A look into the index for each: of a hundred tokens at once the planner expects so many people that it reads them all.
_WITH_ONE_OF = """
SELECT DISTINCT r.id FROM unnest(%s::bigint[]) AS n(token)
CROSS JOIN LATERAL (SELECT id FROM registry_record WHERE tokens @> ARRAY[n.token] AND kind = 'resident' OFFSET 0) AS r
"""


class Why(StrEnum):
    NAME_AND_BIRTH = "name_and_birth"
    NAME_AND_PHONE = "name_and_phone"
    NEARLY_THE_NUMBER = "nearly_the_number"


@dataclass(frozen=True, slots=True)
class Likeness:
    """Somebody who may be the same person, and what says so."""

    record: Record
    why: Why


def same_document(view: Mapping[str, Any], *, by: User) -> Record | None:
    """The person of the user's areas who has or had this very document. `view`: judged values, with `id_number`."""
    identities = blind_identities(view.get("id_type") or "111", view.get("id_number"))
    if not identities:
        return None
    # Two look-ups in two indexes; as one condition with OR the whole register would be read.
    has = Record.objects.filter(identity__in=identities).values_list("pk")
    had = FormerDocument.objects.filter(identity__in=identities).values_list("record_id")
    ids = [pk for (pk,) in has.union(had)]
    return visible(by).filter(pk__in=ids).first() if ids else None


def perhaps(view: Mapping[str, Any], *, by: User, entry_id: UUID) -> list[Likeness]:
    """Up to three people with the same name and birth date, the same name and phone, or nearly the same number.

    Found through the blind search tokens of name and phone, whoever has neither is not found. Without those who were
    said not to be the person of this entry.
    """
    wanted = _worth_comparing(view)
    if not wanted:
        return []
    people = searchable(by).filter(wanted, kind=Record.Kind.RESIDENT).defer("tokens")
    found = people.order_by("-updated_at")[:_COMPARED]
    alike = [Likeness(record, why) for record in found if (why := _why(view, _known(record)))]
    told_apart = _told_apart(entry_id) if alike else set()
    return [one for one in alike if one.record.pk not in told_apart][:_SHOWN]


def perhaps_among(views: Sequence[Mapping[str, Any]], *, by: User) -> dict[int, Record]:
    """Place in `views` -> one who may be that person but has another document; three statements for all of them."""
    # Of a name longer than a token, a part.
    tokens = sorted({tokens[0] for view in views for tokens in _compared_by(view)})
    ids = [id_ for (id_,) in direct.fetch(_WITH_ONE_OF, [tokens])] if tokens else []
    if not ids:
        return {}
    people = searchable(by).filter(pk__in=ids)
    found: dict[int, UUID] = {}
    for pk, sealed in people.order_by("-updated_at").values_list("pk", "sealed")[: _COMPARED * len(views)]:
        known = opened(sealed, f"record:{pk}")
        for place, view in enumerate(views):
            if place not in found and may_be(view, known):
                found[place] = pk
    records = Record.objects.defer("tokens").in_bulk(set(found.values())) if found else {}
    return {place: records[pk] for place, pk in found.items()}


def may_be(view: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    """True where somebody known may be the person, though under another document.

    Name or phone must agree: numbers alone are alike by chance among as many as a ledger has.
    """
    agrees = any(view.get(name) and view[name] == known.get(name) for name in ("name", "phone"))
    return agrees and known.get("id_number") != view.get("id_number") and _why(view, known) is not None


def _worth_comparing(view: Mapping[str, Any]) -> Q:
    """Who has the name or the phone; nobody as long as a name is all there is, for a name alone is no reason.

    A surname is not asked for either: a tenth of a district would have to be compared with every letter.
    """
    wanted = Q()
    for tokens in _compared_by(view):
        wanted |= Q(tokens__contains=tokens)
    return wanted


def _compared_by(view: Mapping[str, Any]) -> list[list[int]]:
    """The tokens of the name, and those of the phone; each twice while the index key changes."""
    name, phone = str(view.get("name") or ""), str(view.get("phone") or "")
    if not name or not (phone or view.get("id_number") or holder.born(view)):
        return []
    return [tokens for text in (name if len(name) > 1 else "", phone) if text for tokens in ways_of_query(text)]


def tell_apart(record: Record, entry_id: UUID, *, by: User) -> None:
    """Keeps that the person of `record` is not the one whom the entry is about. Saying it again changes nothing."""
    NotSame.objects.get_or_create(record=record, entry_id=entry_id, defaults={"by": by})


def _told_apart(entry_id: UUID) -> set[UUID]:
    return set(NotSame.objects.filter(entry_id=entry_id).values_list("record_id", flat=True))


def _known(record: Record) -> Mapping[str, Any]:
    return opened(record.sealed, record.bound_to)


def _why(view: Mapping[str, Any], known: Mapping[str, Any]) -> Why | None:
    if known.get("name") == view.get("name"):
        birth = holder.born(view)
        if birth is not None and birth == holder.born(known):
            return Why.NAME_AND_BIRTH
        if view.get("phone") and view["phone"] == known.get("phone"):
            return Why.NAME_AND_PHONE
    return Why.NEARLY_THE_NUMBER if _nearly(view.get("id_number") or "", known.get("id_number") or "") else None


def _nearly(one: str, other: str) -> bool:
    """One character apart. A check digit follows from the others, so that one wrong digit changes two."""
    if numbers.is_eighteen(one) and numbers.is_eighteen(other):
        one, other = one[:17], other[:17]
    if len(one) != len(other) or len(one) < 8:
        return False
    return sum(mine != theirs for mine, theirs in zip(one, other, strict=True)) == 1
