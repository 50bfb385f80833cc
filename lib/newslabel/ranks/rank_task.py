"""A rank's task in Spark: it tells the rank its place among the others, starts its process, and returns its answer."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, cast

import psutil
from pyspark import BarrierTaskContext, cloudpickle

from newslabel.ranks.environment import RANK_ENVIRONMENT
from newslabel.ranks.rank_process import BYTES_OF_LENGTH, RankFailure, RankLostError, guarded

STARTED = "started"  # what the driver is told once all tasks run
SECONDS_TO_REACH = 30


def run_rank(address: str, port: int, work: bytes, start_timeout_s: int) -> Any:
    """What the rank returned, or its RankFailure; whatever goes wrong, Spark shall not start it all again.

    Args:
        address: where the ranks meet.
        port: and at which port.
        work: a function and its arguments, pickled.
        start_timeout_s: how long the ranks wait for each other.
    """
    return guarded(_run_rank, address, port, work, start_timeout_s)


def _run_rank(address: str, port: int, work: bytes, start_timeout_s: int) -> Any:
    context = BarrierTaskContext.get()
    rank = context.partitionId()
    own, interface = _way_to(address, port)
    # two machines may have one name
    hosts = context.allGather(f"{socket.gethostname()}-{own}")
    is_repeated = rank == 0 and _is_told(address, port)
    if any(context.allGather("repeated" if is_repeated else "")):
        raise RankLostError(f"Spark lost the task of a rank, and with it the training. Received: {len(hosts)} ranks")
    if rank == 0:
        _tell(address, port)
    where = {
        "HOROVOD_GLOO_RENDEZVOUS_ADDR": address,
        "HOROVOD_GLOO_RENDEZVOUS_PORT": str(port),
        "HOROVOD_GLOO_IFACE": interface,
        "HOROVOD_GLOO_TIMEOUT_SECONDS": str(start_timeout_s),
        "NCCL_SOCKET_IFNAME": interface,
    }
    with subprocess.Popen(
        [sys.executable, "-c", "from newslabel.ranks.rank_process import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **RANK_ENVIRONMENT, **place_of(rank, hosts), **where},
    ) as process:
        to_rank, from_rank = cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)
        with suppress(BrokenPipeError):  # it has ended: its exit code says more
            to_rank.write(len(work).to_bytes(BYTES_OF_LENGTH) + work)
            to_rank.flush()  # and stays open: its end tells the rank that this task is gone
        answer = from_rank.read()
        code = process.wait()
    if not answer:
        ended = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        told = f"the ranks did not come to their end: rank {rank} {ended}. Received: {hosts[rank]}"
        return RankFailure(RankLostError(told), told)
    return cloudpickle.loads(answer)


def place_of(rank: int, hosts: Sequence[str]) -> Mapping[str, str]:
    """What Horovod has to be told of a rank's place among the others.

    Args:
        rank: its number.
        hosts: of each rank, in their order.
    """
    host = hosts[rank]
    local_rank = hosts[:rank].count(host)
    # of each host the rank of that number, on those that have so many
    across = [each for each in dict.fromkeys(hosts) if hosts.count(each) > local_rank]
    place = {
        "RANK": rank,
        "SIZE": len(hosts),
        "LOCAL_RANK": local_rank,
        "LOCAL_SIZE": hosts.count(host),
        "CROSS_RANK": across.index(host),
        "CROSS_SIZE": len(across),
        "HOSTNAME": host,
        "CONTROLLER": "gloo",
        "CPU_OPERATIONS": "gloo",
    }
    return {f"HOROVOD_{name}": str(value) for name, value in place.items()}


def _way_to(address: str, port: int) -> tuple[str, str]:
    """Its own address, and the interface, by which this host reaches the driver; the other ranks are there too."""
    with socket.create_connection((address, port), timeout=SECONDS_TO_REACH) as connection:
        own = str(connection.getsockname()[0])
    names: dict[str, str] = {each.address: name for name, found in psutil.net_if_addrs().items() for each in found}
    return own, names[own]


def _is_told(address: str, port: int) -> bool:
    return _asked(address, port, "GET") == http.client.OK


def _tell(address: str, port: int) -> None:
    _asked(address, port, "PUT", body="all")


def _asked(address: str, port: int, method: str, body: str | None = None) -> int:
    """The status of the driver's answer; by no proxy, whatever the environment says of one."""
    connection = http.client.HTTPConnection(address, port, timeout=SECONDS_TO_REACH)
    try:
        connection.request(method, f"/{STARTED}/all", body)
        return connection.getresponse().status
    finally:
        connection.close()
