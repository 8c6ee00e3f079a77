"""Reports by mail, handed to real mail servers: one that takes them, one that refuses, one that breaks off, none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from django.utils import timezone
from pytest_django import Settings

from gridapp import sealing
from gridapp.celery import app
from gridapp.delivery import clock
from gridapp.org.models import User
from gridapp.review import report_mail, report_mailing, report_pdf, report_tasks
from gridapp.review.models import Mailing, Subscription
from tests.review.mail_office import Office, free_port
from tests.review.reporting import STREET

State = Mailing.State
ADDRESS = "office@example.com"


@pytest.fixture
def configured(settings: Settings) -> int:
    """A mail server is configured at this port; none runs there."""
    port = free_port()
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 20
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.DEFAULT_FROM_EMAIL, settings.REPORT_HOUR = "Gridapp <grid@example.com>", 0
    return port


@pytest.fixture
def office(configured: int) -> Iterator[Office]:
    """It runs."""
    hands = Office()
    running = Controller(hands, hostname="127.0.0.1", port=configured)
    running.start()
    yield hands
    running.stop()


@pytest.fixture
def subscription(people: dict[str, User]) -> Subscription:
    """The supervisor wants the daily report of the street, for a week now."""
    row = Subscription(user=people["supervisor"], area_code=STREET, every="day", language="zh-hans")
    row.sealed_address = sealing.seal(ADDRESS.encode(), bound_to=row.bound_to)
    row.save()
    Subscription.objects.update(made_at=timezone.now() - timedelta(days=7))
    return row


@pytest.fixture
def excel_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most tests are not about the PDF, which takes a second each time."""
    monkeypatch.setattr(report_pdf, "is_available", lambda: False)


@pytest.fixture
def due(subscription: Subscription, yesterday: date, configured: int, excel_alone: None) -> Mailing:
    """Yesterday's is to be mailed."""
    assert report_mailing.begin(clock.now()) == 1
    return Mailing.objects.get()


def sent(row: Mailing) -> Mailing:
    """What became of the mail that was just tried."""
    report_mail.send(row.pk)
    return Mailing.objects.get(pk=row.pk)


def at_once(row: Mailing) -> None:
    """Its time has come."""
    Mailing.objects.filter(pk=row.pk).update(due_at=clock.now())


def test_a_report_is_mailed_with_both_files_and_nobodys_values(
    office: Office, subscription: Subscription, yesterday: date
) -> None:
    report_mailing.begin(clock.now())
    due = Mailing.objects.get()

    row = sent(due)

    (mail,) = office.taken
    parts = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    body = mail.get_body()
    assert (row.state, row.tries, row.problem) == (State.SENT, 1, "")
    assert mail["To"] == ADDRESS and mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == f"测试街道 · 日报 {yesterday}"
    assert mail["Message-ID"] == f"<report-{due.pk}-{yesterday}@example.com>"
    assert set(parts) == {f"report-{STREET}-{yesterday}.pdf", f"report-{STREET}-{yesterday}.xlsx"}
    assert parts[f"report-{STREET}-{yesterday}.pdf"].startswith(b"%PDF-")
    assert body is not None and "录入和变更  2" in body.get_content() and "测试甲" not in body.get_content()


def test_a_mail_is_in_the_language_of_its_subscriber(office: Office, subscription: Subscription, due: Mailing) -> None:
    Subscription.objects.update(language="en")

    sent(due)

    (mail,) = office.taken
    body = mail.get_body()
    assert "Daily report" in mail["Subject"]
    assert body is not None and "no Pango" in body.get_content()
    assert len(list(mail.iter_attachments())) == 1


def test_one_mail_a_subscription_and_period_whoever_tries(office: Office, due: Mailing) -> None:
    assert report_mailing.begin(clock.now()) == 0
    report_mail.send(due.pk)
    report_mail.send(due.pk)
    assert report_mailing.begin(clock.now()) == 0

    assert len(office.taken) == 1
    assert Mailing.objects.count() == 1


def test_two_workers_one_claims(due: Mailing) -> None:
    assert report_mailing.claim(due.pk) is not None
    assert report_mailing.claim(due.pk) is None


@pytest.mark.parametrize(
    ("command", "answer", "problem", "code", "state"),
    [
        ("RCPT", "550 no such mailbox", "address", 550, State.FAILED),
        ("RCPT", "451 later", "address", 451, State.WAITING),
        ("DATA", "554 not that", "content", 554, State.FAILED),
        ("DATA", "452 full", "content", 452, State.WAITING),
    ],
)
def test_what_is_refused_is_said_and_tried_again_where_that_may_help(
    command: str, answer: str, problem: str, code: int, state: str, office: Office, due: Mailing
) -> None:
    office.answers[command] = answer

    row = sent(due)

    assert (row.state, row.problem, row.code, row.tries) == (state, problem, code, 1)
    assert office.taken == []
    if state == State.WAITING:
        assert row.due_at is not None and row.due_at > clock.now()
        office.answers.clear()
        at_once(row)
        assert sent(row).state == State.SENT
    else:
        assert report_mailing.again(row)
        office.answers.clear()
        assert sent(row).state == State.SENT
    assert len(office.taken) == 1


def test_a_server_that_is_down_is_tried_ever_more_rarely_and_given_up_at_last(due: Mailing, configured: int) -> None:
    waits = []
    for _number in range(report_mailing.MOST_TRIES):
        at_once(due)
        before = clock.now()
        row = sent(due)
        waits.append(row.due_at - before if row.due_at else None)

    assert (row.state, row.problem, row.tries) == (State.FAILED, "down", report_mailing.MOST_TRIES)
    minutes = [round(wait.total_seconds() / 60) for wait in waits[:-1] if wait is not None]
    assert minutes[:6] == [1, 5, 15, 30, 60, 60] and minutes == sorted(minutes)
    assert report_mailing.due(clock.now() + timedelta(days=9)) == []


def test_what_broke_off_is_a_doubt_that_a_person_decides(office: Office, due: Mailing) -> None:
    office.breaks_off = True

    row = sent(due)

    assert (row.state, row.problem) == (State.DOUBTFUL, "lost")
    assert report_mailing.due(clock.now() + timedelta(days=1)) == []
    office.breaks_off = False
    assert report_mailing.again(row)
    assert sent(row).state == State.SENT
    assert len({mail["Message-ID"] for mail in office.taken}) == 1


def test_a_worker_that_died_with_a_mail_in_hand_leaves_a_doubt(due: Mailing) -> None:
    assert report_mailing.claim(due.pk) is not None

    assert report_mailing.give_up_dead(clock.now()) == 0
    assert report_mailing.give_up_dead(clock.now() + report_mailing.LEASE + timedelta(seconds=1)) == 1
    assert Mailing.objects.get().state == State.DOUBTFUL


def test_a_worker_that_was_only_slow_ends_the_doubt(due: Mailing) -> None:
    row = report_mailing.claim(due.pk)
    assert row is not None
    report_mailing.give_up_dead(clock.now() + report_mailing.LEASE + timedelta(seconds=1))

    report_mailing.sent(row)

    assert Mailing.objects.get().state == State.SENT


def test_a_password_that_is_wrong_is_said(configured: int, due: Mailing, settings: Settings) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "grid", "wrong"

    def nobody(*told: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    running = Controller(Office(), hostname="127.0.0.1", port=configured, authenticator=nobody, auth_require_tls=False)
    running.start()
    row = sent(due)
    running.stop()

    assert (row.state, row.problem, row.code) == (State.WAITING, "login", 535)


def test_a_server_without_encryption_gets_nothing_where_it_is_asked_for(
    office: Office, due: Mailing, settings: Settings
) -> None:
    settings.EMAIL_USE_TLS = True

    row = sent(due)

    assert (row.state, row.problem) == (State.WAITING, "secure")
    assert office.taken == []


@pytest.mark.parametrize("change", ["closed", "moved", "role"])
def test_who_may_no_longer_see_the_area_gets_no_more(change: str, office: Office, due: Mailing) -> None:
    user = due.subscription.user
    if change == "moved":
        user.areas.clear()
    User.objects.filter(pk=user.pk).update(
        is_active=change != "closed", role="worker" if change == "role" else user.role
    )

    row = sent(due)

    assert (row.state, row.problem) == (State.DROPPED, "left")
    assert Subscription.objects.get().ended_at is not None
    assert office.taken == []


def test_a_report_that_cannot_be_made_is_tried_again(office: Office, due: Mailing) -> None:
    Subscription.objects.update(sealed_address=b"not ours")

    row = sent(due)

    assert (row.state, row.problem) == (State.WAITING, "broken")


def test_mails_begin_in_the_morning_and_with_the_period_of_the_subscription(
    subscription: Subscription, yesterday: date, configured: int, settings: Settings
) -> None:
    settings.REPORT_HOUR = 6
    morning = timezone.make_aware(datetime.combine(yesterday + timedelta(days=1), datetime.min.time()))

    assert report_mailing.begin(morning + timedelta(hours=5, minutes=59)) == 0
    Subscription.objects.update(made_at=morning + timedelta(hours=1))
    assert report_mailing.begin(morning + timedelta(hours=6)) == 0
    Subscription.objects.update(made_at=morning - timedelta(hours=1))
    assert report_mailing.begin(morning + timedelta(hours=6)) == 1


def test_a_month_is_mailed_once_when_it_is_over(subscription: Subscription, configured: int) -> None:
    Subscription.objects.update(every="month", made_at=timezone.now() - timedelta(days=99))

    assert [report_mailing.begin(clock.now()) for _again in range(2)] == [1, 0]
    first = Mailing.objects.get().first
    assert first.day == 1 and first < timezone.localdate().replace(day=1)


def test_the_clock_hands_out_ids_and_what_is_handed_out_twice_goes_once(
    office: Office, subscription: Subscription, yesterday: date, excel_alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[tuple[int]] = []  # instead of a broker, so that a message is lost or comes twice as the test wants
    monkeypatch.setattr(report_tasks.mail_report, "apply_async", lambda ids, **options: handed.append(ids))

    report_tasks.look_after_reports()
    report_tasks.look_after_reports()
    row = Mailing.objects.get()
    for (mailing_id,) in handed:
        report_tasks.mail_report(mailing_id)
    report_tasks.look_after_reports()

    assert handed == [(row.pk,), (row.pk,)]
    assert len(office.taken) == 1
    assert report_tasks.look_after_reports.name in {one["task"] for one in app.conf.beat_schedule.values()}


def test_where_no_server_is_configured_nothing_is_mailed(
    subscription: Subscription, yesterday: date, settings: Settings
) -> None:
    settings.EMAIL_HOST = ""

    report_tasks.look_after_reports()

    assert not Mailing.objects.exists()
