"""The attacks under the system call rules of a container, loosened by the five calls that making namespaces takes."""

import errno

import pyseccomp

from tests.sandbox.attacks import main

# What Docker's profile refuses a container without capabilities, and the runner's profile goes on to refuse.
REFUSED = """
    acct add_key bpf chroot clock_adjtime clock_settime create_module delete_module fanotify_init finit_module fsconfig
    fsmount fsopen fspick get_mempolicy init_module io_uring_enter io_uring_register io_uring_setup ioperm iopl kcmp
    kexec_file_load kexec_load keyctl lookup_dcookie mbind mount_setattr move_mount move_pages name_to_handle_at
    nfsservctl open_by_handle_at open_tree perf_event_open personality process_madvise quotactl reboot request_key
    set_mempolicy setdomainname sethostname setns settimeofday stime swapoff swapon sysfs syslog umount userfaultfd
    vhangup vm86 vm86old
""".split()  # noqa: SIM905 - a table reads better
ALLOWED_BESIDES = ("clone", "unshare", "mount", "umount2", "pivot_root")


def confine() -> None:
    """Put this process and all that it starts under the rules."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in REFUSED:
        number = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name)
        if number >= 0:
            rules.add_rule(pyseccomp.ERRNO(errno.EPERM), number)
    # Flags that are in memory cannot be looked at: Docker lets libraries fall back to clone.
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    rules.load()


if __name__ == "__main__":
    assert not {*ALLOWED_BESIDES} & {*REFUSED}
    confine()
    main()
