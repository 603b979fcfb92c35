package supervise

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// settle reads the leaf's figures and removes it, once it is empty.
func (l *loop) settle() {
	if l.settled {
		return
	}
	l.settled = true
	l.lookTmpfs()
	var err error
	if l.ev.Usage, err = l.Leaf.Usage(); err != nil {
		l.fail(err)
	}
	if err := l.Leaf.Remove(); err != nil {
		l.fail(err)
	}
}

// lookTmpfs asks how full the writable places are. If they are not needed any
// more, PID 1's end frees them, while we do the rest.
func (l *loop) lookTmpfs() {
	if l.tmpfs < 0 {
		return
	}
	var st unix.Statfs_t
	if err := unix.Fstatfs(l.tmpfs, &st); err != nil {
		l.fail(fmt.Errorf("fstatfs of the run's tmpfs: %w", err))
	}
	l.ev.DiskFull, l.ev.InodesFull = st.Bavail == 0, st.Ffree == 0
	l.ev.DiskUsed = int64(st.Blocks-st.Bfree) * st.Bsize
	if !l.KeepDir {
		unix.Close(l.tmpfs)
		l.tmpfs = -1
	}
}

// settleEarly does it while PID 1 is still taking the namespaces down, if the
// program left nothing behind. That takes the kernel as long as it takes us.
func (l *loop) settleEarly() {
	empty, err := l.Leaf.Empty()
	if err != nil {
		l.fail(err)
	}
	if empty {
		l.unwatch(l.Leaf.OOMFD())
		l.settle()
	}
}
