"""Tables as data frames, for the notebooks."""

import pandas as pd

from thetadesk.tables import Table


def frame(table: Table) -> pd.DataFrame:
    """Return a table as a data frame whose first column is the index; units stand in the headings."""
    headings = [f"{column.title} ({column.unit})" if column.unit else column.title for column in table.columns]
    return pd.DataFrame(list(table.rows), columns=headings).set_index(headings[0])
