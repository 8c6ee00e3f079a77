"""A file that a department asked for: who may add which to what, what is kept of it, and what the record then says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from gridapp import registry, sealing
from gridapp.contract import Attachment as Content
from gridapp.dictionary.attachments import LARGEST
from gridapp.org.models import Role, User
from gridapp.registry import attachments
from gridapp.registry.attachments import Added
from gridapp.registry.models import Attachment, Entry, Record
from gridapp.registry.refusals import OutOfScope, Refused
from gridapp.registry.versions import document_at
from tests import factories
from tests.factories import act, submit
from tests.files import GPS, exif, jpeg, pdf

pytestmark = pytest.mark.django_db
ON = date(2024, 3, 15)
SIGNATURE, PROOF = "attachment.lease_signature", "attachment.ownership_proof"


def add(record: Record, content: bytes, name: str = SIGNATURE, *, by: User) -> Added:
    with transaction.atomic():
        return attachments.add(record.id, name, content, by=by)


def refusal_of(record: Record, content: bytes, name: str = SIGNATURE, *, by: User) -> tuple[str, str]:
    before = (Attachment.objects.count(), Entry.objects.count(), Record.objects.get(pk=record.pk).version)

    with pytest.raises(Refused) as refused:
        add(record, content, name, by=by)

    assert (Attachment.objects.count(), Entry.objects.count(), Record.objects.get(pk=record.pk).version) == before
    (one,) = refused.value.refusals
    assert all((one.zh, one.en, one.remedy_zh, one.remedy_en))
    return one.field, one.code


# --- What is kept ---------------------------------------------------------------------------------------------------


def test_a_pdf_is_kept_as_it_is_and_sealed(worker: User, home: Record) -> None:
    added = add(home, pdf(b"% the lessor's name\n"), by=worker)

    row = Attachment.objects.get(record=home)
    assert (added.is_new, added.is_first) == (True, True)
    assert (row.name, row.media_type, row.size) == (SIGNATURE, "application/pdf", len(pdf(b"% the lessor's name\n")))
    assert row.sha256 == hashlib.sha256(pdf(b"% the lessor's name\n")).hexdigest()
    assert b"lessor" not in bytes(row.sealed)
    assert attachments.fetch([home.id], {SIGNATURE}) == {
        home.id: {SIGNATURE: Content("application/pdf", pdf(b"% the lessor's name\n"))}
    }


def test_a_photo_is_kept_without_the_place_where_it_was_taken(worker: User, home: Record) -> None:
    add(home, jpeg(exif(6)), by=worker)

    kept = attachments.fetch([home.id], {SIGNATURE})[home.id][SIGNATURE]
    assert kept.media_type == "image/jpeg"
    assert GPS not in kept.content


def test_sealed_content_does_not_open_beside_another_record(worker: User, home: Record) -> None:
    add(home, pdf(), by=worker)
    other = factories.flat(worker)

    Attachment.objects.filter(record=home).update(record=other)

    with pytest.raises(sealing.Unsealable):
        attachments.fetch([other.id], {SIGNATURE})


def test_a_newer_file_takes_the_place_of_the_older_one_and_the_entries_tell_of_both(worker: User, home: Record) -> None:
    first = add(home, pdf(), by=worker)

    second = add(home, jpeg(), by=worker)

    assert (second.is_new, second.is_first) == (True, False)
    assert [one.sha256 for one in attachments.of(home)] == [second.attachment.sha256]
    told = [entry.fields()[SIGNATURE] for entry in registry.history(home) if entry.action == "correct"]
    assert told == [second.attachment.sha256, first.attachment.sha256]


def test_the_same_file_again_changes_nothing(worker: User, home: Record) -> None:
    add(home, jpeg(exif()), by=worker)
    version = Record.objects.get(pk=home.pk).version

    again = add(home, jpeg(exif()), by=worker)

    assert not again.is_new
    assert Record.objects.get(pk=home.pk).version == version
    assert Attachment.objects.count() == 1


def test_adding_one_is_an_act_on_the_record_that_changes_none_of_its_values(worker: User, home: Record) -> None:
    before = document_at(home, home.version)

    added = add(home, pdf(), by=worker)

    assert added.record.version == home.version + 1
    entry = registry.history(home)[0]
    assert (entry.action, entry.by, entry.version) == ("correct", worker, home.version + 1)
    assert document_at(home, home.version + 1) == before


def test_a_change_that_was_begun_before_it_still_goes_through(worker: User, home: Record) -> None:
    opened_at = home.version
    add(home, pdf(), by=worker)

    changed = submit(worker, act(home, "change", base_version=opened_at, owner_name="新房主"))

    assert changed.record.version == opened_at + 2


def test_several_records_and_names_are_fetched_in_one_statement(worker: User, home: Record) -> None:
    other = factories.flat(worker)
    for record, name in ((home, SIGNATURE), (home, PROOF), (other, PROOF)):
        add(record, pdf(name.encode()), name, by=worker)

    with CaptureQueriesContext(connection) as queries:
        found = attachments.fetch([home.id, other.id], {PROOF})

    assert len(queries) == 1
    assert {record_id: set(contents) for record_id, contents in found.items()} == {home.id: {PROOF}, other.id: {PROOF}}


# --- What the record says -------------------------------------------------------------------------------------------


def test_a_view_has_the_digest_and_nothing_of_the_content(worker: User, home: Record) -> None:
    added = add(home, pdf(), by=worker)

    seen = registry.views.view(Record.objects.get(pk=home.pk), on=ON)

    assert seen[SIGNATURE] == added.attachment.sha256
    assert PROOF not in seen


def test_the_flats_attachments_are_not_its_residents(worker: User, home: Record) -> None:
    person = factories.resident(worker, home)
    add(home, pdf(), by=worker)

    assert SIGNATURE not in registry.views.view(person, on=ON)


@pytest.mark.parametrize("many", [1, 3])
def test_views_cost_as_many_statements_with_attachments_as_without(worker: User, home: Record, many: int) -> None:
    flats = [home, *(factories.flat(worker) for _ in range(many - 1))]
    people = [factories.resident(worker, flat) for flat in flats]
    for flat in flats:
        add(flat, pdf(), by=worker)
        add(flat, pdf(), PROOF, by=worker)

    with CaptureQueriesContext(connection) as queries:
        registry.views.views([*flats, *people], on=ON)

    assert len(queries) == 3


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_file"),
        (pdf(size=LARGEST + 1), "file_too_large"),
        (b"<html><script>alert(1)</script></html>", "file_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "file_type"),
        (b"\x89PNG\r\n\x1a\n", "file_type"),
        (b"GIF89a%PDF-1.4 %%EOF", "file_type"),
        (b"PK\3\4word/document.xml", "file_type"),
        (b"\n" + pdf(), "file_type"),
        (pdf()[:-20], "file_broken"),
        (jpeg()[:-10], "file_broken"),
        (b"\xff\xd8\xff\xe0 not a picture", "file_broken"),
        (pdf(b"4 0 obj<</S/JavaScript/JS(app.alert)>>endobj\n"), "file_active"),
        (pdf(b"4 0 obj<</S/Launch/F(cmd.exe)>>endobj\n"), "file_active"),
        (pdf(b"4 0 obj<</Names<</EmbeddedFiles 5 0 R>>>>endobj\n"), "file_active"),
        (pdf(b"4 0 obj<</Encrypt 5 0 R>>endobj\n"), "file_locked"),
    ],
)
def test_what_is_no_scan_is_refused_by_its_content(worker: User, home: Record, content: bytes, code: str) -> None:
    assert refusal_of(home, content, by=worker) == (SIGNATURE, code)


def test_the_largest_file_is_taken(worker: User, home: Record) -> None:
    assert add(home, pdf(size=LARGEST), by=worker).attachment.size == LARGEST


@pytest.mark.parametrize("name", ["attachment.nonsense", "name", "", "housing.room_no", "x" * 300])
def test_a_name_that_is_none_is_refused(worker: User, home: Record, name: str) -> None:
    assert refusal_of(home, pdf(), name, by=worker) == (name[:64], "unknown_attachment")


def test_a_lease_belongs_to_the_flat_and_not_to_a_person(worker: User, home: Record) -> None:
    person = factories.resident(worker, home)

    assert refusal_of(person, pdf(), by=worker) == (SIGNATURE, "other_record")


def test_nothing_is_added_to_a_closed_record(worker: User, home: Record) -> None:
    submit(worker, act(home, "close"))

    assert refusal_of(home, pdf(), by=worker) == ("record", "closed")


def test_who_only_reads_adds_nothing(home: Record) -> None:
    auditor = factories.UserFactory.create(role=Role.AUDITOR)

    assert refusal_of(home, pdf(), by=auditor) == ("", "role")


@pytest.mark.parametrize("whose", [lambda far: far.id, lambda far: uuid4()])
def test_a_record_of_another_grid_looks_like_none(
    worker: User, far_home: Record, whose: Callable[[Record], object]
) -> None:
    with pytest.raises(OutOfScope), transaction.atomic():
        attachments.add(whose(far_home), SIGNATURE, pdf(), by=worker)  # type: ignore[arg-type]

    assert Attachment.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_it_is_part_of_the_callers_transaction(worker: User, home: Record) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        attachments.add(home.id, SIGNATURE, pdf(), by=worker)
