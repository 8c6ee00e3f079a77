"""Addresses of the pages of areas and accounts."""

from django.urls import path

from gridapp.review import account_pages, account_tables, area_code_pages, area_pages

urlpatterns = [
    path("areas/", area_pages.listed, name="areas"),
    path("areas/codes/", area_code_pages.codes, name="area_codes"),
    path("areas/codes/workbook/", area_code_pages.workbook, name="area_codes_workbook"),
    path("areas/codes/preview/", area_code_pages.preview, name="area_codes_preview"),
    path("areas/codes/apply/", area_code_pages.apply, name="area_codes_apply"),
    path("areas/<slug:code>/", area_pages.area, name="area"),
    path("areas/<slug:code>/act/", area_pages.act, name="area_act"),
    path("areas/<slug:code>/redraw/", area_pages.redraw, name="area_redraw"),
    path("areas/<slug:code>/hand-over/", area_pages.hand_over, name="area_hand_over"),
    path("redrawings/<int:run_id>/", area_pages.run, name="redrawing"),
    path("accounts/", account_pages.listed, name="accounts"),
    path("accounts/new/", account_pages.new, name="account_new"),
    path("accounts/bulk/", account_tables.bulk, name="account_bulk"),
    path("accounts/bulk/workbook/", account_tables.workbook, name="account_workbook"),
    path("accounts/bulk/preview/", account_tables.preview, name="account_preview"),
    path("accounts/bulk/apply/", account_tables.apply, name="account_apply"),
    path("accounts/<int:user_id>/", account_pages.account, name="account"),
    path("accounts/<int:user_id>/act/", account_pages.act, name="account_act"),
]
