"""Whose ticker it was on a day, by the map files."""

from datetime import date, datetime

from lean_local.data.folder import DataFolder


def test_a_ticker_of_a_day_belongs_to_whom_had_it_then(made):
    made.write("equity/usa/map_files/goog.csv", "20040819,goog,Q\n20140402,goog,Q\n20501231,googl,Q\n")
    made.write("equity/usa/map_files/goocv.csv", "20140327,goocv,Q\n20140402,goocv,Q\n20501231,goog,Q\n")
    made.write("equity/usa/map_files/late.csv", "20140327,late,Q\n20501231,late,Q\n")
    folder = DataFolder(made.root)
    assert folder.first_listing("GOOG", "usa", datetime(2014, 4, 1)) == ("GOOG", date(2004, 8, 19))
    assert folder.first_listing("GOOG", "usa", date(2015, 1, 2)) == ("GOOCV", date(2014, 3, 27))
    assert folder.first_listing("GOOG", "usa", date(2060, 1, 2)) == ("GOOCV", date(2014, 3, 27))
    assert folder.first_listing("LATE", "usa", date(2014, 3, 1)) is None
    assert folder.first_listing("NOPE", "usa", date(2014, 3, 1)) is None
