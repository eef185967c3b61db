package redislist

import (
	_ "embed"

	"github.com/redis/go-redis/v9"
)

//go:embed script/fetch.lua
var fetchText string

//go:embed script/acknowledge.lua
var acknowledgeText string

//go:embed script/renew.lua
var renewText string

//go:embed script/message.lua
var messageText string

//go:embed script/reap.lua
var reapText string

//go:embed script/return.lua
var returnText string

//go:embed script/note.lua
var noteText string

//go:embed script/dead.lua
var deadText string

// scripts are sent by their digest, and as a text where the server does not know
// them yet.
type scripts struct {
	fetch, acknowledge, note, renew, reap, giveBack, dead *redis.Script
}

func newScripts() scripts {
	return scripts{
		fetch:       redis.NewScript(fetchText),
		acknowledge: redis.NewScript(acknowledgeText),
		note:        redis.NewScript(messageText + noteText),
		renew:       redis.NewScript(renewText),
		reap:        redis.NewScript(messageText + reapText),
		giveBack:    redis.NewScript(messageText + returnText),
		dead:        redis.NewScript(messageText + deadText),
	}
}
