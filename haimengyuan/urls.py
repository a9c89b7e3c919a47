"""Every address of the portal. They are a contract with printed codes and other systems."""

from django.contrib import admin
from django.urls import path

from haimengyuan.views.health import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
]
