"""The admin pages of services: the catalogue for the staff, the orders for grid heads."""

from services.admin import catalogue, orders

__all__ = ["catalogue", "orders"]
