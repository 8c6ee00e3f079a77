"""The settings of the demo: a private instance in a hurry so that things are seen."""

import os

os.environ.setdefault("BREAKER_FIRST", "3")
os.environ.setdefault("BREAKER_LONGEST", "20")
os.environ.setdefault("SWEEP_EVERY", "2")

from gridapp.settings import *  # noqa: F403 - the environment above must be there first
