#include "textflag.h"

// func handlers() (onSignal, sigreturn uintptr)
TEXT ·handlers(SB), NOSPLIT, $0-16
	LEAQ	onSignal<>(SB), AX
	MOVQ	AX, onSignal+0(FP)
	LEAQ	sigreturn<>(SB), AX
	MOVQ	AX, sigreturn+8(FP)
	RET

TEXT onSignal<>(SB), NOSPLIT|NOFRAME, $0
	SUBQ	$8, SP
	MOVB	DI, 0(SP)
	MOVL	·signalPipe(SB), DI
	MOVQ	SP, SI
	MOVL	$1, DX
	MOVL	$1, AX // write
	SYSCALL
	ADDQ	$8, SP
	RET

TEXT sigreturn<>(SB), NOSPLIT|NOFRAME, $0
	MOVL	$15, AX // rt_sigreturn
	SYSCALL
	INT	$3
