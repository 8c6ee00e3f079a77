"""Files that people send us: held in memory, never written to a disk in clear, and not read on for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any, Protocol

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload
from django.http import HttpRequest

HOPELESS = 64 * 1024 * 1024
"""Bytes of a request after which nobody waits for the rest; below it the sender is heard out and told what is wrong."""


class InMemory(MemoryFileUploadHandler):
    """Takes the files of a request up to FILE_UPLOAD_MAX_MEMORY_SIZE; of a larger one only the fields arrive.

    Django's own way out would be a temporary file, which would lie there in clear.
    """

    largest = 0
    """Bytes of a request whose files are taken; 0: what the settings say."""
    _length = 0

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        self._length = content_length
        super().handle_raw_input(input_data, META, content_length, boundary, encoding)
        if self.largest:
            self.activated = content_length <= self.largest

    def new_file(self, *args: Any, **options: Any) -> None:
        if self._length > HOPELESS:
            raise StopUpload(connection_reset=True)
        super().new_file(*args, **options)


def expect(request: HttpRequest, largest: int) -> None:
    """Lets the files of this request be as large as that: of one page, before anything of the request is read."""
    handler = InMemory(request)
    handler.largest = largest
    request.upload_handlers = [handler]


class Sent(Protocol):
    """A request of Django's or of the API's."""

    @property
    def FILES(self) -> Mapping[str, Any]: ...  # noqa: N802 - Django's name

    @property
    def META(self) -> Mapping[str, Any]: ...  # noqa: N802 - Django's name


def read(request: Sent, name: str, largest: int = 0) -> bytes | None:
    """The content of the file field `name`; b"" where none was sent, None where it was too large to be read.

    `largest`: what was said to `expect`, 0 where nothing was.
    """
    sent = request.FILES.get(name)
    if sent is not None:
        return bytes(sent.read())
    length = request.META.get("CONTENT_LENGTH") or "0"
    most = largest or settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    return None if length.isdecimal() and int(length[:20]) > most else b""
