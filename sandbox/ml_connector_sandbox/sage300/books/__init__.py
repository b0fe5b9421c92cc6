"""The books of the generated company: three years that agree with one another.

`_generate` makes the company: vendors, then orders (`_generate_orders`, `_generate_lines`, shown by
`_order_rows`). All else follows from the orders when somebody first looks: `_history` tells it, in
values; `_shelf` shows it as records; `_business` lets it go on.
"""

from ml_connector_sandbox.sage300.books._business import Business, build_business_routes
from ml_connector_sandbox.sage300.books._calendar import calendar_records
from ml_connector_sandbox.sage300.books._history import Past
from ml_connector_sandbox.sage300.books._shelf import Books

__all__ = ["Books", "Business", "Past", "build_business_routes", "calendar_records"]
