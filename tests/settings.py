"""The settings of the product, with servers of the tests' own and with what is slow on purpose made fast."""

import os
from pathlib import Path

os.environ.setdefault("GRIDAPP_VAR", str(Path(__file__).resolve().parent.parent / "var" / "test"))
os.environ.setdefault("EMBEDDED_FAST", "1")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("UNDO_SECONDS", "0")  # a test that is not about taking back does not wait for it
os.environ.setdefault("SESSIONS_AT_ONCE", "100")  # a test opens as many browsers as it likes
os.environ.setdefault("SESSIONS_AT_ONCE_ADMINISTRATORS", "100")
os.environ.setdefault("API_STRANGER", "100000")  # all tests knock from one address
os.environ.setdefault("DEAR_PER_MINUTE", "100000")  # numbers of accounts come again from test to test
os.environ["GRIDAPP_QUEUE"] = f"test-{os.getpid()}"  # each parallel run has workers of its own

from gridapp.settings import *  # noqa: F403 - the environment above must be there first

MAPPING_KEPT = CATALOGUE_KEPT = 0.0  # a test that maps a grid or pauses a target wants it now
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # signing in is not what most tests are about
# Between tests tables are emptied, and the audit's own refuse that wherever this is not said
DATABASES["default"]["OPTIONS"]["options"] += " -c gridapp.audit_may_be_emptied=on"  # noqa: F405
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405 - whitenoise warns of a missing one, and a warning is an error
