package arch_test

// layers is the house, from the ground up. A room belongs to one layer; what a
// layer may import is listed beside it, and its own name is listed only where its
// rooms may import each other. A room is written as the go command writes it:
// with /... it includes the packages below.
var layers = []layer{
	// The machine.
	{name: "contracts", rooms: "core",
		imports: ""},
	{name: "ground", rooms: "core/conf/... core/logger/... core/tool/...",
		imports: "contracts ground"},
	{name: "carriers", rooms: "core/kafka/... core/redislist/...",
		imports: "contracts ground"},
	{name: "connections", rooms: "core/svc/...",
		imports: "contracts ground carriers"},
	{name: "standing", rooms: "core/lease/... core/schema/... core/middleware/... core/warning/...",
		imports: "contracts ground carriers connections"},
	{name: "engines", rooms: "core/delayqueue/... core/consumer/... core/relay/... core/databus/...",
		imports: "contracts ground carriers connections standing"},
	{name: "scheduler", rooms: "crontab/...",
		imports: "contracts ground carriers connections standing"},
	{name: "admin", rooms: "core/admin/...", // it sees the engines through small interfaces of its own
		imports: "contracts ground carriers connections standing"},
	{name: "plug", rooms: "core/plug/...",
		imports: "contracts ground carriers connections standing admin"},
	{name: "demo", rooms: "internal/demo/...", // a module of the machine's own
		imports: "contracts ground carriers connections standing engines scheduler plug"},
	{name: "wiring", rooms: "internal/app/...",
		imports: "contracts ground carriers connections standing engines scheduler admin plug wiring"},
	{name: "commands", rooms: "internal/cli/...",
		imports: "contracts ground carriers connections standing engines scheduler admin plug demo wiring commands"},

	// The business, and the board on which it is plugged into the machine.
	{name: "business", rooms: "exec/... expand/... internal/delay_queue/... internal/handler/... internal/script/... " +
		"internal/services/... internal/model/... internal/consts/... internal/types/...",
		imports: "contracts ground carriers connections standing engines plug business"},
	{name: "board", rooms: ".",
		imports: "contracts plug commands business"},

	// What serves tests alone, with every package whose name ends in test. Test code
	// may import it, and all of the machine.
	{name: "tests", rooms: "test/...",
		imports: "contracts ground carriers connections standing engines scheduler admin plug demo wiring commands business tests"},
}

// libraries are the outside clients, and the rooms that know them. Test code may
// speak to a server with any client.
var libraries = []library{
	{path: "github.com/IBM/sarama", rooms: "core/kafka/..."},
	{path: "github.com/redis/go-redis", rooms: "core/redislist/... core/svc/..."},
	{path: "gorm.io", rooms: "core/svc/...", layers: "business"},
	{path: "github.com/go-sql-driver/mysql", rooms: "core/tool/sqldb core/svc/... core/conf/..."}, // conf only reads DSNs
	{path: "github.com/glebarez/go-sqlite", rooms: "core/tool/sqldb core/svc/..."},
	{path: "github.com/glebarez/sqlite", rooms: "core/svc/..."},
	{path: "github.com/pressly/goose", rooms: "core/schema/..."},
	{path: "github.com/alicebob/miniredis", rooms: "core/svc/embedded/..."},
	{path: "github.com/twmb/franz-go", rooms: "core/svc/embedded/..."},
	{path: "github.com/spf13/cobra", rooms: "internal/cli/... core/plug/...", layers: "business"},
	{path: "github.com/robfig/cron", rooms: "crontab/... core/conf/..."},
}
