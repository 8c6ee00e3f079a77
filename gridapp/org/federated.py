"""Which account of ours an account of the portal is. Linked by who holds both; none is made and no right is given."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from gridapp.audit.acts import Act
from gridapp.audit.noting import note

from .models import Federated, User
from .portal import Said


def find(said: Said) -> User | None:
    """The account that is linked, open or closed; else the one with that staff number, if linking by it is on."""
    link = Federated.objects.filter(issuer=said.issuer, subject=said.subject).select_related("user").first()
    if link is not None:
        Federated.objects.filter(pk=link.pk).update(used_at=timezone.now())
        return link.user
    return _by_staff_no(said)


def of(user: User) -> Federated | None:
    """The link of an account to the portal there is now."""
    return Federated.objects.filter(user=user, issuer=settings.OIDC_ISSUER).first()


def link(user: User, said: Said, *, how: str = "self") -> bool:
    """They hold both; False where one of the two is linked already."""
    try:
        with transaction.atomic():
            Federated.objects.create(user=user, issuer=said.issuer, subject=said.subject, linked_how=how)
            note(Act.PORTAL_LINKED, by=user.pk, about=f"account:{user.pk}", how=how)
    except IntegrityError:
        return False
    return True


def unlink(user: User) -> bool:
    """The portal's account opens this one no more."""
    with transaction.atomic():
        gone = bool(Federated.objects.filter(user=user, issuer=settings.OIDC_ISSUER).delete()[0])
        if gone:
            note(Act.PORTAL_UNLINKED, by=user.pk, about=f"account:{user.pk}")
    return gone


def _by_staff_no(said: Said) -> User | None:
    """Only where exactly one open account has it, and no other subject."""
    if not said.staff_no.strip():
        return None
    found = list(User.objects.filter(staff_no=said.staff_no, is_active=True)[:2])
    if len(found) != 1 or of(found[0]) is not None:
        return None
    return found[0] if link(found[0], said, how="staff_no") else None
