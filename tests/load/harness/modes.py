"""The things that can be measured: the table, the curves, the soak."""

import base64
import contextlib
import pathlib
import secrets
import statistics
import tempfile
import time

from . import tables
from .load import SATURATED, Pair, Tokens, Wrk, interleave
from .servers import HERE, NAMES, Fault, Keys, Server, ec_pair

GUARD = ("GET", "/me", "/open")
REFRESH = ("POST", "/refresh", "/fixed")


class Run:
    """The keys, the tokens and the servers of one run, all of which go when it ends. Where memory may depend on what
    is varied, each point has servers of its own."""

    def __init__(self, options):
        self.options = options
        self.wrk = Wrk(options.wrk_core)
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        folder = tempfile.TemporaryDirectory(prefix="load-", dir=HERE / "target")
        self.folder = pathlib.Path(self._stack.enter_context(folder))
        self.keys = Keys(self.folder)
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def server(self, name, algorithm, settings=None, label=None):
        """A server that runs until the end."""
        label = label or NAMES[name]
        settings = settings or (self.keys.settings(algorithm) if name == "jwtauth" else None)
        arguments = () if name == "jwtauth" else self.keys.arguments(algorithm)
        return self.keep(Server(name, label, algorithm, self.options.server_core, arguments, settings))

    def servers(self, algorithm, names=None):
        """The servers that are asked for: jwtauth once for each size of its cache that is."""
        for name in names or self.options.only:
            if name == "jwtauth" and self.options.cache:
                for entries in self.options.cache:
                    settings = self.keys.settings(algorithm) | {"verified_cache": entries}
                    yield self.server(name, algorithm, settings, f"{NAMES[name]}, verified_cache = {entries}")
            else:
                yield self.server(name, algorithm)

    def tokens(self, algorithm, count, padding=0):
        path = self.folder / f"{algorithm}-{count}-{padding}"
        if path.exists():
            return Tokens.of(path)
        return Tokens.mint(path, self.keys.settings(algorithm), count, padding)

    def keep(self, server):
        """Ends a server when the run does."""
        self._stack.callback(server.stop)
        return server

    def measure(self, pairs):
        answers = {pair.check() for pair in pairs if pair.method == "GET"}
        if len(answers) > 1:
            raise Fault(f"the servers answer differently: {answers}")
        interleave(pairs, self.wrk, self.options.rounds, self.options.seconds)
        return [tables.Summary(pair) for pair in pairs]


def main(run):
    """The table of all servers: the guard, and the refresh."""
    options = run.options
    pairs = []
    for algorithm in options.algorithms:
        tokens = run.tokens(algorithm, options.tokens)
        for server in run.servers(algorithm):
            for method, path, twin in [GUARD, REFRESH]:
                if path[1:] in options.routes:
                    pair = Pair(server, method, path, twin, tokens, options.order, options.connections)
                    pairs.append(pair)
    summaries = run.measure(pairs)
    guards = [summary for summary in summaries if summary.pair.path == "/me"]
    refreshes = [summary for summary in summaries if summary.pair.path == "/refresh"]
    if guards:
        print(tables.main_table("A guarded route, against the same server's open one", guards))
    if refreshes:
        print(tables.main_table("A refresh, against a POST with a fixed answer", refreshes))
    base = {(s.pair.server.algorithm, s.pair.path): s for s in summaries if s.pair.server.name == "rocket"}
    print(tables.against("jwtauth against what is written by hand on Rocket", summaries, base), end="")
    _warn(summaries)


def inside(run):
    """How long guards take inside a loaded server, jwtauth's and the one by hand in the same: cold, and remembered."""
    options, rows = run.options, []
    for algorithm in options.algorithms:
        minted = run.tokens(algorithm, options.tokens)
        for entries in options.cache or [0, 10_000]:
            settings = run.keys.settings(algorithm) | {"verified_cache": entries}
            label = f"{algorithm}, verified_cache = {entries}"
            server = run.server("inside", algorithm, settings, label)
            for path in ["/by-hand", "/jwtauth"]:
                server.check("GET", path, "/nothing", minted.first)
            rounds = [_times(run, server, minted) for _ in range(options.rounds + 1)]
            # The first one warmed it up.
            rows.append((label, rounds[1:]))
    print(tables.inside_table(rows))


def _times(run, server, minted):
    """The quartiles of the nanoseconds that each guard took in a slice in which they had their turns."""
    options = run.options
    paths = "/nothing,/by-hand,/jwtauth"
    run.wrk.slice(server, "GET", paths, minted, options.order, options.connections, options.seconds)
    lines = server.ask("GET", "/times", None)[2].decode().splitlines()
    return [tuple(map(int, line.split()[1:])) for line in lines]


def tokens(run):
    """From a thousand to a million distinct tokens."""
    pairs = []
    for algorithm in run.options.algorithms:
        for count in run.options.points or [1_000, 10_000, 100_000, 1_000_000]:
            minted = run.tokens(algorithm, count)
            for order in ["uniform", "zipf"]:
                for server in run.servers(algorithm, _compared(run)):
                    point = f"{count:,} {order}"
                    pair = Pair(server, *GUARD, minted, order, run.options.connections, point)
                    if server.name == "jwtauth":
                        pair.see_all(run.wrk, run.options.seconds)
                    pairs.append(pair)
    _grow(run, "Distinct tokens, uniformly and by Zipf's law", "tokens", pairs)


def guards(run):
    """From one guard a route to ten."""
    pairs = []
    for algorithm in run.options.algorithms:
        minted = run.tokens(algorithm, run.options.tokens)
        for server in run.servers(algorithm, _compared(run, {"jwtauth", "rocket"})):
            for count in run.options.points or [1, 2, 3, 5, 10]:
                path = f"/guards/{count}"
                pair = Pair(server, "GET", path, "/open", minted, run.options.order, run.options.connections)
                pair.point = str(count)
                pairs.append(pair)
    _grow(run, "Guards on one route", "guards", pairs)


def payload(run):
    """From the smallest payload to 8 KiB."""
    pairs = []
    for algorithm in run.options.algorithms:
        smallest = _payload(run.tokens(algorithm, 1))
        minted = {}
        for size in run.options.points or [smallest, 256, 512, 1024, 2048, 4096, 8192]:
            minted[size] = run.tokens(algorithm, run.options.tokens, max(0, size - smallest))
        for some in minted.values():
            point = f"{_payload(some):,} B, token {len(some.first):,} B"
            for server in run.servers(algorithm, _compared(run)):
                pairs.append(Pair(server, *GUARD, some, run.options.order, run.options.connections, point))
    title = (
        "Payloads. The smallest has all the claims that the servers issue; jwtauth takes tokens of up to 16 KiB,\n"
        "Rocket and axum (hyper) heads of requests of up to 408 KiB, actix-web of 128 KiB"
    )
    _grow(run, title, "payload", pairs)


def _payload(minted):
    """The bytes of its payload."""
    return len(decoded(minted.first, 1))


def decoded(token, part):
    """The header of a token, or its payload: JSON."""
    encoded = token.split(".")[part]
    return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


def connections(run):
    """From one connection to 512."""
    pairs = []
    for algorithm in run.options.algorithms:
        minted = run.tokens(algorithm, run.options.tokens)
        for count in run.options.points or [1, 8, 32, 128, 512]:
            for server in run.servers(algorithm, _compared(run)):
                pairs.append(Pair(server, *GUARD, minted, run.options.order, count, str(count)))
    _grow(run, "Connections", "connections", pairs)


def keys(run):
    """From one key in the ring to a hundred, with tokens of all of them."""
    pairs = []
    for algorithm in run.options.algorithms:
        most = max(run.options.points or [100])
        ring = [key(run, algorithm, f"k{number:03}") for number in range(most)]
        for count in run.options.points or [1, 2, 10, 100]:
            path = run.folder / f"{algorithm}-{count}-keys"
            minted = Tokens.mint_by_each(path, [{"keys": [one]} for one in ring[:count]], 1_000 // count)
            for entries in run.options.cache or [None]:
                cache = {} if entries is None else {"verified_cache": entries}
                label = NAMES["jwtauth"] + ("" if entries is None else f", verified_cache = {entries}")
                server = run.server("jwtauth", algorithm, {"keys": ring[:count]} | cache, label)
                point = f"{count}"
                pairs.append(Pair(server, *GUARD, minted, "uniform", run.options.connections, point))
    _grow(run, "Keys in the ring", "keys", pairs)


def key(run, algorithm, kid):
    """The settings of a new key."""
    settings = {"kid": kid, "algorithm": algorithm}
    if algorithm == "HS256":
        return settings | {"master_secret": secrets.token_hex(32)}
    return settings | {"private_key_file": str(ec_pair(run.folder, kid)[0])}


def _compared(run, possible=None):
    """The servers of a curve: if not said otherwise, jwtauth and the guard by hand."""
    names = run.options.only if run.options.only_given else ["jwtauth", "rocket"]
    return [name for name in names if possible is None or name in possible]


def _grow(run, title, name, pairs):
    summaries = run.measure(pairs)
    for algorithm in run.options.algorithms:
        own = [summary for summary in summaries if summary.pair.server.algorithm == algorithm]
        # A curve in one piece for each server.
        own.sort(key=lambda summary: summary.pair.server.label)
        print(tables.growth_table(f"{title}: {algorithm}", name, own))
    _warn(summaries)


def soak(run):
    """Steady load for a long time: what grows with it."""
    options = run.options
    algorithm = options.algorithms[0]
    minted = run.tokens(algorithm, options.tokens)
    server = next(run.servers(algorithm, options.only[:1]))
    pair = Pair(server, *GUARD, minted, options.order, options.connections)
    pair.check()
    print(f"\n{pair.server.label}, {algorithm}, {minted.count:,} tokens, {options.order}\n", flush=True)
    print(f"{'s':>6} {'requests/s':>11} {'CPU µs':>7} {'p99 µs':>8} {'busy':>5} {'RSS KiB':>9}", flush=True)
    begun, samples = time.monotonic(), []
    while time.monotonic() - begun < options.soak:
        part = pair.load(run.wrk, pair.path, options.every)
        at, rss = time.monotonic() - begun, pair.server.rss() / 1024
        samples.append((at, rss))
        figures = f"{part.rate:11.0f} {part.cost:7.2f} {part.p99:8.0f} {part.cpu / part.seconds:5.2f} {rss:9.0f}"
        print(f"{at:6.0f} {figures}", flush=True)
    later = samples[len(samples) // 4 :]
    if len(later) > 2:
        slope = statistics.linear_regression(*zip(*later)).slope * 3600
        print(f"\nRSS over the last three quarters: {later[0][1]:.0f} → {later[-1][1]:.0f} KiB, {slope:+.0f} KiB/h")


def _warn(summaries):
    few = [summary for summary in summaries if summary.full * 2 < summary.all]
    if few:
        print(
            f"\nFor {len(few)} of {len(summaries)} rows the server had less than {SATURATED:.0%} of its core in most"
            " rounds: the machine\nis not quiet (or wrk is too slow for the server). These are no results."
        )


MODES = {"tokens": tokens, "guards": guards, "payload": payload, "connections": connections, "keys": keys}
