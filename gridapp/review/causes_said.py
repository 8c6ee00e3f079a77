"""What a person says in the forms of a cause: which cause it is, what is to be done to it, what its codes are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp import dictionary
from gridapp.catalogue.recoding import LONGEST
from gridapp.catalogue.targets import Configured
from gridapp.delivery.causes import DUE_WITHIN, Act, Cause
from gridapp.delivery.causes_codes import Met
from gridapp.delivery.causes_notes import LONGEST as LONGEST_REMARK
from gridapp.org.models import User
from gridapp.review.opening import target_or_404

LONGEST_REASON = 200


def cause_said(said: QueryDict, by: User) -> tuple[Cause, Configured]:
    """The cause that an address or a form names. Raises Http404 for what cannot be one."""
    one = target_or_404(said.get("target", ""), by)
    status, code, about = said.get("status", ""), said.get("code", ""), said.get("field", "")
    if status not in DUE_WITHIN or len(code) > LONGEST or len(about) > LONGEST or "\0" in code + about:
        raise Http404
    return Cause(one.target.pk, status, code, about), one


def address(cause: Cause, one: Configured) -> str:
    """The page of a cause."""
    said = {"target": one.target.key, "status": cause.status, "code": cause.code, "field": cause.field}
    return f"{reverse('review:cause')}?{urlencode({name: value for name, value in said.items() if value})}"


@dataclass
class ActSaid:
    """One thing to be done to all of a cause. `complaint`: what is wrong with the form, "" for nothing."""

    act: str
    reason: str
    complaint: str | Promise = ""

    @classmethod
    def read(cls, post: QueryDict, offered: Sequence[Act]) -> ActSaid:
        said = cls(post.get("act", ""), post.get("reason", "").replace("\0", "").strip())
        if said.act not in offered:
            raise Http404
        if said.act == Act.BACK and not said.reason:
            said.complaint = _("请写明退回的原因")
        elif len(said.reason) > LONGEST_REASON:
            said.complaint = _("原因请不要超过 200 字")
        elif post.get("sure") != "yes":
            said.complaint = _("请先勾选确认")
        return said


@dataclass
class CodesSaid:
    """The codes that were typed: place in the form -> code. `becomes`: (their field, our code) -> their new code."""

    typed: dict[int, str] = field(default_factory=dict)
    becomes: dict[tuple[str, str], str] = field(default_factory=dict)
    complaint: str | Promise = ""

    @classmethod
    def read(cls, post: QueryDict, codes: Sequence[Met]) -> CodesSaid:
        """Each input is named by their field and our code, so that an order that has changed meanwhile is no matter."""
        said = cls()
        for place, each in enumerate(codes):
            new = post.get(named(each), "").strip()
            if new and new != each.offer.said:
                said.typed[place] = new
                said.becomes[each.offer.theirs, each.offer.code] = new
        if not said.becomes:
            said.complaint = _("请至少填一个新代码")
        elif any(len(new) > LONGEST or not new.isprintable() for new in said.becomes.values()):
            said.complaint = _("代码太长或含有无法识别的字符")
        elif post.get("sure") != "yes":
            said.complaint = _("请先勾选确认")
        return said


def named(each: Met) -> str:
    """The name of the input for one code."""
    return f"to {each.offer.theirs} {each.offer.code}"


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One code in the form. `said`: what the target is told now; `typed`: what stands in the input."""

    name: str
    theirs: str
    code: str
    label: str
    said: str
    changed: bool
    number: int
    typed: str


def lines(about: str, codes: Sequence[Met], said: CodesSaid | None, lang: str) -> list[CodeLine]:
    """The codes of a field as the form shows them."""
    defined = dictionary.FIELDS.get(about)
    table = dictionary.table(defined.table) if defined and defined.table else None
    typed: Mapping[int, str] = said.typed if said else {}
    return [
        CodeLine(
            named(each), each.offer.theirs, each.offer.code, table.label(each.offer.code, lang) if table else "",
            each.offer.said, each.offer.changed, each.number, typed.get(place, ""),
        )
        for place, each in enumerate(codes)
    ]  # fmt: skip


def remark_said(post: QueryDict) -> tuple[str, str | Promise]:
    """The text of a remark, and what is wrong with it."""
    text = post.get("text", "").replace("\0", "").strip()
    if not text or len(text) > LONGEST_REMARK:
        return text, _("请写下内容，不超过 500 字")
    return text, ""
