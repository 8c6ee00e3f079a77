"""What a person says in the forms of objections: that a value is wrong, or what becomes of it. Read, checked, told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp import registry
from gridapp.delivery.submit import submit
from gridapp.dictionary import FIELDS, TABLES, Refusal
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.registry import objections, posted
from gridapp.registry.contests import Contest
from gridapp.registry.models import Entry, Objection, Record
from gridapp.registry.objections import Source, Status
from gridapp.review import valued
from gridapp.review.deciding import Overtaken
from gridapp.review.objection_case import Case
from gridapp.review.opening import language, number

LONGEST = 500
"""Characters of a reason, of what was found, of how somebody is told."""
ENDS = ("1", "2", "4", "5", "6", "9")
"""Codes of residency_end_reason by which the home that is not the main one can end; "" leaves it a second home."""
_STEPS = {"accept": Status.ACCEPTED, "refuse": Status.REFUSED, "check": Status.CHECKED, "keep": Status.KEPT}
_SAY_WHY = {"refuse": _("请写明为什么不受理"), "check": _("请写明核实的情况"), "keep": _("请写明为什么维持")}


@dataclass
class Objecting:
    """The form by which an objection is raised. `complaints`: name of the input -> what is wrong with it."""

    id: UUID
    about: str
    claimed: Any
    source: str
    target: str
    reason: str
    contact: str
    complaints: dict[str, str | Promise] = field(default_factory=dict)

    @classmethod
    def read(
        cls, post: QueryDict, *, fields: Collection[str], sources: Collection[str], targets: Collection[str]
    ) -> Objecting:
        """`fields`: what can be objected to; `sources`, `targets`: for whom, and for which systems' offices, the user
        can speak."""
        name = post.get("field", "")
        said = cls(
            id=_uuid(post.get("id", "")),
            about=name,
            claimed=valued.code(name, posted.typed(post, [name]).get(name, "")) if name in FIELDS else "",
            source=post.get("source", ""),
            target=post.get("target", "") if post.get("source") == Source.DEPARTMENT else "",
            reason=_text(post, "reason"),
            contact=_text(post, "contact"),
        )
        if name not in fields:
            said.complaints["field"] = _("请选择哪一项有误")
        if said.source not in sources or (said.source == Source.DEPARTMENT and said.target not in targets):
            said.complaints["source"] = _("请选择是谁提的")
        if not said.reason:
            said.complaints["reason"] = _("请写明理由")
        return said

    def tell(self, record: Record, *, by: User) -> Objection | None:
        """The objection, kept; None where the value is refused, which the complaints then say."""
        if self.complaints:
            return None
        told: dict[str, str] = {"source": self.source, "reason": self.reason, "target": self.target}
        try:
            return objections.lodge(self.id, record, self.about, self.claimed, contact=self.contact, by=by, **told)
        except registry.Refused as refused:
            self.complaints = {"claimed": _joined(refused.refusals)}
            return None


@dataclass
class Deciding:
    """A step of an objection as it was posted. `other`: another value than the two; `ends`: why the other home ends."""

    act: str
    text: str
    version: int
    other: Any = ""
    ends: str = ""
    complaints: dict[str, str | Promise] = field(default_factory=dict)

    @classmethod
    def read(cls, post: QueryDict, case: Case) -> Deciding:
        name = case.row.field
        raw = "" if case.contest else posted.typed(post, [name]).get(name, "")
        ends = post.get("ends", "")
        said = cls(
            act=post.get("act", ""),
            text=_text(post, "text"),
            version=number(post.get("version")),
            other=valued.code(name, raw) if raw else "",
            ends=ends if ends in ENDS else "",
        )
        if said.act in _SAY_WHY and not said.text:
            said.complaints["text"] = _SAY_WHY[said.act]
        if case.contest and said.act in {"keep", "uphold"} and not said.text:
            said.complaints["text"] = _("请写明依据")
        return said

    def tell(self, case: Case, *, by: User) -> bool:
        """Does it; False where a value is refused, which the complaints then say. Raises Overtaken: then nothing is."""
        if self.act not in case.may:
            raise Overtaken
        if self.complaints:
            return False
        row, contest = case.row, case.contest
        if self.act == "told":
            done = objections.tell(row)
        elif self.act == "withdraw":
            done = objections.step(row, Status.OVER, by=by, text=self.text)
        elif self.act == "uphold" or (contest and self.act == "keep"):
            return self._enter(row, contest, by)
        else:
            done = objections.step(row, _STEPS[self.act], by=by, text=self.text)
        if not done:
            raise Overtaken
        return True

    def _enter(self, row: Objection, contest: Contest | None, by: User) -> bool:
        """The decision and its correction together, through the one door: whoever took the wrong value is told."""
        form = self._two_homes(row, contest, by) if contest else self._corrected(row)
        to = Status.UPHELD if self.act == "uphold" else Status.KEPT
        try:
            with transaction.atomic():
                if not objections.step(row, to, by=by, text=self.text, entry_id=form.id):
                    raise Overtaken
                submit(form, by=by)
        except registry.Refused as refused:
            self.complaints = {"text": _joined(refused.refusals)}
        except registry.OutOfScope:
            raise Overtaken from None
        return not self.complaints

    def _corrected(self, row: Objection) -> registry.EntryForm:
        claimed = objections.opened(row).claimed
        return registry.EntryForm(
            id=uuid4(),
            kind=Record.Kind(row.record.kind),
            action=Entry.Action.CORRECT,
            grid_code=row.record.grid_code,
            fields={row.field: self.other or ("" if claimed is None else claimed)},
            record=row.record_id,
            base_version=self.version or None,
        )

    def _two_homes(self, row: Objection, contest: Contest, by: User) -> registry.EntryForm:
        if contest.main is None:
            raise Overtaken
        main, claim = contest.main.residency, contest.claim.residency
        won = claim if self.act == "uphold" else main
        grids = (main.housing.grid_code, claim.housing.grid_code)
        return registry.EntryForm(
            id=uuid4(),
            kind=Record.Kind.RESIDENT,
            action=Entry.Action.CORRECT,
            grid_code=next(code for code in grids if scope.allows(by, code)),
            fields={"residency.end_reason": self.ends} if self.ends else {},
            record=row.record_id,
            housing=won.housing_id,
            contested=claim.pk,
        )


def ends() -> list[tuple[str, str]]:
    """The ways in which the other home can end, in the page's language."""
    table = TABLES["residency_end_reason"]
    return [(code, table.label(code, language())) for code in ENDS]


def _joined(refusals: Collection[Refusal]) -> str:
    lang = language()
    return str(_("；")).join(f"{one.reason(lang)}{_('：')}{one.remedy(lang)}" for one in refusals)


def _text(post: QueryDict, name: str) -> str:
    return post.get(name, "").replace("\0", "").strip()[:LONGEST]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()
