"""The servers: how each is started, that it answers as it should, what it has used."""

import collections
import ctypes
import http.client
import os
import pathlib
import re
import secrets
import signal
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
RELEASE = HERE / "target" / "release"

NAMES = {
    "jwtauth": "Rocket + jwtauth",
    "rocket": "Rocket + jsonwebtoken by hand",
    "rocket-jwt-authorization": "Rocket + rocket-jwt-authorization, as it comes",
    "axum": "axum + jsonwebtoken",
    "actix": "actix-web + jsonwebtoken",
}

_libc = ctypes.CDLL(None, use_errno=True)


class Fault(Exception):
    """What keeps the harness from measuring, said as the user needs to hear it."""


def build(names):
    """Builds the servers, each by itself: together, they would turn on each other's features."""
    for name in names:
        command = ["cargo", "build", "--release", "--quiet", "--package", f"server-{name}"]
        if subprocess.run(command, cwd=HERE).returncode != 0:
            raise Fault(f"the server {name} can't be built; leave it out with --only")


class Keys:
    """The keys of a run, in a folder that goes with it."""

    def __init__(self, folder):
        self.secret = pathlib.Path(folder, "secret")
        self.secret.write_text(secrets.token_hex(32))
        self.private, self.public = ec_pair(folder, "ec")

    def arguments(self, algorithm):
        """For the servers by hand."""
        return [algorithm, self.secret] if algorithm == "HS256" else [algorithm, self.private, self.public]

    def settings(self, algorithm):
        """For jwtauth."""
        if algorithm == "HS256":
            return {"algorithm": algorithm, "master_secret_file": str(self.secret)}
        return {"algorithm": algorithm, "private_key_file": str(self.private)}


def ec_pair(folder, name):
    """Makes a pair of P-256 keys."""
    private, public = pathlib.Path(folder, f"{name}.pem"), pathlib.Path(folder, f"{name}.pub.pem")
    make = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", private]
    subprocess.run(make, check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    return private, public


def environment(settings):
    """What jwtauth and its mint read their settings from."""
    fixed = {"issuer": "load", "allow_refresh": True, "expiration_delta": "1d", "refresh_delta": "7d"}
    return {"ROCKET_JWTAUTH": _value(fixed | settings)}


def _value(value):
    """A value as Rocket reads it from the environment."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}={_value(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


class Server:
    """A server, pinned to a core, from the time that it listens."""

    def __init__(self, name, label, algorithm, core, arguments=(), settings=None, config=None):
        self.name, self.label, self.algorithm = name, label, algorithm
        program = RELEASE / f"server-{name}"
        if not program.exists():
            raise Fault(f"{program} is not there: run without --no-build")
        # What Rocket's servers read; one worker, because there is one core.
        rocket = {"ROCKET_PORT": "0", "ROCKET_WORKERS": "1", "ROCKET_LOG_LEVEL": "critical", "ROCKET_CLI_COLORS": "0"}
        given = environment(settings) if settings else {"ROCKET_CONFIG": str(config)} if config else {}
        self._process = subprocess.Popen(
            ["taskset", "-c", str(core), program, *arguments],
            env=os.environ | rocket | given,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.pid = self._process.pid
        self._said = collections.deque(maxlen=50)
        self.port = self._listening()
        # Who reads nothing blocks a server that has much to say.
        self._reader = threading.Thread(target=lambda: self._said.extend(self._process.stdout), daemon=True)
        self._reader.start()
        self._clock = ctypes.c_int()
        if _libc.clock_getcpuclockid(self.pid, ctypes.byref(self._clock)) != 0:
            raise Fault("this system has no clock for the CPU time of another process")

    def _listening(self):
        for line in self._process.stdout:
            if match := re.fullmatch(r"listening on (\d+)\n", line):
                return int(match[1])
            self._said.append(line)
        self._process.wait()
        raise Fault(f"{self.label} did not start:\n{''.join(self._said)}")

    def hang_up(self):
        """Has it read its keys anew."""
        self._process.send_signal(signal.SIGHUP)

    def said(self, text):
        """Whether it has logged something with this text of late."""
        return any(text in line for line in tuple(self._said))

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._reader.join()

    def cpu(self):
        """The seconds of CPU, of the user and the system, that all its threads have used: utime + stime of
        /proc/PID/stat, to the nanosecond."""
        return time.clock_gettime(self._clock.value)

    def rss(self):
        """The bytes of memory that it has."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024

    def ask(self, method, path, token):
        """The status, the headers and the body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, headers={"Authorization": f"Bearer {token}"} if token else {})
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, headers, answer.read()
        finally:
            connection.close()

    def check(self, method, path, twin, token):
        """Checks that a route is guarded, and that its twin answers the same, or as long, without looking."""
        signed, _, signature = token.rpartition(".")
        for name, bad in [("no token", None), ("a forged token", f"{signed}.{signature[::-1]}")]:
            status = self.ask(method, path, bad)[0]
            if status not in (401, 403):
                raise Fault(f"{self.label}: {method} {path} answers {status} to {name}")
        status, headers, body = self.ask(method, path, token)
        twins_status, twins_headers, twins_body = self.ask(method, twin, token)
        if (status, twins_status) != (200, 200):
            raise Fault(f"{self.label}: {method} {path} answers {status}, {twin} {twins_status}: {body[:200]}")
        lengths = {name: len(value) for name, value in headers.items()}
        twins_lengths = {name: len(value) for name, value in twins_headers.items()}
        # Twins of the refresh routes hold the token of another login.
        same = body == twins_body if method == "GET" else len(body) == len(twins_body)
        if not same or lengths != twins_lengths:
            raise Fault(f"{self.label}: {path} and {twin} differ:\n{headers} {body}\n{twins_headers} {twins_body}")
        return body if method == "GET" else len(body)
