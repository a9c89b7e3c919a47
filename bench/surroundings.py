"""What every measurement stands on: throw-away secrets and data, and the address of the database that was made."""

import os


def throw_away(folder):
    """Environment variables for a process that measures; `folder` is its VAR_DIR, gone afterwards."""
    return {
        "DJANGO_SETTINGS_MODULE": "haimengyuan.settings",
        "SECRET_KEY": "only-for-measuring-and-only-for-measuring-and-only",
        "FIELD_KEYS": "bWVhc3VyaW5nLW1lYXN1cmluZy1tZWFzdXJpbmctbWU=",
        "HASH_KEY": "only-for-measuring",
        "VAR_DIR": str(folder),
        "REDIS_PREFIX": f"haimengyuan-bench-{os.getpid()}",
        "LOG_LEVEL": "ERROR",
        "DEBUG": "0",
    }


def database_url(connection):
    """DATABASE_URL of the database that `connection` is on now, for a process of its own."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    user = f"{known['USER']}:{known['PASSWORD']}" if known["PASSWORD"] else known["USER"]
    return f"postgres://{user}@{known['HOST']}:{known['PORT'] or 5432}/{known['NAME']}"
