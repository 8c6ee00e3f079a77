"""The files of an archive package, their manifest, and whether a package is still as it was made.

Every file's SHA-256 and SM3 stand in manifest.json, and the manifest's own keyed digest in manifest.seal: whoever
changes a file has to change the manifest, and nobody without our key can seal that.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from gridapp import sealing

MANIFEST, SEAL = "manifest.json", "manifest.seal"
LARGEST = 512 * 2**20
"""Bytes of a file of a package when it is read again."""
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def packed(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """The ZIP. `about`: what the package is of, the metadata of its manifest."""
    listed = [_described(name, content) for name, content in sorted(files.items())]
    manifest = _json({"about": dict(about), "files": listed})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(name, content)
        archive.writestr(MANIFEST, manifest)
        archive.writestr(SEAL, _seal(manifest))
    return out.getvalue()


def wrong(package: bytes) -> list[str]:
    """What is not as it was made, in words with the file's name; nothing where all is well. Never raises."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            return _wrong(archive)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, NotImplementedError, OSError) as error:
        return [f"the package does not read: {type(error).__name__}"]


def _wrong(archive: zipfile.ZipFile) -> list[str]:
    names = archive.namelist()
    if len(names) != len(set(names)):
        return ["a name stands twice in the package"]
    if any(one.file_size > LARGEST for one in archive.infolist()):
        return ["a file is larger than any that we make"]
    manifest = archive.read(MANIFEST)
    if archive.read(SEAL).decode() != _seal(manifest):
        return [f"{MANIFEST} is not as this installation sealed it"]
    listed = {one["name"]: one for one in orjson.loads(manifest)["files"]}
    there = set(names) - {MANIFEST, SEAL}
    found = [f"{name} is missing" for name in sorted(listed.keys() - there)]
    found += [f"{name} is not in the manifest" for name in sorted(there - listed.keys())]
    for name in sorted(there & listed.keys()):
        if _described(name, archive.read(name)) != listed[name]:
            found.append(f"{name} was changed")
    return found


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    """CSV for spreadsheets, UTF-8 with a mark. A text that a program would take for a formula gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(headings)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def as_json(content: Any) -> bytes:
    """JSON to be read by people as well."""
    return _json(content)


def _json(content: Any) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS, default=str)


def _described(name: str, content: bytes) -> dict[str, Any]:
    return {
        "name": name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "sm3": hashlib.new("sm3", content).hexdigest(),
    }


def _seal(manifest: bytes) -> str:
    return sealing.standing(hashlib.sha256(manifest).hexdigest(), purpose="archive").hex()
