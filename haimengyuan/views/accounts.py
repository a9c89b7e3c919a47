"""Login and logout of everybody who has an account."""

from django.contrib.auth.views import LoginView

from haimengyuan.forms import LoginForm


class Login(LoginView):
    """Leads each role to its own door when the page that asked for the login is not known."""

    authentication_form = LoginForm
    template_name = "registration/login.html"

    def get_default_redirect_url(self):
        user = self.request.user
        if user.may("enter_staff_door"):
            return "/staff/"
        if user.may("enter_admin"):
            return "/admin/"
        if user.may("enter_me_door"):
            return "/me/"
        return "/"
