package natsdriver

// abandon judges a part that the client has not finished when the context ended.
func (p *part) abandon(err error) (broken error) {
	p.mu.Lock()
	p.dropped = true
	published := p.published
	p.mu.Unlock()
	calls := p.calls // run still has them
	p.calls = make([]call, len(calls))
	for i := range calls {
		p.calls[i] = call{at: calls[i].at, servers: -1, err: doubtful(calls[i].target, err)}
		if i >= published {
			p.calls[i].err = notSent(calls[i].target, err)
		}
	}
	return err
}

// fail gives all calls the error that kept them from being sent.
func (p *part) fail(err error) {
	for i := range p.calls {
		p.calls[i].err = notSent(p.calls[i].target, err)
	}
}

// judge sets the outcome of each call of a part that is finished.
func (p *part) judge() (broken error) {
	if broken = p.rejected; broken == nil {
		broken = p.lost
	}
	for i := range p.calls {
		c := &p.calls[i]
		switch {
		case c.err != nil:
		case i >= p.published:
			c.err = notSent(c.target, broken)
		case p.lost != nil:
			c.err = doubtful(c.target, p.lost)
		case c.nobody:
			c.servers = 0
		}
	}
	if p.lost == nil {
		p.judgeRefusal()
	}
	return broken
}

// judgeRefusal finds whose messages the server has refused. It tells the client of
// each refusal, but the client keeps only the last.
func (p *part) judgeRefusal() {
	calls := p.calls[:p.published]
	if len(calls) == 0 {
		return
	}
	first, refused, alone := calls[0].target.subject, false, true
	for i := range calls {
		c := &calls[i]
		subject := c.target.subject
		alone = alone && subject == first
		if c.err == nil && p.refusal != nil && refuses(p.refusal, subject) {
			c.err, c.servers, refused = notSent(c.target, p.refusal), -1, true
			p.sender.noteRefused(subject)
		}
	}
	switch {
	case refused:
		for i := range calls {
			if c := &calls[i]; c.err == nil {
				c.err, c.servers = beside(c.target, p.refusal), -1
			}
		}
	case alone:
		p.sender.noteTaken(first)
	}
}
