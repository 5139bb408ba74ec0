"""The generated code is of the .proto that all implementations share."""

import os
import tempfile
import unittest

from google.protobuf import descriptor_pb2

from streamside_grpc_health import SERVICE_NAME, pb

PROTO = os.path.join(os.path.dirname(__file__), "..", "..", "grpc-health", "proto")
NAME = "streamside/health/v1/stream_health.proto"

try:
    from grpc_tools import protoc
except ImportError:
    protoc = None


class Protocol(unittest.TestCase):
    @unittest.skipUnless(protoc and os.path.exists(PROTO), "needs grpcio-tools and the repository")
    def test_generated_code_is_of_the_proto(self):
        with tempfile.NamedTemporaryFile() as out:
            self.assertEqual(protoc.main(["protoc", f"-I{PROTO}", f"--descriptor_set_out={out.name}", NAME]), 0)
            wanted = descriptor_pb2.FileDescriptorSet.FromString(out.read()).file[0]
        for message in every_message(wanted.message_type):
            for field in message.field:
                field.ClearField("json_name")  # generated code leaves it to be derived
        held = descriptor_pb2.FileDescriptorProto()
        pb.DESCRIPTOR.CopyToProto(held)
        self.assertEqual(held, wanted, "run generate.sh")

    def test_names_the_service(self):
        self.assertEqual(pb.DESCRIPTOR.services_by_name["StreamHealth"].full_name, SERVICE_NAME)


def every_message(messages):
    for message in messages:
        yield message
        yield from every_message(message.nested_type)


if __name__ == "__main__":
    unittest.main()
