package plan

import "golang.org/x/sys/unix"

// threadPointer lets %fs point into what stays mapped: Go's assembly reads the
// word below it on its way back from a call (arch_prctl(2)).
func threadPointer(b *builder) {
	const archSetFS = 0x1002 // arch/x86/include/uapi/asm/prctl.h
	b.call("arch_prctl", unix.SYS_ARCH_PRCTL, Sym(archSetFS, "ARCH_SET_FS"), Of(RegTLS, "list"))
}
