"""Entries as an integrator would send them, in examples.json. Tests send them as they stand there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from drf_spectacular.utils import OpenApiExample

BODIES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "examples.json").read_text(encoding="utf-8"))

ENTRIES = [OpenApiExample(name, value=body, request_only=True) for name, body in BODIES.items()]
