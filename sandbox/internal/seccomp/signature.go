package seccomp

import "sort"

// signature is one letter for each argument of a call: d an int, u an unsigned
// number, x bits, p a pointer, o a file mode, @ a descriptor of a directory, S a
// signal, O flags of open, P a protocol; the others stand for the names that
// kindNames has for them.
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
	case 'N':
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

// signatures are those of the calls that filters refuse, and of common ones;
// from the manual's second section. Sorted by name.
var signatures = [...]struct{ name, kinds string }{
	{"accept", "dpp"}, {"accept4", "dppx"}, {"acct", "p"}, {"add_key", "pppud"}, {"adjtimex", "p"}, {"arch_prctl", "xp"},
	{"bind", "dpu"}, {"bpf", "dpu"},
	{"capset", "pp"}, {"chroot", "p"}, {"clock_adjtime", "dp"}, {"clock_settime", "dp"}, {"clone", "Cpppp"}, {"clone3", "pu"}, {"connect", "dpu"},
	{"creat", "po"},
	{"delete_module", "pO"},
	{"execve", "ppp"}, {"execveat", "@pppq"},
	{"fanotify_init", "xO"}, {"fanotify_mark", "dxx@p"}, {"finit_module", "dpx"}, {"fork", ""}, {"fsconfig", "ddppd"}, {"fsmount", "dxx"},
	{"fsopen", "px"}, {"fspick", "@px"}, {"fsync", "d"},
	{"get_mempolicy", "ppupx"}, {"getgid", ""}, {"getpeername", "dpp"}, {"getpid", ""}, {"getppid", ""}, {"getsockname", "dpp"},
	{"getsockopt", "dddpp"}, {"getuid", ""},
	{"init_module", "pup"}, {"io_uring_enter", "duuxpu"}, {"io_uring_register", "dupu"}, {"io_uring_setup", "up"}, {"ioctl", "dIx"},
	{"ioperm", "uud"}, {"iopl", "d"},
	{"kcmp", "ddduu"}, {"kexec_file_load", "ddupx"}, {"kexec_load", "pupx"}, {"keyctl", "Kdxxx"}, {"kill", "dS"},
	{"listen", "dd"}, {"listns", "ppux"}, {"lookup_dcookie", "xpu"},
	{"mbind", "pudpux"}, {"memfd_create", "pG"}, {"memfd_secret", "x"}, {"migrate_pages", "dupp"}, {"mknod", "pox"}, {"mknodat", "@pox"},
	{"mmap", "puQadx"}, {"modify_ldt", "dpu"}, {"mount", "pppMp"}, {"mount_setattr", "@pxpu"}, {"move_mount", "@p@px"}, {"move_pages", "dupppx"},
	{"mprotect", "puQ"},
	{"name_to_handle_at", "@pppq"},
	{"open", "pOo"}, {"open_by_handle_at", "dpO"}, {"open_tree", "@px"}, {"open_tree_attr", "@pxpu"}, {"openat", "@pOo"}, {"openat2", "@ppu"},
	{"pause", ""}, {"perf_event_open", "pdddx"}, {"personality", "E"}, {"pidfd_getfd", "ddx"}, {"pidfd_open", "dO"}, {"pidfd_send_signal", "dSpx"},
	{"pivot_root", "pp"}, {"prctl", "rxxxx"}, {"prlimit64", "dLpp"}, {"process_madvise", "dpudx"}, {"process_mrelease", "dx"},
	{"process_vm_readv", "dpupux"}, {"process_vm_writev", "dpupux"}, {"ptrace", "Rdpp"},
	{"quotactl", "xpdp"}, {"quotactl_fd", "dxdp"},
	{"read", "dpu"}, {"reboot", "xxxp"}, {"recvfrom", "dpuxpp"}, {"recvmsg", "dpx"}, {"request_key", "pppd"},
	{"seccomp", "Wxp"}, {"sendmsg", "dpx"}, {"sendto", "dpuxpu"}, {"set_mempolicy", "dpu"}, {"setdomainname", "pu"}, {"setgid", "u"},
	{"sethostname", "pu"}, {"setns", "dN"}, {"setrlimit", "Lp"}, {"setsockopt", "dddpu"}, {"settimeofday", "pp"}, {"setuid", "u"}, {"shutdown", "dd"},
	{"socket", "ATP"}, {"socketpair", "ATPp"}, {"swapoff", "p"}, {"swapon", "px"}, {"sync", ""}, {"syncfs", "d"}, {"sysfs", "dpp"}, {"syslog", "dpd"},
	{"tgkill", "ddS"}, {"tkill", "dS"},
	{"umount2", "pm"}, {"unshare", "N"}, {"userfaultfd", "O"}, {"ustat", "xp"},
	{"vfork", ""}, {"vhangup", ""}, {"vmsplice", "dpux"},
	{"write", "dpu"},
}
