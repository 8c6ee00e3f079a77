"""The conformance kit: certifies a connector against its sandbox department, ours or a third party's.

Each check takes a `Trial` and reads as a promise; `checks_for(subject)` gives those that make sense for what the
connector says it can do. `pytest -p connectors.testing.plugin --connector NAME` runs them. The conventions that it
relies on are in docs/connectors.md.
"""

# The order of the modules is the order of the checks.
from . import arriving, saying, papers, bad_days, tickets, callbacks, asking_back, by_hand  # noqa: I001
from .papers import README_SECTIONS, gives_the_claimed_outcome
from .promise import QUICK, SUCCESS, Check, all_checks, checks_for

CHECKS = all_checks()
"""Every check there is, in its order."""

__all__ = [
    "CHECKS",
    "QUICK",
    "README_SECTIONS",
    "SUCCESS",
    "Check",
    "arriving",
    "asking_back",
    "bad_days",
    "by_hand",
    "callbacks",
    "checks_for",
    "gives_the_claimed_outcome",
    "papers",
    "saying",
    "tickets",
]
