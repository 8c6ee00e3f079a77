"""Addresses of the pages of supervisors, department officers and administrators."""

from django.urls import path

from gridapp.review import (
    byhand_pages,
    catalogue_pages,
    conflicts,
    device_pages,
    doubt_pages,
    export_pages,
    lane_pages,
    previewing,
    search_pages,
    suggestion_pages,
    workbook_pages,
)

app_name = "review"
urlpatterns = [
    path("targets/", catalogue_pages.targets, name="targets"),
    path("targets/<str:key>/", catalogue_pages.target, name="target"),
    path("targets/<str:key>/reconciliations/", catalogue_pages.reconciliations, name="reconciliations"),
    path("lanes/", lane_pages.lanes, name="lanes"),
    path("lanes/<str:key>/", lane_pages.lane, name="lane"),
    path("lanes/<str:key>/act/", lane_pages.act, name="lane_act"),
    path("coverage/", catalogue_pages.coverage, name="coverage"),
    path("records/<uuid:record_id>/targets/<str:key>/", previewing.preview, name="preview"),
    path("byhand/", byhand_pages.queues, name="byhand"),
    path("byhand/<str:key>/", byhand_pages.queue, name="queue"),
    path("byhand/<str:key>/export/", workbook_pages.export, name="export"),
    path("byhand/<str:key>/sheets/<int:sheet_id>/", workbook_pages.fetch, name="fetch"),
    path("byhand/<str:key>/sheets/<int:sheet_id>/answer/", workbook_pages.take_back, name="take_back"),
    path("byhand/<str:key>/sheets/<int:sheet_id>/withdraw/", workbook_pages.withdraw, name="withdraw"),
    path("byhand/<str:key>/<int:delivery_id>/", byhand_pages.card, name="card"),
    path("byhand/<str:key>/<int:delivery_id>/say/", byhand_pages.say, name="say"),
    path("suggestions/", suggestion_pages.said, name="suggestions"),
    path("suggestions/<uuid:suggestion_id>/", suggestion_pages.answer, name="answer"),
    path("uncertain/", doubt_pages.undecided, name="doubts"),
    path("uncertain/<int:delivery_id>/", doubt_pages.decide, name="decide"),
    path("conflicts/", conflicts.waiting, name="conflicts"),
    path("conflicts/<uuid:entry_id>/", conflicts.decide, name="decide_conflict"),
    path("search/", search_pages.form, name="search"),
    path("search/save/", search_pages.save, name="save_search"),
    path("search/saved/<uuid:saved_id>/", search_pages.saved, name="saved_search"),
    path("exports/", export_pages.listed, name="exports"),
    path("exports/new/", export_pages.ask, name="ask_export"),
    path("exports/<uuid:export_id>/decide/", export_pages.decide, name="decide_export"),
    path("exports/<uuid:export_id>/file/", export_pages.fetch, name="fetch_export"),
    path("devices/", device_pages.tablets, name="devices"),
    path("devices/<uuid:device_id>/", device_pages.report, name="device"),
]
