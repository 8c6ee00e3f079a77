"""Three administrators who cannot be one person: system, security, audit; nor one of them somebody with the daily work.

A person is known by a blind index of their document number, and by a staff number. A trigger (migration 0010) refuses
whatever would give one person two duties in open accounts, and an account another duty than it was made for.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, connection
from django.utils.translation import gettext_lazy as _

from gridapp import sealing

from .models import Role, User

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR})
PERSON = "person of an account"
"""What the blind index of a person is made for."""
_REFUSED = {
    "one_duty_a_person": _("这个人已有另一类账号：系统管理、安全管理、审计和业务不能由同一个人担任"),
    "duty_of_an_account": _("管理类账号不能改成另一类，请新建账号"),
    "person_of_an_administrator": _("系统管理员、安全管理员和审计员要填本人身份证号"),
}
"""What the trigger calls its refusals."""


def person(id_number: str) -> bytes | None:
    """The person behind a document number; None without one. Runs inside the caller's transaction.

    Accounts of the same person that the other index key marked are brought to the one that writes: the trigger
    compares them as they stand. Who writes with the other key meanwhile is waited for.
    """
    if not id_number.strip():
        return None
    found, *other = sealing.blinds(id_number.strip().upper(), purpose=PERSON)
    if other:
        _hold([found, *other])
        User.objects.filter(person__in=other).update(person=found)
    return found


def _hold(persons: Sequence[bytes]) -> None:
    """The trigger's own locks of one person, of both keys, in the same order for all."""
    with connection.cursor() as cursor:
        for one in sorted(persons):
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended('org person ' || encode(%s, 'hex'), 0))", [one]
            )


def needs_person(role: str) -> bool:
    """True where an account stands for one known person."""
    return role in ADMINISTRATORS


def refused(error: IntegrityError) -> str:
    """What the database said about duties, in words; "" where it was about something else."""
    found = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    return str(_REFUSED.get(found, ""))
