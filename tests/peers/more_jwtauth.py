"""An application on more.jwtauth that does what its settings say, and answers questions on stdin: one
JSON object a line, answered by one."""

import json
import sys
from datetime import timedelta

try:
    from importlib.metadata import version

    import cryptography  # noqa: F401, PyJWT has RS, PS and ES only with it
    import morepath
    from more.jwtauth import (
        ExpiredSignatureError,
        InvalidTokenError,
        JWTIdentityPolicy,
        verify_refresh_request,
    )
    from webob import Request
except ImportError as error:
    print(json.dumps({"missing": str(error)}), flush=True)
    sys.exit()


class Root:
    pass


def value_of(setting):
    if setting == "unlimited":
        return None
    if isinstance(setting, dict):
        return timedelta(seconds=setting["timedelta"])
    return setting


def application(settings, nonces):
    """`nonces` are those of the users; without them there is no handler."""
    settings = {name: value_of(setting) for name, setting in settings.items()}
    if nonces is not None:
        settings["refresh_nonce_handler"] = lambda request, userid: nonces.get(userid)

    class App(morepath.App):
        pass

    @App.setting_section(section="jwtauth")
    def jwtauth():
        return settings

    @App.identity_policy()
    def identity_policy(settings):
        return JWTIdentityPolicy(**settings.jwtauth.__dict__)

    @App.verify_identity()
    def verify_identity(identity):
        return True

    @App.path(model=Root, path="")
    def root():
        return Root()

    @App.json(model=Root, name="me")
    def me(self, request):
        if request.identity is morepath.NO_IDENTITY:
            return None
        return request.identity.as_dict()

    @App.json(model=Root, name="login", request_method="POST")
    def login(self, request):
        identity = morepath.Identity(**request.json)

        @request.after
        def remember(response):
            request.app.remember_identity(response, request, identity)

    @App.json(model=Root, name="refresh", request_method="POST")
    def refresh(self, request):
        try:
            userid = verify_refresh_request(request)
        except ExpiredSignatureError:
            return {"verdict": "expired"}
        except InvalidTokenError:
            return {"verdict": "refused"}

        @request.after
        def remember(response):
            request.app.remember_identity(response, request, morepath.Identity(userid=userid))

        return {"verdict": "refreshed", "userid": userid}

    App.commit()
    return App(), JWTIdentityPolicy(**settings)


def send(app, path, authorization, **kwargs):
    request = Request.blank(path, **kwargs)
    if authorization is not None:
        request.headers["Authorization"] = authorization
    return request.get_response(app)


def identify(app, authorization):
    """What raises out of `identify` has no identity either: whoever asked for one gets none."""
    try:
        return send(app, "/me", authorization).json
    except Exception:
        return None


def refresh(app, authorization):
    try:
        return send(app, "/refresh", authorization, method="POST").json
    except Exception as error:
        return {"verdict": "crashed", "error": type(error).__name__}


def ask(app, authorization):
    identity = identify(app, authorization)
    return {
        "identity": None if identity is None else {"userid": identity["userid"]},
        "refresh": refresh(app, authorization),
    }


def answer(question):
    global app, policy
    match question["op"]:
        case "open":
            app, policy = application(question["settings"], question["nonces"])
            return {}
        case "ask":
            return {"answers": [ask(app, header) for header in question["headers"]]}
        case "identify":
            return {"identity": identify(app, question["header"])}
        case "login":
            response = send(app, "/login", None, method="POST", json=question["identity"])
            return {"authorization": response.headers["Authorization"]}
        case "refresh":
            response = send(app, "/refresh", question["header"], method="POST")
            return {"authorization": response.headers.get("Authorization")}
        case "sign":
            return {"token": policy.encode_jwt(question["claims"])}


versions = {name: version(name) for name in ("more.jwtauth", "PyJWT")}
print(json.dumps({"ready": versions}), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), allow_nan=False), flush=True)
