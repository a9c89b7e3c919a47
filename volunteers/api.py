"""Activities for other systems: what residents may see, with free places, and nobody's name or number in it."""

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from haimengyuan.lib.jsonapi import PublicView
from haimengyuan.lib.problems import NotFound
from people.visits import visited_community_or_404
from volunteers.models import Activity, ActivityStatus, Shift

# What is announced: a draft is not shown, so it is no status of the API.
ANNOUNCED = [choice for choice in ActivityStatus.choices if choice[0] != ActivityStatus.DRAFT]
_LIST_COLUMNS = (
    *("id", "title", "kind", "for_whom", "status", "grid__number", "starts_at", "ends_at"),
    *("venue__name", "venue__place", "place_text", "free_places"),
)
_DETAIL_COLUMNS = (*_LIST_COLUMNS, "what", "notes", "reason")
_SHIFT_COLUMNS = ("id", "kind", "name", "skill__code", "starts_at", "ends_at", "capacity", "taken")


class ActivityRow(serializers.Serializer):
    """One activity of the list. Lists are rendered from `values()`; this says what they hold, and a test compares."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(Activity.Kind.choices)
    for_whom = serializers.ChoiceField(Activity.ForWhom.choices)
    status = serializers.ChoiceField(ANNOUNCED)
    grid = serializers.IntegerField(
        allow_null=True, help_text="Number of the grid; null for the whole community."
    )
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    venue = serializers.CharField(help_text="Name of the community's room; empty for any other place.")
    place = serializers.CharField(help_text="Where that is, in words.")
    free_places = serializers.IntegerField(
        help_text="In the shifts that one can still sign up for; 0 once it has begun or is called off."
    )


class ShiftRow(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Shift.Kind.choices)
    name = serializers.CharField(help_text="Empty for the only shift of its kind.")
    skill = serializers.CharField(allow_null=True, help_text="Code of what one should be able to do.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    capacity = serializers.IntegerField()
    free_places = serializers.IntegerField(help_text="0 once it has begun or the activity is called off.")

    class Meta:
        ref_name = "ActivityShift"


class ActivityDetail(ActivityRow):
    what = serializers.CharField()
    notes = serializers.CharField()
    reason = serializers.CharField(help_text="Why it was called off, else empty.")
    shifts = ShiftRow(many=True)


class ActivityFilter(filters.FilterSet):
    """Narrow the list; several filters must all hold."""

    grid = filters.NumberFilter(
        method="filter_grid",
        min_value=1,
        max_value=999,
        decimal_places=0,
        label="Those of one grid, by its number, and those of the whole community.",
    )
    # `from` is a word of Python, which no attribute may be called
    vars()["from"] = filters.DateFilter(
        field_name="ends_at", lookup_expr="date__gte", label="Those that end on this day or later."
    )
    to = filters.DateFilter(
        field_name="starts_at", lookup_expr="date__lte", label="Those that begin on this day or before."
    )
    has_free_places = filters.BooleanFilter(
        method="filter_free", label="Whether one can still sign up and find a place."
    )

    class Meta:
        model = Activity
        fields = []

    def filter_grid(self, queryset, name, value: int):
        return queryset.filter(Q(grid__number=value) | Q(grid=None))

    def filter_free(self, queryset, name, value: bool):
        return queryset.filter(free_places__gt=0) if value else queryset.filter(free_places=0)


class ActivityList(PublicView):
    queryset = Activity.objects.all()
    filterset_class = ActivityFilter
    key_field = "id"
    serializer_class = ActivityRow

    @extend_schema(operation_id="activities_list", tags=["activities"], responses=ActivityRow(many=True))
    def get(self, request):
        """All that was ever announced, by id, called-off ones too; ask `from` today for what is to come."""
        community = visited_community_or_404(request)
        rows = _with_free_places(self.get_queryset().in_community(community.pk).public())
        page = self.paginate_queryset(self.filter_queryset(rows).values(*_LIST_COLUMNS))
        return self.get_paginated_response([_row(values) for values in page])


class ActivityOne(PublicView):
    queryset = Activity.objects.all()
    filter_backends = []
    serializer_class = ActivityDetail

    @extend_schema(operation_id="activities_read", tags=["activities"], responses=ActivityDetail)
    def get(self, request, pk):
        """One activity with its shifts, and how many places each has left."""
        community = visited_community_or_404(request)
        rows = _with_free_places(self.get_queryset().in_community(community.pk).public())
        values = rows.filter(pk=pk).values(*_DETAIL_COLUMNS).first()
        if values is None:
            raise NotFound(_("没有这个活动"))
        shifts = Shift.objects.filter(activity=pk).order_by("starts_at", "pk").values(*_SHIFT_COLUMNS)
        row = _row(values)
        return Response(row | {"shifts": [_shift(shift, row["status"]) for shift in shifts]})


def _with_free_places(activities):
    """Adds `free_places`, summed over the shifts that have not begun; nothing is free unless sign-up is open."""
    can_join = Q(status=ActivityStatus.PUBLISHED, shifts__starts_at__gt=timezone.now())
    free = Sum(F("shifts__capacity") - F("shifts__taken"), filter=can_join)
    return activities.annotate(free_places=Coalesce(free, 0))


def _row(values):
    """A row of the database as the API shows it."""
    venue, inside, outside = (values.pop(name) for name in ("venue__name", "venue__place", "place_text"))
    values |= {"grid": values.pop("grid__number"), "venue": venue or "", "place": inside or outside}
    return values | _local(values)


def _shift(values, status):
    taken = values.pop("taken")
    can_join = status == ActivityStatus.PUBLISHED and values["starts_at"] > timezone.now()
    values |= {"skill": values.pop("skill__code")}
    values["free_places"] = values["capacity"] - taken if can_join else 0
    return values | _local(values)


def _local(values):
    """Both moments on the community's clock, as every serializer writes them."""
    return {name: timezone.localtime(values[name]).isoformat() for name in ("starts_at", "ends_at")}
