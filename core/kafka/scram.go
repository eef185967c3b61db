package kafka

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// scram is one login by RFC 5802, without channel binding, for sarama. The server
// never sees the password, and proves that it knows it too:
//
//	client: n=user, r=nonce
//	server: r=nonce + its own, s=salt, i=iterations
//	client: the nonce, p=ClientKey xor HMAC(H(ClientKey), all of this)
//	server: v=HMAC(ServerKey, all of this)
type scram struct {
	hash           func() hash.Hash
	password       string
	nonce          string
	first          string // what the client said first
	signature      []byte // what the server must answer
	said, verified bool
}

// What a server may ask for: fewer iterations are too weak by the RFC, more would
// only burn time.
const fewestIterations, mostIterations = 4096, 1_000_000

func newScram(m Mechanism) *scram {
	if m == ScramSHA512 {
		return &scram{hash: sha512.New}
	}
	return &scram{hash: sha256.New}
}

// Begin takes the login, for sarama.
func (s *scram) Begin(user, password, _ string) error {
	s.password, s.nonce = password, rand.Text()
	s.first = "n=" + strings.NewReplacer("=", "=3D", ",", "=2C").Replace(user) + ",r=" + s.nonce
	return nil
}

// Done tells whether the server has proved itself, for sarama.
func (s *scram) Done() bool { return s.verified }

// Step answers what the server said, for sarama.
func (s *scram) Step(challenge string) (answer string, err error) {
	switch {
	case !s.said:
		s.said = true
		return "n,," + s.first, nil
	case s.signature == nil:
		answer, err = s.prove(challenge)
	default:
		err = s.verify(challenge)
	}
	if err != nil {
		return "", fmt.Errorf("SCRAM login: %w", err)
	}
	return answer, nil
}

// prove answers the salt with the proof.
func (s *scram) prove(challenge string) (string, error) {
	said := attributes(challenge)
	if !strings.HasPrefix(said["r"], s.nonce) || said["r"] == s.nonce {
		return "", errors.New("the server does not answer to our nonce")
	}
	salt, err := base64.StdEncoding.DecodeString(said["s"])
	if err != nil {
		return "", fmt.Errorf("the server's salt: %w", err)
	}
	iterations, err := strconv.Atoi(said["i"])
	if err != nil || iterations < fewestIterations || iterations > mostIterations {
		return "", fmt.Errorf("the server asks for %q iterations, not for %d to %d", said["i"], fewestIterations, mostIterations)
	}
	salted, err := pbkdf2.Key(s.hash, s.password, salt, iterations, s.hash().Size())
	if err != nil {
		return "", err
	}
	const unbound = "c=biws" // the base64 of "n,,"
	last := unbound + ",r=" + said["r"]
	all := s.first + "," + challenge + "," + last
	clientKey := s.mac(salted, "Client Key")
	stored := s.hash()
	stored.Write(clientKey)
	proof := s.mac(stored.Sum(nil), all)
	subtle.XORBytes(proof, proof, clientKey)
	s.signature = s.mac(s.mac(salted, "Server Key"), all)
	return last + ",p=" + base64.StdEncoding.EncodeToString(proof), nil
}

// verify makes sure that the server knows the password.
func (s *scram) verify(challenge string) error {
	said := attributes(challenge)
	if reason, refused := said["e"]; refused {
		return fmt.Errorf("the server refuses: %s", reason)
	}
	signature, err := base64.StdEncoding.DecodeString(said["v"])
	if err != nil || !hmac.Equal(signature, s.signature) {
		return errors.New("the server does not prove that it knows the password")
	}
	s.verified = true
	return nil
}

func (s *scram) mac(key []byte, text string) []byte {
	h := hmac.New(s.hash, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// attributes splits a=…,b=… by name.
func attributes(text string) map[string]string {
	m := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		if name, value, ok := strings.Cut(part, "="); ok {
			m[name] = value
		}
	}
	return m
}
