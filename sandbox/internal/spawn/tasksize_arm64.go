package spawn

import "math/bits"

// taskSize is the end of the addresses that munmap(2) takes, which kernels are
// built with 39, 42, 47 or 48 bits of (arch/arm64/Kconfig, ARM64_VA_BITS): the
// Raspberry Pi's have 39. The stack begins in the last 17 GiB below the end
// (arch/arm64/include/asm/elf.h, STACK_RND_MASK), so its address has as many bits.
// With 52, mappings above the first 48 exist only for who asks for them by address
// (arch/arm64/include/asm/processor.h, DEFAULT_MAP_WINDOW_64).
func taskSize() uintptr { return 1 << bits.Len64(uint64(stackAddress())) }

// stackAddress is one that lies where the kernel put the first stack: that of
// the bytes which AT_RANDOM leads to. 48 bits are full where there is none.
func stackAddress() uintptr {
	const atRANDOM = 25 // include/uapi/linux/auxvec.h
	aux := getAuxv()
	for i := 0; i+1 < len(aux); i += 2 {
		if aux[i] == atRANDOM && aux[i+1] != 0 {
			return aux[i+1]
		}
	}
	return 1<<48 - 1
}
