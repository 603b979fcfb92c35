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
	if near := Nearest(name, strings.Fields(errnoNames)); near != "" {
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
// "argN & MASK OP VALUE", see [Rule]. A mask or value may join several with
// "|". Whether there is a constant of that name is for the compiler of the
// filter to say.
func checkCondition(s string) *problem {
	bad := wrong("%q is no condition", s).hinted(conditionForms)
	at := strings.IndexAny(s, "=!<>")
	if at < 0 {
		return bad
	}
	end := at + 1
	for end < len(s) && strings.IndexByte("=!<>", s[end]) >= 0 {
		end++
	}
	if operator := s[at:end]; !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, operator) {
		return wrong("%q is no comparison, in %q", operator, s).hinted("==, !=, <, <=, > or >=")
	}
	arg, mask, masked := strings.Cut(s[:at], "&")
	if !isArgument(strings.TrimSpace(arg)) {
		return wrong("%q is no argument of a system call, in %q", strings.TrimSpace(arg), s).hinted("arg0 to arg5, or arg0:32 for the low 32 bits")
	}
	if !isConstant(s[end:]) || masked && !isConstant(mask) {
		return bad
	}
	return nil
}

// isArgument says whether s is arg0 to arg5, with or without a width.
func isArgument(s string) bool {
	s, width, ok := strings.Cut(s, ":")
	if ok && width != "32" && width != "64" {
		return false
	}
	number, ok := strings.CutPrefix(s, "arg")
	return ok && len(number) == 1 && number[0] >= '0' && number[0] <= '5'
}

// isConstant says whether s is a number or the name of a constant, or several
// with "|" between. Negative numbers are the bits that the kernel gets for them.
func isConstant(s string) bool {
	for part := range strings.SplitSeq(s, "|") {
		part = strings.TrimSpace(part)
		_, unsigned := strconv.ParseUint(part, 0, 64)
		_, signed := strconv.ParseInt(part, 0, 64)
		if unsigned == nil || signed == nil {
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
