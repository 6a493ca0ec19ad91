// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// config is the configuration of both exporters: the file that they write.
type config struct {
	Path string `mapstructure:"path"`
}

func (c *config) Validate() error {
	if c.Path == "" {
		return errors.New("path must not be empty")
	}
	return nil
}

// sink accepts all three signals. The collector makes one exporter for each
// pipeline; the exporters of one component share one sink.
type sink interface {
	open() error
	close() error
	traces(context.Context, ptrace.Traces) error
	metrics(context.Context, pmetric.Metrics) error
	logs(context.Context, plog.Logs) error
}

// shared opens its sink with the first pipeline and closes it with the last.
type shared struct {
	sink
	mu    sync.Mutex
	users int
}

func (s *shared) Start(context.Context, component.Host) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users++
	if s.users == 1 {
		return s.open()
	}
	return nil
}

func (s *shared) Shutdown(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users--
	if s.users == 0 {
		return s.close()
	}
	return nil
}

func (s *shared) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (s *shared) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	return s.traces(ctx, td)
}

func (s *shared) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	return s.metrics(ctx, md)
}

func (s *shared) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	return s.logs(ctx, ld)
}

// newFactory makes the factory of a component type. `make` makes its sinks.
func newFactory(name string, make func(path string) sink) exporter.Factory {
	var mu sync.Mutex
	byID := map[component.ID]*shared{}
	get := func(set exporter.Settings, cfg component.Config) *shared {
		mu.Lock()
		defer mu.Unlock()
		if byID[set.ID] == nil {
			byID[set.ID] = &shared{sink: make(cfg.(*config).Path)}
		}
		return byID[set.ID]
	}
	level := component.StabilityLevelStable
	return exporter.NewFactory(component.MustNewType(name),
		func() component.Config { return &config{} },
		exporter.WithTraces(func(_ context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
			return get(set, cfg), nil
		}, level),
		exporter.WithMetrics(func(_ context.Context, set exporter.Settings, cfg component.Config) (exporter.Metrics, error) {
			return get(set, cfg), nil
		}, level),
		exporter.WithLogs(func(_ context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
			return get(set, cfg), nil
		}, level))
}
