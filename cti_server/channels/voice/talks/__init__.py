"""Talks: what agents do with a customer at the phone, and supervisors who take part."""
