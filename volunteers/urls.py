"""The addresses of volunteers, one list per door (architecture.md §11)."""

from django.urls import path

from volunteers import api
from volunteers.views import (
    feeds,
    me_activities,
    me_hours,
    me_profile,
    me_visits,
    public_activities,
    public_check_in,
    public_helpers,
    public_signups,
    staff_activities,
    staff_check_in,
    staff_helpers,
)

public_urls = [
    path("activities/", public_activities.activity_list, name="activities"),
    path("activities.ics", feeds.public, name="activities_ics"),
    path("activities/<int:pk>/", public_activities.activity, name="activity"),
    path("activities/<int:pk>/activity.ics", feeds.activity, name="activity_ics"),
    path("activities/<int:pk>/check-in/", public_check_in.check_in, name="activity_check_in"),
    path("activities/signups/<str:token>/", public_signups.signup, name="signup"),
    path("activities/signups/<str:token>/activity.ics", feeds.signup, name="signup_ics"),
    path("activities/calendars/<str:token>.ics", feeds.person, name="calendar_ics"),
    path("volunteers/", public_helpers.helping, name="volunteers"),
    path("volunteers/join/", public_helpers.join, name="volunteer_join"),
    path("certificates/", public_helpers.verify, name="certificates"),
    path("certificates/<str:token>/", public_helpers.certificate, name="certificate"),
]

me_urls = [
    path("activities/", me_activities.activities, name="activities"),
    path("hours/", me_hours.hours, name="hours"),
    path("hours/<int:pk>/", me_hours.hour_entry, name="hour_entry"),
    path("visits/", me_visits.visits, name="visits"),
    path("profile/", me_profile.profile, name="profile"),
    path("certificates/<int:pk>/", me_hours.certificate, name="certificate"),
    path("certificates/<int:pk>/certificate.pdf", me_hours.certificate_pdf, name="certificate_pdf"),
]

staff_urls = [
    path("activities/", staff_activities.activity_list, name="activities"),
    path("activities/new/", staff_activities.new, name="activity_new"),
    path("activities/<int:pk>/", staff_activities.activity, name="activity"),
    path("activities/<int:pk>/edit/", staff_activities.edit, name="activity_edit"),
    path("activities/<int:pk>/paper/", staff_activities.paper, name="activity_paper"),
    path("activities/<int:pk>/check-in/", staff_check_in.roll, name="activity_roll"),
    path("activities/<int:pk>/code/", staff_check_in.code, name="activity_code"),
    path("volunteers/", staff_helpers.helpers, name="helpers"),
    path("volunteers/<int:pk>/", staff_helpers.helper, name="helper"),
    path("certificates/<int:pk>/", staff_helpers.certificate, name="certificate"),
    path("certificates/<int:pk>/certificate.pdf", staff_helpers.certificate_pdf, name="certificate_pdf"),
]

api_urls = [
    path("activities/", api.ActivityList.as_view(), name="activities"),
    path("activities/<int:pk>/", api.ActivityOne.as_view(), name="activity"),
]
