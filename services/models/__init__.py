from services.models.catalogue import CatalogueVersion, Category, Service, UnmetHit, UnmetWord
from services.models.dispatch import Offer
from services.models.events import OrderEvent
from services.models.orders import ServiceOrder
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
]
