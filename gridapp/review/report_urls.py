"""Addresses of the reports."""

from django.urls import path

from gridapp.review import report_mail_pages, report_pages

urlpatterns = [
    path("reports/", report_pages.listed, name="reports"),
    path("reports/mail/", report_mail_pages.subscriptions, name="report_mail"),
    path("reports/mail/<int:subscription_id>/", report_mail_pages.act, name="report_mail_act"),
    path("reports/<slug:code>/<slug:period>/", report_pages.one, name="report"),
    path("reports/<slug:code>/<slug:period>/pdf/", report_pages.printed, name="report_pdf"),
    path("reports/<slug:code>/<slug:period>/workbook/", report_pages.workbook, name="report_workbook"),
]
