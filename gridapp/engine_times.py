"""The engine's clockwork and how long what it did is kept: each name is a setting."""

import os

# --- Delivery: the engine's clockwork, in seconds --------------------------------------------------------------------
LANE_MARGIN = float(os.environ.get("LANE_MARGIN", "5"))  # a claim outlives the longest call by twice this
LANE_SLICE = float(os.environ.get("LANE_SLICE", "30"))  # one task serves a lane this long, then makes room
LANE_LINGER = float(os.environ.get("LANE_LINGER", "3"))  # an idle lane keeps its connections this long
BREAKER_FIRST = float(os.environ.get("BREAKER_FIRST", "30"))  # first pause of a lane that keeps failing, doubled …
BREAKER_LONGEST = float(os.environ.get("BREAKER_LONGEST", "900"))  # … up to this
MAPPING_KEPT = float(os.environ.get("MAPPING_KEPT", "10"))  # how long grid mappings are kept in memory
CATALOGUE_KEPT = float(os.environ.get("CATALOGUE_KEPT", "1"))  # how long the targets are
SWEEP_EVERY = float(os.environ.get("SWEEP_EVERY", "5"))

# --- What is kept how long, in months: refused below what the law asks for --------------------------------------------
ATTEMPTS_KEPT_MONTHS = int(os.environ.get("ATTEMPTS_KEPT_MONTHS", "36"))  # what was disclosed to whom
TECHNICAL_KEPT_MONTHS = int(os.environ.get("TECHNICAL_KEPT_MONTHS", "6"))  # tries that told nobody anything
