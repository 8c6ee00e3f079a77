"""Addresses of what a resident can ask, and of what has to be told when something went astray."""

from django.urls import path

from gridapp.review import archive_pages, disclosure_pages, incident_pages, retention_pages, rights_pages

urlpatterns = [
    path("records/<uuid:record_id>/disclosure/", disclosure_pages.ledger, name="disclosure"),
    path("records/<uuid:record_id>/disclosure/pdf/", disclosure_pages.printed, name="disclosure_pdf"),
    path("rights/", rights_pages.listed, name="rights"),
    path("rights/<uuid:request_id>/", rights_pages.one, name="right"),
    path("rights/<uuid:request_id>/act/", rights_pages.act, name="right_act"),
    path("rights/<uuid:request_id>/paper/", rights_pages.printed, name="right_paper"),
    path("rights/<uuid:request_id>/copy/", rights_pages.copy, name="right_copy"),
    path("records/<uuid:record_id>/rights/new/", rights_pages.lodge, name="new_right"),
    path("retention/", retention_pages.periods, name="retention"),
    path("retention/<uuid:record_id>/propose/", retention_pages.propose, name="propose_deletion"),
    path("incidents/", incident_pages.incident, name="incident"),
    path("incidents/pack/", incident_pages.pack, name="incident_pack"),
    path("archives/", archive_pages.listed, name="archives"),
    path("archives/new/", archive_pages.ask, name="ask_archive"),
    path("archives/<uuid:archive_id>/decide/", archive_pages.decide, name="decide_archive"),
    path("archives/<uuid:archive_id>/file/", archive_pages.fetch, name="fetch_archive"),
]
