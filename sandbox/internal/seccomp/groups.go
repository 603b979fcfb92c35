package seccomp

import "sort"

type group struct {
	name, about string
	members     []string
}

// groups are those of systemd.exec(5), SystemCallFilter=, as systemd 252 lists
// them (systemd-analyze syscall-filter), less the calls that neither x86_64
// nor arm64 has, and with the calls that Linux got since. @memory is judge's
// own. @known is made from the tables, see groupMembers. Sorted by name.
var groups = [...]group{
	{"@aio", "Asynchronous input and output, io_uring too", []string{
		"io_cancel", "io_destroy", "io_getevents", "io_pgetevents", "io_setup", "io_submit", "io_uring_enter", "io_uring_register",
		"io_uring_setup",
	}},
	{"@basic-io", "Reading, writing and positioning of what is open", []string{
		"close", "close_range", "dup", "dup2", "dup3", "lseek", "pread64", "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2",
		"read", "readv", "write", "writev",
	}},
	{"@chown", "Owners of files", []string{
		"chown", "fchown", "fchownat", "lchown",
	}},
	{"@clock", "Setting the system's clock", []string{
		"adjtimex", "clock_adjtime", "clock_settime", "settimeofday",
	}},
	{"@cpu-emulation", "Emulating other processors", []string{
		"modify_ldt",
	}},
	{"@debug", "Debugging, tracing, performance counters", []string{
		"lookup_dcookie", "perf_event_open", "pidfd_getfd", "ptrace",
	}},
	{"@default", "Every program needs these, to start, to wait and to end", []string{
		"arch_prctl", "brk", "clock_getres", "clock_gettime", "clock_nanosleep", "execve", "exit", "exit_group", "futex",
		"futex_requeue", "futex_wait", "futex_waitv", "futex_wake", "get_robust_list", "get_thread_area", "getegid", "geteuid",
		"getgid", "getgroups", "getpgid", "getpgrp", "getpid", "getppid", "getrandom", "getresgid", "getresuid", "getrlimit", "getsid",
		"gettid", "gettimeofday", "getuid", "map_shadow_stack", "membarrier", "mmap", "mprotect", "mseal", "munmap", "nanosleep",
		"pause", "prlimit64", "restart_syscall", "rseq", "rt_sigreturn", "sched_getaffinity", "sched_yield", "set_robust_list",
		"set_thread_area", "set_tid_address", "time", "uprobe", "uretprobe",
	}},
	{"@file-system", "Files and directories", []string{
		"access", "cachestat", "chdir", "chmod", "close", "creat", "faccessat", "faccessat2", "fallocate", "fchdir", "fchmod",
		"fchmodat", "fchmodat2", "fcntl", "fgetxattr", "file_getattr", "file_setattr", "flistxattr", "fremovexattr", "fsetxattr",
		"fstat", "fstatfs", "ftruncate", "futimesat", "getcwd", "getdents", "getdents64", "getxattr", "getxattrat",
		"inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch", "lgetxattr", "link", "linkat", "listxattr",
		"listxattrat", "llistxattr", "lremovexattr", "lsetxattr", "lstat", "mkdir", "mkdirat", "mknod", "mknodat", "newfstatat",
		"open", "openat", "openat2", "readlink", "readlinkat", "removexattr", "removexattrat", "rename", "renameat", "renameat2",
		"rmdir", "setxattr", "setxattrat", "stat", "statfs", "statx", "symlink", "symlinkat", "truncate", "unlink", "unlinkat",
		"utime", "utimensat", "utimes",
	}},
	{"@io-event", "Waiting for descriptors", []string{
		"epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_pwait", "epoll_pwait2", "epoll_wait", "epoll_wait_old",
		"eventfd", "eventfd2", "poll", "ppoll", "pselect6", "select",
	}},
	{"@ipc", "Pipes, System V and POSIX queues, memory of other processes", []string{
		"memfd_create", "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink", "msgctl", "msgget",
		"msgrcv", "msgsnd", "pipe", "pipe2", "process_madvise", "process_vm_readv", "process_vm_writev", "semctl", "semget", "semop",
		"semtimedop", "shmat", "shmctl", "shmdt", "shmget",
	}},
	{"@keyring", "The kernel's keyrings", []string{
		"add_key", "keyctl", "request_key",
	}},
	{"@memlock", "Locking memory", []string{
		"mlock", "mlock2", "mlockall", "munlock", "munlockall",
	}},
	{"@memory", "The own address space (not of systemd)", []string{
		"brk", "madvise", "map_shadow_stack", "membarrier", "mincore", "mmap", "mprotect", "mremap", "mseal", "msync", "munmap",
		"remap_file_pages",
	}},
	{"@module", "Kernel modules", []string{
		"delete_module", "finit_module", "init_module",
	}},
	{"@mount", "Mounting, and changing the root", []string{
		"chroot", "fsconfig", "fsmount", "fsopen", "fspick", "listmount", "mount", "mount_setattr", "move_mount", "open_tree",
		"open_tree_attr", "pivot_root", "statmount", "umount2",
	}},
	{"@network-io", "Sockets of every family", []string{
		"accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt", "listen", "recvfrom", "recvmmsg",
		"recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown", "socket", "socketpair",
	}},
	{"@obsolete", "Calls without a use or an implementation", []string{
		"_sysctl", "afs_syscall", "create_module", "get_kernel_syms", "getpmsg", "putpmsg", "query_module", "security", "sysfs",
		"tuxcall", "uselib", "ustat", "vserver",
	}},
	{"@pkey", "Memory protection keys", []string{
		"pkey_alloc", "pkey_free", "pkey_mprotect",
	}},
	{"@privileged", "Calls that need a capability", []string{
		"@chown", "@clock", "@module", "@raw-io", "@reboot", "@swap", "_sysctl", "acct", "bpf", "capset", "chroot", "fanotify_init",
		"fanotify_mark", "nfsservctl", "open_by_handle_at", "pivot_root", "quotactl", "quotactl_fd", "setdomainname", "setfsuid",
		"setgroups", "sethostname", "setresuid", "setreuid", "setuid", "vhangup",
	}},
	{"@process", "Processes: making, waiting, signalling, namespaces", []string{
		"capget", "clone", "clone3", "execveat", "fork", "getrusage", "kill", "pidfd_open", "pidfd_send_signal", "prctl",
		"rt_sigqueueinfo", "rt_tgsigqueueinfo", "setns", "tgkill", "times", "tkill", "unshare", "vfork", "wait4", "waitid",
	}},
	{"@raw-io", "Ports of the machine", []string{
		"ioperm", "iopl",
	}},
	{"@reboot", "Rebooting and kexec", []string{
		"kexec_file_load", "kexec_load", "reboot",
	}},
	{"@resources", "Scheduling, priorities, memory placement", []string{
		"ioprio_set", "mbind", "migrate_pages", "move_pages", "sched_setaffinity", "sched_setattr", "sched_setparam",
		"sched_setscheduler", "set_mempolicy", "set_mempolicy_home_node", "setpriority", "setrlimit",
	}},
	{"@sandbox", "Restricting oneself further", []string{
		"landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "lsm_get_self_attr", "lsm_list_modules",
		"lsm_set_self_attr", "seccomp",
	}},
	{"@setuid", "User and group numbers of the process", []string{
		"setgid", "setgroups", "setregid", "setresgid", "setresuid", "setreuid", "setuid",
	}},
	{"@signal", "Signal handling", []string{
		"rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigsuspend", "rt_sigtimedwait", "sigaltstack", "signalfd", "signalfd4",
	}},
	{"@swap", "Swap areas", []string{
		"swapoff", "swapon",
	}},
	{"@sync", "Writing back to storage", []string{
		"fdatasync", "fsync", "msync", "sync", "sync_file_range", "syncfs",
	}},
	{"@system-service", "What a service that is not special needs", []string{
		"@aio", "@basic-io", "@chown", "@default", "@file-system", "@io-event", "@ipc", "@keyring", "@memlock", "@network-io",
		"@process", "@resources", "@setuid", "@signal", "@sync", "@timer", "capget", "capset", "copy_file_range", "fadvise64", "flock",
		"get_mempolicy", "getcpu", "getpriority", "ioctl", "ioprio_get", "kcmp", "madvise", "mincore", "mremap", "name_to_handle_at",
		"personality", "readahead", "remap_file_pages", "sched_get_priority_max", "sched_get_priority_min", "sched_getattr",
		"sched_getparam", "sched_getscheduler", "sched_rr_get_interval", "sched_yield", "sendfile", "setfsgid", "setfsuid", "setpgid",
		"setsid", "splice", "sysinfo", "tee", "umask", "uname", "userfaultfd", "vmsplice",
	}},
	{"@timer", "Timers", []string{
		"alarm", "getitimer", "setitimer", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_settime",
		"timerfd_create", "timerfd_gettime", "timerfd_settime", "times",
	}},
}

// groupMembers are what a group stands for, calls and further groups; ok is
// false if there is no such group.
func groupMembers(name string) (members []string, ok bool) {
	if name == "@known" {
		return allCalls(), true
	}
	i := sort.Search(len(groups), func(i int) bool { return groups[i].name >= name })
	if i < len(groups) && groups[i].name == name {
		return groups[i].members, true
	}
	return nil, false
}

// Groups calls yield for each group, by name, with a line about it.
func Groups(yield func(name, about string) bool) {
	for i := range groups {
		if !yield(groups[i].name, groups[i].about) {
			return
		}
	}
	yield("@known", "Every call that judge knows by name")
}

// Members are the calls of a group, inner groups resolved, sorted and each
// once; ok is false if there is no such group.
func Members(name string) (calls []string, ok bool) {
	if _, ok := groupMembers(name); !ok {
		return nil, false
	}
	seen := map[string]bool{}
	expand(name, func(call string) {
		if !seen[call] {
			seen[call] = true
			calls = append(calls, call)
		}
	})
	sort.Strings(calls)
	return calls, true
}

// expand hands every call that name stands for to add. Groups nest without
// circles, which a test holds.
func expand(name string, add func(call string)) {
	if name[0] != '@' {
		add(name)
		return
	}
	members, _ := groupMembers(name)
	for _, m := range members {
		expand(m, add)
	}
}
