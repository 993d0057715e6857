"""What becomes of a contact at the phone: talks, and who supervises them."""
