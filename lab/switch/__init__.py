"""The pure call-switching model: calls, pilots, agents' seats and features in; SIP wishes and CSTA events out."""
