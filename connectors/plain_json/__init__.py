"""Plain JSON over HTTP: one record, one POST. The connector to read first."""
