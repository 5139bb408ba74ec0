// A gRPC server of grpc-go, for tests: Quotes with all four kinds of calls, and what gRPC brings along.
//
// Takes its settings as JSON in the first argument and prints one JSON line with its ports. Each line of standard input is
// a command as JSON; when standard input ends, so does the process.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"google.golang.org/grpc"
	channelz "google.golang.org/grpc/channelz/service"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/stats/opentelemetry"
	"google.golang.org/grpc/status"
)

type settings struct {
	Port       int  `json:"port"`
	Health     bool `json:"health"`
	Reflection bool `json:"reflection"`
	Channelz   bool `json:"channelz"`
	// Milliseconds; 0: connections are not ended.
	MaxAge      int `json:"maxConnectionAgeMs"`
	MaxAgeGrace int `json:"maxConnectionAgeGraceMs"`
}

type command struct {
	Health map[string]string `json:"health"`
	// Begins an orderly end: GOAWAY now, calls may finish.
	GracefulStop bool `json:"gracefulStop"`
}

func main() {
	var given settings
	must(json.Unmarshal([]byte(os.Args[1]), &given))

	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry))
	must(err)
	meters := metric.NewMeterProvider(metric.WithReader(exporter))
	options := []grpc.ServerOption{
		opentelemetry.ServerOption(opentelemetry.Options{
			MetricsOptions: opentelemetry.MetricsOptions{MeterProvider: meters},
		}),
	}
	if given.MaxAge > 0 {
		options = append(options, grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionAge:      time.Duration(given.MaxAge) * time.Millisecond,
			MaxConnectionAgeGrace: time.Duration(given.MaxAgeGrace) * time.Millisecond,
		}))
	}
	server := grpc.NewServer(options...)
	registerQuotes(server)
	states := health.NewServer()
	states.SetServingStatus("foreign.Quotes", grpc_health_v1.HealthCheckResponse_SERVING)
	if given.Health {
		grpc_health_v1.RegisterHealthServer(server, states)
	}
	if given.Channelz {
		channelz.RegisterChannelzServiceToServer(server)
	}
	if given.Reflection {
		reflection.Register(server)
	}

	calls := listen(given.Port)
	pages := listen(0)
	go func() { must(http.Serve(pages, promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))) }()
	go func() {
		// After an orderly stop the process stays, as the metrics do.
		if err := server.Serve(calls); err != nil {
			log.Fatal(err)
		}
	}()
	fmt.Printf("{\"port\":%d,\"metricsPort\":%d,\"grpc\":%q}\n", portOf(calls), portOf(pages), grpc.Version)

	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var told command
		must(json.Unmarshal(lines.Bytes(), &told))
		for service, state := range told.Health {
			value := grpc_health_v1.HealthCheckResponse_ServingStatus_value[state]
			states.SetServingStatus(service, grpc_health_v1.HealthCheckResponse_ServingStatus(value))
		}
		if told.GracefulStop {
			go server.GracefulStop()
		}
	}
}

func registerQuotes(server *grpc.Server) {
	type Quotes interface{}
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "foreign.Quotes",
		HandlerType: (*Quotes)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Get", Handler: get}},
		Streams: []grpc.StreamDesc{
			{StreamName: "Upload", Handler: upload, ClientStreams: true},
			{StreamName: "Watch", Handler: watch, ServerStreams: true},
			{StreamName: "Talk", Handler: talk, ClientStreams: true, ServerStreams: true},
		},
		Metadata: "quotes.proto",
	}, struct{}{})
}

func get(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
	quote := newQuote()
	if err := decode(quote); err != nil {
		return nil, err
	}
	if after := number(quote, "after_ms"); after > 0 {
		select {
		case <-time.After(time.Duration(after) * time.Millisecond):
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		}
	}
	if code := number(quote, "fail_with"); code > 0 {
		return nil, status.Error(codes.Code(code), "as asked")
	}
	return quote, nil
}

func upload(_ any, stream grpc.ServerStream) error {
	count := 0
	for {
		err := stream.RecvMsg(newQuote())
		if err == io.EOF {
			return stream.SendMsg(quoteOf(count, 0))
		}
		if err != nil {
			return err
		}
		count++
	}
}

// As most handlers do, it ends with the error that Send gives it.
func watch(_ any, stream grpc.ServerStream) error {
	request := newWatch()
	if err := stream.RecvMsg(request); err != nil {
		return err
	}
	count, interval, size := number(request, "count"), number(request, "interval_ms"), number(request, "size")
	for sent := 1; count == 0 || sent <= count; sent++ {
		if err := stream.SendMsg(quoteOf(sent, size)); err != nil {
			return err
		}
		if interval > 0 {
			time.Sleep(time.Duration(interval) * time.Millisecond)
		}
	}
	return nil
}

func talk(_ any, stream grpc.ServerStream) error {
	for {
		quote := newQuote()
		err := stream.RecvMsg(quote)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.SendMsg(quote); err != nil {
			return err
		}
	}
}

func listen(port int) net.Listener {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	must(err)
	return listener
}

func portOf(listener net.Listener) int {
	return listener.Addr().(*net.TCPAddr).Port
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
