"""Mails with recordings attached, kept on disk until the mail server has them."""
