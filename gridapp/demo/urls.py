"""Where every address of the demo leads: the product's own, and the page of its departments."""

from django.urls import include, path

from gridapp.demo import pages

handler500 = "gridapp.watch.requests.broke"
_OF_THE_DEMO = (
    [
        path("departments/", pages.departments, name="departments"),
        path("departments/<str:key>/", pages.tell, name="tell"),
        path("departments/<str:key>/upload/", pages.upload, name="upload"),
    ],
    "demo",
)
urlpatterns = [
    path("demo/", include(_OF_THE_DEMO)),
    path("", include("gridapp.urls")),
]
