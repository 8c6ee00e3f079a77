"""The index key is replaced while people enter: nobody twice, everybody found, killed and gone on with, no key missed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as product
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection, transaction
from pytest_django import Settings

from gridapp import sealing
from gridapp.delivery import wishes
from gridapp.desk import session
from gridapp.org import duties, staff
from gridapp.org.models import User
from gridapp.registry import door_codes, index_keys, reindexed, reindexing, tombstones
from gridapp.registry.models import FormerDocument, IndexKey, Record, Tombstone
from gridapp.registry.search import search
from tests import factories
from tests.registry.conftest import enter_for

pytestmark = pytest.mark.django_db(transaction=True)
Until = Callable[..., Any]

OLD, NEW = "0123456789abcdef" * 4, "fedcba9876543210" * 4
