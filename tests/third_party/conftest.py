"""Somebody else's package: tests/connectors/test_third_party.py installs it and runs its tests as its owner would."""

collect_ignore_glob = ["*"]
