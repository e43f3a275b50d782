// Generated messages <-> plain structs; one file per schema. Sources are consumed: their strings move.
#pragma once

#include "schemas/tensorflow/bundle.pb.h"
#include "schemas/tensorflow/graph.pb.h"
#include "schemas/tensorflow/object_graph.pb.h"
#include "schemas/tensorflow/saved_model.pb.h"
#include "schemas/tensorflow/struct.pb.h"
#include "serialization/saved_model.h"

namespace keratin::serialization::protobuf {

TfShape to_shape(const tf::TensorShapeProto& from);
TfTensor to_tensor_value(tf::TensorProto& from, const std::string& where);
std::size_t element_size(TfType type);  // 0 for types whose constants are not read
GraphDocument to_graph(tf::GraphDef& from, const std::string& name);
Structure to_structure(tf::StructuredValue& from, const std::string& name);
std::vector<SavedObject> to_objects(tf::SavedObjectGraph& from, const std::string& name);
std::vector<CheckpointObject> to_checkpoint_objects(const tf::TrackableObjectGraph& from,
                                                    const std::string& name);

void from_graph(const GraphDocument& from, tf::GraphDef& to);

// Child edges and slots of both object graphs; node ids must lie in [0, nodes).
std::vector<ObjectEdge> to_edges(const google::protobuf::RepeatedPtrField<
                                     tf::TrackableObjectGraph::TrackableObject::ObjectReference>& from,
                                 int nodes, const std::string& name);
std::vector<SlotEdge> to_slots(const google::protobuf::RepeatedPtrField<
                                   tf::TrackableObjectGraph::TrackableObject::SlotVariableReference>& from,
                               int nodes, const std::string& name);

}  // namespace keratin::serialization::protobuf
