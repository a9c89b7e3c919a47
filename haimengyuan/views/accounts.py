"""Login and logout of everybody who has an account."""

import datetime as dt

from django.contrib.auth.views import LoginView

from haimengyuan.forms import LoginForm
from haimengyuan.lib.client import client_ip
from people.actions import give_back, spend
from people.devices import is_known_device, remember_device
from people.errors import TooOften
from people.models import User
from people.too_often import too_often

HOUR = dt.timedelta(hours=1)
TRIES_PER_ADDRESS = 60  # wrong ones in an hour, whatever names are tried; an office may share one address
TRIES_PER_NAME = 20  # wrong ones in an hour from devices that this account never used


def own_door(user):
    """The path where the work of a logged-in user begins."""
    if user.may("enter_staff_door"):
        return "/staff/"
    if user.may("enter_admin"):
        return "/admin/"
    if user.may("enter_me_door"):
        return "/me/"
    return "/"


class Login(LoginView):
    """Leads each role to its own door when the page that asked for the login is not known.

    Beside the lock-out of one name at one address, wrong passwords are counted per address and per name, exactly.
    A device where somebody has logged in before is free of the limit of their name: strangers who use it up from
    everywhere cannot keep the owner out.
    """

    authentication_form = LoginForm
    template_name = "registration/login.html"

    def post(self, request, *args, **kwargs):
        """Each try is paid for before the password is looked at; the right one is given back."""
        self.tried = tried = [("login.address", client_ip(request), TRIES_PER_ADDRESS)]
        name = User.hash_login(request.POST.get("username", ""))
        if not is_known_device(request, name):
            tried.append(("login.name", name, TRIES_PER_NAME))
        try:
            for what, who, limit in tried:
                spend(what, who, limit=limit, window=HOUR)
        except TooOften as refused:
            return too_often(request, refused)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        """The password was right, which says more than a session: that may be of another account."""
        response = super().form_valid(form)
        for what, who, _limit in self.tried:
            give_back(what, who, window=HOUR)
        remember_device(response, form.get_user(), self.request)
        return response

    def get_default_redirect_url(self):
        return own_door(self.request.user)
