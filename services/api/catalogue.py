"""The public catalogue for other systems: read-only, in both languages at once, no sessions."""

from django.core.cache import cache
from django.db.models import Count, Q
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from haimengyuan.lib.jsonapi import PublicView
from haimengyuan.lib.problems import NotFound
from people.visits import visited_community, visited_community_or_404
from services.catalogue import KEPT_FOR, entries, find
from services.models import Category, Service
from services.page_cache import catalogue_stamp

# The two ways in which everybody asks for the list; other ones are not worth a place in the cache.
KEPT_QUERIES = {"", "page_size=200"}
_LIST_COLUMNS = (
    "code",
    "name_zh",
    "name_en",
    "description_zh",
    "description_en",
    "category__code",
    "category__group",
    "situations",
    "delivery",
    "bookable",
    "channels",
    "home_visit",
    "time_limit_workdays",
    "fee_zh",
    "fee_en",
)
_DETAIL_COLUMNS = (
    *_LIST_COLUMNS,
    "aliases_zh",
    "aliases_en",
    "eligible_zh",
    "eligible_en",
    "materials_zh",
    "materials_en",
    "time_limit_note_zh",
    "time_limit_note_en",
    "lead_name_zh",
    "lead_name_en",
    "responsible_body_zh",
    "stopper_zh",
    "stopper_en",
)


class ServiceRow(serializers.Serializer):
    """One service of the list. Lists are rendered from `values()`; this says what they hold, and a test compares."""

    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    description_zh = serializers.CharField()
    description_en = serializers.CharField()
    category = serializers.CharField(help_text="Code of the category.")
    group = serializers.ChoiceField(Category.Group.choices)
    situations = serializers.ListField(child=serializers.CharField())
    delivery = serializers.ChoiceField(Service.Delivery.choices)
    orderable = serializers.BooleanField(help_text="Whether `POST /orders/` takes it.")
    channels = serializers.ListField(child=serializers.CharField())
    home_visit = serializers.BooleanField()
    time_limit_workdays = serializers.IntegerField(help_text="0 means within the same working day.")
    fee_zh = serializers.CharField()
    fee_en = serializers.CharField()


class ServiceDetail(ServiceRow):
    """All that a resident may want to know of a service."""

    aliases_zh = serializers.ListField(child=serializers.CharField())
    aliases_en = serializers.ListField(child=serializers.CharField())
    eligible_zh = serializers.CharField()
    eligible_en = serializers.CharField()
    materials_zh = serializers.CharField()
    materials_en = serializers.CharField()
    time_limit_note_zh = serializers.CharField()
    time_limit_note_en = serializers.CharField()
    lead_name_zh = serializers.CharField()
    lead_name_en = serializers.CharField()
    responsible_body_zh = serializers.CharField()
    stopper_zh = serializers.CharField(help_text="To be shown before the order; empty for most.")
    stopper_en = serializers.CharField()


class CategoryRow(serializers.Serializer):
    code = serializers.CharField()
    name_zh = serializers.CharField()
    name_en = serializers.CharField()
    group = serializers.ChoiceField(Category.Group.choices)
    services = serializers.IntegerField(help_text="How many services it lists.")


class ServiceFilter(filters.FilterSet):
    """Narrow the list; several filters must all hold."""

    category = filters.CharFilter(field_name="category__code", max_length=4)
    group = filters.ChoiceFilter(field_name="category__group", choices=Category.Group.choices)
    delivery = filters.ChoiceFilter(choices=Service.Delivery.choices)
    home_visit = filters.BooleanFilter()
    orderable = filters.BooleanFilter(method="filter_orderable")
    situation = filters.CharFilter(method="filter_situation", max_length=20)
    q = filters.CharFilter(
        method="filter_words", max_length=40, label="Name, other words, pinyin or initials."
    )

    class Meta:
        model = Service
        fields = []

    def filter_orderable(self, queryset, name, value: bool):
        takes = Q(bookable=True) & ~Q(delivery=Service.Delivery.REFERRAL)
        return queryset.filter(takes if value else ~takes)

    def filter_situation(self, queryset, name, value: str):
        rows = entries(visited_community(self.request))
        return queryset.filter(code__in=[row.code for row in rows if value in row.situations])

    def filter_words(self, queryset, name, value: str):
        rows = find(visited_community(self.request), value)
        return queryset.filter(code__in=[row.code for row in rows])


class ServiceList(PublicView):
    """The services of the community, by code."""

    queryset = Service.objects.all()
    filterset_class = ServiceFilter
    key_field = "code"
    serializer_class = ServiceRow

    stamp = None  # of the catalogue whose whole list is asked for

    def dispatch(self, request, *args, **kwargs):
        """Give the whole list from memory before REST framework does anything: it is what nearly everybody asks for."""
        if request.method == "GET" and request.META.get("QUERY_STRING", "") in KEPT_QUERIES:
            self.stamp = catalogue_stamp(request)
            if self.stamp and _takes_json(request) and (body := cache.get(self._kept_under(request))):
                return HttpResponse(body, content_type="application/json")
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(operation_id="services_list", tags=["catalogue"], responses=ServiceRow(many=True))
    def get(self, request):
        """All services that residents may look up, by code, a page at a time. The two reserved ones are not listed."""
        if self.stamp:
            response = self._page(self.get_queryset().in_community(self.stamp[0]).listed())
            cache.set(self._kept_under(request), JSONRenderer().render(response.data), KEPT_FOR)
            return response
        community = visited_community_or_404(request, "catalogue_version")
        services = self.get_queryset().in_community(community.pk).listed()
        asks_for_some = ServiceFilter.base_filters.keys() & request.query_params.keys()
        return self._page(self.filter_queryset(services) if asks_for_some else services)

    def _kept_under(self, request):
        return ":".join(map(str, ("api-services", *self.stamp, request.META["QUERY_STRING"])))

    def _page(self, services):
        page = self.paginate_queryset(services.values(*_LIST_COLUMNS))
        return self.get_paginated_response([_row(values) for values in page])


def _takes_json(request):
    accepted = request.META.get("HTTP_ACCEPT", "")
    return not accepted or "*/*" in accepted or "application/json" in accepted


class ServiceOne(PublicView):
    queryset = Service.objects.all()
    filter_backends = []
    serializer_class = ServiceDetail

    @extend_schema(
        operation_id="services_read",
        tags=["catalogue"],
        responses=ServiceDetail,
        examples=[OpenApiExample("Haircut at home", value={"code": "B02", "name_zh": "上门理发"})],
    )
    def get(self, request, code):
        """One service with everything that is known of it; the reserved codes Z01 and Z02 answer here too."""
        community = visited_community_or_404(request)
        services = self.get_queryset().in_community(community.pk).open()
        values = services.filter(code=code).values(*_DETAIL_COLUMNS).first()
        if values is None:
            raise NotFound(_("没有这项服务，可能已经停了"))
        for name in ("aliases_zh", "aliases_en"):
            values[name] = [word for word in values[name].split("|") if word]
        return Response(_row(values))


class CategoryList(PublicView):
    queryset = Category.objects.all()
    filter_backends = []
    key_field = "code"
    serializer_class = CategoryRow

    @extend_schema(operation_id="categories_list", tags=["catalogue"], responses=CategoryRow(many=True))
    def get(self, request):
        """The categories of the catalogue, with the group of the home page that each belongs to."""
        community = visited_community_or_404(request)
        listed = Q(services__is_open=True) & ~Q(services__code__in=Service.RESERVED)
        categories = self.get_queryset().in_community(community.pk)
        rows = categories.annotate(listed=Count("services", filter=listed))
        page = self.paginate_queryset(rows.values("code", "name_zh", "name_en", "group", "listed"))
        return self.get_paginated_response([{**row, "services": row.pop("listed")} for row in page])


def _row(values):
    """A row of the database as the API shows it."""
    category, group, bookable = (
        values.pop(name) for name in ("category__code", "category__group", "bookable")
    )
    values |= {"category": category, "group": group}
    values["orderable"] = bookable and values["delivery"] != Service.Delivery.REFERRAL
    return values
