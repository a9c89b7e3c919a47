"""Lists by key instead of by page number: the last page costs as little as the first."""

from django.db import connection
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param


class KeysetPagination(BasePagination):
    """Pages of `page_size` rows after the key `after`: as cheap on the last page as on the first, and no count.

    The view names its unique column as `key_field`; rows are dicts. The answer is `{"next": path or null, "results":
    rows}`.
    """

    page_size = 100
    page_size_max = 200

    def paginate_queryset(self, queryset, request, view=None):
        """The rows of the asked page as a list of dicts; raises ValidationError for a key or size that cannot be."""
        size = _whole_number(request, "page_size", self.page_size, self.page_size_max)
        rows = queryset.order_by(view.key_field)
        if "after" in request.query_params:
            rows = rows.filter(**{f"{view.key_field}__gt": self._after(queryset, request, view.key_field)})
        found = list(rows[: size + 1])
        self.next_link = None
        if len(found) > size:
            found.pop()
            self.next_link = replace_query_param(request.get_full_path(), "after", found[-1][view.key_field])
        return found

    def _after(self, queryset, request, key_field):
        kind = queryset.model._meta.get_field(key_field).get_internal_type()
        if kind == "CharField":
            field = serializers.CharField(max_length=20)
        else:
            _lowest, highest = connection.ops.integer_field_ranges[kind]  # the same on every database
            field = serializers.IntegerField(min_value=0, max_value=highest)
        return _cleaned(field, "after", request.query_params["after"])

    def get_paginated_response(self, data):
        return Response({"next": self.next_link, "results": data})

    def get_paginated_response_schema(self, schema):
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {"type": "string", "nullable": True, "example": "/api/v1/services/?after=B02"},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view):
        return [
            {
                "name": "after",
                "in": "query",
                "required": False,
                "description": "Key of the last row of the page before; simply follow `next`.",
                "schema": {"type": "string", "maxLength": 20},
            },
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "description": "Rows of a page.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": self.page_size_max,
                    "default": self.page_size,
                },
            },
        ]


def _whole_number(request, name, default, maximum):
    if name not in request.query_params:
        return default
    field = serializers.IntegerField(min_value=1, max_value=maximum)
    return _cleaned(field, name, request.query_params[name])


def _cleaned(field, name, value):
    try:
        return field.run_validation(value)
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from error
