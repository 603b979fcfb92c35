package network

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"judge/policy"
)

// limitRate bounds what an interface of a namespace sends, in bytes a second; 0 is no bound. A
// token bucket (tc-tbf(8)) holds back what comes too fast; what would wait for longer
// than some 100 ms is dropped.
func limitRate(ns int, name string, index int, rate policy.Bytes) []action {
	if rate == 0 {
		return nil
	}
	burst, queue := tbf(uint64(rate))
	qdisc := &netlink.Tbf{
		QdiscAttrs: netlink.QdiscAttrs{LinkIndex: index, Handle: netlink.MakeHandle(1, 0), Parent: netlink.HANDLE_ROOT},
		Rate:       uint64(rate), Limit: queue, Buffer: netlink.Xmittime(uint64(rate), burst),
	}
	return []action{{text: fmt.Sprintf("qdisc add dev %s root tbf rate %s/s", name, rate), do: func() error {
		err := in(joined(ns), func() error {
			rt, err := library()
			if err != nil {
				return err
			}
			defer rt.Close()
			return rt.QdiscAdd(qdisc)
		})
		if errors.Is(err, unix.ENOENT) {
			return &Unfit{What: "network.bridge.rate = " + rate.String(), Err: err, Hint: "this kernel has no token bucket: CONFIG_NET_SCH_TBF, module sch_tbf"}
		}
		return err
	}}}
}

// tbf sizes the bucket and the queue: a tick's worth of bytes at HZ=100, and no
// less than what an interface sends in one piece (64 KiB, before segmentation);
// a tenth of a second's worth waits.
func tbf(rate uint64) (burst, queue uint32) {
	const piece = 65536 + 1024
	bounded := func(n uint64) uint32 { return uint32(min(max(n, piece), 1<<30)) }
	return bounded(rate / 100), bounded(rate/10) + piece
}
