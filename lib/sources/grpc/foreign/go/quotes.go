package main

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// What quotes.proto says, without a compiler of it: reflection tells it, and messages are made from it.
var quotes = describe()

func newQuote() *dynamicpb.Message {
	return dynamicpb.NewMessage(quotes.Messages().ByName("Quote"))
}

func newWatch() *dynamicpb.Message {
	return dynamicpb.NewMessage(quotes.Messages().ByName("WatchRequest"))
}

func quoteOf(number, padding int) *dynamicpb.Message {
	quote := newQuote()
	fields := quote.Descriptor().Fields()
	quote.Set(fields.ByName("number"), protoreflect.ValueOfUint64(uint64(number)))
	quote.Set(fields.ByName("padding"), protoreflect.ValueOfBytes(make([]byte, padding)))
	return quote
}

func number(message *dynamicpb.Message, field protoreflect.Name) int {
	return int(message.Get(message.Descriptor().Fields().ByName(field)).Uint())
}

func describe() protoreflect.FileDescriptor {
	fieldsOf := func(names ...string) []*descriptorpb.FieldDescriptorProto {
		fields := []*descriptorpb.FieldDescriptorProto{}
		for i, name := range names {
			kind := descriptorpb.FieldDescriptorProto_TYPE_UINT32
			switch name {
			case "number":
				kind = descriptorpb.FieldDescriptorProto_TYPE_UINT64
			case "padding":
				kind = descriptorpb.FieldDescriptorProto_TYPE_BYTES
			}
			fields = append(fields, &descriptorpb.FieldDescriptorProto{
				Name:   proto.String(name),
				Number: proto.Int32(int32(i + 1)),
				Type:   kind.Enum(),
				Label:  descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
			})
		}
		return fields
	}
	method := func(name, input string, sends, receives bool) *descriptorpb.MethodDescriptorProto {
		return &descriptorpb.MethodDescriptorProto{
			Name:            proto.String(name),
			InputType:       proto.String(".foreign." + input),
			OutputType:      proto.String(".foreign.Quote"),
			ClientStreaming: proto.Bool(sends),
			ServerStreaming: proto.Bool(receives),
		}
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name:    proto.String("quotes.proto"),
		Package: proto.String("foreign"),
		Syntax:  proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{
			{Name: proto.String("Quote"), Field: fieldsOf("number", "padding", "fail_with", "after_ms")},
			{Name: proto.String("WatchRequest"), Field: fieldsOf("count", "interval_ms", "size")},
		},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name: proto.String("Quotes"),
			Method: []*descriptorpb.MethodDescriptorProto{
				method("Get", "Quote", false, false),
				method("Upload", "Quote", true, false),
				method("Watch", "WatchRequest", false, true),
				method("Talk", "Quote", true, true),
			},
		}},
	}, protoregistry.GlobalFiles)
	must(err)
	must(protoregistry.GlobalFiles.RegisterFile(file))
	return file
}
