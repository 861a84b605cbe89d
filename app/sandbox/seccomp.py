"""The system calls that a program in the sandbox may make: a list of allowed ones, compiled once for the kernel."""

import errno
import functools
import tempfile

import pyseccomp

# What a compiler, an interpreter and a compiled program need. A call that is on no list fails with ENOSYS, as on a
# kernel that does not have it yet: libraries then take the older way, which EPERM would make them give up.
ALLOWED = tuple(
    """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close close_range dup dup2 dup3 fcntl
    open openat openat2 creat access faccessat faccessat2 stat lstat fstat newfstatat statx statfs fstatfs
    readlink readlinkat getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir rename renameat renameat2
    link linkat unlink unlinkat symlink symlinkat truncate ftruncate fallocate fadvise64 chmod fchmod fchmodat
    fchmodat2 utime utimes utimensat futimesat umask sync fsync fdatasync sync_file_range flock sendfile
    copy_file_range splice tee pipe pipe2 poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait
    epoll_pwait epoll_pwait2 eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime signalfd signalfd4
    inotify_init inotify_init1 inotify_add_watch inotify_rm_watch getxattr lgetxattr fgetxattr listxattr llistxattr
    flistxattr shutdown recvfrom
    mmap munmap mremap mprotect madvise msync mincore brk mlock munlock mlock2 mlockall munlockall membarrier
    pkey_alloc pkey_free pkey_mprotect
    fork vfork execve execveat exit exit_group wait4 waitid kill tkill tgkill getpid getppid gettid getpgrp getpgid
    setpgid getsid setsid set_tid_address set_robust_list get_robust_list futex futex_waitv rseq arch_prctl prctl
    pidfd_open pidfd_send_signal rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait
    rt_sigqueueinfo rt_tgsigqueueinfo sigaltstack restart_syscall pause alarm getitimer setitimer
    sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam sched_getscheduler
    sched_setscheduler sched_getattr sched_get_priority_max sched_get_priority_min sched_rr_get_interval
    getpriority setpriority getcpu
    nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time times timer_create timer_settime
    timer_gettime timer_getoverrun timer_delete getrlimit setrlimit prlimit64 getrusage sysinfo uname getrandom
    getuid geteuid getgid getegid getresuid getresgid getgroups capget
    riscv_flush_icache riscv_hwprobe
    """.split()  # noqa: SIM905 - a table reads better than three hundred quotation marks
)

# These are refused by name, with the error that a program expects when it may not: so that a test can tell them from
# calls that nobody thought of, and so that a later edit of the list above cannot let them in unseen.
REFUSED = tuple(
    """
    ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd bpf perf_event_open keyctl add_key
    request_key userfaultfd mount umount2 pivot_root chroot open_tree move_mount mount_setattr fsopen fsconfig fsmount
    fspick setns unshare kexec_load kexec_file_load init_module finit_module delete_module reboot swapon swapoff acct
    settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname iopl ioperm name_to_handle_at
    open_by_handle_at io_uring_setup io_uring_enter io_uring_register personality modify_ldt syslog
    socket bind connect listen accept accept4 sendmsg sendmmsg recvmsg recvmmsg
    mknod mknodat fanotify_init fanotify_mark memfd_create memfd_secret quotactl nfsservctl vhangup
    setuid setgid setreuid setregid setresuid setresgid setgroups setfsuid setfsgid capset chown fchown lchown fchownat
    shmget shmat shmctl shmdt msgget msgsnd msgrcv msgctl semget semop semtimedop semctl mq_open
    setxattr lsetxattr fsetxattr mbind set_mempolicy migrate_pages move_pages seccomp landlock_create_ruleset
    """.split()  # noqa: SIM905 - likewise
)

# Any of these bits in the flags of clone() asks for a namespace of its own.
_NEW_NAMESPACES = 0x7E020080
_AF_UNIX = 1
# TCGETS, TIOCGPGRP, TIOCGWINSZ: what am I connected to? FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: flags of a descriptor.
_IOCTLS = (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# TIOCSTI and TIOCLINUX type into the terminal of whoever started us.
_REFUSED_IOCTLS = (0x5412, 0x541C)


@functools.cache
def program() -> bytes:
    """Compile the filter for this machine's processor; a call of a foreign instruction set kills the process."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    for name in ALLOWED:
        _add(rules, pyseccomp.ALLOW, name)
    for name in REFUSED:
        _add(rules, pyseccomp.ERRNO(errno.EPERM), name)
    flags = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _NEW_NAMESPACES, 0)
    rules.add_rule(pyseccomp.ALLOW, "clone", flags)
    for request in _IOCTLS:
        rules.add_rule(pyseccomp.ALLOW, "ioctl", pyseccomp.Arg(1, pyseccomp.EQ, request))
    for request in _REFUSED_IOCTLS:
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "ioctl", pyseccomp.Arg(1, pyseccomp.EQ, request))
    # A pair of sockets that are connected with each other and can carry no descriptors, since sendmsg is refused:
    # event loops and the Java runtime wake themselves up by it.
    family = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, 0xFFFFFFFF, _AF_UNIX)
    rules.add_rule(pyseccomp.ALLOW, "socketpair", family)
    rules.add_rule(pyseccomp.ALLOW, "sendto", pyseccomp.Arg(4, pyseccomp.EQ, 0))
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _add(rules: pyseccomp.SyscallFilter, action: int, name: str) -> None:
    try:
        rules.add_rule(action, name)
    except (OSError, ValueError):
        # A call that this processor or this libseccomp does not know falls under the default, which refuses it.
        return
