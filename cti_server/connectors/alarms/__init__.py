"""Takes alarms to people: by mail, and to web addresses."""
