"""What was measured, as tables in Markdown: ratios within one run first, for only they mean anything elsewhere."""

import os
import pathlib
import platform
import re
import statistics
import subprocess


def quartiles(values):
    """The first quartile, the median, the third."""
    if not values:
        return None
    if len(values) == 1:
        return (values[0],) * 3
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))


def median(values):
    return statistics.median(values) if values else None


class Summary:
    """What the rounds of a pair come to. Requests a second and latencies count only from rounds in which the server
    had its core to itself in both slices; CPU time from all."""

    def __init__(self, pair):
        self.pair = pair
        full = [(twin, route) for twin, route in pair.rounds if twin.saturated and route.saturated]
        self.full, self.all = len(full), len(pair.rounds)
        self.twins_rate = median([twin.rate for twin, _ in full])
        self.rate = median([route.rate for _, route in full])
        self.ratio = quartiles([route.rate / twin.rate for twin, route in full])
        self.p50 = median([route.p50 for _, route in full])
        self.p99 = median([route.p99 for _, route in full])
        self.twins_costs = [twin.cost for twin, _ in pair.rounds]
        self.twins_cost = median(self.twins_costs)
        self.added = [route.cost - twin.cost for twin, route in pair.rounds]
        self.cost_ratio = quartiles([route.cost / twin.cost for twin, route in pair.rounds])
        self.rss = pair.server.rss()

    def cells(self):
        rates = f"{self.twins_rate / 1e3:.1f}k → {self.rate / 1e3:.1f}k" if self.full else "-"
        latencies = f"{self.p50:.0f} / {self.p99:.0f}" if self.full else "-"
        low, added, high = quartiles(self.added)
        return [
            rates,
            _with_quartiles(self.ratio),
            f"{self.twins_cost:.1f}",
            f"{added:+.2f} [{low:.2f}–{high:.2f}]",
            _with_quartiles(self.cost_ratio),
            latencies,
            f"{self.rss / 2**20:.1f}",
            f"{self.full}/{self.all}",
        ]


COLUMNS = [
    "requests/s: open → route",
    "requests/s against open",
    "CPU µs: open",
    "added",
    "CPU against open",
    "p50 / p99 µs",
    "RSS MiB",
    "rounds",
]


def _with_quartiles(values):
    return "-" if values is None else f"**{values[1]:.3f}** [{values[0]:.3f}–{values[2]:.3f}]"


def table(columns, rows):
    """A table in Markdown that can be read as it is."""
    rows = [columns, *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(columns))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def main_table(title, summaries):
    rows = [[summary.pair.server.label, summary.pair.server.algorithm, *summary.cells()] for summary in summaries]
    return f"\n{title}\n\n{table(['server', 'algorithm', *COLUMNS], rows)}"


def growth_table(title, name, summaries):
    most = max(median(summary.added) for summary in summaries)
    rows = []
    for summary in summaries:
        bar = "█" * max(0, round(20 * median(summary.added) / most)) if most > 0 else ""
        pair = summary.pair
        rows.append([pair.server.label, pair.point, *summary.cells(), bar])
    return f"\n{title}\n\n{table(['server', name, *COLUMNS, 'added'], rows)}"


def against(title, summaries, base):
    """What jwtauth adds to a request against what the guard by hand adds, in the same rounds."""
    rows = []
    for summary in summaries:
        server = summary.pair.server
        other = base.get((server.algorithm, summary.pair.path))
        if server.name == "jwtauth" and other:
            added = quartiles([ours / theirs for ours, theirs in zip(summary.added, other.added)])
            opens = quartiles([ours / theirs for ours, theirs in zip(summary.twins_costs, other.twins_costs)])
            route = f"{summary.pair.method} {summary.pair.path}"
            rows.append([server.label, server.algorithm, route, _with_quartiles(added), _with_quartiles(opens)])
    if not rows:
        return ""
    columns = ["server", "algorithm", "route", "CPU added", "CPU of the open route"]
    return f"\n{title}\n\n{table(columns, rows)}\n"


def inside_table(servers):
    """How long the guards of each server took: none, by hand, jwtauth's. Timing is part of all, and of no ratio."""
    rows = []
    for label, rounds in servers:
        nothing, by_hand, jwtauth = ([times[guard] for times in rounds] for guard in range(3))
        none = median([times[1] for times in nothing])
        ratios = [(ours[1] - no[1]) / (theirs[1] - no[1]) for no, theirs, ours in zip(nothing, by_hand, jwtauth)]
        shown = [" / ".join(f"{median(values) - none:.0f}" for values in zip(*times)) for times in (by_hand, jwtauth)]
        rows.append([label, *shown, _with_quartiles(quartiles(ratios))])
    title = "Guards inside one loaded server, in turn and each call timed, less what an empty guard takes: quartiles"
    return f"\n{title}\n\n{table(['settings', 'by hand: ns', 'jwtauth: ns', 'against by hand'], rows)}"


def machine(options):
    """Where and how this was measured."""
    cpu = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True).stdout.split(" [")[0]
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    load = os.getloadavg()[0]
    return (
        f"{cpu[1] if cpu else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, {rustc}, {wrk}; "
        f"server on core {options.server_core}, wrk on core {options.wrk_core}; "
        f"{options.rounds} interleaved rounds of {options.seconds} s; load before: {load:.2f}"
    )
