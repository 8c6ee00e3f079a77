"""Addresses of the pages of supervisors, department officers and administrators."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "review"
urlpatterns: list[URLPattern] = []
