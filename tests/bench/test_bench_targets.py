"""The targets that a bench brings with it: what they answer, what they count."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

import pytest

from gridapp.bench.departments import departments, mixed


def _post(url: str, key: str, *, timeout: float = 5.0) -> int:
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=timeout)
    try:
        line.request("POST", "/", f'{{"key":"{key}","name":"测试"}}'.encode(), {"Content-Type": "application/json"})
        return line.getresponse().status
    finally:
        line.close()


def test_receipts_are_counted_by_key() -> None:
    with departments(["fast", "fast"]) as there:
        answers = [_post(there.urls[0], key) for key in ("k1", "k2", "k2")]

        first, second = there.tally()
        assert answers == [200, 200, 200]
        assert (first.asked, first.keys, first.receipts) == (3, 2, 3)
        assert 0 < first.first_at <= first.last_at <= time.time()
        assert (second.asked, second.receipts, second.first_at) == (0, 0, 0)


def test_what_was_counted_is_forgotten_when_told_so() -> None:
    with departments(["fast"]) as there:
        _post(there.urls[0], "k1")
        there.forget()

        assert (there.tally()[0].asked, there.tally()[0].keys) == (0, 0)


def test_one_in_five_first_requests_is_answered_503_and_the_next_is_taken() -> None:
    keys = [f"k{number:06d}" for number in range(200)]
    with departments(["flaky"]) as there:
        first = [_post(there.urls[0], key) for key in keys]
        second = [_post(there.urls[0], key) for key, status in zip(keys, first, strict=True) if status == 503]

        assert 20 <= first.count(503) <= 60
        assert set(second) == {200}
        assert (there.tally()[0].keys, there.tally()[0].receipts) == (200, 200)


def test_a_slow_one_takes_its_time() -> None:
    with departments(["slow"]) as there:
        began = time.monotonic()

        assert _post(there.urls[0], "k1") == 200
        assert time.monotonic() - began >= 0.05


def test_a_hanging_one_takes_the_request_and_says_nothing() -> None:
    with departments(["hanging"]) as there:
        with pytest.raises(TimeoutError):
            _post(there.urls[0], "k1", timeout=0.3)

        assert (there.tally()[0].asked, there.tally()[0].receipts) == (1, 0)


def test_a_refusing_one_comes_back_at_the_same_address() -> None:
    with departments(["refusing"]) as there:
        with pytest.raises(ConnectionRefusedError):
            _post(there.urls[0], "k1")
        there.behave(0, "fast")

        assert _post(there.urls[0], "k1") == 200


def test_a_live_one_can_go_and_come_back() -> None:
    with departments(["fast"]) as there:
        there.behave(0, "refusing")
        with pytest.raises(ConnectionRefusedError):
            _post(there.urls[0], "k1")
        there.behave(0, "fast")

        assert _post(there.urls[0], "k1") == 200


def test_one_of_them_is_gone_or_all_are_slow() -> None:
    assert mixed(3, "hanging") == ["hanging", "fast", "fast"]
    assert mixed(3, "slow") == ["slow", "slow", "slow"]
    with pytest.raises(ValueError, match="no such kind"), departments(["sulking"]):
        pass


def test_only_those_who_take_everything_in_the_end_are_called_well() -> None:
    with departments(["hanging", "fast", "refusing", "flaky", "slow"]) as there:
        assert there.well == [1, 3, 4]
