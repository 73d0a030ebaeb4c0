/*
 * Has Debian's User-Mode Linux overlook no packet.
 *
 * The UML kernel learns of a packet on its TAP device by SIGIO, and asks epoll then which device it
 * was. The host's tun_net_xmit, however, signals first and wakes those that poll afterwards: asked in
 * between, epoll knows of nothing, and the packet waits for the next signal of any device. A guest that
 * waits for that very packet is stuck. This library, preloaded, repeats the signal all the time.
 *
 * It begins at the first call of epoll_wait, which the signal's handler makes: so there is one.
 *
 * Compiled at boot by guest.ts; no headers, so that a bare tcc will do.
 */
struct sigevent {
	void *value;
	int signal;
	int notify;
	char rest[48];
};

struct timespec {
	long seconds;
	long nanoseconds;
};

struct itimerspec {
	struct timespec interval;
	struct timespec first;
};

extern long syscall(long number, ...);

enum {
	SYS_TIMER_CREATE = 222,
	SYS_TIMER_SETTIME = 223,
	SYS_EPOLL_WAIT = 232,
	CLOCK_MONOTONIC = 1,
	SIGIO = 29,
	PERIOD_NANOSECONDS = 10 * 1000 * 1000
};

static int repeating;

static void repeat_signal(void)
{
	struct sigevent event = { 0, SIGIO };
	struct itimerspec period = { { 0, PERIOD_NANOSECONDS }, { 0, PERIOD_NANOSECONDS } };
	int timer;

	if (syscall(SYS_TIMER_CREATE, CLOCK_MONOTONIC, &event, &timer) == 0)
		syscall(SYS_TIMER_SETTIME, timer, 0, &period, (void *)0);
}

int epoll_wait(int fd, void *events, int most, int timeout)
{
	if (!repeating) {
		repeating = 1;
		repeat_signal();
	}
	return syscall(SYS_EPOLL_WAIT, fd, events, most, timeout);
}
