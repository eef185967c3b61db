// Package conf reads what the daemon is told from outside: environment variables,
// etc/<env>.yaml, and the entry files queue_<partition>.json and
// crontab_<partition>.json. Load reads all of it strictly and reports every
// mistake at once with its place; the daemon starts only where the report has no
// error. Secrets are held in a type that does not print itself.
package conf
