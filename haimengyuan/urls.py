"""Every address of the portal. They are a contract with printed codes and other systems."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from branches.urls import me_urls as branches_me_urls
from branches.urls import public_urls as branches_public_urls
from branches.urls import staff_urls as branches_staff_urls
from grids.urls import api_urls as grids_api_urls
from grids.urls import public_urls as grids_public_urls
from grids.urls import staff_urls as grids_staff_urls
from haimengyuan import api
from haimengyuan.views import accounts, calendar, errors, grids, me, members, pages, roster, staff
from haimengyuan.views.health import healthz
from haimengyuan.views.home import home
from reminders.urls import staff_urls as reminders_staff_urls
from services.urls import api_urls as services_api_urls
from services.urls import me_urls as services_me_urls
from services.urls import public_urls
from services.urls import staff_urls as services_staff_urls
from volunteers.urls import api_urls as volunteers_api_urls
from volunteers.urls import me_urls as volunteers_me_urls
from volunteers.urls import public_urls as volunteers_public_urls
from volunteers.urls import staff_urls as volunteers_staff_urls

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

staff_urls = [
    path("", staff.home, name="home"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("grids/", staff.grids, name="grids"),
    path("grids/<int:number>/", roster.grid, name="grid"),
    path("grids/<int:number>/handover/", roster.handover, name="handover"),
    path("grids/<int:number>/handover/<int:pk>/", roster.sheet, name="handover_sheet"),
    path("members/", members.members, name="members"),
    path("members/export.csv", members.export, name="members_csv"),
    path("members/transfers/", members.transfers, name="transfers"),
    path("members/check-ins/", members.check_ins, name="check_ins"),
    path("members/check-ins/<int:pk>/", members.check_in, name="check_in"),
    path("members/<int:pk>/", members.member, name="member"),
    *services_staff_urls,
    *grids_staff_urls,
    *branches_staff_urls,
    *volunteers_staff_urls,
    *reminders_staff_urls,
]

me_urls = [
    path("", me.home, name="home"),
    path("messages/", me.messages, name="messages"),
    *branches_me_urls,
    *volunteers_me_urls,
    *services_me_urls,
]

api_urls = [
    path("", api.Root.as_view(), name="root"),
    path("schema/", api.schema, name="schema"),
    *services_api_urls,
    *grids_api_urls,
    *volunteers_api_urls,
]

urlpatterns = [
    # the doors first: one look tells that an address is behind none of them
    path("staff/", include((staff_urls, "staff"))),
    path("me/", include((me_urls, "me"))),
    path("admin/", admin.site.urls),
    path("api/v1/", include((api_urls, "api"))),
    path("", home, name="home"),
    path("", include((public_urls, "services"))),
    *grids_public_urls,
    *branches_public_urls,
    *volunteers_public_urls,
    path("grids/", grids.grids, name="grids"),
    path("grids/<int:number>/", grids.grid, name="grid"),
    path("grids/<int:number>/poster/", grids.poster, name="grid_poster"),
    path("display/", pages.display, name="display"),
    path("privacy/", pages.privacy, name="privacy"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("login/", accounts.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("healthz", healthz, name="healthz"),
    path("api/docs/", api.docs, name="api_docs"),
]
