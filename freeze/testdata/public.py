# The same small shop in Flask and in Django: /catalog/ and what lies below is
# public, /catalog/form has a form against forged requests, /me belongs to one
# visitor. "public.py flask|django" serves it and prints the port.
import secrets
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

LINKS = "".join('<a href="%s">x</a>' % path for path in ["/catalog/", "/catalog/1", "/catalog/form", "/me"])


def flask_app():
    from flask import Flask, redirect, session

    app = Flask(__name__)
    app.secret_key = secrets.token_bytes(16)

    @app.get("/")
    def home():
        return LINKS

    @app.get("/catalog/")
    @app.get("/catalog/<int:item>")
    def catalog(item=0):
        session["seen"] = item
        return "<h1>Item %d</h1>" % item

    @app.get("/catalog/form")
    def form():
        session["csrf"] = secrets.token_hex(16)
        return '<h1>Ask</h1>\n<form method="post"><input type="hidden" name="csrf_token" value="%s"></form>' % session["csrf"]

    @app.get("/me")
    def me():
        if "user" not in session:
            return redirect("/login")
        return "<p>Hello"

    return app


def django_app():
    import django
    from django.conf import settings
    from django.http import HttpResponse
    from django.shortcuts import redirect
    from django.template import engines
    from django.urls import path

    settings.configure(
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        SECRET_KEY=secrets.token_hex(16),
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        # As startproject writes them, but for what needs a database.
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    )
    django.setup()

    def show(request, text):
        return HttpResponse(engines["django"].from_string(text).render({}, request))

    def catalog(request, item=0):
        request.session["seen"] = item
        return show(request, "<h1>Item %d</h1>" % item)

    def form(request):
        return show(request, '<h1>Ask</h1>\n<form method="post">{% csrf_token %}</form>')

    def me(request):
        if "user" not in request.session:
            return redirect("/login")
        return show(request, "<p>Hello")

    global urlpatterns
    urlpatterns = [
        path("", lambda request: show(request, LINKS)),
        path("catalog/", catalog),
        path("catalog/<int:item>", catalog),
        path("catalog/form", form),
        path("me", me),
    ]
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


server = make_server("127.0.0.1", 0, {"flask": flask_app, "django": django_app}[sys.argv[1]](), handler_class=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
