"""Numbered files: the same batch keeps its name, another's is never touched, an answer that does not fit is no yes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from connectors.transport.batch_files import Ticket
from gridapp.contract import Delivered, Misconfigured, NotYet, Rejected, Submitted, Unavailable, Unknown
from tests.connectors.transport.batch_post import REFUSED, SERIES, PlainPaper, Post, line, rows_of, ticket
from tests.connectors.transport.file_desk import FileDesk, cutting


@pytest.fixture
def post() -> Iterator[Post]:
    desk = FileDesk()
    desk.start()
    yield Post(desk)
    desk.stop()


A, B, C = line("a"), line("b"), line("c")


# --- Names -----------------------------------------------------------------------------------------------------------


def test_batches_of_a_series_are_numbered_and_another_series_begins_anew(post: Post) -> None:
    names = [ticket(post.send(one)[one.key]).batch for one in (A, B)]

    assert names == ["B_20240315_01", "B_20240315_02"]
    assert ticket(post.send(C, series="B_20240316_")["c"]).batch == "B_20240316_01"


def test_the_same_batch_again_is_the_same_file_and_the_same_ticket(post: Post) -> None:
    first = post.send(A, B)

    assert post.send(A, B) == first
    assert post.files() == ["B_20240315_01.json"]


def test_of_a_batch_that_was_sent_in_part_only_the_rest_goes_out(post: Post) -> None:
    first = post.send(A, B)

    again = post.send(C, B)

    assert again["b"] == first["b"]
    assert ticket(again["c"]).batch == "B_20240315_02"
    assert json.loads((post.desk.site.up / "B_20240315_02.json").read_bytes())[1:] == [C.row]


def test_another_content_under_the_same_key_goes_out(post: Post) -> None:
    post.send(A)

    assert ticket(post.send(line("a", "other"))["a"]).batch == "B_20240315_02"


def test_cut_off_between_file_and_marker_it_finds_its_file_again(post: Post) -> None:
    (post.desk.site.up / "B_20240315_01.json").write_bytes(post.paper.pack(SERIES, [A.row, B.row]))

    assert ticket(post.send(A, B)["a"]).batch == "B_20240315_01"
    assert post.desk.names() == ["B_20240315_01.json", "B_20240315_01.ok"]


def test_a_file_of_others_keeps_its_name_and_never_gets_our_marker(post: Post) -> None:
    (post.desk.site.up / "B_20240315_01.json").write_bytes(b"another's")

    assert ticket(post.send(A)["a"]).batch == "B_20240315_02"
    assert (post.desk.site.up / "B_20240315_01.json").read_bytes() == b"another's"
    assert "B_20240315_01.ok" not in post.desk.names()


def test_where_every_number_is_taken_nothing_is_sent(post: Post) -> None:
    for number in range(1, 8):
        (post.desk.site.up / f"B_20240315_{number:02}.json").write_bytes(b"another's")

    with pytest.raises(Unavailable) as raised:
        post.send(A)

    assert not raised.value.maybe_sent


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_cut_off_anywhere_no_row_stands_in_two_files_that_count(post: Post, done: bool) -> None:
    requests, failed = 0, True
    while failed:
        requests += 1
        post.desk.stop()
        post.desk.site.empty()
        post.desk.folders = cutting(requests, done=done)
        post.desk.start()
        try:
            post.send(A, B)
            failed = False
        except Unavailable:
            outcomes = post.send(A, B, C)

            counted = [name for name in post.desk.names() if name.endswith(".ok")]
            rows = [row["key"] for name in counted for row in rows_of(post, name)]
            assert sorted(rows) == ["a", "b", "c"]
            assert len(outcomes) == 3


# --- Answers ---------------------------------------------------------------------------------------------------------


def test_answers_are_found_by_key_whatever_their_order(post: Post) -> None:
    sent = post.send(A, B, C)
    post.answer("B_20240315_01", [["c", "0"], ["a", "E1"], ["b", "0"]])

    assert post.track(*map(ticket, sent.values())) == [Rejected("E1", ""), Delivered(), Delivered()]


@pytest.mark.parametrize(
    "told",
    [
        [["a", "0"]],
        [["a", "0"], ["b", "0"], ["c", "0"]],
        [["a", "0"], ["x", "0"]],
        [["a", "0"], ["a", "0"]],
        [],
    ],
    ids=["short", "long", "foreign", "double", "empty"],
)
def test_an_answer_that_does_not_fit_is_nobodys_yes(post: Post, told: list[list[str]]) -> None:
    sent = post.send(A, B)
    post.answer("B_20240315_01", told)

    assert [type(one) for one in post.track(*map(ticket, sent.values()))] == [Unknown, Unknown]


def test_after_an_answer_that_does_not_fit_the_rows_go_in_a_new_file(post: Post) -> None:
    post.send(A, B)
    post.answer("B_20240315_01", [["a", "0"]])

    assert ticket(post.send(A, B)["a"]).batch == "B_20240315_02"


def test_a_row_they_said_no_to_goes_out_again_and_one_they_took_does_not(post: Post) -> None:
    first = post.send(A, B)
    post.answer("B_20240315_01", [["a", "0"], ["b", "E4"]])

    again = post.send(A, B)

    assert again["a"] == first["a"]
    assert ticket(again["b"]).batch == "B_20240315_02"


def test_nothing_is_decided_while_nothing_has_come_back(post: Post) -> None:
    sent = post.send(A)

    assert post.track(ticket(sent["a"])) == [None]


def test_a_file_that_is_gone_without_an_answer_is_sent_again(post: Post) -> None:
    sent = post.send(A)
    post.desk.site.empty()

    (came,) = post.track(ticket(sent["a"]))

    assert isinstance(came, NotYet)


def test_an_answer_in_the_writing_is_left_alone_and_one_that_stays_so_is_no_yes(post: Post) -> None:
    sent = post.send(A)
    written = post.desk.site.down / "B_20240315_01_RET.json"
    written.write_text('[["a", ')
    assert post.track(ticket(sent["a"])) == [None]

    os.utime(written, (0, written.stat().st_mtime - 3600))

    (came,) = post.track(ticket(sent["a"]))
    assert isinstance(came, Unknown)


@pytest.mark.parametrize("text", ["", "0" * 32, "B_20240315_01/x/y/z", "a/1/b", "a/b/c/d/e"])
def test_what_is_no_ticket_of_ours_is_no_yes(post: Post, text: str) -> None:
    post.send(A)
    post.answer("B_20240315_01", [["a", "0"]])

    (came,) = post.track(text)

    assert isinstance(came, Unknown)


def test_a_ticket_says_what_fits_and_is_short_enough_to_keep() -> None:
    longest = Ticket.of("XW_990101001_2024W11_001", ["f" * 32] * 20_000, "f" * 32)

    assert Ticket.read(str(longest)) == longest
    assert len(str(longest)) <= 128


# --- Files that are refused as a whole -------------------------------------------------------------------------------


def test_a_refused_file_is_sent_again_whole_under_the_next_number(post: Post) -> None:
    sent = post.send(A, B)
    post.answer("B_20240315_01", "refused")
    assert post.track(*map(ticket, sent.values())) == [REFUSED, REFUSED]

    assert ticket(post.send(A, B)["b"]).batch == "B_20240315_02"


def refuse_twice(post: Post) -> None:
    for batch in ("B_20240315_01", "B_20240315_02"):
        post.send(A)
        post.answer(batch, "refused")


def test_refused_again_and_again_with_the_same_key_it_is_the_operators(post: Post) -> None:
    refuse_twice(post)

    with pytest.raises(Misconfigured, match="F1"):
        post.send(A)

    assert len(post.files()) == 2


def test_with_another_key_it_goes_on(post: Post) -> None:
    refuse_twice(post)
    post.paper = PlainPaper("another key")

    assert ticket(post.send(A)["a"]).batch == "B_20240315_03"


def test_a_file_that_was_taken_since_ends_the_count(post: Post) -> None:
    refuse_twice(post)
    (post.desk.site.down / "B_20240315_02_RET.json").write_text('[["a", "0"]]')

    assert ticket(post.send(B)["b"]).batch == "B_20240315_03"


# --- Several files in one call, and reading back ----------------------------------------------------------------------


def test_when_the_second_file_fails_the_first_keeps_its_ticket(post: Post) -> None:
    class Fails(PlainPaper):
        def mark(self, batch: str, content: bytes, rows: int) -> bytes:
            if batch.startswith("C_"):
                raise Misconfigured("sign_key", "no key")
            return super().mark(batch, content, rows)

    post.paper = Fails()

    outcomes = post.asked(lambda batches: batches.send({"B_": [A], "C_": [B, C]}))

    assert isinstance(outcomes["a"], Submitted)
    assert outcomes["b"] == outcomes["c"] == NotYet("no key", retry_after=0, code="sign_key")


def test_rows_in_doubt_are_looked_for_in_the_files_themselves(post: Post) -> None:
    post.send(A)
    post.send(B)
    post.answer("B_20240315_01", [["a", "0"]])

    found, all_seen = post.asked(lambda batches: batches.find([A, B, C], ["B_"], most=10))

    assert found == [Delivered(), Submitted(str(Ticket.of("B_20240315_02", ["b"], "b"))), None]
    assert all_seen


def test_another_content_under_the_same_key_is_not_taken_for_ours(post: Post) -> None:
    post.send(A)

    found, _ = post.asked(lambda batches: batches.find([line("a", "other"), A], ["B_"], most=10))

    assert found[0] is None
    assert isinstance(found[1], Submitted)


def test_beyond_the_newest_files_nothing_is_concluded(post: Post) -> None:
    post.send(A)
    post.send(B)

    found, all_seen = post.asked(lambda batches: batches.find([A, B], ["B_"], most=1))

    assert [one is None for one in found] == [True, False]
    assert not all_seen
