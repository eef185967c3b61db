package kafka

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The exchange of RFC 7677, section 3, with its client's nonce.
func exchange() *scram {
	s := newScram(ScramSHA256)
	s.password, s.nonce = "pencil", "rOprNGfwEbeRWgbNEkqO"
	s.first = "n=user,r=" + s.nonce
	return s
}

const salted = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"

func TestScramSpeaksAsTheRFC(t *testing.T) {
	s := exchange()
	answer, err := s.Step("")
	require.NoError(t, err)
	require.Equal(t, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO", answer)
	answer, err = s.Step(salted)
	require.NoError(t, err)
	require.Equal(t, "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", answer)
	require.False(t, s.Done(), "the server has proved nothing yet")
	_, err = s.Step("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
	require.NoError(t, err)
	require.True(t, s.Done())
}

func TestScramTrustsNoServerThatDoesNotKnowThePassword(t *testing.T) {
	for name, c := range map[string]struct{ first, last, wrong string }{
		"another nonce":       {first: "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", wrong: "nonce"},
		"our nonce alone":     {first: "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", wrong: "nonce"},
		"no salt":             {first: "r=rOprNGfwEbeRWgbNEkqOx,s=?,i=4096", wrong: "salt"},
		"too few iterations":  {first: "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1", wrong: "iterations"},
		"too many iterations": {first: "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100000000", wrong: "iterations"},
		"nothing":             {wrong: "nonce"},
		"a wrong proof":       {first: salted, last: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95X4=", wrong: "prove"},
		"no proof":            {first: salted, last: "", wrong: "prove"},
		"a refusal":           {first: salted, last: "e=invalid-proof", wrong: "invalid-proof"},
	} {
		t.Run(name, func(t *testing.T) {
			s := exchange()
			_, err := s.Step("")
			require.NoError(t, err)
			_, err = s.Step(c.first)
			if c.first == salted {
				require.NoError(t, err)
				_, err = s.Step(c.last)
			}
			require.ErrorContains(t, err, c.wrong)
			require.False(t, s.Done())
		})
	}
}

func TestScramWritesNamesWithCommas(t *testing.T) {
	s := newScram(ScramSHA512)
	require.NoError(t, s.Begin("a,b=c", "secret", ""))
	first, err := s.Step("")
	require.NoError(t, err)
	require.Regexp(t, "^n,,n=a=2Cb=3Dc,r=[A-Z0-9]{26}$", first)
}
