package jetstreamsource

import "time"

// Option changes what New makes.
type Option interface{ apply(*config) }

type config struct {
	dead   string // "": the subjects' name and ".dead"
	bucket string // "": the stream's name and "-relays"
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// DeadSubject names the subject of the dead letters, overriding the default of the
// subjects' name with ".dead".
func DeadSubject(subject string) Option { return optionFunc(func(c *config) { c.dead = subject }) }

// Bucket names the bucket of the leases, overriding the default of the stream's name
// with "-relays". All relays of a stream must have the same.
func Bucket(name string) Option { return optionFunc(func(c *config) { c.bucket = name }) }

const (
	leaseTime   = 6 * time.Second // how long the server keeps a lease
	leaseMargin = time.Second     // how much earlier its holder takes it for lost
	leaseTick   = time.Second     // how often it is renewed
	callMost    = 2 * time.Second // for one call of the loop that renews
)

// What is read ahead of Fetch.
const (
	aheadMessages = 512
	aheadBytes    = 8 << 20
	pullBytes     = 80 << 20 // more than any message: NATS has at most 64 MiB
)
