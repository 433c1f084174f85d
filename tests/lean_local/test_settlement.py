"""Settlement models of algorithms."""


def test_a_security_asks_the_algorithms_own_settlement_model(run, shares):
    made = run(
        shares,
        """
def initialize(self):
    outer = self
    self.asked = []
    class Mine:
        def apply_funds(self, parameters):
            outer.asked.append(("apply", parameters.cash_amount.amount))
        def scan(self, parameters):
            outer.asked.append(("scan", parameters.utc_time))
        def get_unsettled_cash(self):
            return CashAmount(7, "USD")
    spy = self.add_equity("SPY")
    spy.set_settlement_model(Mine())
    money = CashAmount(101, Currencies.USD)
    spy.settlement_model.apply_funds(ApplyFundsSettlementModelParameters(self.portfolio, spy, self.time, money, None))
    spy.settlement_model.scan(ScanSettlementModelParameters(self.portfolio, spy, datetime(2013, 10, 6)))
    self.unsettled = spy.settlement_model.get_unsettled_cash().amount
    self.first = list(self.asked)
""",
    ).algorithm
    assert [(what, str(value)) for what, value in made.first] == [("apply", "101.0"), ("scan", "2013-10-06 00:00:00")]
    assert made.unsettled == 7
    assert any(what == "scan" for what, _ in made.asked[2:])
