"""Canaille for the tests, an identity provider on Flask and Authlib. Its access tokens are opaque, so the tests use ID
tokens."""

import sys

try:
    from importlib.metadata import version

    from canaille import create_app
    from canaille.app import models
    from joserfc.jwk import RSAKey
except ImportError as error:
    print(f'{{"missing": "{error.name}"}}')
    sys.exit()

import code_flow


class Canaille:
    client = ("shop", "a secret of the tests, for the token endpoint")
    login = ({"login": "alice"}, {"password": "correct horse battery staple"})

    def __init__(self, url):
        self.issuer = url
        self.keys = []
        self.app = create_app({
            "SECRET_KEY": "a secret of the tests, for sessions",
            "SERVER_NAME": url.removeprefix("http://"),
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "LOGGING": {"version": 1}},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": [self.new_key()]},
        })
        with self.app.app_context():
            backend = self.app.backend
            user = models.User(
                user_name="alice", family_name="Smith", emails=["alice@example.com"], password=self.login[1]["password"]
            )
            backend.save(user)
            client = models.Client(
                client_id=self.client[0], client_secret=self.client[1], client_name="Shop",
                client_uri="http://127.0.0.1", redirect_uris=[code_flow.REDIRECT_URI], scope=["openid", "profile"],
                grant_types=["authorization_code"], response_types=["code"],
                token_endpoint_auth_method="client_secret_post", id_token_signed_response_alg="RS256",
            )
            backend.save(client)
            client.audience = [client]
            backend.save(client)

    def new_key(self):
        self.keys.insert(0, RSAKey.generate_key(2048, auto_kid=True).as_dict(private=True))
        return self.keys[0]

    def roll(self, keep):
        kept = self.keys[:keep]
        settings = self.app.config["CANAILLE_OIDC"]
        settings["ACTIVE_JWKS"] = [self.new_key()]
        settings["INACTIVE_JWKS"] = kept


code_flow.run("canaille", version("canaille"), Canaille)
