"""The addresses of the services app, one list per door (architecture.md §11)."""

from django.urls import path

from services.api import catalogue, orders
from services.views import (
    me_offer,
    public_catalogue,
    public_order,
    public_track,
    staff_board,
    staff_entry,
    staff_order,
    staff_words,
)

public_urls = [
    path("services/", public_catalogue.catalogue, name="catalogue"),
    path("services/<str:code>/", public_catalogue.detail, name="detail"),
    path("services/<str:code>/order/", public_order.order, name="order"),
    path("track/", public_track.track, name="track"),
    path("o/<str:token>/", public_track.order_page, name="order_page"),
    path("o/<str:token>/qr.svg", public_track.order_qr, name="order_qr"),
    path("feedback/", public_order.feedback, name="feedback"),
]

staff_urls = [
    path("orders/", staff_board.orders, name="orders"),
    path("orders/new/", staff_entry.order_new, name="order_new"),
    path("orders/<str:number>/", staff_order.order, name="order"),
    path("words/", staff_words.words, name="unmet"),
]

me_urls = [
    path("offers/<str:token>/", me_offer.offer_page, name="offer"),
    path("offers/<str:token>/visit.ics", me_offer.offer_ics, name="offer_ics"),
    path("orders/<str:number>/", me_offer.task_page, name="task"),
    path("orders/<str:number>/visit.ics", me_offer.task_ics, name="task_ics"),
]

api_urls = [
    path("services/", catalogue.ServiceList.as_view(), name="services"),
    path("services/<str:code>/", catalogue.ServiceOne.as_view(), name="service"),
    path("categories/", catalogue.CategoryList.as_view(), name="categories"),
    path("orders/", orders.Orders.as_view(), name="orders"),
    path("tracking/", orders.TrackingView.as_view(), name="tracking"),
]
