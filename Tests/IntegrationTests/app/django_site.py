"""A Django of one file: the view of the cookbook, which gives pages a token, and one that wants it."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="test",
    DEBUG=True,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    CSRF_TRUSTED_ORIGINS=["http://localhost:3000"],
)

from cookbook import csrf  # noqa: E402

urlpatterns = [path("csrf", csrf), path("items/7", lambda request: HttpResponse("saved"))]
app = get_wsgi_application()
