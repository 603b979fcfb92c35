package seccomp

import "sort"

// signature is one letter for each argument of a call, by the width in which the
// kernel reads it. Of 32 bits: d an int, U an unsigned one, X bits, Y a uid or gid,
// @ a descriptor of a directory, S a signal, O flags of open, P a protocol. Of 64:
// D a long, u an unsigned one, x bits, p a pointer. o is a file mode. The others
// stand for the names that kindNames has for them.
func signature(name string) string {
	i := sort.Search(len(signatures), func(i int) bool { return signatures[i].name >= name })
	if i < len(signatures) && signatures[i].name == name {
		return signatures[i].kinds
	}
	return "xxxxxx"
}

// kindNames are the constants that an argument of a kind may have, or whose
// bits it may have.
func kindNames(kind byte) string {
	switch kind {
	case 'A':
		return "AF_UNSPEC AF_UNIX AF_INET AF_AX25 AF_IPX AF_APPLETALK AF_NETROM AF_BRIDGE AF_ATMPVC AF_X25 AF_INET6 AF_ROSE AF_NETBEUI AF_SECURITY " +
			"AF_KEY AF_NETLINK AF_PACKET AF_ASH AF_ECONET AF_ATMSVC AF_RDS AF_IRDA AF_PPPOX AF_WANPIPE AF_LLC AF_IB AF_MPLS AF_CAN AF_TIPC " +
			"AF_BLUETOOTH AF_IUCV AF_RXRPC AF_ISDN AF_PHONET AF_IEEE802154 AF_CAIF AF_ALG AF_NFC AF_VSOCK AF_KCM AF_QIPCRTR AF_SMC AF_XDP AF_MCTP"
	case 'T':
		return "SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_DCCP SOCK_PACKET"
	case 'i':
		return "IPPROTO_ICMP IPPROTO_IGMP IPPROTO_TCP IPPROTO_UDP IPPROTO_DCCP IPPROTO_ICMPV6 IPPROTO_SCTP IPPROTO_UDPLITE IPPROTO_RAW IPPROTO_MPTCP"
	case 'n':
		return "NETLINK_ROUTE NETLINK_USERSOCK NETLINK_FIREWALL NETLINK_SOCK_DIAG NETLINK_NFLOG NETLINK_XFRM NETLINK_SELINUX NETLINK_ISCSI " +
			"NETLINK_AUDIT NETLINK_FIB_LOOKUP NETLINK_CONNECTOR NETLINK_NETFILTER NETLINK_KOBJECT_UEVENT NETLINK_GENERIC NETLINK_CRYPTO NETLINK_RDMA"
	case 'C':
		return "CLONE_VM CLONE_FS CLONE_FILES CLONE_SIGHAND CLONE_PIDFD CLONE_PTRACE CLONE_VFORK CLONE_PARENT CLONE_THREAD CLONE_NEWNS CLONE_SYSVSEM " +
			"CLONE_SETTLS CLONE_PARENT_SETTID CLONE_CHILD_CLEARTID CLONE_DETACHED CLONE_UNTRACED CLONE_CHILD_SETTID CLONE_NEWCGROUP CLONE_NEWUTS " +
			"CLONE_NEWIPC CLONE_NEWUSER CLONE_NEWPID CLONE_NEWNET CLONE_IO"
	case 'N', 'H': // of unshare a long, of setns an int
		return "CLONE_NEWTIME CLONE_FS CLONE_FILES CLONE_NEWNS CLONE_SYSVSEM CLONE_NEWCGROUP CLONE_NEWUTS CLONE_NEWIPC CLONE_NEWUSER CLONE_NEWPID CLONE_NEWNET"
	case 'M':
		return "MS_RDONLY MS_NOSUID MS_NODEV MS_NOEXEC MS_SYNCHRONOUS MS_REMOUNT MS_MANDLOCK MS_DIRSYNC MS_NOSYMFOLLOW MS_NOATIME MS_NODIRATIME MS_BIND " +
			"MS_MOVE MS_REC MS_SILENT MS_POSIXACL MS_UNBINDABLE MS_PRIVATE MS_SLAVE MS_SHARED MS_RELATIME MS_STRICTATIME MS_LAZYTIME"
	case 'm':
		return "MNT_FORCE MNT_DETACH MNT_EXPIRE UMOUNT_NOFOLLOW"
	case 'R':
		return "PTRACE_TRACEME PTRACE_PEEKTEXT PTRACE_PEEKDATA PTRACE_PEEKUSR PTRACE_POKETEXT PTRACE_POKEDATA PTRACE_POKEUSR PTRACE_CONT PTRACE_KILL " +
			"PTRACE_SINGLESTEP PTRACE_ATTACH PTRACE_DETACH PTRACE_SYSCALL PTRACE_SETOPTIONS PTRACE_GETEVENTMSG PTRACE_GETSIGINFO PTRACE_SETSIGINFO " +
			"PTRACE_GETREGSET PTRACE_SETREGSET PTRACE_SEIZE PTRACE_INTERRUPT PTRACE_LISTEN PTRACE_GET_SYSCALL_INFO"
	case 'I':
		return "TIOCSTI TIOCLINUX TIOCSETD TIOCSCTTY TIOCNOTTY TIOCCONS TCGETS TCGETS2 TCSETS TCSETSW TCSETSF TCSBRK TCXONC TCFLSH TIOCGPGRP TIOCSPGRP " +
			"TIOCGSID TIOCOUTQ TIOCGWINSZ TIOCSWINSZ TIOCGPTN TIOCSPTLCK TIOCGPTPEER FIONREAD FIONBIO FIOCLEX FIONCLEX FIOASYNC FICLONE FICLONERANGE FS_IOC_GETFLAGS FS_IOC_SETFLAGS"
	case 'r':
		return "PR_SET_PDEATHSIG PR_GET_PDEATHSIG PR_GET_DUMPABLE PR_SET_DUMPABLE PR_GET_KEEPCAPS PR_SET_KEEPCAPS PR_SET_NAME PR_GET_NAME PR_GET_SECCOMP " +
			"PR_SET_SECCOMP PR_CAPBSET_READ PR_CAPBSET_DROP PR_GET_TSC PR_SET_TSC PR_GET_SECUREBITS PR_SET_SECUREBITS PR_SET_TIMERSLACK PR_GET_TIMERSLACK " +
			"PR_TASK_PERF_EVENTS_DISABLE PR_TASK_PERF_EVENTS_ENABLE PR_SET_MM PR_SET_CHILD_SUBREAPER PR_GET_CHILD_SUBREAPER PR_SET_NO_NEW_PRIVS " +
			"PR_GET_NO_NEW_PRIVS PR_GET_TID_ADDRESS PR_SET_THP_DISABLE PR_GET_THP_DISABLE PR_CAP_AMBIENT PR_GET_SPECULATION_CTRL PR_SET_SPECULATION_CTRL " +
			"PR_SET_SYSCALL_USER_DISPATCH PR_SCHED_CORE PR_SET_MDWE PR_SET_VMA PR_SET_PTRACER"
	case 'K':
		return "KEYCTL_GET_KEYRING_ID KEYCTL_JOIN_SESSION_KEYRING KEYCTL_UPDATE KEYCTL_REVOKE KEYCTL_CHOWN KEYCTL_SETPERM KEYCTL_DESCRIBE KEYCTL_CLEAR " +
			"KEYCTL_LINK KEYCTL_UNLINK KEYCTL_SEARCH KEYCTL_READ KEYCTL_INSTANTIATE KEYCTL_NEGATE KEYCTL_SET_REQKEY_KEYRING KEYCTL_SET_TIMEOUT KEYCTL_INVALIDATE"
	case 'W':
		return "SECCOMP_SET_MODE_STRICT SECCOMP_SET_MODE_FILTER SECCOMP_GET_ACTION_AVAIL SECCOMP_GET_NOTIF_SIZES"
	case 'L':
		return "RLIMIT_CPU RLIMIT_FSIZE RLIMIT_DATA RLIMIT_STACK RLIMIT_CORE RLIMIT_RSS RLIMIT_NPROC RLIMIT_NOFILE RLIMIT_MEMLOCK RLIMIT_AS RLIMIT_LOCKS " +
			"RLIMIT_SIGPENDING RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_RTPRIO RLIMIT_RTTIME"
	case 'Q':
		return "PROT_READ PROT_WRITE PROT_EXEC PROT_GROWSDOWN PROT_GROWSUP"
	case 'a':
		return "MAP_SHARED MAP_PRIVATE MAP_FIXED MAP_ANONYMOUS MAP_GROWSDOWN MAP_DENYWRITE MAP_LOCKED MAP_NORESERVE MAP_POPULATE MAP_NONBLOCK MAP_STACK " +
			"MAP_HUGETLB MAP_FIXED_NOREPLACE"
	case 'q':
		return "AT_SYMLINK_NOFOLLOW AT_REMOVEDIR AT_SYMLINK_FOLLOW AT_EMPTY_PATH"
	case 'E':
		return "PER_LINUX PER_LINUX32 UNAME26 ADDR_NO_RANDOMIZE READ_IMPLIES_EXEC"
	case 'f':
		return "S_IFREG S_IFDIR S_IFCHR S_IFBLK S_IFIFO S_IFSOCK S_IFLNK"
	case 'G':
		return "MFD_CLOEXEC MFD_ALLOW_SEALING MFD_HUGETLB"
	}
	return ""
}

// signatures are the kernel's own (include/linux/syscalls.h, Linux 6.12). Where
// that has a long and the call takes it for less, as mmap its descriptor, it is
// what the call takes it for. Sorted by name.
var signatures = [...]struct{ name, kinds string }{
	{"accept", "dpp"}, {"accept4", "dppX"}, {"access", "pX"}, {"acct", "p"}, {"add_key", "pppud"}, {"adjtimex", "p"}, {"alarm", "U"},
	{"arch_prctl", "xp"},
	{"bind", "dpd"}, {"bpf", "dpU"}, {"brk", "p"},
	{"cachestat", "dppX"}, {"capget", "pp"}, {"capset", "pp"}, {"chdir", "p"}, {"chmod", "po"}, {"chown", "pYY"}, {"chroot", "p"},
	{"clock_adjtime", "dp"}, {"clock_getres", "dp"}, {"clock_gettime", "dp"}, {"clock_nanosleep", "dXpp"}, {"clock_settime", "dp"},
	{"clone", "Cpppp"}, {"clone3", "pu"}, {"close", "d"}, {"close_range", "UUX"}, {"connect", "dpd"}, {"copy_file_range", "dpdpuX"},
	{"creat", "po"},
	{"delete_module", "pO"}, {"dup", "d"}, {"dup2", "dd"}, {"dup3", "ddX"},
	{"epoll_create", "d"}, {"epoll_create1", "O"}, {"epoll_ctl", "dddp"}, {"epoll_pwait", "dpddpu"}, {"epoll_pwait2", "dpdppu"},
	{"epoll_wait", "dpdd"}, {"eventfd", "U"}, {"eventfd2", "UO"}, {"execve", "ppp"}, {"execveat", "@pppq"}, {"exit", "d"}, {"exit_group", "d"},
	{"faccessat", "@pX"}, {"faccessat2", "@pXq"}, {"fadvise64", "dDud"}, {"fallocate", "dXDD"}, {"fanotify_init", "XO"}, {"fanotify_mark", "dXx@p"},
	{"fchdir", "d"}, {"fchmod", "do"}, {"fchmodat", "@po"}, {"fchmodat2", "@poq"}, {"fchown", "dYY"}, {"fchownat", "@pYYq"}, {"fcntl", "dUx"},
	{"fdatasync", "d"}, {"fgetxattr", "dppu"}, {"finit_module", "dpX"}, {"flistxattr", "dpu"}, {"flock", "dX"}, {"fork", ""},
	{"fremovexattr", "dp"}, {"fsconfig", "ddppd"}, {"fsetxattr", "dppuX"}, {"fsmount", "dXX"}, {"fsopen", "pX"}, {"fspick", "@pX"}, {"fstat", "dp"},
	{"fstatfs", "dp"}, {"fsync", "d"}, {"ftruncate", "dD"}, {"futex", "pdUppU"}, {"futex_requeue", "pXdd"}, {"futex_wait", "puxXpd"},
	{"futex_waitv", "pUXpd"}, {"futex_wake", "pxdX"}, {"futimesat", "@pp"},
	{"get_mempolicy", "ppupx"}, {"get_robust_list", "dpp"}, {"getcpu", "ppp"}, {"getcwd", "pu"}, {"getdents", "dpU"}, {"getdents64", "dpU"},
	{"getegid", ""}, {"geteuid", ""}, {"getgid", ""}, {"getgroups", "dp"}, {"getitimer", "dp"}, {"getpeername", "dpp"}, {"getpgid", "d"},
	{"getpgrp", ""}, {"getpid", ""}, {"getppid", ""}, {"getpriority", "dd"}, {"getrandom", "puX"}, {"getresgid", "ppp"}, {"getresuid", "ppp"},
	{"getrlimit", "Lp"}, {"getrusage", "dp"}, {"getsid", "d"}, {"getsockname", "dpp"}, {"getsockopt", "dddpp"}, {"gettid", ""},
	{"gettimeofday", "pp"}, {"getuid", ""}, {"getxattr", "pppu"},
	{"init_module", "pup"}, {"inotify_add_watch", "dpX"}, {"inotify_init", ""}, {"inotify_init1", "O"}, {"inotify_rm_watch", "dd"},
	{"io_cancel", "upp"}, {"io_destroy", "u"}, {"io_getevents", "uDDpp"}, {"io_pgetevents", "uDDppp"}, {"io_setup", "Up"}, {"io_submit", "uDp"},
	{"io_uring_enter", "dUUXpu"}, {"io_uring_register", "dUpU"}, {"io_uring_setup", "Up"}, {"ioctl", "dIx"}, {"ioperm", "uud"}, {"iopl", "d"},
	{"ioprio_get", "dd"}, {"ioprio_set", "ddd"},
	{"kcmp", "ddduu"}, {"kexec_file_load", "ddupx"}, {"kexec_load", "pupx"}, {"keyctl", "Kdxxx"}, {"kill", "dS"},
	{"landlock_add_rule", "ddpX"}, {"landlock_create_ruleset", "puX"}, {"landlock_restrict_self", "dX"}, {"lchown", "pYY"}, {"lgetxattr", "pppu"},
	{"link", "pp"}, {"linkat", "@p@pq"}, {"listen", "dd"}, {"listmount", "ppuX"}, {"listns", "ppux"}, {"listxattr", "ppu"}, {"llistxattr", "ppu"},
	{"lookup_dcookie", "xpu"}, {"lremovexattr", "pp"}, {"lseek", "dDU"}, {"lsetxattr", "pppuX"}, {"lsm_get_self_attr", "UppX"},
	{"lsm_list_modules", "ppX"}, {"lsm_set_self_attr", "UpUX"}, {"lstat", "pp"},
	{"madvise", "pud"}, {"map_shadow_stack", "puX"}, {"mbind", "puupuX"}, {"membarrier", "dXd"}, {"memfd_create", "pG"}, {"memfd_secret", "X"},
	{"migrate_pages", "dupp"}, {"mincore", "pup"}, {"mkdir", "po"}, {"mkdirat", "@po"}, {"mknod", "poX"}, {"mknodat", "@poX"}, {"mlock", "pu"},
	{"mlock2", "puX"}, {"mlockall", "X"}, {"mmap", "puQadx"}, {"modify_ldt", "dpu"}, {"mount", "pppMp"}, {"mount_setattr", "@pXpu"},
	{"move_mount", "@p@pX"}, {"move_pages", "dupppX"}, {"mprotect", "puQ"}, {"mq_getsetattr", "dpp"}, {"mq_notify", "dp"}, {"mq_open", "pOop"},
	{"mq_timedreceive", "dpupp"}, {"mq_timedsend", "dpuUp"}, {"mq_unlink", "p"}, {"mremap", "puuxp"}, {"mseal", "pux"}, {"msgctl", "ddp"},
	{"msgget", "dd"}, {"msgrcv", "dpuDd"}, {"msgsnd", "dpud"}, {"msync", "puX"}, {"munlock", "pu"}, {"munlockall", ""}, {"munmap", "pu"},
	{"name_to_handle_at", "@pppq"}, {"nanosleep", "pp"}, {"newfstatat", "@ppq"},
	{"open", "pOo"}, {"open_by_handle_at", "dpO"}, {"open_tree", "@pX"}, {"open_tree_attr", "@pXpu"}, {"openat", "@pOo"}, {"openat2", "@ppu"},
	{"pause", ""}, {"perf_event_open", "pdddx"}, {"personality", "E"}, {"pidfd_getfd", "ddX"}, {"pidfd_open", "dO"}, {"pidfd_send_signal", "dSpX"},
	{"pipe", "p"}, {"pipe2", "pO"}, {"pivot_root", "pp"}, {"pkey_alloc", "xu"}, {"pkey_free", "d"}, {"pkey_mprotect", "puQd"}, {"poll", "pUd"},
	{"ppoll", "pUppu"}, {"prctl", "rxxxx"}, {"pread64", "dpuD"}, {"preadv", "dpuuu"}, {"preadv2", "dpuuuX"}, {"prlimit64", "dLpp"},
	{"process_madvise", "dpudX"}, {"process_mrelease", "dX"}, {"process_vm_readv", "dpupux"}, {"process_vm_writev", "dpupux"},
	{"pselect6", "dppppp"}, {"ptrace", "Rdpp"}, {"pwrite64", "dpuD"}, {"pwritev", "dpuuu"}, {"pwritev2", "dpuuuX"},
	{"quotactl", "XpUp"}, {"quotactl_fd", "dXUp"},
	{"read", "dpu"}, {"readahead", "dDu"}, {"readlink", "ppd"}, {"readlinkat", "@ppd"}, {"readv", "dpu"}, {"reboot", "XXXp"},
	{"recvfrom", "dpuXpp"}, {"recvmmsg", "dpUXp"}, {"recvmsg", "dpX"}, {"remap_file_pages", "puuux"}, {"removexattr", "pp"}, {"rename", "pp"},
	{"renameat", "@p@p"}, {"renameat2", "@p@pX"}, {"request_key", "pppd"}, {"restart_syscall", ""}, {"rmdir", "p"}, {"rseq", "pUXX"},
	{"rt_sigaction", "Sppu"}, {"rt_sigpending", "pu"}, {"rt_sigprocmask", "dppu"}, {"rt_sigqueueinfo", "dSp"}, {"rt_sigsuspend", "pu"},
	{"rt_sigtimedwait", "pppu"}, {"rt_tgsigqueueinfo", "ddSp"},
	{"sched_get_priority_max", "d"}, {"sched_get_priority_min", "d"}, {"sched_getaffinity", "dUp"}, {"sched_getattr", "dpUX"},
	{"sched_getparam", "dp"}, {"sched_getscheduler", "d"}, {"sched_rr_get_interval", "dp"}, {"sched_setaffinity", "dUp"}, {"sched_setattr", "dpX"},
	{"sched_setparam", "dp"}, {"sched_setscheduler", "ddp"}, {"sched_yield", ""}, {"seccomp", "WXp"}, {"select", "dpppp"}, {"semctl", "dddu"},
	{"semget", "ddd"}, {"semop", "dpU"}, {"semtimedop", "dpUp"}, {"sendfile", "ddpu"}, {"sendmmsg", "dpUX"}, {"sendmsg", "dpX"},
	{"sendto", "dpuXpd"}, {"set_mempolicy", "dpu"}, {"set_mempolicy_home_node", "puux"}, {"set_robust_list", "pu"}, {"set_tid_address", "p"},
	{"setdomainname", "pd"}, {"setfsgid", "Y"}, {"setfsuid", "Y"}, {"setgid", "Y"}, {"setgroups", "dp"}, {"sethostname", "pd"},
	{"setitimer", "dpp"}, {"setns", "dH"}, {"setpgid", "dd"}, {"setpriority", "ddd"}, {"setregid", "YY"}, {"setresgid", "YYY"},
	{"setresuid", "YYY"}, {"setreuid", "YY"}, {"setrlimit", "Lp"}, {"setsid", ""}, {"setsockopt", "dddpd"}, {"settimeofday", "pp"}, {"setuid", "Y"},
	{"setxattr", "pppuX"}, {"shmat", "dpX"}, {"shmctl", "ddp"}, {"shmdt", "p"}, {"shmget", "duX"}, {"shutdown", "dd"}, {"sigaltstack", "pp"},
	{"signalfd", "dpu"}, {"signalfd4", "dpuO"}, {"socket", "ATP"}, {"socketpair", "ATPp"}, {"splice", "dpdpuX"}, {"stat", "pp"}, {"statfs", "pp"},
	{"statmount", "ppuX"}, {"statx", "@pqXp"}, {"swapoff", "p"}, {"swapon", "pX"}, {"symlink", "pp"}, {"symlinkat", "p@p"}, {"sync", ""},
	{"sync_file_range", "dDDX"}, {"syncfs", "d"}, {"sysfs", "dpp"}, {"sysinfo", "p"}, {"syslog", "dpd"},
	{"tee", "dduX"}, {"tgkill", "ddS"}, {"time", "p"}, {"timer_create", "dpp"}, {"timer_delete", "d"}, {"timer_getoverrun", "d"},
	{"timer_gettime", "dp"}, {"timer_settime", "dXpp"}, {"timerfd_create", "dO"}, {"timerfd_gettime", "dp"}, {"timerfd_settime", "dXpp"},
	{"times", "p"}, {"tkill", "dS"}, {"truncate", "pD"},
	{"umask", "o"}, {"umount2", "pm"}, {"uname", "p"}, {"unlink", "p"}, {"unlinkat", "@pq"}, {"unshare", "N"}, {"uretprobe", ""}, {"uselib", "p"},
	{"userfaultfd", "O"}, {"ustat", "Xp"}, {"utime", "pp"}, {"utimensat", "@ppq"}, {"utimes", "pp"},
	{"vfork", ""}, {"vhangup", ""}, {"vmsplice", "dpuX"},
	{"wait4", "dpXp"}, {"waitid", "ddpXp"}, {"write", "dpu"}, {"writev", "dpu"},
}
