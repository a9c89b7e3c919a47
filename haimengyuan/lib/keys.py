"""Keys of rows as they come back from forms and addresses: anything may stand there."""

LONGEST = 18  # digits; what is longer fits in no column, and a database refuses it with an error of its own


def row_key(typed):
    """The primary key that a text names, None for a text that can be the key of no row ("", "1a", "９", 30 digits)."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= LONGEST else None


def row_keys(typed):
    """The keys among several texts, in their order; what can be none is dropped."""
    return [key for key in map(row_key, typed) if key is not None]
