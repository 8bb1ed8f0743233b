"""How the embedded PostgreSQL is set up, with the reason of every choice: one small machine, shared with the web and workers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Parameter:
    """One server parameter and why it has its value."""

    name: str
    value: str
    reason: str


def parameters(*, memory: int, cores: int, shared_memory: int) -> list[Parameter]:
    """The parameters for a machine of so many bytes of memory, cores, and bytes of /dev/shm."""
    buffers = min(max(memory // 8, 128 * MEGABYTE), 2048 * MEGABYTE) // MEGABYTE
    work = min(max(memory // 384, 8 * MEGABYTE), 64 * MEGABYTE) // MEGABYTE
    workers = max(cores, 2)
    chosen = [
        Parameter("listen_addresses", "", "reached through its socket only, so no port is taken and none is open"),
        Parameter("unix_socket_permissions", "0700", "the folder of the socket belongs to this user alone"),
        Parameter("max_connections", "100", "web pools, workers, commands and a dozen to spare"),
        Parameter("shared_buffers", f"{buffers}MB", "an eighth of the memory: Python and the page cache need the rest"),
        Parameter("effective_cache_size", f"{memory // 2 // MEGABYTE}MB", "what the page cache holds, for the planner"),
        Parameter("work_mem", f"{work}MB", "set queries over everyone sort and hash in memory; few run at once"),
        Parameter("hash_mem_multiplier", "3", "rules join by customer: hashes are worth more memory than sorts"),
        Parameter("maintenance_work_mem", f"{work * 4}MB", "indexes of a bulk load are built in one pass"),
        Parameter("jit", "off", "compiling a 20 ms query takes longer than running it"),
        Parameter("random_page_cost", "1.1", "on an SSD an index lookup costs about what a scan does"),
        Parameter("parallel_tuple_cost", "0.03", "a row from a worker is a copy in memory: big scans take both cores"),
        Parameter("max_worker_processes", str(workers + 2), "the cores, and two for maintenance"),
        Parameter("max_parallel_workers", str(workers), "no more than cores"),
        Parameter("max_parallel_workers_per_gather", str(workers), "one big query may use the whole machine"),
        Parameter("max_wal_size", "4GB", "a rebuild or a bulk load should not force checkpoints"),
        Parameter("checkpoint_timeout", "15min", "fewer full pages in the log"),
        Parameter("wal_compression", "on", "a small disk is slower than a core"),
        Parameter("synchronous_commit", "on", "an event is answered 200 only once it is durable"),
        Parameter("autovacuum_naptime", "15s", "queue tables (dirty customers) bloat within a minute"),
        Parameter("track_io_timing", "on", "the page of slow segments shows it; the clock is cheap"),
        Parameter("log_min_duration_statement", "2s", "what is slow is worth a line"),
        Parameter("lc_messages", "C", "one language in the log, whatever the environment says"),
        Parameter("timezone", "UTC", "instants are stored and shown in UTC, whatever the environment says"),
    ]
    if shared_memory < 512 * MEGABYTE:
        reason = "this machine's /dev/shm is small (64 MB in a container), and a parallel hash fails there"
        chosen.append(Parameter("dynamic_shared_memory_type", "mmap", reason))
    return chosen


NOT_DURABLE = [
    Parameter("fsync", "off", "tests start from nothing anyway"),
    Parameter("synchronous_commit", "off", "likewise"),
    Parameter("full_page_writes", "off", "likewise"),
    Parameter("shared_buffers", "128MB", "the tests' tables are small"),
]


def for_this_machine(*, durable: bool = True) -> list[Parameter]:
    """The parameters for the machine this process runs on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    shared = Path("/dev/shm")
    room = os.statvfs(shared).f_bavail * os.statvfs(shared).f_frsize if shared.exists() else 0
    chosen = parameters(memory=min(memory, _container_limit()), cores=os.cpu_count() or 2, shared_memory=room)
    return chosen if durable else chosen + NOT_DURABLE


def _container_limit() -> int:
    """The memory a container may use; as good as endless when nothing limits it."""
    try:
        return int(Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):
        return 1 << 62
