"""A person whom two grids claim (handbook 2.11, rule 3): both homes beside each other, and the act that decides.

A correction like any other, so that the record's own history says who decided; the home that is not the main one stays
on record with what was entered of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from gridapp.org import scope
from gridapp.org.models import User

from . import homes, locks
from .acts import Act, Done
from .changes import write
from .checks import judged_changes
from .documents import stored
from .forms import Kind
from .models import Entry, Objection, Record, Residency
from .objections import Status, opened
from .refusals import OutOfScope, refuse

_ARRIVALS = (Entry.Action.CREATE, Entry.Action.MOVE)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One of the two homes. `by`, `at`: who entered it and when, None where that is not known."""

    residency: Residency
    by: User | None
    at: datetime | None

    @property
    def seen_at(self) -> datetime:
        """When somebody was last there."""
        return self.residency.verified_at or self.residency.created_at


@dataclass(frozen=True, slots=True)
class Contest:
    """`main`: where the person lives as the other grid knows it, None where that home is closed by now; `claim`: where
    the objection says that they live."""

    main: Claimed | None
    claim: Claimed


def of(row: Objection) -> Contest | None:
    """The two homes of an objection; None where it is about something else. Two statements."""
    if row.residency_id is None:
        return None
    was = UUID(opened(row).was)
    found = Residency.objects.filter(resident=row.record_id).select_related("housing__building", "household")
    living = sorted(found, key=lambda one: (one.is_open, one.is_primary, one.created_at), reverse=True)
    claimed = next(one for one in living if one.pk == row.residency_id)
    others = [one for one in living if one.pk != claimed.pk]
    main = homes.main(others) if row.is_open else next((one for one in others if one.housing_id == was), None)
    entries = Entry.objects.filter(record=row.record_id, action__in=_ARRIVALS).select_related("by").order_by("-number")
    return Contest(_claimed(main, entries) if main else None, _claimed(claimed, entries))


def _claimed(home: Residency, entries: QuerySet[Entry]) -> Claimed:
    made = next((one for one in entries if one.grid_code == home.housing.grid_code), None)
    return Claimed(home, made.by if made else None, made.made_at if made else home.created_at)


def may_decide(user: User, row: Objection, contest: Contest, *, upholds: bool, on: date) -> bool:
    """Who oversees both grids decides; one of the two can give way at any time, and carries its own home through only
    when the other has said nothing in five working days and its own was seen last."""
    if not scope.may_decide(user) or contest.main is None:
        return False
    main, claim = contest.main, contest.claim
    there, here = (scope.allows(user, one.residency.housing.grid_code) for one in (main, claim))
    if there and here:
        return True
    gives_way, own, other = (there, claim, main) if upholds else (here, main, claim)
    silent = row.status != Status.CHECKED and row.due_on < on
    return gives_way or ((there or here) and silent and own.seen_at > other.seen_at)


def decide(act: Act) -> Done:
    """The form's housing is the main home. The other ends, where the form gives a reason, or stays a second home.

    Raises Refused, OutOfScope.
    """
    rows = locks.records(act.form.record)
    if not rows or rows[0].kind != Kind.RESIDENT or not scope.may_decide(act.by):
        raise OutOfScope
    person, residencies = rows[0], homes.of(rows[0])
    main, claim = homes.main(residencies), next((one for one in residencies if one.pk == act.form.contested), None)
    if main is None or claim is None or not claim.is_contested:
        refuse("record", "not_contested")
    if not any(scope.allows(act.by, one.housing.grid_code) for one in (main, claim)):
        raise OutOfScope
    if act.form.housing not in (main.housing_id, claim.housing_id):
        refuse("housing", "not_contested")
    won, lost = (claim, main) if act.form.housing == claim.housing_id else (main, claim)
    own = person.document()
    before, around = {**own, **homes.document(main)}, _around(person, main, claim)
    said = _leave(act, lost)
    after = {**own, **homes.document(won)}
    if won is claim:
        homes.promote(won)
        person.grid_code, person.closed_at = won.housing.grid_code, None
        write(person, own)
    return Done(person, before, after, said, around)


def _leave(act: Act, lost: Residency) -> dict[str, object]:
    """The home that is not the main one: ended for the reason that the form gives, on the day of the entry."""
    reason = act.form.fields.get("residency.end_reason")
    if not reason:
        homes.demote(lost)
        return {}
    fields = {"residency.end_reason": reason, "residency.end_date": act.on}
    said = stored(judged_changes(homes.part(homes.document(lost), "residency"), fields, on=act.on))
    homes.end(lost, said)
    return said


def _around(person: Record, *residencies: Residency) -> tuple[UUID, ...]:
    """The homes and who lives in the households: their views change as well."""
    found = [one.housing_id for one in residencies]
    for one in residencies:
        found += homes.housemates(one.household, person)
    return tuple(dict.fromkeys(found))
