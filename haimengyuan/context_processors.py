"""What every template may show."""

from django.conf import settings


def portal(request):
    """The footer's registration numbers and whether demo data are shown."""
    return {
        "site_icp": settings.SITE_ICP,
        "site_mps": settings.SITE_MPS,
        "site_gov_code": settings.SITE_GOV_CODE,
        "portal_demo": settings.PORTAL_DEMO,
    }
