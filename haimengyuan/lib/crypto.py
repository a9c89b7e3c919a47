"""Encryption and look-up hashes for personal columns. Keys come from the environment, never from the code."""

import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(plain: str) -> str:
    """Encrypt with the first of `settings.FIELD_KEYS`; returns ASCII text."""
    return _box(tuple(settings.FIELD_KEYS)).encrypt(plain.encode()).decode()


def decrypt(token: str) -> str:
    """Decrypt with any of `settings.FIELD_KEYS`.

    Raises `cryptography.fernet.InvalidToken` when no key fits: a wrong key must never pass for a text.
    """
    return _box(tuple(settings.FIELD_KEYS)).decrypt(token.encode()).decode()


def lookup_hash(value: str, *, purpose: str) -> str:
    """HMAC-SHA256 (64 hex digits) of `value`, to find an encrypted value again without reading it.

    `purpose` keeps the hash of one phone in two columns from being the same text.
    """
    message = f"{purpose}:{value}".encode()
    return hmac.new(settings.HASH_KEY.encode(), message, hashlib.sha256).hexdigest()
