"""What a supervisor decides of a collision: ours, theirs or a third value for each field, or neither, with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp import registry
from gridapp.delivery.submit import submit
from gridapp.org.models import User
from gridapp.registry import posted, set_aside
from gridapp.registry.collisions import Collided, Collision
from gridapp.registry.models import Entry, Record
from gridapp.review import valued
from gridapp.review.opening import language, number

LONGEST_REASON = 200
CHOICES = ("ours", "theirs", "other")


class Overtaken(Exception):
    """Somebody decided it, or changed the record, since the page was drawn. Nothing is stored."""


@dataclass
class Decision:
    """One form as it was posted. `choices`: field -> ours, theirs or other; `others`: field -> what was typed.

    `complaints`: name of the field ("reason" for the reason) -> what is wrong with it.
    """

    drops: bool
    version: int
    choices: dict[str, str] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    complaints: dict[str, str | Promise] = field(default_factory=dict)

    @classmethod
    def read(cls, post: QueryDict, case: Collided) -> Decision:
        """The answers to the fields that collide now."""
        said = cls(
            drops=post.get("act") == "drop",
            version=number(post.get("version")),
            choices={one.name: post.get(f"choice-{one.name}", "") for one in case.fields},
            others=_others(post, case.fields),
            reason=post.get("reason", "").strip(),
        )
        said._check()
        return said

    def _check(self) -> None:
        if self.drops:
            if not self.reason:
                self.complaints["reason"] = _("请写明为什么两边都不用")
            if len(self.reason) > LONGEST_REASON:
                self.complaints["reason"] = _("原因请不要超过 200 字")
            return
        for name, choice in self.choices.items():
            if choice not in CHOICES:
                self.complaints[name] = _("请选一个")
            elif choice == "other" and not self.others.get(name):
                self.complaints[name] = _("请填写另一个值")

    def tell(self, case: Collided, *, by: User) -> bool:
        """Settles it; a correction in the name of who decides goes through the one door, unless both are put aside.

        False where a value is refused, which the complaints then say. Raises Overtaken. Then nothing is stored.
        """
        settled_as = set_aside.Settled.DROPPED if self.drops else set_aside.Settled.DECIDED
        try:
            with transaction.atomic():
                if not set_aside.settle(case.row, by, settled_as=settled_as, reason=self.reason):
                    raise Overtaken
                if not self.drops:
                    self._enter(case, by)
        except registry.Refused as refused:
            lang = language()
            self.complaints = {one.field: f"{one.reason(lang)}{_('：')}{one.remedy(lang)}" for one in refused.refusals}
        except registry.OutOfScope:
            raise Overtaken from None
        return not self.complaints

    def _enter(self, case: Collided, by: User) -> None:
        record = case.record
        if record is None or self.version != case.version:
            raise Overtaken
        form = registry.EntryForm(
            id=uuid4(),
            kind=Record.Kind(record.kind),
            action=Entry.Action.CORRECT,
            grid_code=record.grid_code,
            fields=self._fields(case),
            record=record.id,
            base_version=case.version,
        )
        submit(form, by=by)

    def _fields(self, case: Collided) -> Mapping[str, Any]:
        chosen = {one.name: self._value(one) for one in case.fields}
        return {name: "" if value is None else value for name, value in {**case.rest, **chosen}.items()}

    def _value(self, one: Collision) -> Any:
        choice = self.choices[one.name]
        return self.others[one.name] if choice == "other" else one.ours if choice == "ours" else one.theirs


def _others(post: QueryDict, fields: Sequence[Collision]) -> dict[str, Any]:
    """What was typed beside the two values: a code is taken by its name as well."""
    sent = QueryDict(mutable=True)
    for one in fields:
        sent.setlist(one.name, [text[:2000] for text in post.getlist(f"other-{one.name}") if text])
    found = posted.typed(sent, [one.name for one in fields if sent.getlist(one.name)])
    return {name: valued.code(name, raw) for name, raw in found.items()}
