// Package model holds the structs of database tables, one file per table.
package model
