"""What every test has: throw-away secrets, a folder of its own, and a browser that reaches nothing but this server."""

import os
import tempfile

from cryptography.fernet import Fernet

# Settings load after this file, so the suite needs no secrets file and never touches a developer's data.
os.environ["SECRET_KEY"] = "only-for-tests-and-only-for-tests-and-only-for-tests"
os.environ["FIELD_KEYS"] = Fernet.generate_key().decode()
os.environ["HASH_KEY"] = "only-for-tests"
os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="haimengyuan-tests-")
os.environ["HASHED_STATIC_NAMES"] = "0"
os.environ["DATABASE_CONN_MAX_AGE"] = (
    "0"  # a kept connection of a live server's thread would block dropping the database
)
os.environ["REDIS_PREFIX"] = "haimengyuan-tests"
os.environ.setdefault("DEBUG", "0")
# playwright's synchronous API runs an event loop in this thread, beside which the ORM would refuse to work
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
