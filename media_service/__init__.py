"""The Contact Media Service: answers callers over SIP, plays, asks and listens."""
