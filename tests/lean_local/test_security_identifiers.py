"""CUSIP, FIGI, SEDOL, ISIN and CIK from the data folder's security database."""

import pytest

ROW = "GOOCV VP83T1ZUHROL,38259P508,BBG009S3NB30,BYVY8G0,US02079K3059,1652044"
ASK = """
def initialize(self):
    self.set_start_date(2021, 3, 1)
    share = self.add_equity("GOOG").symbol
    other = self.add_equity("SPY").symbol
    self.names = [share.cusip, share.composite_figi, share.sedol, share.isin, share.cik]
    self.spelled = [share.CUSIP, share.CompositeFIGI, share.SEDOL, share.ISIN, share.CIK]
    self.asked = [self.cusip(share), self.composite_figi(share), self.sedol(share), self.ISIN(share), self.cik(share)]
    self.unknown = [other.isin, self.cik(other), self.isin("US0000000000"), self.cusip(""), self.cik(7)]
    old = datetime(2014, 3, 31)
    self.found = [self.isin("us02079k3059").value, self.cusip("38259P508", old).value, self.cik(1652044, old)[0].value]
    try:
        self.sedol("BYVY8G0", datetime(2030, 1, 1))
    except Exception as error:
        self.late = str(error)
"""


@pytest.fixture
def named(shares):
    shares.write("equity/usa/map_files/goog.csv", "20140327,goocv,Q\n20140402,goocv,Q\n20501231,goog,Q\n")
    shares.write("symbol-properties/security-database.csv", f"# made up\n{ROW}\n")
    return shares


def test_symbols_and_identifiers_lead_to_each_other(run, named):
    made = run(named, ASK).algorithm
    assert made.names == made.spelled == made.asked == [*ROW.split(",")[1:5], 1652044]
    assert made.unknown == [None, None, None, None, []]
    assert made.found == ["GOOG", "GOOCV", "GOOCV"]
    assert 'The trading date provided: "2030-01-01" is after the current algorithm\'s trading date' in made.late


def test_without_the_file_nothing_has_such_names(run, shares):
    body = """
def initialize(self):
    self.seen = [self.add_equity("SPY").symbol.isin, self.isin("US02079K3059")]
"""
    assert run(shares, body).algorithm.seen == [None, None]


def test_a_line_that_is_no_definition_is_named(run, named):
    named.write("symbol-properties/security-database.csv", "nonsense\n")
    with pytest.raises(Exception, match="Line 1 is not"):
        run(named, ASK)
