"""Whose request this is, as a type: behind the permission check there is always somebody."""

from __future__ import annotations

from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from gridapp.org.models import User


def caller(request: Request) -> User:
    """The account whose token came with the request. Raises NotAuthenticated."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
