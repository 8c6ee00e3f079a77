"""Addresses of the pages of other clients: their tokens."""

from django.urls import path

from gridapp.review import token_pages

urlpatterns = [
    path("tokens/", token_pages.listed, name="tokens"),
    path("tokens/new/", token_pages.new, name="token_new"),
    path("tokens/<int:token_id>/revoke/", token_pages.revoke, name="token_revoke"),
]
