#include "runtime/core/error.h"
#include "serialization/protobuf/convert.h"

namespace keratin::serialization::protobuf {
namespace {

void check_node(int id, int nodes, const std::string& name) {
  check(id >= 0 && id < nodes, ErrorCode::corrupt_file, name, ": the object graph has ", nodes,
        " nodes, but an edge leads to node ", id);
}

template <class Values>
Structure to_sequence(StructureNode::Kind kind, Values& from, const std::string& name) {
  StructureNode node{kind, {}, {}, {}};
  for (tf::StructuredValue& value : *from.mutable_values()) node.values.push_back(to_structure(value, name));
  return {std::move(node)};
}

Structure to_dict(tf::DictValue& from, const std::string& name) {
  std::map<std::string, tf::StructuredValue*> sorted;
  for (auto& [key, value] : *from.mutable_fields()) sorted.emplace(key, &value);
  StructureNode node{StructureNode::Kind::dict, {}, {}, {}};
  for (auto& [key, value] : sorted) {
    node.keys.push_back(key);
    node.values.push_back(to_structure(*value, name));
  }
  return {std::move(node)};
}

Structure to_named_tuple(tf::NamedTupleValue& from, const std::string& name) {
  StructureNode node{StructureNode::Kind::named_tuple, from.name(), {}, {}};
  for (tf::PairValue& pair : *from.mutable_values()) {
    node.keys.push_back(pair.key());
    node.values.push_back(to_structure(*pair.mutable_value(), name));
  }
  return {std::move(node)};
}

Structure to_spec(const tf::TensorSpecProto& from) {
  return {TensorSpec{from.name(), to_shape(from.shape()), static_cast<TfType>(from.dtype())}};
}

SavedObject to_object(tf::SavedObject& from, int nodes, const std::string& name) {
  using tf::SavedObject;
  serialization::SavedObject object;
  object.children = to_edges(from.children(), nodes, name);
  object.slots = to_slots(from.slot_variables(), nodes, name);
  switch (from.kind_case()) {
    case SavedObject::kUserObject: {
      const tf::SavedUserObject& user = from.user_object();
      object.kind = SavedUserObject{user.identifier(), user.metadata(), user.version().producer(),
                                    user.version().min_consumer()};
      break;
    }
    case SavedObject::kAsset:
      object.kind = SavedAsset{from.asset().asset_file_def_index()};
      break;
    case SavedObject::kFunction: {
      tf::SavedFunction& function = *from.mutable_function();
      object.kind =
          SavedFunction{{function.concrete_functions().begin(), function.concrete_functions().end()},
                        to_structure(*function.mutable_function_spec()->mutable_fullargspec(), name)};
      break;
    }
    case SavedObject::kVariable: {
      const tf::SavedVariable& variable = from.variable();
      object.kind = SavedVariable{variable.name(), static_cast<TfType>(variable.dtype()),
                                  to_shape(variable.shape()), variable.trainable()};
      break;
    }
    case SavedObject::kBareConcreteFunction: {
      const tf::SavedBareConcreteFunction& bare = from.bare_concrete_function();
      object.kind = SavedBareFunction{bare.concrete_function_name(),
                                      {bare.argument_keywords().begin(), bare.argument_keywords().end()},
                                      bare.allowed_positional_arguments()};
      break;
    }
    case SavedObject::kConstant:
      object.kind = SavedConstant{from.constant().operation()};
      break;
    case SavedObject::kResource:
      object.kind = SavedResource{from.resource().device()};
      break;
    case SavedObject::kCapturedTensor:
      object.kind = SavedCapture{from.captured_tensor().name(), from.captured_tensor().concrete_function()};
      break;
    case SavedObject::KIND_NOT_SET:
      break;
  }
  return object;
}

}  // namespace

std::vector<ObjectEdge> to_edges(const google::protobuf::RepeatedPtrField<
                                     tf::TrackableObjectGraph::TrackableObject::ObjectReference>& from,
                                 int nodes, const std::string& name) {
  std::vector<ObjectEdge> edges;
  for (const auto& edge : from) {
    check_node(edge.node_id(), nodes, name);
    edges.push_back({edge.node_id(), edge.local_name()});
  }
  return edges;
}

std::vector<SlotEdge> to_slots(const google::protobuf::RepeatedPtrField<
                                   tf::TrackableObjectGraph::TrackableObject::SlotVariableReference>& from,
                               int nodes, const std::string& name) {
  std::vector<SlotEdge> slots;
  for (const auto& slot : from) {
    check_node(slot.original_variable_node_id(), nodes, name);
    check_node(slot.slot_variable_node_id(), nodes, name);
    slots.push_back({slot.original_variable_node_id(), slot.slot_name(), slot.slot_variable_node_id()});
  }
  return slots;
}

Structure to_structure(tf::StructuredValue& from, const std::string& name) {
  using tf::StructuredValue;
  switch (from.kind_case()) {
    case StructuredValue::kFloat64Value:
      return {from.float64_value()};
    case StructuredValue::kInt64Value:
      return {std::int64_t{from.int64_value()}};
    case StructuredValue::kStringValue:
      return {from.string_value()};
    case StructuredValue::kBoolValue:
      return {from.bool_value()};
    case StructuredValue::kTensorShapeValue:
      return {to_shape(from.tensor_shape_value())};
    case StructuredValue::kTensorDtypeValue:
      return {static_cast<TfType>(from.tensor_dtype_value())};
    case StructuredValue::kTensorSpecValue:
      return to_spec(from.tensor_spec_value());
    case StructuredValue::kBoundedTensorSpecValue:
      return to_spec(from.bounded_tensor_spec_value());
    case StructuredValue::kTypeSpecValue:
      return {TypeSpec{from.type_spec_value().type_spec_class_name()}};
    case StructuredValue::kListValue:
      return to_sequence(StructureNode::Kind::list, *from.mutable_list_value(), name);
    case StructuredValue::kTupleValue:
      return to_sequence(StructureNode::Kind::tuple, *from.mutable_tuple_value(), name);
    case StructuredValue::kDictValue:
      return to_dict(*from.mutable_dict_value(), name);
    case StructuredValue::kNamedTupleValue:
      return to_named_tuple(*from.mutable_named_tuple_value(), name);
    case StructuredValue::kTensorValue:
      return {to_tensor_value(*from.mutable_tensor_value(), name)};
    case StructuredValue::kNumpyValue:
      return {to_tensor_value(*from.mutable_numpy_value(), name)};
    case StructuredValue::kNoneValue:
    case StructuredValue::KIND_NOT_SET:
      break;
  }
  return {};
}

std::vector<SavedObject> to_objects(tf::SavedObjectGraph& from, const std::string& name) {
  std::vector<SavedObject> objects;
  for (tf::SavedObject& object : *from.mutable_nodes())
    objects.push_back(to_object(object, from.nodes_size(), name));
  return objects;
}

std::vector<CheckpointObject> to_checkpoint_objects(const tf::TrackableObjectGraph& from,
                                                    const std::string& name) {
  std::vector<CheckpointObject> objects;
  for (const auto& node : from.nodes()) {
    CheckpointObject object;
    object.children = to_edges(node.children(), from.nodes_size(), name);
    object.slots = to_slots(node.slot_variables(), from.nodes_size(), name);
    for (const auto& attribute : node.attributes())
      object.attributes.push_back({attribute.name(), attribute.full_name(), attribute.checkpoint_key()});
    objects.push_back(std::move(object));
  }
  return objects;
}

}  // namespace keratin::serialization::protobuf
