package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/delayqueue"
)

// newHome is a machine with a home of its own, and a line of the job 7 in its log.
func newHome(t *testing.T, line string) *Machine {
	m := &Machine{Config: &conf.Config{Home: t.TempDir()}}
	require.NoError(t, os.MkdirAll(m.crashFolder(), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(m.logFolder(), "2026-11-21.log"), []byte(line+"\n"), 0o600))
	return m
}

// Both have run the job 7, the other one in an attempt before.
func TestDeathsAreToldByTheHomeOfTheirDaemon(t *testing.T) {
	const died, before = `{"msg":"about to die","task_id":"7"}`, `{"msg":"before","task_id":"7"}`
	home, other := newHome(t, died), newHome(t, before)
	writeCrash(t, home.crashFolder(), 1795305600, 42, "fatal error", "d1")
	writeCrash(t, other.crashFolder(), 1795305600, 42, "another end", "d2")
	logged, silent := delayqueue.Held{ID: 7, Token: 1}, delayqueue.Held{ID: 8, Token: 1}
	texts := func(m *Machine, old bool) map[delayqueue.Held]string {
		texts, err := m.remains([]delayqueue.Death{{Held: logged, Owner: "d1", PID: 42, Old: old}, {Held: silent, Owner: "d1", PID: 42, Old: old}})
		require.NoError(t, err)
		return texts
	}
	for _, old := range []bool{false, true} {
		require.Equal(t, map[delayqueue.Held]string{
			logged: died + "\nthe process ended with: fatal error", silent: "the process ended with: fatal error",
		}, texts(home, old))
	}
	require.Empty(t, texts(other, false), "it is not asked again")
	require.Equal(t, map[delayqueue.Held]string{logged: before, silent: ""}, texts(other, true), "nobody knows more by now")
}

// One job may have died here and in another home: the lines are those of this death.
func TestLinesOfAJobAreToldOfTheDeathThatHappenedHere(t *testing.T) {
	home := newHome(t, `{"msg":"about to die","task_id":"7"}`)
	writeCrash(t, home.crashFolder(), 1795305600, 42, "fatal error \xff", "d1")
	here, there := delayqueue.Held{ID: 7, Token: 1}, delayqueue.Held{ID: 7, Token: 2}
	texts, err := home.remains([]delayqueue.Death{{Held: there, Owner: "d2", PID: 43}, {Held: here, Owner: "d1", PID: 42}})
	require.NoError(t, err)
	require.Len(t, texts, 1)
	require.True(t, strings.HasSuffix(texts[here], "fatal error \uFFFD"), "the column takes no other text")
}

func TestDaemonsThatThisProcessIsAreNoted(t *testing.T) {
	m, other := newHome(t, ""), newHome(t, "")
	forget, err := m.catchCrash(t.Context(), zap.NewNop())
	require.NoError(t, err)
	for _, id := range []string{"one", "two"} {
		err := m.noteDaemon(id)
		require.NoError(t, err)
	}
	held := delayqueue.Held{ID: 8, Token: 1}
	known := func(m *Machine, daemon string) bool {
		texts, err := m.remains([]delayqueue.Death{{Held: held, Owner: daemon, PID: os.Getpid()}})
		require.NoError(t, err)
		text, known := texts[held]
		require.Empty(t, text, "it lives, or ended in order")
		return known
	}
	err = other.noteDaemon("three")
	require.NoError(t, err, "its file for a crash could not be made")
	require.True(t, known(m, "one"))
	require.True(t, known(m, "two"))
	require.False(t, known(other, "three"))
	require.False(t, known(m, "three"))

	// Handlers may have been cut off when it ended: their deaths are found later.
	require.NoError(t, forget())
	ended := time.Now()
	require.Len(t, crashes(t, m.crashFolder()), 1)
	forgetCrashes(m.crashFolder(), ended.Add(23*time.Hour))
	require.True(t, known(m, "one"))
	forgetCrashes(m.crashFolder(), ended.Add(25*time.Hour))
	require.Empty(t, crashes(t, m.crashFolder()))
}

func TestDaemonsOfALivingProcessStayNoted(t *testing.T) {
	folder, began := t.TempDir(), time.Unix(1795305600, 0)
	living, err := newCrash(t.Context(), zap.NewNop(), folder, began, 7)
	require.NoError(t, err)
	writeCrash(t, folder, began.Unix(), 7, "", "one")
	require.NoError(t, os.Chtimes(daemonsOf(living.Name()), began, began))
	forgetCrashes(folder, began.Add(2*keepCrashes))
	require.Empty(t, endOf(t, folder, "one", 7))
	require.NoError(t, living.Close())
}

// The wiring: the id is that of the lease.
func TestDaemonNotesItsLease(t *testing.T) {
	d := startDaemon(t, map[string]core.HandlerFunc{})
	db, err := d.services.Own(t.Context())
	require.NoError(t, err)
	var id string
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT id FROM script_daemon WHERE dead = 0").Scan(&id))
	folder := filepath.Join(d.home, "logs", "crash")
	require.Eventually(t, func() bool {
		files, err := listCrashes(folder)
		return err == nil && len(files) == 1 && len(files[0].daemons) == 1 && files[0].daemons[0] == id
	}, patience, 10*time.Millisecond)
	d.end()
	names := crashes(t, folder)
	require.Len(t, names, 1, "it ended in order")
	require.Equal(t, daemonsSuffix, filepath.Ext(names[0]))
}
