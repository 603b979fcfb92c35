package plan

import "golang.org/x/sys/unix"

// network deals with the namespace that the early steps have made. For a bridge
// the parent gets it, to plug it in. For the host's network it is given up again: the one to
// enter came with the streams.
func network(b *builder, in Input) {
	b.because("network.mode", "")
	defer b.because("", "")
	switch in.Policy.Network.Mode {
	case "bridge":
		fd := b.open("/proc/self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		b.send(OpHandNetwork, []int{fd})
		b.close(fd)
	case "host":
		fd := b.fds.lowest()
		b.call("setns", unix.SYS_SETNS, Int(int64(fd)), Sym(unix.CLONE_NEWNET, "CLONE_NEWNET"))
		b.close(fd)
	}
}
