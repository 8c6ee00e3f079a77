"""Files that people send: in memory, within limits, and a sender without end is not heard out."""

from __future__ import annotations

import io

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from gridapp import uploads

LIMIT = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
HEAD = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nsignature\r\n'
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'


class Sender(io.RawIOBase):
    """Says that it sends `length` bytes; notes how many were taken of it."""

    def __init__(self, length: int) -> None:
        self.left, self.taken = length, 0
        self.first = HEAD + FILE

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        size = min(len(buffer), self.left)
        given = (self.first + b"x" * size)[:size]
        self.first = self.first[size:]
        buffer[:size] = given
        self.left -= size
        self.taken += size
        return size


def sent(length: int) -> tuple[WSGIRequest, Sender]:
    sender = Sender(length)
    environ = RequestFactory().post("/", b"-", content_type="multipart/form-data; boundary=b").environ
    return WSGIRequest({**environ, "CONTENT_LENGTH": str(length), "wsgi.input": sender}), sender


@pytest.mark.parametrize("content", [b"a scan", b"x" * (5 * 1024 * 1024)])
def test_a_file_is_read_and_stays_in_memory(content: bytes) -> None:
    request = RequestFactory().post("/", {"file": SimpleUploadedFile("a.pdf", content)})

    assert uploads.read(request, "file") == content
    assert not hasattr(request.FILES["file"], "temporary_file_path")


def test_no_file_is_no_content() -> None:
    assert uploads.read(RequestFactory().post("/", {"name": "signature"}), "file") == b""


def test_of_a_request_that_is_too_large_the_fields_arrive_and_the_file_does_not() -> None:
    request, sender = sent(LIMIT + 1)

    assert uploads.read(request, "file") is None
    assert request.POST["name"] == "signature"
    assert sender.taken == LIMIT + 1  # heard out, so that the browser shows what is wrong


def test_a_sender_without_end_is_not_heard_out() -> None:
    request, sender = sent(10**12)

    assert uploads.read(request, "file") is None
    assert request.POST["name"] == "signature"
    assert sender.taken < 1024 * 1024
