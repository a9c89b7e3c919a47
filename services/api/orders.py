"""Placing an order and following it from another system, with the rules and limits of the public pages."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from grids.forms.places import UNKNOWN_BUILDING
from haimengyuan.lib.client import client_ip
from haimengyuan.lib.jsonapi import PublicView
from haimengyuan.lib.problems import NotFound, Refused, TooOften
from people import errors as people_errors
from people.visits import visited_community_or_404
from services import links
from services.actions import find_order, submit
from services.catalogue import visited_service
from services.errors import OrderNotFound, OrderRefused, ServiceClosed
from services.forms.public import ComplaintForm, OrderForm
from services.models import OrderStatus, Service, ServiceOrder
from services.timeline import timeline

KEY_HEADER = "Idempotency-Key"


class Problem(serializers.Serializer):
    """The shape of every error (RFC 9457)."""

    class Field(serializers.Serializer):
        field = serializers.CharField(help_text="Path of the field, empty for the whole.")
        detail = serializers.CharField()

        class Meta:
            ref_name = "ProblemField"

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = Field(many=True)


class NewOrder(serializers.Serializer):
    """The shape of an order; what the world allows is judged by the form of the public page and by the action."""

    service = serializers.CharField(max_length=8, help_text="Code of an orderable service, or Z01, Z02.")
    need = serializers.CharField(max_length=200, help_text="What is to be done.")
    name = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    phone = serializers.CharField(max_length=30, required=False, default="", allow_blank=True)
    for_name = serializers.CharField(
        max_length=40,
        required=False,
        default="",
        allow_blank=True,
        help_text="Whom it is for, if somebody else.",
    )
    building = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**63 - 1,
        help_text="`id` of a building of `/grids/<number>/`; null if unknown, then `place_text` is needed.",
    )
    door = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    place_text = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    wish = serializers.ChoiceField(
        ServiceOrder.Wish.choices, required=False, default=ServiceOrder.Wish.SOON.value
    )
    wish_on = serializers.DateField(required=False, allow_null=True, default=None)
    wish_half = serializers.ChoiceField(["", "am", "pm"], required=False, default="")
    consent = serializers.BooleanField(
        help_text="The resident has read how personal data are used (`/privacy/`) and agrees; must be true."
    )
    submission_key = serializers.CharField(
        max_length=64,
        required=False,
        default="",
        allow_blank=True,
        help_text=f"Instead of the header {KEY_HEADER}.",
    )

    def validate_consent(self, agreed):
        if not agreed:
            raise ValidationError(_("居民同意个人信息的用法，才能替他点单"))
        return agreed

    def validate(self, data):
        half_day = data["wish"] == ServiceOrder.Wish.HALF_DAY
        if half_day and not (data["wish_on"] and data["wish_half"]):
            raise ValidationError({"wish_on": _("请选哪一天的上午还是下午")})
        return data


class PlacedOrder(serializers.Serializer):
    number = serializers.CharField()
    status = serializers.ChoiceField(OrderStatus.choices)
    label = serializers.CharField()
    due_at = serializers.DateTimeField()
    dispatch_due_at = serializers.DateTimeField()
    link = serializers.CharField(help_text="The resident's page of this order: give it to nobody else.")


class Tracking(serializers.Serializer):
    number = serializers.CharField(max_length=30, help_text="Eight digits; spaces do not matter.")
    tail = serializers.CharField(max_length=10, help_text="Last four digits of the phone of the order.")


class Step(serializers.Serializer):
    title = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(["done", "now", "todo"])


class TrackedOrder(serializers.Serializer):
    number = serializers.CharField()
    service = serializers.CharField()
    status = serializers.ChoiceField(OrderStatus.choices)
    label = serializers.CharField()
    due_at = serializers.DateTimeField()
    timeline = Step(many=True)


_KEY_PARAMETER = OpenApiParameter(
    KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    description="Any text of up to 64 signs. The same key with the same body gives the same order, however often "
    "and however parallel it comes; needed here or as `submission_key`.",
)


def _problems(**sentences):
    return {
        (int(status.strip("_")), "application/problem+json"): OpenApiResponse(Problem, description=sentence)
        for status, sentence in sentences.items()
    }


class Orders(PublicView):
    serializer_class = NewOrder

    @extend_schema(
        operation_id="orders_create",
        tags=["orders"],
        parameters=[_KEY_PARAMETER],
        request=NewOrder,
        responses={201: PlacedOrder}
        | _problems(
            _400="Something is missing or wrong; see `errors`.",
            _409="The service is closed or the order cannot be taken.",
            _413="More than 64 KB.",
            _415="Not JSON.",
            _429="Too many orders from this address or phone; see Retry-After.",
        ),
    )
    def post(self, request):
        """Place an order for a resident. Answers the same order again for the same key and body."""
        shape = NewOrder(data=request.data)
        shape.is_valid(raise_exception=True)
        service = _service(request, shape.validated_data["service"])
        form = _form(service, shape.validated_data, request.headers.get(KEY_HEADER, ""))
        if not form.is_valid():
            raise ValidationError(_reworded(form.errors))
        order = self._submit(request, service, form)
        return Response(_placed(order), status=201)

    def _submit(self, request, service, form):
        fields = form.as_order(form.chosen_building()) if isinstance(form, OrderForm) else form.as_order()
        try:
            return submit(service, channel=ServiceOrder.Channel.API, address=client_ip(request), **fields)
        except people_errors.TooOften as refused:
            raise TooOften(str(refused), retry_after=refused.retry_after) from refused
        except ServiceClosed as refused:
            raise Refused(str(refused), "service_closed") from refused
        except OrderRefused as refused:
            raise Refused(str(refused), "order_refused") from refused


def _service(request, code):
    service = visited_service(request, code)
    if service is None:
        raise ValidationError({"service": _("没有这个代码的服务")})
    return service


def _form(service, data, key):
    """The public page's own form, filled with what came as JSON: both doors judge alike, in the same words."""
    wish = data["wish"]
    if wish == ServiceOrder.Wish.HALF_DAY:
        wish = f"{data['wish_on'].isoformat()}:{data['wish_half']}"
    typed = {
        "need": data["need"],
        "name": data["name"],
        "phone": data["phone"],
        "submission_key": key or data["submission_key"],
    }
    if service.code == Service.COMPLAINT:
        return ComplaintForm(typed)
    typed |= {
        "wish": wish,
        "building": str(data["building"] or UNKNOWN_BUILDING),
        "door": data["door"],
        "place_text": data["place_text"],
        "behalf": "on" if data["for_name"] else "",
        "for_name": data["for_name"],
    }
    return OrderForm(typed, service=service)


_FORM_TO_BODY = {"submission_key": gettext_lazy("请在 Idempotency-Key 里给这次点单一个编号，最多 64 个字符")}


def _reworded(errors):
    """The form's errors by field; a hidden field of the page is a header here and needs another sentence."""
    return {
        name: [_FORM_TO_BODY.get(name) or sentence for sentence in found] for name, found in errors.items()
    }


def _placed(order):
    """A `PlacedOrder`, written without REST framework's serializer, which costs more than the six values are worth."""
    return {
        "number": order.number,
        "status": order.status,
        "label": order.get_status_display(),
        "due_at": timezone.localtime(order.due_at).isoformat(),
        "dispatch_due_at": timezone.localtime(order.dispatch_due_at).isoformat(),
        "link": settings.PUBLIC_BASE_URL + links.resident_path(order),
    }


class TrackingView(PublicView):
    serializer_class = Tracking

    @extend_schema(
        operation_id="tracking_read",
        tags=["orders"],
        request=Tracking,
        responses={200: TrackedOrder}
        | _problems(
            _400="Something is missing; see `errors`.",
            _404="No such order, or another phone.",
            _413="More than 64 KB.",
            _415="Not JSON.",
            _429="Too many tries from this address or for this order; see Retry-After.",
        ),
    )
    def post(self, request):
        """Where an order stands: status, label and a plain timeline, without anything about persons."""
        community = visited_community_or_404(request)
        shape = Tracking(data=request.data)
        shape.is_valid(raise_exception=True)
        try:
            order = find_order(community, address=client_ip(request), **shape.validated_data)
        except people_errors.TooOften as refused:
            raise TooOften(str(refused), retry_after=refused.retry_after) from refused
        except OrderNotFound as missing:
            raise NotFound(str(missing)) from missing
        return Response(_tracked(order))


def _tracked(order):
    """Titles and times only: the notes of a timeline may name somebody."""
    events = order.events.for_resident().in_order().select_related("actor_person")
    return TrackedOrder(
        {
            "number": order.number,
            "service": order.service.code,
            "status": order.status,
            "label": OrderStatus(order.status).label,
            "due_at": order.due_at,
            "timeline": timeline(order, events),
        }
    ).data
