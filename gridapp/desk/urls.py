"""Addresses of the worker's pages."""

from django.urls import path

from gridapp.desk import (
    acts,
    alike,
    entering,
    looking,
    notice,
    places,
    practice,
    scanning,
    set_aside,
    sign_in,
    speaking_up,
    supplements,
    verifying,
    work,
)

app_name = "desk"
urlpatterns = [
    path("", looking.home, name="home"),
    path("login/", sign_in.sign_in, name="login"),
    path("logout/", sign_in.sign_out, name="logout"),
    path("search/", looking.find, name="search"),
    path("places/", places.places, name="places"),
    path("scan/", scanning.scan, name="scan"),
    path("door/", scanning.door, name="door"),
    path("divisions/", looking.find_divisions, name="divisions"),
    path("practice/", practice.practice, name="practice"),
    path("notice/", notice.notice, name="notice"),
    path("complaints/", speaking_up.complaints, name="complaints"),
    path("complaints/new/", speaking_up.suggest, name="suggest"),
    path("work/", work.work, name="work"),
    path("work/<slug:key>/", work.part, name="work_part"),
    path("set-aside/<uuid:entry_id>/", set_aside.page, name="set_aside"),
    path("entries/choose/<slug:purpose>/", looking.choose, name="choose"),
    path("entries/new/resident/", entering.new_resident, name="new_resident"),
    path("entries/new/housing/", entering.new_housing, name="new_housing"),
    path("entries/not-same/", alike.not_same, name="not_same"),
    path("entries/check/<slug:kind>/", entering.check, name="check"),
    path("records/<uuid:record_id>/", looking.record, name="record"),
    path("records/<uuid:record_id>/deliveries/", looking.deliveries, name="deliveries"),
    path("records/<uuid:record_id>/attachments/", supplements.add, name="supplement"),
    path("records/<uuid:record_id>/correct/", entering.correct, name="correct"),
    path("records/<uuid:record_id>/verify/", verifying.verify, name="verify"),
    path("records/<uuid:record_id>/move/", acts.move, name="move"),
    path("records/<uuid:record_id>/move-out/", acts.move_out, name="move_out"),
]
