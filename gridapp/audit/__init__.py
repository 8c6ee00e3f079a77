"""Who saw and did what: append-only, chained, verifiable."""
