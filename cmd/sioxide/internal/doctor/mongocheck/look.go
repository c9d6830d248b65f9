package mongocheck

import (
	"context"

	"github.com/sioxide/emitter/cmd/sioxide/internal/doctor/report"
	"github.com/sioxide/emitter/cmd/sioxide/internal/target"
)

// Look looks at cluster and writes what it finds into r.
func Look(ctx context.Context, cluster *target.Cluster, opts report.Options, r *report.Report) {
}
