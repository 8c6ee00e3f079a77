"""The table of what is kept how long: every table of the database stands in it, with its period or with a reason."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from gridapp.registry import exports, looks

from . import archives, counts, inbox
from .keeping import DISCLOSED_AT_LEAST, TECHNICAL_AT_LEAST
from .retention import Period, Rule, Unit, days

_NEEDED = _("个人信息保护法第十九条：不超过必要的时间")
_PROVIDED = _("网络数据安全管理条例第十二条：提供记录至少三年")
_LOGS = _("网络安全法：日志至少六个月")
_GONE = _("个人信息保护法第四十七条：期限届满应当删除")
_PROOF = _("个人信息保护法第六十九条：由我们证明没有过错")
_NOBODY = _("没有居民的信息")
_ASSESSED = _("个人信息保护法第五十六条：影响评估至少保存三年")

_DISCLOSED = Period(36, Unit.MONTHS, "ATTEMPTS_KEPT_MONTHS")
_TECHNICAL = Period(6, Unit.MONTHS, "TECHNICAL_KEPT_MONTHS")
_MONTH = Period(30, Unit.DAYS)
_THREE_YEARS = Period(DISCLOSED_AT_LEAST, Unit.MONTHS)
_SIX_MONTHS = Period(TECHNICAL_AT_LEAST, Unit.MONTHS)
_KEEPING = "gridapp.delivery.keeping.tidy"

PERIODS = (
    Rule(
        _("迁出、死亡的居民的档案、录入、附件、异议和填报状态"),
        (
            *("registry.Record", "registry.Entry", "registry.Residency", "registry.Household", "registry.Reference"),
            *("registry.Attachment", "registry.FormerDocument", "registry.NotSame", "registry.Objection"),
            "delivery.Delivery",
        ),
        Period(5, Unit.YEARS, "RETENTION_YEARS"),
        _("从注销算起；到期列入待删除，由两人决定，不自动删除"),
        _GONE,
    ),
    Rule(
        _("给了哪个系统哪些字段，结果怎样"),
        ("delivery.Attempt",),
        _DISCLOSED,
        _("从尝试算起"),
        _PROVIDED,
        _THREE_YEARS,
        _KEEPING,
    ),
    Rule(_("什么也没有送出的尝试"), ("delivery.Attempt",), _TECHNICAL, _("从尝试算起"), _LOGS, _SIX_MONTHS, _KEEPING),
    Rule(_("代填时的页面截图"), ("delivery.Evidence",), _DISCLOSED, _("从截图算起"), _PROVIDED, _THREE_YEARS, _KEEPING),
    Rule(
        _("显示过完整内容的记录、查看异常"),
        ("registry.Shown", "registry.UnusualDay"),
        _DISCLOSED,
        _("从显示或核实算起"),
        _PROOF,
        None,
        _KEEPING,
    ),
    Rule(_("投诉建议"), ("org.Suggestion",), _DISCLOSED, _("从答复算起"), _NEEDED, None, _KEEPING),
    Rule(
        _("人工上报的表格和回执表的内容"),
        ("delivery.Sheet",),
        _TECHNICAL,
        _("从收回算起，全部办结以后"),
        _NEEDED,
        None,
        _KEEPING,
    ),
    Rule(_("没有收录、等人处理的录入"), ("registry.SetAside",), _TECHNICAL, _("从处理算起"), _NEEDED, None, _KEEPING),
    Rule(_("报失平板传回、扣下的录入"), ("org.HeldBack",), _TECHNICAL, _("从处理算起"), _NEEDED, None, _KEEPING),
    Rule(
        _("平板和它的公钥"),
        ("org.Device", "org.DeviceKey"),
        _TECHNICAL,
        _("从最后一次使用算起"),
        _LOGS,
        _SIX_MONTHS,
        _KEEPING,
    ),
    Rule(
        _("告警、核对、补报的经过"),
        ("delivery.Alarm", "delivery.Reconciliation", "delivery.Backfill"),
        _TECHNICAL,
        _("从结束算起"),
        _LOGS,
        _SIX_MONTHS,
        _KEEPING,
    ),
    Rule(
        _("台账的经过"),
        ("registry.Ledger", "registry.LedgerFile"),
        _TECHNICAL,
        _("从导入结束算起；原文件读完就删除"),
        _NEEDED,
        None,
        _KEEPING,
    ),
    Rule(
        _("台账里要人看的行、没有读完的部分"),
        ("registry.LedgerRow", "registry.LedgerPart"),
        _MONTH,
        _("从导入结束算起"),
        _NEEDED,
        None,
        _KEEPING,
    ),
    Rule(
        _("没有等到录入的照片（包括证件照片）"),
        ("registry.Photo",),
        Period(7, Unit.DAYS),
        _("从收到算起"),
        _NEEDED,
        None,
        _KEEPING,
    ),
    Rule(
        _("登录过的浏览器"),
        ("org.KnownBrowser",),
        Period(400, Unit.DAYS),
        _("从最后一次登录算起"),
        _NEEDED,
        None,
        _KEEPING,
    ),
    Rule(
        _("谁在哪里登录"),
        ("org.OpenSession",),
        Period(200, Unit.DAYS, "SESSIONS_KEPT_DAYS"),
        _("从登录结束算起"),
        _LOGS,
        _SIX_MONTHS,
        "gridapp.org.session_store.forget",
    ),
    Rule(
        _("尝试次数"),
        ("org.Throttled",),
        Period(1, Unit.DAYS),
        _("从第一次算起"),
        _NEEDED,
        None,
        "gridapp.org.throttle.forget",
    ),
    Rule(
        _("谁哪天打开过谁的档案"),
        ("registry.Looked",),
        days(looks.KEPT),
        _("从打开算起"),
        _NEEDED,
        None,
        "gridapp.registry.looks.forget",
    ),
    Rule(
        _("导出的文件"),
        ("registry.ExportPart",),
        days(exports.KEPT),
        _("从做好算起，下载后即删除"),
        _NEEDED,
        None,
        "gridapp.registry.exports.expire",
    ),
    Rule(
        _("归档包的文件"),
        ("delivery.Archive",),
        days(archives.KEPT),
        _("从做好算起，下载后即删除；申请记录一直保存"),
        _NEEDED,
        None,
        "gridapp.delivery.archives.expire",
    ),
    Rule(
        _("部门的回调"),
        ("delivery.Callback",),
        days(inbox.KEPT),
        _("从收到算起，处理完以后"),
        _NEEDED,
        None,
        "gridapp.delivery.inbox.forget",
    ),
    Rule(
        _("对外通知的消息（没有居民的信息）"),
        ("webhooks.Event", "webhooks.Message"),
        _MONTH,
        _("从事情发生算起"),
        _NEEDED,
        None,
        "gridapp.webhooks.following.tidy",
    ),
    Rule(
        _("接口的答复，供重复请求"),
        ("api.Answered",),
        Period(24, Unit.HOURS),
        _("从请求算起"),
        _NEEDED,
        None,
        "gridapp.api.once.forget",
    ),
    Rule(
        _("网格每天的数字"),
        ("delivery.Flow",),
        Period(counts.GRID_DAYS, Unit.DAYS),
        _("从那天算起；上级区域的一直保存"),
        _NOBODY,
        None,
        "gridapp.delivery.counts_folding.tidy",
    ),
)
"""What goes after a time."""

FOR_GOOD = (
    Rule(
        _("审计"),
        ("audit.Note", "audit.Link", "audit.Anchor", "audit.Stamp", "audit.Taken", "audit.Verification"),
        None,
        _("只增不改，删去一条就不能再证明其余的；不含居民的信息"),
        _LOGS,
        _SIX_MONTHS,
    ),
    Rule(
        _("权利请求、删除的凭证"),
        ("registry.RightsRequest", "registry.Tombstone"),
        None,
        _("证明办过、删过；内容在删除档案时清空"),
        _PROOF,
    ),
    Rule(
        _("谁为什么导出过哪些档案"),
        ("registry.Export", "registry.Exported"),
        None,
        _("只有档案编号，出事时查得到谁拿过"),
        _PROOF,
    ),
    Rule(_("字段名的组合"), ("delivery.FieldSet",), None, _("只有字段名，告知清单要用"), _NOBODY),
    Rule(_("保存的查询"), ("registry.SavedSearch",), None, _("直到本人删除；其中提到的居民被删除时一起删除"), _NEEDED),
    Rule(
        _("工作人员的账号、两步验证、令牌"),
        (
            *("org.User", "org.AccountChange", "org.HandOver", "org.Factor", "org.RecoveryCode", "org.Federated"),
            *("org.FormerPassword", "org.ApiToken"),
        ),
        None,
        _("停用后仍要说明谁做过什么；用过的备用码和更早的密码随时删除"),
        _PROOF,
    ),
    Rule(
        _("区域和楼栋"),
        ("org.Area", "org.GridMapping", "org.AreaVersion", "org.Redrawing", "org.RedrawnPart", "registry.Building"),
        None,
        _("档案当时在哪个网格，以后还要查得到"),
        _NOBODY,
    ),
    Rule(
        _("目标系统的目录和变动"),
        (
            *("catalogue.Target", "catalogue.TargetOfficer", "catalogue.TargetChange", "catalogue.EnablingRequest"),
            "catalogue.CodeChange",
        ),
        None,
        _("谁让哪个系统收数据，以后还要查得到"),
        _PROOF,
    ),
    Rule(
        _("个人信息保护影响评估的登记"),
        ("catalogue.Assessment",),
        None,
        _("当时凭什么启用，以后还要查得到；报告本身由本单位存档"),
        _ASSESSED,
        _THREE_YEARS,
    ),
    Rule(
        _("工作人员对同因问题的备注和处理"),
        ("delivery.CauseNote", "delivery.CauseAct"),
        None,
        _("原因再出现时还要用；应当只写情况，不写居民"),
        _PROOF,
    ),
    Rule(
        _("通道、计数、密钥用量"),
        (
            *("delivery.Lane", "delivery.Tally", "delivery.Timeline", "delivery.Sweep", "delivery.SealingKey"),
            *("delivery.Rotation", "registry.IndexKey", "delivery.Step", "delivery.Count"),
            *("webhooks.Reader", "webhooks.Endpoint"),
        ),
        None,
        _("只有现在的状态"),
        _NOBODY,
    ),
    Rule(
        _("报告的数字、订阅和寄出的报告"),
        ("review.AreaDay", "review.Subscription", "review.Mailing"),
        None,
        _("同一份报告不寄两次；报告只有数字"),
        _NOBODY,
    ),
    Rule(_("没有提交的草稿"), (), None, _("只在平板上，服务器不存；退出登录或报失时清除"), _NEEDED),
)
"""What stays, and why."""

RULES = PERIODS + FOR_GOOD
