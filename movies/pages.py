"""Pages of a list that may be long."""

from functools import cached_property

from django.core.paginator import Paginator

PAGE = 24
# Nobody turns forty pages; beyond them a count and an offset only cost.
MOST = 40 * PAGE


class LongListPaginator(Paginator):
    """Counts no further than `MOST`; `is_cut` says that there is more, to be reached by another filter."""

    def __init__(self, rows, per_page=PAGE):
        super().__init__(rows, per_page)

    @cached_property
    def known(self):
        return self.object_list.order_by().values("pk")[: MOST + 1].count()

    @cached_property
    def count(self):
        return min(self.known, MOST)

    @property
    def is_cut(self):
        return self.known > MOST
