from django.db import models

from haimengyuan.lib.crypto import decrypt, encrypt


class EncryptedText(models.TextField):
    """A text that lies encrypted in the database; empty stays empty. It cannot be searched: keep a hash beside it."""

    def from_db_value(self, value, expression, connection):
        return decrypt(value) if value else value

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def get_lookup(self, lookup_name):
        if lookup_name in {"isnull", "exact"}:
            return super().get_lookup(lookup_name)
        raise TypeError(f"An encrypted column cannot be searched by {lookup_name!r}; use its hash column.")
