package report

import "time"

// Options say what to look at.
type Options struct {
	Namespaces  []string      // with their leading slash
	MessageSize int           // of the largest message that is to pass, in bytes; 0: as the backend's check says
	Deep        bool          // also what leaves a warning in the logs of old servers
	Timeout     time.Duration // of each step
	Watch       time.Duration // how long passing messages are watched; 0 does not
	Heartbeat   time.Duration // how long heartbeats are waited for, where there are any; 0 does not
	Expect      int           // how many servers run; 0: not known
}
