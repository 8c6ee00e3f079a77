"""Addresses of other clients (their tokens, what they are told) and of how people look at residents."""

from django.urls import path

from gridapp.review import key_pages, sight_pages, token_pages, webhook_pages

urlpatterns = [
    path("looking/", sight_pages.looking, name="looking"),
    path("keys/", key_pages.keys, name="keys"),
    path("tokens/", token_pages.listed, name="tokens"),
    path("tokens/new/", token_pages.new, name="token_new"),
    path("tokens/<int:token_id>/revoke/", token_pages.revoke, name="token_revoke"),
    path("webhooks/", webhook_pages.listed, name="webhooks"),
    path("webhooks/new/", webhook_pages.new, name="webhook_new"),
    path("webhooks/<uuid:endpoint_id>/", webhook_pages.one, name="webhook"),
    path("webhooks/<uuid:endpoint_id>/act/", webhook_pages.act, name="webhook_act"),
]
