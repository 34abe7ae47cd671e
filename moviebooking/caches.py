"""The cache of pages and limits: Redis, and in its absence the memory of this process."""

from functools import partialmethod

from django.core.cache.backends.locmem import LocMemCache
from django_redis.cache import RedisCache
from redis.exceptions import RedisError


class SparedCache(RedisCache):
    """Without Redis people must be able to sign in, and their tries must still be counted, if only by each process."""

    spare = LocMemCache("spare", {"OPTIONS": {"MAX_ENTRIES": 10_000}})

    def _ask(self, method, *args, **kwargs):
        try:
            return getattr(super(), method)(*args, **kwargs)
        except RedisError:
            return getattr(self.spare, method)(*args, **kwargs)

    get = partialmethod(_ask, "get")
    set = partialmethod(_ask, "set")
    add = partialmethod(_ask, "add")
    touch = partialmethod(_ask, "touch")
    incr = partialmethod(_ask, "incr")
    delete = partialmethod(_ask, "delete")
    has_key = partialmethod(_ask, "has_key")
    get_many = partialmethod(_ask, "get_many")
    set_many = partialmethod(_ask, "set_many")
    delete_many = partialmethod(_ask, "delete_many")
