"""Addresses of the reports."""

from django.urls import path

from gridapp.review import report_pages

urlpatterns = [
    path("reports/", report_pages.listed, name="reports"),
    path("reports/<slug:code>/<slug:period>/", report_pages.one, name="report"),
]
