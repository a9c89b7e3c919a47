"""Addresses of branches, by door. `haimengyuan.urls` puts each list under its door."""

from django.urls import path

from branches.views import staff_branches, staff_meeting

staff_urls = [
    path("branches/", staff_branches.branches, name="branches"),
    path("branches/<int:number>/", staff_branches.branch, name="branch"),
    path("branches/<int:number>/new/", staff_branches.register, name="meeting_new"),
    path("branches/<int:number>/ledger/", staff_branches.quarter, name="ledger"),
    path("branches/<int:number>/ledger.xlsx", staff_branches.quarter_xlsx, name="ledger_xlsx"),
    path("branches/meetings/<int:pk>/", staff_meeting.meeting, name="meeting"),
    path("branches/meetings/<int:pk>/paper/", staff_meeting.paper, name="meeting_paper"),
]
