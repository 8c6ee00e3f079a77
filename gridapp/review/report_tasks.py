"""What Celery runs for reports: the clock keeps how days ended, and sets going what is to be mailed."""

from __future__ import annotations

from gridapp.celery import app
from gridapp.delivery import clock
from gridapp.review import report_days, report_mail, report_mailing

_EVERY = 60.0


@app.task
def look_after_reports() -> None:
    """Keeps what is over; hands out the mails that are due, by their ids: one that is lost is handed out again."""
    moment = clock.now()
    report_days.keep(moment)
    if not report_mailing.is_offered():
        return
    report_mailing.give_up_dead(moment)
    report_mailing.begin(moment)
    for mailing_id in report_mailing.due(moment):
        mail_report.apply_async((mailing_id,), retry=False, expires=_EVERY)


@app.task
def mail_report(mailing_id: int) -> None:
    """Sends one mail."""
    report_mail.send(mailing_id)


app.conf.beat_schedule.update(
    {"reports": {"task": look_after_reports.name, "schedule": _EVERY, "options": {"expires": _EVERY}}}
)
