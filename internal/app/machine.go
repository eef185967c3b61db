package app

import (
	"fmt"
	"io"
	"path/filepath"

	"simplest_script/core/conf"
	"simplest_script/core/logger"
	"simplest_script/core/plug"
	"simplest_script/core/schema"
	"simplest_script/core/svc"
	"simplest_script/core/tool/clock"
)

// Machine is what every command starts from: the configuration, the handlers of
// the modules, and services that open when they are asked for.
type Machine struct {
	Config   *conf.Config
	Report   *conf.Report
	Handlers plug.Handlers
	Modules  []plug.Module
	Services *svc.Services

	environ []string
	logs    *logger.Set // nil before Log
	stops   stopStack
}

// Load registers the handlers of the modules and reads the configuration. It does
// no I/O but reading files. The Machine can be shown whatever the Report says, and
// used where Report.Err is nil. An error is a mistake in the modules themselves.
//
// home is that of --home and may be empty; environ is as os.Environ returns it.
func Load(home string, environ []string, modules []plug.Module) (*Machine, error) {
	return load(home, environ, modules, false)
}

func load(home string, environ []string, modules []plug.Module, noEntries bool) (*Machine, error) {
	m := &Machine{Config: &conf.Config{}, Handlers: plug.NewHandlers(), Modules: modules, environ: environ}
	m.Services = svc.New(m.Config, logger.NewLogger(""))
	var sections []conf.Section
	for _, module := range modules {
		if module.Handlers != nil {
			module.Handlers(m.Handlers, m.Services)
		}
		if module.Section.Name != "" {
			sections = append(sections, module.Section)
		}
	}
	if err := m.Handlers.Err(); err != nil {
		return nil, fmt.Errorf("registering handlers: %w", err)
	}
	config, report := conf.Load(conf.Options{
		Home: home, Environ: environ, Sections: sections, NoEntries: noEntries,
		Known: conf.Known{
			Cron:     m.Handlers.Cron.Names(),
			Consumer: m.Handlers.Consumer.Names(),
			Delay:    m.Handlers.Delay.Names(),
		},
	})
	*m.Config, m.Report = *config, report
	m.stops.onStop("services", m.Services.Close)
	return m, nil
}

// Log makes the configured log the one that NewLogger speaks to. stdout is given
// each line as well where Logger.Stdout says so; c tells the time of day.
func (m *Machine) Log(stdout io.Writer, c clock.Clock) error {
	set := m.Config.Logger
	options := logger.Options{
		Path: m.logFolder(), Level: set.Level, MaxSize: int64(set.MaxSize) << 20, MaxBackups: set.MaxBackups, MaxAgeDays: set.MaxAge,
		Compress: set.Compress, Location: m.Config.Location, Now: c.Wall,
	}
	if set.Stdout {
		options.Stdout = stdout
	}
	logs, err := logger.New(options)
	if err != nil {
		return fmt.Errorf("setting up the log: %w", err)
	}
	m.logs = logs
	logger.SetDefault(logs)
	// The log is made after the services and closed after them too: closing them
	// may have something to say.
	m.stops = append(stopStack{{"log", logs.Close}}, m.stops...)
	return nil
}

// logFolder is where log lines, and the outputs of cron tasks, go.
func (m *Machine) logFolder() string {
	if path := m.Config.Logger.Path; filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(m.Config.Home, m.Config.Logger.Path)
}

// Close closes what was opened, the log last.
func (m *Machine) Close() error { return m.stops.unwind() }

// Schemas returns the migrations of the modules.
func (m *Machine) Schemas() []schema.Module {
	var out []schema.Module
	for _, module := range m.Modules {
		if t := module.Tables; t.MySQL != nil || t.SQLite != nil {
			out = append(out, schema.Module{Name: module.Name, MySQL: t.MySQL, SQLite: t.SQLite})
		}
	}
	return out
}
