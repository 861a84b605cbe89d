"""The list of system calls says what it means: no call on both lists, none twice, none misspelt."""

import pyseccomp

from app.sandbox import seccomp

# Newer than the oldest libseccomp that we work with; it ignores them, and then they are refused.
YOUNG = {"fchmodat2", "riscv_hwprobe"}


def test_no_call_is_allowed_and_refused():
    assert {*seccomp.ALLOWED} & {*seccomp.REFUSED} == set()
    assert len({*seccomp.ALLOWED, *seccomp.REFUSED}) == len(seccomp.ALLOWED) + len(seccomp.REFUSED)


def test_every_call_exists():
    unknown = -1
    names = (*seccomp.ALLOWED, *seccomp.REFUSED)
    assert {n for n in names if pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, n) == unknown} - YOUNG == set()


def test_what_depends_on_its_arguments_is_on_neither_list():
    both = {*seccomp.ALLOWED, *seccomp.REFUSED}
    assert both & {"clone", "ioctl", "socketpair", "sendto"} == set()


def test_the_filter_is_made_once():
    assert seccomp.program() is seccomp.program()
    assert len(seccomp.program()) % 8 == 0
