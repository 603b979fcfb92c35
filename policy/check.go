package policy

import (
	"path"
	"strconv"
	"strings"
)

// checkText refuses what no path, name or value of the kernel can hold.
func checkText(s string) *problem {
	if strings.IndexByte(s, 0) >= 0 {
		return wrong("%q holds a zero byte", s)
	}
	return nil
}

// checkName checks a policy's name: it goes into reports and messages.
func checkName(s string) *problem {
	if s == "" || len(s) > 255 {
		return wrong("%q is no name", s).hinted("1 to 255 bytes")
	}
	for _, r := range s {
		if r < ' ' || r == 0x7f {
			return wrong("%q holds a control character", s)
		}
	}
	return nil
}

// checkCPUSet checks a list of cores as cpuset(7) writes it, "0-2,4", or "auto".
// Empty is no limit, in a policy made by hand; a file says "unlimited".
func checkCPUSet(s string) *problem {
	if s == "auto" {
		return nil
	}
	_, pr := parseCPUSet(s)
	return pr
}

// maxCPU is the highest number that a core can have: CONFIG_NR_CPUS is at most
// 8192 on the architectures that judge runs on.
const maxCPU = 8191

// parseCPUSet gives the ranges of cores in a list, first and last of each.
func parseCPUSet(s string) (ranges [][2]int, _ *problem) {
	for part := range strings.SplitSeq(s, ",") {
		low, high, dash := strings.Cut(part, "-")
		if !dash {
			high = low
		}
		from, err1 := parseCPU(low)
		to, err2 := parseCPU(high)
		if err1 != nil || err2 != nil {
			return nil, wrong("%q is no list of cores", s).hinted(`write "0-2,4", or "auto"`)
		}
		if from > to {
			return nil, wrong("the range %q runs backwards", part).hinted("write %q", high+"-"+low)
		}
		if to > maxCPU {
			return nil, wrong("core %d is more than the most, %d", to, maxCPU)
		}
		ranges = append(ranges, [2]int{from, to})
	}
	return ranges, nil
}

// parseCPU reads one number of a core: digits only, where Atoi takes a sign.
func parseCPU(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 31)
	return int(n), err
}

func checkRootfs(s string) *problem {
	if s == "" {
		return wrong("the root file system has no name").hinted(`write "host", or the name or directory of one`)
	}
	return checkText(s)
}

// checkPath checks a path inside the sandbox: absolute, and as short as it can be.
func checkPath(s string) *problem {
	if !strings.HasPrefix(s, "/") {
		pr := wrong("%q is not absolute", s)
		if s != "" {
			pr = pr.hinted("write %q", path.Join("/", s))
		}
		return pr
	}
	if clean := path.Clean(s); clean != s {
		return wrong("%q is not in its shortest form", s).hinted("write %q", clean)
	}
	return checkText(s)
}

// under says whether a clean path is dir or in it.
func under(s, dir string) bool {
	return s == dir || strings.HasPrefix(s, dir+"/")
}

func checkWorkdir(s string) *problem {
	if pr := checkPath(s); pr != nil {
		return pr
	}
	for _, dir := range []string{"/proc", "/sys", "/dev"} {
		if under(s, dir) && s != "/dev/shm" {
			return wrong("%q is in %s, where no work can be done", s, dir)
		}
	}
	return nil
}

// checkTarget checks where a bind mount goes. What the sandbox mounts itself
// stays its own; single devices below /dev may be shown.
func checkTarget(s string) *problem {
	if pr := checkPath(s); pr != nil {
		return pr
	}
	switch {
	case s == "/":
		return wrong(`"/" would hide the whole root file system`).hinted("name another one as filesystem.rootfs")
	case s == "/dev" || s == "/dev/shm" || s == "/dev/pts",
		under(s, "/proc"), under(s, "/sys"):
		return wrong("%q belongs to the sandbox itself", s)
	}
	return nil
}

// checkBind checks one bind mount, whose full key is at.
func checkBind(at string, b Bind) []issue {
	var issues []issue
	if b.Source == "" {
		issues = append(issues, issue{path: at + ".source", problem: *wrong("the source is empty")})
	} else if pr := checkText(b.Source); pr != nil {
		issues = append(issues, issue{path: at + ".source", problem: *pr})
	}
	if pr := checkTarget(b.Target); pr != nil {
		issues = append(issues, issue{path: at + ".target", problem: *pr})
	}
	return issues
}

// checkHostname checks a host name: RFC 1123, and no more than Linux takes
// (__NEW_UTS_LEN, include/uapi/linux/utsname.h).
func checkHostname(s string) *problem {
	if len(s) > 64 {
		return wrong("%q is %d bytes long, more than the most, 64", s, len(s))
	}
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return wrong("%q is no host name", s).hinted("letters, digits and inner hyphens, in parts of 1 to 63 with dots between")
		}
	}
	return nil
}

// isLabel says whether s is a part of a host name.
func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return isBare(s) && !strings.Contains(s, "_")
}

// checkEnvName checks the name of an environment variable: what execve(2) can
// carry, so that getenv(3) finds it.
func checkEnvName(s string) *problem {
	if s == "" || strings.ContainsAny(s, "=\x00") {
		return wrong("%q is no name of an environment variable", s).hinted("not empty, without '='")
	}
	return nil
}
