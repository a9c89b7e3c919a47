"""Inserts that ask and write at once: whether a row was new is the database's answer, not a look before.

Their SQL is written once per process, like that of `haimengyuan.lib.compiled`. `save()` is not called: what it would
fill in is filled in before.
"""

import functools

from django.db import connection

AT_ONCE = 40  # rows of one statement


def insert_unless_known(row):
    """Insert the unsaved model instance `row`, unless one of its unique keys is taken. Returns whether it was inserted.

    It has its primary key then. One statement, and no savepoint, for nothing fails.
    """
    with connection.cursor() as cursor:
        cursor.execute(*_insertion([row], returning=True))
        made = cursor.fetchone()
    if made is None:
        return False
    (row.pk,) = made
    row._state.adding, row._state.db = False, connection.alias
    return True


def insert_unknown(rows):
    """Insert those of the unsaved instances of one model whose unique keys are free. They learn no primary keys."""
    rows = list(rows)
    with connection.cursor() as cursor:
        for first in range(0, len(rows), AT_ONCE):
            cursor.execute(*_insertion(rows[first : first + AT_ONCE]))


def _insertion(rows, *, returning=False):
    """The SQL and its parameters."""
    columns = _columns(type(rows[0]))
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in columns
    ]
    return _sql(type(rows[0]), len(rows), returning), values


@functools.cache
def _columns(model):
    """All but the key, which the database gives."""
    return [field for field in model._meta.local_fields if not field.primary_key]


@functools.cache
def _sql(model, count, returning):
    quote, columns = connection.ops.quote_name, _columns(model)
    names = ", ".join(quote(field.column) for field in columns)
    places = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * count)
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {places} ON CONFLICT DO NOTHING"
    return f"{sql} RETURNING {quote(model._meta.pk.column)}" if returning else sql
