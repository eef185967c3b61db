package cli

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

func TestColoursOnlyOnATerminalThatWantsThem(t *testing.T) {
	for name, c := range map[string]struct {
		program program
		want    painted
	}{
		"a terminal":      {program{IO: IO{OutTerminal: true, Environ: []string{"TERM=xterm"}}}, "\x1b[31mfailed\x1b[0m"},
		"a pipe":          {program{IO: IO{ErrTerminal: true}}, "failed"},
		"NO_COLOR":        {program{IO: IO{OutTerminal: true, Environ: []string{"NO_COLOR=1"}}}, "failed"},
		"an empty one":    {program{IO: IO{OutTerminal: true, Environ: []string{"NO_COLOR="}}}, "\x1b[31mfailed\x1b[0m"},
		"--no-color":      {program{IO: IO{OutTerminal: true}, noColor: true}, "failed"},
		"a dumb terminal": {program{IO: IO{OutTerminal: true, Environ: []string{"TERM=xterm", "TERM=dumb"}}}, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, c.program.paintStatus(core.DelayFailed))
		})
	}
}

func TestGridAlignsWideCharactersAndColours(t *testing.T) {
	p := &program{IO: IO{OutTerminal: true}}
	g := p.newGrid(">ID", "NAME", "STATUS")
	g.row(7, "订单", p.paint(green, "done"))
	g.row(1234, "order", p.paint(red, "failed"))
	var out bytes.Buffer
	g.print(&out, "  ")
	require.Equal(t, "    \x1b[1mID\x1b[0m  \x1b[1mNAME\x1b[0m   \x1b[1mSTATUS\x1b[0m\n"+
		"     7  订单   \x1b[32mdone\x1b[0m\n"+
		"  1234  order  \x1b[31mfailed\x1b[0m\n", out.String())
}

func TestVisibleLeavesNothingThatCommandsATerminal(t *testing.T) {
	require.Equal(t, "订单 👨‍👩‍👧 ok", visible("订单 👨‍👩‍👧 ok"))
	require.Equal(t, `\x1b[2Jgone\r\n\a\u202e`, visible("\x1b[2Jgone\r\n\a\u202e"))
}

func TestClipCountsColumns(t *testing.T) {
	require.Equal(t, "订单", clip("订单", 4))
	require.Equal(t, "订单…", clip("订单号码", 5))
	require.Equal(t, "a\\nb", clip("a\nb", 10))
}

func TestRanges(t *testing.T) {
	require.Equal(t, "1-3,5,7-8", ranges([]uint64{1, 2, 3, 5, 7, 8}))
	require.Empty(t, ranges(nil))
}
