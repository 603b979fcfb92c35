package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// actionForms is the hint for a bad action.
const actionForms = `write "allow", "kill", "log" or "errno:NAME"`

// checkAction checks an action of the filter.
func checkAction(s string) *problem {
	switch s {
	case "allow", "kill", "log":
		return nil
	}
	name, ok := strings.CutPrefix(s, "errno:")
	if !ok {
		pr := wrong("%q is no action", s)
		if isErrno(s) {
			return pr.hinted("did you mean %q?", "errno:"+s)
		}
		return pr.hinted(actionForms)
	}
	if isErrno(name) {
		return nil
	}
	pr := wrong("%q is no error of Linux", name)
	if near := nearest(name, strings.Fields(errnoNames)); near != "" {
		pr = pr.hinted("did you mean %q?", "errno:"+near)
	}
	return pr
}

// checkCall checks the form of a system call's name or of an @group's. Whether
// there is such a call is for the compiler of the filter to say.
func checkCall(s string) *problem {
	name, group := strings.CutPrefix(s, "@")
	bad := name == ""
	for i := range len(name) {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || group && c == '-') {
			bad = true
		}
	}
	if bad {
		return wrong("%q is no name of a system call or @group", s).hinted("small letters, digits and _")
	}
	return nil
}

// checkRule checks one rule of the filter, whose full key is at.
func checkRule(at string, r Rule) []issue {
	var issues []issue
	add := func(path string, pr *problem) {
		if pr != nil {
			issues = append(issues, issue{path: path, problem: *pr})
		}
	}
	if len(r.Calls) == 0 {
		add(at, wrong("calls is missing"))
	}
	for i, c := range r.Calls {
		add(fmt.Sprintf("%s.calls[%d]", at, i), checkCall(c))
	}
	for i, c := range r.When {
		add(fmt.Sprintf("%s.when[%d]", at, i), checkCondition(c))
	}
	add(at+".action", checkAction(r.Action))
	return issues
}

// conditionForms is the hint for a bad condition.
const conditionForms = `write "arg0 == 2", "arg1 & 0x3 != 0" or "arg0:32 == AF_UNIX"`

// checkCondition checks the form of a condition: "argN OP VALUE" or
// "argN & MASK OP VALUE", see [Rule]. A mask or value may join several names
// with "|". Whether there is a constant of that name is for the compiler of
// the filter to say.
func checkCondition(s string) *problem {
	words := strings.Fields(s)
	bad := wrong("%q is no condition", s).hinted(conditionForms)
	masked := len(words) == 5 && words[1] == "&"
	if len(words) != 3 && !masked {
		return bad
	}
	arg := strings.TrimSuffix(words[0], ":32")
	number, ok := strings.CutPrefix(arg, "arg")
	if !ok || len(number) != 1 || number[0] < '0' || number[0] > '5' {
		return wrong("%q is no argument of a system call, in %q", words[0], s).hinted("arg0 to arg5, or arg0:32 for the low 32 bits")
	}
	operator, value := words[len(words)-2], words[len(words)-1]
	if !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, operator) {
		return wrong("%q is no comparison, in %q", operator, s).hinted("==, !=, <, <=, > or >=")
	}
	if !isConstant(value) || masked && !isConstant(words[2]) {
		return bad
	}
	return nil
}

// isConstant says whether s is a number or the name of a constant, or several
// with "|" between.
func isConstant(s string) bool {
	for part := range strings.SplitSeq(s, "|") {
		if _, err := strconv.ParseUint(part, 0, 64); err == nil {
			continue
		}
		if part == "" || part[0] < 'A' || part[0] > 'Z' || !isBare(part) || strings.Contains(part, "-") {
			return false
		}
	}
	return true
}

// isErrno says whether Linux has an error of this name.
func isErrno(s string) bool {
	return s != "" && !strings.Contains(s, " ") && strings.Contains(errnoNames, " "+s+" ")
}

// errnoNames are the errors of Linux, from asm-generic/errno-base.h and
// errno.h, with the two other names that there are.
const errnoNames = " EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN EWOULDBLOCK ENOMEM " +
	"EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG " +
	"ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK EDEADLOCK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP " +
	"ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC " +
	"EBADSLT EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP " +
	"EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART " +
	"ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT " +
	"EOPNOTSUPP ENOTSUP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET " +
	"ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN " +
	"EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM " +
	"EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL " +
	"EHWPOISON "
