package check

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// The Compose file is one by the specification's schema, and what it names is in it.
func TestCompose(t *testing.T) {
	o, err := cli.NewProjectOptions([]string{filepath.Join("..", "compose", "compose.yaml")}, cli.WithConsistency(true))
	if err != nil {
		t.Fatal(err)
	}
	p, err := o.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"server", "worker"} {
		s, err := p.GetService(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.Privileged != (name == "worker") {
			t.Errorf("%s: privileged is %v", name, s.Privileged)
		}
	}
}

// kinds are what manifests may have.
var kinds = map[string]func() any{
	"v1 Service":                         func() any { return &core.Service{} },
	"apps/v1 StatefulSet":                func() any { return &apps.StatefulSet{} },
	"apps/v1 DaemonSet":                  func() any { return &apps.DaemonSet{} },
	"policy/v1 PodDisruptionBudget":      func() any { return &policy.PodDisruptionBudget{} },
	"networking.k8s.io/v1 NetworkPolicy": func() any { return &networking.NetworkPolicy{} },
}

// The manifests have no field that Kubernetes does not know, nor one of another type, and containers mount volumes that are there.
func TestKubernetes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "kubernetes", "*.yaml"))
	if err != nil || len(files) != 2 {
		t.Fatalf("manifests: %v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, part := range bytes.Split(text, []byte("\n---\n")) {
			var what meta.TypeMeta
			if err := yaml.Unmarshal(part, &what); err != nil {
				t.Fatalf("%s, part %d: %v", file, i, err)
			}
			make := kinds[what.APIVersion+" "+what.Kind]
			if make == nil {
				t.Errorf("%s, part %d: %+v is none of the kinds known here", file, i, what)
				continue
			}
			v := make()
			if err := yaml.UnmarshalStrict(part, v); err != nil {
				t.Errorf("%s, part %d: %v", file, i, err)
			}
			switch v := v.(type) {
			case *apps.StatefulSet:
				mounted(t, file, v.Spec.Template, v.Spec.Selector, v.Spec.VolumeClaimTemplates...)
			case *apps.DaemonSet:
				mounted(t, file, v.Spec.Template, v.Spec.Selector)
			}
		}
	}
}

func mounted(t *testing.T, file string, p core.PodTemplateSpec, s *meta.LabelSelector, claims ...core.PersistentVolumeClaim) {
	var names []string
	for _, v := range p.Spec.Volumes {
		names = append(names, v.Name)
	}
	for _, c := range claims {
		names = append(names, c.Name)
	}
	for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
		for _, m := range c.VolumeMounts {
			if !slices.Contains(names, m.Name) {
				t.Errorf("%s: %s mounts %s, which is no volume", file, c.Name, m.Name)
			}
		}
	}
	for k, v := range s.MatchLabels {
		if p.Labels[k] != v {
			t.Errorf("%s: the selector wants %s=%s", file, k, v)
		}
	}
}
