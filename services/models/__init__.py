from services.models.catalogue import (
    CatalogueVersion,
    Category,
    Service,
    UnmetHit,
    UnmetWord,
    service_of_host,
)
from services.models.dispatch import Offer
from services.models.events import OrderEvent, events_for_resident
from services.models.orders import ServiceOrder, order_for_its_resident
from services.models.ratings import Rating
from services.models.states import NEXT_STATUSES, OrderStatus

__all__ = [
    "NEXT_STATUSES",
    "CatalogueVersion",
    "Category",
    "Offer",
    "OrderEvent",
    "OrderStatus",
    "Rating",
    "Service",
    "ServiceOrder",
    "UnmetHit",
    "UnmetWord",
    "events_for_resident",
    "order_for_its_resident",
    "service_of_host",
]
