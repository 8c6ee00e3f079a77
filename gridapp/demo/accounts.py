"""Who signs in to the demo: one account a role, a second worker and supervisor elsewhere, a worker who reads English.

Passwords and tokens are made at random at the first run and kept in a file that only its owner can read.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from random import Random

from gridapp.catalogue.models import Target, TargetOfficer
from gridapp.org import passwords, staff, tokens
from gridapp.org.models import Area, Role, User

from . import places
from .people import MAN, People

_FIRST, _SECOND = places.COMMUNITIES[0], places.COMMUNITIES[1]


@dataclass(frozen=True)
class Wanted:
    """An account as the demo has it; `areas`: the codes inside which it sees anything."""

    username: str
    name: str
    role: Role
    areas: tuple[str, ...]
    language: str = ""


@dataclass(frozen=True)
class Account:
    """What is known of one account, for the person who tries it and for scripts."""

    username: str
    password: str
    role: str
    token: str
    name: str
    areas: tuple[str, ...]
    language: str


WORKER, OTHER_WORKER, IMPORT = "worker", "worker2", "import"
SYSTEMS = ("JZDJ", "PDA")
"""The systems of the officer's department, the police."""
WANTED = (
    Wanted(WORKER, "李晓明", Role.WORKER, (places.grid_code(_FIRST, 1),)),
    Wanted(OTHER_WORKER, "王小芳", Role.WORKER, (places.grid_code(_SECOND, 1),)),
    Wanted("english", "Alex Chen", Role.WORKER, (places.grid_code(_FIRST, 1), places.grid_code(_FIRST, 2)), "en"),
    Wanted("supervisor", "周建国", Role.SUPERVISOR, (places.DISTRICT,)),
    Wanted("officer", "陈静", Role.OFFICER, (places.DISTRICT,)),
    Wanted("administrator", "赵敏", Role.ADMINISTRATOR, (places.DISTRICT,)),
    Wanted("auditor", "孙立", Role.AUDITOR, (places.DISTRICT,)),
    Wanted("supervisor2", "吴秀兰", Role.SUPERVISOR, (_SECOND.code,)),
    Wanted("supervisor3", "郑国华", Role.SUPERVISOR, (places.DISTRICT,)),
    Wanted("security", "何平", Role.SECURITY, (places.DISTRICT,)),
)


def ensure(kept: Path) -> list[Account]:
    """Makes what is missing; the accounts with passwords and tokens as kept in the file, made anew without it."""
    known = {one["username"]: one for one in json.loads(kept.read_text())} if kept.exists() else {}
    users = {user.username: user for user in User.objects.all()}
    found = []
    for wanted in WANTED:
        user = users.get(wanted.username) or _created(wanted)
        found.append((_account(wanted, user, known.get(wanted.username, {})), user.password))
    write_private(kept, [asdict(account) | {"stored": stored} for account, stored in found])
    return [account for account, _ in found]


def importer() -> User:
    """In whose name the district was taken over from older registers. Nobody can sign in with it.

    Staff like the others: what was taken over goes out to the departments too, and they ask who made an entry.
    """
    found = User.objects.filter(username=IMPORT).first()
    return found or staff.create_account(
        IMPORT,
        name="历史档案导入",
        role=Role.SUPERVISOR,
        areas=Area.objects.filter(code=places.DISTRICT),
        staff_no="WG0000",
        id_number=_document(0),
    )


def write_private(path: Path, content: object) -> None:
    """JSON, whole or not at all, readable by its owner alone."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(json.dumps(content, ensure_ascii=False, indent=1))
    part.replace(path)


def _account(wanted: Wanted, user: User, known: dict[str, str]) -> Account:
    password, token = known.get("password", ""), known.get("token", "")
    # Comparing what is stored takes no time; trying seven passwords takes seconds, as it should
    if not password or known.get("stored") != user.password:
        password = password or passwords.made()
        user.set_password(password)
        user.save(update_fields=["password"])
    if tokens.find(token) != user:
        token = tokens.issue(user)
    return Account(wanted.username, password, wanted.role, token, wanted.name, wanted.areas, wanted.language)


def _created(wanted: Wanted) -> User:
    number = [one.username for one in WANTED].index(wanted.username) + 1
    user = staff.create_account(
        wanted.username,
        name=wanted.name,
        role=wanted.role,
        areas=Area.objects.filter(code__in=wanted.areas),
        staff_no=f"WG{number:04d}",
        id_number=_document(number),
    )
    user.language = wanted.language
    user.save(update_fields=["language"])
    if wanted.role == Role.OFFICER:
        rows = Target.objects.filter(key__in=SYSTEMS)
        TargetOfficer.objects.bulk_create(TargetOfficer(target=row, user=user) for row in rows)
    return user


def _document(number: int) -> str:
    """Departments ask who made an entry: staff have documents of their own, from a year no resident is born in."""
    return People(Random(number), on=date(2024, 1, 1)).id_number(date(1930, 1, number + 1), MAN)
