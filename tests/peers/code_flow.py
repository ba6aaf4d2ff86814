"""Runs an OpenID provider on loopback for the tests, and is a client of it: does what it is told on stdin, one JSON object
a line."""

import base64
import hashlib
import json
import secrets
import sys
import threading
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

REDIRECT_URI = "http://127.0.0.1:9/callback"


def run(name, version, make_provider):
    """Answers questions until stdin ends. `make_provider` gets the URL, and returns an object with `app` (WSGI),
    `client` (id and secret), `login` (the fields of the forms) and `roll(keep)`, which makes a new signing key and keeps
    so many old ones."""
    say = sys.stdout.write
    sys.stdout = sys.stderr

    def answer(value):
        say(json.dumps(value) + "\n")
        sys.__stdout__.flush()

    answer({"ready": {name: version}})
    site = Site()
    provider = None
    for line in sys.stdin:
        question = json.loads(line)
        if question["op"] == "start":
            site.start()
            provider = provider or make_provider(site.url)
            if "keep" in question:
                provider.roll(question["keep"])
            site.app = provider.app
            answer({"issuer": provider.issuer, "audience": provider.client[0]})
        elif question["op"] == "stop":
            site.stop()
            answer({})
        elif question["op"] == "token":
            answer({"token": id_token(provider)})


class Site:
    """A WSGI server that keeps its port."""

    url = None
    server = None

    def start(self):
        if self.server:
            return
        port = urllib.parse.urlsplit(self.url).port if self.url else 0
        self.server = make_server("127.0.0.1", port, self.handle, Server, Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.server = None

    def handle(self, environ, start_response):
        return self.app(environ, start_response)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def id_token(provider):
    """An ID token by the code flow, with the forms of the provider."""
    with urllib.request.urlopen(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration") as response:
        discovered = json.load(response)
    browser = Browser()
    # RFC 7636.
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {
        "response_type": "code", "client_id": provider.client[0], "redirect_uri": REDIRECT_URI,
        "scope": "openid profile", "state": "a-state", "nonce": "a-nonce", "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    page = browser.open(f"{discovered['authorization_endpoint']}?{urllib.parse.urlencode(query)}")
    for fields in provider.login:
        page = browser.submit(page, fields)
    landed = urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).query)
    if not page.url.startswith(REDIRECT_URI) or landed.get("state") != ["a-state"]:
        raise RuntimeError(f"the code flow ended at {page.url}")
    client_id, client_secret = provider.client
    body = urllib.parse.urlencode({
        "grant_type": "authorization_code", "code": landed["code"][0], "redirect_uri": REDIRECT_URI,
        "client_id": client_id, "client_secret": client_secret, "code_verifier": verifier,
    })
    with urllib.request.urlopen(discovered["token_endpoint"], body.encode()) as response:
        return json.load(response)["id_token"]


class Page:
    def __init__(self, url, text):
        self.url, self.text = url, text


class Browser:
    """Has cookies, follows redirects up to the client's own address, and fills in forms."""

    def __init__(self):
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(cookies, StopsAtCallback)

    def open(self, url, body=None):
        with self.opener.open(urllib.request.Request(url, body, {"Referer": url})) as response:
            location = response.headers.get("Location")
            return Page(location or response.url, "" if location else response.read().decode())

    def submit(self, page, fields):
        form = Form(page.text)
        url = urllib.parse.urljoin(page.url, form.action or page.url)
        return self.open(url, urllib.parse.urlencode({**form.hidden, **fields}).encode())


class StopsAtCallback(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, request, response, code, message, headers, new_url):
        if new_url.startswith(REDIRECT_URI):
            return None
        return super().redirect_request(request, response, code, message, headers, new_url)

    def http_error_302(self, request, response, code, message, headers):
        followed = super().http_error_302(request, response, code, message, headers)
        return followed or response

    http_error_303 = http_error_302


class Form(HTMLParser):
    """The hidden fields and the address of the first form that is sent by `POST`."""

    def __init__(self, text):
        super().__init__()
        self.action, self.hidden, self.is_inside, self.is_done = None, {}, False, False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form" and not self.is_done and (attributes.get("method") or "").lower() == "post":
            self.is_inside, self.action = True, attributes.get("action")
        elif tag == "input" and self.is_inside and attributes.get("type") == "hidden":
            self.hidden[attributes["name"]] = attributes.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "form" and self.is_inside:
            self.is_inside, self.is_done = False, True
