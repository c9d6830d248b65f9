package pgxdriver_test

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/sioxide/emitter"
	"github.com/sioxide/emitter/driver/pgxdriver"
)

func TestWhatNewFindsWrongIsReturnedByEachCall(t *testing.T) {
	pool := new(pgxpool.Pool) // never used
	for name, c := range map[string]struct {
		driver *pgxdriver.Driver
		want   error
		says   string
	}{
		"nil":              {pgxdriver.New(nil), emitter.ErrNoDriver, "nil database"},
		"a nil pool":       {pgxdriver.New((*pgxpool.Pool)(nil)), emitter.ErrNoDriver, "nil database"},
		"a nil conn":       {pgxdriver.New((*pgx.Conn)(nil)), emitter.ErrNoDriver, "nil database"},
		"nil for SQL":      {pgxdriver.NewSQL(nil), emitter.ErrNoDriver, "nil database"},
		"a nil DB":         {pgxdriver.NewSQL((*sql.DB)(nil)), emitter.ErrNoDriver, "nil database"},
		"a nil Tx":         {pgxdriver.NewSQL((*sql.Tx)(nil)), emitter.ErrNoDriver, "nil database"},
		"a nil driver":     {nil, emitter.ErrNoDriver, ""},
		"no table":         {pgxdriver.New(pool, pgxdriver.Table("")), nil, `Table("")`},
		"a quoted table":   {pgxdriver.New(pool, pgxdriver.Table(`a"b`)), nil, "double quote"},
		"a zero in it":     {pgxdriver.New(pool, pgxdriver.Table("a\x00b")), nil, "zero byte"},
		"a long table":     {pgxdriver.New(pool, pgxdriver.Table(strings.Repeat("t", 64))), nil, "64 bytes"},
		"table not UTF-8":  {pgxdriver.New(pool, pgxdriver.Table("\xff")), nil, "UTF-8"},
		"a negative grace": {pgxdriver.New(pool, pgxdriver.AttachmentGrace(-time.Second)), nil, "AttachmentGrace(-1s)"},
		"bad for SQL":      {pgxdriver.NewSQL(new(sql.DB), pgxdriver.Table("")), nil, `Table("")`},
	} {
		io := emitter.New(c.driver)
		_, asked := io.Servers(t.Context())
		for _, err := range []error{io.Emit(t.Context(), "e"), io.Emit(t.Context(), "e"), asked} {
			if err == nil || !emitter.SafeToRetry(err) || !strings.Contains(err.Error(), c.says) || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := c.driver.Close(); err != nil {
			t.Errorf("%s: Close: %v", name, err)
		}
	}
}

func TestDatabaseSQLAsksOnlyOnAGivenConnection(t *testing.T) {
	s := sharedServer(t)
	d := pgxdriver.NewSQL(mustSQL(t, s.URL("", "")))
	_, err := emitter.New(d).Servers(t.Context())
	if !errors.Is(err, emitter.ErrUnsupported) || !emitter.SafeToRetry(err) || !strings.Contains(err.Error(), "WithListenConn") {
		t.Errorf("%v", err)
	}
}
