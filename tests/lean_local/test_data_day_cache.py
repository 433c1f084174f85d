"""The cache of parsed days: the same rows with it, without it, after every kind of damage, and on disks that refuse."""

import os
import random
import zipfile
from datetime import date

import numpy as np
import pytest

from lean_local.data import day_cache
from lean_local.data.columns import matrix_of
from lean_local.data.folder import DataFolder
from lean_local.enums import Resolution
from lean_local.symbols import Symbol

DAY, EXPIRY = date(2021, 3, 1), date(2021, 3, 19)
CHAIN = Symbol.create_canonical_option(Symbol.create_equity("SPY"))
QUOTES = "option/usa/minute/spy/20210301_quote_american.zip"


@pytest.fixture
def book(made):
    draw = random.Random(1)
    contracts = {}
    for strike in range(90, 110):
        for right in "CP":
            minutes = sorted(draw.sample(range(390), 60))
            contracts[right, strike, EXPIRY] = {
                m: (None if draw.random() < 0.1 else draw.randrange(1, 500) / 100, draw.randrange(500, 900) / 100)
                for m in minutes
            }
    made.quotes("spy", DAY, contracts)
    return made


def read(book, cache, only=None):
    return DataFolder(book.root, cache).option_quotes(CHAIN, Resolution.MINUTE, DAY, only)


def same(left, right):
    assert left.contracts == right.contracts
    assert np.array_equal(left.contract, right.contract)
    assert np.array_equal(left.rows.end_utc_ms, right.rows.end_utc_ms)
    assert np.array_equal(left.rows.start_utc_ms, right.rows.start_utc_ms)
    assert np.array_equal(matrix_of(left.rows), matrix_of(right.rows), equal_nan=True)
    return True


def files(cache):
    return [p for p in cache.rglob("*") if p.is_file()]


def test_cold_warm_and_without_are_the_same_rows(book, tmp_path):
    plain, cache = read(book, False), tmp_path / "cache"
    assert same(read(book, cache), plain)
    assert [p.suffix for p in files(cache)] == [".arrow"]
    assert same(read(book, cache), plain)


def test_the_warm_read_does_not_open_the_zip(book, tmp_path):
    cache = tmp_path / "cache"
    plain, path = read(book, cache), book.root / QUOTES
    facts, size = path.stat(), path.stat().st_size
    path.write_bytes(b"x" * size)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert same(read(book, cache), plain)


def test_a_file_grows_by_the_contracts_that_later_runs_ask_for(book, tmp_path):
    cache, plain = tmp_path / "cache", read(book, False)
    some, others = set(plain.contracts[3:7]), set(plain.contracts[5:12])
    for only in (some, others, some, None, others):
        assert same(read(book, cache, only), read(book, False, only))
    assert len(files(cache)) == 1


def test_a_changed_source_is_read_again(book, tmp_path):
    cache = tmp_path / "cache"
    read(book, cache)
    with zipfile.ZipFile(book.root / QUOTES) as archive:
        entries = {name: archive.read(name).decode().splitlines()[:40] for name in archive.namelist()}
    book.pack(QUOTES, entries)
    assert same(read(book, cache), read(book, False))


@pytest.mark.parametrize("damage", ["truncated", "empty", "flipped", "text"])
def test_a_damaged_day_is_made_again_with_one_log_line(book, tmp_path, damage, caplog):
    cache = tmp_path / "cache"
    plain = read(book, cache)
    (path,) = files(cache)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 255
    kinds = {"truncated": content[: middle * 3 // 2], "empty": b"", "flipped": content, "text": b"not arrow" * 100}
    path.write_bytes(bytes(kinds[damage]))
    assert same(read(book, cache), plain)
    assert len(caplog.records) == 1
    assert same(read(book, cache), plain)
    assert len(caplog.records) == 1


def test_a_disk_that_cannot_be_written_only_keeps_nothing(book, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    assert same(read(book, tmp_path / "file" / "cache"), read(book, False))
    assert "not kept" in caplog.text


def test_small_files_are_not_cached(made, tmp_path):
    made.quotes("spy", DAY, {("C", 100, EXPIRY): {0: (1.0, 1.1)}})
    assert len(read(made, tmp_path / "cache").rows) == 1
    assert not files(tmp_path / "cache")


def test_numbers_that_are_no_ten_thousandths_keep_their_digits():
    values = np.array([[0.1, np.nan], [1 / 3, 12.5]])
    assert day_cache._narrow(values) is values
    exact = np.array([[0.1, np.nan], [214748.3647, -3.25]])
    narrow = day_cache._narrow(exact)
    assert narrow.dtype == np.int32
    assert np.array_equal(day_cache._floats(narrow), exact, equal_nan=True)


def test_the_cache_is_bounded_and_drops_what_was_unused_longest(book, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    folder = DataFolder(book.root, cache)
    folder.option_quotes(CHAIN, Resolution.MINUTE, DAY)
    (kept,) = files(cache)
    old = cache / "days" / "other" / "old.arrow"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"x" * 1_000_000)
    os.utime(old, (1, 1))
    monkeypatch.setenv("LEAN_LOCAL_CACHE_MB", "1")
    folder.day_cache.trim()
    assert files(cache) == [kept]


def test_the_environment_names_the_folder_or_switches_it_off(monkeypatch, tmp_path):
    monkeypatch.setenv("LEAN_LOCAL_CACHE", str(tmp_path))
    assert day_cache.default_folder() == tmp_path
    monkeypatch.setenv("LEAN_LOCAL_CACHE", "off")
    assert day_cache.default_folder() is None
    monkeypatch.delenv("LEAN_LOCAL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert day_cache.default_folder() == tmp_path / "lean_local"
