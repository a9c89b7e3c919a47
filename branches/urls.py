"""Addresses of branches, by door. `haimengyuan.urls` puts each list under its door."""

from django.urls import path

from branches.views import (
    me_meetings,
    public_notices,
    public_topics,
    staff_branches,
    staff_dues,
    staff_meeting,
    staff_partners,
    staff_topics,
)

public_urls = [
    path("topics/", public_topics.topic_list, name="topics"),
    path("topics/new/", public_topics.topic_new, name="topic_new"),
    path("topics/<int:pk>/", public_topics.topic_page, name="topic"),
    path("topics/<int:pk>/join/", public_topics.topic_join, name="topic_join"),
    path("topics/home/<str:token>/", public_topics.topic_home, name="topic_home"),
    path("notices/", public_notices.notice_list, name="notices"),
    path("notices/<int:pk>/", public_notices.notice_page, name="notice"),
]

staff_urls = [
    path("branches/", staff_branches.branches, name="branches"),
    path("branches/tree/", staff_branches.structure, name="branch_tree"),
    path("branches/dues/", staff_dues.overview, name="dues"),
    path("branches/<int:number>/dues/", staff_dues.branch, name="dues_branch"),
    path("branches/<int:number>/dues/receipts/", staff_dues.receipts, name="dues_receipts"),
    path("branches/<int:number>/dues/<int:pk>/", staff_dues.member, name="dues_member"),
    path("branches/<int:number>/", staff_branches.branch, name="branch"),
    path("branches/<int:number>/new/", staff_branches.register, name="meeting_new"),
    path("branches/<int:number>/ledger/", staff_branches.quarter, name="ledger"),
    path("branches/<int:number>/ledger.xlsx", staff_branches.quarter_xlsx, name="ledger_xlsx"),
    path("branches/meetings/<int:pk>/", staff_meeting.meeting, name="meeting"),
    path("branches/meetings/<int:pk>/paper/", staff_meeting.paper, name="meeting_paper"),
    path("partners/", staff_partners.partners, name="partners"),
    path("topics/", staff_topics.topic_list, name="topics"),
    path("topics/<int:pk>/", staff_topics.topic, name="topic"),
    path("topics/<int:pk>/paper/", staff_topics.topic_paper, name="topic_paper"),
]

me_urls = [path("meetings/", me_meetings.meetings, name="meetings")]
