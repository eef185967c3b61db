package kafka

import (
	"errors"
	"fmt"

	"github.com/IBM/sarama"
)

// advice is what to do about errors of Kafka whose own words do not say it.
func advice(err error) string {
	for _, a := range []struct {
		cause error
		words string
	}{
		{sarama.ErrSASLAuthenticationFailed, "check the user, the password and the mechanism of the login"},
		{sarama.ErrUnsupportedSASLMechanism, "the brokers do not offer this mechanism of login"},
		{sarama.ErrOutOfBrokers, "none of the brokers answers: check their addresses and that they run"},
		{sarama.ErrUnknownTopicOrPartition, "create the topic, or correct its name"},
		{sarama.ErrInvalidTopic, "a topic's name has letters, digits, dots, hyphens and underscores, at most 249"},
		{sarama.ErrMessageSizeTooLarge, "raise max.message.bytes of the topic, or send less"},
		{sarama.ErrTopicAuthorizationFailed, "allow this user to use the topic"},
		{sarama.ErrGroupAuthorizationFailed, "allow this user to use the group"},
		{sarama.ErrInconsistentGroupProtocol, "all members of a group must have the same strategy"},
		{sarama.ErrFencedInstancedId, "another daemon has the same static member id"},
		{sarama.ErrInvalidSessionTimeout, "the session timeout must lie between the brokers' group.min.session.timeout.ms and group.max.session.timeout.ms"},
	} {
		if errors.Is(err, a.cause) {
			return a.words
		}
	}
	return ""
}

// plain wraps an error of sarama with what was being done and what helps.
func plain(err error, format string, args ...any) error {
	doing := fmt.Sprintf(format, args...)
	if words := advice(err); words != "" {
		return fmt.Errorf("%s: %w (%s)", doing, err, words)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// hopeless tells whether an error lies in the configuration, so that trying again
// cannot help.
func hopeless(err error) bool {
	var configuration sarama.ConfigurationError
	return errors.As(err, &configuration) || errors.Is(err, sarama.ErrInvalidTopic) ||
		errors.Is(err, sarama.ErrInvalidGroupId) || errors.Is(err, sarama.ErrInvalidSessionTimeout)
}
