package main

import (
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// calls is what the floor's filter allows, one name a line (bench/floor/filter-gen.c).
//
//go:embed calls.txt
var calls string

// writeBundle makes the OCI bundle: the floor's namespaces, limits, filter and
// identity in the words of the runtime specification, and nothing beyond.
func (k *kit) writeBundle() error {
	if err := os.MkdirAll(k.bundle, 0o755); err != nil {
		return err
	}
	type object = map[string]any
	var namespaces []object
	for _, name := range []string{"pid", "mount", "uts", "network", "ipc"} {
		namespaces = append(namespaces, object{"type": name})
	}
	config := object{
		"ociVersion": "1.0.0",
		"root":       object{"path": k.rootfs, "readonly": true},
		"process": object{
			"args": []string{"/exit"}, "cwd": "/", "env": []string{"PATH=/usr/bin:/bin"},
			"user": object{"uid": 61999, "gid": 61999}, "noNewPrivileges": true,
		},
		"mounts": []object{
			{"destination": "/proc", "type": "proc", "source": "proc"},
			{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": []string{"nosuid", "nodev", "size=128m"}},
		},
		"linux": object{
			"namespaces":  namespaces,
			"cgroupsPath": "/judge-floor/crun",
			"resources": object{
				"memory": object{"limit": 256 << 20},
				"cpu":    object{"quota": 200000, "period": 100000},
				"pids":   object{"limit": 64},
			},
			"seccomp": object{
				"defaultAction": "SCMP_ACT_KILL_PROCESS",
				"architectures": []string{ociArch},
				"syscalls":      []object{{"names": strings.Fields(calls), "action": "SCMP_ACT_ALLOW"}},
			},
		},
	}
	data, err := json.MarshalIndent(config, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(k.bundle, "config.json"), data, 0o644)
}
