"""Accounts as supervisors and the security administrator keep them: nobody gives a role above their own, nor areas
beyond them. The security administrator makes every account but another of their own role: see manage.py administrator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher, make_password
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from gridapp.audit.acts import Act as Audited
from gridapp.audit.noting import note as audited

from . import both_steps, duties, known_browsers, passwords, scope, sessions, staff
from .account_forms import Wanted
from .areas import Unfit
from .models import AccountChange, Area, Ended, HandOver, Role, User

Act = AccountChange.Act
_ROUNDS = 20_000
_GIVES: Mapping[str, Sequence[Role]] = {
    Role.SUPERVISOR: (Role.WORKER, Role.SUPERVISOR),
    Role.SECURITY: (Role.WORKER, Role.SUPERVISOR, Role.OFFICER, Role.ADMINISTRATOR, Role.AUDITOR),
}


def may_give(by: User) -> Sequence[Role]:
    """The roles of accounts that somebody may make and change: never one above their own."""
    return _GIVES.get(by.role, ())


def listed(by: User) -> QuerySet[User]:
    """The accounts that somebody keeps: of a role they may give, and with no area outside theirs; by name.

    Accounts without any area are the security administrator's, and theirs who oversee a grid that they handed over.
    Those of who runs the machine are nobody's here.
    """
    if not may_give(by) or not scope.prefixes(by):
        return User.objects.none()
    theirs = Area.objects.filter(staff=OuterRef("pk"))
    rows = User.objects.filter(role__in=may_give(by)).prefetch_related("areas")
    rows = rows.exclude(Exists(theirs.exclude(scope.condition(by, "code"))))
    if not scope.may_secure(by):
        gave = HandOver.objects.filter(scope.condition(by, "grid__code"), giver=OuterRef("pk"))
        rows = rows.filter(Exists(theirs) | Exists(gave))
    return rows.order_by("-is_active", "first_name", "username", "pk")


def find(user_id: int, by: User) -> User | None:
    """One of them; None for any other, and for one's own: nobody changes what they may do themselves."""
    return listed(by).filter(pk=user_id).exclude(pk=by.pk).first()


def history(user: User) -> QuerySet[AccountChange]:
    """What was done to an account, newest first."""
    return AccountChange.objects.filter(user=user).select_related("by").order_by("-id")


def create(wanted: Wanted, *, by: User, why: str = "") -> tuple[User, str]:
    """A new account and its first password, which is shown once and has to be changed. Raises Unfit."""
    _within(wanted, by)
    password = passwords.made()
    try:
        with transaction.atomic():
            user = staff.create_account(
                wanted.username,
                name=wanted.name,
                role=Role(wanted.role),
                areas=Area.objects.filter(pk__in=wanted.areas),
                staff_no=wanted.staff_no,
                id_number=wanted.id_number,
            )
            _give(user, password)
            note(user, Act.CREATED, by=by, after=_state(user), why=why)
            audited(Audited.ROLE_GIVEN, by=by.pk, about=f"account:{user.pk}", role=user.role)
    except IntegrityError as error:
        raise Unfit(duties.refused(error) or _("这个用户名已经有人用了")) from error
    return user, password


def change(user: User, wanted: Wanted, *, by: User, why: str = "") -> bool:
    """Name, role, areas, staff number as they shall be; the user name stays. False where nothing changed. Raises Unfit.

    A document number is only ever set, never shown: an empty one leaves it as it is.
    """
    _within(wanted, by)
    try:
        return _changed(user, wanted, by, why)
    except IntegrityError as error:
        raise Unfit(duties.refused(error)) from error


def _changed(user: User, wanted: Wanted, by: User, why: str) -> bool:
    with transaction.atomic():
        user = _locked(user, by)
        before = _state(user)
        user.first_name, user.role, user.staff_no = wanted.name, wanted.role, wanted.staff_no
        user.save(update_fields=["first_name", "role", "staff_no"])
        user.areas.set(Area.objects.filter(pk__in=wanted.areas))
        if wanted.id_number:
            staff.set_id_number(user, wanted.id_number)
        after = _state(user)
        differing = {name for name in before if before[name] != after[name]}
        if not differing and not wanted.id_number:
            return False
        was, now = ({name: state[name] for name in sorted(differing)} for state in (before, after))
        note(
            user, Act.CHANGED, by=by, before=was, after=now | ({"id_number": True} if wanted.id_number else {}), why=why
        )
        if "role" in differing:
            audited(Audited.ROLE_GIVEN, by=by.pk, about=f"account:{user.pk}", role=user.role, before=before["role"])
        if differing & {"role", "areas"}:
            sessions.end_all(user, why=Ended.RIGHTS, by=by)
    return True


def close(user: User, *, by: User, why: str = "") -> bool:
    """Nobody signs in with it any more, and whoever is signed in is out; what it did stays. Raises Unfit."""
    return _opened(user, False, by, why)


def reopen(user: User, *, by: User, why: str = "") -> bool:
    """The account as it was. Raises Unfit."""
    return _opened(user, True, by, why)


def end_sessions(user: User, *, by: User, why: str = "") -> bool:
    """Whoever is signed in with it is out, and may sign in again. False where nobody was. Raises Unfit."""
    with transaction.atomic():
        return bool(sessions.end_all(_locked(user, by), why=Ended.KEEPER, by=by))


def reset_password(user: User, *, by: User) -> str:
    """A new first password; whoever is signed in with the old one is not any more. Not by who undid the second factor.
    Raises Unfit."""
    with transaction.atomic():
        user = _locked(user, by)
        both_steps.check_password(user, by=by)
        return let_in_again(user, by=by)


def let_in_again(user: User, *, by: User | None, why: str = "") -> str:
    """The same for who may do so anyway: who runs the machine, `by` None."""
    password = passwords.made()
    with transaction.atomic():
        _give(user, password)
        note(user, Act.PASSWORD, by=by, why=why)
        known_browsers.forget(user)
        sessions.end_all(user, why=Ended.PASSWORD, by=by)
    return password


def chose_password(user: User, password: str, *, but: str = "") -> None:
    """What the holder of an account has chosen. Whatever else is signed in ends, `but` the session with that key."""
    with transaction.atomic():
        _replace(user, make_password(password), must_change=False)
        note(user, Act.OWN_PASSWORD, by=user)
        audited(Audited.PASSWORD_CHOSEN, by=user.pk, about=f"account:{user.pk}")
        sessions.end_all(user, why=Ended.PASSWORD, by=user, but=but)


def note(
    user: User,
    act: str,
    *,
    by: User | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    why: str = "",
) -> None:
    """Files what was done to an account, in the transaction that does it."""
    AccountChange.objects.create(
        user=user, act=act, by=by, before=dict(before or {}), after=dict(after or {}), why=why[:200]
    )


def _give(user: User, password: str) -> None:
    """Sets a password that was made at random: its 59 bits need no stretching, and three hundred cost no minutes.

    Signing in with it stores it as any other.
    """
    hasher, encoded = get_hasher(), ""
    if isinstance(hasher, PBKDF2PasswordHasher):
        encoded = hasher.encode(password, hasher.salt(), iterations=_ROUNDS)
    _replace(user, encoded or make_password(password), must_change=True)


def _replace(user: User, encoded: str, *, must_change: bool) -> None:
    passwords.replaced(user, user.password)
    user.password, user.must_change_password, user.password_set_at = encoded, must_change, timezone.now()
    user.save(update_fields=["password", "must_change_password", "password_set_at"])


def _opened(user: User, is_active: bool, by: User, why: str) -> bool:
    with transaction.atomic():
        user = _locked(user, by)
        if user.is_active == is_active:
            return False
        user.is_active = is_active
        try:
            with transaction.atomic():
                user.save(update_fields=["is_active"])
        except IntegrityError as error:
            raise Unfit(duties.refused(error)) from error
        note(user, Act.REOPENED if is_active else Act.CLOSED, by=by, why=why)
        if not is_active:
            known_browsers.forget(user)
            sessions.end_all(user, why=Ended.CLOSED, by=by)
    return True


def _locked(user: User, by: User) -> User:
    """The account as it is now, as long as it is still theirs to keep. Raises Unfit."""
    if find(user.pk, by) is None:
        raise Unfit(_("这个账号不在您的范围内"))
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _within(wanted: Wanted, by: User) -> None:
    if wanted.role not in may_give(by):
        raise Unfit(_("不能给别人高于自己的角色"))
    if not wanted.areas or not all(scope.allows(by, code) for code in wanted.areas):
        raise Unfit(_("区域不在您的范围内"))


def _state(user: User) -> dict[str, Any]:
    return {
        "name": user.first_name,
        "role": user.role,
        "staff_no": user.staff_no,
        "areas": sorted(user.areas.values_list("code", flat=True)),
    }
