"""What templates of the desk say in one word: who is signed in, a building, a status."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gridapp.desk import questions, recent, rooms, session
from gridapp.org import portal
from gridapp.org.models import User

register = template.Library()
register.filter("building_label", rooms.label)
register.filter("record_title", lambda record: recent.title(record, on=timezone.localdate()))
register.filter("field_id", questions.id_of)


@register.simple_tag(takes_context=True)
def who(context: dict[str, Any]) -> SafeString:
    """Name of the person signed in and the areas they work in."""
    user: User = context["user"]
    areas = list(user.areas.all()[:3])
    english = questions.language() == "en"
    named = _("、").join((area.name_en or area.name) if english else area.name for area in areas[:2])
    where = ngettext("%(names)s 等", "%(names)s 等", len(areas)) % {"names": named} if len(areas) > 2 else named
    return format_html("<b>{}</b>{}", user.display_name, where or _("没有分配网格"))


@register.simple_tag
def portal_name() -> str:
    """Of the portal where one can sign in, "" where there is none."""
    return portal.name() if portal.is_on() else ""


@register.simple_tag(takes_context=True)
def tablet_owner(context: dict[str, Any]) -> str:
    """The account as tablets know it, "" for nobody: what is typed on this page is this person's and no one else's."""
    user = context.get("user")
    return session.owner(user) if isinstance(user, User) else ""
