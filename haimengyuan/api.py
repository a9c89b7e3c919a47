"""The API door: its root, its description for machines and the page of it for people."""

import functools

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from haimengyuan.lib.jsonapi import PublicView

LISTS = ("services", "categories", "grids", "activities", "orders", "tracking", "schema")


class Root(PublicView):
    filter_backends = []
    pagination_class = None

    @extend_schema(
        operation_id="root",
        tags=["about"],
        responses=inline_serializer("Root", {name: serializers.CharField() for name in LISTS}),
    )
    def get(self, request):
        """Where everything is."""
        return Response({name: reverse(f"api:{name}") for name in LISTS})


@functools.cache
def _description():
    """OpenAPI as bytes. Building it takes longer than any other answer, and only a release changes it."""
    with translation.override(settings.LANGUAGE_CODE):
        return OpenApiJsonRenderer().render(SchemaGenerator().get_schema(public=True))


@login_not_required
@require_safe
def schema(request):
    """The description for machines, whatever format or language is asked for."""
    return HttpResponse(_description(), content_type=OpenApiJsonRenderer.media_type)


@login_not_required
@require_safe
def docs(request):
    """The description as a page on which every call can be tried, without any inline script."""
    return render(request, "api/docs.html")
