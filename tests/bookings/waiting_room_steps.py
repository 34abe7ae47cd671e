"""Time goes by in a waiting room."""

TIMES = {"opened_at", "filled_at", "read_at", "paced_at"}


def pass_time(redis, showtime, seconds, *, seen=True, inside=True):
    """Let so many seconds go by: all that Redis knows of the room happened that much earlier.

    Without `seen` everybody has gone on asking meanwhile; without `inside` those inside have gone on choosing.
    """
    ms = int(seconds * 1000)
    room, queue, present, missed, within = (
        f"{{room:{showtime.pk}}}:{name}" for name in ("set", "queue", "seen", "missed", "inside")
    )
    for field, value in redis.hgetall(room).items():
        if field.decode() in TIMES or (field == b"opens_at" and int(value)):
            redis.hset(room, field, int(value) - ms)
    for who, place in redis.zrange(queue, 0, -1, withscores=True):
        if place > 1:
            redis.zadd(queue, {who: place - ms * 1000})
    if seen:
        for who, until in redis.hgetall(present).items():
            redis.hset(present, who, max(0, int(until) - ms))
    for who, value in redis.hgetall(missed).items():
        place, until = value.decode().split("|")
        redis.hset(missed, who, f"{place}|{int(until) - ms}")
    for who, until in redis.zrange(within, 0, -1, withscores=True) if inside else []:
        redis.zadd(within, {who: until - ms})
