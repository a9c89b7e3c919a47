"""Every address of the portal. They are a contract with printed codes and other systems."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from haimengyuan.views import accounts, errors, grids, pages
from haimengyuan.views.health import healthz
from haimengyuan.views.home import home
from services.urls import public_urls

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    path("", home, name="home"),
    path("", include((public_urls, "services"))),
    path("grids/", grids.grids, name="grids"),
    path("grids/<int:number>/", grids.grid, name="grid"),
    path("grids/<int:number>/poster/", grids.poster, name="grid_poster"),
    path("display/", pages.display, name="display"),
    path("privacy/", pages.privacy, name="privacy"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("login/", accounts.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
]
