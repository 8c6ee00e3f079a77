"""Real servers that are not ours, where this machine has them: `.ci/run` gets them by apt and insists on all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

PLACES = ("/usr/sbin", "/usr/lib/rabbitmq/bin", "/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin")
PROGRAMS: Mapping[str, str] = {
    "test_openssh.py": "sshd",
    "test_rabbitmq.py": "rabbitmq-server",
    "test_postgresql.py": "initdb",
    "test_database_over_tls.py": "initdb",
    "test_openssl.py": "openssl",
    "test_nginx.py": "nginx",
    "test_nginx_answers.py": "nginx",
}
"""Test module -> the program it needs."""


def program(name: str) -> str | None:
    """Where a program is, also outside the PATH of ordinary users."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *PLACES]))


MISSING = {module: name for module, name in PROGRAMS.items() if program(name) is None}
collect_ignore = [] if os.environ.get("COUNTERPARTS") == "all" else sorted(MISSING)


def pytest_report_header() -> str:
    there = dict.fromkeys(name for module, name in PROGRAMS.items() if module not in MISSING)
    absent = f"; not on this machine, so not tried: {', '.join(sorted(set(MISSING.values())))}" if MISSING else ""
    return f"counterparts from elsewhere: {', '.join(there) or 'none'}{absent}"
