"""A port in use: another is taken, and both are told apart."""

from __future__ import annotations

import socket

import pytest

from gridapp.demo import ports


def test_the_wanted_port_is_taken_when_it_is_free() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        free = other.getsockname()[1]

    listening, got_it = ports.listen(free)

    with listening:
        assert got_it
        assert listening.getsockname()[1] == free


def test_a_port_in_use_is_stepped_over() -> None:
    first, _ = ports.listen(18123)
    taken = first.getsockname()[1]

    with first:
        second, got_it = ports.listen(taken)
        with second:
            assert not got_it
            assert second.getsockname()[1] > taken
            assert ports.url_of(second) == f"http://127.0.0.1:{second.getsockname()[1]}/"


def test_a_number_that_is_no_port_is_refused() -> None:
    with pytest.raises(OverflowError):
        ports.listen(70000)
