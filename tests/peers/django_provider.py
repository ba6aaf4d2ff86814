"""django-oauth-toolkit for the tests, an OpenID provider on Django. Its access tokens are opaque, so the tests use ID
tokens."""

import json
import sys

try:
    from importlib.metadata import version

    import django
    import oauth2_provider
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
except ImportError as error:
    print(json.dumps({"missing": error.name}))
    sys.exit()

import code_flow

LOGIN_PAGE = '<form method="post">{% csrf_token %}{{ form }}</form>'


class Toolkit:
    client = ("shop", "a secret of the tests, for the token endpoint")
    password = "correct horse battery staple"
    login = ({"username": "alice", "password": password}, {"allow": "Authorize"})

    def __init__(self, url):
        self.issuer = f"{url}/o"
        self.keys = []
        self.configure()
        from django.contrib.auth.models import User
        from django.core.management import call_command
        from django.core.wsgi import get_wsgi_application
        from oauth2_provider.models import Application

        call_command("migrate", verbosity=0)
        User.objects.create_user("alice", password=self.password)
        Application.objects.create(
            name="Shop", client_id=self.client[0], client_secret=self.client[1],
            client_type=Application.CLIENT_CONFIDENTIAL, authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
            redirect_uris=code_flow.REDIRECT_URI, algorithm=Application.RS256_ALGORITHM,
        )
        self.app = get_wsgi_application()

    def configure(self):
        from django.conf import settings

        loader = ("django.template.loaders.locmem.Loader", {"login.html": LOGIN_PAGE})
        settings.configure(
            ALLOWED_HOSTS=["127.0.0.1"],
            DATABASES={"default": {
                # Every thread of the server sees this database in memory.
                "ENGINE": "django.db.backends.sqlite3", "NAME": "file:tests?mode=memory&cache=shared",
                "OPTIONS": {"uri": True},
            }},
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            INSTALLED_APPS=[
                "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider",
            ],
            LOGGING_CONFIG=None,
            LOGIN_URL="/login",
            MIDDLEWARE=[
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
            ],
            OAUTH2_PROVIDER={
                "OIDC_ENABLED": True, "OIDC_RSA_PRIVATE_KEY": self.new_key(), "OIDC_JWKS_MAX_AGE_SECONDS": 600,
                "SCOPES": {"openid": "OpenID Connect", "profile": "Your name"},
            },
            ROOT_URLCONF=sys.modules[__name__],
            SECRET_KEY="a secret of the tests, for sessions",
            TEMPLATES=[{
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [loader, "django.template.loaders.app_directories.Loader"]},
            }],
            USE_TZ=True,
        )
        django.setup()
        from django.contrib.auth.views import LoginView
        from django.urls import include, path

        global urlpatterns
        urlpatterns = [
            path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
            path("login", LoginView.as_view(template_name="login.html")),
        ]

    def new_key(self):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        self.keys.insert(0, key.private_bytes(*pem).decode())
        return self.keys[0]

    def roll(self, keep):
        from oauth2_provider.settings import oauth2_settings

        oauth2_settings.OIDC_RSA_PRIVATE_KEYS_INACTIVE = self.keys[:keep]
        oauth2_settings.OIDC_RSA_PRIVATE_KEY = self.new_key()


code_flow.run("django-oauth-toolkit", version("django-oauth-toolkit"), Toolkit)
