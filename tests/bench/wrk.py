"""wrk, the load generator, with scripts of ours."""

import json
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass

GROUPS, APART = 2, 0.1

# Every request is one of `requests`, in turn; answers that are not `expected` are counted.
SCRIPT = """
local requests, at, threads = {%(requests)s}, 0, {}
odd = 0
function setup(thread) table.insert(threads, thread) end
function request()
  at = at %% #requests + 1
  return requests[at]
end
function response(status)
  if status ~= %(expected)d then odd = odd + 1 end
end
function done(summary, latency)
  local errors, all_odd = summary.errors, 0
  for _, thread in ipairs(threads) do all_odd = all_odd + thread:get("odd") end
  io.write(string.format('\\nRESULT {"per_second": %%f, "p50": %%f, "p99": %%f, "odd": %%d}\\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    all_odd + errors.connect + errors.read + errors.write + errors.timeout))
end
"""


@dataclass(frozen=True)
class Load:
    """What came of some seconds of load: answers a second, milliseconds, and answers that were not as expected."""

    per_second: float
    p50: float
    p99: float
    odd: int


def is_here() -> bool:
    return shutil.which("wrk") is not None


def raw_request(path: str, *, host: str, cookies: dict, form: str = "", headers: dict | None = None) -> str:
    """One request as it goes over the line."""
    lines = [f"{'POST' if form else 'GET'} {path} HTTP/1.1", f"Host: {host}"]
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if form:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"]
    return "\r\n".join([*lines, "", form])


def put_under_load(url: str, requests: list[str], *, expected: int, connections: int, seconds: int) -> Load:
    """The visitors come in two groups, one shortly after the other.

    Who comes in one instant may all be taken in by the same process of the shop, and stay with it; the second group
    finds that one busy and goes to the other. Without this every figure would depend on that luck.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT % {"requests": ", ".join(map(json.dumps, requests)), "expected": expected})
        script.flush()
        words = ["wrk", "-t1", f"-c{connections // GROUPS}", f"-d{seconds}s", "--timeout", "10s", "-s", script.name]
        groups = []
        for _group in range(GROUPS):
            groups.append(subprocess.Popen([*words, url], stdout=subprocess.PIPE, text=True))
            time.sleep(APART)
        said = [group.communicate()[0] for group in groups]
    loads = [Load(**json.loads(re.search(r"RESULT (.*)", text)[1])) for text in said]
    return Load(
        per_second=sum(load.per_second for load in loads),
        p50=statistics.mean(load.p50 for load in loads),
        p99=max(load.p99 for load in loads),
        odd=sum(load.odd for load in loads),
    )
