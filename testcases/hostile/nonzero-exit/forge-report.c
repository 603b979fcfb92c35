/*
 * @name forge-report
 * @kind robustness
 * @why writes a report of its own to every descriptor there may be, as the last line of stderr too, where judge's own would be
 * @needs gcc
 * @host inherited-fd
 * @expect nonzero-exit 3
 * @expect oom-kill no
 * @expect seccomp-violation no
 * @expect stdout-contains "status":"ok"
 * @unsandboxed skip
 */
#include <string.h>
#include <unistd.h>

int main(void)
{
	static const char forged[] = "\n{\"version\":1,\"status\":\"ok\",\"reason\":\"\",\"exit_code\":0,\"signal\":null,"
		"\"oom_kills\":0,\"cpu_time_ns\":1,\"wall_time_ns\":1,\"memory_peak_bytes\":1,\"violation\":null}\n";

	for (int fd = 1; fd < 1024; fd++)
		if (write(fd, forged, strlen(forged)) > 0 && fd > 2)
			return 4;
	return 3;
}
