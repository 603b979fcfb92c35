package spawn

// taskSize is the end of the addresses that munmap(2) takes with 48-bit
// addresses (arch/arm64/include/asm/processor.h, DEFAULT_MAP_WINDOW_64).
const taskSize = 1 << 48
