package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReport(t *testing.T) {
	tests := []struct{ name, events, want string }{
		{"what passes is not shown", `
{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: a remark\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- PASS: TestA (0.00s)\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.01s\n"}
{"Action":"pass","Package":"p"}`,
			"ok  \tp\t0.01s\n" +
				"1 passed, 0 failed, 0 skipped\n"},

		{"what fails is shown whole", `
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: wrong\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- FAIL: TestA (0.00s)\n"}
{"Action":"fail","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.01s\n"}
{"Action":"fail","Package":"p"}`,
			"    a_test.go:3: wrong\n--- FAIL: TestA (0.00s)\n" +
				"FAIL\tp\t0.01s\n" +
				"0 passed, 1 failed, 0 skipped\n"},

		{"reasons are listed once", `
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:3: TEST_MYSQL_DSN is not set\n"}
{"Action":"skip","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:5: TEST_MYSQL_DSN is not set\n"}
{"Action":"skip","Package":"p","Test":"TestB"}
{"Action":"skip","Package":"without/tests"}`,
			"skipped 2: TEST_MYSQL_DSN is not set\n" +
				"0 passed, 0 failed, 2 skipped\n"},

		{"what does not build has failed", `
{"ImportPath":"p","Action":"build-output","Output":"a.go:1:1: no such thing\n"}
{"ImportPath":"p","Action":"build-fail"}
{"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
{"Action":"fail","Package":"p","FailedBuild":"p"}`,
			"a.go:1:1: no such thing\n" +
				"FAIL\tp [build failed]\n" +
				"0 passed, 1 failed, 0 skipped\n"},

		{"a process that ended shows the test in which it did", `
{"Action":"output","Package":"p","Test":"TestA","Output":"panic: oh\n"}
{"Action":"output","Package":"p","Output":"FAIL\tp\t0.01s\n"}
{"Action":"fail","Package":"p"}`,
			"FAIL\tp\t0.01s\n" +
				"panic: oh\n" +
				"0 passed, 1 failed, 0 skipped\n"},

		{"other lines pass through", "\nno required module provides package x\n",
			"no required module provides package x\n" +
				"0 passed, 0 failed, 0 skipped\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			r := newReport(&out)
			require.NoError(t, r.read(strings.NewReader(strings.TrimPrefix(tt.events, "\n"))))
			r.close()
			require.Equal(t, tt.want, out.String())
		})
	}
}
