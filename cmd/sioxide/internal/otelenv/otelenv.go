// Package otelenv makes the OpenTelemetry meter provider that the standard environment
// variables ask for.
package otelenv

import (
	"context"
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// asked tells whether the environment names an exporter, or where one sends to.
func asked() bool {
	if strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return false
	}
	for _, name := range []string{"OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// MeterProvider exports as OTEL_METRICS_EXPORTER, OTEL_EXPORTER_OTLP_ENDPOINT and their
// like say, and nothing where none of them is set. The service is named by
// OTEL_SERVICE_NAME. shutdown sends what is left.
func MeterProvider(ctx context.Context) (p metric.MeterProvider, shutdown func(context.Context) error, err error) {
	if !asked() {
		return noop.NewMeterProvider(), func(context.Context) error { return nil }, nil
	}
	reader, err := autoexport.NewMetricReader(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("metrics for OpenTelemetry: %w", err)
	}
	provider := sdk.NewMeterProvider(sdk.WithReader(reader), sdk.WithResource(resource.Environment()))
	return provider, provider.Shutdown, nil
}
