"""Every registered connector that has a sandbox keeps the promises of the conformance kit (connectors/testing)."""

from __future__ import annotations

from connectors import subject
from connectors.testing.certify import departments, pytest_generate_tests, test_a_connector_keeps_its_promise

__all__ = ["departments", "pytest_generate_tests", "test_a_connector_keeps_its_promise"]


def test_there_is_somebody_to_certify() -> None:
    assert len(subject.subjects()) >= 4
