"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from gridapp.api.flood import guarded
from gridapp.watch.doors import alive

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridapp.settings")

application = alive(guarded(get_wsgi_application()))
