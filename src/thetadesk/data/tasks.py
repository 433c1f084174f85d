"""The pieces of work a made folder consists of, each a pure function from real history and the recipe to files."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from thetadesk.data import facts
from thetadesk.data.calendar import TradingCalendar, trading_calendar
from thetadesk.data.chains import MarketDay
from thetadesk.data.history import DailyBars, History, load_history
from thetadesk.data.index_files import (
    index_daily_file,
    index_minute_files,
    minute_paths,
    spx_hour_lines,
    spy_daily_file,
    spy_hour_lines,
    spy_minute_files,
)
from thetadesk.data.listings import Lister
from thetadesk.data.manifest import Recipe
from thetadesk.data.option_files import listing_day, option_day_files, option_paths, universe_path
from thetadesk.data.universes import universe_file
from thetadesk.data.writers import zip_bytes

Files = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Task:
    """One piece: `name` for progress and errors, `paths` it makes."""

    name: str
    paths: tuple[str, ...]
    day: date | None = None
    eve: bool = False
    year: int | None = None


def plan_tasks(recipe: Recipe, calendar: TradingCalendar) -> list[Task]:
    """All tasks of a recipe: facts and daily history first, the universe of the eve, then one per session."""
    roots = recipe.plan.roots
    sessions = calendar.between(recipe.start, recipe.end)
    eve = calendar.shift(sessions[0], -1)
    tasks = [
        Task("facts", tuple(sorted(_fact_files(load_history(), calendar)))),
        Task("history", ("equity/usa/hour/spy.zip", "index/usa/daily/vix.zip", "index/usa/hour/spx.zip")),
        Task(f"{eve}", tuple(universe_path(root, eve) for root in roots), eve, eve=True),
    ]
    for day in sessions:
        paths = minute_paths(day)
        for root in roots:
            paths += [*option_paths(root, day), universe_path(root, day)]
        tasks.append(Task(f"{day}", tuple(paths), day))
    return tasks


def run_task(task: Task, recipe: Recipe) -> Files:
    """The files of one task."""
    history, calendar = load_history(), trading_calendar()
    if task.day is not None:
        return _day_files(
            MarketDay(task.day, recipe.seed, history, calendar), Lister(recipe.plan, history, calendar), eve=task.eve
        )
    if task.name == "history":
        return _history_files(recipe.seed)
    return _fact_files(history, calendar)


def _day_files(market: MarketDay, lister: Lister, *, eve: bool) -> Files:
    files: Files = {} if eve else index_minute_files(market) | spy_minute_files(market)
    today = lister.listings(market.day)
    tomorrow = lister.listings(market.calendar.shift(market.day, 1))
    for root in lister.plan.roots:
        quoted = [listing_day(market, listing) for listing in today if listing.root == root]
        if not eve:
            files |= option_day_files(market, root, quoted)
        files |= universe_file(market, root, quoted, [listing for listing in tomorrow if listing.root == root])
    return files


def _fact_files(history: History, calendar: TradingCalendar) -> Files:
    daily = [
        index_daily_file("spx", history.spx),
        index_daily_file("comp", history.nasdaq),
        index_daily_file("wti", history.wti),
    ]
    return dict([*daily, spy_daily_file(history.spx)]) | {
        "SOURCE.txt": facts.SOURCE_TEXT.encode(),
        "alternative/interest-rate/usa/interest-rate.csv": facts.interest_rate_csv(),
        "equity/usa/factor_files/spy.csv": facts.factor_file_csv(history.spx, calendar),
        "equity/usa/map_files/spy.csv": facts.map_file_csv(),
        "market-hours/market-hours-database.json": facts.market_hours_json(calendar),
        "symbol-properties/symbol-properties-database.csv": facts.symbol_properties_csv(),
    }


@lru_cache(maxsize=1)
def _history_files(seed: int) -> Files:
    """VIX daily bars (open, high, low from the minute paths), SPY and SPX hours, of all days with a real VIX close."""
    history, calendar = load_history(), trading_calendar()
    rows, spy_hours, spx_hours = [], [], []
    for ordinal, close in zip(history.vix.day.tolist(), history.vix.close.tolist(), strict=True):
        day = date.fromordinal(ordinal)
        if history.spx.row(day) < 1:
            continue
        market = MarketDay(day, seed, history, calendar)
        vix = market.paths[1]
        rows.append([ordinal, vix.open[0], vix.high.max(), vix.low.min(), close, 0])
        spy_hours.append(spy_hour_lines(market))
        spx_hours.append(spx_hour_lines(market))
    columns = [np.ascontiguousarray(column) for column in np.array(rows, dtype=np.int64).T]
    path, content = index_daily_file("vix", DailyBars(*columns))
    return {
        path: content,
        "equity/usa/hour/spy.zip": zip_bytes([("spy.csv", b"".join(spy_hours))]),
        "index/usa/hour/spx.zip": zip_bytes([("spx.csv", b"".join(spx_hours))]),
    }
