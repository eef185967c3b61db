// Package consts holds constants that several handlers share: above all the names
// of the connections in etc/<env>.yaml.
package consts

// DBConsole is the MySQL connection with the daemon's own tables; it is the
// "const" of generateModel.json.
const DBConsole = "DBConsole"
