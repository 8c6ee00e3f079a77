"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from gridapp.api.flood import guarded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridapp.settings")

application = guarded(get_wsgi_application())
