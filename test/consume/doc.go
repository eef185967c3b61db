// Package consume holds whole daemons to what is promised about messages, on the
// real Kafka and Redis: nothing is lost and order is kept while daemons are killed,
// halted and stopped, and while Kafka and Redis are away.
package consume
