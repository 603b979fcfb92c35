package spawn

// taskSize is the end of the addresses that munmap(2) takes
// (arch/x86/include/asm/page_64_types.h, TASK_SIZE with four levels; mappings
// above it exist only for who asks for them by address).
func taskSize() uintptr { return 1<<47 - 4096 }
