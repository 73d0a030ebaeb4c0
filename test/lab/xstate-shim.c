/*
 * Lets Debian's User-Mode Linux boot on CPUs whose extended state is larger than it knows.
 *
 * The UML kernel keeps 2696 octets of floating-point state for each task, AVX-512 and PKRU
 * included. PTRACE_SETREGSET of NT_X86_XSTATE, however, wants the whole of the host's XSAVE area,
 * which AMX makes 11008 octets; for less it returns EFAULT, and the guest's init dies with "ptrace
 * set fp regs failed". This library, preloaded, lays the short state over a full one.
 *
 * What follows the short state stays as a fresh process has it: the guest never asks the host for
 * the permission to use AMX. UML has one thread that calls ptrace, so the template needs no lock.
 *
 * Compiled at boot by guest.ts; no headers, so that a bare tcc will do.
 */
typedef unsigned long word;

struct iovec {
	char *base;
	word length;
};

extern long syscall(long number, ...);
extern int *__errno_location(void);

enum {
	SYS_PTRACE = 101,
	PTRACE_PEEKTEXT = 1,
	PTRACE_PEEKUSER = 3,
	PTRACE_SETREGSET = 0x4205,
	PTRACE_GETREGSET = 0x4204,
	NT_X86_XSTATE = 0x202
};

static char full_state[65536];
static word full_length;

/* Learns the host's size, and what an unused rest of the state looks like, from `pid`. */
static void learn(long pid)
{
	struct iovec whole = { full_state, sizeof full_state };

	if (syscall(SYS_PTRACE, PTRACE_GETREGSET, pid, NT_X86_XSTATE, &whole) == 0)
		full_length = whole.length;
}

static long set_xstate(long pid, struct iovec *given)
{
	struct iovec whole = { full_state, 0 };
	word i;

	if (full_length == 0)
		learn(pid);
	if (given->length >= full_length)
		return syscall(SYS_PTRACE, PTRACE_SETREGSET, pid, NT_X86_XSTATE, given);
	for (i = 0; i + sizeof(word) <= given->length; i += sizeof(word))
		*(word *)(full_state + i) = *(word *)(given->base + i);
	whole.length = full_length;
	return syscall(SYS_PTRACE, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &whole);
}

long ptrace(long request, long pid, long address, void *data)
{
	long word_read, status;

	request = (int)request;
	pid = (int)pid;
	if (request == PTRACE_SETREGSET && address == NT_X86_XSTATE)
		return set_xstate(pid, data);
	if (request < PTRACE_PEEKTEXT || request > PTRACE_PEEKUSER)
		return syscall(SYS_PTRACE, request, pid, address, data);
	/* The system call stores what it read; the library's function returns it. */
	status = syscall(SYS_PTRACE, request, pid, address, &word_read);
	if (status != 0)
		return status;
	*__errno_location() = 0;
	return word_read;
}
