package harness

import (
	"math/rand/v2"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mqueue makes a message queue that everybody may use. The system call takes
// the name without its slash (mq_open(3), "C library/kernel differences").
func (p *prepared) mqueue() error {
	name := "judge-" + randomWord()
	raw, err := unix.BytePtrFromString(name)
	if err != nil {
		return err
	}
	old := unix.Umask(0)
	fd, _, errno := unix.Syscall6(unix.SYS_MQ_OPEN, uintptr(unsafe.Pointer(raw)),
		unix.O_RDWR|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o666, 0, 0, 0)
	unix.Umask(old)
	if errno != 0 {
		return errno
	}
	p.undo = append(p.undo, func() {
		_ = unix.Close(int(fd))
		_, _, _ = unix.Syscall(unix.SYS_MQ_UNLINK, uintptr(unsafe.Pointer(raw)), 0, 0)
	})
	p.values["mqueue"] = "/" + name
	return nil
}

// randomNumber is for names that nobody else has.
func randomNumber() uint64 { return rand.Uint64() }

// randomWord is a word that occurs nowhere by chance.
func randomWord() string { return strconv.FormatUint(randomNumber()|1<<63, 36) }
