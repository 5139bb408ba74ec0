"""A gRPC server that is not of grpc-js, for tests: Quotes with all four kinds of calls, and what gRPC brings along.

Takes its settings as JSON in the first argument and prints one JSON line with its port. Each line of standard input is
a command as JSON; when standard input ends, so does the process.
"""

import json
import os
import sys
import time
from concurrent import futures

import grpc
from grpc_channelz.v1 import channelz
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
quotes_pb2, quotes_pb2_grpc = grpc.protos_and_services("quotes.proto")


class Quotes(quotes_pb2_grpc.QuotesServicer):
    def Get(self, request, context):
        time.sleep(request.after_ms / 1000)
        if request.fail_with:
            context.abort(list(grpc.StatusCode)[request.fail_with], "as asked")
        return request

    def Upload(self, request_iterator, context):
        return quotes_pb2.Quote(number=sum(1 for _ in request_iterator))

    def Watch(self, request, context):
        number = 0
        while request.count == 0 or number < request.count:
            number += 1
            yield quotes_pb2.Quote(number=number, padding=bytes(request.size))
            if request.interval_ms:
                time.sleep(request.interval_ms / 1000)
            if not context.is_active():
                return

    def Talk(self, request_iterator, context):
        yield from request_iterator


class Reflection(reflection.ReflectionServicer):
    """v1 has the messages of v1alpha under another name, and grpcio serves only v1alpha."""

    def add_as_v1(self, server):
        handler = grpc.stream_stream_rpc_method_handler(
            self.ServerReflectionInfo,
            request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
            response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
        )
        name = "grpc.reflection.v1.ServerReflection"
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": handler}),))


def add_reflection(server, versions, services):
    services = [f"grpc.reflection.{version}.ServerReflection" for version in versions] + services
    servicer = Reflection(services)
    if "v1" in versions:
        servicer.add_as_v1(server)
    if "v1alpha" in versions:
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, server)


def main():
    settings = json.loads(sys.argv[1])
    interceptors = []
    stream_health = None
    if settings["streamHealth"]:
        from streamside_grpc_health import StreamHealth

        stream_health = StreamHealth()
        interceptors.append(stream_health.interceptor())
    options = {"grpc.so_reuseport": 0, **settings["options"]}
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=settings["threads"]), interceptors=interceptors, options=list(options.items())
    )
    quotes_pb2_grpc.add_QuotesServicer_to_server(Quotes(), server)
    services = ["foreign.Quotes"]
    states = health.HealthServicer(experimental_non_blocking=True)
    if settings["health"]:
        health_pb2_grpc.add_HealthServicer_to_server(states, server)
        for service in ("", "foreign.Quotes"):
            states.set(service, health_pb2.HealthCheckResponse.SERVING)
        services.append(health.SERVICE_NAME)
    if settings["channelz"]:
        channelz.add_channelz_servicer(server)
        services.append("grpc.channelz.v1.Channelz")
    if stream_health:
        stream_health.add_to(server)
        services.append("streamside.health.v1.StreamHealth")
    if settings["reflection"]:
        add_reflection(server, settings["reflection"], services)
    port = server.add_insecure_port(f"127.0.0.1:{settings['port']}")
    server.start()
    print(json.dumps({"port": port, "python": sys.version.split()[0], "grpc": grpc.__version__}), flush=True)

    for line in sys.stdin:
        command = json.loads(line)
        if "health" in command:
            for service, state in command["health"].items():
                states.set(service, health_pb2.HealthCheckResponse.ServingStatus.Value(state))
        if "stop" in command:
            # Begins an orderly end: GOAWAY now, calls cut off after so many seconds.
            server.stop(command["stop"])
    # Threads of calls that never end would keep the process.
    os._exit(0)


main()
