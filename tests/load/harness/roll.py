"""A key that rolls under load: who is refused, and when."""

import json
import threading
import time

from .load import Tokens
from .modes import GUARD, decoded, key
from .servers import NAMES, Fault, Server


def roll(run):
    """From one key to another, with a broken file in between, for each algorithm."""
    for algorithm in run.options.algorithms:
        _roll(run, algorithm)


def _roll(run, algorithm):
    options = run.options
    old, new = (key(run, algorithm, kid) for kid in ("old", "new"))
    olds, news, both = (
        Tokens.mint_by_each(run.folder / f"{algorithm}-{name}", [{"keys": [one]} for one in keys], options.tokens)
        for name, keys in [("olds", [old]), ("news", [new]), ("both", [old, new])]
    )
    config = run.folder / f"{algorithm}.toml"
    _write_ring(config, [old])
    server = run.keep(Server("jwtauth", NAMES["jwtauth"], algorithm, options.server_core, config=config))

    def change(write, *arguments):
        write(config, *arguments)
        server.hang_up()

    def load(what, tokens, good=True, meanwhile=()):
        """A slice, in the middle of which something happens."""
        timer = threading.Timer(options.seconds / 2, change, meanwhile)
        if meanwhile:
            timer.start()
        try:
            slice = run.wrk.slice
            part = slice(server, "GET", GUARD[1], tokens, "turn", options.connections, options.seconds, 0, good)
            if meanwhile:
                timer.join()
        finally:
            timer.cancel()
        print(f"{part.requests:8,} requests, {'none' if good else 'all'} refused: {what}", flush=True)

    broken = (lambda path: path.write_text("[default.jwtauth\nkeys = "),)
    print(f"\n{server.label}, {algorithm}, {options.connections} connections, {options.seconds} s each\n")
    load("the old key alone; the new one comes to the ring", olds, meanwhile=(_write_ring, [old, new]))
    load("tokens of both; the file is broken meanwhile", both, meanwhile=broken)
    if not server.said("jwtauth: the keys stay as they are"):
        raise Fault(f"{server.label} did not say that the file is broken")
    load("tokens of both; the new key comes first, and signs", both, meanwhile=(_write_ring, [new, old]))
    refreshed = json.loads(server.ask("POST", "/refresh", olds.first)[2])["access_token"]
    if json.loads(decoded(refreshed, 0))["kid"] != "new":
        raise Fault(f"{server.label} does not sign with the new key")
    end = int(time.time()) + 2 * options.seconds + 10
    retired = old | {"retire_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end))}
    load("tokens of both; the old key gets an end", both, meanwhile=(_write_ring, [new, retired]))
    load("tokens of both, before that", both)
    time.sleep(max(0, end - time.time()))
    load("tokens of the old key, from its end on", olds, good=False)
    load("tokens of the new key", news)


def _write_ring(path, keys):
    """Settings with these keys, put in the place of others at once."""
    lines = ["[default.jwtauth]", 'issuer = "load"', "allow_refresh = true", 'expiration_delta = "1d"', 'reload = "1h"']
    for one in keys:
        lines += ["[[default.jwtauth.keys]]", *(f"{name} = {json.dumps(value)}" for name, value in one.items())]
    beside = path.with_suffix(".new")
    beside.write_text("\n".join(lines) + "\n")
    beside.rename(path)
