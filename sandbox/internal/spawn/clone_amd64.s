#include "textflag.h"

// func rawClone3(args, size, entry uintptr, arg unsafe.Pointer) (pid, errno uintptr)
//
// The child starts on the stack that args name, with nothing on it, and calls
// entry with arg in the first integer register of Go's internal ABI. R14 (g)
// holds garbage there: entry and all it calls must be nosplit and use no g.
TEXT ·rawClone3(SB), NOSPLIT|NOFRAME, $0-48
	MOVQ	args+0(FP), DI
	MOVQ	size+8(FP), SI
	MOVQ	entry+16(FP), R12
	MOVQ	arg+24(FP), R13
	MOVQ	$435, AX // clone3, include/uapi/asm-generic/unistd.h
	SYSCALL
	TESTQ	AX, AX
	JZ	child
	CMPQ	AX, $0xfffffffffffff001
	JCS	parent
	NEGQ	AX
	MOVQ	$0, pid+32(FP)
	MOVQ	AX, errno+40(FP)
	RET
parent:
	MOVQ	AX, pid+32(FP)
	MOVQ	$0, errno+40(FP)
	RET
child:
	XORL	BP, BP
	XORPS	X15, X15
	SUBQ	$64, SP // a callee may spill its register arguments into the caller's frame
	MOVQ	R13, AX
	CALL	R12
	INT	$3
