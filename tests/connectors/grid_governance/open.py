"""The connector, opened against whatever address."""

from __future__ import annotations

from connectors.grid_governance.connector import GridGovernance


def opened(*, url: str) -> GridGovernance:
    return GridGovernance({"url": url, "paas_id": "wg_test", "token": "a token of the test"})
