"""The settings of the demo: a private instance in a hurry so that things are seen, and the page of its departments."""

import os
from importlib.util import find_spec

os.environ.setdefault("BREAKER_FIRST", "3")
os.environ.setdefault("BREAKER_LONGEST", "20")
os.environ.setdefault("SWEEP_EVERY", "2")
os.environ.setdefault("PASSWORD_DAYS", "0")  # its passwords stand in a file, and are not renewed
os.environ.setdefault("SESSIONS_AT_ONCE_ADMINISTRATORS", "3")  # who tries it has two windows open

from gridapp.settings import *  # noqa: F403 - the environment above must be there first

ROOT_URLCONF = "gridapp.demo.urls"
TEMPLATES[0]["OPTIONS"]["context_processors"].append("gridapp.demo.pages.in_the_demo")  # type: ignore[index]  # noqa: F405

if find_spec("rapidocr") is not None:  # the extra `ocr`
    CARD_READER = CARD_READER or str(EMBEDDED.sockets / "cards")  # noqa: F405
