"""Where every address leads."""

from django.urls import include, path

from gridapp import security_txt
from gridapp.api import callbacks
from gridapp.watch import requests

handler500 = requests.broke

urlpatterns = [
    path(".well-known/security.txt", security_txt.told),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("gridapp.api.urls")),
    path("callbacks/<slug:key>/", callbacks.callback, name="callback"),
    path("review/", include("gridapp.review.urls")),
    path("", include("gridapp.desk.urls")),
]
