#include "textflag.h"

// func rawClone3(args, size, entry uintptr, arg unsafe.Pointer) (pid, errno uintptr)
//
// As on amd64. The child's g register keeps the parent's value, which points
// to memory that the child does not have: nothing there may use it.
TEXT ·rawClone3(SB), NOSPLIT|NOFRAME, $0-48
	MOVD	args+0(FP), R0
	MOVD	size+8(FP), R1
	MOVD	entry+16(FP), R20
	MOVD	arg+24(FP), R21
	MOVD	$435, R8 // clone3, include/uapi/asm-generic/unistd.h
	SVC
	CBZ	R0, child
	CMN	$4095, R0
	BCC	parent
	NEG	R0, R0
	MOVD	ZR, pid+32(FP)
	MOVD	R0, errno+40(FP)
	RET
parent:
	MOVD	R0, pid+32(FP)
	MOVD	ZR, errno+40(FP)
	RET
child:
	MOVD	ZR, R29
	SUB	$64, RSP // a callee may spill its register arguments into the caller's frame
	MOVD	R21, R0
	CALL	(R20)
	BRK
