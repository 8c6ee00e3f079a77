"""A ledger of many people becomes entries, is killed half-way and goes on; what those who enter at doors feel of it.

Half of the residents live there already; the flats of the other half stand empty, and their people are the ledger's.
Targets are paused: lanes have modes of their own.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from django.conf import settings
from django.db import connection
from django.utils import timezone

from gridapp.bench import filling, load
from gridapp.bench.copies import one_s_own
from gridapp.bench.entering import enter, web
from gridapp.bench.own_database import own_database
from gridapp.bench.rows import Row, at
from gridapp.bench.sizes import Bench
from gridapp.catalogue.models import Target
from gridapp.org import tokens
from gridapp.org.models import User
from gridapp.registry.models import Entry, Ledger, Record, Residency

PAUSE = 0.5
"""Seconds between entries."""
QUIET = 60
"""Entries before the ledger."""
_WARM = 20  # entries
_MOST = 20_000  # entries
_STRANGERS = 900_000  # the first number of those who are entered at doors
_MEMBERS = ("02", "10", "20", "20")  # head, spouse, sons: of a household
_TITLES = (
    "姓名", "证件号码", "联系电话", "民族", "居住方式", "入住日期", "房屋编码", "与户主关系", "婚姻", "文化程度",
    "户籍地", "户籍地址", "政治面貌", "职业",
)  # fmt: skip
_LEAVE = (
    "DELETE FROM registry_residency WHERE housing_id = ANY(%(homes)s)",
    "DELETE FROM registry_household WHERE housing_id = ANY(%(homes)s)",
    """
    DELETE FROM registry_record r WHERE kind = 'resident'
        AND NOT EXISTS (SELECT FROM registry_residency WHERE resident_id = r.id)
    """,
)


def run(bench: Bench) -> Iterator[Row]:
    """Rows `quiet`: entries alone, and `import`: the ledger, and entries meanwhile."""
    with own_database() as environment, tempfile.TemporaryDirectory() as folder:
        filling.fill(bench.size.residents, history=False)
        Target.objects.update(paused_at=timezone.now(), paused_why="bench")
        file = Path(folder) / "people.csv"
        file.write_bytes(_ledger(_emptied(), bench.size.residents))
        worker = User.objects.get(username="w0")
        homes = Record.objects.filter(kind="housing", grid_code=load.GRID).order_by("pk").values_list("pk", flat=True)
        door = load.people(_MOST, [str(home) for home in homes], first=_STRANGERS)
        with web(environment) as port:
            token = tokens.issue(worker)
            for _ in range(_WARM):
                enter(port, token, iter([next(door)]), going=lambda: False)
            left = iter(range(min(QUIET, bench.size.residents // 20)))
            quiet = enter(port, token, door, going=lambda: next(left, None) is not None, pause=PAUSE)
            yield Row("ledger", "ours", "quiet", _times(quiet))
            under_way = _Import(file, environment)
            meanwhile = enter(port, token, door, going=under_way.going, pause=PAUSE)
        slower = at(sorted(meanwhile), 0.95) / at(sorted(quiet), 0.95)
        yield Row("ledger", "ours", "import", {**under_way.figures(), **_times(meanwhile), "slower": slower})


@dataclass
class _Import:
    """`manage.py import_ledger` at work; ended by SIGKILL once, half-way, and begun again."""

    file: Path
    environment: Mapping[str, str]
    killed_at: int = 0
    resident_mb: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began = time.monotonic()
        self.running = self._begin()

    def _begin(self) -> psutil.Popen:
        command = [sys.executable, "manage.py", "import_ledger", str(self.file), "--by", "chief", "--start"]
        return psutil.Popen(command, env=dict(self.environment), cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL)

    def going(self) -> bool:
        """Looks at it, and kills it when its time has come; False when it has ended by itself."""
        if self.running.poll() is not None:
            if self.running.returncode:
                raise RuntimeError(f"the import ended with {self.running.returncode}")
            return False
        ledger = Ledger.objects.filter(stage=Ledger.Stage.RUNNING).first()
        if ledger is not None and ledger.done:
            self.resident_mb.append(self.running.memory_info().rss / 2**20)
            if not self.killed_at and ledger.done >= ledger.rows // 2:
                self.killed_at = ledger.done
                self.running.kill()
                self.running.wait()
                self.running = self._begin()
        return True

    def figures(self) -> dict[str, float]:
        ledger = Ledger.objects.get()
        assert ledger.started_at and ledger.finished_at  # noqa: S101 - it has ended by itself
        seconds = (ledger.finished_at - ledger.started_at).total_seconds()
        entries = Entry.objects.filter(by=ledger.owner)
        people = Residency.objects.filter(resident__in=entries.values("record")).values("resident").distinct().count()
        third = max(1, len(self.resident_mb) // 3)
        return {
            "rows": ledger.rows,
            "seconds": seconds,
            "per_second": ledger.rows / seconds,
            "read_s": time.monotonic() - self.began - seconds,
            "killed_at": self.killed_at,
            "not_entered": ledger.rows - ledger.entered,
            "doubled": entries.count() - people,
            "first_resident_mb": max(self.resident_mb[:third], default=0),
            "resident_mb": max(self.resident_mb[-third:], default=0),
        }


def _emptied() -> list[str]:
    """The housing codes of every second flat, which nobody lives in any more."""
    homes = Record.objects.filter(kind="housing").order_by("housing_code").values_list("pk", "housing_code")
    chosen = list(homes)[1::2]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET session_replication_role = replica")
        for statement in _LEAVE:
            cursor.execute(statement, {"homes": [pk for pk, _ in chosen]})
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM (ANALYZE) registry_record, registry_residency, registry_household")
    return [code or "" for _, code in chosen]


def _ledger(codes: list[str], first: int) -> bytes:
    """Four people for each flat, as a community has them; `first`: the number of the first of them."""
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(_TITLES)
    for number in range(len(codes) * len(_MEMBERS)):
        own, member = one_s_own(first + number), _MEMBERS[number % len(_MEMBERS)]
        home = codes[number // len(_MEMBERS)]
        lines.writerow(
            [own["name"], own["id_number"], own["phone"], "汉族", "2", "2024-03-10", home, member, "20", "30",
             "430102", f"测试大道{number}号测试花园三栋二单元五零二室", "13", "焊工"]
        )  # fmt: skip
    return written.getvalue().encode("utf-8-sig")


def _times(took: list[float]) -> dict[str, float]:
    ordered = sorted(took)
    return {"entries": len(took), "p50_ms": at(ordered, 0.5), "p95_ms": at(ordered, 0.95)}
