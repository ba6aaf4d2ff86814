"""Slices of load, and pairs of them: a route and its open twin."""

import dataclasses
import os
import random
import re
import subprocess
import sys

from .servers import HERE, RELEASE, Fault, environment

# Below this share of its core, a server was kept waiting: by wrk, or by other processes on the machine.
SATURATED = 0.97


@dataclasses.dataclass
class Tokens:
    """A file of tokens of one length, one a line."""

    path: str
    count: int
    first: str

    @classmethod
    def mint(cls, path, settings, count, padding=0):
        """Tokens by jwtauth's settings: `count` users, and a claim that is longer by `padding`."""
        with open(path, "wb") as file:
            _mint(file, settings, count, padding, 0)
        return cls.of(path)

    @classmethod
    def mint_by_each(cls, path, rings, count):
        """As many tokens by each of several settings."""
        with open(path, "wb") as file:
            for number, settings in enumerate(rings):
                _mint(file, settings, count, 0, number * count)
        return cls.of(path)

    @classmethod
    def of(cls, path):
        with open(path, "rb") as file:
            first = file.readline()
            size = file.seek(0, 2)
        count, rest = divmod(size, len(first))
        if rest:
            raise Fault(f"the tokens in {path} are not of one length")
        return cls(str(path), count, first.decode().rstrip())


def _mint(file, settings, count, padding, first):
    file.flush()
    command = [RELEASE / "mint", str(count), str(padding), str(first)]
    minted = subprocess.run(command, stdout=file, stderr=subprocess.PIPE, env=os.environ | environment(settings))
    if minted.returncode != 0:
        raise Fault(f"no tokens: {minted.stderr.decode()}")


@dataclasses.dataclass
class Slice:
    """Some seconds of load on one route."""

    requests: int
    seconds: float
    cpu: float
    p50: float
    p99: float

    @property
    def rate(self):
        return self.requests / self.seconds

    @property
    def cost(self):
        """Microseconds of CPU a request."""
        return self.cpu / self.requests * 1e6

    @property
    def saturated(self):
        return self.cpu / self.seconds >= SATURATED


class Wrk:
    """The client, pinned to another core than the server's."""

    def __init__(self, core):
        self._core = core

    def slice(self, server, method, path, tokens, order, connections, seconds, seed=None, good=True):
        """The slice; a fault if not all requests pass, or, with tokens that are not good, if one does."""
        seed = random.randrange(tokens.count) if seed is None else seed % tokens.count
        wrk = ["wrk", "-t", "1", "-c", connections, "-d", f"{seconds}s", "-s", HERE / "wrk.lua"]
        script = [method, path, tokens.path, tokens.count, order, seed]
        command = ["taskset", "-c", self._core, *wrk, f"http://127.0.0.1:{server.port}", "--", *script]
        before = server.cpu()
        said = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        cpu = server.cpu() - before
        match = re.search(r"^slice (\d+) (\d+) (\d+) (\d+) (\S+) (\S+)$", said.stdout, re.MULTILINE)
        if not match or said.returncode != 0:
            raise Fault(f"wrk failed:\n{said.stdout}{said.stderr}")
        requests, duration, refused, failed = map(int, match.groups()[:4])
        if good and refused:
            raise Fault(f"{server.label} refused {refused} of {requests} requests for {path}")
        if not good and refused != requests:
            raise Fault(f"{server.label} let {requests - refused} of {requests} requests for {path} pass")
        if failed:
            print(f"\n{server.label}: {failed} connections or requests for {path} failed", file=sys.stderr)
        if not requests:
            raise Fault(f"{server.label} answered nothing within {seconds} s; is the machine too busy?")
        return Slice(requests, duration / 1e6, cpu, *map(float, match.groups()[4:]))


@dataclasses.dataclass
class Pair:
    """A route, its open twin, the load that both get, and what was measured so far."""

    server: object
    method: str
    path: str
    twin: str
    tokens: Tokens
    order: str = "turn"
    connections: int = 32
    point: str = ""
    rounds: list = dataclasses.field(default_factory=list)

    def check(self):
        return self.server.check(self.method, self.path, self.twin, self.tokens.first)

    def load(self, wrk, path, seconds, order=None, seed=None):
        order = order or self.order
        return wrk.slice(self.server, self.method, path, self.tokens, order, self.connections, seconds, seed)

    def see_all(self, wrk, seconds):
        """Has the server see each token once, so that a cache holds what it can hold."""
        seen = 0
        while seen < self.tokens.count:
            seen += self.load(wrk, self.path, seconds, "turn", seen).requests

    def round(self, wrk, seconds, twin_first):
        paths = [self.twin, self.path] if twin_first else [self.path, self.twin]
        slices = {path: self.load(wrk, path, seconds) for path in paths}
        self.rounds.append((slices[self.twin], slices[self.path]))


def interleave(pairs, wrk, rounds, seconds):
    """Measures all pairs in each round, each round beginning with another, so that what the machine does
    meanwhile meets all of them alike."""
    for pair in pairs:
        _say(f"warming up: {pair.server.label}, {pair.server.algorithm}, {pair.path} {pair.point}")
        pair.load(wrk, pair.path, 1)
        pair.load(wrk, pair.twin, 1)
    for number in range(rounds):
        start = number * len(pairs) // rounds
        for pair in pairs[start:] + pairs[:start]:
            name = f"{pair.server.label}, {pair.server.algorithm}, {pair.path} {pair.point}"
            _say(f"round {number + 1} of {rounds}: {name}")
            pair.round(wrk, seconds, number % 2 == 0)
    _say("")


def _say(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)
