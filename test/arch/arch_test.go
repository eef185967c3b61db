// Package arch_test reads the import graph and fails on an arrow that the house
// does not have. The house is the table in table_test.go.
package arch_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each system has files of its own, and with them imports.
func TestImportsFollowTheHouse(t *testing.T) {
	for _, system := range []string{"linux", "windows", "darwin"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			packages := list(t, system)
			require.NotEmpty(t, packages)
			for _, p := range packages {
				for _, wrong := range check(p) {
					t.Error(wrong)
				}
			}
		})
	}
}

// list asks the go command for all packages of the module; that they build (-e)
// is for the compiler to say.
func list(t *testing.T, system string) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir, cmd.Stderr = "../..", os.Stderr
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	out, err := cmd.Output()
	require.NoError(t, err, "go list")

	var packages []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
}

// Arrows go down: a layer names only layers that stand above it in the list, or itself.
func TestTableGoesFromTheGroundUp(t *testing.T) {
	var below string
	for _, l := range layers {
		below += " " + l.name
		for name := range strings.FieldsSeq(l.imports) {
			require.True(t, listed(below, name), "%s may import %s, which is no layer below it", l.name, name)
		}
	}
}

func TestWrongArrowsAreFound(t *testing.T) {
	imports := func(path string) pkg { return pkg{Imports: []string{path}} }
	tests := []struct {
		from string
		pkg  pkg
		want string // empty: the arrow is right
	}{
		// Down the layers.
		{"core/lease", imports("simplest_script/core/tool/sqldb"), ""},
		{"core/delayqueue", imports("simplest_script/core/lease"), ""},
		{"core/delayqueue/store", imports("simplest_script/core/delayqueue"), ""},
		{"internal/app", imports("simplest_script/crontab"), ""},
		{"exec", imports("simplest_script/core/delayqueue"), ""},
		{"exec", imports("simplest_script/expand/feishu"), ""},
		{".", imports("simplest_script/internal/cli"), ""},
		{"core/coretest", imports("simplest_script/core/svc/embedded"), ""},

		// Up, or sideways.
		{"core", imports("simplest_script/core/conf"), "contracts may import []"},
		{"core/conf", imports("simplest_script/core/svc"), "ground may import [contracts ground], not connections"},
		{"core/kafka", imports("simplest_script/core/redislist"), "not carriers"},
		{"core/delayqueue", imports("simplest_script/core/consumer"), "not engines"},
		{"core/delayqueue", imports("simplest_script/crontab"), "not scheduler"},
		{"core/consumer", imports("simplest_script/core/admin"), "not admin"},
		{"core/admin", imports("simplest_script/core/delayqueue"), "not engines"},
		{"core/plug", imports("simplest_script/internal/app"), "not wiring"},
		{"internal/app", imports("simplest_script/internal/cli"), "not commands"},
		{".", imports("simplest_script/internal/app"), "not wiring"},
		{"exec", imports("simplest_script/crontab"), "not scheduler"},

		// The machine and the business.
		{"internal/app", imports("simplest_script/exec"), "not business"},
		{"internal/cli", imports("simplest_script/internal/services/campaign"), "not business"},
		{"crontab", imports("simplest_script/internal/handler"), "not business"},
		{"core/lease", pkg{XTestImports: []string{"simplest_script/internal/model"}}, "the machine knows no business"},
		{"exec", pkg{TestImports: []string{"simplest_script/internal/model"}}, ""},

		// Test helpers.
		{"core/lease", imports("simplest_script/test/dbtest"), "not tests"},
		{"core/lease", pkg{TestImports: []string{"simplest_script/test/dbtest"}}, ""},
		{"core/delayqueue", imports("simplest_script/core/delayqueue/storetest"), "not tests"},
		{"core/delayqueue/storetest", imports("simplest_script/test/dbtest"), ""},

		// Outside clients.
		{"core", imports("go.uber.org/zap"), "the standard library only"},
		{"core", imports("encoding/json"), ""},
		{"core/kafka", imports("github.com/IBM/sarama"), ""},
		{"core/consumer", imports("github.com/IBM/sarama"), "only [core/kafka/...] may"},
		{"core/consumer", pkg{TestImports: []string{"github.com/IBM/sarama"}}, ""},
		{"core/databus", imports("github.com/redis/go-redis/v9"), "only [core/redislist/... core/svc/...] may"},
		{"core/svc", imports("github.com/alicebob/miniredis/v2"), "only [core/svc/embedded/...] may"},
		{"core/schema", imports("gorm.io/gorm"), "only [core/svc/... business] may"},
		{"internal/services/campaign", imports("gorm.io/gorm"), ""},

		// Rooms that nobody has placed.
		{"core/novelty", imports("fmt"), "core/novelty is in no layer"},
		{"internal/app", imports("simplest_script/core/novelty"), "core/novelty is in no layer"},
	}
	for _, tt := range tests {
		tt.pkg.ImportPath = strings.TrimSuffix("simplest_script/"+tt.from, "/.")
		wrong := strings.Join(check(tt.pkg), "\n")
		if tt.want == "" {
			require.Empty(t, wrong)
		} else {
			require.Contains(t, wrong, tt.want, "%s → %v", tt.from, tt.pkg)
		}
	}
}
