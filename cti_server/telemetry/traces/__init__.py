"""One trace for each contact, made of the journal's events and exported by OpenTelemetry's protocol."""
