"""One report as a mail with PDF and workbook, handed to the mail server, and what its answer means."""

from __future__ import annotations

import contextlib
import logging
import smtplib
import ssl
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import translation
from django.utils.translation import gettext as _

from gridapp.catalogue.targets import targets as configured
from gridapp.delivery import clock
from gridapp.delivery.dispatch import trace
from gridapp.org import scope
from gridapp.org.models import Area
from gridapp.review import report_figures, report_mailing, report_pdf, report_tables, report_workbook
from gridapp.review.models import Mailing

logger = logging.getLogger(__name__)

_SMTP = "django.core.mail.backends.smtp.EmailBackend"
_FOR_GOOD = 500
"""From this code on a mail server means no; below: not now (RFC 5321, 4.2.1)."""


def send(mailing_id: int) -> None:
    """Sends one mail, where it is still to be sent and nobody else is at it."""
    row = report_mailing.claim(mailing_id)
    if row is None:
        return
    wanted = row.subscription
    may = scope.may_oversee(wanted.user) and scope.allows(wanted.user, wanted.area_code)
    area = Area.objects.filter(code=wanted.area_code).first()
    if area is None or wanted.ended_at is not None or not may:
        report_mailing.drop(row, "ended" if wanted.ended_at is not None else "left")
        report_mailing.end(wanted, "left")
        return
    _hand_over(row, area)


def _hand_over(row: Mailing, area: Area) -> None:
    """Until the connection stands nothing has gone; from when the mail is handed over only an answer tells."""
    connection = get_connection(_SMTP, fail_silently=False)
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        problem, code = _not_connected(error)
        report_mailing.not_sent(row, problem, code=code)
    else:
        _say(row, area, connection)
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):  # what became of the mail is known by now
            connection.close()


def _say(row: Mailing, area: Area, connection: BaseEmailBackend) -> None:
    try:
        message = _message(row, area)
    except Exception as error:
        logger.error("mail %s was not made: %s", row.pk, trace(error))
        report_mailing.not_sent(row, "broken")
        return
    try:
        connection.send_messages([message])
    except (OSError, smtplib.SMTPException) as error:
        problem, code = _refused(error)
        if problem:
            report_mailing.not_sent(row, problem, code=code, for_good=code >= _FOR_GOOD)
        else:
            report_mailing.perhaps_sent(row)
    else:
        report_mailing.sent(row)


def _not_connected(error: Exception) -> tuple[str, int]:
    """Why there is no connection, and the server's code, 0 for none."""
    match error:
        case smtplib.SMTPAuthenticationError(smtp_code=code):
            return "login", code
        case ssl.SSLError() | smtplib.SMTPNotSupportedError():
            return "secure", 0
        case smtplib.SMTPResponseException(smtp_code=code):
            return "down", code
    return "down", 0


def _refused(error: Exception) -> tuple[str, int]:
    """What the server said no to, and its code; "" where it said nothing: then it may have taken the mail."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return "address", next(iter(refused.values()))[0]
        case smtplib.SMTPSenderRefused(smtp_code=code):
            return "sender", code
        case smtplib.SMTPResponseException(smtp_code=code):
            return "content", code
        case smtplib.SMTPNotSupportedError():
            return "address", 0
    return "", 0


def _message(row: Mailing, area: Area) -> EmailMessage:
    wanted = row.subscription
    with translation.override(wanted.language):
        made = report_figures.report(area, report_mailing.period_of(row), configured(), moment=clock.now())
        shown = report_tables.shown(made)
        message = EmailMessage(
            subject=shown["title"],
            body=_body(shown),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[wanted.address],
            # The same for every try: where one arrives twice a mailbox may know it.
            headers={"Message-ID": f"<report-{row.pk}-{row.first}@{_domain()}>", "Auto-Submitted": "auto-generated"},
        )
        name = f"report-{area.code}-{made.period.name}"
        if report_pdf.is_available():
            message.attach(f"{name}.pdf", report_pdf.made(shown), "application/pdf")
        message.attach(f"{name}.xlsx", report_workbook.made(shown), report_workbook.MEDIA)
    return message


def _body(shown: dict[str, Any]) -> str:
    """The first table in words, for who reads no attachment."""
    table = shown["tables"][0]
    lines = [f"{line.title}  {line.cells[0]}" for line in table.lines]
    if not report_pdf.is_available():
        lines += ["", _("服务器上缺少 Pango，没有附 PDF。")]
    return "\n".join([shown["title"], "", *lines, "", _("这封邮件是自动发出的。不想再收，请在“报告”页取消订阅。"), ""])


def _domain() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"
