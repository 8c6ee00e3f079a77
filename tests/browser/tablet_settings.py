"""The settings of the tests with static files as in production: hashed names, written once, found in no other way."""

import os
from pathlib import Path

from tests.settings import *  # noqa: F403 - all of them

STATIC_ROOT = Path(os.environ["STATIC_ROOT"])
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = False
