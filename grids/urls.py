"""The addresses of the grids app."""

from django.urls import path

from grids import api

api_urls = [
    path("grids/", api.GridList.as_view(), name="grids"),
    path("grids/<int:number>/", api.GridOne.as_view(), name="grid"),
]
