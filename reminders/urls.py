"""The addresses of the reminders app (architecture.md §11)."""

from django.urls import path

from reminders import views

staff_urls = [path("reminders/", views.reminders, name="reminders")]
