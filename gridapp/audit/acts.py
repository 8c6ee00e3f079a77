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
    SIGN_IN_THROTTLED = "session.throttled", _("登录尝试太多，暂不受理")
    PASSWORD_CHOSEN = "session.password", _("本人改了密码")
    PROVED = "session.proved", _("再次证明身份")
    FACTOR_ADDED = "factor.added", _("设置两步验证")
    FACTOR_REMOVED = "factor.removed", _("本人取消两步验证")
    FACTOR_RESET = "factor.reset", _("他人解除两步验证")
    FACTOR_FAILED = "factor.failed", _("验证码不对")
    RECOVERY_MADE = "factor.codes", _("生成备用码")
    RECOVERY_USED = "factor.recovery", _("使用备用码")
    ROLE_GIVEN = "account.role", _("给予角色")

    DISCLOSURE_SEEN = "disclosure.seen", _("查看告知清单")
    DISCLOSURE_PRINTED = "disclosure.printed", _("打印告知清单")
    ARCHIVE_ASKED = "archive.asked", _("申请归档包")
    ARCHIVE_AGREED = "archive.agreed", _("批准归档包")
    ARCHIVE_FETCHED = "archive.fetched", _("下载归档包")
    RIGHT_LODGED = "right.lodged", _("登记权利请求")
    RIGHT_DECIDED = "right.decided", _("决定权利请求")
    RIGHT_ANSWERED = "right.answered", _("交付权利请求的结果")
    RECORD_DELETING = "record.deleting", _("开始删除档案")
    RECORD_DELETED = "record.deleted", _("删除档案")
    TOMBSTONES_APPLIED = "record.tombstones", _("恢复后重新删除")
    INCIDENT_LOOKED = "incident.looked", _("生成事件报告包")
    EVIDENCE_TAKEN = "incident.evidence", _("生成合规审计材料")

    TOKEN_MADE = "token.made", _("签发接口令牌")
    TOKEN_REVOKED = "token.revoked", _("撤销接口令牌")
    TOKEN_MOVED = "token.moved", _("接口令牌换了地址使用")
    TOKEN_REFUSED = "token.refused", _("接口令牌被拒绝")
    TOKEN_IN_ADDRESS = "token.address", _("令牌写在网址里")
    WEBHOOK_MADE = "webhook.made", _("新建通知地址")
    WEBHOOK_CHANGED = "webhook.changed", _("修改通知地址")
    WEBHOOK_DISABLED = "webhook.disabled", _("通知地址被停用")
