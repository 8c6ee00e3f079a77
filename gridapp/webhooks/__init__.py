"""Telling other systems what happened, by the Standard Webhooks specification: thin messages, signed, in order."""
