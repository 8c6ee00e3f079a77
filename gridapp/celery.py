"""Celery: wakes lanes and keeps the clock. It never carries a delivery; what it carries may be lost at any time."""

from __future__ import annotations

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridapp.settings")

app = Celery("gridapp")
