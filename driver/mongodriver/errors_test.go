package mongodriver

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/sioxide/emitter"
)

// What became of a document, as its error tells.
const (
	sent    = "sent"
	notSent = "not sent"
	doubt   = "in doubt"
)

func fateOf(err error) string {
	switch {
	case err == nil:
		return sent
	case emitter.SafeToRetry(err):
		return notSent
	}
	return doubt
}

func bulk(errs ...mongo.WriteError) error {
	var e mongo.BulkWriteException
	for _, w := range errs {
		e.WriteErrors = append(e.WriteErrors, mongo.BulkWriteError{WriteError: w})
	}
	return e
}

func TestJudge(t *testing.T) {
	var (
		repeated  = mongo.WriteError{Index: 1, Code: 11000, Message: "E11000 duplicate key error collection: test.c index: _id_ dup key: { _id: 1 }"}
		duplicate = mongo.WriteError{Index: 1, Code: 11000, Message: "E11000 duplicate key error collection: test.c index: ns_1 dup key: { ns: 1 }"}
		invalid   = mongo.WriteError{Index: 1, Code: 121, Message: "Document failed validation"}
		beyond    = mongo.WriteError{Index: 7, Code: 121, Message: "Document failed validation"}
		network   = mongo.CommandError{Message: "connection(x) EOF", Labels: []string{"NetworkError"}}
	)
	for _, c := range []struct {
		name      string
		unordered bool
		err       error
		want      [3]string
	}{
		{"no error", false, nil, [3]string{sent, sent, sent}},
		{"one is refused", false, bulk(invalid), [3]string{sent, notSent, notSent}},
		{"one of a round is refused", true, bulk(invalid), [3]string{sent, notSent, sent}},
		{"a key of the user's own index", false, bulk(duplicate), [3]string{sent, notSent, notSent}},
		{"a repeated insert", false, bulk(repeated), [3]string{sent, sent, doubt}},
		{"a repeated insert of a round", true, bulk(repeated), [3]string{sent, sent, sent}},
		{"an index that was never sent", true, bulk(beyond), [3]string{sent, sent, sent}},
		{"the connection is lost", false, network, [3]string{doubt, doubt, doubt}},
		{"not allowed", false, mongo.CommandError{Code: 13, Name: "Unauthorized"}, [3]string{notSent, notSent, notSent}},
		{"the primary steps down", false, mongo.CommandError{Code: 11602, Name: "InterruptedDueToReplStateChange"}, [3]string{doubt, doubt, doubt}},
		{"an unknown reply", false, mongo.CommandError{Message: "what?"}, [3]string{doubt, doubt, doubt}},
		{"not replicated", false, mongo.BulkWriteException{WriteConcernError: &mongo.WriteConcernError{Code: 64}}, [3]string{doubt, doubt, doubt}},
		{"one is refused, the others are not replicated", true, mongo.BulkWriteException{
			WriteConcernError: &mongo.WriteConcernError{Code: 64}, WriteErrors: []mongo.BulkWriteError{{WriteError: invalid}},
		}, [3]string{doubt, notSent, doubt}},
		{"disconnected", false, mongo.ErrClientDisconnected, [3]string{notSent, notSent, notSent}},
		{"something else", false, errors.New("x"), [3]string{doubt, doubt, doubt}},
	} {
		o := outcome{sender: &sender{collection: unconnected(t), ordered: !c.unordered}, ctx: context.Background(), acknowledged: true}
		errs := []error{errors.New("left"), errors.New("left"), errors.New("left")}
		o.judge(c.err, errs)
		for i, err := range errs {
			if got := fateOf(err); got != c.want[i] {
				t.Errorf("%s: document %d is %s (%v), want %s", c.name, i, got, err, c.want[i])
			}
		}
	}
}

func TestJudgeOne(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 121}}}, notSent},
		{mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 11000, Message: "index: _id_ dup key"}}}, sent},
		{mongo.WriteException{WriteConcernError: &mongo.WriteConcernError{Code: 64}}, doubt},
	} {
		o := outcome{sender: &sender{collection: unconnected(t)}, ctx: context.Background(), acknowledged: true}
		errs := make([]error, 1)
		o.judge(c.err, errs)
		if got := fateOf(errs[0]); got != c.want {
			t.Errorf("%v is %s (%v), want %s", c.err, got, errs[0], c.want)
		}
	}
}

// TestEnded: the end of a context is told, whatever the client calls it.
func TestEnded(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o := outcome{sender: &sender{collection: unconnected(t)}, ctx: ctx, acknowledged: true}
	errs := make([]error, 1)
	o.judge(mongo.CommandError{Message: "connection closed", Labels: []string{"NetworkError"}}, errs)
	if !errors.Is(errs[0], context.Canceled) {
		t.Errorf("%v is not context.Canceled", errs[0])
	}
}

func TestIsBeforeSending(t *testing.T) {
	inner := errors.New("connection refused")
	if isBeforeSending(inner) || isBeforeSending(fmt.Errorf("x: %w", inner)) || isBeforeSending(mongo.CommandError{Wrapped: inner}) {
		t.Error("an error that is not known is doubtful")
	}
}

func unconnected(t *testing.T) *mongo.Collection {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client.Database("test").Collection(Collection)
}
