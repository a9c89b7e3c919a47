"""The API door: its root, its description for machines and the page of it for people."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_page
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema, inline_serializer
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.response import Response

from haimengyuan.lib.jsonapi import PublicView

SCHEMA_KEPT_FOR = (
    3600  # seconds; building it takes longer than any other answer, and only a release changes it
)
LISTS = ("services", "categories", "grids", "orders", "tracking", "schema")


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


schema = cache_page(SCHEMA_KEPT_FOR)(SpectacularAPIView.as_view())


@login_not_required
@require_safe
def docs(request):
    """The description as a page on which every call can be tried, without any inline script."""
    return render(request, "api/docs.html")
