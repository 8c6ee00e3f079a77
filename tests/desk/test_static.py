"""What the strict security policy and the choice of htmx's safe subset ask of templates, script and vendored files."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
VENDOR = ROOT / "static" / "vendor"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
@pytest.mark.parametrize(
    "forbidden",
    [
        r"\shx-on",
        r"js:",
        r"<style",
        r"\sstyle=",
        r"\son(?:click|change|load|submit|input|focus|blur|error|key\w+)=",
        r"<script(?![^>]*\ssrc=)",
        r"hx-trigger=\"[^\"]*\[",
        r"https?://",
    ],
)
def test_templates_keep_to_the_safe_subset(path: Path, forbidden: str) -> None:
    assert not re.search(forbidden, path.read_text())


def test_events_of_htmx_are_known_in_one_file_alone() -> None:
    knowing = [path for path in [*TEMPLATES, *(ROOT / "static").glob("*.*")] if "htmx:" in path.read_text()]

    assert [path.name for path in knowing] == ["app.js"]


def test_vendored_files_are_those_of_the_lock() -> None:
    locked = json.loads((VENDOR / "vendor.lock").read_text())
    present = {path.name: hashlib.sha512(path.read_bytes()).hexdigest() for path in VENDOR.iterdir()}
    present.pop("vendor.lock")

    assert present == {name: one["sha512"] for name, one in locked.items()}
    assert not any(b"sourceMappingURL" in (VENDOR / name).read_bytes() for name in present)


def test_our_own_files_stay_light() -> None:
    sizes = {name: (ROOT / "static" / name).stat().st_size for name in ("app.css", "app.js")}

    assert sizes["app.css"] < 32_000
    assert sizes["app.js"] < 16_000
