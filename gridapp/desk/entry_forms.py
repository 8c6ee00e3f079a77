"""The six forms that make entries, each from its address and what was posted to a draft.

The same for the browser's post, for a script's, and for a form that waited on a tablet: there is no second way in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve

from gridapp.desk import opening
from gridapp.desk.draft import Action, Draft
from gridapp.org.models import User


class NotAForm(Exception):
    """The address is none of a form that makes an entry."""


def new_resident(request: HttpRequest, user: User) -> Draft:
    return opening.new(request, user, "resident")


def new_housing(request: HttpRequest, user: User) -> Draft:
    return opening.new(request, user, "housing")


def correct(request: HttpRequest, user: User, record_id: UUID) -> Draft:
    """A change of circumstances, or a mistake put right: the worker says which."""
    record = opening.record_or_404(record_id, user)
    action = Action.CHANGE if request.POST.get("act") == Action.CHANGE else Action.CORRECT
    return opening.about(request, user, record, record.kind, action)


def move(request: HttpRequest, user: User, record_id: UUID) -> Draft:
    return opening.about(request, user, opening.record_or_404(record_id, user), "move", Action.MOVE)


def move_out(request: HttpRequest, user: User, record_id: UUID) -> Draft:
    return opening.about(request, user, opening.record_or_404(record_id, user), "close", Action.CLOSE)


def verify(request: HttpRequest, user: User, record_id: UUID) -> Draft:
    return opening.verified(request, opening.record_or_404(record_id, user))


FORMS: Mapping[str, Callable[..., Draft]] = {
    f"desk:{form.__name__}": form for form in (new_resident, new_housing, correct, move, move_out, verify)
}
"""Name of the address -> the draft of a request to it. Raise Http404 for a record that is none of the user's."""


def check(path: str) -> None:
    """Raises NotAForm."""
    if supplemented(path) is None:
        _found(path)


def supplemented(path: str) -> UUID | None:
    """The record that the form at `path` adds a file to (desk.supplements); None where it is another form."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    return match.kwargs["record_id"] if match.view_name == "desk:supplement" else None


def drafted(path: str, form: QueryDict, *, by: User) -> Draft:
    """The draft of a form that was filled in for `path` and is not being posted there now.

    Raises NotAForm, and Http404 for a record that is none of the user's.
    """
    make, about = _found(path)
    posted = HttpRequest()
    posted.method, posted.path_info, posted.POST, posted.user = "POST", path, form, by  # type: ignore[assignment]
    return make(posted, by, **about)


def _found(path: str) -> tuple[Callable[..., Draft], Mapping[str, UUID]]:
    try:
        match = resolve(path)
        return FORMS[match.view_name], match.kwargs
    except (Resolver404, KeyError):
        raise NotAForm from None
