#!/bin/sh
# Writes the generated code from the .proto that all implementations share. grpcio-tools 1.62.3 (protoc 25.1) on
# purpose: what newer ones write refuses to run with an older protobuf than their own.
set -e
cd "$(dirname "$0")"
out=$(mktemp -d)
name=streamside/health/v1/stream_health
python3 -m grpc_tools.protoc -I ../grpc-health/proto --python_out="$out" $name.proto
mv "$out/${name}_pb2.py" src/streamside_grpc_health/_stream_health_pb2.py
rm -r "$out"
