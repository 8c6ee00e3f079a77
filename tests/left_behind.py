"""What a run of the suite leaves behind on disk: no log of any server or process has a resident in it.

Residents of tests live in the division 990101, which does not exist. A number of it with the right check digit in a
log is somebody's document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from gridapp.dictionary.documents import check_digit

_DOCUMENT = re.compile(rb"(?<![0-9])990101(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]{4}[0-9Xx](?![0-9])")


def logs(*folders: Path) -> dict[Path, int]:
    """Every log under these folders, and how long it is by now."""
    return {path: path.stat().st_size for folder in folders for path in _under(folder)}


def documents(found: dict[Path, int], before: dict[Path, int]) -> list[str]:
    """Where documents stand in what was written since `before`: file and place, not the document itself."""
    return [f"{path} at {place}" for path in found for place in _places(path, before.get(path, 0))]


def _under(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.suffix in {".log", ".out", ".err"} and path.is_file())


def _places(path: Path, since: int) -> Iterator[int]:
    with path.open("rb") as log:
        log.seek(since)
        for one in _DOCUMENT.finditer(log.read()):
            if check_digit(one[0][:17].decode()) == one[0][17:].decode().upper():
                yield since + one.start()
