"""The ETL goes on by itself, whatever happens to the database under it."""

from __future__ import annotations

import psycopg
import pytest

from connectors.data_sharing.sandbox import SharingPlatform
from gridapp.contract import Delivered
from tests.conftest import Until
from tests.connectors.data_sharing.asking import sent
from tests.connectors.data_sharing.delta_rows import record

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
ALTERED = 'ALTER TABLE "T_GX_RK_DELTA" RENAME "XH" TO "XH_"', 'ALTER TABLE "T_GX_RK_DELTA" RENAME "XH_" TO "XH"'


@pytest.fixture
def platform(running: SharingPlatform) -> SharingPlatform:
    """With an ETL that has said nothing yet."""
    running.reset()
    running.stop()
    running.start()
    return running


@pytest.mark.parametrize(
    ("breaks", "mends", "trouble"), [(CUT, "SELECT 1", "AdminShutdown"), (*ALTERED, "UndefinedColumn")]
)
def test_it_comes_again_when_the_database_is_well(
    platform: SharingPlatform, until: Until, caplog: pytest.LogCaptureFixture, breaks: str, mends: str, trouble: str
) -> None:
    with psycopg.connect(platform.database.url, autocommit=True) as connection:
        connection.execute(breaks)
        until(lambda: f"sandbox-etl begins again after {trouble}" in caplog.text)
        connection.execute(mends)

    assert sent(platform, until, record(1)) == Delivered()
