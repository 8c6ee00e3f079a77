from datetime import timedelta

import pytest

from gridapp.contract import (
    AlreadyThere,
    Conflict,
    Delivered,
    Manual,
    NeedsFirst,
    NotApplicable,
    NotYet,
    Rejected,
    Submitted,
    Unknown,
)
from gridapp.delivery.models import Status
from gridapp.delivery.transitions import ALLOWED, MOVES, move, pause, require


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Unknown("no answer"), Status.WAITING),
        (NotYet("busy"), Status.WAITING),
        (NeedsFirst("FWBM", "21", "房屋编码不存在"), Status.WAITING),
        (Delivered("1"), Status.DELIVERED),
        (AlreadyThere("1"), Status.DELIVERED),
        (Submitted("T1"), Status.SUBMITTED),
        (Rejected("11", "身份证号码输入不正确", ("id_number",)), Status.RETURNED),
        (Conflict("41004", "该身份证号已存在于其他网格"), Status.CONFLICT),
        (NotApplicable("3005", "无需登记"), Status.CANCELLED),
        (Manual("gbk", "姓名含非法字符"), Status.MANUAL),
    ],
)
def test_each_outcome_has_one_next_status(outcome: object, status: str) -> None:
    assert move(outcome, attempts=1, resend_safe=True).status == status  # type: ignore[arg-type]


def test_an_unknown_outcome_is_never_sent_again_unasked_where_the_target_keeps_no_keys() -> None:
    moved = move(Unknown("no answer"), attempts=1, resend_safe=False)

    assert moved.status == Status.UNCERTAIN
    assert moved.wait is None


@pytest.mark.parametrize("outcome", [Unknown("?"), Submitted("T")])
def test_doubt_is_kept_until_the_answer_is_definite(outcome: object) -> None:
    assert move(outcome, attempts=1, resend_safe=True).keeps_doubt  # type: ignore[arg-type]


def test_a_target_that_names_its_time_is_taken_at_its_word() -> None:
    assert move(NotYet("429", retry_after=7200), attempts=1, resend_safe=True).wait == timedelta(hours=2)


def test_pauses_grow_to_an_hour_and_stay_there() -> None:
    longest = [max(pause(attempts) for _ in range(200)) for attempts in (1, 2, 3, 4, 5, 6, 60)]

    assert longest == sorted(longest[:6]) + longest[6:]
    assert pause(60) >= timedelta(minutes=30)
    assert pause(60) <= timedelta(minutes=90)


def test_every_status_says_whose_move_it_is_and_where_it_may_go() -> None:
    assert set(MOVES) == set(Status) == set(ALLOWED)


@pytest.mark.parametrize(
    ("old", "new"),
    [(Status.UNCERTAIN, Status.SENDING), (Status.SUBMITTED, Status.SENDING), (Status.SENDING, Status.WITHHELD)],
)
def test_a_step_that_the_table_does_not_know_is_refused(old: str, new: str) -> None:
    with pytest.raises(ValueError, match="does not go"):
        require(old, new)
