"""What a person says of a delivery in a form: read, checked, and told to the delivery."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.catalogue.targets import Configured
from gridapp.delivery import byhand
from gridapp.delivery.models import Delivery
from gridapp.org.models import User
from gridapp.review.opening import number

LONGEST_REFERENCE, LONGEST_NUMBER, LONGEST_REASON = 128, 64, 500
ACTS = ("filled", "there", "back")


@dataclass
class Said:
    """One form as it was posted. `complaints`: name of the input -> what is wrong with it."""

    act: str
    generation: int
    numbers: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    about: str = ""
    complaints: dict[str, str | Promise] = field(default_factory=dict)

    @classmethod
    def read(cls, post: QueryDict, *, asks: Mapping[str, str], fields: Mapping[str, str]) -> Said:
        """`asks`: the numbers the target gives; `fields`: what can be sent back."""
        names = ["", *(asks if len(asks) > 1 else ())]
        said = cls(
            act=post.get("act", ""),
            generation=number(post.get("generation")),
            numbers={name: post.get(f"number-{name}", "").strip() for name in names},
            reason=post.get("reason", "").strip(),
            about=post.get("field", ""),
        )
        said._check(fields)
        return said

    def _check(self, fields: Mapping[str, str]) -> None:
        if self.act not in ACTS:
            self.complaints["act"] = _("请选择已填、已有或退回")
        for name, value in self.numbers.items():
            longest = LONGEST_NUMBER if name else LONGEST_REFERENCE
            if len(value) > longest or not value.isprintable():
                self.complaints[f"number-{name}"] = _("编号太长或含有无法识别的字符")
        if self.act == "back" and not self.reason:
            self.complaints["reason"] = _("请写明退回的原因")
        if len(self.reason) > LONGEST_REASON:
            self.complaints["reason"] = _("原因请不要超过 500 字")
        if self.about and self.about not in fields:
            self.complaints["field"] = _("没有这一项")

    def tell(self, row: Delivery, one: Configured, *, by: User) -> bool:
        """False where the delivery is no longer what the person saw."""
        if self.act == "back":
            return byhand.sent_back(row, one, reason=self.reason, field=self.about, generation=self.generation, by=by)
        say = byhand.filled if self.act == "filled" else byhand.there_already
        return say(row, one, numbers=self.numbers, generation=self.generation, by=by)
