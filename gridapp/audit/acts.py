"""What is noted: one word an act, the same in the table, on the page and in an export."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Act(models.TextChoices):
    """Grouped by what they are about; the part before the dot is the group."""

    SIGNED_IN = "session.in", _("登录")
    SIGN_IN_FAILED = "session.failed", _("登录失败")
    SIGNED_OUT = "session.out", _("退出登录")
    SESSION_ENDED = "session.ended", _("登录被结束")
