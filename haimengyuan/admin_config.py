from django.contrib.admin.apps import AdminConfig


class PortalAdminConfig(AdminConfig):
    """Django's admin with the portal's own site: one login, one scope, one look."""

    default_site = "haimengyuan.admin_site.PortalAdminSite"
