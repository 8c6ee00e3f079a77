"""Addresses of the pages of the audit."""

from django.urls import path

from gridapp.review import audit_pages, compliance_pages

urlpatterns = [
    path("audit/", audit_pages.listed, name="audit"),
    path("audit/export/", audit_pages.export, name="audit_export"),
    path("audit/verify/", audit_pages.verify, name="audit_verify"),
    path("compliance/", compliance_pages.page, name="compliance"),
    path("compliance/pack/", compliance_pages.pack, name="compliance_pack"),
]
