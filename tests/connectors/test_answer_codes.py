"""Every answer code that a registered connector claims to know becomes what it says, at its department."""

from __future__ import annotations

from connectors.testing.certify import (
    departments,
    pytest_generate_tests,
    test_an_answer_code_becomes_the_claimed_outcome,
)

__all__ = ["departments", "pytest_generate_tests", "test_an_answer_code_becomes_the_claimed_outcome"]
