"""Runs the steps of a walk: one that fails does not end it."""

import base64
import hashlib
import hmac
import json
import queue
import struct
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

from workos._errors import APIError

STEPS = []


def step(name):
    """Registers a step; they run in the order of the file."""

    def register(work):
        STEPS.append((name, work))
        return work

    return register


def run(walk):
    """Runs all steps, prints those that fail and the summary, and tells whether all passed."""
    failed = 0
    for name, work in STEPS:
        try:
            work()
        except Exception as error:  # Whatever the SDK raises fails the step.
            failed += 1
            line = traceback.extract_tb(error.__traceback__)[-1]
            place = "" if isinstance(error, (AssertionError, APIError)) else f" at {line.name}"
            reason = " ".join(str(error).split())[:400]
            print(f"FAILED {name}: {type(error).__name__}{place}: {reason}")
    print(f"{walk}: {len(STEPS) - failed} of {len(STEPS)} steps")
    return failed == 0


class Made(SimpleNamespace):
    """What steps made. Reading what is not there says so."""

    def __getattr__(self, name):
        raise AssertionError(f"needs '{name}', which no step has made")


made = Made()


def same(actual, expected):
    assert actual == expected, f"expected {expected!r}, but got {actual!r}"


def plain(value):
    """An enum as its text."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    return getattr(value, "value", value)


def has(actual, **expected):
    """Checks the fields that are given, each as a whole."""
    same({name: plain(getattr(actual, name)) for name in expected}, expected)


def is_id(value, prefix):
    assert value.startswith(f"{prefix}_"), f"expected an ID {prefix}_…, but got {value!r}"


def refused(status, code, call, /, *args, **kwargs):
    """Checks how a call is refused, and returns the error."""
    try:
        answer = call(*args, **kwargs)
    except APIError as error:
        same((error.status_code, error.code or error.error), (status, code))
        return error
    raise AssertionError(f"expected {status} {code}, but got {answer!r}")


def ids(page):
    return [one.id for one in page.data]


def claims(token):
    """The claims of a token, unverified."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def totp(secret):
    """The code of an authenticator app (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    offset = mac[-1] & 15
    word = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{word % 1_000_000:06}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args):
        return None


def browse(url):
    """Opens a URL as a browser would, and returns where it is sent, and with which parameters."""
    try:
        with urllib.request.build_opener(_NoRedirect).open(url) as answer:
            raise AssertionError(f"no redirect, but {answer.status}")
    except urllib.error.HTTPError as error:
        same(error.code, 302)
        back = urllib.parse.urlsplit(error.headers["location"])
    place = f"{back.scheme}://{back.netloc}{back.path}"
    return place, dict(urllib.parse.parse_qsl(back.query))


def http(method, url, body=None, form=False):
    """Sends a request, and returns the answer: of JSON the value, else the text."""
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    data = urllib.parse.urlencode(body) if form else json.dumps(body) if body else ""
    request = urllib.request.Request(url, data.encode() or None, {"content-type": kind})
    request.method = method
    with urllib.request.urlopen(request) as answer:
        text = answer.read().decode()
    is_json = "json" in (answer.headers["content-type"] or "")
    return json.loads(text) if is_json and text else text


class Receiver:
    """A server that webhooks are delivered to."""

    def __init__(self):
        deliveries = self._deliveries = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(200)
                self.end_headers()
                deliveries.put((body, self.headers["workos-signature"]))

            def log_message(self, *_args):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def next(self):
        return self._deliveries.get(timeout=10)
