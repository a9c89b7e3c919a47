"""The addresses of volunteers, one list per door (architecture.md §11)."""

from django.urls import path

from volunteers.views import public_activities, staff_activities

public_urls = [
    path("activities/", public_activities.activity_list, name="activities"),
    path("activities/<int:pk>/", public_activities.activity, name="activity"),
    path("activities/signups/<str:token>/", public_activities.signup, name="signup"),
]

staff_urls = [
    path("activities/", staff_activities.activity_list, name="activities"),
    path("activities/new/", staff_activities.new, name="activity_new"),
    path("activities/<int:pk>/", staff_activities.activity, name="activity"),
    path("activities/<int:pk>/edit/", staff_activities.edit, name="activity_edit"),
    path("activities/<int:pk>/paper/", staff_activities.paper, name="activity_paper"),
]
