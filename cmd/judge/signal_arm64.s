#include "textflag.h"

// func handlers() (onSignal, sigreturn uintptr)
TEXT ·handlers(SB), NOSPLIT, $0-16
	MOVD	$onSignal<>(SB), R0
	MOVD	R0, onSignal+0(FP)
	MOVD	$sigreturn<>(SB), R0
	MOVD	R0, sigreturn+8(FP)
	RET

TEXT onSignal<>(SB), NOSPLIT|NOFRAME, $0
	SUB	$16, RSP
	MOVB	R0, 8(RSP)
	MOVW	·signalPipe(SB), R0
	ADD	$8, RSP, R1
	MOVD	$1, R2
	MOVD	$64, R8 // write
	SVC
	ADD	$16, RSP
	RET

TEXT sigreturn<>(SB), NOSPLIT|NOFRAME, $0
	MOVD	$139, R8 // rt_sigreturn
	SVC
	BRK
