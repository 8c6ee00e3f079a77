"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from gridapp.api.flood import guarded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridapp.settings")
_django = get_wsgi_application()

from gridapp.watch.doors import alive  # noqa: E402 - it knows models, which are there only now

application = alive(guarded(_django))
