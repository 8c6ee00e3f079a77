"""The dictionary as data: codes.json and fields.json as handed down, our English, our local additions, countries."""
