"""What the page says, and whose move that is. It has no codes: its sentences are all there is."""

from __future__ import annotations

from collections.abc import Mapping

from gridapp.contract import AlreadyThere, Kind, Manual, NotYet, Outcome, Rejected, Unavailable

from .mapping import PROFILE
from .page import BOOKS

CLAIMS: Mapping[str, type[Outcome]] = {
    "身份证号已存在": AlreadyThere,
    "请选择与户主关系": Rejected,
    "站长退回:户号为空": Rejected,
    "验证码错误": Manual,
    "会话超时，请重新登录": NotYet,
}
"""Its sentences and what each is here."""

CAPTCHA = Manual("captcha", "对方页面要求输入验证码，请人工代填")
SOURCES: Mapping[Kind, Mapping[str, str]] = {
    kind: {row.name: row.source for row in layout.rows} for kind, layout in PROFILE.layouts.items()
}
"""Their label -> our field, for each kind."""


class SessionLost(Exception):
    """It does not know any more who has signed in."""


class CaptchaAsked(Exception):
    """It wants a picture read: that is what it has people for."""


def meet(text: str, *, sending: bool) -> None:
    """Raises what a sentence or a page means for whoever is signed in, whatever file is open.

    Raises SessionLost, CaptchaAsked or Unavailable; returns where it is none of that.
    """
    if "会话超时" in text or "重新登录" in text:
        raise SessionLost
    if "验证码" in text:
        raise CaptchaAsked
    if "开放时间" in text:
        raise Unavailable("对方不在开放时间", maybe_sent=sending)
    if "系统异常" in text or "系统繁忙" in text or "稍后再试" in text:
        raise Unavailable("对方页面提示系统异常", maybe_sent=sending)


def refusal(said: str, kind: Kind, reference: str) -> Outcome:
    """What a sentence about the file means that was handed in."""
    if "已存在" in said and BOOKS[kind].key in said:
        return AlreadyThere(reference, code="exists")
    return Rejected("page", said, mentioned(said, kind))


def mentioned(said: str, kind: Kind) -> tuple[str, ...]:
    """Our fields whose label the sentence has in it: 与户主关系 before 户主, the longest first."""
    sources, found = SOURCES[kind], []
    for label in sorted(sources, key=len, reverse=True):
        if label in said:
            found.append(sources[label])
            said = said.replace(label, "")
    return tuple(found)
