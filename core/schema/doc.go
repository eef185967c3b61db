// Package schema brings the tables of the machine, and those of the modules, to
// the state that this program needs, on an empty database as on an original
// installation with rows in it.
//
// The folders mysql and sqlite hold one file per step, as goose writes them; the
// same step has the same name in both. What a database has seen already is kept
// in script_schema_version, for the module m in script_schema_version_m.
//
// MySQL cannot roll a change of a table back, and can die between the change and
// the note of it. Therefore a file for MySQL is one statement, and a statement
// whose table, column or index turns out to be there counts as done. On SQLite a
// file is one transaction together with its note.
//
// Steps only ever add: an older program must run on a newer schema during a
// rolling release, so versions that this program does not know are accepted.
package schema
