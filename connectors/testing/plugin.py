"""`pytest -p connectors.testing.plugin --connector NAME`: runs the kit over one connector, in whosever repository.

NAME is an entry point of the group gridapp.connectors, or `package.module:Class` for one that is not installed yet.
Several may be named. Where tests are named too, those alone are run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CERTIFY = Path(__file__).with_name("certify.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("gridapp", "connectors of gridapp")
    group.addoption(
        "--connector",
        action="append",
        default=[],
        metavar="NAME",
        help="certify this connector (entry point or package.module:Class); may be given several times",
    )
    group.addoption(
        "--sandbox-database",
        default=os.environ.get("DATABASE_URL", ""),
        metavar="URL",
        help="PostgreSQL for departments that work on tables (default: the environment's DATABASE_URL)",
    )
    parser.addini("connector_tests", "modules that --connector runs in place of the kit's own", type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    names = config.getoption("--connector")
    if not names:
        return
    from connectors.subject import subjects  # only who asks for a connector pays for loading them

    try:
        subjects(names)
    except LookupError as error:
        raise pytest.UsageError(str(error)) from error
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = [str(config.rootpath / own) for own in config.getini("connector_tests")] or [str(CERTIFY)]


@pytest.fixture(scope="session")
def database_url(pytestconfig: pytest.Config) -> str:
    """Where departments that work on tables may make their databases; a suite with a server of its own overrides it."""
    return str(pytestconfig.getoption("--sandbox-database"))
