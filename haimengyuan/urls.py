"""Every address of the portal. They are a contract with printed codes and other systems."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from grids.urls import api_urls as grids_api_urls
from haimengyuan import api
from haimengyuan.views import accounts, errors, grids, pages
from haimengyuan.views.health import healthz
from haimengyuan.views.home import home
from services.urls import api_urls as services_api_urls
from services.urls import public_urls

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

api_urls = [
    path("", api.Root.as_view(), name="root"),
    path("schema/", api.schema, name="schema"),
    *services_api_urls,
    *grids_api_urls,
]

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
    path("api/v1/", include((api_urls, "api"))),
    path("api/docs/", api.docs, name="api_docs"),
]
