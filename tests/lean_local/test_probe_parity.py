"""Probe algorithms ran on real LEAN; here they run on lean_local, and all that was captured must be the same, field by
field: order events, orders, statistics, trades, equity samples, charts, log lines, and the facts the probe recorded.

What differs, and why, stands in `probe_parity.txt`, one line each; nothing else may differ, and a line that is no
longer true fails until it is taken out. `python tests/lean_local/test_probe_parity.py REGEX` prints all that
differs.

The probes, their data and what real LEAN did are in `../shared/lean`; without that folder these tests are skipped.
Map and factor files are not part of the sample data: the rows most probes need are written here; the few that span
decades need the files of a LEAN checkout, which THETATRACE_LEAN names.
"""

import csv
import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from lean_local import BacktestRequest, run_backtest

HERE = Path(__file__).resolve()
SHARED = next((p / "shared" / "lean" for p in HERE.parents if (p / "shared" / "lean").is_dir()), Path("shared"))
REFERENCE = SHARED / "reference"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared folder with real LEAN's captures is absent")
NAMES = sorted(path.name for path in REFERENCE.iterdir()) if REFERENCE.is_dir() else []
TABLE = Path(__file__).with_name("probe_parity.txt")
LEAN = Path(os.environ["THETATRACE_LEAN"]) if "THETATRACE_LEAN" in os.environ else None
# The rows that the dates of the probes need; the ones named in DECADES need them all, from a LEAN checkout.
AUXILIARY = {
    "map_files": {
        "goog": "20140327,goocv,Q 20140402,goocv,Q 20501231,goog,Q", "spy": "19980102,spy,P 20501231,spy,P",
        "ibm": "19980102,ibm,N 20501231,ibm,N", "bac": "19980102,nb,N 19980930,nb,N 20501231,bac,N",
        "aig": "19980102,aig,N 20501231,aig,N",
    },
    "factor_files": {
        "goog": "20140327,1,0.997307,1 20150424,1,0.997307,565.06 20501231,1,1,0",
        "spy": "20080918,0.7718429,1,120.55 20081218,0.7762926,1,89.2 20090319,0.7826008,1,78.84 "
        "20130919,0.8604238,1,172.81 20131219,0.8646266,1,181.5 20140320,0.8693686,1,187.75 "
        "20140619,0.8732290,1,196.48 20150917,0.8947867,1,199.73 "
        "20151217,0.8994703,1,204.86 20160317,0.9048590,1,204.79 20191219,0.9736767,1,320.9 "
        "20200319,0.9784638,1,240.51 20200618,0.9842156,1,311.78 20200917,0.9885475,1,335.84 "
        "20201217,0.9925053,1,372.24 20210318,0.9967360,1,391.48 20501231,1,1,0",
        "ibm": "20130806,0.7427522,1,190.99 20131105,0.7464652,1,177.85 20501231,1,1,0",
        "bac": "20130903,0.8826461,1,14.25 20131203,0.8832659,1,15.54 20501231,1,1,0",
        "aig": "20130909,0.8435868,1,49.19 20131202,0.8453053,1,49.71 20501231,1,1,0",
    },
}  # fmt: skip
# Of ES: date, contract, mapping mode; then date, mapping mode, scales of the ratio, backward and forward offset
# of the front month, forward offset of the next one.
ES_MAP = (
    "18991230,es,CME 20131130,es vmklfzih2mtd,CME,1 20131217,es vmklfzih2mtd,CME,2 20131219,es vmklfzih2mtd,CME,0 "
    "20140228,es vp274hsu1af5,CME,1 20140318,es vp274hsu1af5,CME,2 20140320,es vp274hsu1af5,CME,0 "
    "20140531,es vrjst036zy0x,CME,1 20140617,es vrjst036zy0x,CME,2 20140619,es vrjst036zy0x,CME,0 "
    "20140918,es vu1ehidjylmp,CME,0 20191217,es xahxwtzapngh,CME,2 20200318,es xczjlc9nob29,CME,2"
)
ES_FACTORS = (
    "2013-11-30,1,0.9399059994084959033978282222,-154,92.25,81.25 "
    "2013-12-19,0,0.9345767769558675626800931918,-166.5,93.5,108 "
    "2014-02-28,1,0.9432921094243779726077968427,-147.5,99.5,100.25 "
    "2014-03-20,0,0.9380765790332335022352058847,-159.75,101.25,115.75 "
    "2014-05-31,1,0.9469828097985424304067210343,-140.25,107,105.5 "
    "2014-06-19,0,0.9419757978519557117510668907,-152,109.75,122.25"
)
DECADES = ("indicators_equity.daily", "statistics_equity.*")
# Earlier versions of some probes were captured, with lines that LEAN refused: them by today's.
CAPTURED_LINES = {
    'self.facts.attempt("runtime_statistics", lambda: [[pair.key, pair.value] for pair in self.runtime_statistics])': (
        'self.facts.record("end", statistics={k: v for k, v in ((k, self.runtime_statistics[k])'
        " for k in self.runtime_statistics.keys())})"
    ),
    'self.facts.attempt("summary", lambda: sorted([pair.key, pair.value] for pair in self.statistics.summary))': (
        'self.facts.record("statistics", summary={k: summary[k] for k in summary.keys()})'
    ),
    "if c.symbol.id.option_right == OptionRight.PUT and 740 <= c.symbol.id.strike_price <= 750": (
        "if c.right == OptionRight.PUT and 740 <= c.strike <= 750"
    ),
    'elif self.mode == "inverse":\n            self.add_crypto("BTCUSDT", Resolution.MINUTE, Market.BYBIT)': (
        'else:\n            self.set_cash("BTC", 1.5, 17200)'
    ),
    "if self.inverse:\n            security.base_currency.set_amount(1.5)": "pass",
    "for c in u if c.symbol.id.strike_price == 750": "for c in u if c.strike == 750",
}
RELATIVE = 1e-9  # of recorded doubles; decimals are equal to the last digit that the capture kept
SHOWN = 12
EQUITY = ("Strategy Equity", "Equity")  # captured as equity.csv


@dataclass(frozen=True)
class Difference:
    """One line of the table: fields (with * and ?) of a part of a probe that are not as in LEAN, and why."""

    probe: str
    part: str
    field: str
    why: str

    def covers(self, part, field):
        return fnmatchcase(part, self.part) and fnmatchcase(field, self.field)


def table():
    lines = (line for line in TABLE.read_text().splitlines() if line and not line.startswith("#"))
    return [Difference(*(cell.strip() for cell in line.split("|", 3))) for line in lines]


ACCEPTED = table()


def factor_row(row):
    day, mode, ratio, backward, forward, following = row.split(",")
    return (
        f'{{"Date":"{day}T00:00:00","BackwardsRatioScale":[{ratio}],"BackwardsPanamaCanalScale":[{backward}],'
        f'"ForwardPanamaCanalScale":[{forward},{following}],"DataMappingMode":{mode}}}'
    )


def write_es_files(folder):
    rows = {
        "map_files": ES_MAP.replace(" 20", "\n20"),
        "factor_files": "\n".join(factor_row(row) for row in ES_FACTORS.split()),
    }
    for kind, text in rows.items():
        (folder / kind).mkdir()
        (folder / kind / "es.csv").write_text(text + "\n")


def write_fear_index(folder):
    """Closes of the captured custom data probe, as its charts show them."""
    days = ("09-30", "10-01", "10-02", "10-03", "10-04", "10-07", "10-08", "10-09", "10-10", "10-11")
    closes = (13.51, 12.89, 13.01, 14.48, 16.53, 17.87, 18.24, 18.44, 18.91, 18.92)
    (folder / "custom").mkdir(parents=True)
    rows = [f"2013-{day}" + f",{close}" * 4 for day, close in zip(days, closes, strict=True)]
    (folder / "custom" / "fear_index.csv").write_text("\n".join(rows) + "\n")


def lay_out_data(folder):
    write_fear_index(folder)
    source = SHARED / "data"
    for kind in ("equity/usa", "future/cme"):
        (folder / kind).mkdir(parents=True)
        for child in (source / kind).iterdir():
            (folder / kind / child.name).symlink_to(child)
    for child in source.iterdir():
        if child.name not in ("equity", "future"):
            (folder / child.name).symlink_to(child)
    if LEAN is None:
        write_es_files(folder / "future" / "cme")
        for kind, files in AUXILIARY.items():
            (folder / "equity" / "usa" / kind).mkdir()
            for ticker, text in files.items():
                (folder / "equity" / "usa" / kind / f"{ticker}.csv").write_text(text.replace(" ", "\n") + "\n")
    else:
        for market in ("equity/usa", "future/cme"):
            for kind in AUXILIARY:
                (folder / market / kind).symlink_to(LEAN / "Data" / market / kind)
    return folder


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    return lay_out_data(tmp_path_factory.mktemp("lean-data"))


def lines(path):
    return [line for line in path.read_text().splitlines() if line]


def by_time(series):
    """A captured chart series with its points by their time, so that one more point is one difference."""
    points = [p.values() if isinstance(p, dict) else p for p in series["values"]]
    return {key: series[key] for key in ("unit", "seriesType", "index")} | {str(t): v for t, *v in points}


def captured(name):
    """What real LEAN did, by part."""
    folder = REFERENCE / name

    def read(file):
        return json.loads((folder / file).read_text(), parse_float=Decimal)

    parts = read("statistics.json")
    parts |= {"events": read("order-events.json"), "orders": read("orders.json"), "charts": read("charts.json")}
    with (folder / "equity.csv").open() as file:
        parts["equity"] = [[Decimal(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    parts["log"] = lines(folder / "log.txt")
    parts["charts"] = {
        chart: {name: by_time(one) for name, one in has.items()} for chart, has in parts["charts"].items()
    }
    if (folder / "probe.jsonl").is_file():
        parts["facts"] = [json.loads(line) for line in (folder / "probe.jsonl").read_text().splitlines()]
    return parts


def ours(outcome, store):
    """What lean_local did, by part: read from the files it wrote."""
    (path,) = outcome.output.glob("*-summary.json")
    identity = path.name.removesuffix("-summary.json")

    def read(suffix):
        return json.loads((outcome.output / f"{identity}{suffix}").read_text(), parse_float=Decimal)

    result = read(".json")
    performance = result["totalPerformance"]
    charts = {
        chart: {name: by_time(one) for name, one in has["series"].items() if (chart, name) != EQUITY}
        for chart, has in result["charts"].items()
    }
    facts = store / "probe.jsonl"
    return {
        "events": [{k: v for k, v in e.items() if k not in ("id", "algorithmId")} for e in read("-order-events.json")],
        "orders": result["orders"],
        "order_list_hash": outcome.result.order_list_hash,
        "statistics": result["statistics"],
        "runtime_statistics": result["runtimeStatistics"],
        "portfolio_statistics": performance["portfolioStatistics"],
        "trade_statistics": performance["tradeStatistics"],
        "closed_trades": [{k: v for k, v in trade.items() if k != "id"} for trade in performance["closedTrades"]],
        "profit_loss": result["profitLoss"],
        "algorithm_configuration": result["algorithmConfiguration"],
        "state": {key: result["state"][key] for key in ("RuntimeError", "Status", "OrderCount", "LogCount")},
        "rolling_window_keys": sorted(result["rollingWindow"]),
        "equity": result["charts"]["Strategy Equity"]["series"]["Equity"]["values"],
        "charts": charts,
        "log": lines(outcome.output / f"{identity}-log.txt"),
        "facts": [json.loads(line) for line in facts.read_text().splitlines()] if facts.is_file() else [],
    }


def leaves(value, path=""):
    """The leaves of a JSON tree by path: {"0.fillPrice": 1.5}."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if children is None or (path and not value):
        return {path: value}
    found = {}
    for key, child in children:
        found |= leaves(child, f"{path}.{key}" if path else str(key))
    return found


def same(our, their):
    if isinstance(their, float) and isinstance(our, int | float) and not isinstance(our, bool):
        return abs(float(our) - their) <= RELATIVE * max(1.0, abs(their))
    if isinstance(their, Decimal) and isinstance(our, Decimal | int):
        return float(our) == float(their)  # the capture holds decimals as doubles
    return our == their and isinstance(our, bool) == isinstance(their, bool)


def as_captured(probe, folder):
    """The probe's file as it was when it was captured."""
    source = SHARED / "probes" / f"{probe}.py"
    text = source.read_text()
    old = text
    for today, then in CAPTURED_LINES.items():
        text = text.replace(today, then)
    if text == old:
        return source
    project = folder / "project"
    project.mkdir(parents=True)
    (project / "probe_log.py").symlink_to(SHARED / "probes" / "probe_log.py")
    (project / source.name).write_text(text)
    return project / source.name


def differences(name, data_folder, folder):
    """Every field that is not as in LEAN: (part, field, ours, LEAN's)."""
    probe, _, variant = name.partition(".")
    variants = json.loads((SHARED / "probes" / "variants.json").read_text())
    parameters = variants[probe][variant] if variant else {}
    source, store = as_captured(probe, folder), folder / "store"
    outcome = run_backtest(
        BacktestRequest(source, data_folder, folder / "out", object_store=store, parameters=parameters)
    )
    theirs = captured(name)
    if outcome.output is None:
        return [("run", "error", str(outcome.error), None)]
    mine = ours(outcome, store)
    if outcome.error is not None and not theirs["state"]["RuntimeError"]:
        return [("run", "error", str(outcome.error), None)]
    found = []
    for part in theirs:
        our, their = leaves(mine[part]), leaves(theirs[part])
        for field in dict.fromkeys([*their, *our]):
            a, b = our.get(field, "absent"), their.get(field, "absent")
            if not same(a, b):
                found.append((part, field, a, b))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_probe_does_what_it_did_on_real_lean(name, data_folder, tmp_path):
    if LEAN is None and any(fnmatchcase(name, pattern) for pattern in DECADES):
        pytest.skip("it needs SPY's whole factor file: set THETATRACE_LEAN to a LEAN checkout")
    found = differences(name, data_folder, tmp_path)
    accepted = [line for line in ACCEPTED if fnmatchcase(name, line.probe)]
    wrong = [d for d in found if not any(line.covers(d[0], d[1]) for line in accepted)]
    assert not wrong, "\n".join(f"{p} {f}: ours {a!r}, LEAN {b!r}" for p, f, a, b in wrong[:SHOWN])
    general = [ln for ln in accepted if "*" in ln.probe]
    own = [d for d in found if not any(ln.covers(d[0], d[1]) for ln in general)]
    stale = [ln for ln in accepted if ln.probe == name and not any(ln.covers(d[0], d[1]) for d in own)]
    assert not stale, f"now as in LEAN: take these lines out of {TABLE.name}: {stale}"


def test_every_line_of_the_table_names_a_probe_that_was_captured():
    assert not [line for line in ACCEPTED if "*" not in line.probe and line.probe not in NAMES]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        data = lay_out_data(Path(temporary) / "data")
        for each in (n for n in NAMES if any(re.fullmatch(pattern, n) for pattern in sys.argv[1:])):
            print(f"== {each}")  # noqa: T201
            for part, field, a, b in differences(each, data, Path(temporary) / each):
                print(f"{part} {field}: ours {a!r}, LEAN {b!r}")  # noqa: T201
