"""Programs that attack by being compiled, or below the libraries."""

from app.sandbox.job import Status
from tests.sandbox.attack import Attack

REFUSED = frozenset({Status.COMPILE_ERROR})
CRASHED = frozenset({Status.RUNTIME_ERROR})

COMPILED = (
    Attack("including a file of the machine", '#include "/etc/passwd"\nint main() {}', REFUSED, language="cpp"),
    Attack(
        "including what the compiler was started with",
        '#include "/proc/1/environ"\n#include "/proc/self/environ"\nint main() {}',
        frozenset({Status.OK, Status.COMPILE_ERROR}),  # the files are empty, or not there
        language="cpp",
    ),
    Attack(
        "assembling a file of the machine",
        '__asm__(".incbin \\"/etc/passwd\\"");\nint main(void) { return 0; }',
        REFUSED,
        language="c",
    ),
    Attack("including itself", '#include "main.c"\nint main(void) { return 0; }', REFUSED, language="c"),
    Attack(
        "a program of two gigabytes",
        "char big[2000000000] = {1};\nint main(void) { return big[5]; }",
        REFUSED,
        language="c",
    ),
    Attack(
        "templates without end",
        "template <int N> struct A { A<N + 1> a; };\nint main() { A<0> a; }",
        REFUSED,
        language="cpp",
    ),
    Attack(
        "a stack without end",
        "volatile int x; int f(int n) { volatile char a[4096]; a[0] = n; x = a[0]; return f(n + 1) + a[0]; }\n"
        "int main(void) { return f(0); }",
        CRASHED,
        language="c",
    ),
    Attack("address nought", "int main(void) { return *(volatile int *)0; }", CRASHED, language="c"),
    Attack(
        "system calls of another instruction set",
        'int main(void) { int r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(20)); return 0; }',
        CRASHED,
        language="c",
    ),
    Attack(
        "system calls of the x32 kind",
        'int main(void) { long r; __asm__ volatile("syscall" : "=a"(r) : "a"(0x40000027L) : "rcx", "r11", "memory");'
        " return 0; }",
        CRASHED,
        language="c",
    ),
)
