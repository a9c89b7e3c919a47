"""An insert that asks and writes at once: whether a row was new is the database's answer, not a look before."""

import functools

from django.db import connection


def insert_unless_known(row):
    """Insert the unsaved model instance `row`, unless one of its unique keys is taken. Returns whether it was inserted.

    It has its primary key then. One statement, and no savepoint, for nothing fails. `save()` is not called: what it
    would fill in is filled in before.
    """
    sql, fields = _insertion(type(row))
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        made = cursor.fetchone()
    if made is None:
        return False
    (row.pk,) = made
    row._state.adding, row._state.db = False, connection.alias
    return True


@functools.cache
def _insertion(model):
    """The SQL, and the columns that it wants values for: all but the key, which the database gives."""
    quote, fields = (
        connection.ops.quote_name,
        [field for field in model._meta.local_fields if not field.primary_key],
    )
    columns, places = ", ".join(quote(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places}) "
        f"ON CONFLICT DO NOTHING RETURNING {quote(model._meta.pk.column)}"
    )
    return sql, fields
