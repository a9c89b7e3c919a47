"""The addresses of the grids app, one list per door (architecture.md §11)."""

from django.urls import path

from grids import api
from grids.views import public_venues, staff_venues

public_urls = [
    path("venues/", public_venues.venues, name="venues"),
    path("venues/<int:pk>/", public_venues.venue, name="venue"),
    path("venues/bookings/<str:token>/", public_venues.booking, name="booking"),
]

staff_urls = [
    path("venues/", staff_venues.venues, name="venues"),
]

api_urls = [
    path("grids/", api.GridList.as_view(), name="grids"),
    path("grids/<int:number>/", api.GridOne.as_view(), name="grid"),
]
