"""What a page asks of the database stays an index look-up when the district is large."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gridapp.desk import recent
from tests import factories

pytestmark = pytest.mark.django_db


def test_what_waits_for_an_administrator_is_read_newest_first_from_an_index() -> None:
    administrator = factories.cast().administrator

    with CaptureQueriesContext(connection) as captured:
        recent.waiting_for(administrator, on=date(2026, 3, 2))

    (asked,) = [one["sql"] for one in captured.captured_queries if "delivery_delivery" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "using delivery_moves_newest" in plan
