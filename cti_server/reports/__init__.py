"""Tables that people read, from the reports database."""

from cti_server.reports.contacts import (
    ContactReport,
    contacts_csv,
    contacts_json,
    contacts_table,
    contacts_text,
    read_contact,
    read_contacts,
)

__all__ = [
    "ContactReport",
    "contacts_csv",
    "contacts_json",
    "contacts_table",
    "contacts_text",
    "read_contact",
    "read_contacts",
]
