"""Where every address leads."""

from importlib.util import find_spec

from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    *([path("api/", include("gridapp.api.urls"))] if find_spec("gridapp.api.urls") else []),
    path("", include("gridapp.desk.urls")),
]
