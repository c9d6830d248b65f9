// Package otelenv makes the OpenTelemetry meter provider that the standard environment
// variables ask for.
package otelenv

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
)

// MeterProvider exports by OTLP over HTTP, as OTEL_EXPORTER_OTLP_ENDPOINT and its like
// say, and nothing where none of them is set; what they ask for beyond that is an
// error. OTEL_METRIC_EXPORT_INTERVAL, OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES are
// heeded. shutdown sends what is left.
func MeterProvider(ctx context.Context) (p metric.MeterProvider, shutdown func(context.Context) error, err error) {
	asked, err := asked()
	if err != nil {
		return nil, nil, fmt.Errorf("metrics for OpenTelemetry: %w", err)
	}
	if !asked {
		return noop.NewMeterProvider(), func(context.Context) error { return nil }, nil
	}
	exporter, err := otlpmetrichttp.New(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("metrics for OpenTelemetry: %w", err)
	}
	service := resource.NewSchemaless()
	if own, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK()); err == nil {
		service = own
	}
	provider := sdk.NewMeterProvider(sdk.WithReader(sdk.NewPeriodicReader(exporter)), sdk.WithResource(service))
	return provider, provider.Shutdown, nil
}

// asked tells whether the environment asks for OTLP.
func asked() (bool, error) {
	if os.Getenv("OTEL_SDK_DISABLED") == "true" {
		return false, nil
	}
	endpoint := os.Getenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") + os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")
	switch exporter := os.Getenv("OTEL_METRICS_EXPORTER"); {
	case exporter == "none", exporter == "" && endpoint == "":
		return false, nil
	case exporter != "" && exporter != "otlp":
		return false, fmt.Errorf("OTEL_METRICS_EXPORTER=%s: there are otlp and none; for Prometheus use --metrics-addr", exporter)
	}
	protocol := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf")
	if protocol != "http/protobuf" {
		return false, fmt.Errorf("the protocol %s of OTLP: there is http/protobuf", protocol)
	}
	return true, nil
}
