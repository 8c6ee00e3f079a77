"""Where every address leads."""

from django.urls import include, path

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("gridapp.api.urls")),
    path("review/", include("gridapp.review.urls")),
    path("", include("gridapp.desk.urls")),
]
