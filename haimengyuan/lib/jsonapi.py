"""What all endpoints of the public API share."""

from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny


class PublicView(GenericAPIView):
    """An endpoint for everybody: no session is looked at, so no other page can make a visitor's browser act for them."""

    authentication_classes = []
    permission_classes = [AllowAny]
    queryset = None
