"""The grids for other systems: numbers that are computed, and a name only where its owner agreed to show it."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from grids.models import Appointment, Building, Grid
from haimengyuan.lib.jsonapi import PublicView
from haimengyuan.lib.problems import NotFound
from people.visits import visited_community_or_404

_COLUMNS = ("pk", "number", "code", "name", "kind", "area", "building_count", "household_count")


class Head(serializers.Serializer):
    name = serializers.CharField(help_text="Empty unless the grid head agreed to be named.")
    phone = serializers.CharField(help_text="The work phone, else the community desk.")

    class Meta:
        ref_name = "GridHead"


class GridRow(serializers.Serializer):
    number = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Grid.Kind.choices)
    area = serializers.CharField()
    buildings = serializers.IntegerField()
    households = serializers.IntegerField()
    head = Head()


class BuildingRow(serializers.Serializer):
    id = serializers.IntegerField()
    estate = serializers.CharField()
    name = serializers.CharField()


class GridDetail(GridRow):
    building_list = BuildingRow(many=True)


class GridList(PublicView):
    queryset = Grid.objects.all()
    filter_backends = []
    key_field = "number"
    serializer_class = GridRow

    @extend_schema(operation_id="grids_list", tags=["grids"], responses=GridRow(many=True))
    def get(self, request):
        """The grids of the community by number, with households counted now."""
        community = visited_community_or_404(request)
        grids = self.get_queryset().in_community(community.pk).with_counts().values(*_COLUMNS)
        page = self.paginate_queryset(grids)
        heads = _heads([row["pk"] for row in page])
        return self.get_paginated_response([_row(row, heads, community) for row in page])


class GridOne(PublicView):
    queryset = Grid.objects.all()
    filter_backends = []
    serializer_class = GridDetail

    @extend_schema(operation_id="grids_read", tags=["grids"], responses=GridDetail)
    def get(self, request, number):
        """One grid with its buildings; the `id` of a building goes into an order."""
        community = visited_community_or_404(request)
        grids = self.get_queryset().in_community(community.pk).filter(number=number)
        values = grids.with_counts().values(*_COLUMNS).first()
        if values is None:
            raise NotFound(_("没有这个网格"))
        row = _row(values, _heads([values["pk"]]), community)
        buildings = Building.objects.filter(grid__community=community, grid__number=number).in_order()
        row["building_list"] = list(buildings.values("id", "estate", "name"))
        return Response(row)


def _heads(grid_keys):
    """The current head's appointment of each of these grids, by the grid's key. One query."""
    heads = Appointment.objects.filter(grid__in=grid_keys).heads().current().with_consent_to_publish()
    return {appointment.grid_id: appointment for appointment in heads}


def _row(values, heads, community):
    head = heads.get(values.pop("pk"))
    named = head is not None and head.may_be_named
    values["buildings"], values["households"] = values.pop("building_count"), values.pop("household_count")
    values["head"] = {
        "name": head.person.name if named else "",
        "phone": (head.work_phone if named else "") or community.desk_phone,
    }
    return values
