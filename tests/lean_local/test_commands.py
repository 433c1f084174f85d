"""Commands: types, links, and running them by hand."""


def _facts(outcome):
    return [line.split(" ", 2)[2] for line in outcome.result.log_lines]


def test_commands_run_and_links_name_what_they_hold(run, shares):
    outcome = run(
        shares,
        """
class Buy(Command):
    quantity = 0
    tags = []

    def run(self, algorithm):
        algorithm.log(f'buy {self.quantity} {self.tags[0]} {self.other}')
        return True

class Plain:
    def run(self, algorithm):
        return None

def initialize(self):
    self.add_equity('SPY')
    self.add_command(self.Buy)
    self.project_id = 7
    try:
        self.add_command(dict)
    except TypeError as error:
        self.log(str(error))
    command = self.Buy()
    command.quantity, command.tags = 3, ['a b']
    link = self.link(command)
    self.log(link[link.index('&projectId'):])
    self.log(self.link({'symbol': 'SPY'}).rpartition('&')[2])
    self.log(str(self.broadcast_command(command)))
    arrived = CallbackCommand('buy', '{"quantity": 4, "tags": ["x"]}')
    self.log(str(self.run_command(arrived).success))
    self.log(str(self.run_command(CallbackCommand('sell')).success))
    self.log(str(self.notify.email('a', 'b', 'c')))
""",
    )
    assert [f for f in _facts(outcome) if not f.startswith("Warning")] == [
        "dict must have a method run(algorithm).",
        "&projectId=7&command%5bquantity%5d=3&command%5btags%5d%5b0%5d=a+b&command%5b%24type%5d=Buy",
        "command%5bsymbol%5d=SPY",
        "None",
        "buy 4 x None",
        "True",
        "Detected unregistered command type 'sell', will be ignored",
        "None",
        "False",
    ]
