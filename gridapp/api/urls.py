"""Addresses of the API. Any other address under it is answered as a problem document, too."""

from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from . import attachments, catalogue, changes, entries, lanes, objections, openapi, problems, records, targets, webhooks

app_name = "api"

urlpatterns = [
    path("schema/", openapi.schema, name="schema"),
    path("v1/entries/", entries.enter, name="entries"),
    path("v1/entries/<uuid:entry_id>/", entries.entry, name="entry"),
    path("v1/records/search/", records.searched, name="search"),
    path("v1/records/<uuid:record_id>/", records.record, name="record"),
    path("v1/records/<uuid:record_id>/attachments/", attachments.add, name="attachments"),
    path("v1/records/<uuid:record_id>/targets/<str:key>/preview/", catalogue.previewed, name="preview"),
    path("v1/targets/", targets.targets, name="targets"),
    path("v1/targets/<str:key>/", catalogue.target, name="target"),
    path("v1/lanes/", lanes.lanes, name="lanes"),
    path("v1/lanes/<str:key>/pause/", lanes.pause, name="pause"),
    path("v1/lanes/<str:key>/resume/", lanes.resume, name="resume"),
    path("v1/lanes/<str:key>/reopen/", lanes.reopen, name="reopen"),
    path("v1/lanes/<str:key>/retry/", lanes.retry, name="retry"),
    path("v1/objections/", objections.listed, name="objections"),
    path("v1/changes/", changes.changes, name="changes"),
    path("v1/webhooks/", webhooks.webhooks, name="webhooks"),
    path("v1/webhooks/<uuid:endpoint_id>/test/", webhooks.test, name="test_webhook"),
    path("v1/webhooks/<uuid:endpoint_id>/replay/", webhooks.replay, name="replay_webhook"),
    path("v1/coverage/", catalogue.coverage, name="coverage"),
    re_path("", csrf_exempt(problems.nowhere)),
]
