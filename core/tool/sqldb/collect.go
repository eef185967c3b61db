package sqldb

import "database/sql"

// Collect reads all rows with scan and closes them. It takes what QueryContext
// returns, so that a query and its reading are one expression.
func Collect[T any](scan func(*sql.Rows) (T, error)) func(*sql.Rows, error) ([]T, error) {
	return func(rows *sql.Rows, err error) ([]T, error) {
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		var out []T
		for rows.Next() {
			v, err := scan(rows)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, rows.Err()
	}
}

// Column reads rows of one column.
func Column[T any](rows *sql.Rows, err error) ([]T, error) {
	return Collect(func(rows *sql.Rows) (v T, err error) {
		err = rows.Scan(&v)
		return v, err
	})(rows, err)
}
