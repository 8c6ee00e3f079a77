"""Which report is to be mailed to whom and what became of it: one row a subscription and period, claimed by one worker.

The row is written before the wire is touched. Whoever dies with a row in hand leaves a doubt that people see: a report
that may have arrived is not sent again by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gridapp.delivery import clock
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.review import report_periods, report_state
from gridapp.review.models import Mailing, Subscription
from gridapp.review.report_periods import Period

State = Mailing.State
LEASE = timedelta(minutes=10)
"""A worker that has had a row for so long is dead, or too slow to be believed."""
WAITS = (1, 5, 15, 30, 60)
"""Minutes until a mail that did not go is tried again; the last one from then on."""
MOST_TRIES = 12
AT_ONCE = 20
"""Reports that one look of the clock sets going: each takes a second or two of a core."""
PROBLEMS: Mapping[str, str | Promise] = {
    "down": _("连不上邮件服务器"),
    "secure": _("邮件服务器的加密或证书不对"),
    "login": _("邮件服务器不接受用户名和密码"),
    "address": _("邮件服务器不接受这个地址"),
    "sender": _("邮件服务器不接受发件人"),
    "content": _("邮件服务器不接受这封邮件"),
    "broken": _("报告没有做成"),
    "lost": _("发到一半断了，可能已经收到"),
    "left": _("已经不能看这个区域"),
    "ended": _("已取消订阅"),
}


def is_offered() -> bool:
    """Whether a mail server is configured."""
    return bool(settings.EMAIL_HOST)


def last_over(every: str, moment: datetime) -> Period:
    """The newest day or month that is over."""
    return report_periods.of(every, clock.day(moment)).before


def period_of(row: Mailing) -> Period:
    return report_periods.of(row.subscription.every, row.first)


def seen_by(user: User) -> QuerySet[Subscription]:
    """One's own, and for administrators all of their areas; those that are not ended, each with its last mails."""
    rows = Subscription.objects.filter(ended_at=None)
    if scope.may_administer(user):
        rows = rows.filter(Q(user=user) | scope.condition(user, "area_code"))
    else:
        rows = rows.filter(user=user)
    lately = Prefetch("mailings", Mailing.objects.order_by("-first")[:3], to_attr="lately")
    return rows.select_related("user").prefetch_related(lately).order_by("area_code", "every", "pk")


def begin(moment: datetime) -> int:
    """Makes the rows of what is over, from REPORT_HOUR on; how many. A subscription begins with the period in which it
    was made; of periods that passed while no clock was running only the last is mailed."""
    if timezone.localtime(moment).hour < settings.REPORT_HOUR:
        return 0
    made = []
    for every in Subscription.Every:
        period = last_over(every, moment)
        end = report_state.midnight(period.following.first)
        wanted = Subscription.objects.filter(every=every, ended_at=None, made_at__lt=end)
        made += [_new(pk, period.first, moment) for pk in _lacking(wanted, period.first)]
    return len(Mailing.objects.bulk_create(made, ignore_conflicts=True)) if made else 0


def now(subscription: Subscription, moment: datetime) -> bool:
    """The last report is to go at once; False where it went, or is on its way, already."""
    first = last_over(subscription.every, moment).first
    made = _lacking(Subscription.objects.filter(pk=subscription.pk), first)
    if made:
        Mailing.objects.bulk_create([_new(subscription.pk, first, moment)], ignore_conflicts=True)
        return True
    row = Mailing.objects.filter(subscription=subscription, first=first).first()
    return row is not None and again(row)


def due(moment: datetime) -> list[int]:
    """Ids of what is to be sent now."""
    rows = Mailing.objects.filter(state=State.WAITING, due_at__lte=moment).order_by("due_at", "pk")
    return list(rows.values_list("pk", flat=True)[:AT_ONCE])


def claim(mailing_id: int) -> Mailing | None:
    """The row, ours alone until LEASE is over; None where somebody else has it or it is not to be sent."""
    moment = clock.now()
    waiting = Mailing.objects.filter(pk=mailing_id, state=State.WAITING, due_at__lte=moment)
    if not waiting.update(state=State.SENDING, claimed_at=moment, tries=F("tries") + 1, problem="", code=0):
        return None
    return Mailing.objects.select_related("subscription__user").get(pk=mailing_id)


def sent(row: Mailing) -> None:
    """The mail server took it; also where we had been thought dead meanwhile."""
    _ours(row, State.SENDING, State.DOUBTFUL).update(state=State.SENT, sent_at=clock.now(), problem="", code=0)


def not_sent(row: Mailing, problem: str, *, code: int = 0, for_good: bool = False) -> None:
    """It certainly did not go: later once more, unless that would be in vain or has been tried often enough."""
    if for_good or row.tries >= MOST_TRIES:
        _ours(row).update(state=State.FAILED, due_at=None, problem=problem, code=code)
        return
    wait = timedelta(minutes=WAITS[min(row.tries, len(WAITS)) - 1])
    _ours(row).update(state=State.WAITING, due_at=clock.now() + wait, problem=problem, code=code)


def perhaps_sent(row: Mailing) -> None:
    """Nobody knows: a person decides."""
    _ours(row).update(state=State.DOUBTFUL, due_at=None, problem="lost")


def drop(row: Mailing, problem: str) -> None:
    """It is not to be sent any more."""
    _ours(row).update(state=State.DROPPED, due_at=None, problem=problem)


def give_up_dead(moment: datetime) -> int:
    """What a worker has had for too long is a doubt; how many."""
    dead = Mailing.objects.filter(state=State.SENDING, claimed_at__lt=moment - LEASE)
    return dead.update(state=State.DOUBTFUL, due_at=None, problem="lost")


def again(row: Mailing) -> bool:
    """A person wants what failed, or perhaps went, sent again; False where there is nothing of that kind."""
    stuck = Mailing.objects.filter(pk=row.pk, state__in=[State.FAILED, State.DOUBTFUL])
    return bool(stuck.update(state=State.WAITING, due_at=clock.now(), tries=0, problem="", code=0))


def end(subscription: Subscription, problem: str = "ended") -> None:
    """No more mails of it; what was mailed stays on file."""
    Subscription.objects.filter(pk=subscription.pk, ended_at=None).update(ended_at=clock.now())
    waiting = Mailing.objects.filter(subscription=subscription, state=State.WAITING)
    waiting.update(state=State.DROPPED, due_at=None, problem=problem)


def _new(subscription_id: int, first: date, moment: datetime) -> Mailing:
    return Mailing(subscription_id=subscription_id, first=first, due_at=moment)


def _lacking(wanted: QuerySet[Subscription], first: date) -> Sequence[int]:
    there = Mailing.objects.filter(first=first).values("subscription")
    return list(wanted.exclude(pk__in=there).values_list("pk", flat=True))


def _ours(row: Mailing, *states: str) -> QuerySet[Mailing]:
    """The row as we claimed it: another try has another number."""
    return Mailing.objects.filter(pk=row.pk, tries=row.tries, state__in=states or [State.SENDING])
